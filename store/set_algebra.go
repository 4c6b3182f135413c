package store

import (
	"cmp"
	"slices"
)

// Set operations look for the members of one set in others. All tables of a store hash alike, so the hash that a member's
// slot in one table shows is good for finding it in another: nothing is hashed, and a text is read only to be compared
// with one that almost certainly is the same. Tables are gone through in batches, which lets the memory they need arrive
// side by side (SetView.keep).

func bySize(v, w SetView) int { return cmp.Compare(v.Len(), w.Len()) }

func byFallingSize(v, w SetView) int { return cmp.Compare(w.Len(), v.Len()) }

// eachAmong visits the members of v that each of the others has, or with want false that none has, until visit returns
// false.
func (v SetView) eachAmong(others []SetView, want bool, visit func(x Member) bool) {
	if v.enc != EncHashtable {
		v.eachSmallAmong(others, want, visit)
		return
	}
	var buf slotBuffer
	for b := 0; b < v.table().Buckets(); {
		next, slots := v.batch(b, buf[:0])
		b = next
		for _, w := range others {
			slots = v.keep(slots, w, want)
		}
		for _, s := range slots {
			if !visit(v.member(s)) {
				return
			}
		}
	}
}

// Intersect visits the members that all the sets have, until visit returns false. There is at least one set; the order of
// sets changes.
func Intersect(sets []SetView, visit func(x Member) bool) {
	slices.SortStableFunc(sets, bySize)
	others := sets[1:]
	for len(others) > 0 && others[0].same(sets[0]) {
		others = others[1:]
	}
	sets[0].eachAmong(others, true, visit)
}

// subtractByProbing chooses between Redis's two ways to subtract sets from the first: to look for each of its members in
// the others, or to remove theirs from a copy of it.
func subtractByProbing(sets []SetView) bool {
	probing, removing := 0, 0
	for _, v := range sets {
		probing += sets[0].Len()
		removing += v.Len()
	}
	return probing/2 <= removing
}

// emptyDifference reports whether the first set is also one of the others.
func emptyDifference(sets []SetView) bool {
	return slices.ContainsFunc(sets[1:], func(v SetView) bool { return v.same(sets[0]) })
}

// Subtract visits the members of the first set that no other has. The order of the others changes.
func Subtract(sets []SetView, visit func(x Member)) {
	switch {
	case emptyDifference(sets):
	case subtractByProbing(sets):
		slices.SortStableFunc(sets[1:], byFallingSize)
		sets[0].eachAmong(sets[1:], false, func(x Member) bool {
			visit(x)
			return true
		})
	default:
		b := SetBuilder{m: sets[0].m}
		b.start(EncIntset)
		b.Subtract(sets)
		b.view().Each(func(x Member) bool {
			visit(x)
			return true
		})
		b.Discard()
	}
}

// uniteByProbing chooses between two ways to visit the members of sets once, the largest set first: to look for each
// member in the sets before its own, or to collect all in a set of their own, where one of them costs as much as some
// probes.
func uniteByProbing(sets []SetView) bool {
	const collecting = 6
	probes, members := 0, 0
	for i, v := range sets {
		probes += i * v.Len()
		members += v.Len()
	}
	return probes <= collecting*members
}

// Unite visits the members of all the sets, each once. There is at least one set; the order of sets changes.
func Unite(sets []SetView, visit func(x Member)) {
	each := func(x Member) bool {
		visit(x)
		return true
	}
	slices.SortStableFunc(sets, byFallingSize)
	if uniteByProbing(sets) {
		for i, v := range sets {
			v.eachAmong(sets[:i], false, each)
		}
		return
	}
	b := SetBuilder{m: sets[0].m}
	b.start(EncIntset)
	b.Unite(sets)
	b.view().Each(each)
	b.Discard()
}

// Intersect makes the builder's set, which is empty, the intersection of the others, of which there is at least one. It is
// an intset if it consists of integers alone and is not too large.
func (b *SetBuilder) Intersect(sets []SetView) {
	slices.SortStableFunc(sets, bySize)
	if sets[0].enc != EncIntset {
		b.start(EncListpack) // faster to add to, and perhaps the right thing
	}
	Intersect(sets, func(x Member) bool {
		if !b.strings {
			_, isInt := x.integer()
			b.strings = !isInt
		}
		b.append(x)
		return true
	})
	if n := b.Len(); n > 0 && !b.strings && n <= b.m.tuning.Load().intsetLimit() {
		b.toIntset()
	}
}

// Subtract makes the builder's set, which is empty, the first of the others less the rest.
func (b *SetBuilder) Subtract(sets []SetView) {
	if emptyDifference(sets) {
		return
	}
	if subtractByProbing(sets) {
		Subtract(sets, b.append)
		return
	}
	sets[0].Each(func(x Member) bool {
		b.append(x)
		return true
	})
	for _, v := range sets[1:] {
		v.Each(func(x Member) bool {
			b.remove(x)
			return b.Len() > 0
		})
	}
}

// Unite makes the builder's set, which is empty, the union of the others.
func (b *SetBuilder) Unite(sets []SetView) {
	if len(sets) == 0 {
		return
	}
	slices.SortStableFunc(sets, byFallingSize)
	sets[0].Each(func(x Member) bool {
		b.append(x)
		return true
	})
	for _, v := range sets[1:] {
		v.Each(func(x Member) bool {
			b.add(x)
			return true
		})
	}
}
