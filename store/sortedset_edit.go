package store

import (
	"math"

	"synap/store/arena"
	"synap/store/order"
	"synap/store/packed"
)

// SortedSetEditor changes the sorted set under a key: what is there is one, or nothing. A set that has become empty is
// removed with its key.
type SortedSetEditor struct {
	c cell
	n int // members that are going to be added
}

// EditSortedSet is the sorted set under a key, for changing it. n is how many members the caller is about to add,
// repeated ones included: as Redis does, a set that they might make too long for the small encoding gets the big one
// beforehand.
func (t *Txn) EditSortedSet(key []byte, n int) SortedSetEditor {
	return SortedSetEditor{cell{t, key}, n}
}

// View is the set for reading, empty if there is no such key.
func (k SortedSetEditor) View() SortedSetView {
	if e := k.c.entry(); e.Exists() {
		return e.SortedSet()
	}
	return SortedSetView{}
}

// Condition restricts Add.
type Condition uint8

// The conditions. IfGreater and IfLess apply to members that are there.
const (
	IfAbsent Condition = 1 << iota
	IfPresent
	IfGreater
	IfLess
	Increment // no condition: the score is added to what the member has
)

// Outcome is what Add has done.
type Outcome uint8

// The outcomes.
const (
	Refused   Outcome = iota // a condition was not met
	Unchanged                // the member has that score already
	Added
	Updated
	NotANumber // the sum of opposite infinities: nothing was changed
)

// decide returns the new score of a member that is there, and Updated if it is to be set.
func (cond Condition) decide(old, score float64) (float64, Outcome) {
	if cond&IfAbsent != 0 {
		return old, Refused
	}
	if cond&Increment != 0 {
		if score += old; math.IsNaN(score) {
			return old, NotANumber
		}
	}
	switch {
	case cond&IfLess != 0 && score >= old, cond&IfGreater != 0 && score <= old:
		return old, Refused
	case score == old:
		return score, Unchanged
	}
	return score, Updated
}

// Add sets the score of a member, which must be a number, adding it if it is not there. It returns the score the
// member has now. member must not lie in the arena.
func (k SortedSetEditor) Add(member []byte, score float64, cond Condition) (float64, Outcome) {
	c := k.c
	e := c.entry()
	if !e.Exists() {
		if cond&IfPresent != 0 {
			return 0, Refused
		}
		k.create(member, score)
		c.changed()
		return score, Added
	}
	limits := c.t.s.tuning.Load()
	if e.Encoding() != EncSkiplist && k.n > limits.ZSetMaxListpackEntries {
		c.enlarge()
		e = c.entry()
	}
	if e.Encoding() != EncSkiplist {
		z, m := e.SortedSet(), packed.Of(member)
		if at := z.find(m); at >= 0 {
			return c.update(z, at, m, member, score, cond)
		}
		if cond&IfPresent != 0 {
			return 0, Refused
		}
		if z.Len() < limits.ZSetMaxListpackEntries && len(member) <= limits.ZSetMaxListpackValue &&
			smallFits(c.key, len(z.block)+m.Size(packed.TwoWay)+maxPackedScore) {
			c.insert(m, member, score, c.edit(), len(z.block))
			c.changed()
			return score, Added
		}
		c.enlarge()
	}
	return c.addBig(member, score, cond)
}

// SortedSetFits reports whether a sorted set with a member can be stored under key: an entry is one block, an element
// of a big set another, and blocks end at 1 GiB. Commands check it before they add.
func SortedSetFits(key, member []byte) bool {
	return Fits(key, int64(sortedRootSize)) && order.ElementSize(len(member)) <= maxEntry
}

// maxSmallSorted is the longest block of a small sorted set, in bytes, whatever the limits say.
const maxSmallSorted = packed.MaxSize / 2

// smallFits reports whether the block of a small set under key may have n bytes.
func smallFits(key []byte, n int) bool { return n <= maxSmallSorted && Fits(key, int64(n)) }

// maxPackedScore is the most bytes that a score takes in a block.
const maxPackedScore = 10

// sortedLayout is the layout for the block of a small set, of so many bytes as a forward block. Beyond some hundred bytes it
// should not take a walk over all members to find the last ones, which is what leaderboards are asked for.
func sortedLayout(size int) packed.Layout {
	if size <= forwardBlock {
		return packed.Forward
	}
	return packed.TwoWay
}

// create makes the key with one member.
func (k SortedSetEditor) create(member []byte, score float64) {
	limits := k.c.t.s.tuning.Load()
	m := packed.Of(member)
	if max(k.n, 1) > limits.ZSetMaxListpackEntries || len(member) > limits.ZSetMaxListpackValue ||
		!smallFits(k.c.key, packed.HeaderSize+m.Size(packed.TwoWay)+maxPackedScore) {
		payload := k.c.create(SortedSet, EncSkiplist, sortedRootSize)
		root, m := sortedRootOf(payload), k.c.t.find(k.c.key).m
		*root = sortedRoot{}
		root.append(m, m.arena, member, score)
		m.grown(SortedSet, payload, root.blockBytes())
		return
	}
	var buf [8]byte
	s := packScore(score, &buf)
	l := sortedLayout(packed.HeaderSize + pairSize(m, s, packed.Forward))
	b := k.c.create(SortedSet, EncListpack, packed.HeaderSize+pairSize(m, s, l))
	packed.Init(b, l)
	putPair(b, packed.HeaderSize, m, s)
}

// update changes the score of the member at an offset of a small set.
func (c cell) update(z SortedSetView, at int, m packed.Elem, member []byte, score float64, cond Condition) (float64,
	Outcome) {
	scoreAt := packed.Next(z.block, at)
	score, outcome := cond.decide(z.scoreAt(scoreAt), score)
	if outcome != Updated {
		return score, outcome
	}
	b := c.edit()
	var buf [8]byte
	if s := packScore(score, &buf); s.Size(packed.LayoutOf(b)) == packed.SizeAt(b, scoreAt) && z.keeps(at, score, member) {
		packed.ReplaceElem(b, scoreAt, s)
	} else {
		c.insert(m, member, score, b, packed.Delete(b, at, 2))
	}
	c.changed()
	return score, Updated
}

// keeps reports whether the pair at an offset of a small set would be at the same place with another score.
func (z SortedSetView) keeps(at int, score float64, member []byte) bool {
	var back packed.Backward
	if prev := back.Prev(z.block, at, 2); prev >= 0 && z.compareAt(prev, score, member) > 0 {
		return false
	}
	next := packed.Skip(z.block, at, 2)
	return next >= len(z.block) || z.compareAt(next, score, member) > 0
}

// insert puts a new pair into a small set, whose block is the first n bytes of its payload b.
func (c cell) insert(m packed.Elem, member []byte, score float64, b []byte, n int) {
	var buf [8]byte
	s := packScore(score, &buf)
	l := packed.LayoutOf(b)
	if l == packed.Forward && sortedLayout(n+pairSize(m, s, l)) != l {
		l = packed.TwoWay
		to := packed.SizeIn(b[:n], l)
		b = c.convert(EncListpack, to+pairSize(m, s, l), func(was, now []byte) {
			packed.Extract(now, l, was, packed.HeaderSize, n, packed.Len(was))
		})
		n = to
	} else {
		b = c.resize(n + pairSize(m, s, l))
	}
	putPair(b, SortedSetView{block: b[:n]}.place(score, member), m, s)
}

// place is the offset where a pair that is not in a small set belongs.
func (z SortedSetView) place(score float64, member []byte) int {
	end := len(z.block)
	if end == packed.HeaderSize {
		return end
	}
	last := packed.Index(z.block, -2)
	if z.compareAt(last, score, member) < 0 { // most often it is the last
		return end
	}
	at := packed.HeaderSize
	for at < last && z.compareAt(at, score, member) < 0 {
		at = packed.Skip(z.block, at, 2)
	}
	return at
}

// putPair inserts a pair before the one at an offset. The last bytes of b are the room for it.
func putPair(b []byte, at int, member, score packed.Elem) {
	l := packed.LayoutOf(b)
	packed.InsertElem(b[:len(b)-score.Size(l)], at, member)
	packed.InsertElem(b, at+member.Size(l), score)
}

// pairSize is the room for a pair.
func pairSize(member, score packed.Elem, l packed.Layout) int { return member.Size(l) + score.Size(l) }

// AddAll is Add for several members, of which pairs has every second word, and without Increment. It returns how many
// were added, and how many others have another score now.
func (k SortedSetEditor) AddAll(pairs [][]byte, scores []float64, cond Condition) (added, updated int) {
	done := 0
	if e := k.c.entry(); len(scores) > 1 && k.n <= k.c.t.s.tuning.Load().ZSetMaxListpackEntries &&
		(!e.Exists() && cond&IfPresent == 0 || e.Exists() && e.Encoding() != EncSkiplist) {
		done, added, updated = k.addSmall(e, pairs, scores, cond)
	}
	for ; done < len(scores); done++ {
		switch _, outcome := k.Add(pairs[2*done+1], scores[done], cond); outcome {
		case Added:
			added++
		case Updated:
			updated++
		}
	}
	return added, updated
}

// roomKept is the largest room for a value in the making, or a random key, that a Txn keeps for its next use, in bytes.
const roomKept = 16 << 10

// addSmall adds as many of the members, in order, as a small set takes. It works on a copy of the block, so that the entry
// gets its new size once and not with every member.
func (k SortedSetEditor) addSmall(e Entry, pairs [][]byte, scores []float64, cond Condition) (done, added, updated int) {
	t := k.c.t
	b := sortedBlock{append(t.room[:0], make([]byte, packed.HeaderSize)...), k.c.key, t.s.tuning.Load()}
	if packed.Init(b.b, packed.Forward); e.Exists() {
		b.b = append(b.b[:0], e.payload()...)
	}
	for fits := true; done < len(scores); done++ {
		var outcome Outcome
		if outcome, fits = b.set(pairs[2*done+1], scores[done], cond); !fits {
			break
		}
		switch outcome {
		case Added:
			added++
		case Updated:
			updated++
		}
	}
	if cap(b.b) <= roomKept {
		t.room = b.b
	}
	if added+updated == 0 {
		return done, 0, 0
	}
	if e.Exists() {
		k.c.edit()
		copy(k.c.resize(len(b.b)), b.b)
	} else {
		copy(k.c.create(SortedSet, EncListpack, len(b.b)), b.b)
	}
	t.dirty += added + updated - 1
	k.c.changed()
	return done, added, updated
}

// sortedBlock is the block of a small set in the making.
type sortedBlock struct {
	b      []byte
	key    []byte
	limits *Tuning
}

// set is Add without Increment. It reports false, having done nothing, if the member does not fit in a small set.
func (s *sortedBlock) set(member []byte, score float64, cond Condition) (outcome Outcome, fits bool) {
	z, m := SortedSetView{block: s.b}, packed.Of(member)
	at := z.find(m)
	switch {
	case at >= 0:
		if score, outcome = cond.decide(z.scoreAt(packed.Next(s.b, at)), score); outcome != Updated {
			return outcome, true
		}
		s.b = s.b[:packed.Delete(s.b, at, 2)]
	case cond&IfPresent != 0:
		return Refused, true
	case z.Len() >= s.limits.ZSetMaxListpackEntries || len(member) > s.limits.ZSetMaxListpackValue ||
		!smallFits(s.key, len(s.b)+m.Size(packed.TwoWay)+maxPackedScore):
		return Refused, false
	default:
		outcome = Added
	}
	var buf [8]byte
	text := packScore(score, &buf)
	at = SortedSetView{block: s.b}.place(score, member)
	l := packed.LayoutOf(s.b)
	if l == packed.Forward && sortedLayout(len(s.b)+pairSize(m, text, l)) != l {
		l = packed.TwoWay
		s.turn()
		at = SortedSetView{block: s.b}.place(score, member)
	}
	s.b = extended(s.b, len(s.b)+pairSize(m, text, l))
	putPair(s.b, at, m, text)
	return outcome, true
}

// turn makes the block, which is a forward one, a two-way one.
func (s *sortedBlock) turn() {
	var forward [forwardBlock]byte
	was := forward[:copy(forward[:], s.b)]
	s.b = extended(s.b, packed.SizeIn(was, packed.TwoWay))
	packed.Extract(s.b, packed.TwoWay, was, packed.HeaderSize, len(was), packed.Len(was))
}

// enlarge gives a small set the big encoding.
func (c cell) enlarge() {
	m := c.t.find(c.key).m
	c.edit()
	c.convert(EncSkiplist, sortedRootSize, func(was, now []byte) {
		root := sortedRootOf(now)
		*root = sortedRoot{estate: m.room(int64(len(was)))}
		a := m.arenaOf(now)
		SortedSetView{m: m, block: was}.Each(func(member []byte, score float64) bool {
			root.append(m, a, member, score)
			return true
		})
		m.grown(SortedSet, now, root.blockBytes())
	})
}

// append adds a member that is not there and stands behind all others.
func (root *sortedRoot) append(m *shardState, a *arena.Arena, member []byte, score float64) {
	h := root.newElement(a, member, score)
	root.table.Insert(a, m.hashOf(member), h)
	root.index.Append(a, h)
}

func (root *sortedRoot) newElement(a *arena.Arena, member []byte, score float64) arena.Handle {
	h := order.NewElement(a, score, member)
	root.elements += int64(a.Size(h))
	return h
}

// dropElement frees an element that is in neither table nor index any more.
func (root *sortedRoot) dropElement(a *arena.Arena, h arena.Handle) {
	root.elements -= int64(a.Size(h))
	a.Free(h)
}

// addBig is Add for a big set.
func (c cell) addBig(member []byte, score float64, cond Condition) (float64, Outcome) {
	r := c.t.find(c.key)
	m, payload := r.m, r.entry().payload()
	a, root := m.arenaOf(payload), sortedRootOf(payload)
	hash := m.hashOf(member)
	p := root.table.Probe(a, hash)
	h := element(a, &p, member)
	if h == 0 {
		if cond&IfPresent != 0 {
			return 0, Refused
		}
		c.edit()
		h = root.newElement(a, member, score)
		root.table.Insert(a, hash, h)
		root.index.Insert(a, h)
		m.grown(SortedSet, payload, root.blockBytes())
		c.changed()
		return score, Added
	}
	score, outcome := cond.decide(order.Score(a, h), score)
	if outcome == Updated {
		c.edit()
		root.index.SetScore(a, h, score)
		c.changed()
	}
	return score, outcome
}

// Remove takes a member out and reports whether it was there.
func (k SortedSetEditor) Remove(member []byte) bool {
	c := k.c
	e := c.entry()
	if !e.Exists() {
		return false
	}
	z := e.SortedSet()
	last := z.Len() == 1
	if z.root == nil {
		at := z.find(packed.Of(member))
		if at < 0 {
			return false
		}
		if !last {
			c.resize(packed.Delete(c.edit(), at, 2))
		}
	} else {
		p := z.root.table.Probe(z.a, z.m.hashOf(member))
		h := element(z.a, &p, member)
		if h == 0 {
			return false
		}
		if !last {
			c.edit()
			z.root.index.Remove(z.a, h)
			z.root.table.Remove(z.a, &p)
			z.root.dropElement(z.a, h)
			z.m.shrunk(SortedSet, z.root.payload(), 1)
		}
	}
	c.changed()
	if last {
		c.remove()
	}
	return true
}

// RemoveRange takes out the members of the ranks from (inclusive) to to (exclusive), which exist.
func (k SortedSetEditor) RemoveRange(from, to int) {
	c, n := k.c, to-from
	if n <= 0 {
		return
	}
	z := k.View()
	whole := n == z.Len()
	switch {
	case whole: // all goes at once, or in the background
	case z.root == nil:
		b := c.edit()
		c.resize(packed.Delete(b, packed.Index(b, 2*from), 2*n))
	default:
		c.edit()
		z.root.removeRange(z.m, z.a, from, to)
		z.m.shrunk(SortedSet, z.root.payload(), n)
	}
	c.t.dirty += n - 1
	c.changed()
	if whole {
		c.remove()
	}
}

func (root *sortedRoot) removeRange(m *shardState, a *arena.Arena, from, to int) {
	root.index.RemoveRange(a, from, to, func(h arena.Handle) {
		p := root.table.Probe(a, m.hashOf(order.Member(a, h)))
		for p.Next() != h {
		}
		root.table.Remove(a, &p)
		root.dropElement(a, h)
	})
}

// StoreSortedSet sets key to a sorted set of the given members, whatever was there, without expiry. There is at least
// one member, none twice, and they are in order (CompareScored). They may be those of a set that the transaction
// sees, even that of the key itself.
func (t *Txn) StoreSortedSet(key []byte, members []Scored) {
	c, limits := cell{t, key}, t.s.tuning.Load()
	sizes, longest, blocks := [2]int{packed.HeaderSize, packed.HeaderSize}, 0, int64(0)
	var buf [8]byte
	for _, s := range members {
		longest = max(longest, len(s.Member))
		blocks += int64(order.ElementSize(len(s.Member)))
		if len(members) <= limits.ZSetMaxListpackEntries {
			m, score := packed.Of(s.Member), packScore(s.Score, &buf)
			sizes[packed.Forward] += pairSize(m, score, packed.Forward)
			sizes[packed.TwoWay] += pairSize(m, score, packed.TwoWay)
		}
	}
	l := sortedLayout(sizes[packed.Forward])
	size := sizes[l]
	if len(members) > limits.ZSetMaxListpackEntries || longest > limits.ZSetMaxListpackValue ||
		!smallFits(key, size) {
		m, root := t.find(key).m, sortedRoot{}
		root.estate = m.room(blocks)
		a := m.arenaOf(root.payload())
		for _, s := range members {
			root.append(m, a, s.Member, s.Score)
		}
		m.grown(SortedSet, root.payload(), root.blockBytes())
		copy(c.create(SortedSet, EncSkiplist, sortedRootSize), root.payload())
	} else {
		b := make([]byte, size) // the members may lie in what the new value replaces
		packed.Init(b, l)
		at := packed.HeaderSize
		for _, s := range members {
			m, score := packed.Of(s.Member), packScore(s.Score, &buf)
			next := at + pairSize(m, score, l)
			putPair(b[:next], at, m, score)
			at = next
		}
		copy(c.create(SortedSet, EncListpack, size), b)
	}
	c.changed()
}
