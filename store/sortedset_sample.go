package store

import "synap/store/packed"

// sparsePick is how many times larger than the sample a big set must be for picking ranks to beat walking through it.
const sparsePick = 8

// RandomScored returns a rank of the set, each equally likely. The set is not empty.
func (t *Txn) RandomScored(z SortedSetView) (rank int) { return t.below(z.Len()) }

// SampleScored visits n different members, each choice of n equally likely, in no particular order. The set has more
// than n.
func (t *Txn) SampleScored(z SortedSetView, n int, visit func(member []byte, score float64)) {
	if z.root != nil && n <= z.Len()/sparsePick {
		picked := make(map[int]struct{}, n)
		var c SortedCursor
		for len(picked) < n {
			rank := t.below(z.Len())
			if _, again := picked[rank]; !again {
				picked[rank] = struct{}{}
				z.At(rank, &c)
				visit(c.Member(nil), c.Score())
			}
		}
		return
	}
	var p picks
	if ranks, ok := p.pick(t.s.rand, n, z.Len()); z.root == nil && ok {
		c, done := SortedCursor{z: z, at: packed.HeaderSize}, 0
		for _, rank := range ranks {
			c.at = packed.Skip(z.block, c.at, 2*(rank-done))
			done = rank
			visit(c.Member(nil), c.Score())
		}
		return
	}
	d := drawing{t: t, left: z.Len(), need: n}
	z.Each(func(member []byte, score float64) bool {
		if d.next() {
			visit(member, score)
		}
		return d.need > 0
	})
}
