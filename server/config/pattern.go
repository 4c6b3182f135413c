package config

import "strings"

// matches tells whether a glob pattern covers name, ignoring case: * ? [a-z] [^a-z] and \ before a literal.
func matches(pattern, name string) bool {
	return glob(strings.ToLower(pattern), strings.ToLower(name))
}

// glob backtracks to the last star only, so its time is at most pattern times name.
func glob(p, s string) bool {
	i, j := 0, 0
	star, mark := -1, 0
	for j < len(s) {
		if i < len(p) && p[i] == '*' {
			star, mark = i, j
			i++
			continue
		}
		if i < len(p) {
			if n, ok := globOne(p[i:], s[j]); ok {
				i += n
				j++
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	return strings.Trim(p[i:], "*") == ""
}

// globOne matches one character against the element at the start of p and returns the element's length.
func globOne(p string, c byte) (int, bool) {
	switch p[0] {
	case '?':
		return 1, true
	case '\\':
		if len(p) > 1 {
			return 2, p[1] == c
		}
	case '[':
		return globClass(p, c)
	}
	return 1, p[0] == c
}

func globClass(p string, c byte) (int, bool) {
	i := 1
	not := i < len(p) && p[i] == '^'
	if not {
		i++
	}
	found := false
	for i < len(p) && p[i] != ']' {
		switch {
		case p[i] == '\\' && i+1 < len(p):
			found = found || p[i+1] == c
			i += 2
		case i+2 < len(p) && p[i+1] == '-':
			lo, hi := min(p[i], p[i+2]), max(p[i], p[i+2])
			found = found || lo <= c && c <= hi
			i += 3
		default:
			found = found || p[i] == c
			i++
		}
	}
	return min(i+1, len(p)), found != not
}
