package dict

import (
	"math/bits"
	"math/rand/v2"
	"unsafe"

	"synap/store/arena"
)

// NoExpiry is the expiry, in seconds since 1970, of an entry that never
// expires. Later expiries are given as NoExpiry-1.
const NoExpiry = 1<<32 - 1

// bound returns the expiry bound of bucket b's group.
func (t *Table) bound(b uint32) uint32 {
	return *t.groupBound(b / groupBuckets)
}

func (t *Table) groupBound(group uint32) *uint32 {
	s := t.segment(group / segmentGroups)
	return (*uint32)(unsafe.Add(load(&s.base), s.capacity*16+group%segmentGroups*4))
}

// lowerBound lowers the expiry bound of bucket b's group to sec.
func (t *Table) lowerBound(b, sec uint32) {
	bound := t.groupBound(b / groupBuckets)
	*bound = min(*bound, sec)
	s := t.segment(b / segmentBuckets)
	s.bound = min(s.bound, sec)
}

// NoteExpiry tells the table that the entry with the hash, which must be in
// the table, expires at sec (seconds since 1970, rounded down).
func (t *Table) NoteExpiry(hash uint64, sec uint32) {
	if t.buckets > 0 {
		t.lowerBound(t.index(hash), sec)
	}
}

// Groups returns the number of groups of buckets. A group has about 45 entries.
func (t *Table) Groups() int { return int((t.buckets + groupBuckets - 1) / groupBuckets) }

// NextExpired returns the first group from group from on that may have an
// entry expiring at or before now, in seconds since 1970.
func (t *Table) NextExpired(from int, now uint32) (group int, ok bool) {
	groups := t.Groups()
	for g := max(from, 0); g < groups; {
		first := g / segmentGroups * segmentGroups
		end := min(first+segmentGroups, groups)
		s := t.segment(uint32(g / segmentGroups))
		if s.bound <= now {
			earliest := uint32(NoExpiry)
			for i, bound := range s.bounds()[g-first : end-first] {
				if bound <= now {
					return g + i, true
				}
				earliest = min(earliest, bound)
			}
			if g == first {
				s.bound = earliest
			}
		}
		g = end
	}
	return 0, false
}

// EarliestExpiry returns a lower bound of all expiries, in seconds since 1970, or
// NoExpiry. Once NextExpired has found nothing more it is later than what was
// asked for.
func (t *Table) EarliestExpiry() uint32 {
	earliest := uint32(NoExpiry)
	for i := range t.segments() {
		earliest = min(earliest, t.segment(i).bound)
	}
	return earliest
}

// VisitGroup calls visit for each entry of a group and makes the expiry bound
// of the group the earliest that visit returns: when the entry, if it is still
// there, expires, or NoExpiry. visit may insert and remove entries; one removed
// before its turn is not visited. A group that does not exist is empty.
func (t *Table) VisitGroup(a *arena.Arena, group int, visit func(arena.Handle) (expiry uint32)) {
	if group < 0 || group >= t.Groups() {
		return
	}
	first := uint32(group) * groupBuckets
	bound := t.groupBound(uint32(group))
	*bound = NoExpiry // what visit notes from here on counts, too
	earliest := uint32(NoExpiry)
	t.hold()
	for b := first; b < min(first+groupBuckets, t.buckets); b++ {
		t.eachEntry(a, b, 0, func(h arena.Handle) { earliest = min(earliest, visit(h)) })
	}
	t.lowerBound(first, earliest)
	t.settle(a)
}

// EachInGroup calls visit for each entry of a group. visit must not change the
// table.
func (t *Table) EachInGroup(a *arena.Arena, group int, visit func(arena.Handle)) {
	if group < 0 || group >= t.Groups() {
		return
	}
	first := uint32(group) * groupBuckets
	for b := first; b < min(first+groupBuckets, t.buckets); b++ {
		bkt := t.bucket(b)
		for _, slot := range bkt {
			if slot != 0 && slot&linkBit == 0 {
				visit(arena.Handle(slot & handleMask))
			}
		}
		for _, slot := range overflowOf(a, bkt) {
			visit(arena.Handle(slot & handleMask))
		}
	}
}

// RandomExpiring returns a random group that may have entries with an expiry.
// Where such groups are common each is equally likely; where they are rare, the
// first after a random one.
func (t *Table) RandomExpiring(rng rand.Source) (group int, ok bool) {
	groups := t.Groups()
	if groups == 0 {
		return 0, false
	}
	start := 0
	for range 16 {
		start = randomBelow(rng, groups)
		if *t.groupBound(uint32(start)) != NoExpiry {
			return start, true
		}
	}
	for _, stretch := range [2][2]int{{start, groups}, {0, start}} {
		for g := stretch[0]; g < stretch[1]; g++ {
			if g%segmentGroups == 0 && t.segment(uint32(g/segmentGroups)).bound == NoExpiry {
				g += segmentGroups - 1
			} else if *t.groupBound(uint32(g)) != NoExpiry {
				return g, true
			}
		}
	}
	return 0, false
}

func randomBelow(rng rand.Source, n int) int {
	hi, _ := bits.Mul64(rng.Uint64(), uint64(n))
	return int(hi)
}
