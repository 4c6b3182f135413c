package deque

import (
	"synap/store/arena"
	"synap/store/packed"
)

const (
	handleBits = 36
	handleMask = 1<<handleBits - 1

	firstBlock = 512 // bytes of an end's first block
)

// block refers to a packed block: its memory, where in it the block begins, how long it is and how many elements it has. The
// zero block is none.
type block struct {
	where uint64 // handle, and above it the start
	size  uint32
	count uint32
}

func (b *block) handle() arena.Handle { return arena.Handle(b.where & handleMask) }
func (b *block) start() int           { return int(b.where >> handleBits) }
func (b *block) len() int             { return int(b.count) }

func (b *block) place(h arena.Handle, start int) { b.where = uint64(h) | uint64(start)<<handleBits }

// bytes is the packed block.
func (b *block) bytes(a *arena.Arena) []byte { return b.extended(a, 0) }

// extended is the packed block with n bytes of room behind.
func (b *block) extended(a *arena.Arena, n int) []byte {
	start := b.start()
	return a.Bytes(b.handle(), start+int(b.size)+n)[start:]
}

// newBlock is a block of one element in memory of about room bytes, which lie before it or behind it.
func newBlock(a *arena.Arena, l packed.Layout, e packed.Elem, room int, front bool) (b block) {
	b.size, b.count = uint32(packed.HeaderSize+e.Size(l)), 1
	h := a.Alloc(max(room, int(b.size)))
	b.place(h, 0)
	if front {
		b.place(h, a.Size(h)-int(b.size))
	}
	data := b.bytes(a)
	packed.Init(data, l)
	packed.InsertElem(data, packed.HeaderSize, e)
	return b
}

// extract is a new block of a layout, in memory of just the right size, of the n elements between two offsets of data. With their
// header they take size bytes.
func extract(a *arena.Arena, l packed.Layout, data []byte, from, to, n, size int) (b block) {
	b.size, b.count = uint32(size), uint32(n)
	b.place(a.Alloc(int(b.size)), 0)
	packed.Extract(b.bytes(a), l, data, from, to, n)
	return b
}

// as is the block in a layout: itself, or another one in its place.
func (b block) as(a *arena.Arena, l packed.Layout) block {
	data := b.bytes(a)
	if packed.LayoutOf(data) == l {
		return b
	}
	other := extract(a, l, data, packed.HeaderSize, len(data), b.len(), packed.SizeIn(data, l))
	a.Free(b.handle())
	return other
}

// room is how many bytes are free before the block, or behind it.
func (b *block) room(a *arena.Arena, front bool) int {
	if front {
		return b.start()
	}
	return a.Size(b.handle()) - b.start() - int(b.size)
}

// worthExtending reports whether room for n more bytes at an end is had at a price that n and the bytes after it will pay for:
// either there are many free bytes at the other end, or the memory is not yet of full size.
func (b *block) worthExtending(a *arena.Arena, n, full int) bool {
	have := a.Size(b.handle())
	return have-int(b.size)-n >= have/8 || have < arena.ClassSize(full)
}

// extend makes room for n more bytes before the block, or behind it. Memory grows by half, but not beyond full unless it
// must.
func (b *block) extend(a *arena.Arena, n int, front bool, full int) {
	h, need := b.handle(), int(b.size)+n
	if a.Size(h) < need {
		h = a.Alloc(max(need, min(full, need+need/2)))
	}
	b.moveTo(a, h, front)
}

// moveTo moves the block to the start of a piece of memory, or to its end so that the room is in front.
func (b *block) moveTo(a *arena.Arena, h arena.Handle, front bool) {
	old, data, start := b.handle(), b.bytes(a), 0
	if front {
		start = a.Size(h) - int(b.size)
	}
	b.place(h, start)
	copy(b.bytes(a), data)
	if h != old {
		a.Free(old)
	}
}

// tighten gives back memory that the block has no use for, if it is more than size classes differ by.
func (b *block) tighten(a *arena.Arena) {
	if arena.ClassSize(int(b.size)) < a.Size(b.handle()) {
		b.moveTo(a, a.Alloc(int(b.size)), false)
	}
}

// insert puts a value at the i-th place. It fits.
func (b *block) insert(a *arena.Arena, i int, e packed.Elem, full int) {
	n := e.Size(packed.LayoutOf(b.bytes(a)))
	if b.room(a, false) < n {
		b.extend(a, n, false, full)
	}
	at := int(b.size)
	if i < b.len() {
		at = packed.Index(b.bytes(a), i)
	}
	packed.InsertElem(b.extended(a, n), at, e)
	b.size += uint32(n)
	b.count++
}

// cut removes the n elements between two offsets.
func (b *block) cut(a *arena.Arena, from, to, n int) {
	b.size = uint32(packed.Cut(b.bytes(a), from, to, n))
	b.count -= uint32(n)
}

// dropFirst removes the first n elements, of more.
func (b *block) dropFirst(a *arena.Arena, n int) {
	b.beginAt(packed.DropFirst(b.bytes(a), n), n)
}

// beginAt makes the block begin some bytes later, without its first n elements.
func (b *block) beginAt(by, n int) {
	b.where += uint64(by) << handleBits
	b.size -= uint32(by)
	b.count -= uint32(n)
}

// dropLast removes the last n elements, of more.
func (b *block) dropLast(a *arena.Arena, n int) {
	b.size = uint32(packed.DropLast(b.bytes(a), n))
	b.count -= uint32(n)
}
