package bits

import (
	"encoding/binary"
	"math/bits"
)

// Unit says whether the ends of a range count bytes or bits.
type Unit uint8

// Units of BITCOUNT and BITPOS ranges.
const (
	Byte Unit = iota
	Bit
)

// Count returns the number of bits set in p.
func Count(p []byte) int64 {
	n := 0
	for len(p) >= 32 {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(p)) +
			bits.OnesCount64(binary.LittleEndian.Uint64(p[8:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(p[16:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(p[24:]))
		p = p[32:]
	}
	for len(p) >= 8 {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(p))
		p = p[8:]
	}
	for _, b := range p {
		n += bits.OnesCount8(b)
	}
	return int64(n)
}

// CountRange returns the number of bits set between start and end, both included. Negative positions count from the
// end; a range outside of p or empty has none.
func CountRange(p []byte, start, end int64, unit Unit) int64 {
	if start < 0 && end < 0 && start > end {
		return 0
	}
	from, to, ok := resolve(int64(len(p)), start, end, unit)
	if !ok {
		return 0
	}
	first, last := from>>3, to>>3
	n := Count(p[first : last+1])
	n -= int64(bits.OnesCount8(p[first] &^ headMask(from)))
	return n - int64(bits.OnesCount8(p[last]&^tailMask(to)))
}

// resolve turns the range of a command into bit positions from and to, both included and inside a bitmap of the given
// length in bytes. It reports false if nothing is left.
func resolve(length, start, end int64, unit Unit) (from, to int64, ok bool) {
	total := length
	if unit == Bit {
		total *= 8
	}
	if start < 0 {
		start += total
	}
	if end < 0 {
		end += total
	}
	start, end = max(start, 0), min(max(end, 0), total-1)
	if start > end {
		return 0, 0, false
	}
	if unit == Byte {
		start, end = start*8, end*8+7
	}
	return start, end, true
}

// headMask selects bit from of a byte and those after it.
func headMask(from int64) byte { return 0xff >> (from & 7) }

// tailMask selects bit to of a byte and those before it.
func tailMask(to int64) byte { return 0xff << (7 - to&7) }
