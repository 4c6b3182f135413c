package store

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// visits runs a whole pass of the cycle and returns how many entries it looked at.
func (f *fixture) visits() int64 {
	c := &f.s.expiry
	var t Txn
	for range Shards {
		for more := true; more; {
			more, _ = f.s.expireSlice(&t, f.clock)
		}
		c.shard, c.db, c.group = (c.shard+1)%Shards, 0, 0
	}
	n := c.visited
	c.visited, c.found = 0, 0
	return n
}

// fill sets n keys in one database with the expiry that at gives.
func (f *fixture) fill(db, n int, prefix string, at func(i int) int64) {
	for i := range n {
		f.set(db, prefix+strconv.Itoa(i), "v", at(i))
	}
}

// TestExpiryOfManyAtOnce lets 100,000 keys expire in the same second, and some others stay.
func TestExpiryOfManyAtOnce(t *testing.T) {
	f := newFixture(t, Tuning{})
	sink := new(countingSink)
	f.s.SetSink(sink)
	f.fill(0, 100_000, "k", func(i int) int64 { return f.now + 5000 + int64(i%1000) })
	f.fill(0, 5000, "stays", func(int) int64 { return NoExpiry })
	f.fill(1, 5000, "later", func(int) int64 { return f.now + 50_000 })
	f.now += 6001
	calls := 0
	// A clock that moves on by 10 µs with each reading: some ten slices for each call.
	start, readings := f.clock(), time.Duration(0)
	clock := func() time.Time { readings++; return start.Add(readings * 10 * time.Microsecond) }
	for f.size(0) > 5000 {
		before := f.size(0)
		if f.s.ExpireCycle(clock, 100*time.Microsecond); f.size(0) > before-1 {
			t.Fatalf("call %d removed nothing of %d keys", calls, before)
		}
		if calls++; calls > 10_000 {
			t.Fatal("the cycle does not get through")
		}
	}
	if n, m := f.size(0), f.size(1); n != 5000 || m != 5000 {
		t.Errorf("%d and %d keys left", n, m)
	}
	if sink.effects != 100_000 {
		t.Errorf("%d removals recorded", sink.effects)
	}
	if st := f.s.ExpiryStats(); st.TimeCapReached < int64(calls)-1 || st.CPU < 100*time.Microsecond || st.StalePercent <= 0 || st.StalePercent > 100 {
		t.Errorf("%d calls: %+v", calls, st)
	}
	// Whatever a bound still said about the second in which all expired is put right by one more pass.
	f.visits()
	if n := f.visits(); n != 0 {
		t.Errorf("%d entries visited with nothing to expire", n)
	}
}

// TestExpiryFindsAll removes exactly what has expired, at every load of the table, with keys coming and going.
func TestExpiryFindsAll(t *testing.T) {
	for _, n := range []int{1, 2, 63, 1000, 12_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			f := newFixture(t, Tuning{})
			rng := rand.New(rand.NewPCG(1, uint64(n)))
			f.fill(3, n, "k", func(int) int64 { return f.now + rng.Int64N(10_000) })
			for i := range n / 3 {
				f.on(3, "k"+strconv.Itoa(rng.IntN(n)), func(tx *Txn, k []byte) {
					if i%2 == 0 {
						tx.Delete(k)
					} else {
						tx.SetExpiry(k, f.now+rng.Int64N(10_000))
					}
				})
			}
			for range 21 {
				f.now += 500
				live := 0
				for _, r := range f.s.contents() {
					if !r.expired(f.now) {
						live++
					}
				}
				f.s.ExpireCycle(f.clock, time.Hour)
				if got := f.size(3); got != live {
					t.Fatalf("%d keys left, %d live", got, live)
				}
			}
		})
	}
}

// TestExpiryCost counts what a pass looks at.
func TestExpiryCost(t *testing.T) {
	for _, n := range []int{1000, 10_000, 60_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			f := newFixture(t, Tuning{})
			f.fill(0, n/2, "eternal", func(int) int64 { return NoExpiry })
			f.fill(0, n/2, "later", func(i int) int64 { return f.now + 3_600_000 + int64(i) })
			f.fill(1, n/2, "eternal", func(int) int64 { return NoExpiry })
			if v := f.visits(); v != 0 {
				t.Errorf("%d entries visited with nothing to expire", v)
			}
			f.set(0, "soon", "v", f.now+1000)
			f.now += 2000
			if v := f.visits(); v < 1 || v > 200 || f.size(0) != n {
				t.Errorf("%d entries visited to remove one of %d", v, n)
			}
			// A bound of a key that lost its expiry costs one visit, once.
			f.set(0, "persists", "v", f.now+1000)
			f.on(0, "persists", func(tx *Txn, k []byte) { tx.SetExpiry(k, NoExpiry) })
			f.now += 2000
			if v := f.visits(); v > 200 {
				t.Errorf("%d entries visited for nothing", v)
			}
			if v := f.visits(); v != 0 {
				t.Errorf("%d entries visited for nothing, again", v)
			}
		})
	}
}

// TestExpiryBudget: a call stops soon after its budget, and goes on where it stopped.
func TestExpiryBudget(t *testing.T) {
	f := newFixture(t, Tuning{})
	f.fill(0, 40_000, "k", func(int) int64 { return f.now - 1 })
	readings := 0
	clock := func() time.Time {
		readings++
		return time.UnixMilli(f.now).Add(time.Duration(readings) * time.Millisecond)
	}
	for _, budget := range []int{1, 3, 10} {
		readings = 0
		before := f.size(0)
		f.s.ExpireCycle(clock, time.Duration(budget)*time.Millisecond)
		// One reading before and one after each slice of at most eight groups of some 45 entries.
		removed := before - f.size(0)
		if readings != 2*budget || removed == 0 || removed > budget*expirySlice*groupMost {
			t.Errorf("budget %d: %d readings, %d keys removed", budget, readings, removed)
		}
	}
	if n := f.s.ExpiryStats().TimeCapReached; n != 3 {
		t.Errorf("time cap reached %d times", n)
	}
	f.s.ExpireCycle(f.clock, time.Hour)
	f.s.ExpireCycle(f.clock, time.Hour) // the rest of the shard in whose middle the last call but one had stopped
	if f.size(0) != 0 || f.s.ExpiryStats().TimeCapReached != 3 {
		t.Errorf("%d keys left", f.size(0))
	}
	f.do(0, func(tx *Txn) { tx.ResetStats() })
	if st := f.s.ExpiryStats(); st != (ExpiryStats{}) {
		t.Errorf("not reset: %+v", st)
	}
}

// TestExpiryWait: the time a shard is waited for is not the cycle's work.
func TestExpiryWait(t *testing.T) {
	f := newFixture(t, Tuning{})
	var now atomic.Int64
	now.Store(f.now)
	var holder Txn
	f.s.Begin(&holder, 1<<f.s.expiry.shard, 0, f.now)
	worked := make(chan time.Duration)
	go func() {
		d, _ := f.s.ExpireCycle(func() time.Time { return time.UnixMilli(now.Load()) }, time.Hour)
		worked <- d
	}()
	now.Add(time.Hour.Milliseconds())
	holder.End()
	if d := <-worked; d != 0 || f.s.ExpiryStats().TimeCapReached != 0 {
		t.Errorf("worked %v while another transaction held the shard", d)
	}
}

// groupMost is more entries than any group has, by a wide margin.
const groupMost = 150

func TestExpirySecond(t *testing.T) {
	for _, tc := range []struct {
		at   int64
		want uint32
	}{
		{0, 0}, {-5, 0}, {math.MinInt64, 0}, {999, 0}, {1000, 1}, {epoch0 + 999, uint32(epoch0 / 1000)},
		{(1<<32 - 2) * 1000, 1<<32 - 2}, {(1<<32 - 1) * 1000, 1<<32 - 2}, {math.MaxInt64, 1<<32 - 2},
	} {
		if got := expirySecond(tc.at); got != tc.want {
			t.Errorf("%d ms: second %d, want %d", tc.at, got, tc.want)
		}
	}
}

// TestExpirySum: sums beyond 64 bits are exact and come back to zero.
func TestExpirySum(t *testing.T) {
	var x expirySum
	terms := []int64{math.MaxInt64, math.MaxInt64, math.MaxInt64, epoch0, 0, -1, 1}
	for _, at := range terms {
		x.add(at)
	}
	if x.high == 0 {
		t.Error("the sum does not exceed 64 bits")
	}
	for _, at := range terms {
		x.remove(at)
	}
	if x != (expirySum{}) {
		t.Errorf("%v is left", x)
	}
	for range 5_000_000 {
		x.add(epoch0 * 1000)
	}
	if got := x.average(5_000_000); got != epoch0*1000 {
		t.Errorf("average %d", got)
	}
}
