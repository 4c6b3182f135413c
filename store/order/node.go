package order

import (
	"unsafe"

	"synap/store/arena"
)

const (
	nodeMax    = 127 // elements of a leaf, children of an inner node: a leaf of 1,659 and an inner node of 4,072 bytes
	joinMax    = nodeMax * 3 / 4
	underfull  = nodeMax / 4
	headBytes  = 8
	leafEntry  = 8 + 4 + 1     // score, handle's low 32 bits, its high bits
	innerEntry = 8 + 8 + 8 + 8 // first score, child, elements below it, first element

	// maxHeight is more than any index has: with neighbours that fill three quarters of a node between them there
	// are, on average, 47 children to a node.
	maxHeight = 10
)

// node is the address of a node. Its first bytes are how many entries it has and how many it has room for; then come the
// arrays of its entries' parts, of which that of the scores is the first in both kinds of node.
type node struct{ p unsafe.Pointer }

func (x *Index) node(a *arena.Arena, h arena.Handle) node { return node{a.Ptr(h)} }

func (n node) len() int      { return int(*(*uint16)(n.p)) }
func (n node) setLen(l int)  { *(*uint16)(n.p) = uint16(l) }
func (n node) room() int     { return int(*(*uint16)(unsafe.Add(n.p, 2))) }
func (n node) setRoom(r int) { *(*uint16)(unsafe.Add(n.p, 2)) = uint16(r) }

func (n node) score(i int) *float64 { return (*float64)(unsafe.Add(n.p, headBytes+i*8)) }

// scores are the scores of all entries.
func (n node) scores() []float64 { return unsafe.Slice(n.score(0), n.len()) }

// Parts of a leaf's entries.

func (n node) low(i int) *uint32 { return (*uint32)(unsafe.Add(n.p, headBytes+n.room()*8+i*4)) }
func (n node) high(i int) *byte  { return (*byte)(unsafe.Add(n.p, headBytes+n.room()*12+i)) }

func (n node) element(i int) arena.Handle {
	return arena.Handle(*n.low(i)) | arena.Handle(*n.high(i))<<32
}

func (n node) setElement(i int, h arena.Handle) { *n.low(i), *n.high(i) = uint32(h), byte(h>>32) }

// Parts of an inner node's entries.

func (n node) child(i int) *arena.Handle {
	return (*arena.Handle)(unsafe.Add(n.p, headBytes+n.room()*8+i*8))
}

func (n node) count(i int) *int64 { return (*int64)(unsafe.Add(n.p, headBytes+n.room()*16+i*8)) }

func (n node) first(i int) *arena.Handle {
	return (*arena.Handle)(unsafe.Add(n.p, headBytes+n.room()*24+i*8))
}

// elements is how many elements are below an inner node.
func (n node) elements() (sum int64) {
	for _, c := range unsafe.Slice(n.count(0), n.len()) {
		sum += c
	}
	return sum
}

// before is how many elements are below the first i children.
func (n node) before(i int) (sum int64) {
	for _, c := range unsafe.Slice(n.count(0), i) {
		sum += c
	}
	return sum
}

// move copies count entries of a leaf from position from of src to position to; the two may be the same node.
func (n node) moveLeaf(to int, src node, from, count int) {
	if count == 0 {
		return
	}
	copy(unsafe.Slice(n.score(to), count), unsafe.Slice(src.score(from), count))
	copy(unsafe.Slice(n.low(to), count), unsafe.Slice(src.low(from), count))
	copy(unsafe.Slice(n.high(to), count), unsafe.Slice(src.high(from), count))
}

// moveInner is moveLeaf for inner nodes.
func (n node) moveInner(to int, src node, from, count int) {
	if count == 0 {
		return
	}
	copy(unsafe.Slice(n.score(to), count), unsafe.Slice(src.score(from), count))
	copy(unsafe.Slice(n.child(to), count), unsafe.Slice(src.child(from), count))
	copy(unsafe.Slice(n.count(to), count), unsafe.Slice(src.count(from), count))
	copy(unsafe.Slice(n.first(to), count), unsafe.Slice(src.first(from), count))
}

func (n node) move(leaf bool, to int, src node, from, count int) {
	if leaf {
		n.moveLeaf(to, src, from, count)
	} else {
		n.moveInner(to, src, from, count)
	}
}

func entryBytes(leaf bool) int {
	if leaf {
		return leafEntry
	}
	return innerEntry
}

// newNode allocates a node for n entries and as many more as its size class has room for.
func (x *Index) newNode(a *arena.Arena, leaf bool, n int) (arena.Handle, node) {
	h := a.Alloc(headBytes + n*entryBytes(leaf))
	size := a.Size(h)
	x.bytes += int64(size)
	v := node{a.Ptr(h)}
	v.setLen(0)
	v.setRoom(min((size-headBytes)/entryBytes(leaf), nodeMax))
	return h, v
}

func (x *Index) freeNode(a *arena.Arena, h arena.Handle) {
	x.bytes -= int64(a.Size(h))
	a.Free(h)
}

// spare is the room that a node gets which needs n entries now and may grow.
func spare(n int) int { return min(n+max(n/8, 2), nodeMax) }

// resize moves a node's entries to one with room for n.
func (x *Index) resize(a *arena.Arena, leaf bool, old arena.Handle, n int) (arena.Handle, node) {
	src := x.node(a, old)
	h, v := x.newNode(a, leaf, n)
	v.move(leaf, 0, src, 0, src.len())
	v.setLen(src.len())
	x.freeNode(a, old)
	return h, v
}
