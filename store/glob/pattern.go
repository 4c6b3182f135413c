package glob

import "bytes"

// shape is the form of a compiled pattern.
type shape uint8

const (
	general shape = iota
	whole         // a literal
	prefix        // a literal, possibly empty, followed by stars
)

// Pattern is a compiled pattern, made by Compile. The zero value is the empty pattern, which matches the empty string
// only. A Pattern is immutable.
type Pattern struct {
	source []byte
	text   []byte // the literal part of the shapes whole and prefix
	shape  shape
	fold   bool
}

// Compile prepares pattern for repeated use. It keeps a copy and cannot fail: every byte string is a pattern. With fold
// set, ASCII letters match without regard to case.
func Compile(pattern []byte, fold bool) Pattern {
	p := Pattern{source: bytes.Clone(pattern), fold: fold}
	if fold {
		return p
	}
	text, all := LiteralPrefix(p.source)
	switch {
	case all:
		p.text, p.shape = text, whole
	case onlyStars(p.source[p.literalLen(len(text)):]):
		p.text, p.shape = text, prefix
	}
	return p
}

// literalLen returns how many bytes of the source spell its first n literal bytes.
func (p *Pattern) literalLen(n int) int {
	i := 0
	for ; n > 0; n-- {
		if p.source[i] == '\\' && i+1 < len(p.source) {
			i++
		}
		i++
	}
	return i
}

// Match reports whether s matches.
func (p *Pattern) Match(s []byte) bool {
	switch p.shape {
	case whole:
		return bytes.Equal(p.text, s)
	case prefix:
		return len(s) > 0 && bytes.HasPrefix(s, p.text)
	}
	return Match(p.source, s, p.fold)
}

// MatchString reports whether s matches.
func (p *Pattern) MatchString(s string) bool { return p.Match(view(s)) }

// IsStar reports whether the pattern is exactly "*", which KEYS and SCAN take as no filter: unlike a match, it lets
// the empty key through.
func (p *Pattern) IsStar() bool { return len(p.source) == 1 && p.source[0] == '*' }

// Literal returns the only string that can match, if there is just one. The result must not be modified.
func (p *Pattern) Literal() (s []byte, ok bool) { return p.text, p.shape == whole }

// Prefix returns the bytes every match begins with. The result must not be modified.
func (p *Pattern) Prefix() []byte {
	if p.fold {
		return nil
	}
	if p.shape != general {
		return p.text
	}
	text, _ := LiteralPrefix(p.source)
	return text
}

// String returns the pattern as it was written.
func (p *Pattern) String() string { return string(p.source) }
