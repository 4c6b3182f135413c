package packed

import (
	"fmt"
	"testing"
)

// numbered is a block of n strings, or of n integers.
func numbered(format string, n int) []byte {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf(format, i*1000)
	}
	return build(values...)
}

func BenchmarkIndex(b *testing.B) {
	for _, format := range []string{"item-%d", "%d"} {
		for _, n := range []int{16, 128, 600} {
			block := numbered(format, n)
			b.Run(fmt.Sprintf("%s/%d", format, n), func(b *testing.B) {
				for b.Loop() {
					Index(block, n/2)
				}
			})
		}
	}
}

func BenchmarkFind(b *testing.B) {
	for _, format := range []string{"item-%d", "%d"} {
		for _, n := range []int{16, 128} {
			block := numbered(format, n)
			needle := []byte(fmt.Sprintf(format, (n-2)*1000))
			b.Run(fmt.Sprintf("%s/%d", format, n), func(b *testing.B) {
				for b.Loop() {
					Find(block, HeaderSize, needle, 1)
				}
			})
		}
	}
}

func BenchmarkInsertDelete(b *testing.B) {
	x := []byte("item-5000000")
	for _, n := range []int{16, 128, 600} {
		block := append(numbered("item-%d", n), make([]byte, SizeOf(x))...)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Insert(block, HeaderSize, x)
				Delete(block, HeaderSize, 1)
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	x := []byte("item-5000000")
	block := append(numbered("item-%d", 128), make([]byte, SizeOf(x))...)
	end := len(block) - SizeOf(x)
	for b.Loop() {
		Insert(block, end, x)
		DropLast(block, 1)
	}
}
