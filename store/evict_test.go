package store

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

func never() bool { return false }

var policyNames = [...]string{"noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"}

// TestEvictionPolicies evicts some 30% of 4000 keys, of which a half is worth keeping by the policy's own measure, and
// a half of either has an expiry.
func TestEvictionPolicies(t *testing.T) {
	t.Parallel()
	for p := NoEviction; p <= VolatileTTL; p++ {
		t.Run(policyNames[p], func(t *testing.T) {
			f := newFixture(t, Tuning{Policy: p, Samples: 5, LFULogFactor: 10, LFUDecayTime: 1})
			j := new(journal)
			f.s.SetSink(j)
			const n = 4000
			for i := range n {
				at := NoExpiry
				switch {
				case i%4 == 0:
					at = f.now + 1_000_000 + int64(i) // soon
				case i%4 == 1:
					at = f.now + 900_000_000 + int64(i)
				}
				f.set(i/4%2, strconv.Itoa(i), strings.Repeat("v", 50), at)
			}
			f.now += 100_000
			for i := 1; i < n; i += 2 { // the odd ones are in use
				for range 30 {
					f.get(i/4%2, strconv.Itoa(i))
				}
			}
			f.now += 1000
			limit := f.s.Used() * 7 / 10
			evicted, kept := f.s.Evict(limit, f.now, never)
			if p == NoEviction {
				if evicted != 0 || kept {
					t.Errorf("evicted %d, kept %v", evicted, kept)
				}
				return
			}
			used, volatile := 0, 0
			for _, u := range j.take() {
				db, i := 0, 0
				if _, err := fmt.Sscanf(u, "%d DEL %d", &db, &i); err != nil || db != i/4%2 {
					t.Fatalf("effect %q", u)
				}
				used += i % 2
				if i%4 < 2 {
					volatile++
				}
			}
			if !kept || f.s.Used() > limit || f.s.Used() < limit-500 {
				t.Errorf("kept %v: %d bytes used, limit %d", kept, f.s.Used(), limit)
			}
			if left := f.size(0) + f.size(1); left != n-evicted {
				t.Errorf("%d evicted, %d left of %d", evicted, left, n)
			}
			share := func(x int) float64 { return float64(x) / float64(evicted) }
			if p >= VolatileLRU && volatile != evicted || p < VolatileLRU && (share(volatile) < 0.4 || share(volatile) > 0.6) {
				t.Errorf("%d of %d evicted keys had an expiry", volatile, evicted)
			}
			// Of the volatile keys 70% must go and 50% are idle: the share of those in use is 0.3 at best.
			most := map[Policy]float64{AllKeysLRU: 0.03, AllKeysLFU: 0.03, AllKeysRandom: 0.6, VolatileLRU: 0.36, VolatileLFU: 0.36, VolatileRandom: 0.6, VolatileTTL: 0.36}[p]
			if share(used) > most || most > 0.5 && share(used) < 0.4 {
				t.Errorf("%.1f%% of the evicted keys were worth keeping", 100*share(used))
			}
		})
	}
}

func TestEvictLimits(t *testing.T) {
	f := newFixture(t, Tuning{Policy: VolatileLRU, Samples: 5})
	if n, kept := f.s.Evict(0, f.now, never); n != 0 || !kept {
		t.Errorf("empty store: %d, %v", n, kept)
	}
	f.fill(0, 1000, "eternal", func(int) int64 { return NoExpiry })
	f.fill(2, 300, "volatile", func(int) int64 { return f.now + 1e6 })
	if n, kept := f.s.Evict(f.s.Used(), f.now, never); n != 0 || !kept {
		t.Errorf("limit kept already: %d, %v", n, kept)
	}
	calls := 0
	if n, _ := f.s.Evict(0, f.now, func() bool { calls++; return calls == 7 }); n != 7 || f.size(2) != 293 {
		t.Errorf("told to stop after 7: %d, %d left", n, f.size(2))
	}
	if n, kept := f.s.Evict(0, f.now, never); n != 293 || kept || f.size(0) != 1000 {
		t.Errorf("nothing left to evict: %d, %v, %d others", n, kept, f.size(0))
	}
	f.s.SetTuning(Tuning{Policy: AllKeysRandom, Samples: 5})
	if n, kept := f.s.Evict(0, f.now, never); n != 1000 || !kept {
		t.Errorf("all keys: %d, %v", n, kept)
	}
}

// TestEvictFewVolatile: the single key that may go is found among many that may not.
func TestEvictFewVolatile(t *testing.T) {
	for p := VolatileLRU; p <= VolatileTTL; p++ {
		f := newFixture(t, Tuning{Policy: p, Samples: 1, LFUDecayTime: 1})
		f.fill(0, 20_000, "eternal", func(int) int64 { return NoExpiry })
		f.set(0, "the one", "v", f.now+1e6)
		if n, kept := f.s.Evict(f.s.Used()-1, f.now, never); n != 1 || !kept {
			t.Errorf("policy %s: %d, %v", policyNames[p], n, kept)
		}
	}
}

// TestEvictAfterLazyFlush: memory that only waits to be freed is freed before any key goes, under every policy.
func TestEvictAfterLazyFlush(t *testing.T) {
	for _, p := range []Policy{NoEviction, AllKeysLRU} {
		f := newFixture(t, Tuning{Policy: p, Samples: 5})
		f.fill(0, 20_000, "flushed", func(int) int64 { return NoExpiry })
		f.fill(1, 20_000, "stays", func(int) int64 { return NoExpiry })
		f.do(0, func(tx *Txn) {
			if n := tx.Flush(0, true); n != 20_000 || tx.PendingReclaim() != 20_000 {
				t.Errorf("%d flushed, %d pending", n, tx.PendingReclaim())
			}
		})
		if n, kept := f.s.Evict(f.s.Used()*6/10, f.now, never); n != 0 || !kept || f.size(1) != 20_000 {
			t.Errorf("policy %s: evicted %d, kept %v", policyNames[p], n, kept)
		}
	}
}

// TestEvictDoesNotUnmap: what is not used any more, and only waits to be given back to the system, takes none of the time there
// is for making room.
func TestEvictDoesNotUnmap(t *testing.T) {
	f := newFixture(t, collectionTuning)
	f.set(0, "large", strings.Repeat("x", 8<<20), NoExpiry)
	f.on(0, "big", func(tx *Txn, key []byte) { bigValues[Hash](tx, key, 2000) })
	for f.s.Reclaim() {
	}
	f.on(0, "large", func(tx *Txn, key []byte) { tx.Delete(key) })
	f.on(0, "big", func(tx *Txn, key []byte) { tx.Delete(key) })
	steps := 0
	if _, kept := f.s.Evict(10_000, f.now, func() bool { steps++; return steps > 3 }); !kept {
		t.Errorf("%d bytes are used after %d steps", f.s.Used(), steps)
	}
}

// TestEvictPoolOfOtherPolicy: candidates scored by one policy do not go first under another.
func TestEvictPoolOfOtherPolicy(t *testing.T) {
	f := newFixture(t, Tuning{Policy: VolatileTTL, Samples: 10})
	f.fill(0, 100, "busy", func(int) int64 { return f.now + 50_000 })
	for range 30 {
		f.s.Evict(f.s.Used()-1, f.now, never) // one key each time, and more candidates
	}
	f.now += 1000
	f.fill(0, 2000, "idle", func(int) int64 { return NoExpiry })
	f.now += 40_000
	for i := range 100 {
		f.get(0, "busy"+strconv.Itoa(i))
	}
	count := func() (n int) {
		for p := range f.s.contents() {
			if strings.HasPrefix(p.key, "busy") {
				n++
			}
		}
		return n
	}
	busy := count()
	f.s.SetTuning(Tuning{Policy: AllKeysLRU, Samples: 10})
	f.s.Evict(f.s.Used()-2000, f.now, never)
	if n := busy - count(); n > 2 {
		t.Errorf("%d keys in use were evicted while 2000 idle ones were there", n)
	}
}

// TestEvictPersisted: a candidate that has lost its expiry since it was sampled stays.
func TestEvictPersisted(t *testing.T) {
	f := newFixture(t, Tuning{Policy: VolatileLRU, Samples: 10})
	f.fill(0, 100, "k", func(int) int64 { return f.now + 50_000 })
	for range 30 {
		f.s.Evict(f.s.Used()-1, f.now, never)
	}
	left := f.size(0)
	f.do(0, func(tx *Txn) {
		for i := range 100 {
			tx.SetExpiry([]byte("k"+strconv.Itoa(i)), NoExpiry)
		}
	})
	if n, kept := f.s.Evict(0, f.now, never); n != 0 || kept || f.size(0) != left {
		t.Errorf("evicted %d keys without an expiry, kept %v", n, kept)
	}
}

func TestFrequency(t *testing.T) {
	const minute = 60_000
	history := func(at int64, counter uint32) uint32 { return lfuMinute(at)<<8 | counter }
	for _, tc := range []struct {
		name    string
		counter uint32
		minutes int64
		decay   int
		want    uint8
	}{
		{"no time", 100, 0, 1, 100},
		{"ten minutes", 100, 10, 1, 90},
		{"slower decay", 100, 10, 3, 97},
		{"down to zero", 100, 100, 1, 0},
		{"not below", 100, 101, 1, 0},
		{"not below after a day", 5, 1440, 1, 0},
		{"no decay", 255, 10_000, 0, 255},
		{"the clock of minutes wraps around", 100, 1<<16 + 7, 1, 93},
	} {
		tn := &Tuning{LFUDecayTime: tc.decay}
		if got := tn.decayed(history(epoch0, tc.counter), epoch0+tc.minutes*minute); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
	tn := &Tuning{LFULogFactor: 10}
	const always, rarely = 0, 1<<64 - 1
	for _, tc := range []struct {
		counter uint8
		random  uint64
		want    uint8
	}{
		{0, rarely, 1}, {lfuInitial, rarely, lfuInitial + 1}, {lfuInitial + 1, rarely, lfuInitial + 1},
		{lfuInitial + 1, always, lfuInitial + 2}, {254, always, 255}, {255, always, 255},
		{lfuInitial + 10, 1 << 63 / 51, lfuInitial + 11}, {lfuInitial + 10, 1 << 63 / 50, lfuInitial + 10}, // p = 1/101
	} {
		if got := tn.bump(tc.counter, tc.random); got != tc.want {
			t.Errorf("counter %d at %x becomes %d, want %d", tc.counter, tc.random, got, tc.want)
		}
	}
}

// TestEvictBigValues: the memory of a big value comes back in steps, and what is still to come counts: no further value goes as
// long as that would do.
func TestEvictBigValues(t *testing.T) {
	for typ, fill := range bigValues {
		t.Run(typ.String(), func(t *testing.T) {
			const values = 8
			tuning := collectionTuning
			tuning.Policy, tuning.Samples = AllKeysRandom, 5
			f := newFixture(t, tuning)
			for i := range values {
				f.on(0, strconv.Itoa(i), func(tx *Txn, key []byte) { fill(tx, key, 2000) })
			}
			one := f.s.Used() / values
			if n, kept := f.s.Evict(f.s.Used()-one/2, f.now, never); n != 1 || !kept {
				t.Errorf("half of a value too much: evicted %d, kept %v", n, kept)
			}
			if n, kept := f.s.Evict(f.s.Used()-2*one, f.now, never); n < 2 || n > 3 || !kept {
				t.Errorf("two values too much: evicted %d, kept %v", n, kept)
			}
			f.s.FreezeExpiry(true)
			if n, kept := f.s.Evict(0, f.now, never); n != 0 || kept {
				t.Errorf("during a pause: evicted %d, kept %v", n, kept)
			}
		})
	}
}

// Who replaces large values has to free some of what others have left, when that is more than background work can do.
func TestRepay(t *testing.T) {
	for typ, fill := range bigValues {
		t.Run(typ.String(), func(t *testing.T) {
			f := newFixture(t, collectionTuning)
			f.s.owedFree = 1 << 10
			f.on(0, "k", func(tx *Txn, key []byte) { fill(tx, key, 2000) })
			one := f.s.Used()
			for range 20 {
				f.on(0, "k", func(tx *Txn, key []byte) {
					tx.Delete(key)
					fill(tx, key, 2000)
				})
			}
			if used := f.s.Used(); used > 4*one {
				t.Errorf("%d bytes are used for a value of %d", used, one)
			}
			if f.s.Owed() > 3*one {
				t.Errorf("%d bytes of %d are to be freed", f.s.Owed(), f.s.Used())
			}
		})
	}
}

// TestRepayIsShort: a transaction that removes a huge value does not wait until all of it is freed, however much is.
func TestRepayIsShort(t *testing.T) {
	const size = 4 * repaidAtOnce
	f := newFixture(t, collectionTuning)
	f.s.owedFree = 1 << 10
	f.on(0, "k", func(tx *Txn, key []byte) {
		element := make([]byte, 16<<10)
		for range size / len(element) {
			tx.EditList(key).Push(false, [][]byte{element})
		}
	})
	f.on(0, "k", func(tx *Txn, key []byte) { tx.Delete(key) })
	if owed := f.s.Owed(); owed < size-repaidAtOnce-drainAtOnce {
		t.Errorf("%d of %d bytes were freed at once", size-owed, size)
	}
	for f.s.Reclaim() {
	}
	if owed := f.s.Owed(); owed != 0 {
		t.Errorf("%d bytes are owed for good", owed)
	}
}

// TestRepayOfCopies: who fills as much memory as others have left frees that, however much it is.
func TestRepayOfCopies(t *testing.T) {
	f := newFixture(t, collectionTuning)
	f.s.owedFree = 1 << 10
	fill := func(tx *Txn, key []byte) {
		for range 3 * repaidAtOnce >> 14 {
			tx.EditList(key).Push(false, [][]byte{make([]byte, 16<<10)})
		}
	}
	f.on(0, "k", fill)
	one := f.s.Used()
	for range 10 {
		f.on(0, "k", func(tx *Txn, key []byte) { tx.Delete(key) })
		f.on(0, "k", fill)
	}
	if used := f.s.Used(); used > 2*one {
		t.Errorf("%d bytes are used for a value of %d", used, one)
	}
}
