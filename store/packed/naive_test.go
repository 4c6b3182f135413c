package packed

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
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

// value is an element: short, long or a number.
func (s *script) value() string {
	switch kind, n := s.next(), s.next(); kind % 8 {
	case 0:
		return strings.Repeat("v", n)
	case 1:
		return strings.Repeat("w", n*70)
	case 2:
		return strconv.Itoa(n)
	case 3:
		var b [8]byte
		copy(b[:], s.b)
		return strconv.FormatInt(int64(binary.LittleEndian.Uint64(b[:]))>>(n%64), 10)
	case 4:
		return "-" + strconv.Itoa(n)
	case 5:
		return strconv.FormatUint(math.MaxInt64+uint64(n), 10)
	default:
		return string(s.b[:min(len(s.b), n%16)])
	}
}

// twin is a block beside a slice that is changed alike.
type twin struct {
	testing.TB
	b      []byte
	values []string
}

func (w *twin) layout() Layout { return LayoutOf(w.b) }

// size is what a value takes in the block.
func (w *twin) size(v string) int { return SizeOf([]byte(v), w.layout()) }

// grow makes the block longer, in new memory whose room holds garbage.
func (w *twin) grow(n int) {
	w.b = append(slices.Clip(w.b), bytes.Repeat([]byte{0xaa}, max(n, 0))...)
}

// place is the offset of the i-th element, or the end.
func (w *twin) place(i int) int {
	if i == len(w.values) {
		return End(w.b)
	}
	return Index(w.b, i)
}

// change does one operation on both.
func (w *twin) change(s *script) {
	n := len(w.values)
	op, i := s.next()%14, s.next()%(n+1)
	at := w.place(i)
	switch v := s.value(); {
	case op <= 2:
		w.grow(w.size(v))
		Insert(w.b, at, []byte(v))
		w.values = slices.Insert(w.values, i, v)
	case op == 3 && i < n:
		w.grow(w.size(v) - SizeAt(w.b, at))
		w.b = w.b[:Replace(w.b, at, []byte(v))]
		w.values[i] = v
	case op == 4 && i < n:
		many := s.next() % 8
		w.b = w.b[:Delete(w.b, at, many)]
		w.values = slices.Delete(w.values, i, min(i+many, n))
	case op == 5:
		l := w.layout()
		w.b = append(bytes.Repeat([]byte{0xaa}, w.size(v)), w.b...)
		Prepend(w.b, l, Of([]byte(v)))
		w.values = slices.Insert(w.values, 0, v)
	case op == 6:
		w.b = w.b[DropFirst(w.b, i):]
		w.values = w.values[i:]
	case op == 7:
		w.b = w.b[:DropLast(w.b, i)]
		w.values = w.values[:n-i]
	case op == 8:
		w.splitAndJoin(i, at, s.next()%2 == 0, Layout(s.next()%2))
	case op == 9:
		w.convert(Layout(s.next() % 2))
	case op == 10 && n > 0:
		w.remove(w.values[s.next()%n], s.next()%4, s.next()%2 == 0)
	case op == 11:
		w.moveFirst(s.next()*8, s.next(), s.next()*8)
	case op == 12:
		w.replaceSome(s, i)
	case op == 13 && i < n:
		w.overwrite(i, v)
	}
}

// replaceSome compares ReplaceAll with a loop: values for some elements from the i-th on.
func (w *twin) replaceSome(s *script, i int) {
	var edits []Edit
	for ; i < len(w.values) && len(edits) < 20; i += 1 + s.next()%4 {
		w.values[i] = s.value()
		edits = append(edits, Edit{Elem: Of([]byte(w.values[i])), At: w.place(i)})
	}
	growth := Measure(w.b, edits)
	length := len(w.b) + growth
	w.grow(growth)
	if got := ReplaceAll(w.b, edits); got != length {
		w.Fatalf("%d bytes, %d were measured", got, length)
	}
	w.b = w.b[:length]
}

// overwrite compares Overwrite with the sizes.
func (w *twin) overwrite(i int, v string) {
	at := w.place(i)
	next, ok := Overwrite(w.b, at, Of([]byte(v)))
	if want := w.size(w.values[i]) == w.size(v); ok != want || next != at+w.size(w.values[i]) {
		w.Fatalf("%.40q over %.40q: %v up to %d", v, w.values[i], ok, next)
	}
	if ok {
		w.values[i] = v
	}
}

// remove compares Remove with a loop.
func (w *twin) remove(v string, n int, last bool) {
	length, got := Remove(w.b, Of([]byte(v)), n, last)
	w.b = w.b[:length]
	if last {
		slices.Reverse(w.values)
	}
	want := 0
	w.values = slices.DeleteFunc(w.values, func(x string) bool {
		if x == v && want < n {
			want++
			return true
		}
		return false
	})
	if last {
		slices.Reverse(w.values)
	}
	if got != want {
		w.Fatalf("%d removed, want %d", got, want)
	}
}

// convert gives the block a layout.
func (w *twin) convert(l Layout) {
	b := bytes.Repeat([]byte{0xaa}, SizeIn(w.b, l))
	Extract(b, l, w.b, HeaderSize, len(w.b), len(w.values))
	w.b = b
}

// moveFirst moves the elements that Fit finds to the block's end.
func (w *twin) moveFirst(room, most, bound int) {
	if len(w.values) == 0 {
		return
	}
	l := 1 - w.layout()
	to, n, size := Fit(w.b, l, room, most+1, bound)
	if n < 1 || to != w.place(n) || size != HeaderSize+Span(w.b, HeaderSize, to, l) {
		w.Fatalf("%d elements of %d bytes end at %d", n, size, to)
	}
	fits := func(n int) bool {
		return n <= len(w.values) && n <= most+1 && w.place(n) <= bound && HeaderSize+Span(w.b, HeaderSize, w.place(n), l) <= room
	}
	if n > 1 && !fits(n) || fits(n+1) {
		w.Fatalf("%d elements fit", n)
	}
	x := make([]byte, size)
	Extract(x, l, w.b, HeaderSize, to, n)
	w.b = w.b[CutFirst(w.b, to, n):]
	end := len(w.b)
	w.grow(Span(x, HeaderSize, len(x), w.layout()))
	Splice(w.b, end, x)
	w.values = append(slices.Clone(w.values[n:]), w.values[:n]...)
}

// splitAndJoin divides the block in two and puts them together again, in the same order or the other. The part is of any layout.
func (w *twin) splitAndJoin(i, at int, swap bool, l Layout) {
	n := len(w.values)
	tail := make([]byte, HeaderSize+Span(w.b, at, len(w.b), l))
	Extract(tail, l, w.b, at, len(w.b), n-i)
	w.b = w.b[:Cut(w.b, at, len(w.b), n-i)]
	to := End(w.b)
	if swap {
		to = HeaderSize
		w.values = append(slices.Clone(w.values[i:]), w.values[:i]...)
	}
	w.grow(Span(tail, HeaderSize, len(tail), w.layout()))
	Splice(w.b, to, tail)
}

// search compares Find, Index and Skip with the slice.
func (w *twin) search(t *testing.T, s *script) {
	t.Helper()
	n := len(w.values)
	if n == 0 {
		return
	}
	from, skip := s.next()%n, s.next()%3
	v := w.values[s.next()%n]
	want := -1
	for i := from; i < n && want < 0; i += skip + 1 {
		if w.values[i] == v {
			want = Index(w.b, i)
		}
	}
	if got := Find(w.b, Index(w.b, from), []byte(v), skip); got != want {
		t.Fatalf("Find(%.40q) from %d skipping %d is %d, want %d", v, from, skip, got, want)
	}
	if a, b := Index(w.b, from), Index(w.b, from-n); a != b {
		t.Fatalf("Index(%d) is %d, from the end %d", from, a, b)
	}
	if got, want := Skip(w.b, HeaderSize, from+skip*n), w.place(min(from+skip*n, n)); got != want {
		t.Fatalf("Skip is %d, want %d", got, want)
	}
}

// TestReplaceAll replaces values of all sizes, some of every block and then others.
func TestReplaceAll(t *testing.T) {
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 1))
		choices := make([]byte, 600)
		for i := range choices {
			choices[i] = byte(rng.Uint32())
		}
		s := &script{choices}
		w := &twin{TB: t}
		for range 1 + s.next()%12 {
			w.values = append(w.values, s.value())
		}
		w.b = build(Layout(seed%2), w.values...)
		for len(s.b) > 0 {
			w.replaceSome(s, s.next()%len(w.values))
			verify(t, w.b, w.values)
		}
	}
}

func FuzzBlock(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x05\x05\x00\x01\x00\x03\x03\x00\x02\x07"))
	f.Add(bytes.Repeat([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 250, 130, 129}, 20))
	f.Add(bytes.Repeat([]byte{1, 3, 1, 200, 3, 7, 2, 9, 4, 1}, 30))
	f.Fuzz(func(t *testing.T, choices []byte) {
		s := &script{choices}
		l := Layout(s.next() % 2)
		w := &twin{TB: t, b: build(l)}
		for steps := 0; len(s.b) > 0 && steps < 400; steps++ {
			w.change(s)
			w.search(t, s)
			if len(w.b) > 1<<20 {
				w.b, w.values = build(l), nil
			}
			verify(t, w.b, w.values)
		}
	})
}
