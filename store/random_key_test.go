package store

import (
	"strconv"
	"testing"
)

// TestRandomKeyUniform draws from few keys, of which some shards have several and most have none, and compares the
// frequencies with a uniform distribution.
func TestRandomKeyUniform(t *testing.T) {
	const keys, draws = 50, 50_000
	for _, mask := range []uint64{0, AllShards} {
		f := newFixture(t, Tuning{})
		for i := range keys {
			f.set(0, strconv.Itoa(i), "v", NoExpiry)
			f.set(0, "expired"+strconv.Itoa(i), "v", f.now-1)
		}
		got := make(map[string]int)
		f.s.Begin(&f.tx, mask, 0, f.now)
		for range draws {
			k, ok := f.tx.RandomKey()
			if !ok {
				t.Fatal("no key")
			}
			got[string(k)]++
		}
		f.tx.End()
		checkUniform(t, got, keys, draws)
	}
}

func checkUniform(t *testing.T, got map[string]int, keys, draws int) {
	t.Helper()
	expected, chi := float64(draws)/float64(keys), 0.0
	for i := range keys {
		d := float64(got[strconv.Itoa(i)]) - expected
		chi += d * d / expected
	}
	if len(got) != keys {
		t.Errorf("%d different keys, want %d", len(got), keys)
	}
	if chi > 95 { // 49 degrees of freedom: above 95 once in 10,000 runs
		t.Errorf("chi-square %.1f: not uniform", chi)
	}
}

func TestRandomKeyExpired(t *testing.T) {
	f := newFixture(t, Tuning{})
	draw := func() (key string, ok bool) {
		f.do(0, func(tx *Txn) {
			var k []byte
			k, ok = tx.RandomKey()
			key = string(k)
		})
		return key, ok
	}
	if _, ok := draw(); ok {
		t.Error("a key of an empty database")
	}
	fill := func() {
		for i := range 1000 {
			f.set(0, "expired"+strconv.Itoa(i), "v", f.now-1)
		}
	}
	fill()
	if k, ok := draw(); ok || f.size(0) != 0 {
		t.Errorf("drew %q; %d keys left", k, f.size(0))
	}
	f.s.FreezeExpiry(true)
	defer f.s.FreezeExpiry(false)
	fill()
	if k, ok := draw(); ok || f.size(0) != 1000 {
		t.Errorf("frozen: drew %q; %d keys left", k, f.size(0))
	}
	f.set(0, "live", "v", NoExpiry)
	f.set(0, "alive", "v", NoExpiry)
	got := make(map[string]int)
	for range 200 {
		k, _ := draw()
		got[k]++
	}
	if got["live"] < 60 || got["alive"] < 60 || len(got) != 2 {
		t.Errorf("frozen, among many expired: %v", got)
	}
}

// TestRandomKeyFollows: what comes and goes is picked, and is not, from the next call on, though the sizes of shards are not
// counted for each.
func TestRandomKeyFollows(t *testing.T) {
	f := newFixture(t, Tuning{})
	seen := func(db, draws int) map[string]bool {
		keys := make(map[string]bool)
		f.s.Begin(&f.tx, 0, db, f.now)
		defer f.tx.End()
		for range draws {
			if k, ok := f.tx.RandomKey(); ok {
				keys[string(k)] = true
			}
		}
		return keys
	}
	for i := range 20 {
		key := strconv.Itoa(i)
		f.set(0, key, "v", NoExpiry)
		if got := seen(0, 30); len(got) != 1 || !got[key] {
			t.Errorf("round %d: drew %v", i, got)
		}
		if i%2 == 0 {
			f.do(0, func(t *Txn) { t.Move([]byte(key), 1) })
		} else {
			f.do(0, func(t *Txn) { t.Swap(0, 2) })
			if got := seen(2, 30); len(got) != 1 || !got[key] {
				t.Errorf("round %d: drew %v after a swap", i, got)
			}
			f.do(0, func(t *Txn) { t.Flush(2, i%4 == 1) })
		}
		if got := seen(0, 3); len(got) != 0 {
			t.Errorf("round %d: drew %v from an empty database", i, got)
		}
	}
	// In a large database, whose shards are not counted again for a few changes, no pick fails for that.
	f.fill(3, 1000, "k", func(int) int64 { return NoExpiry })
	seen(3, 1)
	counted := f.s.sizes[3].Load()
	for i := range 1000 / sizesAge {
		f.on(3, "k"+strconv.Itoa(i), func(t *Txn, key []byte) { t.Delete(key) })
	}
	if got := seen(3, 20_000); f.s.sizes[3].Load() != counted || len(got) != 1000-1000/sizesAge {
		t.Errorf("drew %d keys, counted again: %t", len(got), f.s.sizes[3].Load() != counted)
	}
	f.on(3, "k999", func(t *Txn, key []byte) { t.Delete(key) })
	if seen(3, 1); f.s.sizes[3].Load() == counted {
		t.Error("the sizes of shards are used although too much has changed")
	}
}
