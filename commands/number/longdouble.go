package number

import (
	"math"
	"math/bits"
)

// Exponents of the last place of the significand: a number is mantissa·2^exponent with a 64-bit mantissa.
const (
	minLongExponent = -16445 // smallest subnormal
	maxLongExponent = 16320  // (2⁶⁴-1)·2¹⁶³²⁰ is the largest number
)

type longKind uint8

const (
	longFinite longKind = iota
	longInf
	longNaN
)

// LongDouble is an x87 extended precision number: 64 bits of significand, exponents as in IEEE 754 binary128, gradual
// underflow, infinities and NaN. The zero value is 0.
type LongDouble struct {
	// The top bit of mantissa is set unless the number is zero or subnormal (exponent == minLongExponent).
	mantissa uint64
	exponent int32
	negative bool
	kind     longKind
}

// LongFromInt returns v, exactly.
func LongFromInt(v int64) LongDouble {
	u := uint64(v)
	if v < 0 {
		u = -u
	}
	return roundLong(v < 0, u, 0, false, 0)
}

// LongFromDouble returns v, exactly.
func LongFromDouble(v float64) LongDouble {
	switch {
	case math.IsNaN(v):
		return LongDouble{kind: longNaN}
	case math.IsInf(v, 0):
		return LongDouble{kind: longInf, negative: v < 0}
	}
	fraction, exponent := math.Frexp(math.Abs(v))
	return roundLong(math.Signbit(v), uint64(math.Ldexp(fraction, 53)), 0, false, exponent-53)
}

// IsInf reports whether x is infinite.
func (x LongDouble) IsInf() bool { return x.kind == longInf }

// IsNaN reports whether x is not a number, as the sum of opposite infinities.
func (x LongDouble) IsNaN() bool { return x.kind == longNaN }

// IsZero reports whether x is zero of either sign.
func (x LongDouble) IsZero() bool { return x.kind == longFinite && x.mantissa == 0 }

// roundLong returns (hi + lo/2⁶⁴ + s)·2^exponent rounded to nearest, ties to even, where 0 < s < 2⁻⁶⁴ if sticky is set
// and s is 0 otherwise.
func roundLong(negative bool, hi, lo uint64, sticky bool, exponent int) LongDouble {
	x := LongDouble{negative: negative}
	if hi == 0 && lo == 0 {
		return x // with sticky set the value would be unknown; no caller gets here with it
	}
	if hi == 0 {
		hi, lo, exponent = lo, 0, exponent-64
	}
	if n := bits.LeadingZeros64(hi); n > 0 {
		hi, lo, exponent = hi<<n|lo>>(64-n), lo<<n, exponent-n
	}
	if exponent < minLongExponent {
		var lost bool
		hi, lo, lost = shiftRight(hi, lo, uint(minLongExponent-exponent))
		sticky = sticky || lost
		exponent = minLongExponent
	}
	const half = 1 << 63
	if lo > half || lo == half && (sticky || hi&1 == 1) {
		hi++
		if hi == 0 {
			hi, exponent = half, exponent+1
		}
	}
	if exponent > maxLongExponent {
		x.kind = longInf
		return x
	}
	if hi != 0 {
		x.mantissa, x.exponent = hi, int32(exponent)
	}
	return x
}

// shiftRight shifts hi:lo right and reports whether a set bit was lost.
func shiftRight(hi, lo uint64, n uint) (h, l uint64, lost bool) {
	switch {
	case n == 0:
		return hi, lo, false
	case n < 64:
		return hi >> n, hi<<(64-n) | lo>>n, lo<<(64-n) != 0
	case n < 128: // shifts by 64 and more give 0 in Go, so n == 64 needs no case of its own
		n -= 64
		return 0, hi >> n, lo != 0 || hi<<(64-n) != 0
	}
	return 0, 0, hi|lo != 0
}

// Add returns x+y rounded to nearest. Overflow gives an infinity, opposite infinities give NaN.
func (x LongDouble) Add(y LongDouble) LongDouble {
	switch {
	case x.kind == longNaN || y.kind == longNaN,
		x.kind == longInf && y.kind == longInf && x.negative != y.negative:
		return LongDouble{kind: longNaN}
	case x.kind == longInf:
		return x
	case y.kind == longInf:
		return y
	case x.mantissa == 0 && y.mantissa == 0:
		return LongDouble{negative: x.negative && y.negative}
	case x.mantissa == 0:
		return y
	case y.mantissa == 0:
		return x
	}
	if x.exponent < y.exponent || x.exponent == y.exponent && x.mantissa < y.mantissa {
		x, y = y, x
	}
	yhi, ylo, sticky := shiftRight(y.mantissa, 0, uint(x.exponent-y.exponent))
	exponent := int(x.exponent)
	if x.negative == y.negative {
		hi, carry := bits.Add64(x.mantissa, yhi, 0)
		if carry != 0 {
			sticky = sticky || ylo&1 != 0
			hi, ylo, exponent = hi>>1|1<<63, ylo>>1|hi<<63, exponent+1
		}
		return roundLong(x.negative, hi, ylo, sticky, exponent)
	}
	var carry uint64
	if sticky {
		carry = 1 // what was shifted out takes the difference below the next lower step, but not down to it
	}
	lo, borrow := bits.Sub64(0, ylo, carry)
	hi, _ := bits.Sub64(x.mantissa, yhi, borrow)
	if hi == 0 && lo == 0 {
		return LongDouble{} // exact cancellation is +0 when rounding to nearest
	}
	return roundLong(x.negative, hi, lo, sticky, exponent)
}

// Float64 returns x rounded to a double.
func (x LongDouble) Float64() float64 {
	v := math.NaN()
	switch x.kind {
	case longFinite:
		v = math.Ldexp(float64(x.mantissa), int(x.exponent))
	case longInf:
		v = math.Inf(1)
	}
	if x.negative {
		v = -v
	}
	return v
}
