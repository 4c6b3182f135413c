package bits

import (
	"math"

	"synap/commands/number"
)

// Overflow is what BITFIELD does with a result that does not fit its field.
type Overflow uint8

// Kinds of OVERFLOW: Wrap keeps the low bits, Saturate the nearest value that fits, Fail refuses the operation.
const (
	Wrap Overflow = iota
	Saturate
	Fail
)

// Assign returns what SET v stores in the field. ok is false if the operation fails.
func (f Field) Assign(v int64, mode Overflow) (r int64, ok bool) {
	if !f.Signed && v < 0 {
		// The argument is taken for unsigned, so a negative one is too large rather than too small.
		return f.overflow(v, mode, true)
	}
	if _, high := f.limits(); f.Signed && f.Width < 64 && v < high-math.MaxInt64 {
		// The distance from v to the highest value leaves 64 bits, and Redis takes the wrapped one: far too small
		// counts as too large. Clients can see it with OVERFLOW SAT.
		return f.overflow(v, mode, true)
	}
	return f.fit(v, mode)
}

// Increase returns the sum of the field's value old and by as the field can hold it. ok is false if the operation
// fails.
func (f Field) Increase(old, by int64, mode Overflow) (r int64, ok bool) {
	sum, exact := number.Add(old, by)
	if !exact {
		return f.overflow(sum, mode, by > 0)
	}
	return f.fit(sum, mode)
}

// fit returns v if the field can hold it.
func (f Field) fit(v int64, mode Overflow) (r int64, ok bool) {
	low, high := f.limits()
	switch {
	case v < low:
		return f.overflow(v, mode, false)
	case v > high:
		return f.overflow(v, mode, true)
	}
	return v, true
}

// overflow treats a result whose low 64 bits are v and which is above (or else below) what the field can hold.
func (f Field) overflow(v int64, mode Overflow, above bool) (r int64, ok bool) {
	low, high := f.limits()
	switch {
	case mode == Fail:
		return 0, false
	case mode == Saturate && above:
		return high, true
	case mode == Saturate:
		return low, true
	case f.Signed:
		return v << (64 - f.Width) >> (64 - f.Width), true
	}
	return v & high, true
}

// limits returns the smallest and largest value of the field.
func (f Field) limits() (low, high int64) {
	if !f.Signed {
		return 0, math.MaxInt64 >> (63 - f.Width)
	}
	high = math.MaxInt64 >> (64 - f.Width)
	return -high - 1, high
}
