package number

import (
	"math"
	"math/big"
	"strconv"
	"testing"
)

func TestParseInt(t *testing.T) {
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true}, {"7", 7, true}, {"-1", -1, true}, {"120", 120, true},
		{"9223372036854775807", math.MaxInt64, true},
		{"-9223372036854775808", math.MinInt64, true},
		{"9223372036854775808", 0, false},
		{"-9223372036854775809", 0, false},
		{"18446744073709551615", 0, false},
		{"18446744073709551616", 0, false},
		{"99999999999999999999", 0, false},
		{"184467440737095516170", 0, false},
		{"", 0, false}, {"-", 0, false}, {"-0", 0, false}, {"00", 0, false}, {"01", 0, false}, {"-01", 0, false},
		{"+1", 0, false}, {" 1", 0, false}, {"1 ", 0, false}, {"1.0", 0, false}, {"0x1", 0, false}, {"1\x00", 0, false},
		{"--1", 0, false}, {"1e3", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, ok := ParseInt([]byte(tt.text))
			if ok != tt.ok || ok && got != tt.want {
				t.Errorf("= %d, %v; want %d, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
	if n := testing.AllocsPerRun(10, func() { ParseInt([]byte("-9223372036854775808")) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestParseUint(t *testing.T) {
	tests := []struct {
		text string
		want uint64
		ok   bool
	}{
		{"0", 0, true}, {"5", 5, true}, {"05", 5, true}, {"+5", 5, true}, {" 5", 5, true}, {"\t\n7", 7, true},
		{"18446744073709551615", math.MaxUint64, true},
		{"00018446744073709551615", math.MaxUint64, true},
		{"1\x002", 1, true},
		{"-05", math.MaxUint64 - 4, true},
		{"-0", 0, true},
		{"-5", 0, false},
		{"18446744073709551616", 0, false}, {"99999999999999999999", 0, false}, {"100000000000000000000", 0, false},
		{"", 0, false}, {"\x00", 0, false}, {" ", 0, false}, {"+", 0, false}, {"-", 0, false}, {"--5", 0, false},
		{"+-5", 0, false}, {"5 ", 0, false}, {"0x5", 0, false}, {"5a", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, ok := ParseUint([]byte(tt.text))
			if ok != tt.ok || ok && got != tt.want {
				t.Errorf("= %d, %v; want %d, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestCheckedArithmetic(t *testing.T) {
	edges := []int64{
		math.MinInt64, math.MinInt64 + 1, math.MinInt64 / 2, -1 << 32, -3, -2, -1, 0, 1, 2, 3, 1 << 31, 1 << 32,
		3037000499, 3037000500, math.MaxInt64 / 2, math.MaxInt64/2 + 1, math.MaxInt64 - 1, math.MaxInt64,
	}
	operations := []struct {
		name    string
		checked func(a, b int64) (int64, bool)
		exact   func(z, a, b *big.Int) *big.Int
	}{
		{"add", Add, (*big.Int).Add},
		{"sub", Sub, (*big.Int).Sub},
		{"mul", Mul, (*big.Int).Mul},
	}
	for _, op := range operations {
		t.Run(op.name, func(t *testing.T) {
			for _, a := range edges {
				for _, b := range edges {
					want := op.exact(new(big.Int), big.NewInt(a), big.NewInt(b))
					got, ok := op.checked(a, b)
					if ok != want.IsInt64() || ok && got != want.Int64() {
						t.Errorf("%d, %d: got %d, %v; exact %v", a, b, got, ok, want)
					}
				}
			}
		})
	}
}

func FuzzParseInt(f *testing.F) {
	f.Add([]byte("-9223372036854775808"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := ParseInt(b)
		want, err := strconv.ParseInt(string(b), 10, 64)
		strict := err == nil && strconv.FormatInt(want, 10) == string(b)
		if ok != strict || ok && got != want {
			t.Fatalf("ParseInt(%q) = %d, %v", b, got, ok)
		}
		if u, ok := ParseUint(b); ok && strict && u != uint64(want) {
			t.Fatalf("ParseUint(%q) = %d", b, u)
		}
	})
}
