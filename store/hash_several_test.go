package store

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"testing"
)

// TestSeveralFields compares commands on several fields with the same on one field after the other: the bytes of a small hash are
// the same, and so the order of its fields.
func TestSeveralFields(t *testing.T) {
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 5))
		f := newFixture(t, Tuning{HashMaxListpackEntries: 24, HashMaxListpackValue: 20})
		name := func() []byte {
			n := rng.IntN(8 + int(seed))
			if n%4 == 0 {
				return strconv.AppendInt(nil, int64(n)-9, 10)
			}
			return fmt.Appendf(nil, "field%d", n)
		}
		value := func() []byte {
			switch n := rng.IntN(1500); {
			case n == 0:
				return bytes.Repeat([]byte{'l'}, 21)
			case n < 250:
				return bytes.Repeat([]byte{'v'}, rng.IntN(20))
			case n < 500:
				return strconv.AppendInt(nil, rng.Int64()>>rng.IntN(64), 10)
			default:
				return []byte("usual")
			}
		}
		for step := range 150 {
			op, n := rng.IntN(7), 1+rng.IntN([]int{3, 20}[rng.IntN(2)])
			var names, pairs [][]byte
			for range n {
				names = append(names, name())
				pairs = append(pairs, names[len(names)-1], value())
			}
			expiry := f.now + rng.Int64N(300)
			f.now += rng.Int64N(20)
			if rng.IntN(25) == 0 { // small again
				for _, key := range []string{"several", "single"} {
					f.on(0, key, func(tx *Txn, k []byte) { tx.Delete(k) })
				}
			}
			several, single := 0, 0
			f.on(0, "several", func(tx *Txn, k []byte) { several = severalAtOnce(tx.Fields(k), op, names, pairs, expiry) })
			f.on(0, "single", func(tx *Txn, k []byte) { single = severalInTurn(tx.Fields(k), op, names, pairs, expiry) })
			if several != single {
				t.Fatalf("seed %d, step %d: operation %d on %d fields returns %d, one by one %d", seed, step, op, n, several, single)
			}
			f.sameHashes(seed, step)
		}
		f.auditHashes()
	}
}

// severalAtOnce sets, removes, finds or lets expire fields, all together.
func severalAtOnce(h Fields, op int, names, pairs [][]byte, expiry int64) (n int) {
	switch op {
	case 0, 1, 2:
		return h.SetAll(pairs)
	case 3:
		return h.DeleteAll(names[:len(names)/3])
	case 4:
		s, ok := h.Search()
		if !ok {
			return severalInTurn(h, op, names, pairs, expiry)
		}
		for _, name := range names {
			if value, ok := s.Find(name); ok {
				n += 1 + value.Len()
			}
		}
		return n
	}
	return severalInTurn(h, op, names, pairs, expiry)
}

// severalInTurn is severalAtOnce one by one.
func severalInTurn(h Fields, op int, names, pairs [][]byte, expiry int64) (n int) {
	switch op {
	case 0, 1, 2:
		for i := 0; i < len(pairs); i += 2 {
			if h.Set(pairs[i], pairs[i+1]) {
				n++
			}
		}
	case 3:
		for _, name := range names[:len(names)/3] {
			if h.Delete(name) {
				n++
			}
		}
	case 4:
		for _, name := range names {
			if f, ok := h.Get(name); ok {
				n += 1 + f.Value.Len()
			}
		}
	case 5, 6:
		if op == 6 && len(names) > 2 { // many hashes shall have no expiries
			break
		}
		if _, ok := h.Get(names[0]); ok {
			h.SetExpiry(names[0], expiry)
		}
	}
	return n
}

// sameHashes verifies that the two hashes are laid out alike.
func (f *fixture) sameHashes(seed uint64, step int) {
	f.Helper()
	var a, b Entry
	var payload []byte
	f.on(0, "several", func(tx *Txn, k []byte) {
		if a = tx.Peek(k); a.Exists() {
			payload = bytes.Clone(a.payload())
		}
	})
	f.on(0, "single", func(tx *Txn, k []byte) { b = tx.Peek(k) })
	switch {
	case a.Exists() != b.Exists():
		f.Fatalf("seed %d, step %d: one of the hashes is gone", seed, step)
	case !a.Exists():
	case a.Encoding() != b.Encoding():
		f.Fatalf("seed %d, step %d: encoded as %v and %v", seed, step, a.Encoding(), b.Encoding())
	case a.Encoding() == EncHashtable:
		if x, y := fieldsOf(a), fieldsOf(b); !maps.Equal(x, y) {
			f.Fatalf("seed %d, step %d: %v and %v", seed, step, x, y)
		}
	case !bytes.Equal(payload, b.payload()):
		f.Fatalf("seed %d, step %d: %q and %q", seed, step, payload, b.payload())
	}
}
