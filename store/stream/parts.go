package stream

import "synap/store/arena"

func handleOf(v uint64) arena.Handle { return arena.Handle(v) }

// Free gives back about limit of the stream's blocks and reports whether none is left. Between the calls the root must be
// saved and opened again or the Stream kept.
func (s *Stream) Free(limit int) (done bool) {
	m := s.heap()
	if s.tail != 0 {
		m.free(s.tail)
		s.tail = 0
		limit--
	}
	for ; s.blocks.top != 0; limit-- {
		if limit <= 0 {
			return false
		}
		n := s.blocks.lastLeaf(m)
		for i := range n.len() {
			m.free(n.child(i))
		}
		limit -= n.len()
		s.blocks.dropLeaf(m, handleSize)
	}
	for s.groups.count > 0 {
		g := s.GroupAt(s.groups.len() - 1)
		if limit = g.free(limit); limit <= 0 {
			return false
		}
		s.groups.remove(m, s.groups.len()-1)
		s.a.Free(g.h)
		limit--
	}
	return true
}

// free gives back about limit blocks of a group and returns what is left of limit. It is positive once the group owns
// nothing but its record.
func (g *Group) free(limit int) int {
	m, p := g.heap(), g.p
	for ; p.pending.top != 0; limit-- {
		if limit <= 0 {
			return 0
		}
		p.pending.dropLeaf(m, deliverySize)
	}
	for p.consumers.count > 0 {
		c := g.ConsumerAt(p.consumers.len() - 1)
		for ; c.p.pending.top != 0; limit-- {
			if limit <= 0 {
				return 0
			}
			c.p.pending.dropLeaf(m, 0)
		}
		if limit <= 0 {
			return 0
		}
		p.consumers.remove(m, p.consumers.len()-1)
		m.free(c.h)
		limit--
	}
	if p.slots != 0 {
		m.free(p.slots)
		p.slots = 0
	}
	return limit
}

// Clone copies the stream into an arena, which may be its own.
func (s *Stream) Clone(a *arena.Arena) Stream {
	c := Stream{a: a, root: s.root}
	c.bytes, c.groups = 0, names{}
	from, to := s.heap(), c.heap()
	if s.tail != 0 {
		c.tail = cloneBlock(from, to, s.tail)
	}
	c.blocks = s.blocks.clone(from, to, handleSize, true)
	for i := range s.groups.len() {
		g := s.GroupAt(i)
		c.groups.insert(to, i, g.clone(&c))
	}
	return c
}

// cloneBlock copies a block of entries.
func cloneBlock(from, to heap, h arena.Handle) arena.Handle {
	used := block(from.Bytes(h, blockHeader)).used()
	copied := to.alloc(used)
	copy(to.Bytes(copied, used), from.Bytes(h, used))
	return copied
}

// clone copies the group into another stream.
func (g *Group) clone(s *Stream) arena.Handle {
	size := groupSize + int(g.p.length)
	h := s.a.Alloc(size)
	copy(s.a.Bytes(h, size), g.s.a.Bytes(g.h, size))
	c := s.group(h)
	p := c.p
	p.bytes = int64(s.a.Size(h))
	p.consumers, p.slots = names{}, 0
	from, to := g.heap(), c.heap()
	p.pending = g.p.pending.clone(from, to, deliverySize, false)
	if n := 8 * int(p.slotCount); n > 0 {
		p.slots = to.alloc(n)
		copy(to.Bytes(p.slots, n), from.Bytes(g.p.slots, n))
	}
	for i := range g.Consumers() {
		old := g.ConsumerAt(i)
		size := consumerSize + int(old.p.length)
		k := to.alloc(size)
		copy(to.Bytes(k, size), from.Bytes(old.h, size))
		copied := c.consumer(k)
		copied.p.pending = old.p.pending.clone(from, to, 0, false)
		c.setSlot(copied.p.slot, uint64(k))
		p.consumers.insert(to, i, k)
	}
	return h
}

// Compact moves up to limit blocks off sparse pages, beginning at a place that at, a random number, says. It returns how
// many it has moved.
func (s *Stream) Compact(at uint64, limit int) (moved int) {
	parts := uint64(s.groups.len()) + 1
	part, at := at%parts, at/parts
	if part == 0 {
		return s.compactBlocks(at, limit)
	}
	return s.compactGroup(int(part)-1, at, limit)
}

func (s *Stream) compactBlocks(at uint64, limit int) (moved int) {
	m := s.heap()
	if s.tail != 0 {
		moved += m.compact(&s.tail)
	}
	moved += m.compact(&s.groups.h)
	if s.blocks.top == 0 {
		return moved
	}
	n := s.blocks.compactPath(m, at, &moved)
	for i := 0; i < n.len() && moved < limit; i++ {
		h := n.child(i)
		moved += m.compact(&h)
		n.setChild(i, h)
	}
	return moved
}

func (s *Stream) compactGroup(i int, at uint64, limit int) (moved int) {
	m := s.heap()
	h := s.groups.at(m, i)
	if size := s.a.Size(h); s.a.Sparse(h) { // the group's count of bytes moves along
		to := s.a.Alloc(size)
		copy(s.a.Bytes(to, size), s.a.Bytes(h, size))
		s.a.Free(h)
		s.groups.set(m, i, to)
		moved++
	}
	g := s.GroupAt(i)
	gm, p := g.heap(), g.p
	moved += gm.compact(&p.consumers.h) + gm.compact(&p.slots)
	p.pending.compactPath(gm, at, &moved)
	if p.consumers.count == 0 {
		return moved
	}
	first := int(at % p.consumers.count)
	for i := first; i < p.consumers.len() && moved < limit; i++ {
		c := g.ConsumerAt(i)
		if gm.compact(&c.h) > 0 {
			moved++
			g.p.consumers.set(gm, i, c.h)
			c = g.consumer(c.h)
			g.setSlot(c.p.slot, uint64(c.h))
		}
		c.p.pending.compactPath(gm, at, &moved)
	}
	return moved
}

// compact moves a block if its page is sparse and returns how many it has moved.
func (m heap) compact(h *arena.Handle) int {
	if *h == 0 || !m.Sparse(*h) {
		return 0
	}
	size := m.Size(*h)
	*h = m.move(*h, size, size)
	return 1
}

// compactPath compacts the nodes from the top down to some leaf, which it returns.
func (t *tree) compactPath(m heap, at uint64, moved *int) (leaf node) {
	if t.top == 0 {
		return nil
	}
	*moved += m.compact(&t.top)
	n := node(m.all(t.top))
	for range t.height {
		k := uint64(n.len())
		i := int(at % k)
		at /= k
		h := n.child(i)
		if m.compact(&h) > 0 {
			*moved++
			n.setChild(i, h)
		}
		n = m.all(h)
	}
	return n
}
