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
	if k == 0 && !l.admits(d.at(a, p), e.Size(), 1) {
		p, _ = d.prev(a, p) // there is one, as the list's first element is not meant
		k = d.at(a, p).len()
	}
	if !l.admits(d.at(a, p), e.Size(), 1) {
		p, k = d.makePlace(a, p, k, e, l)
	}
	if k >= 0 {
		d.at(a, p).insert(a, k, e, l.Bytes)
	}
	d.note(a, p, 1)
}

// makePlace finds a value that does not fit into a block at its k-th place another one: the block is split there, and the
// value belongs to one of the parts, or becomes a block by itself. Then the place returned is -1, and the value in it.
func (d *Deque) makePlace(a *arena.Arena, p position, k int, e packed.Elem, l Limit) (position, int) {
	right, ok := d.next(a, p)
	if k < d.at(a, p).len() {
		p, right = d.split(a, p, k)
		ok = true
	}
	switch left := d.at(a, p); {
	case l.admits(left, e.Size(), 1):
		return p, left.len()
	case ok && l.admits(d.at(a, right), e.Size(), 1):
		return right, 0
	}
	b := newBlock(a, e, 0, false)
	b.count = 0 // the caller counts it
	p = d.addBehind(a, p, b)
	d.at(a, p).count = 1
	return p, -1
}

// split divides a block before its k-th element, which is neither its first nor its end.
func (d *Deque) split(a *arena.Arena, p position, k int) (left, right position) {
	b := d.at(a, p)
	data := b.bytes(a)
	at, n := packed.Index(data, k), b.len()-k
	rest := extract(a, data, at, len(data), n)
	b.cut(a, at, len(data), n)
	b.tighten(a)
	d.note(a, p, -n)
	right = d.addBehind(a, p, rest)
	d.length += uint64(n)
	left, _ = d.prev(a, right)
	return left, right
}

// addBehind puts a block behind the one at a position, counting its elements for the directory but not for the list, and
// returns where it is. If the tail is meant then the block is the new tail, and what was it goes to the directory.
func (d *Deque) addBehind(a *arena.Arena, p position, b block) position {
	switch {
	case p.page < 0 && d.pages == 0 && d.tail.count == 0:
		d.tail = b
		return d.tailPosition()
	case p.page < 0:
		return d.addRef(a, position{0, 0}, b)
	case p.page < int(d.pages):
		return d.addRef(a, position{p.page, p.slot + 1}, b)
	case d.head.count == 0 && d.pages == 0:
		d.head, d.tail = d.tail, b
	default:
		d.addLast(a, d.tail)
		d.tail = b
	}
	return d.tailPosition()
}

// Set makes the i-th element a value, which must not lie in the arena.
func (d *Deque) Set(a *arena.Arena, i int, e packed.Elem, l Limit) {
	p, k := d.locate(a, i)
	b := d.at(a, p)
	data := b.bytes(a)
	at := packed.Index(data, k)
	grow := e.Size() - packed.SizeAt(data, at)
	if grow > 0 {
		if b.count > 1 && !l.admits(b, grow, 0) {
			d.Delete(a, i, 1, l)
			d.Insert(a, i, e, l)
			return
		}
		if b.room(a, false) < grow {
			b.extend(a, grow, false, l.Bytes)
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
			m := d.removeLast(a, p, e, n-removed)
			if removed += m; m > 0 && end < d.Len() {
				p, _ = d.locate(a, end)
				d.settle(a, p, l)
			}
		}
		return removed
	}
	for i := 0; i < d.Len() && removed < n; {
		p, _ := d.locate(a, i)
		count := d.at(a, p).len()
		m := d.removeFirst(a, p, e, n-removed)
		removed += m
		if i > 0 && m > 0 {
			q, _ := d.locate(a, i-1)
			d.settle(a, q, l)
		}
		i += count - m
	}
	return removed
}

// removeFirst removes the first n elements of a block that equal e, or the block.
func (d *Deque) removeFirst(a *arena.Arena, p position, e packed.Elem, n int) (removed int) {
	b := d.at(a, p)
	data := b.bytes(a)
	for at := packed.HeaderSize; removed < n; removed++ {
		if at = packed.FindElem(data, at, e, 0); at < 0 {
			break
		}
		data = data[:packed.Delete(data, at, 1)]
	}
	return d.shorten(a, p, len(data), removed)
}

// removeLast removes the last n elements of a block that equal e, or the block.
func (d *Deque) removeLast(a *arena.Arena, p position, e packed.Elem, n int) (removed int) {
	b := d.at(a, p)
	data := b.bytes(a)
	for at := packed.Last(data); at >= 0 && removed < n; {
		before := packed.Prev(data, at)
		if packed.At(data, at).Same(e) {
			data = data[:packed.Delete(data, at, 1)]
			removed++
		}
		at = before
	}
	return d.shorten(a, p, len(data), removed)
}

// shorten notes that a block has lost elements and is of a new size.
func (d *Deque) shorten(a *arena.Arena, p position, size, lost int) int {
	b := d.at(a, p)
	if lost == b.len() {
		d.remove(a, p)
		return lost
	}
	b.size = uint32(size)
	b.count -= uint32(lost)
	d.note(a, p, -lost)
	return lost
}
