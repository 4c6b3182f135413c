package store

import (
	"synap/store/intset"
	"synap/store/packed"
)

// Two small sets have no index to look in. To look for each member of one in the other from the front on takes time that
// grows with the product of their sizes. So the members of one go into a little table on the stack, 128 at a time, and the
// other is gone through once for all of them; of two intsets, which are sorted, each is gone through once.

const (
	matchBatch = 128            // members looked for at once
	matchSlots = 2 * matchBatch // of the table, a power of two
	matchWorth = 8              // from how many members on it beats looking for each
)

// elems is as many members of a small set.
type elems [matchBatch]packed.Elem

// batchReader reads the members of a small set, as many as it is given room for.
type batchReader struct {
	v      SetView
	i      int // position in an intset
	reader packed.Reader
}

func (v SetView) batches() batchReader {
	r := batchReader{v: v}
	if v.enc == EncListpack {
		r.reader = packed.ReaderOf(v.b)
	}
	return r
}

func (r *batchReader) read(dst []packed.Elem) (n int) {
	if r.v.enc == EncListpack {
		return r.reader.Read(dst)
	}
	n = min(len(dst), r.v.Len()-r.i)
	for k := range n {
		dst[k] = packed.OfInt(intset.At(r.v.b, r.i+k))
	}
	r.i += n
	return n
}

// eachSmallAmong is eachAmong for a small set.
func (v SetView) eachSmallAmong(others []SetView, want bool, visit func(x Member) bool) {
	var room elems
	for r := v.batches(); ; {
		n := r.read(room[:])
		if n == 0 {
			return
		}
		left := room[:n]
		for i := 0; i < len(others) && len(left) > 0; i++ {
			left = v.keepElems(left, others[i], want)
		}
		for _, e := range left {
			if !visit(elemMember(e)) {
				return
			}
		}
	}
}

// keepElems keeps those of at least one member of v, in its order, that w has, or with want false that it does not have.
func (v SetView) keepElems(from []packed.Elem, w SetView, want bool) []packed.Elem {
	switch {
	case w.enc == EncListpack && len(from) >= matchWorth:
		var found [matchBatch]bool
		w.match(from, &found)
		kept := 0
		for i, e := range from {
			if found[i] == want {
				from[kept] = e
				kept++
			}
		}
		return from[:kept]
	case w.enc == EncIntset && v.enc == EncIntset:
		return keepInts(from, w.b, want)
	}
	kept := from[:0]
	for _, e := range from {
		if w.has(elemMember(e)) == want {
			kept = append(kept, e)
		}
	}
	return kept
}

// match says which of some different elements a packed set has.
func (v SetView) match(elems []packed.Elem, found *[matchBatch]bool) {
	const mask = matchSlots - 1
	var (
		slots  [matchSlots]uint8 // 1 + the number of an element, 0 in a free one
		hashes [matchBatch]uint32
	)
	for i, e := range elems {
		h := v.m.elemHash(e)
		hashes[i] = h
		at := h & mask
		for slots[at] != 0 {
			at = (at + 1) & mask
		}
		slots[at] = uint8(i + 1)
	}
	missing := len(elems)
	sizes := packed.SizesIn(v.b)
	for pos := packed.HeaderSize; pos < len(v.b) && missing > 0; pos += sizes.At(v.b, pos) {
		e := packed.At(v.b, pos)
		h := v.m.elemHash(e)
		for at := h & mask; slots[at] != 0; at = (at + 1) & mask {
			if i := (slots[at] - 1) % matchBatch; hashes[i] == h && e.Same(elems[i]) {
				found[i] = true
				missing--
				break
			}
		}
	}
}

// elemHash is a hash of an element, keyed as all are: members chosen to collide would make the table as slow as none.
func (m *shardState) elemHash(e packed.Elem) uint32 {
	if e.IsInt() {
		return uint32(uint64(e.Int) * 0x9e3779b97f4a7c15 >> 32)
	}
	return uint32(m.hashOf(e.Text))
}

// keepInts keeps those of at least one integer, ascending, that an intset has, or with want false that it does not have.
func keepInts(from []packed.Elem, set []byte, want bool) []packed.Elem {
	const sparse = 8 // how many times as many a set must have for a search to beat going on to the next
	size := intset.Len(set)
	search := size/sparse > len(from)
	pos, _ := intset.Find(set, from[0].Int)
	kept := 0
	for _, e := range from {
		if search {
			pos, _ = intset.Find(set, e.Int)
		}
		for pos < size && intset.At(set, pos) < e.Int {
			pos++
		}
		if found := pos < size && intset.At(set, pos) == e.Int; found == want {
			from[kept] = e
			kept++
		}
	}
	return from[:kept]
}
