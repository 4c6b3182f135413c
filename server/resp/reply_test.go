package resp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

var replyCases = []struct{ name, in, want string }{
	{"simple", "+OK\r\n", "+OK"},
	{"empty simple", "+\r\n", "+"},
	{"error", "-ERR no\r\n", "-ERR no"},
	{"int", ":-12\r\n", ":-12"},
	{"bulk", "$4\r\na\r\nb\r\n", `"a\r\nb"`},
	{"empty bulk", "$0\r\n\r\n", `""`},
	{"null bulk", "$-1\r\n", "nil"},
	{"null array", "*-1\r\n", "*nil"},
	{"null", "_\r\n", "_"},
	{"booleans", "*2\r\n#t\r\n#f\r\n", "[#t, #f]"},
	{"double", ",1.50\r\n", ",1.5"},
	{"double with exponent", ",1e+100\r\n", ",1e+100"},
	{"double of 17 digits", ",3.1000000000000001\r\n", ",3.1"},
	{"infinities", "*3\r\n,inf\r\n,-inf\r\n,nan\r\n", "[,inf, ,-inf, ,nan]"},
	{"big number", "(-12345678901234567890\r\n", "(-12345678901234567890"},
	{"verbatim", "=7\r\ntxt:a\nb\r\n", `=txt:"a\nb"`},
	{"blob error", "!5\r\nERR x\r\n", `!"ERR x"`},
	{"nested", "*2\r\n*1\r\n:1\r\n*0\r\n", "[[:1], []]"},
	{"map", "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n_\r\n", "%{+a: :1, +b: [_]}"},
	{"set", "~2\r\n+a\r\n+b\r\n", "~[+a, +b]"},
	{"push", ">2\r\n+invalidate\r\n_\r\n", ">[+invalidate, _]"},
	{"attributes", "|1\r\n+ttl\r\n:3\r\n|1\r\n+x\r\n:4\r\n$1\r\nv\r\n", `|{+ttl: :3, +x: :4} "v"`},
	{"attributes inside", "*1\r\n|1\r\n+k\r\n:1\r\n+v\r\n", "[|{+k: :1} +v]"},
	{"32 levels", strings.Repeat("*1\r\n", 31) + ":1\r\n", strings.Repeat("[", 31) + ":1" + strings.Repeat("]", 31)},
}

func TestReplyReader(t *testing.T) {
	for _, c := range replyCases {
		t.Run(c.name, func(t *testing.T) {
			// A second reply shows that exactly the first was taken.
			r := NewReplyReader(bufio.NewReader(strings.NewReader(c.in + ":42\r\n")))
			v, err := r.Read()
			if err != nil || v.String() != c.want {
				t.Fatalf("%s, %v; want %s", v, err, c.want)
			}
			if v, err = r.Read(); err != nil || v.Int != 42 {
				t.Fatalf("next reply: %s, %v", v, err)
			}
			for cut := range c.in {
				r := NewReplyReader(bufio.NewReader(strings.NewReader(c.in[:cut])))
				want := io.ErrUnexpectedEOF
				if cut == 0 {
					want = io.EOF
				}
				if _, err := r.Read(); err != want {
					t.Fatalf("%q: error %v, want %v", c.in[:cut], err, want)
				}
			}
		})
	}
}

func TestReplyReaderRefuses(t *testing.T) {
	cases := []struct{ name, in string }{
		{"unknown type", "?1\r\n"},
		{"empty line", "\r\n"},
		{"LF alone", "+OK\n"},
		{"CR inside", "+a\rb\r\n"},
		{"int not a number", ":x\r\n"},
		{"empty int", ":\r\n"},
		{"int with a plus", ":+1\r\n"},
		{"int beyond 64 bits", ":9223372036854775808\r\n"},
		{"bulk of length -2", "$-2\r\n"},
		{"bulk of streamed length", "$?\r\n"},
		{"bulk above the cap", "$536870913\r\n"},
		{"bulk longer than its length", "$1\r\nab\r\n"},
		{"bulk shorter than its length", "$4\r\na\r\n\r\nb\r\n"},
		{"array of streamed length", "*?\r\n"},
		{"array above the cap", "*16777217\r\n"},
		{"array of 2^63", "*9223372036854775808\r\n"},
		{"map of null", "%-1\r\n"},
		{"set of null", "~-1\r\n"},
		{"blob error of null", "!-1\r\n"},
		{"null with text", "_x\r\n"},
		{"boolean", "#x\r\n"},
		{"double", ",1.5x\r\n"},
		{"double in hex", ",0x1p4\r\n"},
		{"double spelled out", ",infinity\r\n"},
		{"empty double", ",\r\n"},
		{"double out of range", ",1e999\r\n"},
		{"big number", "(12a\r\n"},
		{"big number of a sign", "(-\r\n"},
		{"verbatim without format", "=3\r\ntxt\r\n"},
		{"verbatim without colon", "=5\r\ntxt-x\r\n"},
		{"33 levels", strings.Repeat("*1\r\n", 32) + ":1\r\n"},
		{"a million levels", strings.Repeat("*1\r\n", 1<<20)},
		{"levels through attributes", strings.Repeat("|1\r\n", 40)},
		{"line of 2 MiB", "+" + strings.Repeat("x", 2<<20) + "\r\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v, err := NewReplyReader(bufio.NewReader(strings.NewReader(c.in))).Read()
			var malformed *ReplyError
			if !errors.As(err, &malformed) {
				t.Fatalf("%s, error %v", v, err)
			}
		})
	}
}

func TestReplyReaderCaps(t *testing.T) {
	read := func(in string, set func(r *ReplyReader)) error {
		r := NewReplyReader(bufio.NewReader(strings.NewReader(in)))
		set(r)
		_, err := r.Read()
		return err
	}
	replies := func(n int) func(r *ReplyReader) { return func(r *ReplyReader) { r.MaxReplies = n } }
	nested := "*2\r\n*1\r\n:1\r\n:2\r\n"
	if err := read(nested, replies(4)); err != nil {
		t.Errorf("four replies with a cap of four: %v", err)
	}
	if err := read(nested, replies(3)); err == nil {
		t.Error("four replies with a cap of three")
	}
	if err := read(strings.Repeat("|0\r\n", 100)+":1\r\n", replies(50)); err == nil {
		t.Error("endless attributes")
	}
	if err := read("$3\r\nabc\r\n", func(r *ReplyReader) { r.MaxBulk = 2 }); err == nil {
		t.Error("string above MaxBulk")
	}
}

// TestReplyReaderAllocatesAsBytesArrive reads replies that announce far more
// than they bring.
func TestReplyReaderAllocatesAsBytesArrive(t *testing.T) {
	for _, in := range []string{"$536870912\r\nabc", "*16777216\r\n:1\r\n", "%8388608\r\n"} {
		got := allocated(func() {
			r := NewReplyReader(bufio.NewReaderSize(strings.NewReader(in), 16))
			if _, err := r.Read(); err != io.ErrUnexpectedEOF {
				t.Errorf("%q: %v", in, err)
			}
		})
		if got > 2*chunkSize {
			t.Errorf("%q: %d bytes allocated", in, got)
		}
	}
}

func TestReplyReaderLongStrings(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcdef"), 20000)
	w := Writer{Proto: 3}
	w.Bulk(text)
	w.Simple(string(text))
	r := NewReplyReader(bufio.NewReaderSize(bytes.NewReader(w.Buf), 64))
	for _, kind := range []Kind{KindBulk, KindSimple} {
		v, err := r.Read()
		if err != nil || v.Kind != kind || !bytes.Equal(v.Text, text) {
			t.Fatalf("%q of %d bytes, %v", byte(v.Kind), len(v.Text), err)
		}
	}
}
