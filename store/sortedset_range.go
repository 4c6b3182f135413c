package store

import (
	"bytes"

	"synap/store/packed"
)

// ScoreRange is the scores from Min to Max, each included unless it is open.
type ScoreRange struct {
	Min, Max         float64
	MinOpen, MaxOpen bool
}

// reaches reports whether a score is not below the range, and within whether it is not above it.
func (r *ScoreRange) reaches(score float64) bool {
	return score > r.Min || score == r.Min && !r.MinOpen
}

func (r *ScoreRange) within(score float64) bool {
	return score < r.Max || score == r.Max && !r.MaxOpen
}

// LexBound is an end of a LexRange: a member, included unless it is open, or one of the ends of all members.
type LexBound struct {
	Member []byte
	Open   bool
	End    int // -1 before all members, 1 behind all, 0 at Member
}

// compare orders the bound and a member.
func (b *LexBound) compare(member packed.Elem) int {
	if b.End != 0 {
		return b.End
	}
	return -member.Compare(b.Member)
}

// LexRange is the members from Min to Max in the order of bytes.
type LexRange struct{ Min, Max LexBound }

func (r *LexRange) reaches(member packed.Elem) bool {
	c := r.Min.compare(member)
	return c < 0 || c == 0 && !r.Min.Open
}

func (r *LexRange) within(member packed.Elem) bool {
	c := r.Max.compare(member)
	return c > 0 || c == 0 && !r.Max.Open
}

// empty reports whether no member can be in the range.
func (r *LexRange) empty() bool {
	if r.Min.End != 0 || r.Max.End != 0 {
		return r.Min.End > r.Max.End || r.Min.End == r.Max.End
	}
	c := bytes.Compare(r.Min.Member, r.Max.Member)
	return c > 0 || c == 0 && (r.Min.Open || r.Max.Open)
}

// ScoreSpan is the range of scores as ranks: from (inclusive) to to (exclusive).
func (z SortedSetView) ScoreSpan(r ScoreRange) (from, to int) {
	switch {
	case z.root != nil:
		from = z.root.index.RankOfScore(z.a, r.Min, r.MinOpen)
		to = z.root.index.RankOfScore(z.a, r.Max, !r.MaxOpen)
	case z.block != nil:
		if n := z.Len(); r.within(z.scoreAt(packed.Index(z.block, -1))) {
			return z.firstReached(&r), n
		}
		for at := packed.First(z.block); at >= 0 && at < len(z.block); at = packed.Skip(z.block, at, 2) {
			score := z.scoreAt(packed.Next(z.block, at))
			if !r.within(score) {
				break
			}
			if to++; !r.reaches(score) {
				from++
			}
		}
	}
	return from, max(from, to)
}

// EachScored visits the members with a score in a range, in order, until visit returns false.
func (z SortedSetView) EachScored(r ScoreRange, visit func(x Member, score float64) bool) {
	if z.root != nil {
		from, to := z.ScoreSpan(r)
		if from == to {
			return
		}
		var c SortedCursor
		for z.At(from, &c); from < to && visit(Member{Text: c.Member(nil)}, c.Score()); from++ {
			c.Next()
		}
		return
	}
	if z.block == nil {
		return
	}
	sizes := packed.SizesIn(z.block)
	for at := packed.HeaderSize; at < len(z.block); {
		of := at + sizes.At(z.block, at)
		score := z.scoreAt(of)
		if !r.within(score) || r.reaches(score) && !visit(elemMember(packed.At(z.block, at)), score) {
			return
		}
		at = of + sizes.At(z.block, of)
	}
}

// firstReached is the rank of a small set's first member whose score is not below a range.
func (z SortedSetView) firstReached(r *ScoreRange) (rank int) {
	for at := packed.HeaderSize; at < len(z.block) && !r.reaches(z.scoreAt(packed.Next(z.block, at))); rank++ {
		at = packed.Skip(z.block, at, 2)
	}
	return rank
}

// LexSpan is the range of members as ranks, from (inclusive) to to (exclusive), without the first skip members of it,
// with reverse set the last.
//
// It means what it says if all scores are equal. If they are not, a small set gives what a walk from its first member
// in the range finds until one is not in it, as Redis does: passing over members without looking at them.
func (z SortedSetView) LexSpan(r LexRange, reverse bool, skip int) (from, to int) {
	n := z.Len()
	if skip < 0 || skip >= n || r.empty() || !r.reaches(z.memberAt(n-1)) || !r.within(z.memberAt(0)) {
		return 0, 0
	}
	if z.root != nil {
		from, to = z.lexRank(&r.Min, r.Min.Open), z.lexRank(&r.Max, !r.Max.Open)
		if reverse {
			to -= skip
		} else {
			from += skip
		}
		return from, max(from, to)
	}
	if reverse {
		return z.lexSpanBack(&r, n, skip)
	}
	at := packed.HeaderSize
	for !r.reaches(packed.At(z.block, at)) { // the last one does
		at = packed.Skip(z.block, at, 2)
		from++
	}
	if !r.within(packed.At(z.block, at)) {
		return 0, 0
	}
	at = packed.Skip(z.block, at, 2*skip)
	from += skip
	for to = from; at < len(z.block) && r.within(packed.At(z.block, at)); to++ {
		at = packed.Skip(z.block, at, 2)
	}
	return from, to
}

// lexSpanBack is LexSpan of a small set from its end.
func (z SortedSetView) lexSpanBack(r *LexRange, n, skip int) (from, to int) {
	var back packed.Backward
	at := back.Prev(z.block, len(z.block), 2)
	for to = n; !r.within(packed.At(z.block, at)); to-- { // the first one is
		at = back.Prev(z.block, at, 2)
	}
	if !r.reaches(packed.At(z.block, at)) {
		return 0, 0
	}
	for ; skip > 0 && at >= 0; skip-- {
		at = back.Prev(z.block, at, 2)
		to--
	}
	for from = to; at >= 0 && r.reaches(packed.At(z.block, at)); from-- {
		at = back.Prev(z.block, at, 2)
	}
	return from, to
}

// memberAt is the member at a rank.
func (z SortedSetView) memberAt(rank int) packed.Elem {
	if z.root != nil {
		var c SortedCursor
		z.At(rank, &c)
		return packed.Elem{Text: c.Member(nil)}
	}
	return packed.At(z.block, packed.Index(z.block, 2*rank))
}

// lexRank is how many members of a big set stand before a bound, with over set also those at it.
func (z SortedSetView) lexRank(b *LexBound, over bool) int {
	switch {
	case b.End < 0:
		return 0
	case b.End > 0:
		return z.Len()
	}
	return z.root.index.RankOfMember(z.a, b.Member, over)
}
