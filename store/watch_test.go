package store

import "testing"

// setNew gives a key a value.
func setNew(tx *Txn, k string) { tx.SetString([]byte(k), []byte("new"), NoExpiry) }

// watchCases are what may become of a watched key; TestWatch says what keys there are.
var watchCases = []struct {
	name  string
	key   string
	then  func(f *fixture, tx *Txn)
	stale bool
}{
	{"nothing", "k", func(*fixture, *Txn) {}, false},
	{"read", "k", func(_ *fixture, tx *Txn) { tx.Read([]byte("k")) }, false},
	{"set", "k", func(_ *fixture, tx *Txn) { setNew(tx, "k") }, true},
	{"set to the same value", "k", func(_ *fixture, tx *Txn) { tx.SetString([]byte("k"), []byte("value"), NoExpiry) }, true},
	{"set a missing key", "none", func(_ *fixture, tx *Txn) { setNew(tx, "none") }, true},
	{"set another key", "k", func(_ *fixture, tx *Txn) { setNew(tx, "k2") }, false},
	{"set in another database", "k", func(_ *fixture, tx *Txn) { tx.Select(1); setNew(tx, "k") }, false},
	{"edit without growing, not said to change", "k", func(_ *fixture, tx *Txn) { tx.Edit([]byte("k"), 1) }, false},
	{"edit without growing", "k", func(_ *fixture, tx *Txn) { tx.Edit([]byte("k"), 1); tx.Changed([]byte("k")) }, true},
	{"grow", "k", func(_ *fixture, tx *Txn) { tx.Edit([]byte("k"), 100) }, true},
	{"build", "k", func(_ *fixture, tx *Txn) { tx.Build([]byte("k"), 0, func([]byte) {}) }, true},
	{"delete", "k", func(_ *fixture, tx *Txn) { tx.Delete([]byte("k")) }, true},
	{"delete and set again", "k", func(_ *fixture, tx *Txn) { tx.Delete([]byte("k")); setNew(tx, "k") }, true},
	{"delete a missing key", "none", func(_ *fixture, tx *Txn) { tx.Delete([]byte("none")) }, false},
	{"set an expiry", "k", func(f *fixture, tx *Txn) { tx.SetExpiry([]byte("k"), f.now+5) }, true},
	{"remove an expiry", "e", func(_ *fixture, tx *Txn) { tx.SetExpiry([]byte("e"), NoExpiry) }, true},
	{"remove no expiry", "k", func(_ *fixture, tx *Txn) { tx.SetExpiry([]byte("k"), NoExpiry) }, false},
	{"expire a missing key", "none", func(f *fixture, tx *Txn) { tx.SetExpiry([]byte("none"), f.now+5) }, false},

	{"time passes, key in place", "e", func(f *fixture, tx *Txn) { tx.SetNow(f.now + 11) }, true},
	{"not enough time passes", "e", func(f *fixture, tx *Txn) { tx.SetNow(f.now + 10) }, false},
	{"expires when looked at", "e", func(f *fixture, tx *Txn) { tx.SetNow(f.now + 11); tx.Read([]byte("e")) }, true},
	{"had expired, still in place", "x", func(*fixture, *Txn) {}, false},
	{"had expired, now removed", "x", func(_ *fixture, tx *Txn) { tx.Read([]byte("x")) }, false},
	{"had expired, deleted", "x", func(_ *fixture, tx *Txn) { tx.Delete([]byte("x")) }, false},
	{"had expired, set again", "x", func(_ *fixture, tx *Txn) { setNew(tx, "x") }, true},
	{"had expired, removed, then set again", "x", func(_ *fixture, tx *Txn) { tx.Read([]byte("x")); setNew(tx, "x") }, true},

	{"renamed away", "k", func(_ *fixture, tx *Txn) { tx.Rename([]byte("k"), []byte("k2")) }, true},
	{"renamed to", "none", func(_ *fixture, tx *Txn) { tx.Rename([]byte("k"), []byte("none")) }, true},
	{"rename of a missing key", "k", func(_ *fixture, tx *Txn) { tx.Rename([]byte("none"), []byte("k")) }, false},
	{"copied from", "k", func(_ *fixture, tx *Txn) { tx.Copy([]byte("k"), []byte("k2"), 0, true) }, false},
	{"copied to", "none", func(_ *fixture, tx *Txn) { tx.Copy([]byte("k"), []byte("none"), 0, true) }, true},
	{"copy refused", "k", func(_ *fixture, tx *Txn) { tx.Copy([]byte("e"), []byte("k"), 0, false) }, false},
	{"moved away", "k", func(_ *fixture, tx *Txn) { tx.Move([]byte("k"), 2) }, true},
	{"move refused", "k", func(_ *fixture, tx *Txn) { tx.Move([]byte("k"), 1) }, false},
	{"moved here", "only1", func(_ *fixture, tx *Txn) { tx.Select(1); tx.Move([]byte("only1"), 0) }, true},

	{"flushed", "k", func(_ *fixture, tx *Txn) { tx.Flush(0, false) }, true},
	{"flushed lazily", "k", func(_ *fixture, tx *Txn) { tx.Flush(0, true) }, true},
	{"all flushed", "k", func(_ *fixture, tx *Txn) { tx.Flush(-1, false) }, true},
	{"another database flushed", "k", func(_ *fixture, tx *Txn) { tx.Flush(1, false) }, false},
	{"missing and flushed", "none", func(_ *fixture, tx *Txn) { tx.Flush(-1, false) }, false},
	{"had expired, flushed", "x", func(_ *fixture, tx *Txn) { tx.Flush(-1, false) }, false},
	{"had expired, flushed, set again", "x", func(_ *fixture, tx *Txn) { tx.Flush(-1, false); setNew(tx, "x") }, true},

	{"swapped, key in both", "k", func(_ *fixture, tx *Txn) { tx.Swap(0, 1) }, true},
	{"swapped, key in this one only", "e", func(_ *fixture, tx *Txn) { tx.Swap(0, 1) }, true},
	{"swapped, key in the other only", "only1", func(_ *fixture, tx *Txn) { tx.Swap(1, 0) }, true},
	{"swapped, key in neither", "nowhere", func(_ *fixture, tx *Txn) { tx.Swap(0, 1) }, false},
	{"swapped with itself", "k", func(_ *fixture, tx *Txn) { tx.Swap(0, 0) }, false},
	{"others swapped", "k", func(_ *fixture, tx *Txn) { tx.Swap(1, 2) }, false},
	{"swapped, missing becomes expired", "none", func(_ *fixture, tx *Txn) { tx.Swap(0, 1) }, false},
	{"swapped, missing becomes expired and is removed", "none", func(_ *fixture, tx *Txn) { tx.Swap(0, 1); tx.Read([]byte("none")) }, false},
	{"swapped, missing becomes expired and is set", "none", func(_ *fixture, tx *Txn) { tx.Swap(0, 1); setNew(tx, "none") }, true},
	{"swapped, had expired, now missing", "x", func(_ *fixture, tx *Txn) { tx.Swap(0, 1) }, false},
	{"swapped, had expired, now missing, set", "x", func(_ *fixture, tx *Txn) { tx.Swap(0, 1); setNew(tx, "x") }, true},
	{"swapped, had expired, now has a value", "x", func(_ *fixture, tx *Txn) { tx.Swap(0, 3) }, true},
	{"swapped, had expired, other has expired, too", "x", func(_ *fixture, tx *Txn) { tx.Swap(0, 4) }, false},
	{"swapped twice", "k", func(_ *fixture, tx *Txn) { tx.Swap(0, 1); tx.Swap(0, 1) }, true},
}

// TestWatch follows https://redis.io/docs/latest/develop/interact/transactions/ and what Redis 7 does beyond that text.
// Keys: "k" has a value, "e" one that expires after 10 ms, "x" expired 1 ms ago and is still in place, "none" is missing.
// In database 1, "k" and "only1" have values, and "none" has one that has expired.
func TestWatch(t *testing.T) {
	for _, tc := range watchCases {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, Tuning{})
			f.set(0, "k", "value", NoExpiry)
			f.set(0, "e", "value", f.now+10)
			f.set(0, "x", "value", f.now-1)
			f.set(1, "k", "value", NoExpiry)
			f.set(1, "only1", "value", NoExpiry)
			f.set(1, "none", "value", f.now-1)
			f.set(3, "x", "value", NoExpiry)
			f.set(4, "x", "value", f.now-1)
			var w, other Watcher
			f.do(0, func(tx *Txn) {
				tx.Watch(&w, []byte(tc.key))
				tx.Watch(&other, []byte("untouched"))
			})
			f.do(0, func(tx *Txn) { tc.then(f, tx); f.now = tx.Now() })
			f.do(9, func(tx *Txn) {
				if got := tx.Stale(&w); got != tc.stale {
					t.Errorf("stale: %v", got)
				}
				if tx.Stale(&other) || tx.DB() != 9 {
					t.Error("another watcher was touched, or the database changed")
				}
				tx.Unwatch(&w)
			})
			f.s.Unwatch(&other)
		})
	}
}

// TestWatchRemovedInBackground: expiry and eviction in the background count as changes.
func TestWatchRemovedInBackground(t *testing.T) {
	f := newFixture(t, Tuning{Policy: AllKeysLRU, Samples: 5})
	var w, x, v Watcher
	f.set(0, "x", "value", f.now-1)
	f.do(0, func(tx *Txn) { tx.Watch(&x, []byte("x")) })
	f.set(0, "e", "value", f.now+1000)
	f.do(0, func(tx *Txn) { tx.Watch(&w, []byte("e")) })
	f.now += 1001
	f.s.ExpireCycle(f.clock, 1e9)
	if n := f.size(0); n != 0 || !w.Changed() || x.Changed() {
		t.Errorf("%d keys left; expired after WATCH: %v, before: %v", n, w.Changed(), x.Changed())
	}
	f.set(0, "k", "value", NoExpiry)
	f.do(0, func(tx *Txn) { tx.Watch(&v, []byte("k")) })
	f.s.Evict(0, f.now, func() bool { return false })
	if !v.Changed() {
		t.Error("eviction does not count as a change")
	}
	for _, each := range []*Watcher{&w, &x, &v} {
		f.s.Unwatch(each)
	}
}

func TestWatcher(t *testing.T) {
	f := newFixture(t, Tuning{})
	var a, b Watcher
	if a.Watching() || a.Mask() != 0 {
		t.Error("a new watcher watches")
	}
	f.do(0, func(tx *Txn) {
		tx.Watch(&a, []byte("k"))
		tx.Watch(&a, []byte("k"))
		tx.Watch(&a, []byte("key2"))
		tx.Watch(&b, []byte("k"))
		tx.Select(1)
		tx.Watch(&a, []byte("k"))
		if n := tx.Watched(); n != 3 {
			t.Errorf("%d keys are watched, want 3", n)
		}
	})
	if n, bytes := a.Keys(); n != 3 || bytes != 6 || a.Mask() != MaskOf([]byte("k"))|MaskOf([]byte("key2")) || !a.Watching() {
		t.Errorf("%d keys, %d bytes, mask %x", n, bytes, a.Mask())
	}
	f.s.Unwatch(&a)
	f.set(0, "k", "v", NoExpiry)
	if a.Changed() || a.Watching() || !b.Changed() {
		t.Errorf("after one of two stopped watching: %v %v", a.Changed(), b.Changed())
	}
	f.do(0, func(tx *Txn) {
		tx.Unwatch(&b)
		if b.Changed() || tx.Watched() != 0 {
			t.Error("UNWATCH leaves something")
		}
		tx.Watch(&b, []byte("k"))
	})
	if b.Changed() {
		t.Error("a change from before WATCH counts")
	}
	f.s.Unwatch(&b)
}
