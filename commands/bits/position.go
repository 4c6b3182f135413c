package bits

import (
	"encoding/binary"
	"math/bits"
)

// Position returns the position of the first bit of p that equals bit (0 or 1), or -1. As long as p is not empty, a
// clear bit is always found: the one after the end at the latest.
func Position(p []byte, bit int) int64 {
	return PositionRange(p, bit, 0, -1, false, Byte)
}

// PositionRange returns the position, from the start of p, of the first bit between start and end that equals bit
// (0 or 1), or -1 if there is none or the range is empty. Negative positions count from the end. If endGiven is false,
// end is ignored: the range reaches to the end of p, and a clear bit that is not found before is the one after it.
func PositionRange(p []byte, bit int, start, end int64, endGiven bool, unit Unit) int64 {
	if !endGiven {
		end = -1
	}
	from, to, ok := resolve(int64(len(p)), start, end, unit)
	if !ok {
		return -1
	}
	pos := search(p, bit, from, to)
	if pos < 0 && bit == 0 && !endGiven {
		return to + 1
	}
	return pos
}

// search finds bit between from and to.
func search(p []byte, bit int, from, to int64) int64 {
	flip := byte(0) // makes the bit that is looked for a one
	if bit == 0 {
		flip = 0xff
	}
	first, last := from>>3, to>>3
	b := (p[first] ^ flip) & headMask(from)
	i := first
	if b == 0 && first < last {
		i = first + 1 + skip(p[first+1:last], flip)
		b = p[i] ^ flip
	}
	if i == last {
		b &= tailMask(to)
	}
	if b == 0 {
		return -1
	}
	return i<<3 + int64(bits.LeadingZeros8(b))
}

// skip returns how many bytes at the start of p equal flip.
func skip(p []byte, flip byte) int64 {
	word := uint64(flip) * 0x0101010101010101
	n := 0
	for len(p)-n >= 8 && binary.LittleEndian.Uint64(p[n:]) == word {
		n += 8
	}
	for n < len(p) && p[n] == flip {
		n++
	}
	return int64(n)
}
