package store

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The benchmarks measure the store alone: no network, no commands. Run them with
//
//	go test -run '^$' -bench . -benchtime 1s ./store
//
// BenchmarkMemory, BenchmarkFootprint and BenchmarkTTLCleanup build a keyspace per iteration; -benchtime 1x is enough
// for them.

// benchKey writes "key:" and twelve digits: 16 bytes.
func benchKey(buf []byte, i int) []byte {
	buf = append(buf[:0], "key:000000000000"...)
	for p := len(buf) - 1; i > 0; p, i = p-1, i/10 {
		buf[p] = byte('0' + i%10)
	}
	return buf
}

// benchStore returns a store with n keys of 16 bytes with values of 64.
func benchStore(b *testing.B, n int) *Store {
	s := New(Options{Databases: 16})
	b.Cleanup(func() { release(s) })
	load(s, n, NoExpiry)
	return s
}

func load(s *Store, n int, expireAt int64) {
	var t Txn
	buf, value := make([]byte, 16), []byte(strings.Repeat("v", 64))
	for i := range n {
		key := benchKey(buf, i)
		s.Begin(&t, MaskOf(key), 0, epoch0)
		t.SetString(key, value, expireAt)
		t.End()
	}
}

func release(s *Store) {
	var t Txn
	s.Begin(&t, AllShards, 0, epoch0)
	t.Flush(-1, false)
	t.End()
	s.Trim()
}

// BenchmarkMemory reports bytes per key, tables included, for three shapes of data: used is the sum of all blocks,
// resident what the system has to hold for them, payload what the user stored.
func BenchmarkMemory(b *testing.B) {
	const n = 300_000
	for _, shape := range []struct {
		name     string
		key      func(i int) string
		value    string
		expireAt int64
	}{
		{"counter", func(i int) string { return "c:" + strconv.Itoa(10_000+i) }, "17", NoExpiry},
		{"string64", func(i int) string { return string(benchKey(nil, i)) }, strings.Repeat("v", 64), NoExpiry},
		{"session", func(i int) string { return fmt.Sprintf("session:%032x", i) }, strings.Repeat("v", 300), epoch0 + 3_600_000},
	} {
		b.Run(shape.name, func(b *testing.B) {
			payload := 0
			for range b.N {
				s := New(Options{Databases: 16})
				var t Txn
				payload = 0
				for i := range n {
					key := []byte(shape.key(i))
					s.Begin(&t, MaskOf(key), 0, epoch0)
					t.SetString(key, []byte(shape.value), shape.expireAt)
					t.End()
					payload += len(key) + len(shape.value)
				}
				b.ReportMetric(float64(s.Used())/n, "used-B/key")
				b.ReportMetric(float64(s.Resident())/n, "resident-B/key")
				release(s)
			}
			b.ReportMetric(float64(payload)/n, "payload-B/key")
		})
	}
}

// BenchmarkFootprint loads a million keys of 16 bytes with values of 64 and reports what they take, on the Go heap, too.
func BenchmarkFootprint(b *testing.B) {
	const n = 1_000_000
	for range b.N {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := New(Options{Databases: 16})
		load(s, n, NoExpiry)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(s.Used())/n, "used-B/key")
		b.ReportMetric(float64(s.Resident())/n, "resident-B/key")
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/n, "heap-B/key")
		release(s)
	}
}

// BenchmarkThroughput measures one goroutine's transactions of one command over a million keys in random order.
func BenchmarkThroughput(b *testing.B) {
	const n = 1_000_000
	s := benchStore(b, n)
	value := []byte(strings.Repeat("w", 64))
	for _, op := range []struct {
		name string
		run  func(t *Txn, key []byte)
	}{
		{"get", func(t *Txn, key []byte) { t.Read(key).payload() }},
		{"set", func(t *Txn, key []byte) { t.SetString(key, value, NoExpiry) }},
		{"set-expiring", func(t *Txn, key []byte) { t.SetString(key, value, epoch0+1000) }},
		{"delete-set", func(t *Txn, key []byte) { t.Delete(key); t.SetString(key, value, NoExpiry) }},
	} {
		b.Run(op.name, func(b *testing.B) {
			var t Txn
			rng, buf := rand.New(rand.NewPCG(1, 2)), make([]byte, 16)
			b.ReportAllocs()
			for b.Loop() {
				key := benchKey(buf, rng.IntN(n))
				s.Begin(&t, MaskOf(key), 0, epoch0)
				op.run(&t, key)
				t.End()
			}
		})
	}
}

// BenchmarkLatency reports the median, the 99th and the 99.9th percentile and the maximum of single insertions while
// the tables grow from nothing: growth must not show. Each includes two readings of the clock.
func BenchmarkLatency(b *testing.B) {
	s := New(Options{Databases: 16})
	b.Cleanup(func() { release(s) })
	var t Txn
	buf, value := make([]byte, 16), []byte(strings.Repeat("v", 64))
	spent := make([]time.Duration, 0, 1<<20)
	i := 0
	for b.Loop() {
		key := benchKey(buf, i)
		i++
		start := time.Now()
		s.Begin(&t, MaskOf(key), 0, epoch0)
		t.SetString(key, value, NoExpiry)
		t.End()
		spent = append(spent, time.Since(start))
	}
	slices.Sort(spent)
	for _, p := range []struct {
		unit  string
		share float64
	}{{"p50-ns", 0.5}, {"p99-ns", 0.99}, {"p99.9-ns", 0.999}, {"max-ns", 1}} {
		at := min(int(float64(len(spent))*p.share), len(spent)-1)
		b.ReportMetric(float64(spent[at]), p.unit)
	}
}

// BenchmarkConcurrency runs nine reads to one write from as many goroutines at once as its name says, per processor.
func BenchmarkConcurrency(b *testing.B) {
	const n = 1_000_000
	s := benchStore(b, n)
	for _, goroutines := range []int{1, 4, 16} {
		b.Run(fmt.Sprint("goroutines-", goroutines), func(b *testing.B) {
			b.SetParallelism(goroutines)
			parallel(b, s, func(rng *rand.Rand) int { return rng.IntN(n) })
		})
	}
}

func parallel(b *testing.B, s *Store, pick func(rng *rand.Rand) int) {
	value := []byte(strings.Repeat("w", 64))
	var seeds atomic.Uint64
	b.RunParallel(func(pb *testing.PB) {
		var t Txn
		rng, buf := rand.New(rand.NewPCG(seeds.Add(1), 3)), make([]byte, 16)
		for i := 0; pb.Next(); i++ {
			key := benchKey(buf, pick(rng))
			s.Begin(&t, MaskOf(key), 0, epoch0)
			if i%10 == 0 {
				t.SetString(key, value, NoExpiry)
			} else {
				t.Read(key)
			}
			t.End()
		}
	})
}

// BenchmarkSharding is BenchmarkConcurrency over keys of only so many shards, which shows what their number buys, and
// reports how many keys the fullest shard has beyond the average.
func BenchmarkSharding(b *testing.B) {
	const n = 200_000
	s := benchStore(b, n)
	for shards := 1; shards <= Shards; shards *= 4 {
		var keys []int
		var perShard [Shards]int
		buf := make([]byte, 16)
		for i := range n {
			if sh := ShardOf(benchKey(buf, i)); sh < shards {
				keys = append(keys, i)
				perShard[sh]++
			}
		}
		b.Run(fmt.Sprint("shards-", shards), func(b *testing.B) {
			b.SetParallelism(8)
			parallel(b, s, func(rng *rand.Rand) int { return keys[rng.IntN(len(keys))] })
			fullest := float64(slices.Max(perShard[:])) * float64(shards) / float64(len(keys))
			b.ReportMetric((fullest-1)*100, "%-above-mean")
		})
	}
}

// BenchmarkTTLCleanup reports the cost of the background expiry: per key removed when all keys expire at once, and of a
// whole pass over as many of which none has expired.
func BenchmarkTTLCleanup(b *testing.B) {
	const n = 300_000
	b.Run("expired", func(b *testing.B) {
		var longest time.Duration
		for range b.N {
			b.StopTimer()
			s := New(Options{Databases: 16})
			load(s, n, epoch0)
			var t Txn
			b.StartTimer()
			clock := func() time.Time { return time.UnixMilli(epoch0 + 2000) }
			for s.Used() > 0 {
				c := &s.expiry
				start := time.Now()
				if more, _ := s.expireSlice(&t, clock); !more {
					c.shard, c.db, c.group = (c.shard+1)%Shards, 0, 0
				}
				longest = max(longest, time.Since(start))
			}
			b.StopTimer()
			release(s)
			b.StartTimer()
		}
		b.ReportMetric(float64(b.Elapsed())/float64(b.N)/n, "ns/key")
		b.ReportMetric(float64(longest.Microseconds()), "longest-lock-µs")
	})
	b.Run("none-expired", func(b *testing.B) {
		s := New(Options{Databases: 16})
		b.Cleanup(func() { release(s) })
		load(s, n, epoch0+3_600_000)
		clock := func() time.Time { return time.UnixMilli(epoch0) }
		for b.Loop() {
			s.ExpireCycle(clock, time.Second)
		}
	})
}
