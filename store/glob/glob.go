package glob

import (
	"bytes"
	"unsafe"
)

// Match reports whether s matches pattern. With fold set, ASCII letters match without regard to case.
func Match(pattern, s []byte, fold bool) bool {
	if len(s) == 0 {
		return len(pattern) == 0
	}
	p, i := 0, 0
	starP, starS := -1, 0 // where to resume after the latest star, and the string position tried last
	for {
		if i == len(s) {
			// Whatever is left needs at least one byte per element, and retrying a star would leave even fewer.
			return onlyStars(pattern[p:])
		}
		if p < len(pattern) && pattern[p] == '*' {
			for p < len(pattern) && pattern[p] == '*' {
				p++
			}
			if p == len(pattern) {
				return true
			}
			starP, starS = p, i
		}
		if p < len(pattern) {
			if n, ok := matchOne(pattern[p:], s[i], fold); ok {
				p += n
				i++
				continue
			}
		}
		if starP < 0 {
			return false
		}
		starS++
		p, i = starP, starS
		if !fold && literal(pattern[p]) {
			skip := bytes.IndexByte(s[i:], pattern[p])
			if skip < 0 {
				return false
			}
			starS += skip
			i = starS
		}
	}
}

// MatchString is Match for strings.
func MatchString(pattern, s string, fold bool) bool {
	return Match(view(pattern), view(s), fold)
}

// view returns the bytes of s without copying them; matching only reads.
func view(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// literal reports whether c at the start of an element stands for itself.
func literal(c byte) bool { return c != '*' && c != '?' && c != '[' && c != '\\' }

func onlyStars(pattern []byte) bool {
	for _, c := range pattern {
		if c != '*' {
			return false
		}
	}
	return true
}

// matchOne matches c against the first element of pattern, which is not a star, and returns the length of the element.
func matchOne(pattern []byte, c byte, fold bool) (n int, ok bool) {
	switch pattern[0] {
	case '?':
		return 1, true
	case '[':
		return matchClass(pattern, c, fold)
	case '\\':
		if len(pattern) >= 2 {
			return 2, same(pattern[1], c, fold)
		}
	}
	return 1, same(pattern[0], c, fold)
}

// matchClass matches c against the class that pattern begins with and returns the length of the class.
func matchClass(pattern []byte, c byte, fold bool) (n int, ok bool) {
	p := 1
	not := p < len(pattern) && pattern[p] == '^'
	if not {
		p++
	}
	for p < len(pattern) && pattern[p] != ']' {
		left := len(pattern) - p
		switch {
		case pattern[p] == '\\' && left >= 2:
			ok = ok || pattern[p+1] == c
			p += 2
		case left >= 3 && pattern[p+1] == '-':
			ok = ok || inRange(pattern[p], pattern[p+2], c, fold)
			p += 3
		default:
			ok = ok || same(pattern[p], c, fold)
			p++
		}
	}
	if p < len(pattern) {
		p++ // the closing bracket
	}
	return p, ok != not
}

// inRange reports whether c lies between the two ends. The ends are put in order before their case is folded, so a
// folded range may turn out empty, as "[Z-a]" does.
func inRange(from, to, c byte, fold bool) bool {
	if !fold {
		lo, hi, v := int8(from), int8(to), int8(c)
		if lo > hi {
			lo, hi = hi, lo
		}
		return lo <= v && v <= hi
	}
	if int8(from) > int8(to) {
		from, to = to, from
	}
	v := foldedOrder(c)
	return foldedOrder(from) <= v && v <= foldedOrder(to)
}

// foldedOrder gives the rank of c in a folded range: that of C's tolower applied to a signed byte, where the upper half
// of the table sorts after ASCII and 0xff, being the end-of-file mark, before everything.
func foldedOrder(c byte) int {
	if c == 0xff {
		return -1
	}
	return int(lower(c))
}

func same(a, b byte, fold bool) bool {
	return a == b || fold && lower(a) == lower(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// LiteralPrefix returns the bytes every match of pattern begins with, as far as they can be read off it, and whether
// the pattern is nothing but these bytes. The result aliases pattern unless it holds escapes.
func LiteralPrefix(pattern []byte) (prefix []byte, whole bool) {
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '*', '?', '[':
			return pattern[:i:i], false
		case '\\':
			return unescapePrefix(pattern, i)
		}
	}
	return pattern, true
}

// unescapePrefix is LiteralPrefix for a pattern whose first special byte is the backslash at i.
func unescapePrefix(pattern []byte, i int) (prefix []byte, whole bool) {
	prefix = append(make([]byte, 0, len(pattern)), pattern[:i]...)
	for ; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '*', '?', '[':
			return prefix, false
		case '\\':
			if i+1 < len(pattern) {
				i++
			}
			prefix = append(prefix, pattern[i])
		default:
			prefix = append(prefix, c)
		}
	}
	return prefix, true
}
