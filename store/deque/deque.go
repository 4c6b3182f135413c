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
	head, tail block        // the ends; an end may have no block
	top        arena.Handle // array of pages
	pages      uint64
}

// Limit is how much a block may hold. A single element may always be larger.
type Limit struct {
	Bytes    int
	Elements int
}

// safeBytes is how large blocks may become that are limited by their number of elements.
const safeBytes = 8 << 10

// LimitOf translates list-max-listpack-size: -1 to -5 are 4 to 64 KiB, positive numbers elements (and 0 is one), in at most
// 8 KiB. Smaller numbers count as -5.
func LimitOf(setting int) Limit {
	if setting < 0 {
		return Limit{Bytes: 2 << 10 << min(-setting, 5), Elements: math.MaxInt}
	}
	return Limit{Bytes: safeBytes, Elements: max(setting, 1)}
}

// admits reports whether a block may take n more bytes in m more elements.
func (l Limit) admits(b *block, n, m int) bool {
	return int(b.size)+n <= l.Bytes && b.len()+m <= l.Elements
}

// Len is the number of elements.
func (d *Deque) Len() int { return int(d.length) }

// Within reports whether the list has no directory, and its elements would take at most l as one block.
func (d *Deque) Within(l Limit) bool {
	return d.pages == 0 && int(d.head.size)+int(d.tail.size) <= l.Bytes && d.Len() <= l.Elements
}

// Join writes all elements of a list without a directory to dst, as one packed block. dst has JoinedSize bytes.
func (d *Deque) Join(a *arena.Arena, dst []byte) {
	n := packed.HeaderSize
	packed.Init(dst)
	for _, b := range []*block{&d.head, &d.tail} {
		if b.count > 0 {
			next := n + int(b.size) - packed.HeaderSize
			packed.Splice(dst[:next], n, b.bytes(a))
			n = next
		}
	}
}

// JoinedSize is the size of the one packed block that Join writes.
func (d *Deque) JoinedSize() int {
	n := packed.HeaderSize
	for _, b := range []*block{&d.head, &d.tail} {
		if b.count > 0 {
			n += int(b.size) - packed.HeaderSize
		}
	}
	return n
}

// Adopt makes an empty list one of the elements of a packed block, which may be larger than the limit.
func (d *Deque) Adopt(a *arena.Arena, data []byte, l Limit) {
	if n := packed.Len(data); n > 0 && n <= l.Elements && len(data) <= l.Bytes {
		d.tail = extract(a, data, packed.HeaderSize, len(data), n)
		d.length = uint64(d.tail.count)
		return
	}
	for at := packed.First(data); at >= 0; at = packed.Next(data, at) {
		d.PushBack(a, packed.At(data, at), l)
	}
}

// PushBack puts a value behind the last. The value must not lie in the arena.
func (d *Deque) PushBack(a *arena.Arena, e packed.Elem, l Limit) {
	n, b := e.Size(), &d.tail
	if b.count == 0 || !l.admits(b, n, 1) {
		d.beginTail(a, e, l)
		return
	}
	if b.room(a, false) < n {
		if !b.worthExtending(a, n, l.Bytes) {
			d.beginTail(a, e, l)
			return
		}
		b.extend(a, n, false, l.Bytes)
	}
	packed.InsertElem(b.extended(a, n), int(b.size), e)
	b.size += uint32(n)
	b.count++
	d.length++
}

// PushFront puts a value before the first. The value must not lie in the arena.
func (d *Deque) PushFront(a *arena.Arena, e packed.Elem, l Limit) {
	n, b := e.Size(), &d.head
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
	packed.Prepend(b.bytes(a), e)
	d.length++
}

// beginTail retires the last block and begins another, about as large, with a value.
func (d *Deque) beginTail(a *arena.Arena, e packed.Elem, l Limit) {
	room := firstBlock
	if d.tail.count > 0 {
		room = max(room, a.Size(d.tail.handle()))
		d.tail.tighten(a)
		if d.head.count == 0 && d.pages == 0 {
			d.head = d.tail
		} else {
			d.addLast(a, d.tail)
		}
	}
	d.tail = newBlock(a, e, min(room, l.Bytes), false)
	d.length++
}

// beginHead retires the first block and begins another, about as large, with a value.
func (d *Deque) beginHead(a *arena.Arena, e packed.Elem, l Limit) {
	room := firstBlock
	if d.head.count > 0 {
		room = max(room, a.Size(d.head.handle()))
		d.head.tighten(a)
		if d.tail.count == 0 && d.pages == 0 {
			d.tail = d.head
		} else {
			d.addRef(a, position{0, 0}, d.head)
		}
	}
	d.head = newBlock(a, e, min(room, l.Bytes), true)
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

// last is the block with the last element. If that is in the directory it becomes the tail.
func (d *Deque) last(a *arena.Arena) *block {
	switch {
	case d.tail.count > 0:
		return &d.tail
	case d.pages > 0:
		p := d.lastRef(a)
		d.tail = *d.at(a, p)
		d.removeRef(a, p)
		return &d.tail
	}
	return &d.head
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
	d.length -= uint64(n)
	for n > 0 {
		b := d.last(a)
		if n < b.len() {
			b.dropLast(a, n)
			return
		}
		n -= b.len()
		a.Free(b.handle())
		*b = block{}
	}
}
