package packed

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
)

// The first byte of an element's body.
const (
	headMedium = 0x40 // strings below are short: the head is their length
	headSmall  = 0x80 // the integer 0
	headLong   = 0xf0
	headInt    = 0xf0 // plus the size of the integer

	shortLimit  = headMedium           // lengths from here on take two bytes
	mediumLimit = 1 << 14              // and from here on five
	smallLimit  = headLong - headSmall // integers from 0 to below this are their own head
)

// Elem is a value as blocks hold it: a string, or an integer if Text is nil. (It has four words because that is the most that
// the compiler keeps in registers; through memory a value takes several times as long.)
type Elem struct {
	Text []byte // not nil, even if it is empty, unless the value is an integer
	Int  int64
}

// IsInt reports whether the value is an integer.
func (e Elem) IsInt() bool { return e.Text == nil }

// empty is the text of the empty string.
var empty = []byte{}

// Of is the element for x: an integer if x is one in canonical decimal form. It refers to x.
func Of(x []byte) Elem {
	if n, ok := parseInt(x); ok {
		return Elem{Int: n}
	}
	if x == nil {
		x = empty
	}
	return Elem{Text: x}
}

// OfInt is the element for n.
func OfInt(n int64) Elem { return Elem{Int: n} }

// Append appends the value's text to dst.
func (e Elem) Append(dst []byte) []byte {
	if e.IsInt() {
		return strconv.AppendInt(dst, e.Int, 10)
	}
	return append(dst, e.Text...)
}

// Bytes is the value's text: the block's own bytes, or for an integer its digits, written to scratch[:0].
func (e Elem) Bytes(scratch []byte) []byte {
	if e.IsInt() {
		return strconv.AppendInt(scratch[:0], e.Int, 10)
	}
	return e.Text
}

// Len is the length of the value's text in bytes.
func (e Elem) Len() int {
	if e.IsInt() {
		return digits(e.Int)
	}
	return len(e.Text)
}

// digits is the length of n in decimal.
func digits(n int64) int {
	size, u := 1, uint64(n)
	if n < 0 {
		size, u = 2, -u
	}
	for ; u >= 10; u /= 10 {
		size++
	}
	return size
}

// Equal reports whether the value's text is x.
func (e Elem) Equal(x []byte) bool {
	if !e.IsInt() {
		return string(e.Text) == string(x)
	}
	n, ok := parseInt(x)
	return ok && n == e.Int
}

// Same reports whether the two values are the same.
func (e Elem) Same(o Elem) bool {
	return (e.Text == nil) == (o.Text == nil) && e.Int == o.Int && string(e.Text) == string(o.Text)
}

// Compare orders the value's text and x as byte strings: -1, 0 or 1.
func (e Elem) Compare(x []byte) int {
	if e.IsInt() {
		var buf [20]byte
		return bytes.Compare(strconv.AppendInt(buf[:0], e.Int, 10), x)
	}
	return bytes.Compare(e.Text, x)
}

// Size is the number of bytes the element takes in a block of a layout.
func (e Elem) Size(l Layout) int {
	if !e.IsInt() {
		n := len(e.Text)
		if n < shortLimit {
			return n + 1 + int(l)
		}
		return l.sizeOf(longBody(n))
	}
	if uint64(e.Int) < smallLimit {
		return 1 + int(l)
	}
	return intSize(e.Int) + 1 + int(l)
}

// SizeOf is the number of bytes that x takes in a block of a layout.
func SizeOf(x []byte, l Layout) int { return Of(x).Size(l) }

// SizeOfInt is the number of bytes that n takes in a block of a layout.
func SizeOfInt(n int64, l Layout) int { return OfInt(n).Size(l) }

// longBody is the size of the body of a string of n bytes that is not short.
func longBody(n int) int {
	if n >= mediumLimit {
		return n + 5
	}
	return n + 2
}

// intSize is how many bytes n needs, sign included.
func intSize(n int64) int {
	u := uint64(n ^ n>>63) // the bits that differ from the sign
	switch {
	case u <= math.MaxInt8:
		return 1
	case u <= math.MaxInt16:
		return 2
	case u < 1<<23:
		return 3
	case u <= math.MaxInt32:
		return 4
	case u < 1<<39:
		return 5
	case u < 1<<47:
		return 6
	case u < 1<<55:
		return 7
	}
	return 8
}

// put writes the element to b[:e.Size(l)].
func (e Elem) put(b []byte, l Layout) {
	if n := len(e.Text); !e.IsInt() && n < shortLimit {
		b[0] = byte(n)
		if l == TwoWay {
			b[n+1] = byte(n + 1)
		}
		copy(b[1:], e.Text)
		return
	}
	var head [9]byte
	n := e.head(&head)
	copy(b, head[:n])
	body := n + copy(b[n:], e.Text)
	if l == TwoWay {
		putTail(b[body:], body)
	}
}

// head writes the body without the text of a string, and returns its length.
func (e Elem) head(b *[9]byte) int {
	if e.IsInt() {
		if uint64(e.Int) < smallLimit {
			b[0] = headSmall + byte(e.Int)
			return 1
		}
		n := intSize(e.Int)
		b[0] = headInt + byte(n)
		binary.LittleEndian.PutUint64(b[1:], uint64(e.Int))
		return n + 1
	}
	switch n := len(e.Text); {
	case n < shortLimit:
		b[0] = byte(n)
		return 1
	case n < mediumLimit:
		b[0], b[1] = headMedium|byte(n>>8), byte(n)
		return 2
	default:
		b[0] = headLong
		binary.LittleEndian.PutUint32(b[1:], uint32(n))
		return 5
	}
}

// At is the element at an offset of b. Its text is that of the block.
func At(b []byte, at int) Elem {
	if h := int(b[at]); h < shortLimit {
		return Elem{Text: b[at+1:][:h]}
	}
	return longAt(b, at)
}

// longAt is At for all but short strings.
func longAt(b []byte, at int) Elem {
	switch h := b[at]; {
	case h < headSmall:
		n := int(h-headMedium)<<8 | int(b[at+1])
		return Elem{Text: b[at+2:][:n]}
	case h < headLong:
		return Elem{Int: int64(h - headSmall)}
	case h == headLong:
		n := int(binary.LittleEndian.Uint32(b[at+1:]))
		return Elem{Text: b[at+5:][:n]}
	default:
		return Elem{Int: loadInt(b[at+1:], int(h-headInt))}
	}
}

// loadInt reads an integer of size bytes.
func loadInt(b []byte, size int) int64 {
	var u uint64
	if len(b) >= 8 {
		u = binary.LittleEndian.Uint64(b)
	} else {
		for i := size - 1; i >= 0; i-- {
			u = u<<8 | uint64(b[i])
		}
	}
	shift := uint(64 - 8*size)
	return int64(u<<shift) >> shift
}

// tailSize is how many bytes the length of a body takes.
func tailSize(body int) int {
	switch {
	case body < 1<<7:
		return 1
	case body < 1<<14:
		return 2
	case body < 1<<21:
		return 3
	case body < 1<<28:
		return 4
	}
	return 5
}

// putTail writes the length of a body behind it, and returns how many bytes that takes.
func putTail(b []byte, body int) (size int) {
	size = tailSize(body)
	for i := size - 1; i >= 0; i-- {
		b[i] = byte(body & 0x7f)
		if i > 0 {
			b[i] |= 0x80
		}
		body >>= 7
	}
	return size
}

// sizeBefore is the size of the element of a two-way block that ends at an offset.
func sizeBefore(b []byte, end int) int {
	body, size := 0, 0
	for {
		size++
		x := b[end-size]
		body |= int(x&0x7f) << (7 * (size - 1))
		if x < 0x80 {
			return body + size
		}
	}
}

// parseInt reads a decimal 64-bit integer in its one canonical form.
func parseInt(x []byte) (int64, bool) {
	if len(x) == 0 || len(x) > 20 || x[0] > '9' || x[0] < '-' {
		return 0, false
	}
	return parseDigits(x)
}

func parseDigits(x []byte) (int64, bool) {
	neg := x[0] == '-'
	if neg {
		x = x[1:]
	}
	if len(x) == 0 || x[0] == '0' {
		return 0, len(x) == 1 && !neg
	}
	var u uint64
	for _, c := range x {
		d := c - '0'
		if d > 9 || u > math.MaxUint64/10 {
			return 0, false
		}
		u = u*10 + uint64(d)
		if u < uint64(d) {
			return 0, false
		}
	}
	switch {
	case neg && u <= 1<<63:
		return -int64(u), true
	case !neg && u < 1<<63:
		return int64(u), true
	}
	return 0, false
}
