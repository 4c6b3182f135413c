package dict

import (
	"math/bits"

	"synap/store/arena"
)

const (
	tagBits    = 27
	handleBits = 36
	tagMask    = 1<<tagBits - 1
	handleMask = 1<<handleBits - 1
	linkBit    = 1 << 63
	maxBuckets = 1 << tagBits

	bucketSlots = 8
	bucketBytes = bucketSlots * 8

	// A table may use budget/16 bytes per entry in buckets and overflow blocks
	// to get shorter buckets, splits anyway above crowded entries per bucket,
	// and merges if they make deserted/2 per bucket left at most. The distance
	// between these keeps an entry coming and going from doing both in turns.
	budget   = 179
	crowded  = 7
	deserted = 9
)

// Table is a hash table of arena handles. The zero value is an empty table
// that owns no memory. It must always be used with the same arena, may be
// moved in memory, even to an odd address, and must be freed with Free (or its
// arena reset).
type Table struct {
	top      address // array of segments
	topBlock arena.Handle
	count    int64
	bytes    int64  // in all blocks owned
	overflow int64  // in overflow blocks
	buckets  uint32 // 0: no memory
	mask     uint32 // 2^(L+1) - 1
	longest  uint32 // no overflow block has more slots
	held     uint32 // visits in progress, which put off growing and shrinking
}

// address is the address of arena memory. It is an integer, and not a pointer
// type, because storing a pointer may make the write barrier look at what was
// in its place before: arena memory never cleared, so possibly anything.
type address uintptr

type bucket [bucketSlots]uint64

// Len returns the number of entries.
func (t *Table) Len() int { return int(t.count) }

// Bytes returns the size of the arena blocks the table owns (entries not
// included), as the arena counts them in Used.
func (t *Table) Bytes() int64 { return t.bytes }

// Buckets returns the number of buckets.
func (t *Table) Buckets() int { return int(t.buckets) }

// index returns the bucket for a hash (or any number with its low 27 bits).
func (t *Table) index(hash uint64) uint32 {
	b := uint32(hash) & t.mask
	if b >= t.buckets {
		b &= t.mask >> 1
	}
	return b
}

func tagOf(hash uint64) uint64 { return hash & tagMask << handleBits }

// Insert adds an entry with the hash; the caller knows that its key is absent.
// The handle must not be 0.
func (t *Table) Insert(a *arena.Arena, hash uint64, h arena.Handle) {
	if t.buckets == 0 {
		t.addBucket(a)
	}
	t.place(a, t.bucket(t.index(hash)), tagOf(hash)|uint64(h))
	t.count++
	if t.held == 0 && t.wantsSplit() {
		t.split(a)
	}
}

// Remove removes the entry p.Next returned last; p is finished then.
func (t *Table) Remove(a *arena.Arena, p *Probe) {
	b, hole := p.bucket, p.at()
	if b[bucketSlots-1]&linkBit == 0 {
		b[hole] = 0
	} else {
		last := t.popOverflow(a, b)
		if hole < bucketSlots-1 {
			b[hole] = last
		} else if over := overflowOf(a, b); hole-bucketSlots < len(over) {
			over[hole-bucketSlots] = last
		} else if len(over) == 0 && hole == bucketSlots {
			b[bucketSlots-1] = last // two were left, and the first goes
		}
	}
	*p = Probe{}
	t.count--
	if t.held == 0 {
		t.shrink(a)
	}
}

// shrink merges at most one bucket, and frees a table without entries.
func (t *Table) shrink(a *arena.Arena) {
	switch {
	case t.count == 0:
		t.Free(a)
	case t.wantsMerge():
		t.merge(a)
	}
}

// hold puts off growing and shrinking until settle, so that the buckets stay
// where they are while an owner's function runs.
func (t *Table) hold() { t.held++ }

// settle makes up for what was put off.
func (t *Table) settle(a *arena.Arena) {
	if t.held--; t.held > 0 || t.buckets == 0 {
		return
	}
	if t.count == 0 {
		t.Free(a)
		return
	}
	for t.wantsSplit() {
		t.split(a)
	}
	for t.wantsMerge() {
		t.merge(a)
	}
}

func (t *Table) wantsSplit() bool {
	if t.buckets == maxBuckets {
		return false
	}
	n := int64(t.buckets)
	return t.count > crowded*n || ((n+1)*bucketBytes+t.overflow)*16 <= t.count*budget
}

func (t *Table) wantsMerge() bool {
	return t.buckets > 1 && t.count*2 < int64(t.buckets-1)*deserted
}

// split adds a bucket and divides the one whose entries it shares.
func (t *Table) split(a *arena.Arena) {
	next := t.buckets
	half := uint32(1) << (bits.Len32(next) - 1)
	t.addBucket(a)
	from, to := t.bucket(next-half), t.bucket(next)
	t.lowerBound(next, t.bound(next-half))
	bit := uint64(half) << handleBits

	if from[bucketSlots-1]&linkBit == 0 {
		n := 0
		for i, slot := range from {
			if slot&bit != 0 {
				to[n] = slot
				n++
				from[i] = 0
			}
		}
		return
	}
	var buf [slotBuffer]uint64
	slots := collect(a, from, buf[:0])
	n := 0 // those that stay come first
	for i, slot := range slots {
		if slot&bit == 0 {
			slots[i], slots[n] = slots[n], slot
			n++
		}
	}
	t.dropOverflow(a, from)
	t.fill(a, from, slots[:n])
	t.fill(a, to, slots[n:])
}

// merge moves the entries of the last bucket to the one it was split from.
func (t *Table) merge(a *arena.Arena) {
	last := t.buckets - 1
	into := last &^ (1 << (bits.Len32(last) - 1))
	from, to := t.bucket(last), t.bucket(into)
	t.lowerBound(into, t.bound(last))

	var buf [2 * slotBuffer]uint64
	slots := collect(a, to, collect(a, from, buf[:0]))
	t.dropOverflow(a, from)
	t.dropOverflow(a, to)
	t.fill(a, to, slots)
	t.removeBucket(a)
}

// Free gives all blocks of the table back and empties it, in time proportional
// to its size. The entries stay: they are the caller's.
func (t *Table) Free(a *arena.Arena) {
	held := t.held
	if t.overflow > 0 {
		for b := range t.buckets {
			t.dropOverflow(a, t.bucket(b))
		}
	}
	for n := t.segments(); n > 0; n-- {
		s := t.segment(n - 1)
		for c := range min(segmentChunks, t.chunks()-(n-1)*segmentChunks) {
			a.Free(s.block(c))
		}
		a.Free(s.handle)
	}
	if t.topBlock != 0 {
		a.Free(t.topBlock)
	}
	*t = Table{held: held}
}

// Drain frees a table a piece at a time, so that the time each call takes is
// bounded: it removes entries from the end until at least limit are gone, or
// all, and calls drop for each (an empty bucket counts as one). It reports
// whether the table is empty. Once begun, a table is for Drain and Free only:
// the rest would grow it again. drop must not use the table.
func (t *Table) Drain(a *arena.Arena, limit int, drop func(arena.Handle)) (empty bool) {
	var buf [slotBuffer]uint64
	for gone := 0; gone < limit && t.count > 0; {
		b := t.bucket(t.buckets - 1)
		slots := collect(a, b, buf[:0])
		t.dropOverflow(a, b)
		*b = bucket{}
		t.count -= int64(len(slots))
		gone += max(len(slots), 1)
		for _, slot := range slots {
			drop(arena.Handle(slot & handleMask))
		}
		if t.buckets > 1 {
			last := t.buckets - 1
			t.lowerBound(last&^(1<<(bits.Len32(last)-1)), t.bound(last))
			t.removeBucket(a)
		}
	}
	if t.count == 0 {
		t.Free(a)
	}
	return t.count == 0
}
