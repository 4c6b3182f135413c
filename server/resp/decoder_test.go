package resp

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"
)

// outcome is what a stream of bytes decodes to: every command in the form of
// AppendQuote, the number of bytes taken, and the error that ended decoding.
type outcome struct {
	commands []string
	taken    int
	err      string
}

func (o outcome) String() string {
	return fmt.Sprintf("%d bytes taken, error %q, commands %s", o.taken, o.err, strings.Join(o.commands, " | "))
}

func equalOutcome(a, b outcome) bool {
	return a.taken == b.taken && a.err == b.err && slices.Equal(a.commands, b.commands)
}

func showArgs(args [][]byte) string {
	var b []byte
	for i, a := range args {
		if i > 0 {
			b = append(b, ' ')
		}
		b = AppendQuote(b, a)
	}
	return string(b)
}

// feed decodes data arriving in pieces that end at cuts and at the end. The
// unconsumed bytes move to fresh memory before each call, and the old ones are
// overwritten, so that an offset or slice kept too long shows.
func feed(t testing.TB, data []byte, l *Limits, cuts []int) outcome {
	t.Helper()
	var d Decoder
	var o outcome
	var kept []byte
	from := 0
	for _, to := range append(slices.Clone(cuts), len(data)) {
		moved := append(bytes.Clone(kept), data[from:to]...)
		for i := range kept {
			kept[i] = '?'
		}
		kept, from = moved, to
		for {
			args, n, err := d.Next(kept, l)
			if err == nil && (n <= 0 || n > len(kept)) || err != nil && n != 0 {
				t.Fatalf("Next took %d of %d bytes with error %v", n, len(kept), err)
			}
			checkScratch(t, &d, len(kept))
			if errors.Is(err, ErrIncomplete) {
				if args != nil {
					t.Fatalf("incomplete command with %d arguments", len(args))
				}
				break
			}
			if err != nil {
				o.err = err.Error()
				return o
			}
			o.taken += n
			if args != nil {
				o.commands = append(o.commands, showArgs(args))
			}
			kept = kept[n:]
		}
	}
	return o
}

// checkScratch fails if the decoder holds memory that what arrived does not
// explain.
func checkScratch(t testing.TB, d *Decoder, arrived int) {
	t.Helper()
	if limit := keepArgs + arrived; cap(d.args) > limit || cap(d.lens) > limit {
		t.Fatalf("after %d bytes: room for %d arguments and %d lengths", arrived, cap(d.args), cap(d.lens))
	}
}

func everyByte(n int) []int {
	cuts := make([]int, n)
	for i := range cuts {
		cuts[i] = i
	}
	return cuts
}

var (
	open            = &Limits{}
	unauthenticated = &Limits{Unauthenticated: true}
)

func bulks(args ...string) string {
	s := fmt.Sprintf("*%d\r\n", len(args))
	for _, a := range args {
		s += fmt.Sprintf("$%d\r\n%s\r\n", len(a), a)
	}
	return s
}

// decoderCases hold the grammar. left is how many bytes at the end stay
// unconsumed when there is no error.
var decoderCases = []struct {
	name   string
	limits *Limits
	in     string
	want   []string
	left   int
	err    string
}{
	{name: "command", in: "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", want: []string{`"GET" "k"`}},
	{name: "empty argument", in: bulks("SET", "k", ""), want: []string{`"SET" "k" ""`}},
	{name: "binary argument", in: bulks("SET", "\r\n\x00", "*1\r\n"), want: []string{`"SET" "\r\n\x00" "*1\r\n"`}},
	{name: "pipeline", in: bulks("PING") + "PING\r\n" + bulks("GET", "k"), want: []string{`"PING"`, `"PING"`, `"GET" "k"`}},
	{name: "ten arguments", in: bulks("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"), want: []string{`"a" "b" "c" "d" "e" "f" "g" "h" "i" "j"`}},
	{name: "two digits of length", in: bulks("0123456789"), want: []string{`"0123456789"`}},
	{name: "three digits of length", in: bulks(strings.Repeat("x", 100)), want: []string{`"` + strings.Repeat("x", 100) + `"`}},

	{name: "zero count", in: "*0\r\n" + bulks("PING"), want: []string{`"PING"`}},
	{name: "negative count", in: "*-1\r\n*-10\r\n" + bulks("PING"), want: []string{`"PING"`}},
	{name: "least count", in: "*-9223372036854775808\r\n" + bulks("PING"), want: []string{`"PING"`}},
	{name: "empty lines", in: "\r\n\n \r\n" + bulks("PING"), want: []string{`"PING"`}},

	{name: "any byte after CR", in: "*1\rZ$4\rZPINGyy*1\r\x00$4\r\x00PINGyy", want: []string{`"PING"`, `"PING"`}},
	{name: "LF alone ends no header", in: "*1\n$4\nPING\n", left: 11},
	{name: "NUL hides the end of a header", in: "*1\x00\r\n$4\r\nPING\r\n", left: 15},
	{name: "NUL hides the end of a length", in: "*1\r\n$4\x00\r\n", left: 9},
	{name: "nothing", in: ""},
	{name: "part of a header", in: "*1", left: 2},
	{name: "part of a length", in: "*1\r\n$4\r", left: 7},
	{name: "part of a payload", in: "*1\r\n$4\r\nPING\r", left: 13},
	{name: "wrong type, line not ended", in: "*1\r\nfoo", left: 7},

	{name: "count with a plus", in: "*+1\r\n", err: "invalid multibulk length"},
	{name: "count with a zero ahead", in: "*01\r\n$4\r\nPING\r\n", err: "invalid multibulk length"},
	{name: "count of minus zero", in: "*-0\r\n", err: "invalid multibulk length"},
	{name: "count with a blank", in: "* 1\r\n", err: "invalid multibulk length"},
	{name: "no count", in: "*\r\n", err: "invalid multibulk length"},
	{name: "count of minus", in: "*-\r\n", err: "invalid multibulk length"},
	{name: "count not a number", in: "*1x\r\n$4\r\nPING\r\n", err: "invalid multibulk length"},
	{name: "count above the limit", in: "*1048577\r\n", err: "invalid multibulk length"},
	{name: "count at the limit", in: "*1048576\r\n", left: 10},
	{name: "count above a lower limit", limits: &Limits{MaxArgs: 2}, in: bulks("a", "b", "c"), err: "invalid multibulk length"},
	{name: "count below the least", in: "*-9223372036854775809\r\n", err: "invalid multibulk length"},
	{name: "count of 2^64+1", in: "*18446744073709551617\r\n$4\r\nPING\r\n", err: "invalid multibulk length"},

	{name: "wrong type", in: "*1\r\nfoo\r\n", err: "expected '$', got 'f'"},
	{name: "wrong type, array", in: "*1\r\n*1\r\n$4\r\nPING\r\n", err: "expected '$', got '*'"},
	{name: "wrong type, CR", in: "*1\r\n\r\n", err: "expected '$', got ' '"},
	{name: "wrong type, LF", in: "*1\r\n\n\r\n", err: "expected '$', got ' '"},
	{name: "wrong type, control byte", in: "*1\r\n\x01\r\n", err: "expected '$', got '.'"},
	{name: "wrong type, escape", in: "*1\r\n\x1b[2J\r\n", err: "expected '$', got '.'"},
	{name: "wrong type, high byte", in: "*1\r\n\x80\r\n", err: "expected '$', got '\x80'"},
	{name: "wrong type, second argument", in: "*2\r\n$1\r\na\r\n:1\r\nxx", err: "expected '$', got ':'"},

	{name: "null length", in: "*1\r\n$-1\r\n", err: "invalid bulk length"},
	{name: "no length", in: "*1\r\n$\r\n", err: "invalid bulk length"},
	{name: "length with zeros ahead", in: "*1\r\n$04\r\nPING\r\n", err: "invalid bulk length"},
	{name: "length of two zeros", in: "*1\r\n$00\r\n\r\n", err: "invalid bulk length"},
	{name: "length with a plus", in: "*1\r\n$+4\r\nPING\r\n", err: "invalid bulk length"},
	{name: "length of 2^64", in: "*1\r\n$18446744073709551616\r\n\r\n", err: "invalid bulk length"},
	{name: "length of 2^63-1", in: "*1\r\n$9223372036854775807\r\n", err: "invalid bulk length"},
	{name: "length above the limit", in: "*1\r\n$536870913\r\n", err: "invalid bulk length"},
	{name: "length at the limit", in: "*1\r\n$536870912\r\n", left: 16},
	{name: "length above a lower limit", limits: &Limits{MaxBulk: 3}, in: "*1\r\n$4\r\nPING\r\n", err: "invalid bulk length"},
	{name: "length of 2^63-1 allowed", limits: &Limits{MaxBulk: 1<<63 - 1}, in: "*1\r\n$9223372036854775805\r\nabc", left: 29},

	{name: "before authentication", limits: unauthenticated, in: bulks("AUTH", "secret") + "PING\r\n", want: []string{`"AUTH" "secret"`, `"PING"`}},
	{name: "ten arguments before authentication", limits: unauthenticated, in: "*10\r\n", left: 5},
	{name: "eleven arguments before authentication", limits: unauthenticated, in: "*11\r\n", err: "unauthenticated multibulk length"},
	{name: "16 KiB before authentication", limits: unauthenticated, in: "*1\r\n$16384\r\n", left: 12},
	{name: "more than 16 KiB before authentication", limits: unauthenticated, in: "*1\r\n$16385\r\n", err: "unauthenticated bulk length"},
	{name: "invalid comes before unauthenticated", limits: unauthenticated, in: "*1\r\n$536870913\r\n", err: "invalid bulk length"},

	{name: "inline", in: "SET k v\r\n", want: []string{`"SET" "k" "v"`}},
	{name: "inline ended by LF", in: "PING\n", want: []string{`"PING"`}},
	{name: "inline blanks", in: " \tSET\v k \f v \r\n", want: []string{`"SET\x0b" "k" "v"`}},
	{name: "inline after a command", in: bulks("PING") + "\n" + bulks("PING") + "P\n", want: []string{`"PING"`, `"PING"`, `"P"`}},
	{name: "inline CR inside", in: "ECHO a\rb\r\n\r\r\n", want: []string{`"ECHO" "a" "b"`}},
	{name: "inline quotes", in: `SET "a b" 'c "d'` + "\r\n", want: []string{`"SET" "a b" "c \"d"`}},
	{name: "inline unbalanced", in: "SET \"a\r\n", err: "unbalanced quotes in request"},
	{name: "inline quoted newline", in: "ECHO \"a\nb\"\r\n", err: "unbalanced quotes in request"},
	{name: "inline starting like a reply", in: "$4\r\nPING\r\n", want: []string{`"$4"`, `"PING"`}},
	{name: "NUL hides the end of inline", in: "PI\x00NG\r\nPING\r\n", left: 13},

	{name: "short lines", limits: &Limits{MaxInline: 4}, in: "PING\nPIN\r\n", want: []string{`"PING"`, `"PIN"`}},
	{name: "inline above the limit", limits: &Limits{MaxInline: 4}, in: "PING\r\n", err: "too big inline request"},
	{name: "inline with NUL above the limit", limits: &Limits{MaxInline: 4}, in: "P\x00\r\nG", err: "too big inline request"},
	{name: "count above the line limit", limits: &Limits{MaxInline: 4}, in: "*1234\r\n", err: "too big mbulk count string"},
	{name: "length above the line limit", limits: &Limits{MaxInline: 4}, in: "*1\r\n$1234\r\n", err: "too big bulk count string"},
	{name: "64 KiB of inline", in: strings.Repeat("A", 64<<10), left: 64 << 10},
	{name: "more than 64 KiB of inline", in: strings.Repeat("A", 64<<10+1), err: "too big inline request"},
	{name: "more than 64 KiB of count", in: "*" + strings.Repeat("1", 64<<10), err: "too big mbulk count string"},
	{name: "more than 64 KiB of length", in: "*1\r\n$" + strings.Repeat("1", 64<<10), err: "too big bulk count string"},
}

// TestProgress feeds a command byte by byte and compares what the decoder has of it.
func TestProgress(t *testing.T) {
	const command = "*2\r\n$3\r\nfoo\r\n$10\r\n0123456789\r\n"
	steps := []struct{ from, decoded, payload int }{
		{len("*2\r\n$3\r\nfoo\r\n$10\r\n"), len("*2\r\n$3\r\nfoo\r\n$10\r\n"), 3},
		{len("*2\r\n$3\r\nfoo\r\n"), len("*2\r\n$3\r\nfoo\r\n"), 3},
		{len("*2\r\n$3\r\n"), len("*2\r\n$3\r\n"), 0},
		{len("*2\r\n"), len("*2\r\n"), 0},
		{0, 0, 0},
	}
	var d Decoder
	for n := range len(command) {
		if _, _, err := d.Next([]byte(command[:n]), &Limits{}); err != ErrIncomplete {
			t.Fatalf("%d bytes: %v", n, err)
		}
		for _, want := range steps {
			if n < want.from {
				continue
			}
			if decoded, payload := d.Progress(); decoded != want.decoded || payload != want.payload {
				t.Errorf("%d bytes: %d and %d, want %d and %d", n, decoded, payload, want.decoded, want.payload)
			}
			break
		}
	}
	if _, n, err := d.Next([]byte(command), &Limits{}); n != len(command) || err != nil {
		t.Fatal(n, err)
	}
	if decoded, payload := d.Progress(); decoded != 0 || payload != 0 {
		t.Errorf("%d and %d after the command", decoded, payload)
	}
}

func TestDecoder(t *testing.T) {
	for _, c := range decoderCases {
		t.Run(c.name, func(t *testing.T) {
			limits := c.limits
			if limits == nil {
				limits = open
			}
			want := outcome{commands: c.want, err: c.err}
			if c.err != "" {
				want.err = "Protocol error: " + c.err
			}
			data := []byte(c.in)
			got := feed(t, data, limits, nil)
			if want.taken = len(data) - c.left; c.err != "" {
				want.taken = got.taken
			}
			if !equalOutcome(got, want) {
				t.Fatalf("whole: %v\nwant: %v", got, want)
			}
			if len(data) > 1000 {
				return
			}
			if got := feed(t, data, limits, everyByte(len(data))); !equalOutcome(got, want) {
				t.Errorf("byte by byte: %v\nwant: %v", got, want)
			}
			for cut := range data {
				if got := feed(t, data, limits, []int{cut}); !equalOutcome(got, want) {
					t.Errorf("cut at %d: %v\nwant: %v", cut, got, want)
				}
			}
		})
	}
}

func TestDecoderNeed(t *testing.T) {
	var d Decoder
	steps := []struct {
		in   string
		need int
	}{
		{"*2\r\n", 0},
		{"*2\r\n$3\r\n", 5},
		{"*2\r\n$3\r\nGE", 3},
		{"*2\r\n$3\r\nGET\r\n$1", 0},
		{"*2\r\n$3\r\nGET\r\n$100000\r\n", 100002},
		{"*2\r\n$3\r\nGET\r\n$100000\r\nabc", 99999},
	}
	for _, s := range steps {
		if _, _, err := d.Next([]byte(s.in), open); err != ErrIncomplete || d.Need() != s.need {
			t.Fatalf("after %q: error %v, need %d, want %d", s.in, err, d.Need(), s.need)
		}
	}
	d.Reset()
	if args, n, err := d.Next([]byte("PING\r\n"), open); err != nil || n != 6 || showArgs(args) != `"PING"` || d.Need() != 0 {
		t.Fatalf("after Reset: %s, %d, %v, need %d", showArgs(args), n, err, d.Need())
	}
}

// TestDecoderArgumentCapacity guards the pipeline behind a command: appending
// to an argument must not write over the bytes after it.
func TestDecoderArgumentCapacity(t *testing.T) {
	for _, in := range []string{bulks("SET", "key", "value"), "SET key \"value\"\r\n"} {
		for _, cut := range []int{0, 7} {
			var d Decoder
			_, _, _ = d.Next([]byte(in)[:cut], open)
			args, _, err := d.Next([]byte(in), open)
			if err != nil || len(args) != 3 {
				t.Fatalf("%q: %d arguments, error %v", in, len(args), err)
			}
			for _, a := range args {
				if cap(a) != len(a) {
					t.Errorf("%q cut at %d: argument %q has room for %d bytes", in, cut, a, cap(a))
				}
			}
		}
	}
}

func TestDecoderRelease(t *testing.T) {
	var d Decoder
	if _, _, err := d.Next([]byte(bulks("SET", "key", "value")), open); err != nil {
		t.Fatal(err)
	}
	d.Release()
	for i, a := range d.args[:cap(d.args)] {
		if a != nil {
			t.Errorf("argument %d still refers to the buffer", i)
		}
	}
}

// allocated returns the bytes f allocates each time it is called. The runtime counts for the whole process, whose other
// goroutines (the collector's, the testing package's) allocate now and then: the least of several calls is f's own.
func allocated(f func()) uint64 {
	least := uint64(math.MaxUint64)
	for range 10 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// TestDecoderMillionArguments dribbles in the longest command allowed. Were a
// byte looked at twice per call, the test would take hours.
func TestDecoderMillionArguments(t *testing.T) {
	const count = DefaultMaxArgs
	data := []byte("*" + strconv.Itoa(count) + "\r\n" + strings.Repeat("$1\r\nx\r\n", count))
	var d Decoder
	for i := range data {
		if _, _, err := d.Next(data[:i], open); err != ErrIncomplete {
			t.Fatalf("after %d bytes: %v", i, err)
		}
	}
	args, n, err := d.Next(data, open)
	if err != nil || n != len(data) || len(args) != count || string(args[count-1]) != "x" {
		t.Fatalf("%d arguments, %d bytes, error %v", len(args), n, err)
	}
	if cap(d.args) > keepArgs || cap(d.lens) > keepArgs {
		t.Errorf("room for %d arguments and %d lengths is kept", cap(d.args), cap(d.lens))
	}
}

func TestDecoderClaimsAllocateNothing(t *testing.T) {
	for _, in := range []string{"*1048576\r\n", "*1048576\r\n$536870912\r\n", "*1\r\n$536870912\r\nab", "*99\r\n$1\r\n"} {
		t.Run(strconv.Quote(in), func(t *testing.T) {
			got := allocated(func() {
				var d Decoder
				for i := range len(in) + 1 {
					if _, _, err := d.Next([]byte(in)[:i], open); err != ErrIncomplete {
						t.Fatal(err)
					}
				}
			})
			if got > 4<<10 {
				t.Errorf("%d bytes allocated", got)
			}
		})
	}
}

func TestDecoderIdleSize(t *testing.T) {
	if size := unsafe.Sizeof(Decoder{}); size > 112 {
		t.Errorf("an idle decoder takes %d bytes", size)
	}
}

func TestDecoderAllocations(t *testing.T) {
	var d Decoder
	whole := []byte(bulks("SET", "key:000000000001", strings.Repeat("v", 64)))
	inline := []byte("SET key value\r\n")
	many := []byte(bulks(slices.Repeat([]string{"x"}, keepArgs)...))
	run := func(name string, f func()) {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations per command", name, n)
		}
	}
	next := func(buf []byte) (int, error) { _, n, err := d.Next(buf, open); return n, err }
	run("whole", func() { _, _ = next(whole) })
	run("inline", func() { _, _ = next(inline) })
	run("in two parts", func() { _, _ = next(whole[:50]); _, _ = next(whole) })
	run("many arguments", func() { _, _ = next(many) })
}
