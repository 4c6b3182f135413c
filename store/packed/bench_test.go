package packed

import (
	"fmt"
	"testing"
)

// numbered is a block of n strings, or of n integers.
func numbered(l Layout, format string, n int) []byte {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf(format, i*1000)
	}
	return build(l, values...)
}

// benchLayouts runs a benchmark for both layouts.
func benchLayouts(b *testing.B, run func(b *testing.B, l Layout)) {
	for l, name := range []string{"forward", "two-way"} {
		b.Run(name, func(b *testing.B) { run(b, Layout(l)) })
	}
}

// benchNumbers runs a benchmark for blocks of n strings and of n integers of both layouts.
func benchNumbers(b *testing.B, sizes []int, run func(b *testing.B, block []byte, n int, format string)) {
	benchLayouts(b, func(b *testing.B, l Layout) {
		for _, format := range []string{"item-%d", "%d"} {
			for _, n := range sizes {
				b.Run(fmt.Sprintf("%s/%d", format, n), func(b *testing.B) { run(b, numbered(l, format, n), n, format) })
			}
		}
	})
}

func BenchmarkIndex(b *testing.B) {
	benchNumbers(b, []int{16, 128, 600}, func(b *testing.B, block []byte, n int, _ string) {
		for b.Loop() {
			Index(block, n/2)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	benchNumbers(b, []int{16, 128, 600}, func(b *testing.B, block []byte, n int, format string) {
		needle := []byte(fmt.Sprintf(format, (n-2)*1000))
		for skip := range 2 {
			b.Run(fmt.Sprintf("skip-%d", skip), func(b *testing.B) {
				for b.Loop() {
					Find(block, HeaderSize, needle, skip)
				}
			})
		}
	})
}

func BenchmarkNext(b *testing.B) {
	benchNumbers(b, []int{16, 600}, func(b *testing.B, block []byte, _ int, _ string) {
		for b.Loop() {
			for at := First(block); at >= 0; at = Next(block, at) {
			}
		}
	})
}

func BenchmarkCount(b *testing.B) {
	benchNumbers(b, []int{16, 600}, func(b *testing.B, block []byte, _ int, _ string) {
		for b.Loop() {
			Count(block, HeaderSize, len(block))
		}
	})
}

func BenchmarkBackward(b *testing.B) {
	benchNumbers(b, []int{16, 128, 600}, func(b *testing.B, block []byte, _ int, _ string) {
		for b.Loop() {
			var w Backward
			for at := w.Prev(block, len(block), 1); at >= 0; at = w.Prev(block, at, 1) {
			}
		}
	})
}

// BenchmarkConvert lays a block out in the other layout.
func BenchmarkConvert(b *testing.B) {
	benchNumbers(b, []int{16, 600}, func(b *testing.B, block []byte, n int, _ string) {
		l := 1 - LayoutOf(block)
		dst := make([]byte, SizeIn(block, l))
		for b.Loop() {
			Extract(dst, l, block, HeaderSize, len(block), n)
		}
	})
}

func BenchmarkInsertDelete(b *testing.B) {
	x := []byte("item-5000000")
	benchLayouts(b, func(b *testing.B, l Layout) {
		for _, n := range []int{16, 128, 600} {
			block := append(numbered(l, "item-%d", n), make([]byte, SizeOf(x, l))...)
			b.Run(fmt.Sprint(n), func(b *testing.B) {
				for b.Loop() {
					Insert(block, HeaderSize, x)
					Delete(block, HeaderSize, 1)
				}
			})
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	x := []byte("item-5000000")
	benchLayouts(b, func(b *testing.B, l Layout) {
		block := append(numbered(l, "item-%d", 128), make([]byte, SizeOf(x, l))...)
		end := len(block) - SizeOf(x, l)
		for b.Loop() {
			Insert(block, end, x)
			Cut(block, end, len(block), 1)
		}
	})
}
