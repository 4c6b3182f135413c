package packed

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Read must give what At and Next give, in pieces of any size and from any element on.
func TestRead(t *testing.T) { eachLayout(t, testRead) }

func testRead(t *testing.T, l Layout) {
	var values []string
	for _, n := range []int{0, 1, 9, shortLimit - 1, shortLimit, 300, mediumLimit - 1, mediumLimit} {
		values = append(values, strings.Repeat("x", n))
	}
	for _, n := range []int64{0, 1, 111, 112, -1, 1 << 20, -1 << 40, -1 << 63, 1<<63 - 1} {
		values = append(values, fmt.Sprint(n))
	}
	block := build(l, slices.Concat(values, values)...)
	var want []string
	for at := First(block); at >= 0; at = Next(block, at) {
		want = append(want, string(At(block, at).Append(nil)))
	}
	if len(want) != 2*len(values) {
		t.Fatalf("%d elements", len(want))
	}
	for size := 1; size <= len(want)+1; size++ {
		for from, start := 0, First(block); from < len(want); from, start = from+1, Next(block, start) {
			var got []string
			dst := make([]Elem, size)
			for i := range dst {
				dst[i] = Elem{Text: empty, Int: 7} // nothing of it may be left
			}
			for at, n := start, size; n == size; {
				n, at = Read(dst, block, at)
				for _, e := range dst[:n] {
					if !e.IsInt() && e.Int != 0 {
						t.Fatalf("a string that is also %d", e.Int)
					}
					got = append(got, string(e.Append(nil)))
				}
			}
			if !slices.Equal(got, want[from:]) {
				t.Fatalf("%d at a time from %d: %.200q, want %.200q", size, from, got, want[from:])
			}
		}
	}
}

func BenchmarkRead(b *testing.B) {
	values := make([]string, 100)
	for i := range values {
		values[i] = "0123456789abcdef"
	}
	block := build(Forward, values...)
	var dst [32]Elem
	b.Run("100", func(b *testing.B) {
		for range b.N {
			for at, n := First(block), len(dst); n == len(dst); {
				n, at = Read(dst[:], block, at)
			}
		}
	})
	b.Run("At", func(b *testing.B) {
		for range b.N {
			for at := First(block); at < len(block); at += SizeAt(block, at) {
				dst[0] = At(block, at)
			}
		}
	})
}
