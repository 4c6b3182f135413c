package resp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// reference decodes a whole stream the simple way: it looks for each line's
// end, cuts it out and converts it with strconv.
func reference(data []byte, l *Limits) outcome {
	var o outcome
	for o.taken < len(data) {
		args, n, reason := referenceCommand(data[o.taken:], l)
		if reason != "" {
			o.err = "Protocol error: " + reason
		}
		if n == 0 {
			return o
		}
		o.taken += n
		if len(args) > 0 {
			o.commands = append(o.commands, showArgs(args))
		}
	}
	return o
}

// referenceLine returns the line at the head of data and all it occupies.
func referenceLine(data []byte, eol string, limit int) (line []byte, size int, tooBig bool) {
	head := data[:min(len(data), limit+1)]
	text, _, _ := bytes.Cut(head, []byte{0})
	before, _, found := bytes.Cut(text, []byte(eol))
	switch {
	case !found:
		return nil, 0, len(data) > limit
	case eol == "\n":
		return bytes.TrimSuffix(before, []byte("\r")), len(before) + 1, false
	case len(data) < len(before)+2:
		return nil, 0, false
	}
	return before, len(before) + 2, false
}

func referenceInt(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == s
}

func referenceCommand(data []byte, l *Limits) (args [][]byte, taken int, reason string) {
	if data[0] != '*' {
		line, size, tooBig := referenceLine(data, "\n", l.MaxInline)
		if tooBig {
			return nil, 0, "too big inline request"
		}
		if size == 0 {
			return nil, 0, ""
		}
		words, ok := referenceSplit(string(line))
		if !ok {
			return nil, 0, "unbalanced quotes in request"
		}
		for _, w := range words {
			args = append(args, []byte(w))
		}
		return args, size, ""
	}
	line, pos, tooBig := referenceLine(data, "\r", l.MaxInline)
	if tooBig {
		return nil, 0, "too big mbulk count string"
	}
	if pos == 0 {
		return nil, 0, ""
	}
	count, ok := referenceInt(string(line[1:]))
	if !ok || count > int64(l.MaxArgs) {
		return nil, 0, "invalid multibulk length"
	}
	for i := int64(0); i < count; i++ {
		line, size, tooBig := referenceLine(data[pos:], "\r", l.MaxInline)
		if tooBig {
			return nil, 0, "too big bulk count string"
		}
		if size == 0 {
			return nil, 0, ""
		}
		if first := data[pos]; first != '$' {
			shown := string([]byte{first})
			switch {
			case strings.Contains("\r\n", shown):
				shown = " "
			case first < 32 || first == 127:
				shown = "."
			}
			return nil, 0, "expected '$', got '" + shown + "'"
		}
		n, ok := referenceInt(string(line[1:]))
		if !ok || n < 0 || n > l.MaxBulk {
			return nil, 0, "invalid bulk length"
		}
		pos += size
		if int64(len(data)-pos) < n+2 {
			return nil, 0, ""
		}
		args = append(args, data[pos:pos+int(n)])
		pos += int(n) + 2
	}
	return args, pos, ""
}

// referenceSplit splits an inline line with one state per byte.
func referenceSplit(line string) (words []string, ok bool) {
	const blanks = " \t\n\v\f\r"
	word, quote, inWord, wasQuoted := "", byte(0), false, false
	for i := 0; i < len(line); i++ {
		c := line[i]
		rest := line[i+1:]
		switch {
		case wasQuoted && !strings.ContainsRune(blanks, rune(c)):
			return nil, false
		case wasQuoted:
			wasQuoted = false
		case quote != 0 && c == quote:
			words, word, inWord, quote, wasQuoted = append(words, word), "", false, 0, true
		case quote == '\'' && c == '\\' && strings.HasPrefix(rest, "'"):
			word += "'"
			i++
		case quote == '"' && c == '\\' && rest != "":
			i++
			if hex, err := strconv.ParseUint(rest[1:min(3, len(rest))], 16, 8); rest[0] == 'x' && err == nil && len(rest) > 2 {
				word += string([]byte{byte(hex)})
				i += 2
			} else if at := strings.IndexByte("nrtba", rest[0]); at >= 0 {
				word += "\n\r\t\b\a"[at : at+1]
			} else {
				word += rest[:1]
			}
		case quote != 0:
			word += string([]byte{c})
		case inWord && strings.IndexByte(" \n\r\t", c) >= 0:
			words, word, inWord = append(words, word), "", false
		case !inWord && strings.IndexByte(blanks, c) >= 0:
		case c == '"' || c == '\'':
			quote, inWord = c, true
		default:
			word, inWord = word+string([]byte{c}), true
		}
	}
	if quote != 0 {
		return nil, false
	}
	if inWord {
		words = append(words, word)
	}
	return words, true
}

// fuzzLimits are low, so that mutation reaches all of them.
var fuzzLimits = &Limits{MaxBulk: 1000, MaxArgs: 500, MaxInline: 64}

func FuzzDecoder(f *testing.F) {
	for _, c := range decoderCases {
		if len(c.in) < 1000 {
			f.Add([]byte(c.in), uint8(3))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, stride uint8) {
		want := reference(data, fuzzLimits)
		got := feed(t, data, fuzzLimits, nil)
		if !equalOutcome(got, want) {
			t.Fatalf("%q\nwhole:     %v\nreference: %v", data, got, want)
		}
		step := int(stride)%16 + 1
		var cuts []int
		for i := step; i < len(data); i += step {
			cuts = append(cuts, i)
		}
		if got = feed(t, data, fuzzLimits, cuts); !equalOutcome(got, want) {
			t.Fatalf("%q\nin parts of %d: %v\nreference: %v", data, step, got, want)
		}
	})
}

func FuzzInline(f *testing.F) {
	for _, c := range splitCases {
		f.Add([]byte(c.in))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		got, err := SplitArgs(line)
		visible, _, _ := bytes.Cut(line, []byte{0})
		words, ok := referenceSplit(string(visible))
		if ok != (err == nil) || len(got) != len(words) && ok {
			t.Fatalf("%q: %q, error %v; want %q, %v", line, got, err, words, ok)
		}
		for i, w := range got {
			if string(w) != words[i] {
				t.Fatalf("%q: argument %d is %q, want %q", line, i, w, words[i])
			}
		}
		// What Quote makes of any bytes must come back as one argument.
		back, err := SplitArgs(AppendQuote(nil, line))
		if err != nil || len(back) != 1 || !bytes.Equal(back[0], line) {
			t.Fatalf("Quote(%q) splits into %q, error %v", line, back, err)
		}
	})
}

func FuzzReplyReader(f *testing.F) {
	for _, c := range replyCases {
		f.Add([]byte(c.in))
	}
	f.Add([]byte(strings.Repeat("*1\r\n", 100)))
	f.Add([]byte("$536870912\r\nabc"))
	f.Fuzz(func(t *testing.T, data []byte) {
		read := func(r io.Reader) (string, error) {
			reader := NewReplyReader(bufio.NewReaderSize(r, 16))
			reader.MaxReplies = 10000
			v, err := reader.Read()
			if err != nil {
				return "", err
			}
			return v.String(), nil
		}
		want, wantErr := read(bytes.NewReader(data))
		var malformed *ReplyError
		if wantErr != nil && wantErr != io.EOF && wantErr != io.ErrUnexpectedEOF && !errors.As(wantErr, &malformed) {
			t.Fatalf("%q: error %v", data, wantErr)
		}
		got, err := read(iotest.OneByteReader(bytes.NewReader(data)))
		if got != want || (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: whole %s, %v; byte by byte %s, %v", data, want, wantErr, got, err)
		}
	})
}
