package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestSortedSetModel carries random operations out on sorted sets and their twins.
func TestSortedSetModel(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			newSortedModel(t, seed).run(4000)
		})
		t.Run(fmt.Sprint("wide, seed ", seed), func(t *testing.T) {
			m := newTunedSortedModel(t, seed, wideTuning)
			m.run(4000)
			if m.seen != [2]bool{true, true} {
				t.Errorf("not both layouts: %v", m.seen)
			}
		})
	}
}

// sortedSink keeps what a snapshot saves of sorted sets, as text.
type sortedSink struct {
	testing.TB
	saved map[string]string
}

func (s *sortedSink) Save(_ int, e Entry) {
	if s.saved[string(e.Key())] != "" {
		s.Errorf("%s was saved twice", e.Key())
	}
	s.saved[string(e.Key())] = fmt.Sprint(e.Encoding(), e.SortedSet().Slice(0, e.SortedSet().Len()))
}

// TestSortedSetSnapshot changes sorted sets in all ways between the steps of snapshots, which must show them as they
// were.
func TestSortedSetSnapshot(t *testing.T) {
	m := newSortedModel(t, 99)
	for range 20 {
		for range 60 {
			m.add()
		}
		want := map[string]string{}
		for key, w := range m.want {
			want[key] = fmt.Sprint(w.enc, w.ordered())
		}
		sink := &sortedSink{t, map[string]string{}}
		snap, err := m.s.NewSnapshot(sink, nil)
		if err != nil {
			t.Fatal(err)
		}
		for more := true; more; more = snap.Step(1) {
			m.step()
		}
		for key, w := range want {
			if got := sink.saved[key]; strings.ReplaceAll(got, "-0}", "0}") != strings.ReplaceAll(w, "-0}", "0}") {
				t.Fatalf("%s was saved as %s, want %s", key, got, w)
			}
		}
		if len(sink.saved) != len(want) {
			t.Fatalf("saved %d keys, want %d", len(sink.saved), len(want))
		}
	}
}

// TestSortedSetOfManyMembers: a large set is freed in pieces, copied to another shard, and moved off sparse pages.
func TestSortedSetOfManyMembers(t *testing.T) {
	const n = 20_000
	f := newFixture(t, Tuning{ZSetMaxListpackEntries: 128, ZSetMaxListpackValue: 64})
	key, other := []byte("z"), []byte("copy")
	f.do(0, func(tx *Txn) {
		for i := range n {
			tx.EditSortedSet(key, 1).Add([]byte("member:"+strconv.Itoa(i)), float64(i*7919%n), 0)
			tx.SetString([]byte("filler:"+strconv.Itoa(i)), make([]byte, 8+i%64), NoExpiry)
		}
	})
	f.audit()
	f.do(0, func(tx *Txn) {
		for i := range n {
			if i%8 != 0 {
				tx.EditSortedSet(key, 1).Remove([]byte("member:" + strconv.Itoa(i)))
				tx.Delete([]byte("filler:" + strconv.Itoa(i)))
			}
		}
	})
	for range 400 * Shards { // each call is one shard, each pass a piece of the set
		f.s.Defragment(1 << 20)
	}
	f.audit()
	if f.s.Moved() < n/16 {
		t.Errorf("only %d blocks have moved", f.s.Moved())
	}
	f.do(0, func(tx *Txn) {
		tx.Copy(key, other, 3, false)
		tx.Select(3)
		a, b := tx.Read(other).SortedSet(), tx.Peek(other).SortedSet()
		if a.Len() != n/8 || !slices.EqualFunc(a.Slice(0, n/8), b.Slice(0, n/8), sameScored) {
			t.Errorf("the copy has %d members", a.Len())
		}
		tx.Delete(other)
		if tx.PendingReclaim() == 0 {
			t.Error("a large set was freed at once")
		}
	})
	f.audit()
	for f.s.Reclaim() {
	}
	f.audit()
}

// TestSortedSetMemory keeps the memory of large and small sets in bounds.
func TestSortedSetMemory(t *testing.T) {
	f := newFixture(t, Tuning{ZSetMaxListpackEntries: 128, ZSetMaxListpackValue: 64})
	const n = 100_000
	f.do(0, func(tx *Txn) {
		for i := range n {
			tx.EditSortedSet([]byte("big"), 10).Add([]byte("member:"+strconv.Itoa(i)), float64(i*7919%1_000_003), 0)
		}
	})
	for f.s.Reclaim() {
	}
	if per := float64(f.s.Used()) / n; per > 52 {
		t.Errorf("%.1f bytes per member of a large set", per)
	}
	f.do(0, func(tx *Txn) {
		tx.Flush(-1, false)
		for i := range n / 10 {
			for j := range 10 {
				z := tx.EditSortedSet([]byte("z:"+strconv.Itoa(i)), 10)
				z.Add([]byte("member:"+strconv.Itoa(j)), float64(j*3), 0)
			}
		}
	})
	if per := float64(f.s.Used()) / n; per > 16 {
		t.Errorf("%.1f bytes per member of small sets", per)
	}
}

func TestSortedSetFits(t *testing.T) {
	huge := make([]byte, maxEntry) // never touched, so that it takes no memory
	for _, tc := range []struct {
		key, member int
		fits        bool
	}{
		{3, 13, true},
		{MaxString - sortedRootSize, 0, true},
		{MaxString - sortedRootSize + 1, 0, false},
		{3, maxEntry - 13, true},
		{3, maxEntry - 12, false},
	} {
		if got := SortedSetFits(huge[:tc.key], huge[:tc.member]); got != tc.fits {
			t.Errorf("a key of %d bytes and a member of %d fit: %t", tc.key, tc.member, got)
		}
	}
}
