package store

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"unsafe"

	"synap/store/arena"
	"synap/store/dict"
	"synap/store/order"
	"synap/store/packed"
)

// A sorted set is small or big.
//
//   - Small (EncListpack): a packed block of the forward layout of members and scores in turn, in order. A score that is a
//     whole number of at most 2⁶² is stored as an integer; so -0 becomes 0, as in Redis. Another is the bytes of its IEEE
//     form from the sign down, less the zero bytes at the end: 0.5 takes 2 bytes, 0.1 takes 8.
//   - Big (EncSkiplist): a root with a table of the members and an index by score. Both refer to the same blocks, one per
//     member, which hold member and score.

// sortedRoot is the payload of a big sorted set.
type sortedRoot struct {
	table    dict.Table
	index    order.Index
	elements int64 // bytes of the elements' blocks
	estate   uint64
}

const sortedRootSize = int(unsafe.Sizeof(sortedRoot{}))

func sortedRootOf(payload []byte) *sortedRoot {
	return (*sortedRoot)(unsafe.Pointer(unsafe.SliceData(payload[:sortedRootSize])))
}

// payload is the root as a payload.
func (root *sortedRoot) payload() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(root)), sortedRootSize)
}

// blockBytes is the sum of the sizes of all blocks.
func (root *sortedRoot) blockBytes() int64 {
	return root.elements + root.index.Bytes() + root.table.Bytes()
}

// Scored is a member with its score.
type Scored struct {
	Member []byte
	Score  float64
}

// SortedSetView is a sorted set for reading, valid as long as the Entry it is of. The zero value is an empty set.
type SortedSetView struct {
	m     *shardState
	a     *arena.Arena // of a big set's blocks
	block []byte       // of a small set
	root  *sortedRoot  // of a big one
}

// SortedSet is the entry's value; the entry exists and is a sorted set.
func (e Entry) SortedSet() SortedSetView {
	if e.Encoding() == EncSkiplist {
		b := e.payload()
		return SortedSetView{m: e.m, a: e.m.arenaOf(b), root: sortedRootOf(b)}
	}
	return SortedSetView{m: e.m, block: e.payload()}
}

// Big reports whether the set has the big encoding.
func (z SortedSetView) Big() bool { return z.root != nil }

// Len is the number of members.
func (z SortedSetView) Len() int {
	switch {
	case z.root != nil:
		return z.root.index.Len()
	case z.block != nil:
		return packed.Len(z.block) / 2
	}
	return 0
}

// Score returns the score of a member.
func (z SortedSetView) Score(member []byte) (score float64, ok bool) {
	if z.root != nil {
		p := z.root.table.Probe(z.a, z.m.hashOf(member))
		if h := element(z.a, &p, member); h != 0 {
			return order.Score(z.a, h), true
		}
		return 0, false
	}
	if at := z.find(packed.Of(member)); at >= 0 {
		return z.scoreAt(packed.Next(z.block, at)), true
	}
	return 0, false
}

// Rank returns the position of a member, counted from 0 at the lowest score, and its score.
func (z SortedSetView) Rank(member []byte) (rank int, score float64, ok bool) {
	if z.root != nil {
		p := z.root.table.Probe(z.a, z.m.hashOf(member))
		h := element(z.a, &p, member)
		if h == 0 {
			return 0, 0, false
		}
		return z.root.index.Rank(z.a, h), order.Score(z.a, h), true
	}
	at := z.find(packed.Of(member))
	if at < 0 {
		return 0, 0, false
	}
	return packed.Count(z.block, packed.HeaderSize, at) / 2, z.scoreAt(packed.Next(z.block, at)), true
}

// element searches a probe for the element of a member, and returns 0 if there is none.
func element(a *arena.Arena, p *dict.Probe, member []byte) arena.Handle {
	for h := p.Next(); h != 0; h = p.Next() {
		if string(order.Member(a, h)) == string(member) {
			return h
		}
	}
	return 0
}

// find is the offset of a member in a small set, -1 if it is not there.
func (z SortedSetView) find(member packed.Elem) int {
	if z.block == nil {
		return -1
	}
	return packed.FindElem(z.block, packed.First(z.block), member, 1)
}

// scoreAt is the score at an offset of a small set.
func (z SortedSetView) scoreAt(at int) float64 { return packedScore(packed.At(z.block, at)) }

func packedScore(e packed.Elem) float64 {
	if e.IsInt() {
		return float64(e.Int)
	}
	var b [8]byte
	copy(b[:], e.Text)
	return math.Float64frombits(binary.BigEndian.Uint64(b[:]))
}

// wholeMax is the greatest whole number that is stored as an integer.
const wholeMax = 1 << 62

// packScore is the element for a score; buf is memory for its text.
func packScore(score float64, buf *[8]byte) packed.Elem {
	if math.Abs(score) <= wholeMax && score == math.Trunc(score) {
		return packed.OfInt(int64(score))
	}
	u := math.Float64bits(score)
	binary.BigEndian.PutUint64(buf[:], u)
	return packed.Elem{Text: buf[:8-bits.TrailingZeros64(u)/8]}
}

// SortedCursor stands at a member of a sorted set and walks both ways. It is valid until the set changes.
type SortedCursor struct {
	z  SortedSetView
	at int // of the member, in a small set
	c  order.Cursor

	back packed.Backward // in a small set
}

// At sets c to the member at a rank, which must exist.
func (z SortedSetView) At(rank int, c *SortedCursor) {
	c.z = z
	if z.root != nil {
		z.root.index.At(z.a, rank, &c.c)
		return
	}
	c.back.Reset()
	if c.at = packed.Index(z.block, 2*rank); c.at < 0 {
		panic("store: no such rank")
	}
}

// AtBack is At for a walk with Prev.
func (z SortedSetView) AtBack(rank int, c *SortedCursor) {
	if z.root != nil {
		z.At(rank, c)
		return
	}
	c.z = z
	c.at = c.back.Seek(z.block, rank, 2)
}

// Next goes to the next member and reports whether there is one; if not the cursor is at its end.
func (c *SortedCursor) Next() bool {
	if c.z.root != nil {
		return c.c.Next()
	}
	c.back.Reset() // who turns round starts anew
	c.at = packed.Skip(c.z.block, c.at, 2)
	return c.at < len(c.z.block)
}

// Prev goes to the member before and reports whether there is one; if not the cursor is at its end.
func (c *SortedCursor) Prev() bool {
	if c.z.root != nil {
		return c.c.Prev()
	}
	c.at = c.back.Prev(c.z.block, c.at, 2)
	return c.at >= 0
}

// Member is the member: the arena's own bytes, or for an integer its digits in scratch[:0].
func (c *SortedCursor) Member(scratch []byte) []byte {
	if c.z.root != nil {
		return order.Member(c.z.a, c.c.Element())
	}
	return packed.At(c.z.block, c.at).Bytes(scratch)
}

// Score is the member's score.
func (c *SortedCursor) Score() float64 {
	if c.z.root != nil {
		return c.c.Score()
	}
	return c.z.scoreAt(packed.Next(c.z.block, c.at))
}

// Scan visits members of a big set from a cursor on, bucket by bucket, until at least count have been visited, and
// returns the cursor to go on with, 0 at the end; a small set it visits whole. A member that is there from the first
// call to the last is visited once.
func (z SortedSetView) Scan(cursor uint64, count int64, visit func(member []byte, score float64)) (next uint64) {
	if z.root == nil {
		z.Each(func(member []byte, score float64) bool {
			visit(member, score)
			return true
		})
		return 0
	}
	seen, buckets := int64(0), count
	if buckets <= 1<<40 {
		buckets *= 10 // a sparse table must not hold the caller up for long
	}
	for {
		cursor = z.root.table.Scan(z.a, cursor, func(h arena.Handle) {
			seen++
			visit(order.Member(z.a, h), order.Score(z.a, h))
		})
		if buckets--; cursor == 0 || seen >= count || buckets < 0 {
			return cursor
		}
	}
}

// Each visits all members in order until visit returns false. Members are valid during the call.
func (z SortedSetView) Each(visit func(member []byte, score float64) bool) {
	if z.Len() == 0 {
		return
	}
	var c SortedCursor
	var scratch [20]byte
	z.At(0, &c)
	for more := true; more && visit(c.Member(scratch[:]), c.Score()); {
		more = c.Next()
	}
}

// Slice returns the members of the ranks from from (inclusive) to to (exclusive), valid until the set changes.
func (z SortedSetView) Slice(from, to int) []Scored {
	if from >= to {
		return nil
	}
	g := gathering{members: make([]Scored, 0, to-from)}
	var c SortedCursor
	var digits scratchDigits
	z.At(from, &c)
	for ; from < to; from++ {
		g.append(c.Member(digits[:]), c.Score())
		c.Next()
	}
	return g.members
}

// compareAt orders the pair at an offset of a small set and another one: less than 0 if the set's comes first.
func (z SortedSetView) compareAt(at int, score float64, member []byte) int {
	switch s := z.scoreAt(packed.Next(z.block, at)); {
	case s < score:
		return -1
	case s > score:
		return 1
	}
	return packed.At(z.block, at).Compare(member)
}

// CompareScored orders two members as a sorted set does.
func CompareScored(a, b Scored) int {
	switch {
	case a.Score < b.Score:
		return -1
	case a.Score > b.Score:
		return 1
	}
	return bytes.Compare(a.Member, b.Member)
}
