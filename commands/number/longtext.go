package number

import (
	"math/big"
	"math/bits"
	"strconv"
)

// MaxLongDoubleLen is the length of the longest text ParseLongDouble looks at, in bytes.
const MaxLongDoubleLen = 5*1024 - 1

// Decimal magnitudes (see literal.magnitude) outside of which a number is certain to overflow, or to round to zero.
const (
	maxLongMagnitude = 4940
	minLongMagnitude = -4970
)

// ParseLongDouble reads the whole of b as a long double the way Redis reads the operands of INCRBYFLOAT: the syntax of
// ParseDouble, at most MaxLongDoubleLen bytes. It refuses NaN, overflow, and nonzero text that rounds to zero;
// infinities are accepted when spelled out.
func ParseLongDouble(b []byte) (x LongDouble, ok bool) {
	if len(b) > MaxLongDoubleLen {
		return x, false
	}
	l, ok := scan(b)
	switch {
	case !ok:
		return x, false
	case l.kind == infinite:
		return LongDouble{kind: longInf, negative: l.negative}, true
	case l.zero():
		return LongDouble{negative: l.negative}, true
	case l.hex:
		x = l.hexLong()
	default:
		x = l.decimalLong()
	}
	return x, x.kind == longFinite && x.mantissa != 0
}

// hexLong rounds a hexadecimal literal that is not zero.
func (l *literal) hexLong() LongDouble {
	const reach = 20000 // in powers of two
	if m := l.magnitude(); m > reach {
		return LongDouble{kind: longInf}
	} else if m < -reach {
		return LongDouble{}
	}
	var buf [32]byte
	digits, more := l.digits(buf[:0], 32)
	var word [2]uint64
	for i, c := range digits {
		d := uint64(c - '0')
		if c > '9' {
			d = uint64(c|0x20-'a') + 10
		}
		word[i/16] |= d << (60 - 4*(i%16))
	}
	return roundLong(l.negative, word[0], word[1], more, int(l.magnitude())-64)
}

// decimalLong rounds a decimal literal that is not zero.
func (l *literal) decimalLong() LongDouble {
	if m := l.magnitude(); m > maxLongMagnitude {
		return LongDouble{kind: longInf}
	} else if m < minLongMagnitude {
		return LongDouble{}
	}
	var buf [64]byte
	const short = 27 // 5²⁷ is the largest power of five in a word
	if l.count <= 19 && -short <= l.exponent && l.exponent <= short {
		digits, _ := l.digits(buf[:0], 19)
		m, _ := parseDigits(digits)
		return scaleLong(l.negative, m, int(l.exponent))
	}
	digits, _ := l.digits(buf[:0], l.count)
	m, _ := new(big.Int).SetString(string(digits), 10)
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(l.exponent, -l.exponent)), nil)
	if l.exponent >= 0 {
		return roundBig(l.negative, m.Mul(m, power), false, 0)
	}
	// Enough quotient bits for both words; the remainder is what makes it sticky.
	shift := max(0, 130+power.BitLen()-m.BitLen())
	quotient, rest := m.QuoRem(m.Lsh(m, uint(shift)), power, new(big.Int))
	return roundBig(l.negative, quotient, rest.Sign() != 0, -shift)
}

// scaleLong returns m·10^exponent rounded, for m > 0 and |exponent| <= 27.
func scaleLong(negative bool, m uint64, exponent int) LongDouble {
	n := max(exponent, -exponent)
	five := uint64(1)
	for range n {
		five *= 5
	}
	if exponent >= 0 {
		hi, lo := bits.Mul64(m, five)
		return roundLong(negative, hi, lo, false, exponent+64)
	}
	mz, fz := bits.LeadingZeros64(m), bits.LeadingZeros64(five)
	m, five = m<<mz, five<<fz
	exponent += fz - mz - 64
	var low uint64
	if m >= five { // halve, so that the quotient is below 1 and fits
		m, low, exponent = m>>1, m<<63, exponent+1
	}
	q, r := bits.Div64(m, low, five)
	// A second division gives the next word, hence the exact side of a tie.
	q2, r2 := bits.Div64(r, 0, five)
	return roundLong(negative, q, q2, r2 != 0, exponent)
}

// roundBig returns (m + s)·2^exponent rounded, where 0 < s < 1 if sticky is set. With sticky set m has over 128 bits.
func roundBig(negative bool, m *big.Int, sticky bool, exponent int) LongDouble {
	if drop := m.BitLen() - 128; drop > 0 {
		sticky = sticky || m.TrailingZeroBits() < uint(drop)
		m.Rsh(m, uint(drop))
		exponent += drop
	}
	var word [16]byte
	m.FillBytes(word[:])
	var hi, lo uint64
	for i := range 8 {
		hi = hi<<8 | uint64(word[i])
		lo = lo<<8 | uint64(word[i+8])
	}
	return roundLong(negative, hi, lo, sticky, exponent+64)
}

// Append appends x in the human-friendly form of INCRBYFLOAT's reply: no exponent, 17 digits after the point (the last
// one rounded to nearest, ties to even), trailing zeros removed. Negative zero, also when it is the result of rounding,
// is "0". Infinities and NaN are "inf", "-inf" and "nan". The text is at most 4952 bytes long.
func (x LongDouble) Append(dst []byte) []byte {
	switch {
	case x.kind == longNaN:
		return append(dst, "nan"...)
	case x.kind == longInf && x.negative:
		return append(dst, "-inf"...)
	case x.kind == longInf:
		return append(dst, "inf"...)
	}
	if x.exponent >= 0 {
		if x.negative && x.mantissa != 0 {
			dst = append(dst, '-')
		}
		if x.exponent == 0 {
			return strconv.AppendUint(dst, x.mantissa, 10)
		}
		m := new(big.Int).SetUint64(x.mantissa)
		return m.Lsh(m, uint(x.exponent)).Append(dst, 10)
	}
	return x.appendFraction(dst)
}

// appendFraction is Append for a number with bits after the point.
func (x LongDouble) appendFraction(dst []byte) []byte {
	const scale, places = 1e17, 17
	hi, lo := bits.Mul64(x.mantissa, scale)
	hi, lo = roundShift(hi, lo, uint(-x.exponent))
	whole, fraction := bits.Div64(hi, lo, scale) // hi < scale: the product is below 2⁶⁴·scale
	if x.negative && (whole != 0 || fraction != 0) {
		dst = append(dst, '-')
	}
	dst = strconv.AppendUint(dst, whole, 10)
	if fraction == 0 {
		return dst
	}
	var digits [places]byte
	for i := places - 1; i >= 0; i-- {
		digits[i] = byte('0' + fraction%10)
		fraction /= 10
	}
	n := places
	for digits[n-1] == '0' {
		n--
	}
	return append(append(dst, '.'), digits[:n]...)
}

// roundShift shifts hi:lo right by n > 0 and rounds to nearest, ties to even.
func roundShift(hi, lo uint64, n uint) (h, l uint64) {
	h, l, lost := shiftRight(hi, lo, n-1)
	tie := l&1 == 1
	h, l, _ = shiftRight(h, l, 1)
	if tie && (lost || l&1 == 1) {
		var carry uint64
		l, carry = bits.Add64(l, 1, 0)
		h += carry
	}
	return h, l
}
