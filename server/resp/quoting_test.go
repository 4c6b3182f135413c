package resp

import (
	"strings"
	"testing"
)

var splitCases = []struct {
	name, in string
	want     []string
	bad      bool
}{
	{name: "nothing", in: ""},
	{name: "blanks", in: " \t\v\f\r\n"},
	{name: "words", in: " set  key\tvalue ", want: []string{"set", "key", "value"}},
	{name: "vertical tab inside a word", in: "a\vb\fc", want: []string{"a\vb\fc"}},
	{name: "vertical tab before a word", in: "\v\fa", want: []string{"a"}},
	{name: "vertical tab after a quote", in: "\"a\"\vb", want: []string{"a", "b"}},
	{name: "empty quotes", in: `"" ''`, want: []string{"", ""}},
	{name: "escapes", in: `"\n\r\t\b\a\\\"\q"`, want: []string{"\n\r\t\b\a\\\"q"}},
	{name: "hex", in: `"\x00\xfF\x41"`, want: []string{"\x00\xffA"}},
	{name: "hex cut short", in: `"\x4" "\xg0"`, want: []string{"x4", "xg0"}},
	{name: "single quotes", in: `'a\'b\n"\x41'`, want: []string{`a'b\n"\x41`}},
	{name: "quotes within a word", in: `a"b c" d'e f'`, want: []string{"ab c", "de f"}},
	{name: "escape outside quotes", in: `a\nb`, want: []string{`a\nb`}},
	{name: "several quoted", in: `"one" 'two' three`, want: []string{"one", "two", "three"}},
	{name: "NUL ends the line", in: "a b\x00 \"c", want: []string{"a", "b"}},
	{name: "high bytes", in: "\xff\x80", want: []string{"\xff\x80"}},
	{name: "open double", in: `"a`, bad: true},
	{name: "open single", in: `'a`, bad: true},
	{name: "escaped end", in: `"a\"`, bad: true},
	{name: "backslash at the end", in: `"a\`, bad: true},
	{name: "text after a double", in: `"a"b`, bad: true},
	{name: "text after a single", in: `'a'b`, bad: true},
	{name: "quote after a quote", in: `"a"'b'`, bad: true},
	{name: "bad after good", in: `good "bad`, bad: true},
}

func TestSplitArgs(t *testing.T) {
	for _, c := range splitCases {
		t.Run(c.name, func(t *testing.T) {
			got, err := SplitArgs([]byte(c.in))
			if c.bad {
				if err != ErrUnbalancedQuotes || got != nil {
					t.Fatalf("%q, error %v", got, err)
				}
				return
			}
			if err != nil || len(got) != len(c.want) {
				t.Fatalf("%q, error %v, want %q", got, err, c.want)
			}
			for i := range got {
				if string(got[i]) != c.want[i] {
					t.Errorf("argument %d is %q, want %q", i, got[i], c.want[i])
				}
			}
		})
	}
}

func TestQuote(t *testing.T) {
	cases := []struct{ in, want string }{
		{"", `""`},
		{"plain text", `"plain text"`},
		{"\\\"", `"\\\""`},
		{"\n\r\t\a\b", `"\n\r\t\a\b"`},
		{"\x00\x1b\x7f\x80\xff", `"\x00\x1b\x7f\x80\xff"`},
		{"'", `"'"`},
		{"~ ", `"~ "`},
		{"\v\f", `"\x0b\x0c"`},
	}
	for _, c := range cases {
		if got := Quote([]byte(c.in)); got != c.want {
			t.Errorf("Quote(%q) = %s, want %s", c.in, got, c.want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	cases := []struct {
		name, in string
		limit    int
		want     string
	}{
		{"short", "foo", MaxExcerpt, "foo"},
		{"cut", strings.Repeat("x", 200), MaxExcerpt, strings.Repeat("x", 128)},
		{"less room", "abcdef", 3, "abc"},
		{"no room", "abcdef", 0, ""},
		{"negative room", "abcdef", -5, ""},
		{"line breaks", "a\r\nb\n", MaxExcerpt, "a  b "},
		{"NUL", "ab\x00cd", MaxExcerpt, "ab"},
		{"other bytes stay", "\x01\xff\x1b", MaxExcerpt, "\x01\xff\x1b"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := Excerpt([]byte(c.in), c.limit); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
