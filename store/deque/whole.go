package deque

import "synap/store/arena"

// Free frees about limit blocks, all at limit's size if that is enough, and reports whether none is left. The list may not be
// used otherwise once that has begun.
func (d *Deque) Free(a *arena.Arena, limit int) (done bool) {
	for _, b := range []*block{&d.head, &d.tail} {
		if b.count > 0 {
			a.Free(b.handle())
			*b = block{}
			limit--
		}
	}
	for d.pages > 0 {
		pages := d.table(a)
		pg := &pages[len(pages)-1]
		blocks := pg.blocks(a)
		for len(blocks) > 0 && limit > 0 {
			a.Free(blocks[len(blocks)-1].handle())
			blocks = blocks[:len(blocks)-1]
			limit--
		}
		if pg.place(pg.handle(), len(blocks)); len(blocks) > 0 {
			return false
		}
		a.Free(pg.handle())
		if d.pages--; d.pages == 0 {
			a.Free(d.top)
			d.top = 0
		}
	}
	d.length = 0
	return true
}

// Clone makes dst, whose contents do not matter, a copy of the list in arena to, each block in memory of just the right size.
func (d *Deque) Clone(a *arena.Arena, to *arena.Arena, dst *Deque) {
	*dst = Deque{length: d.length, head: d.head.clone(a, to), tail: d.tail.clone(a, to), pages: d.pages}
	if d.pages == 0 {
		return
	}
	dst.top = to.Alloc(int(d.pages) * itemSize)
	for n, pg := range d.table(a) {
		h := to.Alloc(pg.len() * itemSize)
		copied := page{total: pg.total}
		copied.place(h, pg.len())
		for s, b := range pg.blocks(a) {
			c := b.clone(a, to)
			copied.blocks(to)[s] = c
		}
		dst.table(to)[n] = copied
	}
}

func (b *block) clone(a, to *arena.Arena) block {
	if b.count == 0 {
		return block{}
	}
	c := block{size: b.size, count: b.count}
	c.place(to.Alloc(int(b.size)), 0)
	copy(c.bytes(to), b.bytes(a))
	return c
}

// Compact looks at up to limit blocks from a random place on, and moves those that the arena calls sparse, with the
// directory that leads to them. It returns how many pieces of memory it has moved.
func (d *Deque) Compact(a *arena.Arena, random uint64, limit int) (moved int) {
	if d.length == 0 {
		return 0
	}
	if d.pages > 0 {
		moved += relocate(a, &d.top)
	}
	p, _ := d.locate(a, int(random%d.length))
	for ok := true; ok && limit > 0; limit-- {
		if p.slot == 0 && p.page >= 0 && p.page < int(d.pages) || limit == 1 {
			moved += d.relocatePage(a, p)
		}
		b := d.at(a, p)
		h := b.handle()
		moved += relocate(a, &h)
		b.place(h, b.start())
		p, ok = d.next(a, p)
	}
	return moved
}

func (d *Deque) relocatePage(a *arena.Arena, p position) (moved int) {
	if p.page < 0 || p.page >= int(d.pages) {
		return 0
	}
	pg := &d.table(a)[p.page]
	h := pg.handle()
	moved = relocate(a, &h)
	pg.place(h, pg.len())
	return moved
}

// relocate moves a piece of memory, whole, if that helps the arena.
func relocate(a *arena.Arena, h *arena.Handle) (moved int) {
	if !a.Sparse(*h) {
		return 0
	}
	n := a.Size(*h)
	to := a.Alloc(n)
	copy(a.Bytes(to, n), a.Bytes(*h, n))
	a.Free(*h)
	*h = to
	return 1
}

// Bytes is the memory of all blocks and the directory, as the arena counts it.
func (d *Deque) Bytes(a *arena.Arena) (n int64) {
	for _, b := range []*block{&d.head, &d.tail} {
		if b.count > 0 {
			n += int64(a.Size(b.handle()))
		}
	}
	if d.pages == 0 {
		return n
	}
	n += int64(a.Size(d.top))
	for _, pg := range d.table(a) {
		n += int64(a.Size(pg.handle()))
		for _, b := range pg.blocks(a) {
			n += int64(a.Size(b.handle()))
		}
	}
	return n
}
