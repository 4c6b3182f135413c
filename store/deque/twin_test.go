package deque

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"synap/store/arena"
	"synap/store/packed"
)

// script turns a fuzzer's bytes into choices.
type script struct{ b []byte }

func (s *script) next() int {
	if len(s.b) == 0 {
		return 0
	}
	n := s.b[0]
	s.b = s.b[1:]
	return int(n)
}

// number is a choice below n, however large n is.
func (s *script) number(n int) int {
	if n <= 0 {
		return 0
	}
	return (s.next()<<16 | s.next()<<8 | s.next()) % n
}

// value is an element: few different ones, so that they are found again, and sizes of every kind.
func (s *script) value() string {
	switch kind, n := s.next()%16, s.next(); kind {
	case 0:
		return strings.Repeat("large", 20*n) // up to 25 KB
	case 1:
		return strings.Repeat("m", n)
	case 2:
		return strconv.Itoa(n * n * n)
	default:
		return fmt.Sprintf("item-%d", n%20)
	}
}

// twin is a list beside a slice that is changed alike.
type twin struct {
	testing.TB
	a      *arena.Arena
	d      Deque
	values []string
	limit  Limit
}

func newTwin(t testing.TB, setting int) *twin {
	w := &twin{TB: t, a: arena.New(new(arena.Pool)), limit: LimitOf(setting)}
	t.Cleanup(func() {
		for !w.d.Free(w.a, 64) {
		}
		if w.a.Used() != 0 {
			t.Errorf("%d bytes are left", w.a.Used())
		}
		w.a.Reset()
	})
	return w
}

func (w *twin) push(front bool, v string) {
	if front {
		w.d.PushFront(w.a, packed.Of([]byte(v)), w.limit)
		w.values = slices.Insert(w.values, 0, v)
	} else {
		w.d.PushBack(w.a, packed.Of([]byte(v)), w.limit)
		w.values = append(w.values, v)
	}
}

// pop removes the last value.
func (w *twin) pop() {
	w.d.DropBack(w.a, 1)
	w.values = w.values[:len(w.values)-1]
}

func (w *twin) insert(i int, v string) {
	w.d.Insert(w.a, i, packed.Of([]byte(v)), w.limit)
	w.values = slices.Insert(w.values, i, v)
}

func (w *twin) set(i int, v string) {
	w.d.Set(w.a, i, packed.Of([]byte(v)), w.limit)
	w.values[i] = v
}

func (w *twin) delete(i, n int) {
	w.d.Delete(w.a, i, n, w.limit)
	w.values = slices.Delete(w.values, i, i+n)
}

// remove compares Remove with a loop.
func (w *twin) remove(v string, n int, backward bool) {
	got, want := w.d.Remove(w.a, packed.Of([]byte(v)), n, backward, w.limit), 0
	if backward {
		slices.Reverse(w.values)
	}
	w.values = slices.DeleteFunc(w.values, func(x string) bool {
		if x != v || n > 0 && want == n {
			return false
		}
		want++
		return true
	})
	if backward {
		slices.Reverse(w.values)
	}
	if got != want {
		w.Fatalf("removed %d of %.40q, want %d", got, v, want)
	}
}

// change does one operation on both.
func (w *twin) change(s *script) {
	n := len(w.values)
	switch op := s.next() % 16; {
	case op < 2:
		v := s.value()
		for range s.next() * 4 {
			w.push(op == 0, v)
		}
	case op < 4:
		w.push(op == 2, s.value())
	case op < 6:
		w.insert(s.number(n+1), s.value())
	case op == 6 && n > 0:
		w.set(s.number(n), s.value())
	case op == 7 && n > 0:
		i := s.number(n)
		w.delete(i, s.number(n-i+1))
	case op == 8 && n > 0:
		k := s.number(min(n, 300)) + 1
		w.d.DropFront(w.a, k)
		w.values = slices.Delete(w.values, 0, k)
	case op == 9 && n > 0:
		k := s.number(min(n, 300)) + 1
		w.d.DropBack(w.a, k)
		w.values = w.values[:n-k]
	case op == 10:
		w.remove(s.value(), s.next()%4, s.next()%2 == 0)
	case op == 11:
		w.d.Compact(w.a, uint64(s.next()), s.next())
	case op == 12:
		w.clone()
	case op == 13 && n > 0:
		w.search(s)
	case op == 14:
		w.limit = LimitOf(s.next()%40 - 8)
	case op == 15:
		w.join(packed.Layout(s.next() % 2))
	}
}

// clone goes on with a copy in another arena.
func (w *twin) clone() {
	to := arena.New(new(arena.Pool))
	var c Deque
	w.d.Clone(w.a, to, &c)
	if c.Bytes(to) > w.d.Bytes(w.a) {
		w.Fatalf("the copy takes %d bytes instead of %d", c.Bytes(to), w.d.Bytes(w.a))
	}
	w.a.Reset()
	w.a, w.d = to, c
}

// join turns a list that is small enough into one packed block and back.
func (w *twin) join(l packed.Layout) {
	if w.d.pages > 0 {
		if w.d.Within(w.a, w.limit) {
			w.Fatal("a list with a directory is within the limit")
		}
		return
	}
	data := make([]byte, w.d.JoinedSize(w.a, l))
	w.d.Join(w.a, data, l)
	if packed.Len(data) != len(w.values) || packed.LayoutOf(data) != l {
		w.Fatalf("%d elements joined in layout %d, want %d in %d", packed.Len(data), packed.LayoutOf(data), len(w.values), l)
	}
	size := w.d.JoinedSize(w.a, packed.TwoWay)
	if w.d.head.count > 0 && w.d.tail.count > 0 {
		size += packed.HeaderSize
	}
	within := Limit{Bytes: size, Elements: len(w.values)}
	if len(w.values) > 0 {
		if !w.d.Within(w.a, within) {
			w.Fatalf("%d bytes of %d elements are not within that", size, len(w.values))
		}
		if within.Bytes--; w.d.Within(w.a, within) {
			w.Fatalf("%d bytes of %d elements are within less", size, len(w.values))
		}
	}
	w.d.Free(w.a, 2)
	w.d.Adopt(w.a, data, w.limit)
}

// search compares cursors that look for a value with the slice.
func (w *twin) search(s *script) {
	n := len(w.values)
	w.visit(s.number(n), s.number(n), s.next()%2 == 0)
	i, v := s.number(n), w.values[s.number(n)]
	end := i + s.number(n-i+1)
	c, want := w.d.Seek(w.a, i), slices.Index(w.values[i:end], v)
	switch found := c.Find(packed.Of([]byte(v)), end); {
	case found != (want >= 0):
		w.Fatalf("%.40q found from %d to %d: %v", v, i, end, found)
	case found && (c.Index() != i+want || !c.Elem().Equal([]byte(v))):
		w.Fatalf("%.40q found at %d, want %d", v, c.Index(), i+want)
	}
	begin := s.number(i + 1)
	var all, found []int
	most := 1 + s.next()
	for k := i; k >= begin && len(all) < most; k-- {
		if w.values[k] == v {
			all = append(all, k)
		}
	}
	c = w.d.Seek(w.a, i)
	c.FindBack(packed.Of([]byte(v)), begin, func(i int) bool {
		found = append(found, i)
		return len(found) < most
	})
	if !slices.Equal(found, all) {
		w.Fatalf("%.40q found from %d back to %d: %v, want %v", v, i, begin, found, all)
	}
}

// visit compares Visit with the slice.
func (w *twin) visit(i, n int, backward bool) {
	step := 1
	if n = min(n, len(w.values)-i); backward {
		step, n = -1, min(n, i+1)
	}
	visited := 0
	c := w.d.Seek(w.a, i)
	c.Visit(n, backward, func(e packed.Elem) {
		if !e.Equal([]byte(w.values[i])) {
			w.Fatalf("element %d is %.40q, visited after %d", i, e.Append(nil), visited)
		}
		visited++
		i += step
	})
	if visited != n {
		w.Fatalf("%d elements visited, want %d", visited, n)
	}
}

// verify compares the list with the slice, and its parts with one another.
func (w *twin) verify() {
	w.Helper()
	if w.d.Len() != len(w.values) {
		w.Fatalf("Len is %d, want %d", w.d.Len(), len(w.values))
	}
	if w.d.Bytes(w.a) != w.a.Used() {
		w.Fatalf("%d bytes counted, the arena has %d", w.d.Bytes(w.a), w.a.Used())
	}
	w.verifyDirectory()
	if len(w.values) == 0 {
		if w.d != (Deque{}) {
			w.Fatalf("an empty list is %+v", w.d)
		}
		return
	}
	w.verifyElements()
}

func (w *twin) verifyElements() {
	w.Helper()
	n := len(w.values)
	forward := w.d.Seek(w.a, 0)
	for i := range w.values {
		if e := forward.Elem(); !e.Equal([]byte(w.values[i])) || forward.Index() != i {
			w.Fatalf("element %d of %d is %.40q, want %.40q", i, n, e.Append(nil), w.values[i])
		}
		if more := forward.Next(); more != (i < n-1) {
			w.Fatalf("after %d of %d: %v", i, n, more)
		}
	}
	w.visit(n-1, n, true)
	for i := 0; i < n; i += 1 + n/50 {
		if c := w.d.Seek(w.a, i); !c.Elem().Equal([]byte(w.values[i])) {
			w.Fatalf("element %d of %d is %.40q", i, n, c.Elem().Append(nil))
		}
	}
	if !w.d.Front(w.a).Equal([]byte(w.values[0])) || !w.d.Back(w.a).Equal([]byte(w.values[n-1])) {
		w.Fatal("front or back is another element")
	}
}

func (w *twin) verifyDirectory() {
	w.Helper()
	total := w.verifyBlock(&w.d.head, packed.Forward) + w.verifyBlock(&w.d.tail, packed.TwoWay)
	for n := range int(w.d.pages) {
		pg, sum := &w.d.table(w.a)[n], 0
		if pg.len() == 0 || pg.len() > pageRefs {
			w.Fatalf("page %d has %d blocks", n, pg.len())
		}
		for s := range pg.blocks(w.a) {
			count := w.verifyBlock(&pg.blocks(w.a)[s], packed.Forward)
			if count == 0 {
				w.Fatalf("block %d of page %d is empty", s, n)
			}
			sum += count
		}
		if sum != int(pg.total) {
			w.Fatalf("page %d counts %d elements, has %d", n, pg.total, sum)
		}
		total += sum
	}
	if total != w.d.Len() {
		w.Fatalf("the blocks have %d elements of %d", total, w.d.Len())
	}
}

func (w *twin) verifyBlock(b *block, l packed.Layout) int {
	if b.count == 0 {
		if *b != (block{}) {
			w.Fatalf("no block is %+v", *b)
		}
		return 0
	}
	data := b.bytes(w.a)
	if n := packed.Len(data); n != b.len() || packed.Count(data, packed.HeaderSize, len(data)) != n {
		w.Fatalf("a block counts %d elements, has %d", b.count, n)
	}
	if packed.LayoutOf(data) != l {
		w.Fatalf("a block has layout %d, want %d", packed.LayoutOf(data), l)
	}
	if b.start()+int(b.size) > w.a.Size(b.handle()) {
		w.Fatalf("a block of %d bytes at %d is in %d bytes", b.size, b.start(), w.a.Size(b.handle()))
	}
	return b.len()
}

// verifyLimit checks that no block exceeds the limit, which has never changed. A block that has become the tail is longer than
// it was by the lengths behind its elements: at most twice as long.
func (w *twin) verifyLimit() {
	w.Helper()
	for p, ok := w.d.firstBlock(), len(w.values) > 0; ok; p, ok = w.d.next(w.a, p) {
		b, limit := w.d.at(w.a, p), w.limit
		if w.d.isTail(p) {
			limit = limit.tail()
			limit.Bytes = max(limit.Bytes, 2*w.limit.Bytes)
		}
		if b.count > 1 && (int(b.size) > limit.Bytes || b.len() > limit.Elements) {
			w.Fatalf("a block has %d elements in %d bytes", b.count, b.size)
		}
	}
}

func FuzzDeque(f *testing.F) {
	f.Add([]byte("\x00\x03\x05\xff\x00\x03\x06\xff\x00\x03\x07\xff\x04\x00\x05\x05\x03\x07\x06\x00\x03\x01\x00\x50\x07\x00\x02\x00\x01\x00\x00"))
	f.Add(bytes.Repeat([]byte{1, 3, 77, 255, 4, 1, 2, 0, 200, 5, 7, 8, 0, 9, 14, 9, 10, 4, 9, 1, 0}, 12))
	f.Add(bytes.Repeat([]byte{14, 12, 0, 1, 200, 90, 6, 1, 2, 3, 0, 99, 13, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 11, 0, 200}, 10))
	f.Fuzz(func(t *testing.T, choices []byte) {
		s := &script{choices}
		w := newTwin(t, s.next()%40-8)
		for steps := 0; len(s.b) > 0 && steps < 200; steps++ {
			w.change(s)
			w.verify()
			if len(w.values) > 20_000 {
				w.delete(0, len(w.values))
			}
		}
	})
}
