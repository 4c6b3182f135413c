package deque

import (
	"math"

	"synap/store/arena"
	"synap/store/packed"
)

// Deque is the root of a list. The zero value is an empty list that owns no memory. It must always be used with the same
// arena, may be moved in memory, and must be freed with Free (or its arena reset).
type Deque struct {
	length     uint64
	head, tail block        // the ends; an end may have no block. The tail is two-way, all others are forward blocks
	top        arena.Handle // array of pages
	pages      uint64
}

// Limit is how much a block may hold. A single element may always be larger. The tail may hold more (see tail).
type Limit struct {
	Bytes    int
	Elements int
}

// unlimited is more elements than a block can have.
const unlimited = math.MaxInt32

// safeBytes is how large blocks may become that are limited by their number of elements.
const safeBytes = 8 << 10

// LimitOf translates list-max-listpack-size: -1 to -5 are 4 to 64 KiB, positive numbers elements (and 0 is one), in at most
// 8 KiB. Smaller numbers count as -5.
func LimitOf(setting int) Limit {
	if setting < 0 {
		return Limit{Bytes: 2 << 10 << min(-setting, 5), Elements: unlimited}
	}
	return Limit{Bytes: safeBytes, Elements: max(setting, 1)}
}

// tail is the limit of the tail: what it holds beyond a full forward block stays behind when that is taken from it.
func (l Limit) tail() Limit {
	return Limit{Bytes: l.Bytes + l.Bytes/8*3, Elements: l.Elements + l.Elements/4 + 1}
}

// admits reports whether a block may take n more bytes in m more elements.
func (l Limit) admits(b *block, n, m int) bool {
	return int(b.size)+n <= l.Bytes && b.len()+m <= l.Elements
}

// Len is the number of elements.
func (d *Deque) Len() int { return int(d.length) }

// Within reports whether the list has no directory, and its elements would take at most l as one two-way block, or as two:
// their headers are counted.
func (d *Deque) Within(a *arena.Arena, l Limit) bool {
	size := int(d.head.size) + int(d.tail.size)
	if d.pages > 0 || size > l.Bytes || d.Len() > l.Elements {
		return false
	}
	if d.head.count > 0 {
		size += packed.SizeIn(d.head.bytes(a), packed.TwoWay) - int(d.head.size)
	}
	return size <= l.Bytes
}

// Join writes all elements of a list without a directory to dst, as one packed block of a layout. dst has JoinedSize bytes.
func (d *Deque) Join(a *arena.Arena, dst []byte, l packed.Layout) {
	n := packed.HeaderSize
	packed.Init(dst, l)
	for _, b := range []*block{&d.head, &d.tail} {
		if b.count > 0 {
			data, at := b.bytes(a), n
			n += packed.SizeIn(data, l) - packed.HeaderSize
			packed.Splice(dst[:n], at, data)
		}
	}
}

// JoinedSize is the size of the one packed block that Join writes.
func (d *Deque) JoinedSize(a *arena.Arena, l packed.Layout) int {
	n := packed.HeaderSize
	for _, b := range []*block{&d.head, &d.tail} {
		if b.count > 0 {
			n += packed.SizeIn(b.bytes(a), l) - packed.HeaderSize
		}
	}
	return n
}

// Adopt makes an empty list one of the elements of a packed block, which may be larger than the limit.
func (d *Deque) Adopt(a *arena.Arena, data []byte, l Limit) {
	if n := packed.Len(data); n > 0 && n <= l.Elements && len(data) <= l.Bytes {
		d.tail = extract(a, packed.TwoWay, data, packed.HeaderSize, len(data), n, packed.SizeIn(data, packed.TwoWay))
		d.length = uint64(d.tail.count)
		return
	}
	for at := packed.First(data); at >= 0; at = packed.Next(data, at) {
		d.PushBack(a, packed.At(data, at), l)
	}
}

// PushBack puts a value behind the last. The value must not lie in the arena.
func (d *Deque) PushBack(a *arena.Arena, e packed.Elem, l Limit) {
	n, b := e.Size(packed.TwoWay), &d.tail
	d.length++
	if b.count == 0 || !l.tail().admits(b, n, 1) || b.room(a, false) < n {
		room := d.makeRoom(a, n, l)
		if b.count == 0 {
			*b = newBlock(a, packed.TwoWay, e, room, false)
			return
		}
	}
	packed.InsertElem(b.extended(a, n), int(b.size), e)
	b.size += uint32(n)
	b.count++
}

// makeRoom sees to it that the tail has room for n bytes more, if need be by retiring elements. It returns how much memory a
// tail should get if none is left.
func (d *Deque) makeRoom(a *arena.Arena, n int, l Limit) (room int) {
	b, full := &d.tail, l.tail()
	for room = firstBlock; b.count > 0; {
		switch admits := full.admits(b, n, 1); {
		case admits && b.room(a, false) >= n:
			return 0
		case admits && b.worthExtending(a, n, full.Bytes):
			b.extend(a, n, false, full.Bytes)
			return 0
		}
		room = max(room, a.Size(b.handle()))
		d.retire(a, n, l)
	}
	return min(room, full.Bytes)
}

// retire moves the tail's first elements, as many as another block may hold, to a forward block before it. An eighth of them
// stays, so that pushing and popping in turns does not move the same elements each time; but not if what comes takes n bytes
// that are about as much.
func (d *Deque) retire(a *arena.Arena, n int, l Limit) {
	t := &d.tail
	data := t.bytes(a)
	bound := len(data)
	if n <= l.Bytes/8 {
		bound -= len(data) / 8
	}
	to, first, size := packed.Fit(data, packed.Forward, l.Bytes, l.Elements, bound)
	b := extract(a, packed.Forward, data, packed.HeaderSize, to, first, size)
	if first < t.len() {
		t.beginAt(packed.CutFirst(data, to, first), first)
	} else {
		a.Free(t.handle())
		*t = block{}
	}
	if d.head.count == 0 && d.pages == 0 {
		d.head = b
	} else {
		d.addLast(a, b)
	}
}

// PushFront puts a value before the first. The value must not lie in the arena.
func (d *Deque) PushFront(a *arena.Arena, e packed.Elem, l Limit) {
	n, b := e.Size(packed.Forward), &d.head
	if b.count == 0 || !l.admits(b, n, 1) {
		d.beginHead(a, e, l)
		return
	}
	if b.start() < n {
		if !b.worthExtending(a, n, l.Bytes) {
			d.beginHead(a, e, l)
			return
		}
		b.extend(a, n, true, l.Bytes)
	}
	b.where -= uint64(n) << handleBits
	b.size += uint32(n)
	b.count++
	packed.Prepend(b.bytes(a), packed.Forward, e)
	d.length++
}

// beginHead retires the first block and begins another, about as large, with a value.
func (d *Deque) beginHead(a *arena.Arena, e packed.Elem, l Limit) {
	room := firstBlock
	if d.head.count > 0 {
		room = max(room, a.Size(d.head.handle()))
		if d.tail.count == 0 && d.pages == 0 {
			d.tail = d.head.as(a, packed.TwoWay)
		} else {
			d.head.tighten(a)
			d.addRef(a, position{0, 0}, d.head)
		}
	}
	d.head = newBlock(a, packed.Forward, e, min(room, l.Bytes), true)
	d.length++
}

// first is the block with the first element. If that is in the directory it becomes the head.
func (d *Deque) first(a *arena.Arena) *block {
	switch {
	case d.head.count > 0:
		return &d.head
	case d.pages > 0:
		d.head = *d.at(a, position{0, 0})
		d.removeRef(a, position{0, 0})
		return &d.head
	}
	return &d.tail
}

// last is the tail. If there is none, the block with the last element becomes it.
func (d *Deque) last(a *arena.Arena) *block {
	switch {
	case d.tail.count > 0:
	case d.pages > 0:
		p := d.lastRef(a)
		d.tail = d.at(a, p).as(a, packed.TwoWay)
		d.removeRef(a, p)
	default:
		d.tail = d.head.as(a, packed.TwoWay)
		d.head = block{}
	}
	return &d.tail
}

// Front is the first element. There is one.
func (d *Deque) Front(a *arena.Arena) packed.Elem {
	b := d.head
	if b.count == 0 {
		b = *d.at(a, d.firstBlock())
	}
	return packed.At(b.bytes(a), packed.HeaderSize)
}

// Back is the last element. There is one.
func (d *Deque) Back(a *arena.Arena) packed.Elem {
	b := d.tail
	if b.count == 0 {
		b = *d.at(a, d.lastBlock(a))
	}
	data := b.bytes(a)
	return packed.At(data, packed.Last(data))
}

// DropFront removes the first n elements. There are that many.
func (d *Deque) DropFront(a *arena.Arena, n int) {
	d.length -= uint64(n)
	for n > 0 {
		b := d.first(a)
		if n < b.len() {
			b.dropFirst(a, n)
			return
		}
		n -= b.len()
		a.Free(b.handle())
		*b = block{}
	}
}

// DropBack removes the last n elements. There are that many.
func (d *Deque) DropBack(a *arena.Arena, n int) {
	for n >= d.tail.len() && n > 0 {
		p := d.lastBlock(a)
		many := d.at(a, p).len()
		if n < many {
			break
		}
		d.remove(a, p)
		n -= many
	}
	if n > 0 {
		d.last(a).dropLast(a, n)
		d.length -= uint64(n)
	}
}
