package config

import (
	"fmt"
	"strings"
)

// splitArgs splits a line into arguments. Double quotes allow \n, \r, \t, \b, \a, \xHH and escaped characters; single
// quotes allow \'. A closing quote must be followed by a blank. ok is false if the quotes do not balance.
func splitArgs(line string) (args []string, ok bool) {
	for i := 0; ; {
		for i < len(line) && isBlank(line[i]) {
			i++
		}
		if i == len(line) {
			return args, true
		}
		var arg []byte
		for i < len(line) && !isSeparator(line[i]) {
			c := line[i]
			if c != '"' && c != '\'' {
				arg = append(arg, c)
				i++
				continue
			}
			var end int
			if arg, end = unquote(arg, line, i+1, c); end < 0 {
				return nil, false
			}
			i = end
			break
		}
		args = append(args, string(arg))
	}
}

// unquote appends what stands between quotes, from line[i] on, to arg and returns the index behind the closing quote, or
// -1 if it is missing or glued to something.
func unquote(arg []byte, line string, i int, mark byte) ([]byte, int) {
	for i < len(line) {
		c := line[i]
		switch {
		case c == mark:
			if i+1 < len(line) && !isBlank(line[i+1]) {
				return nil, -1
			}
			return arg, i + 1
		case c != '\\' || i+1 == len(line):
			arg = append(arg, c)
			i++
		case mark == '\'':
			if line[i+1] == '\'' {
				c = '\''
				i++
			}
			arg = append(arg, c)
			i++
		default:
			var n int
			arg, n = unescape(arg, line[i+1:])
			i += 1 + n
		}
	}
	return nil, -1
}

// unescape appends the character that rest, the text behind a backslash, stands for, and returns the bytes it took.
func unescape(arg []byte, rest string) ([]byte, int) {
	if len(rest) >= 3 && rest[0] == 'x' {
		hi, ok1 := hexDigit(rest[1])
		lo, ok2 := hexDigit(rest[2])
		if ok1 && ok2 {
			return append(arg, hi<<4|lo), 3
		}
	}
	c := rest[0]
	if i := strings.IndexByte("nrtba", c); i >= 0 {
		c = "\n\r\t\b\a"[i]
	}
	return append(arg, c), 1
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// isSeparator is narrower than isBlank, as in Redis: vertical tabs and form feeds do not end a bare word.
func isSeparator(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// quote writes s so that splitArgs gives it back.
func quote(s string) string {
	b := make([]byte, 0, len(s)+2)
	b = append(b, '"')
	for _, c := range []byte(s) {
		switch {
		case c == '\\' || c == '"':
			b = append(b, '\\', c)
		case strings.IndexByte("\n\r\t\b\a", c) >= 0:
			b = append(b, '\\', "nrtba"[strings.IndexByte("\n\r\t\b\a", c)])
		case c >= ' ' && c <= '~':
			b = append(b, c)
		default:
			b = fmt.Appendf(b, `\x%02x`, c)
		}
	}
	return string(append(b, '"'))
}
