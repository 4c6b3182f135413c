package dict

import (
	"unsafe"

	"synap/store/arena"
)

// slotBuffer is enough for the slots of any bucket likely to occur; longer
// ones go through the Go heap.
const slotBuffer = 32

func overflowLen(link uint64) uint32 { return uint32(link >> handleBits & tagMask) }

func linkTo(h arena.Handle, slots int) uint64 {
	return linkBit | uint64(slots)<<handleBits | uint64(h)
}

// overflowBytes returns the size of the block for a number of slots: even, so
// that not every insertion moves it, and for many slots geometric.
func overflowBytes(slots int) int { return arena.ClassSize((slots + 1) &^ 1 * 8) }

// overflowOf returns the slots of a bucket's overflow block.
func overflowOf(a *arena.Arena, b *bucket) []uint64 {
	link := b[bucketSlots-1]
	if link&linkBit == 0 {
		return nil
	}
	return unsafe.Slice((*uint64)(a.Ptr(arena.Handle(link&handleMask))), overflowLen(link))
}

// collect appends the entries of a bucket to slots.
func collect(a *arena.Arena, b *bucket, slots []uint64) []uint64 {
	for _, slot := range b {
		if slot != 0 && slot&linkBit == 0 {
			slots = append(slots, slot)
		}
	}
	return append(slots, overflowOf(a, b)...)
}

// place adds an entry to a bucket.
func (t *Table) place(a *arena.Arena, b *bucket, slot uint64) {
	for i := range b {
		if b[i] == 0 {
			b[i] = slot
			return
		}
	}
	link := b[bucketSlots-1]
	if link&linkBit == 0 {
		h := t.allocOverflow(a, 2)
		*(*[2]uint64)(a.Ptr(h)) = [2]uint64{link, slot}
		b[bucketSlots-1] = linkTo(h, 2)
		return
	}
	n := int(overflowLen(link))
	h := t.resizeOverflow(a, arena.Handle(link&handleMask), n, n+1)
	*(*uint64)(unsafe.Add(a.Ptr(h), n*8)) = slot
	b[bucketSlots-1] = linkTo(h, n+1)
}

// popOverflow removes the last entry of a bucket's overflow block and returns
// it. The last but one, if left alone, returns to the bucket.
func (t *Table) popOverflow(a *arena.Arena, b *bucket) uint64 {
	over := overflowOf(a, b)
	n := len(over) - 1
	last := over[n]
	if n == 1 {
		first := over[0]
		t.dropOverflow(a, b)
		b[bucketSlots-1] = first
		return last
	}
	h := arena.Handle(b[bucketSlots-1] & handleMask)
	b[bucketSlots-1] = linkTo(t.resizeOverflow(a, h, n+1, n), n)
	return last
}

// fill puts entries into a bucket, whatever was in it.
func (t *Table) fill(a *arena.Arena, b *bucket, slots []uint64) {
	if len(slots) <= bucketSlots {
		clear(b[copy(b[:], slots):])
		return
	}
	copy(b[:bucketSlots-1], slots)
	slots = slots[bucketSlots-1:]
	h := t.allocOverflow(a, len(slots))
	copy(unsafe.Slice((*uint64)(a.Ptr(h)), len(slots)), slots)
	b[bucketSlots-1] = linkTo(h, len(slots))
}

func (t *Table) allocOverflow(a *arena.Arena, slots int) arena.Handle {
	size := overflowBytes(slots)
	t.overflow += int64(size)
	t.bytes += int64(size)
	t.longest = max(t.longest, uint32(slots))
	return a.Alloc(size)
}

// resizeOverflow makes a block for from slots fit for to slots.
func (t *Table) resizeOverflow(a *arena.Arena, h arena.Handle, from, to int) arena.Handle {
	if overflowBytes(from) == overflowBytes(to) {
		t.longest = max(t.longest, uint32(to))
		return h
	}
	moved := t.allocOverflow(a, to)
	n := min(from, to) * 8
	copy(a.Bytes(moved, n), a.Bytes(h, n))
	t.freeOverflow(a, h, from)
	return moved
}

func (t *Table) freeOverflow(a *arena.Arena, h arena.Handle, slots int) {
	size := overflowBytes(slots)
	t.overflow -= int64(size)
	t.bytes -= int64(size)
	a.Free(h)
}

// dropOverflow frees a bucket's overflow block and empties the slot of its link.
func (t *Table) dropOverflow(a *arena.Arena, b *bucket) {
	link := b[bucketSlots-1]
	if link&linkBit != 0 {
		t.freeOverflow(a, arena.Handle(link&handleMask), int(overflowLen(link)))
		b[bucketSlots-1] = 0
	}
}
