package packed

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// edges are values at the limits of every layout.
func edges() (all []string) {
	for _, n := range []int{0, 1, 62, 63, 64, 65, 124, 125, 126, 127, 128, 16382, 16383, 16384, 16385, 1<<21 - 6, 1<<21 - 5, 1 << 21} {
		all = append(all, strings.Repeat("x", n))
	}
	for _, n := range integers() {
		all = append(all, strconv.FormatInt(n, 10))
	}
	return append(all, "-", "-0", "00", "01", "+1", "1 ", " 1", "1.0", "9223372036854775808", "-9223372036854775809",
		"18446744073709551616", "99999999999999999999", "1a", "-a", "/", "-9223372036854775808 ")
}

func integers() (all []int64) {
	for bit := range 63 {
		n := int64(1) << bit
		all = append(all, n-1, n, n+1, -n-1, -n, -n+1)
	}
	return append(all, 110, 111, 112, 113, math.MaxInt64, math.MinInt64, math.MinInt64+1)
}

// eachLayout runs a test for both layouts.
func eachLayout(t *testing.T, test func(t *testing.T, l Layout)) {
	for l, name := range []string{"forward", "two-way"} {
		t.Run(name, func(t *testing.T) { test(t, Layout(l)) })
	}
}

// build is a block of some values, in memory that held garbage.
func build(l Layout, values ...string) []byte {
	size := HeaderSize
	for _, v := range values {
		size += SizeOf([]byte(v), l)
	}
	b, n := bytes.Repeat([]byte{0xaa}, size), HeaderSize
	Init(b, l)
	for _, v := range values {
		at := n
		n += SizeOf([]byte(v), l)
		Insert(b[:n], at, []byte(v))
	}
	return b
}

// verify compares the block with the values it should hold, walking both ways.
func verify(t *testing.T, b []byte, want []string) {
	t.Helper()
	if Len(b) != len(want) {
		t.Fatalf("Len is %d, want %d", Len(b), len(want))
	}
	at, size := First(b), HeaderSize
	for i, w := range want {
		e := At(b, at)
		if got := string(e.Append(nil)); got != w {
			t.Fatalf("element %d is %.40q, want %.40q", i, got, w)
		}
		if want := SizeOf([]byte(w), LayoutOf(b)); SizeAt(b, at) != want {
			t.Fatalf("element %d takes %d bytes, SizeOf says %d", i, SizeAt(b, at), want)
		}
		size += SizeAt(b, at)
		at = Next(b, at)
	}
	if at != -1 || size != len(b) {
		t.Fatalf("the walk ends at %d after %d bytes of %d", at, size, len(b))
	}
	verifyBackwards(t, b, want)
}

// verifyBackwards walks a block to the front. In a long forward one Prev would take too many steps.
func verifyBackwards(t *testing.T, b []byte, want []string) {
	t.Helper()
	var w Backward
	at := w.Prev(b, len(b), 1)
	if at != Last(b) {
		t.Fatalf("the last element is at %d, for Backward at %d", Last(b), at)
	}
	for i := len(want) - 1; i >= 0; i-- {
		if !At(b, at).Equal([]byte(want[i])) {
			t.Fatalf("element %d met backwards is not %.40q", i, want[i])
		}
		prev := w.Prev(b, at, 1)
		if len(want) < 200 && prev != Prev(b, at) {
			t.Fatalf("before element %d is %d, for Backward %d", i, Prev(b, at), prev)
		}
		at = prev
	}
	if at != -1 {
		t.Fatalf("the walk backwards ends at %d", at)
	}
}

func TestEveryBody(t *testing.T) { eachLayout(t, testEveryBody) }

func testEveryBody(t *testing.T, l Layout) {
	all := edges()
	verify(t, build(l, all...), all)
	for _, v := range all {
		t.Run(fmt.Sprintf("%.24q/%d", v, len(v)), func(t *testing.T) {
			b := build(l, "before", v, "after")
			verify(t, b, []string{"before", v, "after"})
			e := At(b, Index(b, 1))
			n, err := strconv.ParseInt(v, 10, 64)
			canonical := err == nil && strconv.FormatInt(n, 10) == v
			if e.IsInt() != canonical || canonical && e.Int != n {
				t.Errorf("stored as integer: %v, canonical: %v", e.IsInt(), canonical)
			}
			if e.Len() != len(v) || e.Size(l) != SizeOf([]byte(v), l) || !e.Same(Of([]byte(v))) {
				t.Errorf("the element is %d bytes of text and takes %d", e.Len(), e.Size(l))
			}
			if string(e.Bytes(make([]byte, 20))) != v || !e.Equal([]byte(v)) || e.Equal([]byte(v+"0")) {
				t.Error("text and value disagree")
			}
		})
	}
}

func TestSizes(t *testing.T) {
	for v, size := range map[string]int{"": 2, "item-123456": 13, "0": 2, "111": 2, "112": 3, "-1": 3, "1000": 4,
		"1700000000000": 8, "9223372036854775807": 10, strings.Repeat("x", 63): 65, strings.Repeat("x", 64): 67} {
		if got := SizeOf([]byte(v), TwoWay); got != size {
			t.Errorf("%q takes %d bytes, want %d", v, got, size)
		}
		if got := SizeOf([]byte(v), Forward); got != size-1 {
			t.Errorf("%q takes %d bytes in a forward block, want %d", v, got, size-1)
		}
	}
	for _, n := range integers() {
		for _, l := range []Layout{Forward, TwoWay} {
			if SizeOfInt(n, l) != SizeOf(strconv.AppendInt(nil, n, 10), l) {
				t.Errorf("%d takes %d bytes as a number", n, SizeOfInt(n, l))
			}
		}
	}
}

func TestFindComparesValuesNotTexts(t *testing.T) { eachLayout(t, testFindComparesValuesNotTexts) }

func testFindComparesValuesNotTexts(t *testing.T, l Layout) {
	all := edges()
	slices.Sort(all)
	all = slices.Compact(all)
	b := build(l, all...)
	for i, v := range all {
		if at := Find(b, First(b), []byte(v), 0); at != Index(b, i) {
			t.Errorf("%.40q found at %d, is at %d", v, at, Index(b, i))
		}
	}
	for _, v := range []string{"nothing", "123456789", "-77", strings.Repeat("y", 64), strings.Repeat("y", 16384)} {
		if at := Find(b, First(b), []byte(v), 0); at != -1 {
			t.Errorf("%.40q found at %d", v, at)
		}
	}
}

func TestFindSkips(t *testing.T) { eachLayout(t, testFindSkips) }

func testFindSkips(t *testing.T, l Layout) {
	b := build(l, "a", "b", "b", "c", "1", "2", "2", "1", "", "x", strings.Repeat("l", 100), "")
	for _, c := range []struct {
		value string
		from  int
		skip  int
		want  int
	}{
		{"a", 0, 1, 0}, {"b", 0, 1, 2}, {"b", 0, 0, 1}, {"b", 1, 1, 1}, {"c", 0, 1, -1}, {"2", 0, 1, 6}, {"1", 5, 1, 7},
		{"", 0, 1, 8}, {"", 9, 1, 11}, {strings.Repeat("l", 100), 0, 1, 10}, {strings.Repeat("l", 100), 1, 1, -1},
		{"x", 0, 2, 9}, {"a", 0, 100, 0}, {"b", 0, 100, -1}, {"a", 1, 0, -1},
	} {
		if got := Find(b, Index(b, c.from), []byte(c.value), c.skip); got != Index(b, c.want) && (c.want >= 0 || got >= 0) {
			t.Errorf("%q from %d skipping %d: %d", c.value, c.from, c.skip, got)
		}
	}
	empty := build(l)
	if Find(empty, First(empty), []byte("a"), 0) != -1 || Find(empty, End(empty), []byte("1"), 0) != -1 {
		t.Error("found something in an empty block")
	}
}

func TestIndexOutside(t *testing.T) { eachLayout(t, testIndexOutside) }

func testIndexOutside(t *testing.T, l Layout) {
	b := build(l, "a", "b", "c")
	for _, i := range []int{3, 4, -4, math.MaxInt, math.MinInt} {
		if at := Index(b, i); at != -1 {
			t.Errorf("Index(%d) is %d", i, at)
		}
	}
}

func TestCompareIsByText(t *testing.T) {
	all := edges()
	for range 2000 {
		x, y := all[rand.IntN(len(all))], all[rand.IntN(len(all))]
		if got, want := Of([]byte(x)).Compare([]byte(y)), strings.Compare(x, y); got != want {
			t.Errorf("%.40q to %.40q compares as %d, want %d", x, y, got, want)
		}
	}
}

func TestNothingAllocates(t *testing.T) { eachLayout(t, testNothingAllocates) }

func testNothingAllocates(t *testing.T, l Layout) {
	b := build(l, "field-1", "12", "field-2", "70000", "field-3", strings.Repeat("x", 100))
	room := append(slices.Clone(b), make([]byte, SizeOf([]byte("field-4"), l))...)
	var scratch [20]byte
	if n := testing.AllocsPerRun(100, func() {
		Find(b, First(b), []byte("field-3"), 1)
		Find(b, First(b), []byte("70000"), 0)
		At(b, Index(b, -3)).Bytes(scratch[:])
		copy(room, b)
		Insert(room, Index(b, 2), []byte("field-4"))
		Delete(room, HeaderSize, 1)
		var w Backward
		for at := w.Prev(b, len(b), 2); at >= 0; at = w.Prev(b, at, 2) {
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestBackward walks towards the front of blocks that fill its memory for short walks, and more, from many places, in steps of one
// element and of more.
func TestBackward(t *testing.T) { eachLayout(t, testBackward) }

func testBackward(t *testing.T, l Layout) {
	var again Backward
	for _, n := range []int{0, 1, 31, 32, 33, 64, 65, 500, 1500} {
		var values []string
		for i := range 6 * n {
			values = append(values, strconv.Itoa(i*i*i))
		}
		b := build(l, values...)
		for _, step := range []int{1, 2, 3} {
			for i := len(values); i >= 0; i -= step * (1 + n/3) {
				var w Backward
				walkBack(t, &w, b, i, step)
				walkBack(t, &again, b, i, step)
			}
		}
	}
	b := build(l, "a", "b", "c", "d")
	var w Backward
	for _, step := range []int{4, 2, 1} {
		for k := range 4 / step {
			if at := w.Seek(b, k, step); at != Index(b, k*step) {
				t.Errorf("%d steps of %d from the front is %d", k, step, at)
			} else if k > 0 && w.Prev(b, at, step) != Index(b, (k-1)*step) {
				t.Errorf("%d steps of %d from the front: Prev fails", k, step)
			}
		}
	}
	w.Reset()
	w.Prev(b, len(b), 1)
	w.Reset()
	walkBack(t, &w, b, 3, 1)
}

func walkBack(t *testing.T, w *Backward, b []byte, i, step int) {
	t.Helper()
	at := len(b)
	if i < Len(b) {
		at = Index(b, i)
	}
	for i %= step; at > Skip(b, HeaderSize, i); {
		prev := w.Prev(b, at, step)
		if Skip(b, prev, step) != at {
			t.Fatalf("%d elements before %d is %d", step, at, prev)
		}
		at = prev
	}
	w.Reset()
}

func TestLayouts(t *testing.T) {
	all := edges()
	forward, twoWay := build(Forward, all...), build(TwoWay, all...)
	for _, b := range [][]byte{forward, twoWay} {
		for l, want := range [][]byte{forward, twoWay} {
			if n := SizeIn(b, Layout(l)); n != len(want) {
				t.Errorf("in layout %d it takes %d bytes, want %d", l, n, len(want))
			}
			got := make([]byte, len(want))
			Extract(got, Layout(l), b, HeaderSize, len(b), len(all))
			if !bytes.Equal(got, want) {
				t.Errorf("from layout %d to %d: another block", LayoutOf(b), l)
			}
		}
	}
	if len(forward) > len(twoWay)-len(all) {
		t.Errorf("%d bytes forward, %d both ways", len(forward), len(twoWay))
	}
}
