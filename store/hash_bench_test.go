package store

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// numberedPairs are n fields with values of a length.
func numberedPairs(n, length int) (pairs [][]byte) {
	for i := range n {
		pairs = append(pairs, fmt.Appendf(nil, "field-%d", i), fmt.Appendf(nil, "%0*d", length, i))
	}
	return pairs
}

// BenchmarkSetFields sets fields of one small hash: to values as long as those they had, to longer and shorter ones in turns, and
// of a hash that is not there.
func BenchmarkSetFields(b *testing.B) {
	for _, n := range []int{1, 2, 8, 32} {
		long, short := numberedPairs(n, 12), numberedPairs(n, 9)
		for name, turns := range map[string][2][][]byte{"same": {long, long}, "other": {long, short}, "new": {long, nil}} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				s := New(Options{Databases: 1, Tuning: usualHashes})
				b.Cleanup(func() { release(s) })
				key := []byte("hash")
				var t Txn
				for i := 0; b.Loop(); i++ {
					s.Begin(&t, MaskOf(key), 0, epoch0)
					if pairs := turns[i%2]; pairs == nil {
						t.Delete(key)
					} else {
						h := t.Fields(key)
						h.SetAll(pairs)
						h.Changed(n)
					}
					t.End()
				}
			})
		}
	}
}

// BenchmarkSetFieldsRandom sets two fields of random small hashes out of many, sixteen keys prepared together.
func BenchmarkSetFieldsRandom(b *testing.B) {
	const n, batch = 500_000, 16
	s := New(Options{Databases: 1, Tuning: usualHashes})
	b.Cleanup(func() { release(s) })
	pairs := [][]byte{[]byte("f"), []byte("value-of-field"), []byte("g"), []byte("x")}
	set := func(t *Txn, key []byte, mask uint64, ahead []Lookahead) {
		s.Begin(t, mask, 0, epoch0)
		t.Use(ahead)
		h := t.Fields(key)
		h.SetAll(pairs)
		h.Changed(2)
		t.End()
	}
	var t Txn
	var keys [batch][]byte
	for i := range n {
		keys[0] = benchKey(keys[0], i)
		set(&t, keys[0], MaskOf(keys[0]), nil)
	}
	var ahead [batch]Lookahead
	rng := rand.New(rand.NewPCG(1, 2))
	b.ResetTimer()
	for i := 0; i < b.N; i += batch {
		for k := range keys {
			keys[k] = benchKey(keys[k], rng.IntN(n))
			ahead[k] = s.Prepare(0, keys[k])
		}
		for k := range ahead {
			s.Fetch(&ahead[k])
		}
		for k := range keys {
			set(&t, keys[k], ahead[k].Mask(), ahead[k:k+1])
		}
	}
}
