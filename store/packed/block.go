package packed

import "encoding/binary"

const (
	// HeaderSize is the size of an empty block, in bytes.
	HeaderSize = 4
	// MaxSize is the length no block may exceed, in bytes.
	MaxSize = 1<<30 - 1<<12
)

// Init makes b[:HeaderSize] an empty block of a layout.
func Init(b []byte, l Layout) { setHeader(b, l, 0) }

func setHeader(b []byte, l Layout, n int) { binary.LittleEndian.PutUint32(b, uint32(l)<<31|uint32(n)) }

// Len is the number of elements.
func Len(b []byte) int { return int(binary.LittleEndian.Uint32(b) &^ (1 << 31)) }

// addLen counts n elements more, or less; the layout above the count stays.
func addLen(b []byte, n int) {
	binary.LittleEndian.PutUint32(b, binary.LittleEndian.Uint32(b)+uint32(n))
}

// First is the offset of the first element, -1 in an empty block.
func First(b []byte) int {
	if len(b) == HeaderSize {
		return -1
	}
	return HeaderSize
}

// Last is the offset of the last element, -1 in an empty block. In a forward block it goes over all elements.
func Last(b []byte) int { return Prev(b, len(b)) }

// End is the offset behind the last element.
func End(b []byte) int { return len(b) }

// Next is the offset of the element behind the one at an offset, -1 if that is the last.
func Next(b []byte, at int) int {
	if at += SizeAt(b, at); at < len(b) {
		return at
	}
	return -1
}

// Prev is the offset of the element before an offset, which may be the block's end; -1 if there is none. In a forward block it
// goes over all elements before: Backward serves those who walk on.
func Prev(b []byte, at int) int {
	if at == HeaderSize {
		return -1
	}
	if LayoutOf(b) == Forward {
		return forwardPrev(b, at)
	}
	if n := b[at-1]; n < 0x80 {
		return at - 1 - int(n)
	}
	return at - sizeBefore(b, at)
}

// forwardPrev is Prev in a forward block.
func forwardPrev(b []byte, at int) (prev int) {
	if at == len(b) {
		return skip(b, HeaderSize, Len(b)-1)
	}
	sizes := SizesIn(b)
	for next := HeaderSize; next < at; next += sizes.At(b, prev) {
		prev = next
	}
	return prev
}

// SizeAt is the number of bytes that the element at an offset takes.
func SizeAt(b []byte, at int) int {
	if n := SizesIn(b)[b[at]]; n > 0 {
		return int(n)
	}
	return longSizeAt(b, at)
}

// Index is the offset of the i-th element; negative numbers count from the end, -1 being the last. It is -1 if there is
// no such element. The walk begins at the nearer end of a two-way block, and at the front of a forward one.
func Index(b []byte, i int) int {
	n := Len(b)
	if i < 0 {
		i += n
	}
	if i < 0 || i >= n {
		return -1
	}
	if i <= n/2 || LayoutOf(b) == Forward {
		return skip(b, HeaderSize, i)
	}
	at := len(b)
	for ; i < n; i++ {
		if t := b[at-1]; t < 0x80 {
			at -= 1 + int(t)
		} else {
			at -= sizeBefore(b, at)
		}
	}
	return at
}

// skip is the offset n elements behind one; there are that many.
func skip(b []byte, at, n int) int {
	sizes := SizesIn(b)
	around := sizes.empty()
	for ; n > 0; n-- {
		next := at + around
		if h := int(b[at]); h < shortLimit {
			at = next + h // no load that the next step would have to wait for
		} else {
			at += sizes.At(b, at)
		}
	}
	return at
}

// Skip is the offset n elements behind the one at an offset, or the block's end if there are fewer.
func Skip(b []byte, at, n int) int {
	sizes := SizesIn(b)
	for ; n > 0 && at < len(b); n-- {
		at += sizes.At(b, at)
	}
	return at
}

// Find is the offset of the first element that is x, or -1. It looks at the element at an offset, then at every
// (skip+1)-th: with skip 1 at the fields of a block of fields and values.
func Find(b []byte, at int, x []byte, skip int) int { return FindElem(b, at, Of(x), skip) }

// FindElem is Find for a value at hand.
func FindElem(b []byte, at int, e Elem, skip int) int {
	if at < 0 {
		return -1
	}
	switch {
	case e.IsInt():
		return findInt(b, at, e, skip)
	case len(e.Text) < shortLimit:
		return findShort(b, at, e.Text, skip)
	}
	return findLong(b, at, e.Text, skip)
}

// findShort looks for a short string. Lengths differ most often, then last bytes: those of names that are numbered.
func findShort(b []byte, at int, x []byte, skip int) int {
	n, last := len(x), byte(0)
	if n > 0 {
		last = x[n-1]
	}
	sizes := SizesIn(b)
	around := sizes.empty()
	for at < len(b) {
		h := int(b[at])
		if h == n && (n == 0 || b[at+n] == last && string(b[at+1:at+1+n]) == string(x)) {
			return at
		}
		if h < shortLimit {
			at += h + around
		} else {
			at += sizes.At(b, at)
		}
		if skip > 0 {
			at = Skip(b, at, skip)
		}
	}
	return -1
}

func findLong(b []byte, at int, x []byte, skip int) int {
	sizes := SizesIn(b)
	for at < len(b) {
		if h := b[at]; h >= headMedium && (h < headSmall || h == headLong) {
			if e := longAt(b, at); string(e.Text) == string(x) {
				return at
			}
		}
		at += sizes.At(b, at)
		if skip > 0 {
			at = Skip(b, at, skip)
		}
	}
	return -1
}

func findInt(b []byte, at int, e Elem, skip int) int {
	var body [9]byte
	n := e.head(&body)
	mask := uint64(1)<<(8*(n-1)) - 1 // all ones for 8 bytes, as a shift by 64 leaves nothing
	want := binary.LittleEndian.Uint64(body[1:]) & mask
	sizes := SizesIn(b)
	for at < len(b) {
		if b[at] == body[0] && loadWord(b, at+1)&mask == want {
			return at
		}
		at += sizes.At(b, at)
		if skip > 0 {
			at = Skip(b, at, skip)
		}
	}
	return -1
}

// loadWord reads eight bytes, those beyond the block's end as 0.
func loadWord(b []byte, at int) (word uint64) {
	if at+8 <= len(b) {
		return binary.LittleEndian.Uint64(b[at:])
	}
	for i, c := range b[at:] {
		word |= uint64(c) << (8 * i)
	}
	return word
}

// Count is the number of elements between two offsets.
func Count(b []byte, from, to int) (n int) {
	sizes := SizesIn(b)
	for ; from < to; n++ {
		from += sizes.At(b, from)
	}
	return n
}
