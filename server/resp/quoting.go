package resp

import (
	"bytes"
	"errors"
	"strings"
)

// ErrUnbalancedQuotes is a quote that is not closed, or whose closing mark is
// followed by anything but a space.
var ErrUnbalancedQuotes = errors.New("unbalanced quotes")

// SplitArgs splits a line of an inline command or of a configuration file into
// its arguments. Arguments are separated by blanks and may end in a quoted
// part: double quotes with the escapes \n \r \t \b \a \xHH and \ before any
// other byte, or single quotes with \' only. A NUL ends the line. The arguments
// are slices of line where they need no unquoting.
func SplitArgs(line []byte) ([][]byte, error) {
	if i := bytes.IndexByte(line, 0); i >= 0 {
		line = line[:i]
	}
	return appendArgs(nil, line)
}

// appendArgs is SplitArgs for a line without NUL.
func appendArgs(dst [][]byte, line []byte) ([][]byte, error) {
	var text []byte // unquoted arguments, back to back
	for i := 0; ; {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			return dst, nil
		}
		start := i
		for i < len(line) && !endsBare(line[i]) {
			i++
		}
		if i == len(line) || line[i] != '"' && line[i] != '\'' {
			dst = append(dst, line[start:i:i])
			continue
		}
		if text == nil {
			// Unquoting never lengthens, so this is never moved.
			text = make([]byte, 0, len(line)-start)
		}
		from := len(text)
		text = append(text, line[start:i]...)
		var n int
		if text, n = appendQuoted(text, line[i:]); n == 0 {
			return nil, ErrUnbalancedQuotes
		}
		i += n
		dst = append(dst, text[from:len(text):len(text)])
	}
}

// appendQuoted appends the content of the quoted string at the head of s and
// returns how long that string is with its quotes, 0 if it is malformed.
func appendQuoted(dst, s []byte) ([]byte, int) {
	quote := s[0]
	for i := 1; i < len(s); i++ {
		c := s[i]
		switch {
		case c == quote:
			if i+1 < len(s) && !isSpace(s[i+1]) {
				return dst, 0
			}
			return dst, i + 1
		case c != '\\' || i+1 == len(s):
			dst = append(dst, c)
		case quote == '"':
			var n int
			c, n = unescape(s[i+1:])
			dst = append(dst, c)
			i += n
		case s[i+1] == '\'':
			dst = append(dst, '\'')
			i++
		default:
			dst = append(dst, c)
		}
	}
	return dst, 0
}

// unescape decodes what follows a backslash and returns its length.
func unescape(s []byte) (c byte, n int) {
	switch s[0] {
	case 'n':
		return '\n', 1
	case 'r':
		return '\r', 1
	case 't':
		return '\t', 1
	case 'b':
		return '\b', 1
	case 'a':
		return '\a', 1
	case 'x':
		if len(s) >= 3 {
			high, low := hexDigit(s[1]), hexDigit(s[2])
			if high >= 0 && low >= 0 {
				return byte(high<<4 | low), 3
			}
		}
	}
	return s[0], 1
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// isSpace reports whether c separates arguments (isspace of the C locale).
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// endsBare reports whether c ends the unquoted part of an argument. Vertical
// tab and form feed do not, although they are blanks before an argument.
func endsBare(c byte) bool {
	switch c {
	case ' ', '\n', '\r', '\t', '"', '\'':
		return true
	}
	return false
}

// Quote returns text in double quotes, with everything that is not printable
// ASCII escaped, so that SplitArgs gives text back. MONITOR and SLOWLOG show
// arguments so.
func Quote(text []byte) string { return string(AppendQuote(nil, text)) }

// AppendQuote appends Quote(text).
func AppendQuote(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range text {
		switch c {
		case '\\', '"':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\a':
			dst = append(dst, '\\', 'a')
		case '\b':
			dst = append(dst, '\\', 'b')
		default:
			if c >= ' ' && c <= '~' {
				dst = append(dst, c)
			} else {
				dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
			}
		}
	}
	return append(dst, '"')
}

// MaxExcerpt is how many bytes of a client's argument Redis repeats in an error.
const MaxExcerpt = 128

// Excerpt returns what an error may repeat of text sent by a client: its first
// limit bytes (MaxExcerpt, unless earlier excerpts took some of that room), up
// to a NUL, with CR and LF as spaces.
func Excerpt(text []byte, limit int) string {
	text = text[:min(len(text), max(limit, 0))]
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	return oneLine(string(text))
}

var lineBreaks = strings.NewReplacer("\r", " ", "\n", " ")

// oneLine replaces what would end a line of the protocol early.
func oneLine(s string) string {
	if strings.ContainsAny(s, "\r\n") {
		return lineBreaks.Replace(s)
	}
	return s
}
