package store

import (
	"hash/maphash"
	"math"
	"math/bits"
	"slices"
)

// SortedSource is a sorted set that takes part in a union, an intersection or a difference, or a set, whose members all
// have the score 1. The zero value is empty.
type SortedSource struct {
	Weight float64 // what scores are multiplied with
	sorted SortedSetView
	set    SetView
	isSet  bool
}

// SortedSource is the entry's value as a source of weight 1; ok is false if it is neither sorted set nor set. A missing
// entry is an empty source.
func (e Entry) SortedSource() (s SortedSource, ok bool) {
	s.Weight = 1
	if !e.Exists() {
		return s, true
	}
	switch e.Type() {
	case SortedSet:
		s.sorted = e.SortedSet()
	case Set:
		s.set, s.isSet = e.Set(), true
	default:
		return s, false
	}
	return s, true
}

// Len is the number of members.
func (s *SortedSource) Len() int {
	if s.isSet {
		return s.set.Len()
	}
	return s.sorted.Len()
}

func (s *SortedSource) score(member []byte) (float64, bool) {
	if s.isSet {
		return 1, s.set.Has(member)
	}
	return s.sorted.Score(member)
}

func (s *SortedSource) each(visit func(member []byte, score float64) bool) {
	if !s.isSet {
		s.sorted.Each(visit)
		return
	}
	var digits scratchDigits
	s.set.Each(func(x Member) bool { return visit(x.Bytes(digits[:]), 1) })
}

// Aggregate says how the scores of a member in several sources become one.
type Aggregate uint8

// The ways to aggregate.
const (
	Sum Aggregate = iota
	Min
	Max
)

// of combines two scores as Redis does: opposite infinities add up to 0.
func (a Aggregate) of(x, y float64) float64 {
	switch a {
	case Min:
		if y < x {
			return y
		}
	case Max:
		if y > x {
			return y
		}
	default:
		if x += y; math.IsNaN(x) {
			return 0
		}
	}
	return x
}

// weigh multiplies a score with a weight; an infinity times 0 is 0.
func weigh(score, weight float64) float64 {
	if score *= weight; math.IsNaN(score) {
		return 0
	}
	return score
}

// UniteSorted returns the members of all sources, in order, with aggregated scores. What it returns is valid until a
// source changes.
func (t *Txn) UniteSorted(sources []SortedSource, aggregate Aggregate) []Scored {
	g := gathering{seed: t.s.seed}
	most := 0
	for i := range sources {
		most = max(most, sources[i].Len())
	}
	g.prepare(most)
	for i := range sources {
		weight := sources[i].Weight
		sources[i].each(func(member []byte, score float64) bool {
			score = weigh(score, weight)
			if had := g.find(member); had != nil {
				had.Score = aggregate.of(had.Score, score)
			} else {
				g.add(member, score)
			}
			return true
		})
	}
	return g.inOrder()
}

// IntersectSorted returns the members that are in all sources, in order, with scores aggregated in the order of the
// sources. The first source should be the smallest. What it returns is valid until a source changes.
func (t *Txn) IntersectSorted(sources []SortedSource, aggregate Aggregate) []Scored {
	var g gathering
	first, others := &sources[0], sources[1:]
	first.each(func(member []byte, score float64) bool {
		score = weigh(score, first.Weight)
		for i := range others {
			s, ok := others[i].score(member)
			if !ok {
				return true
			}
			score = aggregate.of(score, s*others[i].Weight)
		}
		g.append(member, score)
		return true
	})
	return g.inOrder()
}

// CountIntersection is how many members are in all sources, but not more than limit, unless that is 0. The first source
// should be the smallest.
func (t *Txn) CountIntersection(sources []SortedSource, limit int) (n int) {
	others := sources[1:]
	sources[0].each(func(member []byte, _ float64) bool {
		for i := range others {
			if _, ok := others[i].score(member); !ok {
				return true
			}
		}
		n++
		return n != limit
	})
	return n
}

// SubtractSorted returns the members of the first source that are in none of the others, in order. What it returns is
// valid until a source changes.
func (t *Txn) SubtractSorted(sources []SortedSource) []Scored {
	var g gathering
	first, others := &sources[0], slices.Clone(sources[1:])
	total := 0
	for i := range others {
		total += others[i].Len()
	}
	if n := first.Len(); len(others) > 1 && n*len(others)/2 > n+total {
		// Many small sources: looking for each member in all of them would take longer than putting them together.
		all := gathering{seed: t.s.seed}
		all.prepare(total)
		for i := range others {
			others[i].each(func(member []byte, _ float64) bool {
				if all.find(member) == nil {
					all.add(member, 0)
				}
				return true
			})
		}
		first.each(func(member []byte, score float64) bool {
			if all.find(member) == nil {
				g.append(member, score)
			}
			return true
		})
		return g.inOrder()
	}
	slices.SortStableFunc(others, func(a, b SortedSource) int { return b.Len() - a.Len() }) // the likeliest first
	first.each(func(member []byte, score float64) bool {
		for i := range others {
			if _, ok := others[i].score(member); ok {
				return true
			}
		}
		g.append(member, score)
		return true
	})
	return g.inOrder()
}

// gathering collects members. With prepare it is a hash table with open addressing, at most half full, of positions
// in the list of members.
type gathering struct {
	members []Scored
	digits  []byte // texts of members that have no memory of their own
	seed    maphash.Seed
	slots   []uint32 // position + 1; 0: free
	free    int      // the slot where the member that find looked for last would stand
}

// prepare makes room for n members; there may be more.
func (g *gathering) prepare(n int) {
	g.members = make([]Scored, 0, n)
	g.slots = make([]uint32, 1<<bits.Len(uint(2*n+1)))
}

// find returns a member, nil if it is not there.
func (g *gathering) find(member []byte) *Scored {
	mask := len(g.slots) - 1
	for i := int(maphash.Bytes(g.seed, member)) & mask; ; i = (i + 1) & mask {
		at := g.slots[i]
		if at == 0 {
			g.free = i
			return nil
		}
		if s := &g.members[at-1]; string(s.Member) == string(member) {
			return s
		}
	}
}

// add adds the member that find has just not found.
func (g *gathering) add(member []byte, score float64) {
	g.append(member, score)
	g.slots[g.free] = uint32(len(g.members))
	if 2*len(g.members) < len(g.slots) {
		return
	}
	g.slots = make([]uint32, 2*len(g.slots))
	for i := range g.members {
		g.find(g.members[i].Member) // is not there yet
		g.slots[g.free] = uint32(i + 1)
	}
}

// append adds a member. A short one may be in the scratch memory of a walk; it is copied.
func (g *gathering) append(member []byte, score float64) {
	if len(member) <= len(scratchDigits{}) {
		n := len(g.digits)
		g.digits = append(g.digits, member...)
		member = g.digits[n:len(g.digits):len(g.digits)]
	}
	g.members = append(g.members, Scored{member, score})
}

// scratchDigits is memory for the text of any integer.
type scratchDigits [20]byte

// inOrder returns the members in order.
func (g *gathering) inOrder() []Scored {
	if !slices.IsSortedFunc(g.members, CompareScored) {
		slices.SortFunc(g.members, CompareScored)
	}
	return g.members
}
