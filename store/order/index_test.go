package order

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"synap/store/arena"
)

func FuzzIndex(f *testing.F) {
	f.Add([]byte{})
	for seed := range uint64(4) {
		data := make([]byte, 1200)
		rng := rand.New(rand.NewPCG(seed, 7))
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { run(t, data[:min(len(data), 4000)]) })
}

// TestRandomOperations carries long scripts out.
func TestRandomOperations(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		data := make([]byte, 3000)
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		run(t, data)
	}
}

// TestGrowthAndDecay fills indexes of three levels in several orders, compares, and empties them again.
func TestGrowthAndDecay(t *testing.T) {
	const n = 40_000
	rng := rand.New(rand.NewPCG(1, 2))
	shuffled := rng.Perm(n)
	for _, tc := range []struct {
		name     string
		score    func(i int) float64
		fullness float64 // least bytes of elements' entries per byte of nodes
	}{
		{"ascending", func(i int) float64 { return float64(i) }, 0.95},
		{"descending", func(i int) float64 { return float64(-i) }, 0.95},
		{"random", func(i int) float64 { return float64(shuffled[i]) }, 0.80},
		{"equal", func(int) float64 { return 1 }, 0.80},
		{"two runs", func(i int) float64 { return float64(i / 2 * (i%2*2 - 1)) }, 0.95},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newTwin(t)
			handles := make([]item, n)
			for i := range n {
				handles[i] = w.alloc(tc.score(i), "member:"+strconv.Itoa(i))
				w.x.Insert(w.a, handles[i].h)
			}
			if err := w.check(); err != "" {
				t.Fatal(err)
			}
			if full := float64(n*leafEntry) / float64(w.x.Bytes()); full < tc.fullness {
				t.Errorf("the nodes are %.2f full, want %.2f", full, tc.fullness)
			}
			for left := n; left > 0; left-- {
				at := rng.IntN(left)
				i := handles[at]
				if left%1000 == 0 {
					var c Cursor
					rank := w.x.Rank(w.a, i.h)
					if w.x.At(w.a, rank, &c); c.Element() != i.h {
						t.Fatalf("rank %d is another element", rank)
					}
				}
				w.x.Remove(w.a, i.h)
				w.free(i)
				handles[at] = handles[left-1]
				if left%5000 == 0 && left > 5000 {
					if err := w.check(); err != "" {
						t.Fatal(err)
					}
				}
			}
			if w.x != (Index{}) || w.a.Used() != 0 {
				t.Errorf("emptied: %+v, %d bytes", w.x, w.a.Used())
			}
		})
	}
}

// TestMoveSparse empties most of the arena and lets the rest be moved together.
func TestMoveSparse(t *testing.T) {
	w := newTwin(t)
	var all []item
	for i := range 30_000 {
		all = append(all, w.alloc(float64(i*7919%30_011), strconv.Itoa(i)))
		w.x.Insert(w.a, all[i].h)
	}
	for i, it := range all {
		if i%10 != 0 {
			w.x.Remove(w.a, it.h)
			w.free(it)
		} else {
			w.place(it)
		}
	}
	before, moved := w.a.Resident(), 0
	for rank := range w.items {
		moved += w.x.MoveSparse(w.a, rank)
		if w.a.Sparse(w.items[rank].h) {
			w.replace(rank)
		}
	}
	w.a.Trim()
	if after := w.a.Resident(); after > before/2 {
		t.Errorf("%d bytes resident before, %d after %d nodes have moved", before, after, moved)
	}
	w.compare()
}

func TestMissingElementPanics(t *testing.T) {
	w := newTwin(t)
	w.set(1, "a")
	i := w.alloc(2, "b")
	for name, f := range map[string]func(){
		"Remove": func() { w.x.Remove(w.a, i.h) },
		"At":     func() { w.x.At(w.a, 1, new(Cursor)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

func benchmarkIndex(b *testing.B, n int) (*arena.Arena, *Index, []arena.Handle) {
	a, x := arena.New(new(arena.Pool)), new(Index)
	b.Cleanup(a.Reset)
	handles := make([]arena.Handle, n)
	for i := range handles {
		handles[i] = NewElement(a, float64(i*7919%n), []byte("member:"+strconv.Itoa(i)))
		x.Insert(a, handles[i])
	}
	return a, x, handles
}

func BenchmarkIndex(b *testing.B) {
	const n = 1_000_003
	a, x, handles := benchmarkIndex(b, n)
	b.ReportMetric(float64(x.Bytes())/n, "node-B/element")
	rng := rand.New(rand.NewPCG(1, 2))
	b.Run("rank", func(b *testing.B) {
		for b.Loop() {
			x.Rank(a, handles[rng.IntN(n)])
		}
		b.ReportMetric(float64(x.Bytes())/n, "node-B/element")
	})
	b.Run("set", func(b *testing.B) {
		for b.Loop() {
			x.SetScore(a, handles[rng.IntN(n)], float64(rng.IntN(n)))
		}
	})
	b.Run("range100", func(b *testing.B) {
		var c Cursor
		for b.Loop() {
			x.At(a, rng.IntN(n-100), &c)
			for range 100 {
				c.Element()
				c.Next()
			}
		}
	})
}
