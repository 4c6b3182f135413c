package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// told is a tracker that writes down what it is told, events included.
type told struct{ lines []string }

func (x *told) Invalidate(t *Txn, key []byte, clients []int64) {
	x.lines = append(x.lines, fmt.Sprint(string(key), clients))
}

func (x *told) Broadcast(_ *Txn, key []byte, asked bool) {
	line := "*" + string(key)
	if !asked {
		line += "!"
	}
	x.lines = append(x.lines, line)
}

func (x *told) Flushed(*Txn) { x.lines = append(x.lines, "flushed") }

func (x *told) take() string {
	s := strings.Join(x.lines, " ")
	x.lines = nil
	return s
}

func trackedFixture(t *testing.T) (*fixture, *told) {
	f, x := newFixture(t, Tuning{Policy: AllKeysRandom, Samples: 5}), new(told)
	f.s.SetTracker(x)
	f.s.OnEvents(func(events []Event) {
		for _, e := range events {
			x.lines = append(x.lines, e.Name+":"+e.Key)
		}
	})
	return f, x
}

// Clients 1 and 2 have read k, 1 has read the missing key "none", and e, which expires after 10 ms.
func TestTracking(t *testing.T) {
	set := func(tx *Txn, k string) { tx.SetString([]byte(k), []byte("new"), NoExpiry) }
	for _, tc := range []struct {
		name string
		then func(f *fixture, tx *Txn)
		want string
	}{
		{"read", func(_ *fixture, tx *Txn) { tx.Read([]byte("k")) }, ""},
		{"set", func(_ *fixture, tx *Txn) { set(tx, "k") }, "k[1 2]"},
		{"set twice", func(_ *fixture, tx *Txn) { set(tx, "k"); set(tx, "k") }, "k[1 2]"},
		{"set another", func(_ *fixture, tx *Txn) { set(tx, "other") }, ""},
		{"set in another database", func(_ *fixture, tx *Txn) { tx.Select(3); set(tx, "k") }, "k[1 2]"},
		{"set a missing key", func(_ *fixture, tx *Txn) { set(tx, "none") }, "none[1]"},
		{"delete", func(_ *fixture, tx *Txn) { tx.Delete([]byte("k")) }, "k[1 2]"},
		{"delete a missing key", func(_ *fixture, tx *Txn) { tx.Delete([]byte("none")) }, ""},
		{"set an expiry", func(f *fixture, tx *Txn) { tx.SetExpiry([]byte("k"), f.now+5) }, "k[1 2]"},
		{"grow", func(_ *fixture, tx *Txn) { tx.Edit([]byte("k"), 100) }, "k[1 2]"},
		{"expire", func(f *fixture, tx *Txn) { tx.SetNow(f.now + 11); tx.Read([]byte("e")) }, "e[1]"},
		{"rename", func(_ *fixture, tx *Txn) { tx.Rename([]byte("k"), []byte("none")) }, "k[1 2] none[1]"},
		{"rename of a missing key", func(_ *fixture, tx *Txn) { tx.Rename([]byte("none"), []byte("k")) }, ""},
		{"copy", func(_ *fixture, tx *Txn) { tx.Copy([]byte("k"), []byte("none"), 0, false) }, "none[1]"},
		{"move", func(_ *fixture, tx *Txn) { tx.Move([]byte("k"), 3) }, "k[1 2]"},
		{"flush", func(_ *fixture, tx *Txn) { tx.Flush(0, false); set(tx, "k") }, "flushed"},
		{"flush another database", func(_ *fixture, tx *Txn) { tx.Flush(5, false); set(tx, "k") }, "flushed"},
		{"swap", func(_ *fixture, tx *Txn) { tx.Swap(0, 1) }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, x := trackedFixture(t)
			f.do(0, func(tx *Txn) {
				set(tx, "k")
				tx.SetString([]byte("e"), []byte("v"), f.now+10)
				for _, id := range []int64{1, 2, 1} {
					tx.Track([]byte("k"), id)
				}
				tx.Track([]byte("none"), 1)
				tx.Track([]byte("e"), 1)
			})
			if keys, items := f.s.Tracked(); keys != 3 || items != 4 {
				t.Fatalf("%d keys, %d readers", keys, items)
			}
			f.do(0, func(tx *Txn) { tc.then(f, tx) })
			got := x.take()
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			keys, items := f.s.Tracked()
			left := 4 - strings.Count(got, "1") - strings.Count(got, "2")
			if strings.Contains(got, "flushed") {
				left = 0
			}
			if items != int64(left) || keys > items {
				t.Errorf("%d keys, %d readers left, want %d", keys, items, left)
			}
			if bytes := f.s.TrackedBytes(); (bytes == 0) != (keys == 0) || bytes < 0 {
				t.Errorf("%d bytes for %d keys", bytes, keys)
			}
		})
	}
}

// Events that went before an invalidation are told before it, and the invalidation before the event of its own change.
func TestTrackingOrder(t *testing.T) {
	f, x := trackedFixture(t)
	f.s.SelectEvents(EventString | EventExpired | EventEvicted | EventNew)
	k, l := []byte("k"), []byte("l")
	change := func(tx *Txn, key []byte) {
		tx.SetString(key, []byte("v"), NoExpiry)
		tx.Notify(EventString, "set", key)
	}
	f.do(0, func(tx *Txn) {
		tx.Track(k, 7)
		tx.Track(l, 7)
		change(tx, k)
		change(tx, l)
	})
	if got := x.take(); got != "new:k k[7] set:k new:l l[7] set:l" {
		t.Errorf("set: %q", got)
	}
	f.do(0, func(tx *Txn) {
		tx.SetExpiry(k, f.now+1)
		tx.Track(k, 7)
		tx.SetNow(f.now + 2)
		tx.Read(k)
	})
	if got := x.take(); got != "expired:k k[7]" {
		t.Errorf("expired: %q", got)
	}
	f.do(0, func(tx *Txn) { tx.Track(l, 7) })
	if n, _ := f.s.Evict(0, f.now, func() bool { return false }); n != 1 {
		t.Fatalf("%d evicted", n)
	}
	if got := x.take(); got != "l[7] evicted:l" {
		t.Errorf("evicted: %q", got)
	}
}

func TestBroadcast(t *testing.T) {
	f, x := trackedFixture(t)
	set := func(k string, at int64) {
		f.on(0, k, func(tx *Txn, key []byte) { tx.SetString(key, []byte("v"), at) })
	}
	set("a", NoExpiry)
	f.s.BroadcastChanges(true)
	set("a", NoExpiry)
	set("b", f.now+1)
	f.on(0, "a", func(tx *Txn, key []byte) { tx.Track(key, 3); tx.Delete(key) })
	f.on(0, "b", func(tx *Txn, key []byte) { tx.SetNow(f.now + 2); tx.Read(key) })
	f.do(0, func(tx *Txn) { tx.Flush(-1, true) })
	f.s.BroadcastChanges(false)
	set("a", NoExpiry)
	if got := x.take(); got != "*a *b *a a[3] *b! flushed" {
		t.Errorf("%q", got)
	}
}

// TestTrimTracked forgets keys beyond the limit and tells their readers.
func TestTrimTracked(t *testing.T) {
	f, x := trackedFixture(t)
	for i := range 1000 {
		f.on(0, "k"+strconv.Itoa(i), func(tx *Txn, key []byte) { tx.Track(key, 1) })
	}
	if f.s.TrimTracked(700, 100) {
		t.Error("100 of 300 were enough")
	}
	if keys, _ := f.s.Tracked(); keys != 900 {
		t.Errorf("%d keys", keys)
	}
	if !f.s.TrimTracked(700, 1000) {
		t.Error("1000 were not enough for 200")
	}
	if keys, items := f.s.Tracked(); keys != 700 || items != 700 {
		t.Errorf("%d keys, %d readers", keys, items)
	}
	slices.Sort(x.lines)
	if n := len(slices.Compact(x.lines)); n != 300 {
		t.Errorf("%d different keys were told of", n)
	}
	if !f.s.TrimTracked(700, 0) || !f.s.TrimTracked(0, 10_000) {
		t.Error("not done")
	}
	if keys, items := f.s.Tracked(); keys != 0 || items != 0 {
		t.Errorf("%d keys, %d readers", keys, items)
	}
}

// TestManyReaders: a key read by many is not searched one by one.
func TestManyReaders(t *testing.T) {
	f, x := trackedFixture(t)
	const readers = 5000
	for range 2 {
		for id := range int64(readers) {
			f.on(0, "k", func(tx *Txn, key []byte) { tx.Track(key, id) })
		}
	}
	if keys, items := f.s.Tracked(); keys != 1 || items != readers {
		t.Fatalf("%d keys, %d readers", keys, items)
	}
	f.on(0, "k", func(tx *Txn, key []byte) { tx.SetInt(key, 1, NoExpiry) })
	if got := x.take(); strings.Count(got, " ") != readers-1 {
		t.Errorf("%.100q", got)
	}
}

// An untracked keyspace pays nothing.
func TestTrackingAllocations(t *testing.T) {
	f, _ := trackedFixture(t)
	key, value := []byte("key"), []byte("value")
	if n := testing.AllocsPerRun(1000, func() {
		f.s.Begin(&f.tx, MaskOf(key), 0, f.now)
		f.tx.SetString(key, value, NoExpiry)
		f.tx.Read(key)
		f.tx.End()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
