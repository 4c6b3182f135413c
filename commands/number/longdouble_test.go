package number

import (
	"math"
	"math/big"
	"strings"
	"testing"
)

func parseLong(t *testing.T, text string) LongDouble {
	t.Helper()
	x, ok := ParseLongDouble([]byte(text))
	if !ok {
		t.Fatalf("ParseLongDouble(%q) refused", text)
	}
	return x
}

// Results of redis-server 7.0.15 on x86-64.
func TestLongDoubleSums(t *testing.T) {
	tests := []struct{ a, b, want string }{
		{"10.5", "0.1", "10.6"},
		{"5.0e3", "200", "5200"},
		{"5.0e3", "2.0e2", "5200"},
		{"3.0e3", "0", "3000"},
		{"0.1", "0.2", "0.3"},
		{"1.1", "-1", "0.1"},
		{"1e17", "0.1", "100000000000000000.1015625"},
		{"18446744073709551615", "0", "18446744073709551615"},
		{"18446744073709551615", "1", "18446744073709551616"},
		{"18446744073709551615", "18446744073709551617.5", "36893488147419103232"},
		{"18446744073709551617", "0", "18446744073709551616"},
		{"9223372036854775807", "1", "9223372036854775808"},
		{"-9223372036854775808", "-1", "-9223372036854775809"},
		{"-0", "-0", "0"},
		{"-0.000000000000000001", "0", "0"},
		{"0.5e-17", "0", "0"},
		{"0x1p-58", "0", "0"},
		{"0x3p-58", "0", "0.00000000000000001"},
		{"1.5e-17", "0", "0.00000000000000002"},
		{"2.5e-17", "0", "0.00000000000000002"},
		{"-1.5e-17", "0", "-0.00000000000000002"},
		{"1e18", "0.3", "1000000000000000000.3125"},
		{"123456789.123456789", "0.000000001", "123456789.12345678999554366"},
		{"1", "-1", "0"},
		{"1e30", "-1e30", "0"},
		{"1", "0x1p-64", "1"},
		{"1", "0x1.8p-63", "1"},
		{"0x1.fffffffffffffffep0", "0x1p-64", "2"},
		{"1e-4950", "1e-4950", "0"},
		{"0x1p3", "0x1.8", "9.5"},
		{"+1", ".5", "1.5"},
		{"1e20", "0.5", "100000000000000000000"},
		{"1e21", "1e-1", "1000000000000000000000"},
		{"1e22", "0", "10000000000000000000000"},
		{"1e28", "0", "9999999999999999999731564544"},
	}
	for _, tt := range tests {
		t.Run(tt.a+" + "+tt.b, func(t *testing.T) {
			x, y := parseLong(t, tt.a), parseLong(t, tt.b)
			if got := string(x.Add(y).Append(nil)); got != tt.want {
				t.Errorf("= %s, want %s", got, tt.want)
			}
			if got := string(y.Add(x).Append(nil)); got != tt.want {
				t.Errorf("reversed: %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseLongDoubleLimits(t *testing.T) {
	tests := []struct {
		name, text string
		ok         bool
	}{
		{"largest", "0x1.fffffffffffffffep16383", true},
		{"rounds down to largest", "0x1.fffffffffffffffefp16383", true},
		{"rounds up out of range", "0x1.ffffffffffffffffp16383", false},
		{"largest decimal", "1.18973149535723176502e4932", true},
		{"decimal rounds out of range", "1.18973149535723176509e4932", false},
		{"beyond", "1e4933", false},
		{"far beyond", "1e999999999", false},
		{"farther beyond", "1e99999999999999999999999", false},
		{"smallest", "0x1p-16445", true},
		{"rounds up to smallest", "0x1.1p-16446", true},
		{"tie rounds to zero", "0x1p-16446", false},
		{"decimal smallest", "3.6e-4951", true},
		{"decimal rounds up to smallest", "1.9e-4951", true},
		{"decimal rounds to zero", "1.8e-4951", false},
		{"far below", "1e-999999999", false},
		{"zero of any exponent", "0e-99999999999999999999", true},
		{"longest", strings.Repeat("1", MaxLongDoubleLen-5) + "e-200", true},
		{"too long", strings.Repeat("0", MaxLongDoubleLen+1), false},
		{"nan", "nan", false},
		{"empty", "", false},
		{"space", " 1", false},
		{"nul", "1\x00", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if x, ok := ParseLongDouble([]byte(tt.text)); ok != tt.ok {
				t.Errorf("ok = %v, value %+v", ok, x)
			}
		})
	}
}

func TestLongDoubleNotFinite(t *testing.T) {
	inf, minus := parseLong(t, "inf"), parseLong(t, "-Infinity")
	largest := parseLong(t, "0x1.fffffffffffffffep16383")
	one := LongFromInt(1)
	tests := []struct {
		name string
		x    LongDouble
		want string
	}{
		{"inf", inf, "inf"},
		{"-inf", minus, "-inf"},
		{"inf + finite", inf.Add(one), "inf"},
		{"finite + -inf", one.Add(minus), "-inf"},
		{"inf + inf", inf.Add(inf), "inf"},
		{"inf - inf", inf.Add(minus), "nan"},
		{"nan + 1", inf.Add(minus).Add(one), "nan"},
		{"overflow", largest.Add(largest), "inf"},
		{"double nan", LongFromDouble(math.NaN()), "nan"},
		{"double -inf", LongFromDouble(math.Inf(-1)), "-inf"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.x.Append(nil)); got != tt.want {
				t.Errorf("= %s, want %s", got, tt.want)
			}
			if tt.x.IsNaN() != (tt.want == "nan") || tt.x.IsInf() != strings.HasSuffix(tt.want, "inf") || tt.x.IsZero() {
				t.Errorf("wrong kind of %+v", tt.x)
			}
		})
	}
	if sum := largest.Add(parseLong(t, "1")); sum != largest {
		t.Error("adding far below the last place changed the largest number")
	}
}

func TestLongFrom(t *testing.T) {
	for v, want := range map[int64]string{
		0: "0", 1: "1", -5: "-5", math.MaxInt64: "9223372036854775807", math.MinInt64: "-9223372036854775808",
	} {
		if got := string(LongFromInt(v).Append(nil)); got != want {
			t.Errorf("LongFromInt(%d) prints %s", v, got)
		}
	}
	for v, want := range map[float64]string{
		0: "0", 1.5: "1.5", -0.1: "-0.10000000000000001", 13.361389338970184: "13.36138933897018433",
		math.SmallestNonzeroFloat64: "0", 1e23: "99999999999999991611392",
	} {
		if got := string(LongFromDouble(v).Append(nil)); got != want {
			t.Errorf("LongFromDouble(%v) prints %s, want %s", v, got, want)
		}
	}
}

func TestEverydaySumsDoNotAllocate(t *testing.T) {
	a, b := []byte("10.5"), []byte("-0.1234567890123")
	buf := make([]byte, 0, 64)
	n := testing.AllocsPerRun(100, func() {
		x, _ := ParseLongDouble(a)
		y, _ := ParseLongDouble(b)
		buf = x.Add(y).Append(buf[:0])
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// exact returns x as a big.Float.
func exact(x LongDouble) *big.Float {
	f := new(big.Float).SetPrec(64).SetUint64(x.mantissa)
	f.SetMantExp(f, int(x.exponent))
	if x.negative {
		f.Neg(f)
	}
	return f
}

// FuzzLongDouble checks parsing and addition against big.Float where the format has its full precision, and printing
// against exact decimal expansion.
func FuzzLongDouble(f *testing.F) {
	f.Add([]byte("10.5"), []byte("0.1"))
	f.Add([]byte("0x1.8p-70"), []byte("-1e-22"))
	f.Add([]byte("123456789012345678901234567890e-40"), []byte("1e300"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x, okX := ParseLongDouble(a)
		y, okY := ParseLongDouble(b)
		if !okX || !okY || x.IsInf() || y.IsInf() {
			return
		}
		if l, _ := scan(a); !l.hex && max(l.exponent, -l.exponent) < 4000 && len(a) < 500 {
			want, _, err := big.ParseFloat(string(a), 10, 64, big.ToNearestEven)
			if err == nil && want.Cmp(exact(x)) != 0 {
				t.Fatalf("%q: got %v, want %v", a, exact(x), want)
			}
		}
		sum := x.Add(y)
		if sum.IsInf() {
			return
		}
		if x.exponent > -16000 && y.exponent > -16000 {
			want := new(big.Float).SetPrec(64).Add(exact(x), exact(y))
			if want.Cmp(exact(sum)) != 0 {
				t.Fatalf("%q + %q: got %v, want %v", a, b, exact(sum), want)
			}
		}
		text := exact(sum).Text('f', 17)
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
		if text == "-0" {
			text = "0"
		}
		if got := string(sum.Append(nil)); got != text {
			t.Fatalf("%v prints %s, want %s", exact(sum), got, text)
		}
	})
}
