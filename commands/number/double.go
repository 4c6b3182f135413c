package number

import (
	"bytes"
	"math"
	"strconv"
	"unsafe"
)

// ParseDouble reads the whole of b as a double the way Redis reads float arguments and scores. It refuses white space,
// NaN, overflow, and nonzero text that rounds to zero; infinities are accepted when spelled out.
func ParseDouble(b []byte) (v float64, ok bool) {
	l, ok := scan(b)
	if !ok {
		return 0, false
	}
	v = l.double(b)
	if l.kind == finite && (math.IsInf(v, 0) || v == 0 && !l.zero()) {
		return 0, false
	}
	return v, true
}

// ParseBound reads b as Redis reads the bounds of ZRANGEBYSCORE after the optional parenthesis: C's strtod without
// further checks. Unlike ParseDouble it skips leading white space, ends at a NUL byte, takes the empty string for zero
// and lets values out of range become infinite or zero.
func ParseBound(b []byte) (v float64, ok bool) {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	if len(b) == 0 {
		return 0, true
	}
	b = trimSpace(b)
	l, ok := scan(b)
	if !ok {
		return 0, false
	}
	return l.double(b), true
}

const (
	maxDigits = 780  // more than the 767 that decide any double, fewer than the 800 Go's parser keeps
	maxReach  = 5000 // exponents beyond every double, but of few enough digits for Go's parser to read them exactly
)

// double returns the literal, whose text is b, rounded to the nearest double, ±Inf if it is too large.
func (l *literal) double(b []byte) float64 {
	switch {
	case l.kind == infinite:
		return math.Inf(l.sign())
	case l.zero():
		return math.Copysign(0, float64(l.sign()))
	case !l.hex && l.count <= maxDigits && -maxReach < l.exponent && l.exponent < maxReach:
		// ParseFloat only holds on to its argument inside an error, and the error is dropped here.
		v, _ := strconv.ParseFloat(unsafe.String(unsafe.SliceData(b), len(b)), 64)
		return v
	}
	return l.canonicalDouble()
}

func (l *literal) sign() int {
	if l.negative {
		return -1
	}
	return 1
}

// canonicalDouble rewrites the literal, which is not zero, in Go's syntax and with an exponent of few digits.
func (l *literal) canonicalDouble() float64 {
	if m := l.magnitude(); m > maxReach {
		return math.Inf(l.sign())
	} else if m < -maxReach {
		return math.Copysign(0, float64(l.sign()))
	}
	significant, prefix, mark := maxDigits, "", byte('e')
	if l.hex {
		significant, prefix, mark = 17, "0x", 'p'
	}
	text := make([]byte, 0, significant+16)
	if l.negative {
		text = append(text, '-')
	}
	text = append(text, prefix...)
	text, more := l.digits(text, significant)
	exponent := l.exponent + int64(max(l.count-significant, 0))*l.unit()
	if more { // one more digit stands for all that were dropped
		text = append(text, '1')
		exponent -= l.unit()
	}
	text = strconv.AppendInt(append(text, mark), exponent, 10)
	v, _ := strconv.ParseFloat(string(text), 64)
	return v
}

// AppendDouble appends v as Redis 7.2 prints doubles in replies: "inf", "-inf" and "nan", integers up to 2⁶² in
// magnitude in full, anything else in the fewest digits that read back as v, with an exponent where that is shorter.
func AppendDouble(dst []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "nan"...)
	case math.IsInf(v, 1):
		return append(dst, "inf"...)
	case math.IsInf(v, -1):
		return append(dst, "-inf"...)
	case v == 0 && math.Signbit(v):
		return append(dst, "-0"...)
	case math.Abs(v) <= 1<<62 && v == math.Trunc(v):
		return strconv.AppendInt(dst, int64(v), 10)
	}
	return appendShortest(dst, v)
}

// AppendShortest appends v in the fewest digits that read back as v, with an exponent where that is shorter, for whole
// numbers, too: 100000000 is 1e+8.
func AppendShortest(dst []byte, v float64) []byte {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return AppendDouble(dst, v)
	}
	return appendShortest(dst, v)
}

// appendShortest lays out the shortest digits of v, which is finite and not zero.
func appendShortest(dst []byte, v float64) []byte {
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	}
	var buf [32]byte
	text := strconv.AppendFloat(buf[:0], v, 'e', -1, 64) // d.ddde±xx
	e := bytes.IndexByte(text, 'e')
	exponent, _ := strconv.Atoi(string(text[e+1:]))
	digits := text[:1]
	if e > 1 {
		digits = append(digits, text[2:e]...) // closes the gap left by the point, in place
	}
	n := len(digits)
	shift := exponent - n + 1 // v == digits·10^shift
	switch {
	case shift >= 0 && exponent < n+7:
		dst = append(dst, digits...)
		return appendZeros(dst, shift)
	case shift < 0 && (shift > -7 || exponent > -4 && exponent < 4):
		return appendFixed(dst, digits, n+shift)
	}
	dst = append(dst, digits[0])
	if n > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	dst = append(dst, 'e')
	if exponent >= 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(exponent), 10)
}

// appendFixed appends 0.digits·10^point without an exponent; point is less than the number of digits.
func appendFixed(dst, digits []byte, point int) []byte {
	if point > 0 {
		dst = append(dst, digits[:point]...)
		return append(append(dst, '.'), digits[point:]...)
	}
	dst = append(dst, "0."...)
	return append(appendZeros(dst, -point), digits...)
}

func appendZeros(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, '0')
	}
	return dst
}
