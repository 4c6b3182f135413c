package dict

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"synap/store/arena"
)

const benchTables = 64

// shards is what a server has: many tables, each with its arena, of entries
// that hold their key.
type shards struct {
	arenas [benchTables]*arena.Arena
	tables [benchTables]Table
}

func newShards() *shards {
	s := new(shards)
	pool := new(arena.Pool)
	for i := range s.arenas {
		s.arenas[i] = arena.New(pool)
	}
	return s
}

func (s *shards) reset() {
	for _, a := range s.arenas {
		a.Reset()
	}
}

func (s *shards) insert(key uint64) {
	hash := mix(key)
	i := hash >> 58
	h := s.arenas[i].Alloc(16)
	*(*uint64)(s.arenas[i].Ptr(h)) = key
	s.tables[i].Insert(s.arenas[i], hash, h)
}

func (s *shards) find(key uint64) bool {
	hash := mix(key)
	i := hash >> 58
	a := s.arenas[i]
	p := s.tables[i].Probe(a, hash)
	for h := p.Next(); h != 0; h = p.Next() {
		if *(*uint64)(a.Ptr(h)) == key {
			return true
		}
	}
	return false
}

func BenchmarkTable(b *testing.B) {
	for _, n := range []int{1_000_000, 10_000_000} {
		s := newShards()
		start := time.Now()
		for key := range uint64(n) {
			s.insert(key)
		}
		load := time.Since(start)
		b.Run(fmt.Sprintf("load-%d", n), func(b *testing.B) {
			b.ReportMetric(float64(load.Nanoseconds())/float64(n), "ns/insert")
		})
		b.Run(fmt.Sprintf("hit-%d", n), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			for b.Loop() {
				if !s.find(rng.Uint64N(uint64(n))) {
					b.Fatal("lost")
				}
			}
		})
		b.Run(fmt.Sprintf("miss-%d", n), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			for b.Loop() {
				if s.find(rng.Uint64() | 1<<63) {
					b.Fatal("found")
				}
			}
		})
		b.Run(fmt.Sprintf("random-%d", n), func(b *testing.B) {
			rng := rand.NewPCG(1, 2)
			for b.Loop() {
				i := rng.Uint64() % benchTables
				if s.tables[i].Random(s.arenas[i], rng) == 0 {
					b.Fatal("empty")
				}
			}
		})
		b.Run(fmt.Sprintf("scan-%d", n), func(b *testing.B) {
			cursor, visited := uint64(0), 0
			for b.Loop() {
				cursor = s.tables[0].Scan(s.arenas[0], cursor, func(arena.Handle) { visited++ })
			}
			b.ReportMetric(float64(visited)/float64(b.N), "entries/op")
		})
		s.reset()
	}
}

// BenchmarkBytesPerEntry reports the memory of a table over all sizes from a
// thousand to a million entries.
func BenchmarkBytesPerEntry(b *testing.B) {
	const first, last = 1000, 1_000_000
	var worst, sum float64
	var at int
	for b.Loop() {
		a := arena.New(new(arena.Pool))
		var t Table
		worst, sum = 0, 0
		for n := 1; n <= last; n++ {
			t.Insert(a, mix(uint64(n)), 1)
			if n >= first {
				per := float64(t.Bytes()) / float64(n)
				sum += per
				if per > worst {
					worst, at = per, n
				}
			}
		}
		a.Reset()
	}
	b.ReportMetric(worst, "worst-B/entry")
	b.ReportMetric(float64(at), "worst-at")
	b.ReportMetric(sum/(last-first+1), "mean-B/entry")
}

// BenchmarkLongestInsert reports the longest of ten million insertions into
// one table. Each counts with the least time it took in five runs, which are
// the same but for what else the machine does.
func BenchmarkLongestInsert(b *testing.B) {
	least := make([]time.Duration, 10_000_000)
	for b.Loop() {
		for run := range 5 {
			a := arena.New(new(arena.Pool))
			var t Table
			for n := range least {
				hash := mix(uint64(n))
				start := time.Now()
				t.Insert(a, hash, 1)
				if took := time.Since(start); run == 0 || took < least[n] {
					least[n] = took
				}
			}
			a.Reset()
		}
	}
	slices.Sort(least)
	for _, p := range []struct {
		name string
		at   int
	}{{"p50", 5_000_000}, {"p99", 9_900_000}, {"p99.99", 9_999_000}, {"max", 9_999_999}} {
		b.ReportMetric(float64(least[p.at].Nanoseconds()), p.name+"-ns")
	}
}
