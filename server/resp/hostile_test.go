package resp

import (
	"strings"
	"testing"
)

// hostileCases are inputs that brought down, stalled or misled request parsers
// of other servers, redcon's above all.
var hostileCases = []struct {
	name string
	in   string
	want outcome
}{
	{"length that wraps when added to an offset", "*1\r\n$9223372036854775807\r\n", fails("invalid bulk length")},
	{"count that loops for ever", "*9223372036854775807\r\n", fails("invalid multibulk length")},
	{"count of 2^31-1", "*2147483647\r\n", fails("invalid multibulk length")},
	{"length that slices backwards", "*1\r\n$-2\r\n", fails("invalid bulk length")},
	{"length that indexes before the buffer", "*1\r\n$-100\r\n", fails("invalid bulk length")},
	{"length that wraps by its CRLF", "*1\r\n$9223372036854775806\r\n", fails("invalid bulk length")},
	{"length of another protocol", "$9223372036854775807 \r\n", commands(`"$9223372036854775807"`)},
	{"bulk reply as a request", "$9223372036854775807\r\n", commands(`"$9223372036854775807"`)},
	{"nested arrays", strings.Repeat("*1\r\n", 1000), fails("expected '$', got '*'")},
	{"line of many short words", strings.Repeat("a ", 32000) + "\r\n", commands(strings.TrimSuffix(strings.Repeat(`"a" `, 32000), " "))},
	{"line of many short words, above the limit", strings.Repeat("a ", 131072), fails("too big inline request")},
	{"line without end", strings.Repeat("x", 1<<20), fails("too big inline request")},
	{"length of 2^31-1", "*1\r\n$2147483647\r\n", fails("invalid bulk length")},
	{"count of 100000 with little behind it", "*100000\r\n$1\r\nx\r\n", outcome{}},
	{"large payload begun", "*1\r\n$5000000\r\n" + strings.Repeat("x", 100), outcome{}},
	{"negative count", "*-10\r\n", taken(6)},
	{"length without digits", "*1\r\n$\r\n", fails("invalid bulk length")},
	{"length of a minus", "*1\r\n$-\r\n", fails("invalid bulk length")},
	{"length with zeros ahead", "*1\r\n$007\r\n1234567\r\n", fails("invalid bulk length")},
	{"length of 2^64", "*1\r\n$18446744073709551616\r\n\r\n", fails("invalid bulk length")},
	{"count of 2^64+1", "*18446744073709551617\r\n$4\r\nPING\r\n", fails("invalid multibulk length")},
	{"inline escape of a byte", `SET k "\x00"` + "\r\n", commands(`"SET" "k" "\x00"`)},
	{"inline escapes in single quotes", `SET k 'a\n\'b'` + "\r\n", commands(`"SET" "k" "a\\n'b"`)},
	{"inline quote within a word", `SET k a"b c"` + "\r\n", commands(`"SET" "k" "ab c"`)},
	{"inline separated by tabs", "SET\tk\tv\r\n", commands(`"SET" "k" "v"`)},
	{"pipeline of large replies", strings.Repeat("*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n", 3), commands(`"GET" "big"`, `"GET" "big"`, `"GET" "big"`)},
	{"TLS greeting on a plain port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\n", outcome{}},
	{"HTTP request", "POST / HTTP/1.1\r\nHost: x\r\n\r\nFLUSHALL\r\n", commands(`"POST" "/" "HTTP/1.1"`, `"Host:" "x"`, `"FLUSHALL"`)},
	{"state after an empty request", "*0\r\n*-1\r\n\r\n*1\r\n$4\r\nPING\r\n*0\r\nPING\r\n", commands(`"PING"`, `"PING"`)},
	{"command name of 1 MiB", "*1\r\n$1048576\r\n" + strings.Repeat("c", 1<<20) + "\r\n", commands(`"` + strings.Repeat("c", 1<<20) + `"`)},
	{"terminal escape in an error", "*1\r\n\x1b]0;x\a\r\n", fails("expected '$', got '.'")},
}

func fails(reason string) outcome { return outcome{err: "Protocol error: " + reason} }
func taken(n int) outcome         { return outcome{taken: n} }
func commands(c ...string) outcome {
	return outcome{commands: c, taken: -1} // all of the input
}

func TestDecoderHostile(t *testing.T) {
	for _, c := range hostileCases {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			cuts := [][]int{nil}
			if len(c.in) <= 4096 {
				cuts = append(cuts, everyByte(len(c.in)))
			}
			for _, cut := range cuts {
				got := feed(t, []byte(c.in), open, cut)
				if want.taken < 0 {
					want.taken = len(c.in)
				}
				if want.err == "" && !equalOutcome(got, want) || want.err != got.err {
					t.Errorf("in %d parts: %.300v\nwant: %.300v", len(cut)+1, got, want)
				}
			}
		})
	}
}

// TestExcerptOfHugeName holds the error for an unknown command to what Redis
// repeats of it.
func TestExcerptOfHugeName(t *testing.T) {
	name := []byte(strings.Repeat("c", 1<<20))
	if got := Excerpt(name, MaxExcerpt); len(got) != MaxExcerpt {
		t.Errorf("excerpt of %d bytes", len(got))
	}
}
