package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// testWaiter waits as the test says; it is done when wake says so.
type testWaiter struct {
	wake  func(tx *Txn, key string) bool
	woken func(seq uint64)

	absent bool
}

func (w *testWaiter) Wake(t *Txn, key []byte) Fate {
	if w.absent {
		return Absent
	}
	if w.wake(t, string(key)) {
		return Served
	}
	return Waiting
}

func (w *testWaiter) Woken(seq uint64) {
	if w.woken != nil {
		w.woken(seq)
	}
}

func keysOf(words string) (keys [][]byte) {
	for _, k := range strings.Fields(words) {
		keys = append(keys, []byte(k))
	}
	return keys
}

// readiness is a fixture with clients who wait, and what they are woken for: a mark of theirs, the database and the key.
type readiness struct {
	f     *fixture
	waits []*Wait
	woken []string
}

// await has a client wait for keys of two databases. Woken, it leaves alone what it finds.
func (r *readiness) await(mark string, i Interest) {
	w := &testWaiter{wake: func(tx *Txn, key string) bool {
		r.woken = append(r.woken, fmt.Sprint(mark, tx.DB(), key))
		return false
	}}
	r.f.do(0, func(tx *Txn) {
		r.waits = append(r.waits, tx.Await(w, i, keysOf("a b c a"), nil))
		tx.Select(1)
		r.waits = append(r.waits, tx.Await(w, i, keysOf("c"), nil))
	})
}

// forget takes all waits back, each twice.
func (r *readiness) forget() {
	for _, w := range r.waits {
		r.f.s.Forget(w)
		r.f.s.Forget(w)
	}
	r.waits = nil
}

// TestReady lists what waiting clients are woken for by changes in database 0, where a, b and c are awaited; c is in
// database 1, too, and a has a value. Each key has a client that waits for a string, and one who waits for a list or for
// the end of the key: what wakes that one is marked with a minus.
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
		{"set", func(_ *fixture, tx *Txn) { set(tx, "b") }, "0b -0b"},
		{"read", func(_ *fixture, tx *Txn) { tx.Read(key("a")) }, ""},
		{"order of changes", func(_ *fixture, tx *Txn) { set(tx, "c"); set(tx, "a"); set(tx, "b"); set(tx, "c") },
			"0c -0c 0a -0a 0b -0b"},
		{"each key once", func(_ *fixture, tx *Txn) {
			for range 1000 {
				set(tx, "b")
			}
		}, "0b -0b"},
		{"deleted", func(_ *fixture, tx *Txn) { tx.Delete(key("a")) }, "-0a"},
		{"set and deleted", func(_ *fixture, tx *Txn) { set(tx, "b"); tx.Delete(key("b")) }, "-0b"},
		{"deleted and set", func(_ *fixture, tx *Txn) { tx.Delete(key("a")); set(tx, "a") }, "0a -0a"},
		{"nothing deleted", func(_ *fixture, tx *Txn) { tx.Delete(key("b")) }, ""},
		{"renamed", func(_ *fixture, tx *Txn) { tx.Rename(key("a"), key("b")) }, "0b -0b -0a"},
		{"moved", func(_ *fixture, tx *Txn) { tx.Move(key("a"), 1) }, "-0a"},
		{"moved here", func(_ *fixture, tx *Txn) { set(tx, "c"); tx.Move(key("c"), 1) }, "-0c 1c -1c"},
		{"copied", func(_ *fixture, tx *Txn) { tx.Copy(key("a"), key("c"), 0, true) }, "0c -0c"},
		{"expired", func(f *fixture, tx *Txn) { tx.SetExpiry(key("a"), f.now-1); tx.Read(key("a")) }, "-0a"},
		{"past its time", func(f *fixture, tx *Txn) { tx.SetExpiry(key("a"), f.now-1) }, "-0a -0a"},
		{"swapped", func(_ *fixture, tx *Txn) { tx.Swap(0, 1) }, "-0a"},
		{"swapped, key in the other", func(_ *fixture, tx *Txn) { tx.Select(1); set(tx, "b"); set(tx, "c"); tx.Swap(0, 1) },
			"*-0a -0b -0c -1c 0b 0c"},
		{"others swapped", func(_ *fixture, tx *Txn) { tx.Swap(2, 3) }, ""},
		{"flushed", func(_ *fixture, tx *Txn) { tx.Flush(0, true) }, "-0a"},
		{"empty one flushed", func(_ *fixture, tx *Txn) { tx.Flush(1, true) }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, Tuning{})
			f.set(0, "a", "v", NoExpiry)
			r := readiness{f: f}
			r.await("?", Interest{Type: String, Gone: true})
			r.forget() // a wait taken back leaves no trace
			r.await("", Interest{Type: String})
			r.await("-", Interest{Type: List, Gone: true})
			f.do(0, func(tx *Txn) {
				if n, gone := tx.Awaited(); n != 4 || gone != 4 {
					t.Errorf("%d keys awaited, %d to their end, want 4", n, gone)
				}
				tc.change(f, tx)
			})
			if len(tc.want) > 0 && tc.want[0] == '*' {
				slices.Sort(r.woken)
			}
			want := strings.TrimPrefix(tc.want, "*")
			if s := strings.Join(r.woken, " "); s != want {
				t.Errorf("woken for %q, want %q", s, want)
			}
			r.woken = nil
			r.forget()
			f.do(0, func(tx *Txn) { set(tx, "a"); set(tx, "b") })
			if len(r.woken) != 0 {
				t.Errorf("nobody waits, woken for %q", r.woken)
			}
		})
	}
}

// TestFirstComeFirstServed: clients take what is there in their order, each once, and what the first leaves alone is the
// next one's.
func TestFirstComeFirstServed(t *testing.T) {
	f := newFixture(t, Tuning{})
	var got []string
	waits := map[string]*Wait{}
	await := func(name, keys string, typ Type, take bool) {
		f.do(0, func(tx *Txn) {
			waits[name] = tx.Await(&testWaiter{wake: func(tx *Txn, key string) bool {
				got = append(got, name+":"+key)
				if take {
					tx.Delete([]byte(key))
				}
				return take
			}}, Interest{Type: typ}, keysOf(keys), nil)
		})
	}
	await("first", "x y", String, true)
	await("list", "x", List, true)
	await("shy", "x", String, false)
	await("second", "y x", String, true)
	await("third", "x y", String, true)
	for _, tc := range []struct{ changed, want string }{
		{"x", "first:x"},
		{"y", "second:y"},
		{"y x", "third:y shy:x"},
		{"x y", "shy:x"},
	} {
		got = nil
		f.do(0, func(tx *Txn) {
			for _, k := range keysOf(tc.changed) {
				tx.SetInt(k, 1, NoExpiry)
			}
		})
		if s := strings.Join(got, " "); s != tc.want {
			t.Errorf("%s: woken %q, want %q", tc.changed, s, tc.want)
		}
	}
	f.s.Forget(waits["shy"])
	f.s.Forget(waits["list"])
}

// TestServedElsewhere: a client that was served on one key stays in the queues of shards the transaction had not locked
// until it is forgotten.
func TestServedElsewhere(t *testing.T) {
	f := newFixture(t, Tuning{})
	keys := keysOfShards()
	a, b := []byte(keys[3]), []byte(keys[9])
	woken := 0
	var w *Wait
	f.do(0, func(tx *Txn) {
		w = tx.Await(&testWaiter{wake: func(*Txn, string) bool { woken++; return woken == 1 }}, Interest{Type: String}, [][]byte{a, b}, nil)
	})
	if w.Mask() != 1<<3|1<<9 {
		t.Errorf("mask %x", w.Mask())
	}
	for _, k := range [][]byte{a, a, b} {
		var tx Txn
		f.s.Begin(&tx, MaskOf(k), 0, f.now)
		tx.SetInt(k, 1, NoExpiry)
		tx.End()
	}
	if woken != 2 {
		t.Errorf("woken %d times, want 2", woken)
	}
	f.s.Forget(w)
	f.do(0, func(tx *Txn) {
		if n, _ := tx.Awaited(); n != 0 {
			t.Error("still in a queue")
		}
	})
}

// TestRivals: when one of several rivals finds nothing the others are not asked; one who has left does not count.
func TestRivals(t *testing.T) {
	f := newFixture(t, Tuning{})
	var asked []string
	left := 0
	var waits []*Wait
	for i, rivals := range []string{"x", "x", "y", "x", "", "y", ""} {
		w := &testWaiter{absent: i == 0, wake: func(tx *Txn, key string) bool {
			asked = append(asked, fmt.Sprint(i))
			if left == 0 {
				return false
			}
			left--
			return true
		}}
		f.do(0, func(tx *Txn) {
			waits = append(waits, tx.Await(w, Interest{Type: String, Rivals: rivals}, keysOf("k"), nil))
		})
	}
	for _, tc := range []struct {
		left int
		want string
	}{{0, "1 2 4 6"}, {1, "1 2 3 4 6"}, {3, "2 3 4 5 6"}, {0, "5 6"}} {
		asked, left = nil, tc.left
		f.do(0, func(tx *Txn) { tx.SetInt([]byte("k"), 1, NoExpiry) })
		if got := strings.Join(asked, " "); got != tc.want {
			t.Errorf("asked %s, want %s", got, tc.want)
		}
	}
	for _, w := range waits {
		f.s.Forget(w)
	}
}

// TestReadyChain: serving a key changes another, whose clients are served before the locks are released, in the same
// unit; those who were served are told its number when all is over.
func TestReadyChain(t *testing.T) {
	f := newFixture(t, Tuning{})
	j := new(journal)
	f.s.SetSink(j)
	var calls []string
	record := func(tx *Txn, key []byte) {
		tx.SetInt(key, 1, NoExpiry)
		tx.Record(NewEffect(tx.DB(), []byte("SET"), key))
	}
	for _, k := range []string{"a", "b", "c", "d", "d", "e"} {
		f.do(3, func(tx *Txn) {
			tx.Await(&testWaiter{
				wake: func(tx *Txn, key string) bool {
					if !tx.Holds(AllShards) || tx.DB() != 3 || key != k {
						t.Errorf("key %s, database %d", key, tx.DB())
					}
					calls = append(calls, k)
					if n := k[0] + 1; n <= 'e' {
						record(tx, []byte{n})
					}
					tx.Select(7)
					return true
				},
				woken: func(seq uint64) {
					var tx Txn
					f.s.Begin(&tx, AllShards, 0, f.now) // nothing is locked
					tx.End()
					calls = append(calls, fmt.Sprint(k, seq))
				},
			}, Interest{Type: String}, keysOf(k), nil)
		})
	}
	f.do(3, func(tx *Txn) { record(tx, []byte("a")) })
	if got := strings.Join(calls, " "); got != "a b c d d e a1 b1 c1 d1 d1 e1" {
		t.Errorf("calls %q", got)
	}
	if got := j.take(); len(got) != 1 || got[0] != "3 SET a; 3 SET b; 3 SET c; 3 SET d; 3 SET e; 3 SET e" {
		t.Errorf("units %q", got)
	}
}

func TestReadyInBackground(t *testing.T) {
	f := newFixture(t, Tuning{Policy: AllKeysRandom, Samples: 5})
	var got []string
	f.set(0, "expires", "v", f.now+1)
	f.do(0, func(tx *Txn) {
		tx.Await(&testWaiter{wake: func(_ *Txn, key string) bool {
			got = append(got, key)
			return len(got) == 2
		}}, Interest{Type: Stream, Gone: true}, keysOf("expires evicted"), nil)
	})
	f.now += 2
	f.s.ExpireCycle(f.clock, 1e9)
	f.do(0, func(tx *Txn) { tx.Select(1); tx.SetInt([]byte("evicted"), 1, NoExpiry); tx.Move([]byte("evicted"), 0) })
	if s := strings.Join(got, " "); s != "expires evicted" {
		t.Errorf("ready %q", s)
	}
	f.do(0, func(tx *Txn) {
		tx.Await(&testWaiter{wake: func(_ *Txn, key string) bool { got = append(got, key); return true }},
			Interest{Type: Stream, Gone: true}, keysOf("evicted"), nil)
	})
	f.s.Evict(0, f.now, func() bool { return false })
	if s := strings.Join(got, " "); s != "expires evicted evicted" {
		t.Errorf("ready %q", s)
	}
}

// TestNeeds: a transaction learns what serving takes from the keys it holds, hop by hop.
func TestNeeds(t *testing.T) {
	f := newFixture(t, Tuning{})
	key := keysOfShards()
	bit := func(shards ...int) (mask uint64) {
		for _, i := range shards {
			mask |= 1 << i
		}
		return mask
	}
	if f.s.Feeding() {
		t.Error("nobody waits")
	}
	var waits []*Wait
	await := func(db, from int, to ...int) {
		var targets [][]byte
		for _, i := range to {
			targets = append(targets, []byte(key[i]))
		}
		f.do(db, func(tx *Txn) {
			waits = append(waits, tx.Await(&testWaiter{}, Interest{Type: List}, [][]byte{[]byte(key[from])}, targets))
		})
	}
	await(0, 1, 2)
	await(0, 1, 2, 3)
	await(5, 1, 4)
	await(0, 3, 3)
	await(0, 3, 7)
	await(0, 7, 1)
	await(0, 20)
	for _, tc := range []struct {
		key        string
		held, want uint64
	}{
		{key[1], bit(1), bit(2, 3, 4)},
		{key[1], bit(1, 2, 3, 4), bit(2, 3, 4, 7)},
		{key[1], bit(1, 2, 3, 4, 7), bit(1, 2, 3, 4, 7)},
		{key[1], AllShards, bit(1, 2, 3, 4, 7)},
		{key[7], AllShards, bit(1, 2, 3, 4, 7)},
		{key[2], AllShards, 0},
		{key[20], AllShards, 0},
		{key[1] + "x", AllShards, 0},
	} {
		var tx Txn
		f.s.Begin(&tx, tc.held, 0, f.now)
		if got := tx.Needs([]byte(tc.key)); got != tc.want {
			t.Errorf("%s with %x held needs %x, want %x", tc.key, tc.held, got, tc.want)
		}
		tx.End()
	}
	if !f.s.Feeding() {
		t.Error("nobody feeds")
	}
	for _, w := range waits {
		f.s.Forget(w)
	}
	for i := range f.s.shards {
		if m := &f.s.shards[i].mu; len(m.feeds) != 0 || m.feed != (feed{}) || f.s.Feeding() {
			t.Errorf("left in shard %d: %v", i, m.feed)
		}
	}
}

// TestQueues runs arrivals, departures and services in random order against a model.
func TestQueues(t *testing.T) {
	f := newFixture(t, Tuning{})
	rng := rand.New(rand.NewPCG(1, 2))
	type client struct {
		id   int
		keys []string
		wait *Wait
	}
	var order []*client // who waits
	names := []string{"a", "b", "c", "d", "e", "f"}
	var served []int
	for n := range 20_000 {
		switch rng.IntN(5) {
		case 0, 1:
			c := &client{id: n}
			for range 1 + rng.IntN(4) {
				c.keys = append(c.keys, names[rng.IntN(len(names))])
			}
			w := &testWaiter{wake: func(tx *Txn, key string) bool {
				served = append(served, c.id)
				tx.Delete([]byte(key))
				return true
			}}
			f.do(0, func(tx *Txn) {
				c.wait = tx.Await(w, Interest{Type: String}, keysOf(strings.Join(c.keys, " ")), keysOf("t"))
			})
			order = append(order, c)
		case 2:
			if len(order) > 0 {
				i := rng.IntN(len(order))
				f.s.Forget(order[i].wait)
				order = slices.Delete(order, i, i+1)
			}
		default:
			k, want := names[rng.IntN(len(names))], []int(nil)
			if i := slices.IndexFunc(order, func(c *client) bool { return slices.Contains(c.keys, k) }); i >= 0 {
				want = []int{order[i].id}
				order = slices.Delete(order, i, i+1)
			}
			served = nil
			f.do(0, func(tx *Txn) { tx.SetInt([]byte(k), 1, NoExpiry) })
			if !slices.Equal(served, want) {
				t.Fatalf("step %d: %s served %v, want %v", n, k, served, want)
			}
			f.do(0, func(tx *Txn) { tx.Delete([]byte(k)) })
		}
	}
	for _, c := range order {
		f.s.Forget(c.wait)
	}
	if f.s.Feeding() {
		t.Error("somebody still feeds")
	}
}

func TestNoLostWakeUp(t *testing.T) { parkAndWake(t, 20_000) }

// BenchmarkParkAndWake hangs if a wake-up is lost.
func BenchmarkParkAndWake(b *testing.B) { parkAndWake(b, b.N) }

// parkAndWake has two sides hand a token to and fro, each waiting until the other has pushed; a third comes and goes.
func parkAndWake(t testing.TB, rounds int) {
	f := newFixture(t, Tuning{})
	keys := [][]byte{[]byte("ping"), []byte("pong")}
	pop := func(key []byte) <-chan struct{} {
		done := make(chan struct{}, 1)
		var tx Txn
		f.s.Begin(&tx, MaskOf(key), 0, f.now)
		defer tx.End()
		if tx.Delete(key) {
			done <- struct{}{}
			return done
		}
		tx.Await(&testWaiter{wake: func(tx *Txn, k string) bool { return tx.Delete([]byte(k)) },
			woken: func(uint64) { done <- struct{}{} }}, Interest{Type: String}, [][]byte{key}, nil)
		return done
	}
	push := func(key []byte) {
		var tx Txn
		f.s.Begin(&tx, MaskOf(key), 0, f.now)
		defer tx.End()
		if tx.Peek(key).Exists() {
			t.Error("nobody has taken the last one")
		}
		tx.SetInt(key, 1, NoExpiry)
	}
	var wg sync.WaitGroup
	var over atomic.Bool
	for side := range keys {
		wg.Go(func() {
			for range rounds {
				if side == 0 {
					push(keys[0])
				}
				<-pop(keys[1-side])
				if side == 1 {
					push(keys[1])
				}
			}
			over.Store(true)
		})
	}
	wg.Go(func() {
		for !over.Load() {
			var tx Txn
			f.s.Begin(&tx, AllShards, 0, f.now)
			w := tx.Await(&testWaiter{wake: func(*Txn, string) bool { return false }}, Interest{Type: String}, keys, nil)
			tx.End()
			f.s.Forget(w)
		}
	})
	wg.Wait()
}
