package packed

// Read decodes the elements from an offset on, until dst is full or the block ends. It returns how many they are and the
// offset behind the last of them. It is At and Next for those who want many.
func Read(dst []Elem, b []byte, at int) (n, next int) {
	sizes := SizesIn(b)
	around := sizes.empty()
	for n < len(dst) && at < len(b) {
		if h := int(b[at]); h < shortLimit {
			dst[n].Text, dst[n].Int = b[at+1:][:h], 0
			at += around + h // no load that the next step would have to wait for
		} else {
			dst[n] = longAt(b, at)
			at += sizes.At(b, at)
		}
		n++
	}
	return n, at
}

// Reader reads a block's elements in turn. It is valid until the block changes.
type Reader struct {
	b  []byte
	at int
}

// ReaderOf is a reader at the first element of a block.
func ReaderOf(b []byte) Reader { return Reader{b, HeaderSize} }

// Read reads the next elements into dst and returns how many they are: fewer than there is room for if there are no more.
func (r *Reader) Read(dst []Elem) (n int) {
	n, r.at = Read(dst, r.b, r.at)
	return n
}
