package store

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

// scanAll goes once through a database and returns how often each key was seen. between runs between the calls.
func (f *fixture) scanAll(db int, count int64, between func(call int)) map[string]int {
	f.Helper()
	seen, cursor := make(map[string]int), uint64(0)
	for call := 0; ; call++ {
		f.s.Begin(&f.tx, 0, db, f.now)
		cursor = f.tx.Scan(cursor, count, func(e Entry) { seen[string(e.Key())]++ })
		f.tx.End()
		if cursor == 0 {
			return seen
		}
		if call > 1_000_000 {
			f.Fatal("the scan does not end")
		}
		between(call)
	}
}

// TestScanGuarantee: what is there from beginning to end is returned, whatever comes and goes in between.
func TestScanGuarantee(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name            string
		constant, extra int
		count           int64
		grow, shrink    bool
	}{
		{"one key", 1, 0, 1, false, false},
		{"fewer keys than shards", 7, 0, 1, false, false},
		{"fewer keys than shards, growing", 7, 3000, 1, true, false},
		{"COUNT 1", 500, 0, 1, false, false},
		{"growing", 2000, 20000, 10, true, false},
		{"shrinking", 2000, 20000, 10, false, true},
		{"growing and shrinking", 2000, 20000, 100, true, true},
		{"growing and shrinking, COUNT 1", 300, 5000, 1, true, true},
		{"COUNT above all", 2000, 0, math.MaxInt64, false, false},
		{"COUNT 0", 50, 0, 0, false, false},
		{"empty", 0, 0, 10, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, Tuning{})
			for i := range tc.constant {
				f.set(1, "stays"+strconv.Itoa(i), "v", NoExpiry)
			}
			extra := func(i int) string { return "extra" + strconv.Itoa(i) }
			if tc.shrink {
				for i := range tc.extra {
					f.set(1, extra(i), "v", NoExpiry)
				}
			}
			f.set(0, "elsewhere", "v", NoExpiry)
			f.set(1, "expired", "v", f.now-1)
			next := 0
			seen := f.scanAll(1, tc.count, func(int) {
				for range 50 {
					if next == tc.extra {
						return
					}
					if !tc.grow || tc.shrink && next%2 == 0 {
						f.on(1, extra(next), func(tx *Txn, k []byte) { tx.Delete(k) })
					} else {
						f.set(1, extra(next)+"'", "v", NoExpiry)
					}
					next++
				}
			})
			for i := range tc.constant {
				if k := "stays" + strconv.Itoa(i); seen[k] != 1 {
					t.Fatalf("%s was returned %d times", k, seen[k])
				}
			}
			if seen["elsewhere"]+seen["expired"] != 0 {
				t.Error("a key of another database or an expired one was returned")
			}
		})
	}
}

// TestScanRemovesExpired: whoever walks through the keys removes those past their time, unless they have to stay.
func TestScanRemovesExpired(t *testing.T) {
	for _, frozen := range []bool{false, true} {
		t.Run(fmt.Sprint("frozen ", frozen), func(t *testing.T) {
			f := newFixture(t, Tuning{})
			j := new(journal)
			f.s.SetSink(j)
			for i := range 300 {
				f.set(1, "gone"+strconv.Itoa(i), "v", f.now-1)
				f.set(1, "stays"+strconv.Itoa(i), "v", f.now+1000)
			}
			f.s.FreezeExpiry(frozen)
			defer f.s.FreezeExpiry(false)
			if seen := f.scanAll(1, 10, func(int) {}); len(seen) != 300 {
				t.Errorf("%d keys", len(seen))
			}
			want := 300
			if frozen {
				want = 600
			}
			if n := f.size(1); n != want || strings.Count(strings.Join(j.take(), " "), "DEL gone") != 600-want {
				t.Errorf("%d keys are left, want %d, or not all removals were recorded", n, want)
			}
		})
	}
}

// TestScanSparse: keys that are all invisible must not end the scan before the shards that follow.
func TestScanSparse(t *testing.T) {
	for _, visible := range []int{0, 31, 63} {
		t.Run(fmt.Sprint("shard ", visible), func(t *testing.T) {
			f := newFixture(t, Tuning{})
			perShard := make(map[int]int)
			for i := 0; len(perShard) < Shards || perShard[visible] < 4; i++ {
				k := "k" + strconv.Itoa(i)
				at := f.now - 1
				if ShardOf([]byte(k)) == visible {
					at = NoExpiry
				}
				perShard[ShardOf([]byte(k))]++
				f.on(0, k, func(tx *Txn, key []byte) { tx.SetInt(key, 1, at) })
			}
			if seen := f.scanAll(0, 1, func(int) {}); len(seen) != perShard[visible] {
				t.Errorf("returned %d keys of %d", len(seen), perShard[visible])
			}
		})
	}
}

// TestScanWork: a call looks at no more than ten buckets per key asked for.
func TestScanWork(t *testing.T) {
	f := newFixture(t, Tuning{})
	for i := range 20_000 {
		f.set(0, strconv.Itoa(i), "v", f.now-1) // all expired
	}
	calls := 0
	if seen := f.scanAll(0, 10, func(int) { calls++ }); len(seen) != 0 {
		t.Errorf("%d expired keys returned", len(seen))
	}
	buckets := 0
	for i := range f.s.shards {
		buckets += f.s.shards[i].mu.spaces[0].table.Buckets()
	}
	if least := buckets/100 - 1; calls < least {
		t.Errorf("%d buckets in %d calls of COUNT 10", buckets, calls)
	}
}

func TestScanCursors(t *testing.T) {
	f := newFixture(t, Tuning{})
	for i := range 100 {
		f.set(0, strconv.Itoa(i), "v", NoExpiry)
	}
	f.s.Begin(&f.tx, 0, 0, f.now)
	defer f.tx.End()
	for _, cursor := range []uint64{1, 63, 64, 1 << 33, 1 << 40, math.MaxUint64, math.MaxUint64 - 1, math.MaxInt64} {
		for range 10_000 {
			if cursor = f.tx.Scan(cursor, 10, func(Entry) {}); cursor == 0 {
				break
			}
		}
		if cursor != 0 {
			t.Errorf("a scan from a cursor of the client's own making does not end")
		}
	}
}

func TestEach(t *testing.T) {
	f := newFixture(t, Tuning{})
	for i := range 1000 {
		f.set(i%2, strconv.Itoa(i), "v", NoExpiry)
	}
	f.set(0, "expired", "v", f.now-1)
	for _, mask := range []uint64{0, AllShards} {
		seen := make(map[string]int)
		f.s.Begin(&f.tx, mask, 0, f.now)
		f.tx.Each(func(e Entry) { seen[string(e.Key())]++ })
		f.tx.End()
		if len(seen) != 500 || seen["expired"] != 0 {
			t.Errorf("mask %x: %d keys", mask, len(seen))
		}
	}
}
