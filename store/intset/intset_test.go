package intset

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// twin is a set that grows and shrinks its own memory, beside a sorted slice that must always say the same.
type twin struct {
	t    testing.TB
	set  []byte
	want []int64
	wide int // the width that the elements so far needed
}

func newTwin(t testing.TB) *twin {
	w := &twin{t: t, set: make([]byte, HeaderSize), wide: 2}
	Init(w.set)
	return w
}

func (w *twin) add(n int64) {
	i, found := Find(w.set, n)
	at, there := slices.BinarySearch(w.want, n)
	if i != at || found != there {
		w.t.Fatalf("Find(%d) = %d %t, want %d %t", n, i, found, at, there)
	}
	if found {
		return
	}
	old := len(w.set)
	grown := make([]byte, SizeWith(w.set, n))
	for j := copy(grown, w.set); j < len(grown); j++ {
		grown[j] = 0xa5
	}
	Insert(grown, old, i, n)
	w.set, w.want = grown, slices.Insert(w.want, at, n)
	w.wide = max(w.wide, Width(n))
	w.check()
}

func (w *twin) remove(n int64) {
	i, found := Find(w.set, n)
	at, there := slices.BinarySearch(w.want, n)
	if i != at || found != there {
		w.t.Fatalf("Find(%d) = %d %t, want %d %t", n, i, found, at, there)
	}
	if found {
		w.set = w.set[:Delete(w.set, i)]
		w.want = slices.Delete(w.want, at, at+1)
		w.check()
	}
}

// thin removes what leaves a remainder.
func (w *twin) thin(by int64) {
	var asked []int64
	before := slices.Clone(w.want)
	gone := func(n int64) bool { return n%by != 0 }
	w.set = w.set[:DeleteFunc(w.set, func(n int64) bool {
		asked = append(asked, n)
		return gone(n)
	})]
	if !slices.Equal(asked, before) {
		w.t.Fatalf("DeleteFunc asked about %d, want %d", asked, before)
	}
	w.want = slices.DeleteFunc(w.want, gone)
	w.check()
}

func (w *twin) check() {
	w.t.Helper()
	if len(w.set) != HeaderSize+w.wide*len(w.want) {
		w.t.Fatalf("%d elements of %d bytes take %d", len(w.want), w.wide, len(w.set))
	}
	if Len(w.set) != len(w.want) || !valid(w.set) {
		w.t.Fatalf("Len = %d, Valid = %t, want %d elements: % x", Len(w.set), valid(w.set), len(w.want), w.set)
	}
	for i, n := range w.want {
		if got := At(w.set, i); got != n {
			w.t.Fatalf("At(%d) = %d, want %d", i, got, n)
		}
	}
}

var edges = []int64{0, 1, -1, math.MaxInt16, math.MinInt16, math.MaxInt16 + 1, math.MinInt16 - 1, math.MaxInt32,
	math.MinInt32, math.MaxInt32 + 1, math.MinInt32 - 1, math.MaxInt64, math.MinInt64,
	1<<23 - 1, 1 << 23, -1 << 23, -1<<23 - 1, 1<<47 - 1, 1 << 47, -1 << 47, -1<<47 - 1}

// TestEdges adds the edges of all widths in many orders, and removes them again.
func TestEdges(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		w := newTwin(t)
		for _, i := range rng.Perm(len(edges)) {
			w.add(edges[i])
			w.add(edges[rng.IntN(i+1)])
		}
		for _, i := range rng.Perm(len(edges)) {
			w.remove(edges[i])
			w.remove(edges[i])
		}
		if len(w.set) != HeaderSize {
			t.Fatalf("an empty set takes %d bytes", len(w.set))
		}
	}
}

func TestManyElements(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, span := range []int64{100, 5000, 1 << 20, 1 << 40} {
		w := newTwin(t)
		for range 600 {
			w.add(rng.Int64N(span) - span/2)
			if rng.IntN(3) == 0 && len(w.want) > 0 {
				w.remove(w.want[rng.IntN(len(w.want))])
			}
		}
		w.thin(3)
	}
}

func TestValid(t *testing.T) {
	for _, tt := range []struct {
		name string
		b    []byte
		want bool
	}{
		{"nothing", nil, false},
		{"empty", []byte{2}, true},
		{"no width", []byte{0}, false},
		{"odd width", []byte{5, 1, 2, 3, 4, 5}, false},
		{"torn", []byte{4, 1, 0, 0}, false},
		{"ascending", []byte{2, 0xff, 0xff, 0, 0}, true},
		{"descending", []byte{2, 1, 0, 0, 0}, false},
		{"twice", []byte{2, 1, 0, 1, 0}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := valid(tt.b); got != tt.want {
				t.Errorf("valid(% x) = %t", tt.b, got)
			}
		})
	}
}

// valid reports whether b is a set as this package writes it.
func valid(b []byte) bool {
	if len(b) < HeaderSize || !slices.Contains([]byte{2, 3, 4, 6, 8}, b[0]) || (len(b)-HeaderSize)%int(b[0]) != 0 {
		return false
	}
	before := int64(math.MinInt64)
	for i := range Len(b) {
		n := At(b, i)
		if i > 0 && n <= before {
			return false
		}
		before = n
	}
	return true
}

// FuzzAgainstSlice drives a set and a sorted slice with the same operations: nine bytes each, what to do and with which
// number.
func FuzzAgainstSlice(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00"))
	var all []byte
	for i, n := range edges {
		all = binary.LittleEndian.AppendUint64(append(all, byte(4*i)), uint64(n))
	}
	f.Add(all)
	f.Fuzz(func(t *testing.T, ops []byte) {
		w := newTwin(t)
		for ; len(ops) >= 9; ops = ops[9:] {
			n := int64(binary.LittleEndian.Uint64(ops[1:]))
			n >>= 8 * (ops[0] >> 2 % 8) // all widths alike
			switch {
			case ops[0]%4 > 0:
				w.add(n)
			case ops[0]&0xc0 == 0x40:
				w.thin(2 + int64(uint64(n)%5))
			case len(w.want) > 0 && ops[0]&0x80 != 0:
				w.remove(w.want[uint64(n)%uint64(len(w.want))])
			default:
				w.remove(n)
			}
		}
	})
}

func TestNoAllocations(t *testing.T) {
	b := make([]byte, HeaderSize, 64)
	if n := testing.AllocsPerRun(100, func() {
		b = b[:HeaderSize]
		Init(b)
		for _, n := range []int64{5, 70000, -3} {
			i, _ := Find(b, n)
			old := len(b)
			b = b[:SizeWith(b, n)]
			Insert(b, old, i, n)
		}
		b = b[:Delete(b, 1)]
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
