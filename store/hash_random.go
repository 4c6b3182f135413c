package store

import (
	"math/bits"

	"synap/store/arena"
	"synap/store/packed"
)

// below returns a random number from 0 to n-1.
func (h Fields) below(n int) int {
	hi, _ := bits.Mul64(h.t.s.rand.Uint64(), uint64(n))
	return int(hi)
}

// live is the number of fields that are not past their time.
func (h Fields) live() (n int) {
	e := h.entry()
	if !e.Exists() || !e.mayExpire() {
		return h.Len()
	}
	h.Each(func(Field) { n++ })
	return n
}

// randomPatience is how many fields past their time a random pick may meet before all fields are looked at once.
const randomPatience = 100

// Random returns a field, each equally likely. ok is false if there is none.
func (h Fields) Random() (f Field, ok bool) {
	e := h.entry()
	if !e.Exists() {
		return Field{}, false
	}
	switch e.Encoding() {
	case EncHashtable:
		x := e.bigHash()
		for range randomPatience {
			f = x.block(x.table.Random(x.a, h.t.s.rand)).field()
			if !h.expired(f.ExpireAt) {
				return f, true
			}
		}
	case EncListpack:
		x := smallHashOf(EncListpack, e.payload())
		f, _ = x.field(packed.Index(x.block, h.below(x.len())*x.stride))
		return f, true
	}
	h.Sample(1, func(x Field) { f, ok = x, true })
	return f, ok
}

// Sample visits n different fields, or all if there are fewer, every choice of them equally likely, in no particular order.
// visit must not change the store.
func (h Fields) Sample(n int, visit func(f Field)) {
	e := h.entry()
	if !e.Exists() {
		return
	}
	if e.Encoding() == EncHashtable && n < e.FieldCount()/3 && h.sampleSome(e, n, visit) {
		return
	}
	if e.Encoding() == EncListpack {
		x := smallHashOf(EncListpack, e.payload())
		var p picks
		if ranks, ok := p.pick(h.t.s.rand, n, x.len()); ok {
			at, done := packed.HeaderSize, 0
			for _, rank := range ranks {
				var f Field
				f, at = x.field(packed.Skip(x.block, at, (rank-done)*x.stride))
				done = rank + 1
				visit(f)
			}
			return
		}
	}
	left := h.live()
	h.Each(func(f Field) {
		if n > 0 && h.below(left) < n {
			visit(f)
			n--
		}
		left--
	})
}

// sampleSome is Sample for few of many fields: it picks at random until n different ones are found. It gives up, having
// visited nothing, when it keeps finding fields past their time.
func (h Fields) sampleSome(e Entry, n int, visit func(f Field)) bool {
	x := e.bigHash()
	chosen := make(map[arena.Handle]struct{}, n)
	for tries := 4*n + randomPatience; len(chosen) < n; tries-- {
		if tries == 0 {
			return false
		}
		b := x.block(x.table.Random(x.a, h.t.s.rand))
		if !h.expired(b.expireAt()) {
			chosen[b.h] = struct{}{}
		}
	}
	for b := range chosen {
		visit(x.block(b).field())
	}
	return true
}
