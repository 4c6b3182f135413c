package partial

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

type element struct{ key, place int }

func byKey(a, b *element) int { return cmp.Compare(a.key, b.key) }

// check sorts a part of the slice and compares it with a full sort.
func check(t *testing.T, keys []int, first, last int) {
	t.Helper()
	s := make([]element, len(keys))
	for i, k := range keys {
		s[i] = element{k, i}
	}
	want := slices.Sorted(slices.Values(keys))
	Sort(s, first, last, byKey)
	seen := make(map[int]bool, len(s))
	for i, e := range s {
		if seen[e.place] = true; e.key != keys[e.place] {
			t.Fatalf("element %d is not one of the slice", i)
		}
		if i >= first && i <= last && e.key != want[i] {
			t.Fatalf("%d keys, %d..%d: element %d has key %d, want %d", len(keys), first, last, i, e.key, want[i])
		}
	}
	if len(seen) != len(s) {
		t.Fatalf("%d of %d elements are left", len(seen), len(s))
	}
}

func TestSort(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	shapes := map[string]func(i, n int) int{
		"random":    func(_, n int) int { return rng.IntN(4 * n) },
		"ties":      func(_, n int) int { return rng.IntN(3) },
		"equal":     func(_, _ int) int { return 5 },
		"ascending": func(i, _ int) int { return i },
		"falling":   func(i, _ int) int { return -i },
		"organ":     func(i, n int) int { return min(i, n-i) },
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{1, 2, 5, 6, 7, 8, 20, 40, 41, 42, 100, 333, 2000} {
				keys := make([]int, n)
				for i := range keys {
					keys[i] = shape(i, n)
				}
				check(t, keys, 0, n-1)
				check(t, keys, 0, 0)
				check(t, keys, n-1, n-1)
				for range 5 {
					first := rng.IntN(n)
					check(t, keys, first, first+rng.IntN(n-first))
				}
			}
		})
	}
}

// TestOrderOfEqualElements has the orders that redis-server gives to SORT l BY w_* ALPHA LIMIT 0 n-1, of a list of 0 to n-1
// with w_i a function of i*7 modulo the number of classes.
func TestOrderOfEqualElements(t *testing.T) {
	for _, tc := range []struct {
		n, classes int
		want       []int
	}{
		{7, 1, []int{3, 1, 2, 0, 4, 5}},
		{20, 3, []int{0, 15, 9, 3, 12, 18, 6, 19, 1, 4, 7, 10, 13, 16, 14, 8, 2, 17, 11}},
		{60, 4, []int{28, 16, 24, 20, 4, 48, 44, 0, 8, 40, 36, 52, 12, 32, 56, 7, 3, 11, 15, 19, 23, 27, 31, 35, 39, 43, 47, 51, 55, 59,
			30, 46, 38, 54, 2, 18, 10, 22, 50, 42, 58, 26, 6, 14, 34, 29, 13, 33, 53, 37, 9, 41, 45, 1, 5, 49, 21, 17, 25}},
	} {
		s := make([]element, tc.n)
		for i := range s {
			s[i] = element{i * 7 % tc.classes, i}
		}
		Sort(s, 0, tc.n-2, byKey)
		var got []int
		for _, e := range s[:tc.n-1] {
			got = append(got, e.place)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%d elements of %d classes: %v, want %v", tc.n, tc.classes, got, tc.want)
		}
	}
}

func TestSortAllocatesNothing(t *testing.T) {
	s := make([]element, 1000)
	if n := testing.AllocsPerRun(10, func() {
		for i := range s {
			s[i] = element{i * 7919 % 1000, i}
		}
		Sort(s, 10, 20, byKey)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
