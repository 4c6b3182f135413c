package store

import (
	"math"
	"math/bits"
	"strconv"
	"unsafe"

	"synap/store/arena"
	"synap/store/dict"
	"synap/store/intset"
	"synap/store/packed"
)

// A set is laid out in one of three ways, by rules that are Redis's own (see SetEditor.Add):
//
//   - EncIntset: integers only, sorted, in the entry (package intset);
//   - EncListpack: a packed block of the forward layout in the entry, in the order of insertion (package packed);
//   - EncHashtable: in the entry only a setRoot; a block of its own per member, found through a table (package dict).

// Member is an element of a set as it stands there: a string, or an integer whose decimal digits are the string. Whether
// a string of digits is the one or the other is up to the set's layout. Its text is in the arena, valid until the set
// changes or the transaction ends.
type Member struct {
	Text  []byte
	Int   int64
	IsInt bool

	hashed bool
	hash   uint64 // as much of hashOf as tables need, if hashed
}

// Bytes is the member's text: the arena's own bytes, or the digits of an integer, written to scratch[:0].
func (x Member) Bytes(scratch []byte) []byte {
	if x.IsInt {
		return strconv.AppendInt(scratch[:0], x.Int, 10)
	}
	return x.Text
}

// integer returns the number that the member reads as, if any.
func (x Member) integer() (int64, bool) {
	if x.IsInt {
		return x.Int, true
	}
	return parseInt(x.Text)
}

// elem is the member as a packed block has it.
func (x Member) elem() packed.Elem {
	if x.IsInt {
		return packed.OfInt(x.Int)
	}
	return packed.Of(x.Text)
}

// hashAs is the member's hash; text is its Bytes.
func (x Member) hashAs(m *shardState, text []byte) uint64 {
	if x.hashed {
		return x.hash
	}
	return m.hashOf(text)
}

func intMember(n int64) Member { return Member{Int: n, IsInt: true} }

func elemMember(e packed.Elem) Member { return Member{Text: e.Text, Int: e.Int, IsInt: e.IsInt()} }

// SetView reads a set. It is valid as long as the entry it came from.
type SetView struct {
	m   *shardState
	a   *arena.Arena // of a large set's blocks
	enc Encoding
	b   []byte // the payload
}

// Set is the view of the set in an entry of that type.
func (e Entry) Set() SetView { return e.m.setView(e.Encoding(), e.payload()) }

func (m *shardState) setView(enc Encoding, payload []byte) SetView {
	v := SetView{m: m, enc: enc, b: payload}
	if enc == EncHashtable {
		v.a = m.arenaOf(payload)
	}
	return v
}

func (v SetView) table() *dict.Table { return &setRootOf(v.b).table }

// same reports whether two views are of one set.
func (v SetView) same(w SetView) bool { return unsafe.SliceData(v.b) == unsafe.SliceData(w.b) }

// Packed reads the members of a small set. ok is false if it is not laid out as a packed block.
func (v SetView) Packed() (r BlockReader, ok bool) {
	return packed.ReaderOf(v.b), v.enc == EncListpack
}

// Len is the number of members.
func (v SetView) Len() int {
	switch v.enc {
	case EncIntset:
		return intset.Len(v.b)
	case EncListpack:
		return packed.Len(v.b)
	}
	return v.table().Len()
}

// Has reports whether x is a member.
func (v SetView) Has(x []byte) bool { return v.has(Member{Text: x}) }

func (v SetView) has(x Member) bool {
	switch v.enc {
	case EncIntset:
		n, ok := x.integer()
		if ok {
			_, ok = intset.Find(v.b, n)
		}
		return ok
	case EncListpack:
		return packed.FindElem(v.b, packed.First(v.b), x.elem(), 0) >= 0
	}
	var digits [20]byte
	text := x.Bytes(digits[:])
	_, h := setRootOf(v.b).find(v.a, x.hashAs(v.m, text), text)
	return h != 0
}

// Each visits the members until visit returns false.
func (v SetView) Each(visit func(x Member) bool) {
	switch v.enc {
	case EncIntset:
		for i := range intset.Len(v.b) {
			if !visit(intMember(intset.At(v.b, i))) {
				return
			}
		}
	case EncListpack:
		sizes := packed.SizesIn(v.b)
		for at := packed.HeaderSize; at < len(v.b); at += sizes.At(v.b, at) {
			if !visit(elemMember(packed.At(v.b, at))) {
				return
			}
		}
	default:
		var buf slotBuffer
		for b := 0; b < v.table().Buckets(); {
			next, slots := v.batch(b, buf[:0])
			b = next
			for _, s := range slots {
				if !visit(v.member(s)) {
					return
				}
			}
		}
	}
}

// Scan visits some count members from cursor on and returns the cursor to go on with, 0 at the end. A member that is there
// from the first call to the last is visited at least once, however the set changes in between. Small sets are visited as
// a whole.
func (v SetView) Scan(cursor uint64, count int64, visit func(x Member)) (next uint64) {
	if v.enc != EncHashtable {
		v.Each(func(x Member) bool {
			visit(x)
			return true
		})
		return 0
	}
	buckets := max(count, 1) // that may be looked at: few members in many buckets must not hold the caller up for long
	if buckets <= math.MaxInt64/10 {
		buckets *= 10
	}
	for seen := int64(0); ; {
		cursor = v.table().Scan(v.a, cursor, func(h arena.Handle) {
			seen++
			visit(Member{Text: memberText(v.a.Ptr(h))})
		})
		if buckets--; cursor == 0 || seen >= count || buckets <= 0 {
			return cursor
		}
	}
}

// RandomMember returns a member, each equally likely. The set is not empty.
func (t *Txn) RandomMember(v SetView) Member {
	switch v.enc {
	case EncIntset:
		return intMember(intset.At(v.b, t.below(intset.Len(v.b))))
	case EncListpack:
		return elemMember(packed.At(v.b, packed.Index(v.b, t.below(packed.Len(v.b)))))
	}
	return v.member(v.table().RandomSlot(v.a, t.s.rand))
}

// below is a random number from 0 to below n.
func (t *Txn) below(n int) int {
	hi, _ := bits.Mul64(t.s.rand.Uint64(), uint64(n))
	return int(hi)
}

// sparseSample is how many times larger than the sample a table must be for picking at random to beat going through it.
const sparseSample = 3

// Sample visits n different members, each choice of n equally likely, in no particular order. The set has more than n.
func (t *Txn) Sample(v SetView, n int, visit func(x Member)) {
	if v.enc == EncHashtable && n <= v.Len()/sparseSample {
		picked := make(map[arena.Handle]struct{}, n)
		for len(picked) < n {
			s := v.table().RandomSlot(v.a, t.s.rand)
			if _, again := picked[s.Handle()]; !again {
				picked[s.Handle()] = struct{}{}
				visit(v.member(s))
			}
		}
		return
	}
	var p picks
	if ranks, ok := p.pick(t.s.rand, n, v.Len()); v.enc == EncListpack && ok {
		at, done := packed.HeaderSize, 0
		for _, rank := range ranks {
			at = packed.Skip(v.b, at, rank-done)
			done = rank
			visit(elemMember(packed.At(v.b, at)))
		}
		return
	}
	d := drawing{t: t, left: v.Len(), need: n}
	v.Each(func(x Member) bool {
		if d.next() {
			visit(x)
		}
		return d.need > 0
	})
}

// drawing picks some of many that pass one by one, each choice equally likely.
type drawing struct {
	t          *Txn
	left, need int // how many are still to pass, and to be picked
}

// next reports whether the one that passes now is picked.
func (d *drawing) next() bool {
	picked := d.t.below(d.left) < d.need
	d.left--
	if picked {
		d.need--
	}
	return picked
}
