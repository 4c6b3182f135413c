package order

import (
	"bytes"

	"synap/store/arena"
)

// Rank is how many elements stand before an element of the index.
func (x *Index) Rank(a *arena.Arena, h arena.Handle) int {
	var p path
	x.locate(a, h, &p)
	return p.rank()
}

// rank is how many elements stand before a path's place.
func (p *path) rank() int {
	sum := int64(0)
	for level := range p.height - 1 {
		s := &p.steps[level]
		sum += s.before(s.at)
	}
	return int(sum) + p.leaf().at
}

// RankOfScore is how many elements have a score less than the given one, or with over set not greater.
func (x *Index) RankOfScore(a *arena.Arena, score float64, over bool) int {
	if x.height == 0 {
		return 0
	}
	sum, n := int64(0), x.node(a, x.root)
	for range x.height - 1 {
		at := max(search(n.scores(), score, over)-1, 0)
		sum += n.before(at)
		n = x.node(a, *n.child(at))
	}
	return int(sum) + search(n.scores(), score, over)
}

// RankOfMember is how many elements have a member less than the given one, or with over set not greater, if all have the
// same score.
func (x *Index) RankOfMember(a *arena.Arena, member []byte, over bool) int {
	if x.height == 0 {
		return 0
	}
	least := 0
	if over {
		least = 1
	}
	before := func(h arena.Handle) bool { return bytes.Compare(Member(a, h), member) < least }
	sum, n := int64(0), x.node(a, x.root)
	for range x.height - 1 {
		lo, hi := 1, n.len()
		for lo < hi {
			if mid := int(uint(lo+hi) / 2); before(*n.first(mid)) {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		sum += n.before(lo - 1)
		n = x.node(a, *n.child(lo - 1))
	}
	lo, hi := 0, n.len()
	for lo < hi {
		if mid := int(uint(lo+hi) / 2); before(n.element(mid)) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return int(sum) + lo
}

// pathTo sets p to the element at a rank, which must exist.
func (x *Index) pathTo(a *arena.Arena, rank int, p *path) {
	if uint64(rank) >= uint64(x.count) {
		panic("order: no such rank")
	}
	p.height = int(x.height)
	n, left := x.node(a, x.root), int64(rank)
	for level := 0; level < p.height-1; level++ {
		at := 0
		for ; left >= *n.count(at); at++ {
			left -= *n.count(at)
		}
		p.steps[level] = step{n, at}
		n = x.node(a, *n.child(at))
	}
	p.steps[p.height-1] = step{n, int(left)}
}

// Cursor stands at an element of an index and walks both ways. It is valid until the index changes.
type Cursor struct {
	a    *arena.Arena
	path path
}

// At sets c to the element at a rank, which must exist.
func (x *Index) At(a *arena.Arena, rank int, c *Cursor) {
	c.a = a
	x.pathTo(a, rank, &c.path)
}

// Element is the element that the cursor stands at.
func (c *Cursor) Element() arena.Handle {
	l := c.path.leaf()
	return l.element(l.at)
}

// Score is the score of the element.
func (c *Cursor) Score() float64 {
	l := c.path.leaf()
	return *l.score(l.at)
}

// Next goes to the next element and reports whether there is one; if not the cursor is at its end.
func (c *Cursor) Next() bool {
	p := &c.path
	level := p.height - 1
	for {
		s := &p.steps[level]
		if s.at++; s.at < s.len() {
			break
		}
		if level == 0 {
			return false
		}
		level--
	}
	for ; level < p.height-1; level++ {
		s := &p.steps[level]
		p.steps[level+1] = step{node{c.a.Ptr(*s.child(s.at))}, 0}
	}
	return true
}

// Prev goes to the element before and reports whether there is one; if not the cursor is at its end.
func (c *Cursor) Prev() bool {
	p := &c.path
	level := p.height - 1
	for {
		s := &p.steps[level]
		if s.at--; s.at >= 0 {
			break
		}
		if level == 0 {
			return false
		}
		level--
	}
	for ; level < p.height-1; level++ {
		s := &p.steps[level]
		n := node{c.a.Ptr(*s.child(s.at))}
		p.steps[level+1] = step{n, n.len() - 1}
	}
	return true
}
