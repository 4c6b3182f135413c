package dict

import (
	"math/bits"
	"math/rand/v2"
	"slices"

	"synap/store/arena"
)

// Position returns the place of a hash in the order of Scan, below 2^27. After
// a call of Scan that returned next, entries placed below next have been
// visited, unless next is 0: then all have.
func Position(hash uint64) uint64 {
	return uint64(bits.Reverse32(uint32(hash&tagMask)) >> (32 - tagBits))
}

// locate returns the bucket of a position and where the next bucket starts, 0
// after the last.
func (t *Table) locate(position uint64) (b uint32, next uint64) {
	b = t.index(Position(position)) // reversal is its own inverse
	width := bits.Len32(t.buckets) - 1
	if half := uint32(1) << width; b >= half || b < t.buckets-half {
		width++ // split in this round
	}
	next = (position>>(tagBits-width) + 1) << (tagBits - width)
	return b, next & tagMask
}

// Scan calls visit for the entries of one bucket and returns the cursor for
// the next call. 0 starts, and is returned at the end. An entry present from
// start to end is visited exactly once however the table changes meanwhile.
// Cursors are below 2^27; a wrong one is harmless. visit may insert and remove
// entries; one removed before its turn is not visited.
func (t *Table) Scan(a *arena.Arena, cursor uint64, visit func(arena.Handle)) (next uint64) {
	if t.buckets == 0 {
		return 0
	}
	cursor &= tagMask
	b, next := t.locate(cursor)
	t.hold()
	t.eachEntry(a, b, cursor, visit)
	t.settle(a)
	return next
}

// eachEntry visits the entries of a bucket from a position on, while growing
// and shrinking are put off. visit may change the bucket.
func (t *Table) eachEntry(a *arena.Arena, b uint32, from uint64, visit func(arena.Handle)) {
	var buf [slotBuffer]uint64
	for i, slot := range collect(a, t.bucket(b), buf[:0]) {
		if Position(slot>>handleBits) < from {
			continue
		}
		if i == 0 || t.has(a, b, slot) {
			visit(arena.Handle(slot & handleMask))
		}
	}
}

// has reports whether the slot is still in a bucket.
func (t *Table) has(a *arena.Arena, b uint32, slot uint64) bool {
	bkt := t.bucket(b)
	return slices.Contains(bkt[:], slot) || slices.Contains(overflowOf(a, bkt), slot)
}

// Rewrite calls replace for the entries of one bucket, in the order and with
// the cursors of Scan, and stores the handles it returns: another's of the same
// hash, or the old. replace must not use the table.
func (t *Table) Rewrite(a *arena.Arena, cursor uint64, replace func(old arena.Handle) arena.Handle) (next uint64) {
	if t.buckets == 0 {
		return 0
	}
	cursor &= tagMask
	b, next := t.locate(cursor)
	bkt := t.bucket(b)
	for _, slots := range [2][]uint64{bkt[:], overflowOf(a, bkt)} {
		for i, slot := range slots {
			if slot != 0 && slot&linkBit == 0 && Position(slot>>handleBits) >= cursor {
				slots[i] = slot&^handleMask | uint64(replace(arena.Handle(slot&handleMask)))
			}
		}
	}
	return next
}

// MoveSparse is Rewrite for defragmentation: move returns where the entry is
// now, or its old handle. The table's own blocks on the way move if the arena
// finds them sparse.
func (t *Table) MoveSparse(a *arena.Arena, cursor uint64, move func(old arena.Handle) arena.Handle) (next uint64) {
	if t.buckets == 0 {
		return 0
	}
	b, _ := t.locate(cursor & tagMask)
	t.moveBlocks(a, b)
	bkt := t.bucket(b)
	if link := bkt[bucketSlots-1]; link&linkBit != 0 {
		n := int(overflowLen(link))
		bkt[bucketSlots-1] = linkTo(moveBlock(a, arena.Handle(link&handleMask), n*8), n)
	}
	return t.Rewrite(a, cursor, move)
}

// moveBlocks moves what bucket b is the first of: chunk, segment, top.
func (t *Table) moveBlocks(a *arena.Arena, b uint32) {
	if b%chunkBuckets != 0 {
		return
	}
	if b == 0 {
		t.topBlock = moveBlock(a, t.topBlock, a.Size(t.topBlock))
		t.top = address(a.Ptr(t.topBlock))
	}
	s := t.segment(b / segmentBuckets)
	if b%segmentBuckets == 0 {
		s.handle = moveBlock(a, s.handle, a.Size(s.handle))
		s.base = address(a.Ptr(s.handle))
	}
	chunk := b / chunkBuckets % segmentChunks
	s.setChunk(a, chunk, moveBlock(a, s.block(chunk), a.Size(s.block(chunk))))
}

// moveBlock moves a block of which n bytes are used, if its place is sparse.
func moveBlock(a *arena.Arena, h arena.Handle, n int) arena.Handle {
	if !a.Sparse(h) {
		return h
	}
	moved := a.Alloc(a.Size(h))
	copy(a.Bytes(moved, n), a.Bytes(h, n))
	a.Free(h)
	return moved
}

// randomTries bounds the search for a place with an entry. At usual loads one
// in three has; the bound is met where few buckets hold nearly all entries.
const randomTries = 128

// Random returns an entry, each equally likely, or 0 if the table is empty.
func (t *Table) Random(a *arena.Arena, rng rand.Source) arena.Handle {
	return t.RandomSlot(a, rng).Handle()
}

// RandomSlot is Random for those who also want the entry's hash.
func (t *Table) RandomSlot(a *arena.Arena, rng rand.Source) Slot {
	switch {
	case t.count == 0:
		return 0
	case t.buckets == 1: // to go through it takes less than to hit one of few entries
		return t.at(a, randomBelow(rng, int(t.count)))
	}
	places := bucketSlots + uint64(t.longest)
	for range randomTries {
		b, rest := bits.Mul64(rng.Uint64(), uint64(t.buckets))
		place, _ := bits.Mul64(rest, places)
		bkt := t.bucket(uint32(b))
		if place < bucketSlots {
			if slot := bkt[place]; slot != 0 && slot&linkBit == 0 {
				return Slot(slot)
			}
		} else if over := overflowOf(a, bkt); place-bucketSlots < uint64(len(over)) {
			return Slot(over[place-bucketSlots])
		}
	}
	return t.at(a, randomBelow(rng, int(t.count)))
}

// at returns entry number n in the order of the buckets.
func (t *Table) at(a *arena.Arena, n int) Slot {
	for b := range t.buckets {
		bkt := t.bucket(b)
		for _, slot := range bkt {
			if slot == 0 || slot&linkBit != 0 {
				continue
			}
			if n == 0 {
				return Slot(slot)
			}
			n--
		}
		over := overflowOf(a, bkt)
		if n < len(over) {
			return Slot(over[n])
		}
		n -= len(over)
	}
	return 0
}
