package dict

import (
	"math/bits"
	"unsafe"

	"synap/store/arena"
)

// Probe is a search for the entries whose tag is a hash's. Any change of the
// table other than by its own Replace and Remove ends its validity.
//
// It has four words because the compiler keeps no larger structure in
// registers, and copying one through memory costs as much as the search.
type Probe struct {
	bucket *bucket
	over   unsafe.Pointer // slots of the overflow block
	tag    uint64
	state  uint64
}

// The parts of Probe.state.
const (
	leftMask  = 1<<bucketSlots - 1 // bit i: slot i has the tag and was not returned yet
	atShift   = 8                  // slot returned last; from bucketSlots on in the overflow block
	atMask    = (1<<28 - 1) << atShift
	overShift = 36 // slots in the overflow block
)

// Probe starts a search for a hash. About one entry in 2^27/buckets has an
// equal tag by chance, so the caller compares the key of each Next returns.
func (t *Table) Probe(a *arena.Arena, hash uint64) Probe {
	if t.buckets == 0 {
		return Probe{}
	}
	b, tag := t.bucket(t.index(hash)), tagOf(hash)
	state := match(b[0], tag) | match(b[1], tag)<<1 | match(b[2], tag)<<2 | match(b[3], tag)<<3 |
		match(b[4], tag)<<4 | match(b[5], tag)<<5 | match(b[6], tag)<<6 | match(b[7], tag)<<7
	link := b[bucketSlots-1]
	if link&linkBit == 0 {
		return Probe{bucket: b, tag: tag, state: state}
	}
	over := a.Ptr(arena.Handle(link & handleMask))
	return Probe{bucket: b, over: over, tag: tag, state: state | uint64(overflowLen(link))<<overShift}
}

// match returns 1 if the slot has the tag, without a branch. An empty slot (0)
// has no tag: the subtraction makes it large. Nor has a link.
func match(slot, tag uint64) (yes uint64) {
	if (slot^tag)-1 < handleMask {
		yes = 1
	}
	return yes
}

// Next returns the next entry with the tag, 0 if there is none.
func (p *Probe) Next() arena.Handle {
	state := p.state
	if state&leftMask == 0 {
		return p.nextOver()
	}
	at := uint64(bits.TrailingZeros64(state))
	p.state = state&(state-1)&^atMask | at<<atShift
	return arena.Handle(p.bucket[at%bucketSlots] & handleMask)
}

// at returns the slot returned last.
func (p *Probe) at() int { return int(p.state & atMask >> atShift) }

// nextOver is Next in the overflow block.
func (p *Probe) nextOver() arena.Handle {
	over := unsafe.Slice((*uint64)(p.over), p.state>>overShift)
	for i := max(p.at()+1-bucketSlots, 0); i < len(over); i++ {
		if match(over[i], p.tag) != 0 {
			p.setAt(bucketSlots + i)
			return arena.Handle(over[i] & handleMask)
		}
	}
	p.setAt(bucketSlots + len(over))
	return 0
}

func (p *Probe) setAt(at int) { p.state = p.state&^atMask | uint64(at)<<atShift }

// Replace makes the slot of the entry Next returned last point to h, where the
// entry, or another of the same hash, is now. h must not be 0.
func (p *Probe) Replace(h arena.Handle) {
	at := p.at()
	slot := &p.bucket[at%bucketSlots]
	if at >= bucketSlots {
		slot = (*uint64)(unsafe.Add(p.over, (at-bucketSlots)*8))
	}
	*slot = p.tag | uint64(h)
}
