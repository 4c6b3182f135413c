package deque

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"synap/store/arena"
	"synap/store/packed"
)

// fill makes a list of n numbered values.
func (w *twin) fill(n int) {
	for i := range n {
		w.push(false, "item-"+strconv.Itoa(i))
	}
}

func TestRandomChangesOfLargeLists(t *testing.T) {
	for _, setting := range []int{-1, -2, -5, 1, 3, 128, 0} {
		t.Run(fmt.Sprint(setting), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(setting), 1))
			w := newTwin(t, setting)
			choices := make([]byte, 40)
			for range 250 {
				for i := range choices {
					choices[i] = byte(r.Uint32())
				}
				if choices[0]%16 == 14 {
					continue // the limit stays
				}
				w.change(&script{choices})
				w.verifyLimit()
			}
			w.verify()
		})
	}
}

// TestDirectory splits, fills and joins pages: with one or two elements a block they are soon full.
func TestDirectory(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	w := newTwin(t, 1)
	w.fill(5 * pageRefs)
	for i := range 3 * pageRefs {
		w.insert(r.IntN(len(w.values)+1), strconv.Itoa(i))
	}
	w.verify()
	if w.d.pages < 5 {
		t.Errorf("%d pages", w.d.pages)
	}
	for i := range pageRefs {
		w.push(true, strconv.Itoa(i))
		w.insert(700, strconv.Itoa(i))
	}
	w.verify()
	for len(w.values) > 10 {
		w.delete(r.IntN(len(w.values)), 1)
		if len(w.values)%100 == 0 {
			w.verify()
		}
	}
	if w.d.pages > 1 {
		t.Errorf("%d pages are left for %d elements", w.d.pages, len(w.values))
	}
}

func TestQueueStaysSmall(t *testing.T) {
	for _, n := range []int{1, 50, 600, 5000} {
		for _, front := range []bool{true, false} {
			t.Run(fmt.Sprintf("%d elements, front %v", n, front), func(t *testing.T) {
				w := newTwin(t, -2)
				w.fill(n)
				most := w.a.Used() + 3*int64(w.limit.Bytes)
				for i := range 20_000 {
					w.push(front, "item-"+strconv.Itoa(i))
					if front {
						w.d.DropBack(w.a, 1)
						w.values = w.values[:n]
					} else {
						w.d.DropFront(w.a, 1)
						w.values = w.values[1:]
					}
					if w.a.Used() > most {
						t.Fatalf("%d bytes after %d rounds", w.a.Used(), i)
					}
				}
				w.verify()
			})
		}
	}
}

// TestInsertionSplitsOneBlock counts what one change of a large list allocates.
func TestInsertionSplitsOneBlock(t *testing.T) {
	w := newTwin(t, -2)
	w.fill(100_000)
	before := w.a.Used()
	w.insert(50_000, "between")
	if grown := w.a.Used() - before; grown > int64(w.limit.Bytes) {
		t.Errorf("an insertion took %d bytes", grown)
	}
	w.delete(50_000, 1)
	if grown := w.a.Used() - before; grown > int64(w.limit.Bytes) {
		t.Errorf("an insertion and a deletion took %d bytes", grown)
	}
	w.verify()
}

func TestLargeElementsHaveBlocksOfTheirOwn(t *testing.T) {
	w := newTwin(t, -1)
	large := strings.Repeat("x", 100_000)
	w.fill(2000)
	for _, i := range []int{0, 1000, 1001, 2003} {
		w.insert(i, large)
	}
	w.set(500, large)
	w.verify()
	w.verifyLimit()
	w.set(1001, "small")
	w.set(1002, large+large)
	w.verify()
	w.remove(large, 0, true)
	w.verify()
	w.verifyLimit()
}

func TestMemoryPerElement(t *testing.T) {
	w := newTwin(t, -2)
	const n = 200_000
	data := 0
	for i := range n {
		v := []byte("item-" + strconv.Itoa(i))
		data += packed.SizeOf(v, packed.Forward)
		w.d.PushBack(w.a, packed.Of(v), w.limit)
	}
	if used := w.a.Used(); used > int64(data)+int64(data)*7/1000 {
		t.Errorf("%d bytes of elements take %d", data, used)
	}
}

func TestFreeInSteps(t *testing.T) {
	w := newTwin(t, -1)
	w.fill(50_000)
	steps, before := 1, w.a.Used()
	for ; !w.d.Free(w.a, 8); steps++ {
		if freed := before - w.a.Used(); freed > 8*int64(w.limit.Bytes)+pageRefs*itemSize*2 {
			t.Fatalf("step %d freed %d bytes", steps, freed)
		}
		before = w.a.Used()
	}
	if steps < 10 || w.a.Used() != 0 {
		t.Errorf("%d bytes left after %d steps", w.a.Used(), steps)
	}
	w.values = nil
}

// TestCompactEmptiesSparsePages frees seven of eight lists, and then moves what is left together.
func TestCompactEmptiesSparsePages(t *testing.T) {
	a := arena.New(new(arena.Pool))
	defer a.Reset()
	lists := make([]Deque, 64)
	limit := LimitOf(-2)
	for i := range 300_000 {
		lists[i%64].PushBack(a, packed.OfInt(int64(i)<<20), limit)
	}
	for i := range lists {
		if i%8 > 0 {
			for !lists[i].Free(a, 64) {
			}
		}
	}
	before := a.Resident()
	for round := range 50 {
		for i := 0; i < 64; i += 8 {
			lists[i].Compact(a, uint64(round)*997, 64)
		}
	}
	if a.Resident() > before/3 {
		t.Errorf("%d bytes resident for %d used, before %d", a.Resident(), a.Used(), before)
	}
	for i := 0; i < 64; i += 8 {
		for c, ok := lists[i].Seek(a, 0), true; ok; ok = c.Next() {
			if want := int64(c.Index()*64+i) << 20; c.Elem().Int != want {
				t.Fatalf("element %d of list %d is %d", c.Index(), i, c.Elem().Int)
			}
		}
	}
}

func TestPushAndPopAllocateNothing(t *testing.T) {
	a := arena.New(new(arena.Pool))
	defer a.Reset()
	var d Deque
	x, limit := []byte("some element"), LimitOf(-2)
	if n := testing.AllocsPerRun(5000, func() {
		d.PushBack(a, packed.Of(x), limit)
		d.PushFront(a, packed.Of(x), limit)
		d.PushFront(a, packed.Of(x), limit)
		d.Back(a)
		d.DropBack(a, 1)
		c := d.Seek(a, d.Len()/2)
		c.Next()
	}); n > 0.1 {
		t.Errorf("%v allocations", n)
	}
}

// forwardBlocks is how many blocks the list has besides the tail.
func (w *twin) forwardBlocks() (n int) {
	if w.d.head.count > 0 {
		n++
	}
	for _, pg := range w.d.table(w.a) {
		n += pg.len()
	}
	return n
}

// TestTurnsConvertLittle pushes and pops some values in turns at the end of lists whose tail has just been full. The more often
// a block leaves the tail or becomes it, the more elements are converted.
func TestTurnsConvertLittle(t *testing.T) {
	for _, setting := range []int{-1, -2, 50} {
		for _, turn := range []int{1, 2, 3, 10} {
			t.Run(fmt.Sprintf("limit %d, %d in turns", setting, turn), func(t *testing.T) {
				w := newTwin(t, setting)
				for full := range 5 {
					for n := w.forwardBlocks(); w.forwardBlocks() == n; {
						w.push(false, "item-"+strconv.Itoa(full))
					}
					const rounds = 300
					if changes := w.inTurns(turn, rounds); changes > rounds/5 {
						t.Errorf("%d conversions of a block in %d rounds", changes, rounds)
					}
				}
				w.verify()
			})
		}
	}
}

// inTurns pops n values and pushes as many, again and again. It returns how often a block has left the tail or become it.
func (w *twin) inTurns(n, rounds int) (changes int) {
	blocks := w.forwardBlocks()
	step := func(change func()) {
		for range n {
			if change(); w.forwardBlocks() != blocks {
				blocks = w.forwardBlocks()
				changes++
			}
		}
	}
	for range rounds {
		step(w.pop)
		step(func() { w.push(false, "item-1234") })
	}
	return changes
}

// TestQueuesKeepLayouts moves values through lists from one end to the other.
func TestQueuesKeepLayouts(t *testing.T) {
	for _, front := range []bool{true, false} {
		w := newTwin(t, -1)
		w.fill(2000)
		for i := range 10_000 {
			w.push(front, "item-"+strconv.Itoa(i))
			if front {
				w.pop()
			} else {
				w.d.DropFront(w.a, 1)
				w.values = w.values[1:]
			}
			if i%500 == 0 {
				w.verify()
				w.verifyLimit()
			}
		}
		w.verify()
	}
}

// TestRemoveFromMixedBlocks removes a value that some blocks are full of, some have among others, and some lack, and of which
// some are small: blocks vanish and are joined on the way.
func TestRemoveFromMixedBlocks(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 500 {
		w := newTwin(t, 8)
		for len(w.values) < 200 {
			for i := range rng.IntN(12) {
				w.push(false, strconv.Itoa(i))
			}
			for range rng.IntN(20) {
				w.push(false, "x")
			}
		}
		for range 20 {
			w.delete(rng.IntN(len(w.values)-6), rng.IntN(6))
		}
		w.remove("x", []int{0, 1, 50}[round%3], round%2 == 0)
		w.verify()
	}
}
