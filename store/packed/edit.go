package packed

// Insert puts x before the element at an offset, or behind the last at the block's old end. b is the longer block: its last
// SizeOf(x) bytes are new room. x must not lie in b.
func Insert(b []byte, at int, x []byte) { InsertElem(b, at, Of(x)) }

// InsertInt is Insert for an integer.
func InsertInt(b []byte, at int, n int64) { InsertElem(b, at, OfInt(n)) }

// InsertElem is Insert for a value at hand.
func InsertElem(b []byte, at int, e Elem) {
	size := e.Size()
	if at+size < len(b) {
		copy(b[at+size:], b[at:])
	}
	e.put(b[at:])
	setLen(b, Len(b)+1)
}

// Prepend puts a value before the first element of the block that begins e.Size() bytes behind b's start: those bytes are
// new room, and b is the block afterwards.
func Prepend(b []byte, e Elem) {
	n := Len(b[e.Size():])
	e.put(b[HeaderSize:])
	setLen(b, n+1)
}

// DropFirst removes the first n elements by letting the block begin later: at the offset it returns.
func DropFirst(b []byte, n int) (start int) {
	left := Len(b) - n
	start = skip(b, HeaderSize, n) - HeaderSize
	setLen(b[start:], left)
	return start
}

// DropLast removes the last n elements and returns the block's new length.
func DropLast(b []byte, n int) (length int) {
	length = len(b)
	for i := n; i > 0; i-- {
		length = Prev(b, length)
	}
	setLen(b, Len(b)-n)
	return length
}

// Delete removes n elements from an offset on, or as many as there are. It returns the block's new length.
func Delete(b []byte, at, n int) (length int) {
	to, gone := at, 0
	for ; gone < n && to < len(b); gone++ {
		to += SizeAt(b, to)
	}
	return Cut(b, at, to, gone)
}

// Cut removes the n elements between two offsets and returns the block's new length.
func Cut(b []byte, from, to, n int) (length int) {
	copy(b[from:], b[to:])
	setLen(b, Len(b)-n)
	return len(b) - (to - from)
}

// Replace makes the element at an offset x and returns the block's new length. If x takes more bytes than the element did
// (SizeAt), b is the longer block, whose last bytes are the new room. x must not lie in b.
func Replace(b []byte, at int, x []byte) (length int) { return ReplaceElem(b, at, Of(x)) }

// ReplaceInt is Replace for an integer.
func ReplaceInt(b []byte, at int, n int64) (length int) { return ReplaceElem(b, at, OfInt(n)) }

// ReplaceElem is Replace for a value at hand.
func ReplaceElem(b []byte, at int, e Elem) (length int) {
	was, is := SizeAt(b, at), e.Size()
	if was != is {
		copy(b[at+is:], b[at+was:])
	}
	e.put(b[at:])
	return len(b) + min(is-was, 0)
}

// Extract makes dst a block of the n elements of b between two offsets. dst is HeaderSize bytes longer than they are.
func Extract(dst, b []byte, from, to, n int) {
	setLen(dst, n)
	copy(dst[HeaderSize:], b[from:to])
}

// Splice inserts all elements of block x before the element at an offset of b, or behind the last at its old end. b's last
// len(x)-HeaderSize bytes are new room. x must not lie in b.
func Splice(b []byte, at int, x []byte) {
	if size := len(x) - HeaderSize; at+size < len(b) {
		copy(b[at+size:], b[at:])
	}
	copy(b[at:], x[HeaderSize:])
	setLen(b, Len(b)+Len(x))
}
