package resp

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestParseInt(t *testing.T) {
	cases := []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"7", 7, true},
		{"-7", -7, true},
		{"1234567890", 1234567890, true},
		{"9223372036854775807", math.MaxInt64, true},
		{"-9223372036854775808", math.MinInt64, true},
		{in: "9223372036854775808"},
		{in: "-9223372036854775809"},
		{in: "9999999999999999999"},
		{in: "-9999999999999999999"},
		{in: "18446744073709551615"},
		{in: "18446744073709551616"},
		{in: "18446744073709551617"},
		{in: "100000000000000000000"},
		{in: ""},
		{in: "-"},
		{in: "+1"},
		{in: "01"},
		{in: "00"},
		{in: "-0"},
		{in: "-01"},
		{in: " 1"},
		{in: "1 "},
		{in: "1.5"},
		{in: "1e3"},
		{in: "0x1"},
		{in: "--1"},
		{in: "1\x00"},
		{in: "/"},
		{in: ":"},
	}
	for _, c := range cases {
		got, ok := ParseInt([]byte(c.in))
		if ok != c.ok || ok && got != c.want {
			t.Errorf("ParseInt(%q) = %d, %v; want %d, %v", c.in, got, ok, c.want, c.ok)
		}
		if c.ok && string(AppendInt(nil, c.want)) != c.in {
			t.Errorf("AppendInt(%d) = %s", c.want, AppendInt(nil, c.want))
		}
	}
}

func TestAppendDouble(t *testing.T) {
	cases := []struct {
		in   float64
		want string
	}{
		{0, "0"},
		{math.Copysign(0, -1), "-0"},
		{math.Inf(1), "inf"},
		{math.Inf(-1), "-inf"},
		{math.NaN(), "nan"},
		{3, "3"},
		{-3, "-3"},
		{1.5, "1.5"},
		{3.1, "3.1"},
		{-0.1, "-0.1"},
		{0.001, "0.001"},
		{0.000001, "0.000001"},
		{1.5e-6, "1.5e-6"},
		{1e-7, "1e-7"},
		{1e-10, "1e-10"},
		{0.0015, "0.0015"},
		{0.00012345678, "1.2345678e-4"},
		{0.0012345678, "0.0012345678"},
		{123456789.125, "123456789.125"},
		{3.141592653589793, "3.141592653589793"},
		{1e15, "1000000000000000"},
		{1 << 53, "9007199254740992"},
		{1 << 62, "4611686018427387904"},
		{-(1 << 62), "-4611686018427387904"},
		{1 << 63, "9223372036854776000"},
		{12345.123456789, "1.2345123456789e+4"},
		{1234.123456789, "1234.123456789"},
		{1e19, "1e+19"},
		{1e100, "1e+100"},
		{-1.5e300, "-1.5e+300"},
		{1.7976931348623157e308, "1.7976931348623157e+308"},
		{5e-324, "5e-324"},
		{2.2250738585072014e-308, "2.2250738585072014e-308"},
		{12345678901234567890123, "12345678901234568000000"},
	}
	for _, c := range cases {
		if got := string(AppendDouble([]byte("x"), c.in)); got != "x"+c.want {
			t.Errorf("AppendDouble(%g) = %s, want x%s", c.in, got, c.want)
		}
	}
}

func TestAppendDoubleRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200000 {
		f := math.Float64frombits(rng.Uint64())
		if rng.IntN(2) == 0 {
			f = float64(rng.Int64N(1e12)) / math.Pow10(rng.IntN(12))
		}
		if math.IsNaN(f) {
			continue
		}
		s := string(AppendDouble(nil, f))
		if back, err := strconv.ParseFloat(s, 64); err != nil || back != f {
			t.Fatalf("%g is printed as %s, which reads as %g, %v", f, s, back, err)
		}
		if len(s) > 25 {
			t.Fatalf("%g takes %d bytes", f, len(s))
		}
	}
}
