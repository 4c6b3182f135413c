package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestSnapshotOfChange makes one change between a snapshot's creation and its first step.
func TestSnapshotOfChange(t *testing.T) {
	k, other := []byte("k"), []byte("other")
	for _, tc := range []struct {
		name   string
		change func(f *fixture, tx *Txn)
	}{
		{"nothing", func(*fixture, *Txn) {}},
		{"set in place", func(_ *fixture, tx *Txn) { tx.SetString(k, []byte("VALUE"), NoExpiry) }},
		{"set to another size", func(_ *fixture, tx *Txn) { tx.SetInt(k, 1, NoExpiry) }},
		{"set twice", func(_ *fixture, tx *Txn) { tx.SetInt(k, 1, NoExpiry); tx.SetInt(k, 2, NoExpiry) }},
		{"edited in place", func(_ *fixture, tx *Txn) { b, _ := tx.Edit([]byte("raw"), 1); b[0] = 'X' }},
		{"grown", func(_ *fixture, tx *Txn) { tx.Edit(k, 1000) }},
		{"built", func(_ *fixture, tx *Txn) { tx.Build(k, 0, func([]byte) {}) }},
		{"deleted", func(_ *fixture, tx *Txn) { tx.Delete(k) }},
		{"deleted and set", func(_ *fixture, tx *Txn) { tx.Delete(k); tx.SetInt(k, 1, NoExpiry) }},
		{"new key", func(_ *fixture, tx *Txn) { tx.SetInt(other, 1, NoExpiry) }},
		{"new key in a new database", func(_ *fixture, tx *Txn) { tx.Select(8); tx.SetInt(k, 1, NoExpiry) }},
		{"expiry set", func(f *fixture, tx *Txn) { tx.SetExpiry(k, f.now+1) }},
		{"expiry changed", func(f *fixture, tx *Txn) { tx.SetExpiry([]byte("e"), f.now+1) }},
		{"expiry removed", func(_ *fixture, tx *Txn) { tx.SetExpiry([]byte("e"), NoExpiry) }},
		{"expired", func(f *fixture, tx *Txn) { tx.SetNow(f.now + 1e6); tx.Read([]byte("e")) }},
		{"renamed", func(_ *fixture, tx *Txn) { tx.Rename(k, other) }},
		{"renamed over another", func(_ *fixture, tx *Txn) { tx.Rename(k, []byte("e")) }},
		{"moved", func(_ *fixture, tx *Txn) { tx.Move(k, 5) }},
		{"copied", func(_ *fixture, tx *Txn) { tx.Copy(k, k, 1, true) }},
		{"swapped", func(_ *fixture, tx *Txn) { tx.Swap(0, 1) }},
		{"swapped and changed", func(_ *fixture, tx *Txn) { tx.Swap(0, 1); tx.SetInt(k, 1, NoExpiry); tx.Select(1); tx.Delete(k) }},
		{"swapped with an empty one, flushed", func(_ *fixture, tx *Txn) { tx.Swap(0, 7); tx.Flush(7, false) }},
		{"flushed", func(_ *fixture, tx *Txn) { tx.Flush(0, false) }},
		{"flushed lazily", func(_ *fixture, tx *Txn) { tx.Flush(-1, true) }},
		{"flushed, set, flushed", func(_ *fixture, tx *Txn) { tx.Flush(-1, false); tx.SetInt(k, 1, NoExpiry); tx.Flush(-1, false) }},
	} {
		for _, reclaim := range []bool{false, true} {
			t.Run(fmt.Sprint(tc.name, ", reclaim ", reclaim), func(t *testing.T) {
				f := newFixture(t, Tuning{})
				f.set(0, "k", "value", NoExpiry)
				f.set(0, "e", "expires", f.now+1000)
				f.set(1, "k", "in database 1", NoExpiry)
				f.on(0, "raw", func(tx *Txn, key []byte) { tx.Edit(key, 3) })
				c, want := newCollector(t), f.s.contents()
				for range 2 { // the second snapshot finds the marks as the first leaves them
					snap, err := f.s.NewSnapshot(c, nil)
					if err != nil {
						t.Fatal(err)
					}
					f.do(0, func(tx *Txn) { tc.change(f, tx) })
					for reclaim && f.s.Reclaim() {
					}
					for snap.Step(3) {
					}
					if d := differences(c.saved, want); len(d) > 0 {
						t.Fatalf("%q", d)
					}
					c, want = newCollector(t), f.s.contents()
				}
			})
		}
	}
}

// TestSnapshotOfFlushed: what was flushed before a snapshot is not in it, even if its memory is freed during it.
func TestSnapshotOfFlushed(t *testing.T) {
	f := newFixture(t, Tuning{})
	for i := range 2000 {
		f.set(0, "flushed"+strconv.Itoa(i), "v", NoExpiry)
	}
	f.set(1, "stays", "v", NoExpiry)
	f.do(0, func(tx *Txn) { tx.Flush(0, true) })
	f.set(0, "new", "v", NoExpiry)
	for _, when := range []string{"before", "while", "after"} {
		c, want := newCollector(t), f.s.contents()
		snap, err := f.s.NewSnapshot(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		for more := true; more; more = snap.Step(1) {
			if when == "while" {
				f.s.Reclaim()
			}
		}
		if d := differences(c.saved, want); len(d) > 0 || len(want) != 2 {
			t.Errorf("%s reclaiming: %q", when, d)
		}
	}
}

func TestSnapshotLifeCycle(t *testing.T) {
	f := newFixture(t, Tuning{})
	for i := range 3000 {
		f.set(i%3, strconv.Itoa(i), "v", NoExpiry)
	}
	want, c, seen := f.s.contents(), newCollector(t), 0
	snap, err := f.s.NewSnapshot(c, func() {
		seen++
		for i := range f.s.shards {
			if f.s.shards[i].mu.TryLock() {
				t.Errorf("shard %d is not locked at the snapshot's moment", i)
			}
		}
	})
	if err != nil || seen != 1 {
		t.Fatal(err, seen)
	}
	if _, err := f.s.NewSnapshot(c, nil); !errors.Is(err, ErrSnapshotRunning) {
		t.Errorf("a second snapshot at once: %v", err)
	}
	for more, last := true, 0; more; last = len(c.saved) {
		more = snap.Step(2)
		if n := len(c.saved) - last; n > 80 {
			t.Fatalf("a step of two buckets saved %d entries", n)
		}
	}
	if snap.Step(1) {
		t.Error("a finished snapshot goes on")
	}
	if d := differences(c.saved, want); len(d) > 0 {
		t.Errorf("%q", d)
	}

	aborted := newCollector(t)
	if snap, err = f.s.NewSnapshot(aborted, nil); err != nil {
		t.Fatal(err)
	}
	snap.Step(10)
	snap.Abort()
	n := len(aborted.saved)
	f.do(0, func(tx *Txn) { tx.Flush(0, false) })
	want = f.s.contents()
	for snap.Step(10) {
	}
	if len(aborted.saved) != n {
		t.Error("an aborted snapshot goes on saving")
	}
	c = newCollector(t)
	if snap, err = f.s.NewSnapshot(c, nil); err != nil {
		t.Fatal(err)
	}
	for snap.Step(1 << 20) {
	}
	if d := differences(c.saved, want); len(d) > 0 {
		t.Errorf("after an aborted snapshot: %q", d)
	}
}

// churn changes the store in every way there is until stop is set.
type churn struct {
	f    *fixture
	now  atomic.Int64
	stop atomic.Bool
	wg   sync.WaitGroup
	ops  atomic.Int64
}

func (c *churn) start() {
	c.now.Store(c.f.now)
	c.f.fill(0, 2000, "key:", func(int) int64 { return NoExpiry })
	for i, op := range []func(*Txn, *rand.Rand){c.write, c.write, c.write, c.upkeep, c.wholesale} {
		c.wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 99))
			var tx Txn
			for !c.stop.Load() {
				op(&tx, rng)
				c.ops.Add(1)
			}
		})
	}
}

// proceed waits for n more operations.
func (c *churn) proceed(n int64) {
	for until := c.ops.Load() + n; c.ops.Load() < until; {
		runtime.Gosched()
	}
}

func (c *churn) end() {
	c.stop.Store(true)
	c.wg.Wait()
	c.f.now = c.now.Load()
}

// write does one random transaction on one to three keys.
func (c *churn) write(tx *Txn, rng *rand.Rand) {
	key := func() []byte { return []byte("key:" + strconv.Itoa(rng.IntN(4000))) }
	a, b, now := key(), key(), c.now.Load()
	c.f.s.Begin(tx, MaskOf(a)|MaskOf(b), rng.IntN(3), now)
	defer tx.End()
	switch rng.IntN(12) {
	case 0, 1, 2:
		tx.SetInt(a, rng.Int64(), KeepExpiry)
	case 3, 4:
		tx.SetString(a, make([]byte, rng.IntN(400)), now+rng.Int64N(3000))
	case 5:
		v, _ := tx.Edit(a, rng.IntN(300))
		for i := range v {
			v[i]++
		}
		tx.Changed(a)
	case 6, 7:
		tx.Delete(a)
		tx.Read(b)
	case 8:
		tx.SetExpiry(a, now+rng.Int64N(3000))
	case 9:
		if string(a) != string(b) {
			tx.Rename(a, b)
		}
	case 10:
		if db := rng.IntN(3); db != tx.DB() {
			tx.Move(a, db)
		}
	default:
		if string(a) != string(b) {
			tx.Copy(a, b, rng.IntN(3), true)
		}
	}
}

// upkeep does what the server's cron does; its parts must not overlap with themselves.
func (c *churn) upkeep(_ *Txn, rng *rand.Rand) {
	s := c.f.s
	switch rng.IntN(5) {
	case 0:
		c.now.Add(rng.Int64N(20))
		s.ExpireCycle(func() time.Time { return time.UnixMilli(c.now.Load()) }, time.Second)
	case 1:
		s.Defragment(50)
	case 2:
		s.Evict(s.Used()-2000, c.now.Load(), func() bool { return false })
	default:
		s.Reclaim()
	}
}

// wholesale flushes and swaps databases, and refills what a flush emptied.
func (c *churn) wholesale(tx *Txn, rng *rand.Rand) {
	c.f.s.Begin(tx, AllShards, rng.IntN(3), c.now.Load())
	defer tx.End()
	switch rng.IntN(40) {
	case 0:
		tx.Flush(tx.DB(), rng.IntN(2) == 0)
	case 1:
		tx.Flush(-1, rng.IntN(2) == 0)
	case 2, 3, 4:
		tx.Swap(tx.DB(), rng.IntN(3))
	default:
		for range 50 {
			tx.SetInt([]byte("key:"+strconv.Itoa(rng.IntN(4000))), rng.Int64(), NoExpiry)
		}
	}
}

// TestSnapshotUnderWriters takes snapshots, some of them aborted, while all kinds of writers run at full speed, and
// compares each with a copy taken at its moment.
func TestSnapshotUnderWriters(t *testing.T) {
	f := newFixture(t, Tuning{Policy: AllKeysRandom, Samples: 5})
	c := &churn{f: f}
	c.start()
	for n := range 30 {
		sink := newCollector(t)
		var want map[place]record
		snap, err := f.s.NewSnapshot(sink, func() { want = f.s.physical() })
		if err != nil {
			t.Fatal(err)
		}
		for steps := 1; snap.Step(1 + n%7); steps++ {
			if steps%16 == 0 {
				c.proceed(10)
			}
			if n%5 == 4 && steps == 40 {
				snap.Abort()
			}
		}
		if n%5 == 4 {
			continue
		}
		if d := differences(sink.saved, want); len(d) > 0 {
			t.Errorf("snapshot %d, %d entries: %q", n, len(want), d)
			break
		}
	}
	c.end()
}

// TestSnapshotAccounting: stepping may make tables do what they had put off, and says so.
func TestSnapshotAccounting(t *testing.T) {
	f := newFixture(t, Tuning{})
	for part := range 5 {
		f.fill(0, 9000, strconv.Itoa(part)+":", func(i int) int64 { return f.now + int64(i) })
		snap, err := f.s.NewSnapshot(newCollector(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		for snap.Step(100) {
		}
		f.audit()
	}
}
