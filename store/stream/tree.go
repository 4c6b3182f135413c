package stream

import (
	"encoding/binary"

	"synap/store/arena"
)

// tree orders records by ID. A record is an ID with a value of a width that is the same in all of the tree; the owner knows
// it and says it with each call. Nodes are blocks of the arena:
//
//	4 bytes   number of records
//	4 bytes   unused
//	...       records: in a leaf ID and value, above ID and handle of a child
//
// The ID before a child is not after any ID below it, and after those below the child before; that before the first child
// means nothing. A leaf grows by doubling up to nodeMax.
type tree struct {
	top    arena.Handle
	count  uint64
	height uint64 // levels above the leaves
}

const (
	idSize     = 16
	nodeHeader = 8
	nodeMax    = 1024
	childSize  = idSize + handleSize
	treeLevels = 16 // more than 2^64 records need

	// firstRoom is the number of records a tree has room for in the beginning.
	firstRoom = 2
)

// node is the memory of a node, all of it.
type node []byte

func (n node) len() int     { return int(binary.LittleEndian.Uint32(n)) }
func (n node) setLen(k int) { binary.LittleEndian.PutUint64(n, uint64(k)) }

func (n node) record(size, i int) []byte {
	at := nodeHeader + size*i
	return n[at : at+size : at+size]
}

func (n node) id(size, i int) ID { return getID(n[nodeHeader+size*i:]) }

func (n node) child(i int) arena.Handle { return getHandle(n[nodeHeader+childSize*i+idSize:]) }

func (n node) setChild(i int, h arena.Handle) { putHandle(n[nodeHeader+childSize*i+idSize:], h) }

func capacity(bytes, size int) int { return (bytes - nodeHeader) / size }

func getID(b []byte) ID {
	return ID{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}
}

func putID(b []byte, id ID) {
	binary.LittleEndian.PutUint64(b, id.Ms)
	binary.LittleEndian.PutUint64(b[8:], id.Seq)
}

func getHandle(b []byte) arena.Handle    { return arena.Handle(binary.LittleEndian.Uint64(b)) }
func putHandle(b []byte, h arena.Handle) { binary.LittleEndian.PutUint64(b, uint64(h)) }

// search returns the number of records, from the first-th on, that are before id.
func (n node) search(size, first int, id ID) int {
	lo, hi := first, n.len()
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if n.id(size, mid).Less(id) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// branch returns the child that holds id if any does.
func (n node) branch(id ID) int {
	i := n.search(childSize, 1, id)
	if i < n.len() && n.id(childSize, i) == id {
		return i
	}
	return i - 1
}

// insertAt makes room for a record; the node has it.
func (n node) insertAt(size, i int) []byte {
	k := n.len()
	from, to := nodeHeader+size*i, nodeHeader+size*k
	copy(n[from+size:to+size], n[from:to])
	n.setLen(k + 1)
	return n.record(size, i)
}

func (n node) removeAt(size, i int) {
	k := n.len() - 1
	copy(n[nodeHeader+size*i:], n[nodeHeader+size*(i+1):nodeHeader+size*(k+1)])
	n.setLen(k)
}

// path is the way from the top to a leaf: the nodes and the places taken in them, the leaf's last.
type path [treeLevels]struct {
	h arena.Handle
	i int
}

// descend goes down to the leaf that holds id if any does. The place in the leaf is that of the first record not before id.
func (t *tree) descend(m heap, width int, id ID, p *path) node {
	h := t.top
	for level := range t.height {
		n := node(m.all(h))
		i := n.branch(id)
		p[level].h, p[level].i = h, i
		h = n.child(i)
	}
	n := node(m.all(h))
	p[t.height].h, p[t.height].i = h, n.search(idSize+width, 0, id)
	return n
}

// get returns the value kept with id, nil if there is none.
func (t *tree) get(m heap, width int, id ID) []byte {
	if t.top == 0 {
		return nil
	}
	var p path
	n := t.descend(m, width, id, &p)
	i := p[t.height].i
	if i == n.len() || n.id(idSize+width, i) != id {
		return nil
	}
	return n.record(idSize+width, i)[idSize:]
}

// insert adds a record unless there is one with the ID, and returns its value to be filled in.
func (t *tree) insert(m heap, width int, id ID) (value []byte, added bool) {
	size := idSize + width
	if t.top == 0 {
		t.top = m.alloc(nodeHeader + firstRoom*size)
		node(m.all(t.top)).setLen(0)
	}
	var p path
	n := t.descend(m, width, id, &p)
	at := p[t.height].i
	if at < n.len() && n.id(size, at) == id {
		return n.record(size, at)[idSize:], false
	}
	t.count++
	if n.len() == capacity(len(n), size) {
		if len(n) < nodeMax {
			h := m.move(p[t.height].h, len(n), min(2*len(n), nodeMax))
			t.relink(m, &p, int(t.height), h)
			n = m.all(h)
		} else {
			n, at = t.split(m, &p, int(t.height), size, id)
		}
	}
	record := n.insertAt(size, at)
	putID(record, id)
	return record[idSize:], true
}

// relink puts a node in the place of the one that the path goes through at a level.
func (t *tree) relink(m heap, p *path, level int, h arena.Handle) {
	p[level].h = h
	if level == 0 {
		t.top = h
		return
	}
	node(m.all(p[level-1].h)).setChild(p[level-1].i, h)
}

// split divides a full node of the path in two and returns the half, and the place in it, for a new record with the given
// ID at the path's place. At the end of the tree the old half stays full.
func (t *tree) split(m heap, p *path, level, size int, id ID) (node, int) {
	left := node(m.all(p[level].h))
	at, k := p[level].i, left.len()
	if level < int(t.height) {
		at++ // a new child stands behind the one the path goes through
	}
	keep, bytes := k/2, nodeMax
	if at == k {
		keep, bytes = k, nodeHeader+firstRoom*size
	}
	h := m.alloc(bytes)
	right := node(m.all(h))
	copy(right[nodeHeader:], left[nodeHeader+keep*size:nodeHeader+k*size])
	right.setLen(k - keep)
	left.setLen(keep)
	first := id
	if keep < k {
		first = right.id(size, 0)
	}
	t.addChild(m, p, level, first, h)
	if at < keep || at == keep && keep < k {
		return left, at
	}
	return right, at - keep
}

// addChild hangs a new node into the tree, behind the one that the path goes through at the same level.
func (t *tree) addChild(m heap, p *path, level int, first ID, h arena.Handle) {
	if level == 0 {
		top := m.alloc(nodeHeader + firstRoom*childSize)
		n := node(m.all(top))
		n.setLen(2)
		putID(n.record(childSize, 0), MinID)
		n.setChild(0, t.top)
		putID(n.record(childSize, 1), first)
		n.setChild(1, h)
		t.top = top
		t.height++
		return
	}
	level--
	n := node(m.all(p[level].h))
	at := p[level].i + 1
	if n.len() == capacity(len(n), childSize) {
		if len(n) < nodeMax {
			to := m.move(p[level].h, len(n), min(2*len(n), nodeMax))
			t.relink(m, p, level, to)
			n = m.all(to)
		} else {
			n, at = t.split(m, p, level, childSize, first)
		}
	}
	record := n.insertAt(childSize, at)
	putID(record, first)
	putHandle(record[idSize:], h)
}

// remove removes the record with the ID and reports whether there was one.
func (t *tree) remove(m heap, width int, id ID) bool {
	if t.top == 0 {
		return false
	}
	size := idSize + width
	var p path
	n := t.descend(m, width, id, &p)
	at := p[t.height].i
	if at == n.len() || n.id(size, at) != id {
		return false
	}
	n.removeAt(size, at)
	t.count--
	t.tidy(m, &p, int(t.height), size)
	return true
}

// tidy gives back what a node of the path does not need after a record was removed from it.
func (t *tree) tidy(m heap, p *path, level, size int) {
	h := p[level].h
	n := node(m.all(h))
	k := n.len()
	switch {
	case k == 0:
		m.free(h)
		if level == 0 {
			t.top, t.height = 0, 0
			return
		}
		t.dropChild(m, p, level-1)
	case level == 0 && t.height > 0 && k == 1:
		for t.height > 0 && n.len() == 1 {
			t.top = n.child(0)
			t.height--
			m.free(h)
			h = t.top
			n = m.all(h)
		}
	case level > 0 && 4*k <= capacity(nodeMax, size):
		if !t.merge(m, p, level, size) {
			t.shrink(m, p, level, size)
		}
	default:
		t.shrink(m, p, level, size)
	}
}

// dropChild removes the child that the path goes through from its node.
func (t *tree) dropChild(m heap, p *path, level int) {
	node(m.all(p[level].h)).removeAt(childSize, p[level].i)
	t.tidy(m, p, level, childSize)
}

// shrink moves a node to a block half as large if a quarter of it is in use.
func (t *tree) shrink(m heap, p *path, level, size int) {
	n := node(m.all(p[level].h))
	if k := n.len(); 4*k <= capacity(len(n), size) && len(n) > nodeHeader+firstRoom*size {
		to := max(len(n)/2, nodeHeader+firstRoom*size)
		if h := m.resize(p[level].h, nodeHeader+k*size, to); h != p[level].h {
			t.relink(m, p, level, h)
		}
	}
}

// merge joins a node with a neighbour below the same parent if they fit into three quarters of one.
func (t *tree) merge(m heap, p *path, level, size int) bool {
	parent := node(m.all(p[level-1].h))
	i := p[level-1].i
	if i+1 == parent.len() {
		i--
	}
	if i < 0 {
		return false
	}
	lh, rh := parent.child(i), parent.child(i+1)
	left, right := node(m.all(lh)), node(m.all(rh))
	k, r := left.len(), right.len()
	if 4*(k+r) > 3*capacity(nodeMax, size) {
		return false
	}
	if need := nodeHeader + (k+r)*size; len(left) < need {
		lh = m.move(lh, nodeHeader+k*size, min(max(need, 2*len(left)), nodeMax))
		parent.setChild(i, lh)
		left = m.all(lh)
	}
	copy(left[nodeHeader+k*size:], right[nodeHeader:nodeHeader+r*size])
	if level < int(t.height) {
		putID(left.record(size, k), parent.id(childSize, i+1)) // what stood there meant nothing
	}
	left.setLen(k + r)
	m.free(rh)
	p[level-1].i = i + 1
	t.dropChild(m, p, level-1)
	return true
}

// cursor is a place in a tree. It is valid until the tree changes.
type cursor struct {
	t     *tree
	width int
	n     node
	i     int
}

func (c *cursor) id() ID { return c.n.id(idSize+c.width, c.i) }

func (c *cursor) value() []byte { return c.n.record(idSize+c.width, c.i)[idSize:] }

// seek finds the first record at or after id.
func (t *tree) seek(m heap, width int, id ID) (c cursor, ok bool) {
	if t.top == 0 {
		return cursor{}, false
	}
	var p path
	n := t.descend(m, width, id, &p)
	i := p[t.height].i
	if i < n.len() {
		return cursor{t, width, n, i}, true
	}
	for level := int(t.height) - 1; level >= 0; level-- {
		up := node(m.all(p[level].h))
		if next := p[level].i + 1; next < up.len() {
			return cursor{t, width, t.end(m, up.child(next), level+1, false), 0}, true
		}
	}
	return cursor{}, false
}

// seekBack finds the last record at or before id.
func (t *tree) seekBack(m heap, width int, id ID) (c cursor, ok bool) {
	if t.top == 0 {
		return cursor{}, false
	}
	var p path
	n := t.descend(m, width, id, &p)
	i := p[t.height].i
	if i < n.len() && n.id(idSize+width, i) == id {
		return cursor{t, width, n, i}, true
	}
	if i > 0 {
		return cursor{t, width, n, i - 1}, true
	}
	for level := int(t.height) - 1; level >= 0; level-- {
		if i := p[level].i; i > 0 {
			n = t.end(m, node(m.all(p[level].h)).child(i-1), level+1, true)
			return cursor{t, width, n, n.len() - 1}, true
		}
	}
	return cursor{}, false
}

// end returns the first or last leaf below a node.
func (t *tree) end(m heap, h arena.Handle, level int, last bool) node {
	n := node(m.all(h))
	for ; level < int(t.height); level++ {
		i := 0
		if last {
			i = n.len() - 1
		}
		n = m.all(n.child(i))
	}
	return n
}

// next moves to the following record.
func (c *cursor) next(m heap) bool {
	if c.i+1 < c.n.len() {
		c.i++
		return true
	}
	id, ok := c.id().Next()
	if ok {
		*c, ok = c.t.seek(m, c.width, id)
	}
	return ok
}

// first finds the first record.
func (t *tree) first(m heap, width int) (cursor, bool) { return t.seek(m, width, MinID) }

// last finds the last record.
func (t *tree) last(m heap, width int) (cursor, bool) { return t.seekBack(m, width, MaxID) }

// dropLeaf frees the last leaf with its records.
func (t *tree) dropLeaf(m heap, width int) {
	var p path
	n := t.descend(m, width, MaxID, &p)
	t.count -= uint64(n.len())
	n.setLen(0)
	t.tidy(m, &p, int(t.height), idSize+width)
}

// lastLeaf returns the last leaf; there is one.
func (t *tree) lastLeaf(m heap) node { return t.end(m, t.top, 0, true) }

// nodes counts the nodes of the tree. It looks at those above the leaves only.
func (t *tree) nodes(m heap) int {
	if t.top == 0 {
		return 0
	}
	return t.countNodes(m, t.top, 0)
}

func (t *tree) countNodes(m heap, h arena.Handle, level int) int {
	sum := 1
	n := node(m.all(h))
	switch {
	case level == int(t.height):
	case level == int(t.height)-1:
		sum += n.len()
	default:
		for i := range n.len() {
			sum += t.countNodes(m, n.child(i), level+1)
		}
	}
	return sum
}

// clone copies the tree from one arena to another. With blocks set the values are handles of blocks, which are copied too.
func (t *tree) clone(from, to heap, width int, blocks bool) tree {
	if t.top == 0 {
		return tree{}
	}
	c := *t
	c.top = t.cloneNode(from, to, t.top, 0, width, blocks)
	return c
}

func (t *tree) cloneNode(from, to heap, h arena.Handle, level, width int, blocks bool) arena.Handle {
	n, size := node(from.all(h)), childSize
	if level == int(t.height) {
		size = idSize + width
	}
	used := nodeHeader + max(n.len(), firstRoom)*size
	copied := to.alloc(used)
	dst := node(to.all(copied))
	copy(dst, n[:nodeHeader+n.len()*size])
	for i := range n.len() {
		switch {
		case level < int(t.height):
			dst.setChild(i, t.cloneNode(from, to, n.child(i), level+1, width, blocks))
		case blocks:
			dst.setChild(i, cloneBlock(from, to, n.child(i)))
		}
	}
	return copied
}
