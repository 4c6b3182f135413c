package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestReady lists what OnReady is told of for changes in database 0, where a, b and c are awaited; c is in database 1,
// too, and a has a value.
func TestReady(t *testing.T) {
	key := func(s string) []byte { return []byte(s) }
	set := func(tx *Txn, k string) { tx.SetInt(key(k), 1, NoExpiry) }
	for _, tc := range []struct {
		name   string
		change func(f *fixture, tx *Txn)
		want   string // sorted if it starts with "*"
	}{
		{"nothing", func(*fixture, *Txn) {}, ""},
		{"not awaited", func(_ *fixture, tx *Txn) { set(tx, "d") }, ""},
		{"awaited in another database", func(_ *fixture, tx *Txn) { tx.Select(1); set(tx, "a") }, ""},
		{"set", func(_ *fixture, tx *Txn) { set(tx, "b") }, "0b"},
		{"read", func(_ *fixture, tx *Txn) { tx.Read(key("a")) }, ""},
		{"order of changes", func(_ *fixture, tx *Txn) { set(tx, "c"); set(tx, "a"); set(tx, "b"); set(tx, "c") }, "0c 0a 0b"},
		{"each key once", func(_ *fixture, tx *Txn) {
			for range 1000 {
				set(tx, "b")
			}
		}, "0b"},
		{"deleted", func(_ *fixture, tx *Txn) { tx.Delete(key("a")) }, "0a"},
		{"nothing deleted", func(_ *fixture, tx *Txn) { tx.Delete(key("b")) }, ""},
		{"renamed", func(_ *fixture, tx *Txn) { tx.Rename(key("a"), key("b")) }, "0b 0a"},
		{"moved", func(_ *fixture, tx *Txn) { tx.Move(key("a"), 1) }, "0a"},
		{"copied", func(_ *fixture, tx *Txn) { tx.Copy(key("a"), key("c"), 0, true) }, "0c"},
		{"expired", func(f *fixture, tx *Txn) { tx.SetExpiry(key("a"), f.now-1); tx.Read(key("a")) }, "0a"},
		{"swapped", func(_ *fixture, tx *Txn) { tx.Swap(0, 1) }, "0a"},
		{"swapped, key in the other", func(_ *fixture, tx *Txn) { tx.Select(1); set(tx, "b"); set(tx, "c"); tx.Swap(0, 1) }, "*0a 0b 0c 1c"},
		{"others swapped", func(_ *fixture, tx *Txn) { tx.Swap(2, 3) }, ""},
		{"flushed", func(_ *fixture, tx *Txn) { tx.Flush(0, true) }, "0a"},
		{"empty one flushed", func(_ *fixture, tx *Txn) { tx.Flush(1, true) }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, Tuning{})
			var got []string
			f.s.OnReady(func(_ *Txn, keys []ReadyKey) {
				for _, k := range keys {
					got = append(got, fmt.Sprint(k.DB, k.Key))
				}
			})
			f.set(0, "a", "v", NoExpiry)
			// c waits in database 1, and the three in database 0; an await taken back leaves no trace.
			wait := func(each func(tx *Txn, key []byte)) {
				f.do(0, func(tx *Txn) {
					for _, k := range []string{"a", "b", "c"} {
						each(tx, key(k))
					}
					tx.Select(1)
					each(tx, key("c"))
				})
			}
			wait((*Txn).Await)
			wait((*Txn).Await)
			wait((*Txn).Unawait)
			f.do(0, func(tx *Txn) {
				if n := tx.Awaited(); n != 4 {
					t.Errorf("%d keys awaited, want 4", n)
				}
				tc.change(f, tx)
			})
			if len(tc.want) > 0 && tc.want[0] == '*' {
				slices.Sort(got)
			}
			want := strings.TrimPrefix(tc.want, "*")
			if s := strings.Join(got, " "); s != want {
				t.Errorf("ready %q, want %q", s, want)
			}
			got = nil
			wait((*Txn).Unawait)
			f.do(0, func(tx *Txn) { set(tx, "a"); set(tx, "b") })
			if len(got) != 0 {
				t.Errorf("nobody waits, ready %q", got)
			}
		})
	}
}

// TestReadyChain: serving a key changes another, which is served before the locks are released, in the same unit.
func TestReadyChain(t *testing.T) {
	f := newFixture(t, Tuning{})
	j := new(journal)
	f.s.SetSink(j)
	var calls []string
	f.s.OnReady(func(tx *Txn, keys []ReadyKey) {
		if !tx.Holds(AllShards) {
			t.Error("the shards are not locked")
		}
		for _, k := range keys {
			calls = append(calls, k.Key)
			n := k.Key[0]
			tx.Select(k.DB)
			if next := []byte{n + 1}; n < 'e' {
				tx.SetInt(next, int64(n), NoExpiry)
				tx.Record(NewEffect(k.DB, []byte("SET"), next))
			}
			if n == 'd' {
				tx.SetInt([]byte("d"), 1, NoExpiry) // a key that is ready again after it was handed over
				tx.Unawait([]byte("d"))
			}
		}
		calls = append(calls, "|")
	})
	f.do(3, func(tx *Txn) {
		for _, k := range []string{"a", "b", "c", "d", "e"} {
			tx.Await([]byte(k))
		}
	})
	f.do(3, func(tx *Txn) {
		tx.SetInt([]byte("a"), 1, NoExpiry)
		tx.Record(NewEffect(3, []byte("SET"), []byte("a")))
	})
	if got := strings.Join(calls, " "); got != "a | b | c | d | e d | e |" {
		t.Errorf("calls %q", got)
	}
	if got := j.take(); len(got) != 1 || got[0] != "3 SET a; 3 SET b; 3 SET c; 3 SET d; 3 SET e; 3 SET e" {
		t.Errorf("units %q", got)
	}
	f.do(3, func(tx *Txn) {
		for _, k := range []string{"a", "b", "c", "e"} {
			tx.Unawait([]byte(k))
		}
	})
}

func TestReadyInBackground(t *testing.T) {
	f := newFixture(t, Tuning{Policy: AllKeysRandom, Samples: 5})
	var got []string
	f.s.OnReady(func(_ *Txn, keys []ReadyKey) {
		for _, k := range keys {
			got = append(got, k.Key)
		}
	})
	f.set(0, "expires", "v", f.now+1)
	f.do(0, func(tx *Txn) { tx.Await([]byte("expires")); tx.Await([]byte("evicted")) })
	f.now += 2
	f.s.ExpireCycle(f.clock, 1e9)
	f.set(0, "evicted", "v", NoExpiry)
	f.s.Evict(0, f.now, func() bool { return false })
	if s := strings.Join(got, " "); s != "expires evicted evicted" {
		t.Errorf("ready %q", s)
	}
	f.do(0, func(tx *Txn) { tx.Unawait([]byte("expires")); tx.Unawait([]byte("evicted")) })
}
