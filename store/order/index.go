package order

import (
	"bytes"

	"synap/store/arena"
)

// Index orders elements. The zero value is an empty index that owns no memory. It must always be used with the same
// arena, may be moved in memory, and must be freed with Drain (or its arena reset).
type Index struct {
	root   arena.Handle
	count  int64
	bytes  int64 // of all nodes
	height int64 // levels of nodes; 1: the root is a leaf
}

// Len is the number of elements.
func (x *Index) Len() int { return int(x.count) }

// Bytes is the size of the nodes, as the arena counts it in Used.
func (x *Index) Bytes() int64 { return x.bytes }

// step is a place in a node.
type step struct {
	node
	at int
}

// path leads from the root to an entry of a leaf, which is the last step.
type path struct {
	steps  [maxHeight]step
	height int
}

func (p *path) leaf() *step { return &p.steps[p.height-1] }

// handle is the handle of the node at a level.
func (x *Index) handle(p *path, level int) arena.Handle {
	if level == 0 {
		return x.root
	}
	up := &p.steps[level-1]
	return *up.child(up.at)
}

// setNode puts a node in the place of the one at a level.
func (x *Index) setNode(p *path, level int, h arena.Handle, n node) {
	p.steps[level].node = n
	if level == 0 {
		x.root = h
		return
	}
	up := &p.steps[level-1]
	*up.child(up.at) = h
}

// find sets p to the place of a key: the first entry that does not stand before it, possibly behind the last of a leaf.
func (x *Index) find(a *arena.Arena, k *key, p *path) {
	p.height = int(x.height)
	n := x.node(a, x.root)
	for level := 0; level < p.height-1; level++ {
		// The last child that begins at or before the key.
		lo, hi := 1, n.len()
		for lo < hi {
			mid := int(uint(lo+hi) / 2)
			s := *n.score(mid)
			if s < k.score || s == k.score && bytes.Compare(Member(a, *n.first(mid)), k.member) <= 0 {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		p.steps[level] = step{n, lo - 1}
		n = x.node(a, *n.child(lo - 1))
	}
	lo, hi := 0, n.len()
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		s := *n.score(mid)
		if s < k.score || s == k.score && k.after(a, s, n.element(mid)) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	p.steps[p.height-1] = step{n, lo}
}

// locate is find for an element of the index.
func (x *Index) locate(a *arena.Arena, h arena.Handle, p *path) {
	k := keyOf(a, h)
	if x.height > 0 {
		x.find(a, &k, p)
		if s := p.leaf(); s.at < s.len() && s.element(s.at) == h {
			return
		}
	}
	panic("order: no such element")
}

// Insert adds an element. No other has its member.
func (x *Index) Insert(a *arena.Arena, h arena.Handle) {
	k := keyOf(a, h)
	if x.height == 0 {
		x.begin(a)
	}
	var p path
	x.find(a, &k, &p)
	x.insert(a, &p, k.score, h)
}

// Append adds an element that stands behind all others. Elements that come in order are added fastest so.
func (x *Index) Append(a *arena.Arena, h arena.Handle) {
	if x.height == 0 {
		x.begin(a)
	}
	p := path{height: int(x.height)}
	n := x.node(a, x.root)
	for level := 0; level < p.height-1; level++ {
		p.steps[level] = step{n, n.len() - 1}
		n = x.node(a, *n.child(n.len() - 1))
	}
	p.steps[p.height-1] = step{n, n.len()}
	x.insert(a, &p, Score(a, h), h)
}

// begin makes an empty leaf the root.
func (x *Index) begin(a *arena.Arena) {
	x.root, _ = x.newNode(a, true, 1)
	x.height = 1
}

// insert adds an element at a place in a leaf.
func (x *Index) insert(a *arena.Arena, p *path, score float64, h arena.Handle) {
	x.makeRoom(a, p, p.height-1)
	l := p.leaf()
	l.moveLeaf(l.at+1, l.node, l.at, l.len()-l.at)
	*l.score(l.at) = score
	l.setElement(l.at, h)
	l.setLen(l.len() + 1)
	x.count++
	x.recount(p, 1)
	if l.at == 0 {
		x.renewFirst(p, p.height-1, score, h)
	}
}

// recount adds to the counts of the elements along a path.
func (x *Index) recount(p *path, by int64) {
	for level := p.height - 2; level >= 0; level-- {
		s := &p.steps[level]
		*s.count(s.at) += by
	}
}

// renewFirst tells the nodes above a level of a path that what is below begins with another element.
func (x *Index) renewFirst(p *path, level int, score float64, h arena.Handle) {
	for level--; level >= 0; level-- {
		s := &p.steps[level]
		*s.score(s.at), *s.first(s.at) = score, h
		if s.at > 0 {
			return
		}
	}
}

// Remove takes an element out. It stays allocated.
func (x *Index) Remove(a *arena.Arena, h arena.Handle) {
	var p path
	x.locate(a, h, &p)
	x.cut(a, &p, 1)
}

// RemoveRange takes the elements of the ranks from (inclusive) to to (exclusive) out and calls drop for each, which may
// free it.
func (x *Index) RemoveRange(a *arena.Arena, from, to int, drop func(h arena.Handle)) {
	var p path
	for left := to - from; left > 0; {
		x.pathTo(a, from, &p)
		l := p.leaf()
		n := min(left, l.len()-l.at)
		var out [nodeMax]arena.Handle
		for i := range n {
			out[i] = l.element(l.at + i)
		}
		x.cut(a, &p, n)
		for _, h := range out[:n] {
			drop(h)
		}
		left -= n
	}
}

// SetScore gives an element another score and so another place.
func (x *Index) SetScore(a *arena.Arena, h arena.Handle, score float64) {
	var p path
	x.locate(a, h, &p)
	if x.stays(a, &p, &key{score, Member(a, h)}) {
		l := p.leaf()
		*l.score(l.at) = score
		SetScore(a, h, score)
		if l.at == 0 {
			x.renewFirst(&p, p.height-1, score, h)
		}
		return
	}
	x.cut(a, &p, 1)
	SetScore(a, h, score)
	x.Insert(a, h)
}

// stays reports whether the element at a path's place would be at the same place with another key, as far as its leaf
// can tell.
func (x *Index) stays(a *arena.Arena, p *path, k *key) bool {
	l, level := p.leaf(), p.height-1
	if l.at > 0 {
		if !k.after(a, *l.score(l.at - 1), l.element(l.at-1)) {
			return false
		}
	} else if !p.atStart(level) {
		return false
	}
	if l.at < l.len()-1 {
		return !k.after(a, *l.score(l.at + 1), l.element(l.at+1))
	}
	return p.atEnd(level)
}

// Replace puts a copy of an element in its place.
func (x *Index) Replace(a *arena.Arena, old, copied arena.Handle) {
	var p path
	x.locate(a, old, &p)
	l := p.leaf()
	l.setElement(l.at, copied)
	if l.at == 0 {
		x.renewFirst(&p, p.height-1, *l.score(0), copied)
	}
}

// MoveSparse moves the nodes on the way to a rank that the arena finds sparse, and returns how many.
func (x *Index) MoveSparse(a *arena.Arena, rank int) (moved int) {
	var p path
	x.pathTo(a, rank, &p)
	for level := range p.height {
		old := x.handle(&p, level)
		if !a.Sparse(old) {
			continue
		}
		n := a.Size(old)
		h := a.Alloc(n)
		copy(a.Bytes(h, n), a.Bytes(old, n))
		a.Free(old)
		x.setNode(&p, level, h, x.node(a, h))
		moved++
	}
	return moved
}

// Drain frees up to limit nodes, from the end, and reports whether none is left. Once begun, an index is for Drain only.
// The elements stay: they are the owner's.
func (x *Index) Drain(a *arena.Arena, limit int) (empty bool) {
	for ; limit > 0 && x.root != 0; limit-- {
		var p path
		p.height = int(x.height)
		n, level := x.node(a, x.root), 0
		for ; level < p.height-1 && n.len() > 0; level++ {
			p.steps[level] = step{n, n.len() - 1}
			n = x.node(a, *n.child(n.len() - 1))
		}
		x.freeNode(a, x.handle(&p, level))
		if level == 0 {
			*x = Index{}
			break
		}
		up := p.steps[level-1]
		up.setLen(up.len() - 1)
	}
	return x.root == 0
}

// search returns the first position in scores that is not before: with over set, the first greater than score, else the
// first not less.
func search(scores []float64, score float64, over bool) int {
	lo, hi := 0, len(scores)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if s := scores[mid]; s < score || over && s == score {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
