package dict

import (
	"math/bits"
	"unsafe"

	"synap/store/arena"
)

// Probe is a search for the entries whose tag is a hash's. Any change of the
// table other than by its own Replace and Remove ends its validity.
type Probe struct {
	bucket *bucket
	over   unsafe.Pointer // slots of the overflow block
	tag    uint64
	left   uint32 // bit i: slot i has the tag and was not returned yet
	at     uint32 // slot returned last; from bucketSlots on in the overflow block
	next   uint32 // first slot of the overflow block not examined
	slots  uint32 // in the overflow block
}

// Probe starts a search for a hash. About one entry in 2^27/buckets has an
// equal tag by chance, so the caller compares the key of each Next returns.
func (t *Table) Probe(a *arena.Arena, hash uint64) Probe {
	if t.buckets == 0 {
		return Probe{}
	}
	b, tag := t.bucket(t.index(hash)), tagOf(hash)
	left := match(b[0], tag) | match(b[1], tag)<<1 | match(b[2], tag)<<2 | match(b[3], tag)<<3 |
		match(b[4], tag)<<4 | match(b[5], tag)<<5 | match(b[6], tag)<<6 | match(b[7], tag)<<7
	p := Probe{bucket: b, tag: tag, left: left}
	if link := b[bucketSlots-1]; link&linkBit != 0 {
		p.over = a.Ptr(arena.Handle(link & handleMask))
		p.slots = overflowLen(link)
	}
	return p
}

// match returns 1 if the slot has the tag, without a branch. An empty slot (0)
// has no tag: the subtraction makes it large. Nor has a link.
func match(slot, tag uint64) (yes uint32) {
	if (slot^tag)-1 < handleMask {
		yes = 1
	}
	return yes
}

// Next returns the next entry with the tag, 0 if there is none.
func (p *Probe) Next() arena.Handle {
	if p.left == 0 {
		return p.nextOver()
	}
	p.at = uint32(bits.TrailingZeros32(p.left))
	p.left &= p.left - 1
	return arena.Handle(p.bucket[p.at%bucketSlots] & handleMask)
}

// nextOver is Next in the overflow block; kept apart so that Next is inlined.
//
//go:noinline
func (p *Probe) nextOver() arena.Handle {
	over := unsafe.Slice((*uint64)(p.over), p.slots)
	for i := p.next; i < p.slots; i++ {
		if match(over[i], p.tag) != 0 {
			p.at, p.next = bucketSlots+i, i+1
			return arena.Handle(over[i] & handleMask)
		}
	}
	p.next = p.slots
	return 0
}

// Replace makes the slot of the entry Next returned last point to h, where the
// entry, or another of the same key, is now. h must not be 0.
func (p *Probe) Replace(h arena.Handle) {
	slot := &p.bucket[p.at%bucketSlots]
	if p.at >= bucketSlots {
		slot = (*uint64)(unsafe.Add(p.over, (p.at-bucketSlots)*8))
	}
	*slot = p.tag | uint64(h)
}
