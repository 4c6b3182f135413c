package packed

import "encoding/binary"

// Layout says whether the elements of a block carry a length behind them, which is what a walk towards the front needs to be
// cheap. It is named in the block's header.
type Layout int

const (
	// Forward is elements without lengths.
	Forward Layout = iota
	// TwoWay is elements with lengths.
	TwoWay
)

// LayoutOf is the layout of a block: the highest bit of the header, whose others are the number of elements.
func LayoutOf(b []byte) Layout { return Layout(b[HeaderSize-1] >> 7) }

// Sizes has the bytes that elements take in a layout, by their heads; 0 where that is not enough to know. A walk over numbers of
// many sizes would be mispredicted branches without it. Loops get theirs before they begin.
type Sizes [256]uint8

var sizes = func() (sizes [2]Sizes) {
	for l := range sizes {
		for n := range shortLimit {
			sizes[l][n] = uint8(n + 1 + l)
		}
		for h := headSmall; h < headLong; h++ {
			sizes[l][h] = uint8(1 + l)
		}
		for n := 1; n <= 8; n++ {
			sizes[l][headInt+n] = uint8(n + 1 + l)
		}
	}
	return sizes
}()

// SizesIn is the sizes of the elements of a block.
func SizesIn(b []byte) *Sizes { return &sizes[b[HeaderSize-1]>>7] }

// At is SizeAt for a block whose sizes these are.
func (s *Sizes) At(b []byte, at int) int {
	if n := s[b[at]]; n > 0 {
		return int(n)
	}
	return longSizeAt(b, at)
}

// empty is the size of the empty string: what a short string takes beyond its own bytes.
func (s *Sizes) empty() int { return int(s[0]) }

// longSizeAt is SizeAt for strings that are not short.
func longSizeAt(b []byte, at int) int { return LayoutOf(b).sizeOf(longBodyAt(b, at)) }

// sizeOf is the size of an element with a body of a size.
func (l Layout) sizeOf(body int) int {
	if l == TwoWay {
		return body + tailSize(body)
	}
	return body
}

// longBodyAt is the size of the body of the string at an offset, which is not short.
func longBodyAt(b []byte, at int) int {
	if h := b[at]; h < headSmall {
		return longBody(int(h-headMedium)<<8 | int(b[at+1]))
	}
	return longBody(int(binary.LittleEndian.Uint32(b[at+1:])))
}

// bothAt is the sizes of the element at an offset, and of its body.
func (s *Sizes) bothAt(b []byte, at int) (size, body int) {
	if n := s[b[at]]; n > 0 {
		return int(n), int(n) + 1 - s.empty()
	}
	body = longBodyAt(b, at)
	return LayoutOf(b).sizeOf(body), body
}

// Span is the number of bytes that the elements of a block between two offsets take in a layout.
func Span(b []byte, from, to int, l Layout) int {
	is := LayoutOf(b)
	if is == l {
		return to - from
	}
	lengths, n, around := 0, to-from, 1+int(is)
	for from < to {
		next := from + around
		if h := int(b[from]); h < shortLimit {
			from = next + h
			lengths++
			continue
		}
		size, body := sizes[is].bothAt(b, from)
		lengths += tailSize(body)
		from += size
	}
	if l == TwoWay {
		return n + lengths
	}
	return n - lengths
}

// SizeIn is the length that a block has in a layout.
func SizeIn(b []byte, l Layout) int { return HeaderSize + Span(b, HeaderSize, len(b), l) }

// Fit returns how many of a block's first elements, at most most, take at most room bytes with a header in a layout, how many
// bytes these are, and the offset behind them, which is beyond bound only if even the first element is. It is one element at
// least.
func Fit(b []byte, l Layout, room, most, bound int) (to, n, size int) {
	sizes := SizesIn(b)
	size = HeaderSize
	around := sizes.empty()
	for to = HeaderSize; to < len(b) && n < most; n++ {
		is, body := int(b[to])+around, int(b[to])+1
		if body > shortLimit {
			is, body = sizes.bothAt(b, to)
		}
		more := l.sizeOf(body)
		if n > 0 && (size+more > room || to+is > bound) {
			break
		}
		size += more
		to += is
	}
	return to, n, size
}

// Extract makes dst a block, in a layout, of the n elements of b between two offsets. dst is longer by HeaderSize than their
// Span.
func Extract(dst []byte, l Layout, b []byte, from, to, n int) {
	setHeader(dst, l, n)
	copyElems(dst[HeaderSize:], l, b, from, to)
}

// Splice inserts all elements of block x, of whatever layout, before the element at an offset of b, or behind the last at its
// old end. b's last bytes are new room, as many as the elements' Span in b's layout. x must not lie in b.
func Splice(b []byte, at int, x []byte) {
	l := LayoutOf(b)
	size := Span(x, HeaderSize, len(x), l)
	if at+size < len(b) {
		copy(b[at+size:], b[at:])
	}
	copyElems(b[at:at+size], l, x, HeaderSize, len(x))
	addLen(b, Len(x))
}

// copyElems makes dst the elements of b between two offsets in a layout.
func copyElems(dst []byte, l Layout, b []byte, from, to int) {
	if LayoutOf(b) == l {
		copy(dst, b[from:to])
		return
	}
	sizes, at := SizesIn(b), 0
	around := sizes.empty()
	for from < to {
		size, body := int(b[from])+around, int(b[from])+1
		if body > shortLimit {
			size, body = sizes.bothAt(b, from)
		}
		if body <= 16 && from+16 <= len(b) && at+16 <= len(dst) {
			*(*[16]byte)(dst[at:]) = *(*[16]byte)(b[from:]) // what is too much is written over
		} else {
			copy(dst[at:], b[from:from+body])
		}
		at += body
		from += size
		switch {
		case l == Forward:
		case body < 0x80:
			dst[at] = byte(body)
			at++
		default:
			at += putTail(dst[at:], body)
		}
	}
}
