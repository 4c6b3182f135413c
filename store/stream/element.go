package stream

import (
	"encoding/binary"
	"math"
	"strconv"
)

// An element is a string, or an integer in place of a string that is its canonical decimal form. Its first byte says what
// it is:
//
//	0xxxxxxx  the integer 0 to 127
//	10xxxxxx  a string of 0 to 63 bytes, which follow
//	110000nn  a string whose length follows in nn+1 bytes, then the string
//	1110nnnn  an integer in nnnn bytes, 1 to 8
const (
	tagShort = 0x80
	tagLong  = 0xc0
	tagInt   = 0xe0

	shortMax = 63

	// elementExtra is the most that an element takes beyond the bytes of its string.
	elementExtra = 5
)

// Text is a field or a value: bytes in the arena, or an integer whose decimal form it is.
type Text struct {
	Bytes []byte
	Int   int64
	IsInt bool
}

// Append appends the text to dst.
func (t Text) Append(dst []byte) []byte {
	if t.IsInt {
		return strconv.AppendInt(dst, t.Int, 10)
	}
	return append(dst, t.Bytes...)
}

// appendElement appends x to b and adds to weight what it takes in a listpack.
func appendElement(b, x []byte, weight *int) []byte {
	if n, ok := canonicalInt(x); ok {
		*weight += intWeight(n)
		return appendInt(b, n)
	}
	n := len(x)
	*weight += stringWeight(n)
	switch {
	case n <= shortMax:
		b = append(b, tagShort|byte(n))
	case n < 1<<8:
		b = append(b, tagLong, byte(n))
	case n < 1<<16:
		b = append(b, tagLong|1, byte(n), byte(n>>8))
	case n < 1<<24:
		b = append(b, tagLong|2, byte(n), byte(n>>8), byte(n>>16))
	default:
		b = append(b, tagLong|3, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return append(b, x...)
}

func appendInt(b []byte, n int64) []byte {
	if uint64(n) < tagShort {
		return append(b, byte(n))
	}
	size := 1
	for size < 8 && (n < -1<<(8*size-1) || n >= 1<<(8*size-1)) {
		size++
	}
	b = append(b, tagInt|byte(size))
	for ; size > 0; size-- {
		b = append(b, byte(n))
		n >>= 8
	}
	return b
}

// element reads the element that begins at b[at] and returns where the next one begins.
func element(b []byte, at int) (t Text, next int) {
	tag := b[at]
	at++
	switch {
	case tag < tagShort:
		return Text{Int: int64(tag), IsInt: true}, at
	case tag < tagLong:
		next = at + int(tag&^tagShort)
		return Text{Bytes: b[at:next:next]}, next
	}
	size := elementNumber(tag)
	raw := uint64(0)
	for i := size - 1; i >= 0; i-- {
		raw = raw<<8 | uint64(b[at+i])
	}
	at += size
	if tag >= tagInt {
		shift := uint(64 - 8*size)
		return Text{Int: int64(raw<<shift) >> shift, IsInt: true}, at
	}
	next = at + int(raw)
	return Text{Bytes: b[at:next:next]}, next
}

// elementNumber is the size of the number behind a tag above the short ones.
func elementNumber(tag byte) int {
	if tag >= tagInt {
		return int(tag & 0x0f)
	}
	return int(tag&3) + 1
}

// equalElement reports whether the element at b[at] is x, and where the next one begins if so.
func equalElement(b []byte, at int, x []byte) (next int, equal bool) {
	if tag := b[at]; tag >= tagShort && tag < tagLong {
		n := int(tag &^ tagShort)
		if n != len(x) || string(b[at+1:at+1+n]) != string(x) {
			return 0, false
		}
		return at + 1 + n, true
	}
	t, next := element(b, at)
	if t.IsInt {
		n, ok := canonicalInt(x)
		return next, ok && n == t.Int
	}
	return next, string(t.Bytes) == string(x)
}

// canonicalInt reads a decimal 64-bit integer in its one canonical form.
func canonicalInt(x []byte) (int64, bool) {
	if len(x) == 0 || len(x) > 20 {
		return 0, false
	}
	digits := x
	if x[0] == '-' {
		digits = x[1:]
	}
	if len(digits) == 0 || len(digits) > 19 {
		return 0, false
	}
	if digits[0] == '0' {
		return 0, len(x) == 1
	}
	u := uint64(0) // 19 digits fit in 64 bits
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		u = u*10 + uint64(c)
	}
	if len(digits) < len(x) {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u <= math.MaxInt64
}

// intWeight is the size of an integer in a listpack, with the length behind it.
func intWeight(n int64) int {
	switch {
	case n >= 0 && n < 1<<7:
		return 2
	case n >= -1<<12 && n < 1<<12:
		return 3
	case n >= -1<<15 && n < 1<<15:
		return 4
	case n >= -1<<23 && n < 1<<23:
		return 5
	case n >= -1<<31 && n < 1<<31:
		return 6
	}
	return 10
}

// stringWeight is the size of a string of n bytes in a listpack, with the length behind it.
func stringWeight(n int) int {
	switch {
	case n < 1<<6:
		n++
	case n < 1<<12:
		n += 2
	default:
		n += 5
	}
	switch {
	case n < 1<<7:
		return n + 1
	case n < 1<<14:
		return n + 2
	case n < 1<<21:
		return n + 3
	case n < 1<<28:
		return n + 4
	}
	return n + 5
}

// appendReversed appends n so that it can be read from its end: the last byte has the lowest seven bits, and the top bit
// where there is more before it.
func appendReversed(b []byte, n int) []byte {
	var scratch [binary.MaxVarintLen64]byte
	k := binary.PutUvarint(scratch[:], uint64(n))
	for k--; k >= 0; k-- {
		b = append(b, scratch[k])
	}
	return b
}

// reversed reads the number that ends before b[end] and returns where it begins.
func reversed(b []byte, end int) (n, at int) {
	for shift := 0; ; shift += 7 {
		end--
		n |= int(b[end]&0x7f) << shift
		if b[end] < 0x80 {
			return n, end
		}
	}
}

// uvarint reads a varint and returns where the next thing begins.
func uvarint(b []byte, at int) (n uint64, next int) {
	if c := b[at]; c < 0x80 {
		return uint64(c), at + 1
	}
	n, size := binary.Uvarint(b[at:])
	return n, at + size
}
