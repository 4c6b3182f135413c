package store

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
)

// TestTransfers moves amounts between accounts in many shards at once. Transactions over all shards see the same total
// at every moment, and nobody waits for ever.
func TestTransfers(t *testing.T) {
	const accounts, total = 40, 40_000
	f := newFixture(t, Tuning{})
	account := func(i int) []byte { return []byte("account" + strconv.Itoa(i)) }
	for i := range accounts {
		f.on(0, string(account(i)), func(tx *Txn, k []byte) { tx.SetInt(k, total/accounts, NoExpiry) })
	}
	sum := func(tx *Txn) (sum int64) {
		tx.Each(func(e Entry) {
			n, _ := e.Int()
			sum += n
		})
		return sum
	}
	var wg sync.WaitGroup
	for w := range 6 {
		wg.Go(func() {
			rng, tx := rand.New(rand.NewPCG(uint64(w), 1)), new(Txn)
			for range 1500 {
				var keys [4][]byte
				mask := uint64(0)
				for i := range keys {
					keys[i] = account(rng.IntN(accounts))
					mask |= MaskOf(keys[i])
				}
				f.s.Begin(tx, mask, 0, f.now)
				for i := range keys {
					from, to := keys[i], keys[(i+1)%len(keys)]
					n, _ := tx.Write(from).Int()
					tx.SetInt(from, n-1, NoExpiry)
					n, _ = tx.Write(to).Int()
					tx.SetInt(to, n+1, NoExpiry)
				}
				tx.End()
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			tx := new(Txn)
			for range 150 {
				f.s.Begin(tx, AllShards, 0, f.now)
				if n := sum(tx); n != total {
					t.Errorf("the accounts add up to %d", n)
				}
				tx.End()
			}
		})
	}
	wg.Wait()
	f.do(0, func(tx *Txn) {
		if n := sum(tx); n != total {
			t.Errorf("in the end the accounts add up to %d", n)
		}
	})
}

// TestStress runs every kind of writer, watchers, waiting clients, scans and statistics side by side; the race detector
// and the fixture's audit judge.
func TestStress(t *testing.T) {
	f := newFixture(t, Tuning{Policy: AllKeysLFU, Samples: 5, LFULogFactor: 10, LFUDecayTime: 1})
	f.s.SetSink(new(journalCounter))
	c := &churn{f: f}
	c.start()
	var wg sync.WaitGroup
	for w := range 2 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 2))
			for range 150 {
				c.client(rng)
			}
		})
	}
	wg.Wait()
	c.proceed(1000)
	c.end()
}

// journalCounter is a sink for concurrent use that keeps nothing.
type journalCounter struct {
	mu sync.Mutex
	n  uint64
}

func (j *journalCounter) Append(Unit) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.n++
	return j.n
}

// client does what a client does that watches, waits, scans and asks for figures.
func (c *churn) client(rng *rand.Rand) {
	var w Watcher
	var tx Txn
	s := c.f.s
	key := []byte("key:" + strconv.Itoa(rng.IntN(4000)))
	s.Begin(&tx, MaskOf(key), rng.IntN(3), c.now.Load())
	tx.Watch(&w, key)
	wait := tx.Await(&testWaiter{wake: func(tx *Txn, key string) bool {
		tx.Peek([]byte(key))
		return false
	}}, Interest{Type: String, Gone: true}, [][]byte{key}, nil)
	home := tx.DB()
	tx.End()

	s.Begin(&tx, 0, home, c.now.Load())
	cursor := uint64(0)
	for range 5 {
		cursor = tx.Scan(cursor, 50, func(e Entry) { _ = e.Key() })
	}
	tx.SpaceStats()
	tx.Stats()
	tx.End()
	s.ExpiryStats()
	s.Moved()

	s.Begin(&tx, AllShards, home, c.now.Load())
	if k, ok := tx.RandomKey(); ok {
		tx.Read(append([]byte(nil), k...))
	}
	tx.Stale(&w)
	if rng.IntN(2) == 0 {
		tx.Unwatch(&w)
	}
	tx.End()
	s.Unwatch(&w)
	s.Forget(wait)
}

// TestShardsSpread: keys as people name them spread evenly over the shards.
func TestShardsSpread(t *testing.T) {
	const n = 64_000
	for name, key := range map[string]func(i int) string{
		"counter":       strconv.Itoa,
		"prefix":        func(i int) string { return "user:" + strconv.Itoa(i) + ":profile" },
		"fixed width":   func(i int) string { return "key:" + strconv.Itoa(1_000_000_000_000+i) },
		"last two bits": func(i int) string { return string([]byte{byte(i), byte(i >> 8), byte(i >> 16)}) },
	} {
		var shards [Shards]int
		for i := range n {
			shards[ShardOf([]byte(key(i)))]++
		}
		chi := 0.0
		for _, c := range shards {
			d := float64(c) - n/Shards
			chi += d * d / (n / Shards)
		}
		if chi > 130 { // 63 degrees of freedom: once in a million
			t.Errorf("%s: chi-square %.0f", name, chi)
		}
	}
}

// TestReclaimOverlaps frees what a lazy flush left from two goroutines that share no lock, as the background work and
// eviction do: the race detector and the fixture's audit judge.
func TestReclaimOverlaps(t *testing.T) {
	f := newFixture(t, Tuning{})
	for i := range 2000 {
		f.set(0, strconv.Itoa(i), "v", NoExpiry)
	}
	for shard, key := range keysOfShards() { // a shard without any key would be reset at once
		f.set(1, key, strconv.Itoa(shard), NoExpiry)
	}
	var left int
	f.do(0, func(tx *Txn) {
		tx.Flush(0, true)
		left = tx.PendingReclaim()
	})
	if left != 2000 {
		t.Fatalf("%d entries to free, want 2000", left)
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for f.s.Reclaim() {
			}
		})
	}
	wg.Wait()
	f.do(1, func(tx *Txn) {
		if left := tx.PendingReclaim(); left != 0 || tx.Len(1) != Shards {
			t.Errorf("%d entries left to free, %d keys, want 0 and %d", left, tx.Len(1), Shards)
		}
	})
}

// keysOfShards returns a key of each shard.
func keysOfShards() (keys [Shards]string) {
	for i, found := 0, 0; found < Shards; i++ {
		key := "shard key " + strconv.Itoa(i)
		if at := &keys[ShardOf([]byte(key))]; *at == "" {
			*at = key
			found++
		}
	}
	return keys
}
