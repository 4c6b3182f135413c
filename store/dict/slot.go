package dict

import "synap/store/arena"

// Slot is an entry as a table has it: a part of its hash, and its handle. The
// part is all that any table needs of a hash: it can be given to Insert, Probe,
// Prefetch and Position of this or another table, whose entries have hashes by
// the same function, in place of the whole. That spares hashing the key again,
// and even reading it.
type Slot uint64

// Hash returns the low 27 bits of the entry's hash.
func (s Slot) Hash() uint64 { return uint64(s) >> handleBits }

// Handle returns the entry.
func (s Slot) Handle() arena.Handle { return arena.Handle(s & handleMask) }

// Bucket appends the entries of bucket b, below Buckets, to slots. Buckets of
// the same number in two tables of about one size have entries of like hashes:
// going through one table by number and looking for its entries in the other
// goes through both in order.
func (t *Table) Bucket(a *arena.Arena, b int, slots []Slot) []Slot {
	bkt := t.bucket(uint32(b))
	for _, slot := range bkt {
		if slot != 0 && slot&linkBit == 0 {
			slots = append(slots, Slot(slot))
		}
	}
	for _, slot := range overflowOf(a, bkt) {
		slots = append(slots, Slot(slot))
	}
	return slots
}

// PrefetchSlots starts fetching the beginnings of entries, ahead of visiting
// them.
func PrefetchSlots(a *arena.Arena, slots []Slot) {
	for _, s := range slots {
		prefetch(a.Ptr(s.Handle()))
	}
}
