package resp

import (
	"math"
	"strconv"
)

// ParseInt reads a signed 64-bit decimal integer in the one form Redis takes:
// no blanks, no plus sign, no leading zeros, no "-0".
func ParseInt(b []byte) (n int64, ok bool) {
	digits := b
	if len(b) > 0 && b[0] == '-' {
		digits = b[1:]
	}
	// 19 digits fit in 64 unsigned bits, so the sum cannot overflow.
	if len(digits) == 0 || len(digits) > 19 {
		return 0, false
	}
	if digits[0] == '0' {
		return 0, len(b) == 1
	}
	var u uint64
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		u = u*10 + uint64(c)
	}
	if len(digits) < len(b) {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u <= math.MaxInt64
}

// AppendInt appends n in decimal.
func AppendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// decimalLen returns the number of digits of n >= 0.
func decimalLen(n int) int {
	digits := 1
	for ; n >= 10; n /= 10 {
		digits++
	}
	return digits
}

// AppendDouble appends f as Redis 7.2 prints doubles: the shortest decimal that
// reads back as f, "inf", "-inf", "nan" or "-0". Integers up to 2^62 have all
// their digits. Other numbers take an exponent (1.5e+100, 1e-7) if they would
// need more than six zeros at the end, or if they have more than six decimals
// and are not between 0.001 and 10000: 1234.123456789, but 1.2345123456789e+4.
func AppendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	case f == 0:
		if math.Signbit(f) {
			dst = append(dst, '-')
		}
		return append(dst, '0')
	}
	if math.Abs(f) <= 1<<62 && f == math.Trunc(f) {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	if f < 0 {
		dst, f = append(dst, '-'), -f
	}
	var scratch [32]byte
	digits, exp := shortest(scratch[:0], f)
	return appendDecimal(dst, digits, exp)
}

// shortest returns the digits of f > 0 and the power of ten of the last one.
func shortest(scratch []byte, f float64) (digits []byte, exp int) {
	s := strconv.AppendFloat(scratch, f, 'e', -1, 64) // d[.ddd]e±dd
	digits = append(s[:0], s[0])
	i := 1
	if s[i] == '.' {
		for i++; s[i] != 'e'; i++ {
			digits = append(digits, s[i])
		}
	}
	negative := s[i+1] == '-'
	for _, c := range s[i+2:] {
		exp = exp*10 + int(c-'0')
	}
	if negative {
		exp = -exp
	}
	return digits, exp - (len(digits) - 1)
}

// appendDecimal lays out digits * 10^exp.
func appendDecimal(dst, digits []byte, exp int) []byte {
	leading := exp + len(digits) - 1 // power of ten of the first digit
	magnitude := max(leading, -leading)
	switch {
	case exp >= 0 && magnitude < len(digits)+7:
		dst = append(dst, digits...)
		return appendZeros(dst, exp)
	case exp < 0 && (exp > -7 || magnitude < 4):
		point := len(digits) + exp
		if point <= 0 {
			dst = append(dst, "0."...)
			return append(appendZeros(dst, -point), digits...)
		}
		dst = append(dst, digits[:point]...)
		dst = append(dst, '.')
		return append(dst, digits[point:]...)
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(dst, '.')
		dst = append(dst, digits[1:]...)
	}
	sign := byte('+')
	if leading < 0 {
		sign = '-'
	}
	return strconv.AppendInt(append(dst, 'e', sign), int64(magnitude), 10)
}

func appendZeros(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, '0')
	}
	return dst
}
