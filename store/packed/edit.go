package packed

// Insert puts x before the element at an offset, or behind the last at the block's old end. b is the longer block: its last
// bytes are new room, SizeOf(x) in its layout. x must not lie in b.
func Insert(b []byte, at int, x []byte) { InsertElem(b, at, Of(x)) }

// InsertInt is Insert for an integer.
func InsertInt(b []byte, at int, n int64) { InsertElem(b, at, OfInt(n)) }

// InsertElem is Insert for a value at hand.
func InsertElem(b []byte, at int, e Elem) {
	l := LayoutOf(b)
	if size := e.Size(l); at+size < len(b) {
		copy(b[at+size:], b[at:])
	}
	e.put(b[at:], l)
	addLen(b, 1)
}

// Prepend puts a value before the first element of the block of layout l that begins e.Size(l) bytes behind b's start: those
// bytes are new room, and b is the block afterwards.
func Prepend(b []byte, l Layout, e Elem) {
	n := Len(b[e.Size(l):])
	e.put(b[HeaderSize:], l)
	setHeader(b, l, n+1)
}

// DropFirst removes the first n elements by letting the block begin later: at the offset it returns.
func DropFirst(b []byte, n int) (start int) {
	return CutFirst(b, skip(b, HeaderSize, n), n)
}

// CutFirst is DropFirst for the n elements before an offset.
func CutFirst(b []byte, to, n int) (start int) {
	left, l := Len(b)-n, LayoutOf(b)
	start = to - HeaderSize
	setHeader(b[start:], l, left)
	return start
}

// DropLast removes the last n elements and returns the block's new length. In a forward block it goes over those that stay.
func DropLast(b []byte, n int) (length int) {
	if LayoutOf(b) == Forward {
		length = skip(b, HeaderSize, Len(b)-n)
	} else {
		length = len(b)
		for i := n; i > 0; i-- {
			length -= sizeBefore(b, length)
		}
	}
	addLen(b, -n)
	return length
}

// Delete removes n elements from an offset on, or as many as there are. It returns the block's new length.
func Delete(b []byte, at, n int) (length int) {
	sizes, to, gone := SizesIn(b), at, 0
	for ; gone < n && to < len(b); gone++ {
		to += sizes.At(b, to)
	}
	return Cut(b, at, to, gone)
}

// Cut removes the n elements between two offsets and returns the block's new length.
func Cut(b []byte, from, to, n int) (length int) {
	copy(b[from:], b[to:])
	addLen(b, -n)
	return len(b) - (to - from)
}

// Replace makes the element at an offset x and returns the block's new length. If x takes more bytes than the element did
// (SizeAt), b is the longer block, whose last bytes are the new room. x must not lie in b.
func Replace(b []byte, at int, x []byte) (length int) { return ReplaceElem(b, at, Of(x)) }

// ReplaceInt is Replace for an integer.
func ReplaceInt(b []byte, at int, n int64) (length int) { return ReplaceElem(b, at, OfInt(n)) }

// ReplaceElem is Replace for a value at hand.
func ReplaceElem(b []byte, at int, e Elem) (length int) {
	l := LayoutOf(b)
	was, is := SizeAt(b, at), e.Size(l)
	if was != is {
		copy(b[at+is:], b[at+was:])
	}
	e.put(b[at:], l)
	return len(b) + min(is-was, 0)
}

// Overwrite is ReplaceElem if the value takes as many bytes as the element at the offset; otherwise it changes nothing. next is
// the offset behind the element, whichever it is.
func Overwrite(b []byte, at int, e Elem) (next int, ok bool) {
	size := SizeAt(b, at)
	l := LayoutOf(b)
	if ok = e.Size(l) == size; ok {
		e.put(b[at:], l)
	}
	return at + size, ok
}

// Edit is a value for the element at an offset.
type Edit struct {
	Elem Elem
	At   int
	end  int // behind the element that was there
	grow int // how much longer the value is
}

// Measure prepares edits, which name different elements in their order in the block, for ReplaceAll. It returns how much longer
// they make the block.
func Measure(b []byte, edits []Edit) (growth int) {
	l := LayoutOf(b)
	for i := range edits {
		e := &edits[i]
		was := SizeAt(b, e.At)
		e.end, e.grow = e.At+was, e.Elem.Size(l)-was
		growth += e.grow
	}
	return growth
}

// ReplaceAll is ReplaceElem for several elements, whose edits Measure has seen, and returns the block's new length. If the
// block grows, b is the longer block, whose last bytes are the new room. No value may lie in b. Nothing is moved twice.
func ReplaceAll(b []byte, edits []Edit) (length int) {
	l, growth := LayoutOf(b), 0
	for i := range edits {
		growth += edits[i].grow
	}
	old := len(b) - max(growth, 0)
	behind := func(i int) []byte { // what lies between an edit and the next
		if i+1 < len(edits) {
			return b[edits[i].end:edits[i+1].At]
		}
		return b[edits[i].end:old]
	}
	// What gets nearer to the front is moved first, the foremost before the others, then what gets further from it, the last
	// before the others: so nothing is written over that is still to be moved.
	shift := 0
	for i := range edits {
		if shift += edits[i].grow; shift < 0 {
			copy(b[edits[i].end+shift:], behind(i))
		}
	}
	for i := len(edits) - 1; i >= 0; i-- {
		if shift > 0 {
			copy(b[edits[i].end+shift:], behind(i))
		}
		shift -= edits[i].grow
	}
	for i := range edits {
		edits[i].Elem.put(b[edits[i].At+shift:], l)
		shift += edits[i].grow
	}
	return old + growth
}

// Remove removes the elements that are e, at most n of them, the first ones or with last set the last ones. It returns the
// block's new length and how many are gone.
func Remove(b []byte, e Elem, n int, last bool) (length, removed int) {
	spared := 0
	if last {
		spared = -n
		for at := FindElem(b, HeaderSize, e, 0); at >= 0; at = FindElem(b, at+SizeAt(b, at), e, 0) {
			spared++
		}
	}
	from, to := HeaderSize, HeaderSize // what lies behind from belongs at to, and has not been moved yet
	for at := HeaderSize; removed < n; spared-- {
		if at = FindElem(b, at, e, 0); at < 0 {
			break
		}
		end := at + SizeAt(b, at)
		if spared <= 0 {
			to += copy(b[to:], b[from:at])
			from = end
			removed++
		}
		at = end
	}
	return Cut(b, to, from, removed), removed
}
