package store

import (
	"strconv"
	"strings"
	"testing"
)

func TestFlush(t *testing.T) {
	for _, tc := range []struct {
		name          string
		db            int
		lazy          bool
		removed, left int
		pending       int
	}{
		{"one database", 1, false, 1000, 2000, 0},
		{"one database, lazily", 1, true, 1000, 2000, 1000},
		{"all", -1, false, 3000, 0, 0},
		{"all, lazily", -1, true, 3000, 0, 3000},
		{"an empty one", 9, true, 0, 3000, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, Tuning{})
			for db := range 3 {
				f.fill(db, 1000, "k", func(i int) int64 { return f.now + int64(i) })
			}
			before := f.s.Used()
			f.do(0, func(tx *Txn) {
				if n := tx.Flush(tc.db, tc.lazy); n != tc.removed || tx.Dirty() != max(tc.removed, 1) {
					t.Errorf("removed %d, dirty %d", n, tx.Dirty())
				}
				if n := tx.PendingReclaim(); n != tc.pending {
					t.Errorf("%d pending", n)
				}
				share := before * int64(tc.pending) / 3000
				if n := tx.PendingBytes(); n < share-share/4 || n > share+share/4 {
					t.Errorf("%d bytes of %d pending, with %d keys of 3000", n, before, tc.pending)
				}
			})
			if n := f.size(0) + f.size(1) + f.size(2); n != tc.left {
				t.Errorf("%d keys left", n)
			}
			if tc.pending > 0 && f.s.Used() != before {
				t.Error("memory that is still to be freed is not counted")
			}
			f.audit()
			for f.s.Reclaim() {
			}
			if u := f.s.Used(); u > before*int64(tc.left+10)/3000 {
				t.Errorf("%d bytes used of %d", u, before)
			}
			f.set(1, "k1", "again", NoExpiry)
			if v, ok := f.get(1, "k1"); v != "again" || !ok {
				t.Error("the database cannot be used again")
			}
		})
	}
}

// TestReclaimed: what was left for later counts once it is freed, each entry once, and starts anew with the statistics.
func TestReclaimed(t *testing.T) {
	f := newFixture(t, Tuning{})
	reclaimed := func(want int64) {
		t.Helper()
		for f.s.Reclaim() {
		}
		f.do(0, func(tx *Txn) {
			if n := tx.Reclaimed(); n != want {
				t.Errorf("%d, want %d", n, want)
			}
			tx.ResetStats()
		})
	}
	for _, lazy := range []bool{false, true} {
		f.fill(0, 100, "k", func(int) int64 { return NoExpiry })
		f.set(1, "stays", "v", NoExpiry)
		f.fillSet("big", 10_000)
		f.do(0, func(tx *Txn) { tx.Flush(0, lazy) })
		reclaimed(map[bool]int64{true: 101}[lazy])
		f.fill(0, 100, "k", func(int) int64 { return NoExpiry })
		f.do(0, func(tx *Txn) { tx.Flush(-1, lazy) })
		reclaimed(map[bool]int64{true: 101}[lazy]) // with the one that stayed before
	}
	f.fillSet("big", 10_000)
	f.on(0, "big", func(tx *Txn, k []byte) { tx.Delete(k) })
	reclaimed(1)
	reclaimed(0)
}

// TestFlushAllLazily: a keyspace that goes lazily keeps its memory, which counts as in use, until Reclaim has given it back
// in bounded slices; new keys do not wait for that.
func TestFlushAllLazily(t *testing.T) {
	f := newFixture(t, Tuning{})
	value := strings.Repeat("v", 3000)
	for i := range 30_000 {
		f.set(i%3, strconv.Itoa(i), value, NoExpiry)
	}
	f.fillSet("big", 10_000)
	used, resident := f.s.Used(), f.s.Resident()
	for round := range 2 { // the second time, most of what went first is still there
		f.do(0, func(tx *Txn) { tx.Flush(-1, true) })
		if u, r := f.s.Used(), f.s.Resident(); u < used || r < resident {
			t.Fatalf("flush %d: %d bytes used, %d resident; they were %d and %d", round, u, r, used, resident)
		}
		f.fill(0, 1000, "new", func(int) int64 { return NoExpiry })
	}
	f.audit()
	most, slices := int64(0), 0
	for last := f.s.Resident(); f.s.Reclaim(); slices++ {
		r := f.s.Resident()
		most, last = max(most, last-r), r
	}
	if most > 1<<20 || slices < 100 {
		t.Errorf("%d slices, of up to %d bytes", slices, most)
	}
	if n := f.size(0); n != 1000 || f.s.Used() > used/50 {
		t.Errorf("%d keys are there in %d bytes", n, f.s.Used())
	}
	f.do(0, func(tx *Txn) { tx.Flush(-1, true) })
	f.fill(0, 10, "new", func(int) int64 { return NoExpiry })
	f.do(0, func(tx *Txn) {
		if tx.Flush(-1, false); tx.PendingReclaim() != 0 || tx.Reclaimed() != 30_001+1000+1000 {
			t.Errorf("after a flush that is not lazy: %d pending, %d reclaimed", tx.PendingReclaim(), tx.Reclaimed())
		}
	})
}

// TestReclaimInSlices: giving memory back is done in bounded slices.
func TestReclaimInSlices(t *testing.T) {
	f := newFixture(t, Tuning{})
	f.fill(0, 150_000, "k", func(int) int64 { return NoExpiry })
	f.fill(1, 2000, "stays", func(int) int64 { return NoExpiry }) // no shard can give up its whole arena
	f.do(0, func(tx *Txn) { tx.Flush(0, true) })
	pending := func() (n int) {
		f.do(0, func(tx *Txn) { n = tx.PendingReclaim() })
		return n
	}
	if n := pending(); n != 150_000 {
		t.Fatalf("%d pending", n)
	}
	for last := pending(); last > 0; last = pending() {
		more := f.s.Reclaim()
		if n := last - pending(); n < 1 || n > 512+100 {
			t.Fatalf("a slice of %d entries", n)
		}
		if !more {
			t.Error("a slice was freed and not reported")
		}
	}
	if f.s.Reclaim() {
		t.Error("nothing is left, and yet something was freed")
	}
}

func TestSwap(t *testing.T) {
	f := newFixture(t, Tuning{})
	f.set(0, "a", "zero", NoExpiry)
	f.set(1, "a", "one", f.now+10)
	f.set(1, "b", "one", NoExpiry)
	f.do(0, func(tx *Txn) {
		tx.Swap(0, 1)
		wantString(t, tx.Read([]byte("a")), "one")
		tx.Swap(1, 5)
		tx.Swap(3, 4)
		if tx.Dirty() != 3 || tx.Len(0) != 2 || tx.Len(1) != 0 || tx.Len(5) != 1 {
			t.Errorf("dirty %d; %d, %d, %d keys", tx.Dirty(), tx.Len(0), tx.Len(1), tx.Len(5))
		}
		wantString(t, tx.Read([]byte("a")), "one")
	})
	f.now += 11
	f.s.ExpireCycle(f.clock, 1e9)
	if n := f.size(0); n != 1 {
		t.Errorf("%d keys after the expiry", n)
	}
}

// TestDefragment deletes most of many keys and lets defragmentation give the memory back.
func TestDefragment(t *testing.T) {
	for _, buckets := range []int{7, 1000} {
		t.Run(strconv.Itoa(buckets), func(t *testing.T) {
			f := newFixture(t, Tuning{})
			const n = 60_000
			value := strings.Repeat("v", 200)
			for i := range n {
				f.set(i%4*3, strconv.Itoa(i), value+strconv.Itoa(i), f.now+int64(i))
			}
			for i := range n {
				if i%8 > 0 {
					f.on(i%4*3, strconv.Itoa(i), func(tx *Txn, k []byte) { tx.Delete(k) })
				}
			}
			want, before, used := f.s.contents(), f.s.Resident(), f.s.Used()
			for range 3 {
				for calls := 0; !f.s.Defragment(buckets); calls++ {
					if calls > n {
						t.Fatal("a pass does not end")
					}
				}
			}
			f.s.Trim()
			if after := f.s.Resident(); after > before*3/4 || f.s.Used() > used || f.s.Moved() == 0 {
				t.Errorf("resident %d, was %d; used %d, was %d; moved %d", after, before, f.s.Used(), used, f.s.Moved())
			}
			if d := differences(f.s.contents(), want); len(d) > 0 {
				t.Errorf("%q", d)
			}
		})
	}
}

// TestDefragmentReachesAll: a pass of small steps goes through every database of every shard.
func TestDefragmentReachesAll(t *testing.T) {
	f := newFixture(t, Tuning{})
	for db := range 16 {
		f.fill(db, 200, "k", func(int) int64 { return NoExpiry })
	}
	buckets := 0
	for i := range f.s.shards {
		for _, sp := range f.s.shards[i].mu.spaces {
			if sp != nil {
				buckets += sp.table.Buckets()
			}
		}
	}
	calls := 1
	for ; !f.s.Defragment(1); calls++ {
	}
	if calls < buckets {
		t.Errorf("a pass of %d calls with one bucket each went through %d buckets", calls, buckets)
	}
}
