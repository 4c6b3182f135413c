package number

import (
	"math"
	"math/bits"
)

// maxIntegerLen is the length of the longest integer, "-9223372036854775808".
const maxIntegerLen = 20

// ParseInt reads b as a signed 64-bit integer in the strict form Redis demands of integer arguments: an optional minus
// sign and digits without leading zeros. It allocates nothing.
func ParseInt(b []byte) (v int64, ok bool) {
	if len(b) == 0 || len(b) > maxIntegerLen {
		return 0, false
	}
	if len(b) == 1 && b[0] == '0' {
		return 0, true
	}
	digits := b
	negative := b[0] == '-'
	if negative {
		digits = b[1:]
	}
	if len(digits) == 0 || digits[0] == '0' {
		return 0, false
	}
	u, ok := parseDigits(digits)
	switch {
	case !ok:
		return 0, false
	case negative:
		return int64(-u), u <= 1<<63
	}
	return int64(u), u <= math.MaxInt64
}

// parseDigits reads a run of decimal digits; ok is false for other bytes and beyond 64 bits.
func parseDigits(digits []byte) (u uint64, ok bool) {
	for i, c := range digits {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		if i >= 19 { // 19 digits always fit
			hi, lo := bits.Mul64(u, 10)
			sum, carry := bits.Add64(lo, uint64(d), 0)
			if hi != 0 || carry != 0 {
				return 0, false
			}
			u = sum
			continue
		}
		u = u*10 + uint64(d)
	}
	return u, true
}

// ParseUint reads b as an unsigned 64-bit integer as Redis reads the parts of stream IDs: the strict form of ParseInt,
// which must not be negative, or else anything C's strtoull takes as a whole: leading white space, a sign (a minus
// negates modulo 2⁶⁴) and leading zeros. Like the C function it takes a NUL byte for the end.
func ParseUint(b []byte) (v uint64, ok bool) {
	for i, c := range b {
		if c == 0 {
			b = b[:i]
			break
		}
	}
	if s, strict := ParseInt(b); strict {
		return uint64(s), s >= 0
	}
	if len(b) == 0 {
		return 0, false
	}
	b = trimSpace(b)
	negative := len(b) > 0 && b[0] == '-'
	if negative || len(b) > 0 && b[0] == '+' {
		b = b[1:]
	}
	for len(b) > 1 && b[0] == '0' {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > maxIntegerLen {
		return 0, false
	}
	v, ok = parseDigits(b)
	if negative {
		v = -v
	}
	return v, ok
}

// Add returns a+b, and false if it overflows.
func Add(a, b int64) (r int64, ok bool) {
	r = a + b
	return r, (r > a) == (b > 0)
}

// Sub returns a-b, and false if it overflows.
func Sub(a, b int64) (r int64, ok bool) {
	r = a - b
	return r, (r < a) == (b > 0)
}

// Mul returns a*b, and false if it overflows.
func Mul(a, b int64) (r int64, ok bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	r = a * b
	if (r < 0) != ((a < 0) != (b < 0)) {
		return r, false
	}
	// MinInt64 / -1 wraps to itself and would pass the division test alone.
	return r, r/b == a && !(a == math.MinInt64 && b == -1)
}
