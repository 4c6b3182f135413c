package resp

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"testing"
)

func checkBulk(t *testing.T, text string, add func(dst []byte) []byte) {
	t.Helper()
	checkAppend(t, fmt.Sprintf("$%d\r\n%s\r\n", len(text), text), add)
}

// checkAppend appends to buffers with less, just enough and more room than it takes.
func checkAppend(t *testing.T, want string, add func(dst []byte) []byte) {
	t.Helper()
	for _, room := range []int{0, 1, len(want) - 1, len(want), len(want) + 1, len(want) + 4, len(want) + 5, len(want) + 64} {
		dst := append(make([]byte, 0, 3+room), "abc"...)
		if got := string(add(dst)); got != "abc"+want {
			t.Fatalf("room %d: %q, want %q", room, got, "abc"+want)
		}
	}
}

func TestAppendBulk(t *testing.T) {
	text := make([]byte, 70_000)
	for i := range text {
		text[i] = byte(i*7 + i>>8)
	}
	for n := range 2 * bulkHeads {
		checkBulk(t, string(text[:n]), func(dst []byte) []byte { return AppendBulk(dst, text[:n]) })
	}
	for _, n := range []int{999, 1000, 9999, 10_000, len(text)} {
		checkBulk(t, string(text[:n]), func(dst []byte) []byte { return AppendBulk(dst, text[:n]) })
	}
	checkBulk(t, "", func(dst []byte) []byte { return AppendBulk(dst, nil) })
}

// Text may be what is in the buffer already.
func TestAppendBulkOfItself(t *testing.T) {
	for n := range 40 {
		dst := append(make([]byte, 0, 200), bytes.Repeat([]byte("x1"), n)...)
		want := fmt.Sprintf("%s$%d\r\n%s\r\n", dst, len(dst), dst)
		if got := string(AppendBulk(dst, dst)); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
}

func TestIntegers(t *testing.T) {
	numbers := []int64{math.MinInt64, math.MinInt64 + 1, math.MaxInt64}
	for p, i := int64(1), 0; i < 19; p, i = p*10, i+1 {
		for _, n := range []int64{p - 1, p, p + 1, 2*p + 1, 9 * p} {
			numbers = append(numbers, n, -n)
		}
	}
	for i := range 63 {
		numbers = append(numbers, 1<<i-1, 1<<i, -1<<i)
	}
	for n := range int64(1200) {
		numbers = append(numbers, n, -n)
	}
	for _, n := range numbers {
		text := strconv.FormatInt(n, 10)
		checkBulk(t, text, func(dst []byte) []byte { return AppendIntBulk(dst, n) })
		checkAppend(t, ":"+text+"\r\n", func(dst []byte) []byte { return appendInt(dst, n) })
	}
}
