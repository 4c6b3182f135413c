package lcs

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const memory = 512 << 20

// naive is the definition of the result: a full table of lengths, read backwards.
func naive(a, b []byte, minLen int64) (sub []byte, ranges []Range) {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
		for j := range table[i] {
			switch {
			case i == 0 || j == 0:
			case a[i-1] == b[j-1]:
				table[i][j] = table[i-1][j-1] + 1
			default:
				table[i][j] = max(table[i-1][j], table[i][j-1])
			}
		}
	}
	var pairs [][2]int64 // positions taken, backwards
	for i, j := len(a), len(b); i > 0 && j > 0; {
		switch {
		case a[i-1] == b[j-1]:
			i, j = i-1, j-1
			sub = append(sub, a[i])
			pairs = append(pairs, [2]int64{int64(i), int64(j)})
		case table[i-1][j] > table[i][j-1]:
			i--
		default:
			j--
		}
	}
	slices.Reverse(sub)
	for k := 0; k < len(pairs); {
		end := k
		for end+1 < len(pairs) && pairs[end+1][0] == pairs[end][0]-1 && pairs[end+1][1] == pairs[end][1]-1 {
			end++
		}
		r := Range{A: [2]int64{pairs[end][0], pairs[k][0]}, B: [2]int64{pairs[end][1], pairs[k][1]}}
		if r.A[1]-r.A[0]+1 >= minLen {
			ranges = append(ranges, r)
		}
		k = end + 1
	}
	return sub, ranges
}

func check(t *testing.T, a, b []byte, minLen int64) {
	t.Helper()
	wantSub, wantRanges := naive(a, b, minLen)
	n, err := Length(a, b, memory)
	if err != nil || n != int64(len(wantSub)) {
		t.Fatalf("Length(%q, %q) = %d, %v; want %d", a, b, n, err, len(wantSub))
	}
	sub, err := Subsequence(a, b, memory)
	if err != nil || string(sub) != string(wantSub) {
		t.Fatalf("Subsequence(%q, %q) = %q, %v; want %q", a, b, sub, err, wantSub)
	}
	ranges, n, err := Matches(a, b, minLen, memory)
	if err != nil || n != int64(len(wantSub)) || !slices.Equal(ranges, wantRanges) {
		t.Fatalf("Matches(%q, %q, %d) = %v, %d, %v; want %v", a, b, minLen, ranges, n, err, wantRanges)
	}
}

func TestKnown(t *testing.T) {
	sub, err := Subsequence([]byte("ohmytext"), []byte("mynewtext"), memory)
	if err != nil || string(sub) != "mytext" {
		t.Errorf("Subsequence = %q, %v", sub, err)
	}
	ranges, n, err := Matches([]byte("ohmytext"), []byte("mynewtext"), 0, memory)
	want := []Range{{A: [2]int64{4, 7}, B: [2]int64{5, 8}}, {A: [2]int64{2, 3}, B: [2]int64{0, 1}}}
	if err != nil || n != 6 || !slices.Equal(ranges, want) {
		t.Errorf("Matches = %v, %d, %v", ranges, n, err)
	}
	if ranges[0].Len() != 4 {
		t.Errorf("Len = %d", ranges[0].Len())
	}
	ranges, n, _ = Matches([]byte("ohmytext"), []byte("mynewtext"), 4, memory)
	if n != 6 || !slices.Equal(ranges, want[:1]) {
		t.Errorf("minimal length 4: %v, %d", ranges, n)
	}
}

func TestShapes(t *testing.T) {
	long := strings.Repeat("ab", 100)
	tests := []struct{ name, a, b string }{
		{"both empty", "", ""},
		{"first empty", "", "abc"},
		{"second empty", "abc", ""},
		{"nothing in common", "abc", "xyz"},
		{"equal", "abc", "abc"},
		{"equal over words", long, long},
		{"shifted", long, "b" + long},
		{"all the same byte", strings.Repeat("a", 130), strings.Repeat("a", 64)},
		{"exactly a word", strings.Repeat("xy", 32), strings.Repeat("yx", 32)},
		{"one column", long, "b"},
		{"one row", "b", long},
		{"zero bytes", "\x00a\x00", "a\x00\x00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { check(t, []byte(tt.a), []byte(tt.b), 0) })
	}
}

func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 600 {
		letters := 1 + r.IntN(6)
		random := func() []byte {
			p := make([]byte, r.IntN(150))
			for i := range p {
				p[i] = byte('a' + r.IntN(letters))
			}
			return p
		}
		check(t, random(), random(), int64(r.IntN(5)-1))
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name string
		a, b int
		max  int64
		want error
	}{
		{"empty", 0, 0, 4, nil},
		{"empty without memory", 0, 0, 3, ErrTooLarge},
		{"limit", 8191, 16383, memory, nil},
		{"above the limit", 8192, 16383, memory, ErrTooLarge},
		{"no limit configured", 1, 1, -1, ErrTooLarge},
		{"too long", math.MaxUint32 - 1, 0, memory, ErrTooLong},
		{"second too long", 0, math.MaxUint32 - 1, math.MaxInt64, ErrTooLong},
		{"longest", math.MaxUint32 - 2, math.MaxUint32 - 2, math.MaxInt64, ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := Check(tt.a, tt.b, tt.max); !errors.Is(err, tt.want) {
				t.Errorf("= %v, want %v", err, tt.want)
			}
		})
	}
	a, b := []byte("ab"), []byte("abc")
	if _, err := Length(a, b, 47); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Length: %v", err)
	}
	if _, err := Subsequence(a, b, 47); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Subsequence: %v", err)
	}
	if _, _, err := Matches(a, b, 0, 47); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Matches: %v", err)
	}
	if _, err := Length(a, b, 48); err != nil {
		t.Errorf("Length within the limit: %v", err)
	}
}

func FuzzLCS(f *testing.F) {
	f.Add([]byte("ohmytext"), []byte("mynewtext"), int64(2))
	f.Fuzz(func(t *testing.T, a, b []byte, minLen int64) {
		if len(a) > 200 || len(b) > 200 {
			return
		}
		check(t, a, b, minLen)
	})
}
