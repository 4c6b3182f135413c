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

func build(values ...string) []byte {
	b := make([]byte, HeaderSize)
	Init(b)
	for _, v := range values {
		b = insert(b, len(b), v)
	}
	return b
}

func insert(b []byte, at int, v string) []byte {
	b = append(slices.Clip(b), bytes.Repeat([]byte{0xaa}, SizeOf([]byte(v)))...)
	Insert(b, at, []byte(v))
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
		if SizeAt(b, at) != SizeOf([]byte(w)) {
			t.Fatalf("element %d takes %d bytes, SizeOf says %d", i, SizeAt(b, at), SizeOf([]byte(w)))
		}
		size += SizeAt(b, at)
		at = Next(b, at)
	}
	if at != -1 || size != len(b) {
		t.Fatalf("the walk ends at %d after %d bytes of %d", at, size, len(b))
	}
	at = Last(b)
	for i := len(want) - 1; i >= 0; i-- {
		if !At(b, at).Equal([]byte(want[i])) {
			t.Fatalf("element %d met backwards is not %.40q", i, want[i])
		}
		at = Prev(b, at)
	}
	if at != -1 {
		t.Fatalf("the walk backwards ends at %d", at)
	}
}

func TestEveryLayout(t *testing.T) {
	all := edges()
	verify(t, build(all...), all)
	for _, v := range all {
		t.Run(fmt.Sprintf("%.24q/%d", v, len(v)), func(t *testing.T) {
			b := build("before", v, "after")
			verify(t, b, []string{"before", v, "after"})
			e := At(b, Index(b, 1))
			n, err := strconv.ParseInt(v, 10, 64)
			canonical := err == nil && strconv.FormatInt(n, 10) == v
			if e.IsInt() != canonical || canonical && e.Int != n {
				t.Errorf("stored as integer: %v, canonical: %v", e.IsInt(), canonical)
			}
			if e.Len() != len(v) || e.Size() != SizeOf([]byte(v)) || !e.Same(Of([]byte(v))) {
				t.Errorf("the element is %d bytes of text and takes %d", e.Len(), e.Size())
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
		if got := SizeOf([]byte(v)); got != size {
			t.Errorf("%q takes %d bytes, want %d", v, got, size)
		}
	}
	for _, n := range integers() {
		if SizeOfInt(n) != SizeOf(strconv.AppendInt(nil, n, 10)) {
			t.Errorf("%d takes %d bytes as a number", n, SizeOfInt(n))
		}
	}
}

func TestFindComparesValuesNotTexts(t *testing.T) {
	all := edges()
	slices.Sort(all)
	all = slices.Compact(all)
	b := build(all...)
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

func TestFindSkips(t *testing.T) {
	b := build("a", "b", "b", "c", "1", "2", "2", "1", "", "x", strings.Repeat("l", 100), "")
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
	empty := build()
	if Find(empty, First(empty), []byte("a"), 0) != -1 || Find(empty, End(empty), []byte("1"), 0) != -1 {
		t.Error("found something in an empty block")
	}
}

func TestIndexOutside(t *testing.T) {
	b := build("a", "b", "c")
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

func TestNothingAllocates(t *testing.T) {
	b := build("field-1", "12", "field-2", "70000", "field-3", strings.Repeat("x", 100))
	room := append(slices.Clone(b), make([]byte, SizeOf([]byte("field-4")))...)
	var scratch [20]byte
	if n := testing.AllocsPerRun(100, func() {
		Find(b, First(b), []byte("field-3"), 1)
		Find(b, First(b), []byte("70000"), 0)
		At(b, Index(b, -3)).Bytes(scratch[:])
		copy(room, b)
		Insert(room, Index(b, 2), []byte("field-4"))
		Delete(room, HeaderSize, 1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
