package deque

import (
	"synap/store/arena"
	"synap/store/packed"
)

// Insert puts a value before the i-th element, or behind the last. The value must not lie in the arena.
func (d *Deque) Insert(a *arena.Arena, i int, e packed.Elem, l Limit) {
	switch i {
	case 0:
		d.PushFront(a, e, l)
		return
	case d.Len():
		d.PushBack(a, e, l)
		return
	}
	p, k := d.locate(a, i)
	for d.isTail(p) && !l.tail().admits(&d.tail, e.Size(packed.TwoWay), 1) {
		d.retire(a, e.Size(packed.TwoWay), l)
		p, k = d.locate(a, i)
	}
	if k == 0 && !d.fits(a, p, e, l) {
		p, _ = d.prev(a, p) // there is one, as the list's first element is not meant
		k = d.at(a, p).len()
	}
	if !d.fits(a, p, e, l) {
		p, k = d.makePlace(a, p, k, e, l)
	}
	if k < 0 {
		d.length++
		return
	}
	d.at(a, p).insert(a, k, e, d.limit(p, l).Bytes)
	d.note(a, p, 1)
}

func (d *Deque) isTail(p position) bool { return p.page == int(d.pages) }

// layout is the layout of the block at a position.
func (d *Deque) layout(p position) packed.Layout {
	if d.isTail(p) {
		return packed.TwoWay
	}
	return packed.Forward
}

// limit is the limit of the block at a position.
func (d *Deque) limit(p position, l Limit) Limit {
	if d.isTail(p) {
		return l.tail()
	}
	return l
}

// fits reports whether the block at a position may take a value more.
func (d *Deque) fits(a *arena.Arena, p position, e packed.Elem, l Limit) bool {
	l = d.limit(p, l)
	return l.admits(d.at(a, p), e.Size(d.layout(p)), 1)
}

// makePlace finds a value that does not fit into a forward block at its k-th place another one: the block is split there,
// and the value belongs to one of the parts, or becomes a block by itself. Then the place returned is -1, and the value is
// counted for the directory.
func (d *Deque) makePlace(a *arena.Arena, p position, k int, e packed.Elem, l Limit) (position, int) {
	right, ok := d.next(a, p)
	if k < d.at(a, p).len() {
		p, right = d.split(a, p, k)
		ok = true
	}
	switch {
	case d.fits(a, p, e, l):
		return p, d.at(a, p).len()
	case ok && d.fits(a, right, e, l):
		return right, 0
	}
	return d.addBehind(a, p, newBlock(a, packed.Forward, e, 0, false)), -1
}

// split divides a forward block before its k-th element, which is neither its first nor its end.
func (d *Deque) split(a *arena.Arena, p position, k int) (left, right position) {
	b := d.at(a, p)
	data := b.bytes(a)
	at, n := packed.Index(data, k), b.len()-k
	rest := extract(a, packed.Forward, data, at, len(data), n, packed.HeaderSize+len(data)-at)
	b.cut(a, at, len(data), n)
	b.tighten(a)
	d.note(a, p, -n)
	right = d.addBehind(a, p, rest)
	d.length += uint64(n)
	left, _ = d.prev(a, right)
	return left, right
}

// addBehind puts a forward block behind another, counting its elements for the directory but not for the list, and returns
// where it is.
func (d *Deque) addBehind(a *arena.Arena, p position, b block) position {
	switch {
	case p.page >= 0:
		return d.addRef(a, position{p.page, p.slot + 1}, b)
	case d.pages == 0 && d.tail.count == 0:
		d.tail = b.as(a, packed.TwoWay)
		return d.tailPosition()
	}
	return d.addRef(a, position{0, 0}, b)
}

// Set makes the i-th element a value, which must not lie in the arena.
func (d *Deque) Set(a *arena.Arena, i int, e packed.Elem, l Limit) {
	p, k := d.locate(a, i)
	b := d.at(a, p)
	data := b.bytes(a)
	at := packed.Index(data, k)
	grow := e.Size(d.layout(p)) - packed.SizeAt(data, at)
	if grow > 0 {
		full := d.limit(p, l)
		if b.count > 1 && !full.admits(b, grow, 0) {
			d.Delete(a, i, 1, l)
			d.Insert(a, i, e, l)
			return
		}
		if b.room(a, false) < grow {
			b.extend(a, grow, false, full.Bytes)
		}
		data = b.extended(a, grow)
	}
	b.size = uint32(packed.ReplaceElem(data, at, e))
	if -grow > int(b.size) {
		b.tighten(a)
	}
}

// Delete removes n elements from the i-th on. There are that many.
func (d *Deque) Delete(a *arena.Arena, i, n int, l Limit) {
	switch {
	case i == 0:
		d.DropFront(a, n)
		return
	case i+n == d.Len():
		d.DropBack(a, n)
		return
	}
	for n > 0 {
		p, k := d.locate(a, i)
		b := d.at(a, p)
		m := min(n, b.len()-k)
		if m == b.len() {
			d.remove(a, p)
		} else {
			data := b.bytes(a)
			from := packed.Index(data, k)
			b.cut(a, from, packed.Skip(data, from, m), m)
			d.note(a, p, -m)
		}
		n -= m
	}
	p, _ := d.locate(a, i)
	if before, ok := d.prev(a, p); ok {
		d.settle(a, before, l)
	}
	p, _ = d.locate(a, i)
	d.settle(a, p, l)
}

// remove frees a block with all it holds.
func (d *Deque) remove(a *arena.Arena, p position) {
	b := d.at(a, p)
	h, inside := b.handle(), p.page >= 0 && p.page < int(d.pages)
	d.length -= uint64(b.count)
	if inside {
		d.removeRef(a, p)
	} else {
		*b = block{}
	}
	a.Free(h)
}

// settle is called for a block that has lost elements: it joins the block with the next if they are small, or gives back
// memory. Blocks at the ends are left as they are.
func (d *Deque) settle(a *arena.Arena, p position, l Limit) {
	if p.page < 0 || p.page >= int(d.pages) {
		return
	}
	b := d.at(a, p)
	q, _ := d.next(a, p)
	if q.page < int(d.pages) {
		next := d.at(a, q)
		most := Limit{Bytes: l.Bytes / 4 * 3, Elements: l.Elements - l.Elements/4}
		if most.admits(b, int(next.size), next.len()) {
			d.join(a, p, q)
			return
		}
	}
	if 2*int(b.size) < a.Size(b.handle()) {
		b.tighten(a)
	}
}

// join moves the elements of block q, which follows p, to that. Both are in the directory.
func (d *Deque) join(a *arena.Arena, p, q position) {
	b, next := d.at(a, p), *d.at(a, q)
	grow := int(next.size) - packed.HeaderSize
	if b.room(a, false) < grow {
		b.extend(a, grow, false, 0)
	}
	packed.Splice(b.extended(a, grow), int(b.size), next.bytes(a))
	b.size += uint32(grow)
	b.count += next.count
	d.table(a)[p.page].total += uint64(next.count)
	d.removeRef(a, q)
	a.Free(next.handle())
}

// Remove removes the elements equal to a value, at most n of them (0: all), from the first on or from the last, and returns
// how many it has removed.
func (d *Deque) Remove(a *arena.Arena, e packed.Elem, n int, backward bool, l Limit) (removed int) {
	if n == 0 {
		n = d.Len()
	}
	if backward {
		for end := d.Len(); end > 0 && removed < n; {
			p, k := d.locate(a, end-1)
			end -= k + 1
			m := d.removeIn(a, p, e, n-removed, true)
			if removed += m; m > 0 && end < d.Len() {
				p, _ = d.locate(a, end)
				d.settle(a, p, l)
			}
		}
		return removed
	}
	for i := 0; i < d.Len() && removed < n; {
		p, seen := d.locate(a, i) // a block that was joined to one before begins with what has been looked at
		rest := d.at(a, p).len() - seen
		m := d.removeIn(a, p, e, n-removed, false)
		removed += m
		if i > 0 && m > 0 {
			q, _ := d.locate(a, i-1)
			d.settle(a, q, l)
		}
		i += rest - m
	}
	return removed
}

// removeIn removes the first n elements of a block that equal e, or the last, or the block.
func (d *Deque) removeIn(a *arena.Arena, p position, e packed.Elem, n int, last bool) (removed int) {
	b := d.at(a, p)
	size, removed := packed.Remove(b.bytes(a), e, n, last)
	if removed == b.len() {
		d.remove(a, p)
		return removed
	}
	b.size = uint32(size)
	b.count -= uint32(removed)
	d.note(a, p, -removed)
	return removed
}
