package order

import "synap/store/arena"

// makeRoom sees to it that the node at a level has room for one more entry at the path's place, which may get to another
// node by that.
func (x *Index) makeRoom(a *arena.Arena, p *path, level int) {
	s, leaf := &p.steps[level], level == p.height-1
	n := s.len()
	switch {
	case n < s.room():
	case n < nodeMax:
		h, v := x.resize(a, leaf, x.handle(p, level), spare(n+1))
		x.setNode(p, level, h, v)
	default:
		x.split(a, p, level)
	}
}

// split divides a full node. The half that does not hold the path's place is complete then; the other has room.
func (x *Index) split(a *arena.Arena, p *path, level int) {
	if level == 0 {
		x.raise(a, p)
		level = 1
	}
	height := p.height
	x.makeRoom(a, p, level-1) // for the new node
	level += p.height - height
	s, up, leaf := &p.steps[level], &p.steps[level-1], level == p.height-1
	left, n, at := x.handle(p, level), s.len(), s.at
	keep := 0 // entries that must be with the new one: a new child stands behind the one at the path's place
	if !leaf {
		keep = 1
	}
	cut, leftRoom, rightRoom := n/2, spare(n/2+1), spare(n-n/2+1)
	switch {
	case at == n-keep && p.atEnd(level):
		cut, leftRoom, rightRoom = n-keep, n-keep, nodeMax
	case at == 0 && p.atStart(level):
		cut, leftRoom, rightRoom = keep, nodeMax, n
	}
	right, r := x.newNode(a, leaf, rightRoom)
	r.move(leaf, 0, s.node, cut, n-cut)
	r.setLen(n - cut)
	s.setLen(cut)
	if cut < n {
		left, s.node = x.resize(a, leaf, left, leftRoom)
		*up.child(up.at) = left
	}
	// The parent's entry for the right node; a new node that is empty as yet gets its first element when that comes.
	below := int64(n - cut)
	if !leaf {
		below = r.elements()
	}
	up.moveInner(up.at+2, up.node, up.at+1, up.len()-up.at-1)
	up.setLen(up.len() + 1)
	*up.count(up.at) -= below
	*up.count(up.at + 1) = below
	*up.child(up.at + 1) = right
	if cut < n {
		*up.score(up.at + 1), *up.first(up.at + 1) = *r.score(0), r.firstElement(leaf)
	}
	if at > cut || at == cut && (!leaf || cut == n) {
		up.at++
		*s = step{r, at - cut}
	}
}

// firstElement is the element that a node begins with.
func (n node) firstElement(leaf bool) arena.Handle {
	if leaf {
		return n.element(0)
	}
	return *n.first(0)
}

// atEnd reports whether a path leads to the last node of a level, and atStart whether to the first.
func (p *path) atEnd(level int) bool {
	for i := range level {
		if s := &p.steps[i]; s.at < s.len()-1 {
			return false
		}
	}
	return true
}

func (p *path) atStart(level int) bool {
	for i := range level {
		if p.steps[i].at > 0 {
			return false
		}
	}
	return true
}

// raise puts a new root with one child above the old.
func (x *Index) raise(a *arena.Arena, p *path) {
	h, n := x.newNode(a, false, 2)
	old := p.steps[0].node
	n.setLen(1)
	*n.child(0), *n.count(0) = x.root, x.count
	*n.score(0), *n.first(0) = *old.score(0), old.firstElement(p.height == 1)
	copy(p.steps[1:], p.steps[:p.height])
	p.steps[0] = step{n, 0}
	p.height++
	x.height++
	x.root = h
}

// cut takes n elements out of a leaf, from the path's place on.
func (x *Index) cut(a *arena.Arena, p *path, n int) {
	l := p.leaf()
	l.moveLeaf(l.at, l.node, l.at+n, l.len()-l.at-n)
	l.setLen(l.len() - n)
	x.count -= int64(n)
	x.recount(p, -int64(n))
	if l.at == 0 && l.len() > 0 {
		x.renewFirst(p, p.height-1, *l.score(0), l.element(0))
	}
	x.settle(a, p, p.height-1)
}

// settle restores what is asked of a node after entries of it have gone: it is not empty, not smaller than a quarter
// with a small neighbour, and its block is not far too large.
func (x *Index) settle(a *arena.Arena, p *path, level int) {
	s, leaf := &p.steps[level], level == p.height-1
	switch n := s.len(); {
	case n == 0:
		x.discard(a, p, level)
	case level == 0:
		if n == 1 && !leaf {
			x.lower(a)
		} else {
			x.shrink(a, p, level)
		}
	case n < underfull && x.join(a, p, level):
	default:
		x.shrink(a, p, level)
	}
}

// discard frees an empty node.
func (x *Index) discard(a *arena.Arena, p *path, level int) {
	x.freeNode(a, x.handle(p, level))
	if level == 0 {
		*x = Index{}
		return
	}
	x.dropChild(a, p, level-1)
}

// dropChild removes the entry of a child that is gone.
func (x *Index) dropChild(a *arena.Arena, p *path, level int) {
	s := &p.steps[level]
	s.moveInner(s.at, s.node, s.at+1, s.len()-s.at-1)
	s.setLen(s.len() - 1)
	if s.at == 0 && s.len() > 0 {
		x.renewFirst(p, level, *s.score(0), *s.first(0))
	}
	x.settle(a, p, level)
}

// lower removes roots that have only one child.
func (x *Index) lower(a *arena.Arena) {
	for x.height > 1 {
		n := x.node(a, x.root)
		if n.len() > 1 {
			return
		}
		child := *n.child(0)
		x.freeNode(a, x.root)
		x.root = child
		x.height--
	}
}

// join unites a node with a neighbour if together they fill no more than three quarters of one. The path ends there.
func (x *Index) join(a *arena.Arena, p *path, level int) bool {
	up, leaf := &p.steps[level-1], level == p.height-1
	left := up.at
	if left == up.len()-1 {
		left--
	}
	if left < 0 {
		return false
	}
	l, r := *up.child(left), *up.child(left + 1)
	ln, rn := x.node(a, l), x.node(a, r)
	n, m := ln.len(), rn.len()
	if n+m > joinMax {
		return false
	}
	if n+m > ln.room() {
		l, ln = x.resize(a, leaf, l, spare(n+m))
		*up.child(left) = l
	}
	ln.move(leaf, n, rn, 0, m)
	ln.setLen(n + m)
	*up.count(left) += *up.count(left + 1)
	x.freeNode(a, r)
	up.at = left + 1
	x.dropChild(a, p, level-1)
	return true
}

// shrink gives a node a smaller block if it fills less than half of its own.
func (x *Index) shrink(a *arena.Arena, p *path, level int) {
	s, leaf := &p.steps[level], level == p.height-1
	if n := s.len(); s.room() > 2*spare(n) {
		h, v := x.resize(a, leaf, x.handle(p, level), spare(n))
		x.setNode(p, level, h, v)
	}
}
