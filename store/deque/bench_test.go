package deque

import (
	"fmt"
	"testing"

	"synap/store/arena"
	"synap/store/packed"
)

func filled(n int) (*arena.Arena, *Deque) {
	a, d := arena.New(new(arena.Pool)), new(Deque)
	for i := range n {
		d.PushBack(a, packed.Of(fmt.Appendf(nil, "item-%d", i)), LimitOf(-2))
	}
	return a, d
}

func BenchmarkPush(b *testing.B) {
	x, limit := []byte("abc"), LimitOf(-2)
	for _, front := range []bool{true, false} {
		b.Run(fmt.Sprintf("front=%v", front), func(b *testing.B) {
			a, d := filled(0)
			defer a.Reset()
			for b.Loop() {
				if front {
					d.PushFront(a, packed.Of(x), limit)
				} else {
					d.PushBack(a, packed.Of(x), limit)
				}
			}
		})
	}
}

func BenchmarkQueue(b *testing.B) {
	x, limit := []byte("item-123456"), LimitOf(-2)
	for _, n := range []int{10, 1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			a, d := filled(n)
			defer a.Reset()
			for b.Loop() {
				d.PushFront(a, packed.Of(x), limit)
				d.Back(a)
				d.DropBack(a, 1)
			}
		})
	}
}

func BenchmarkSeek(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		a, d := filled(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			i := 0
			for b.Loop() {
				d.Seek(a, (i*7919+n/2)%n)
				i++
			}
		})
		a.Reset()
	}
}

func BenchmarkInsertInTheMiddle(b *testing.B) {
	a, d := filled(1_000_000)
	defer a.Reset()
	x, i := []byte("another item"), 0
	for b.Loop() {
		d.Insert(a, (i*7919+500_000)%d.Len(), packed.Of(x), LimitOf(-2))
		i++
	}
}

func BenchmarkFind(b *testing.B) {
	a, d := filled(100_000)
	defer a.Reset()
	for b.Loop() {
		c := d.Seek(a, 0)
		c.Find(packed.Of([]byte("item-99999")), d.Len())
	}
}
