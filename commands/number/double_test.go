package number

import (
	"math"
	"strings"
	"testing"
)

func TestParseDouble(t *testing.T) {
	zeros := strings.Repeat("0", 30000)
	tests := []struct {
		name, text string
		want       float64
		ok         bool
	}{
		{"integer", "3", 3, true},
		{"plus", "+5", 5, true},
		{"leading zeros", "00012", 12, true},
		{"bare point before", ".5", .5, true},
		{"bare point after", "5.", 5, true},
		{"exponent", "1E+5", 1e5, true},
		{"negative zero", "-0", math.Copysign(0, -1), true},
		{"zero of any exponent", "0e999999999999999999999", 0, true},
		{"infinity", "inf", math.Inf(1), true},
		{"infinity any case", "-InFiNiTy", math.Inf(-1), true},
		{"hexadecimal", "0x1p3", 8, true},
		{"hexadecimal without exponent", "0X1.8", 1.5, true},
		{"hexadecimal digit e", "0x1e5", 0x1e5, true},
		{"hexadecimal many digits", "0x1" + zeros + "p-120000", 1, true},
		{"hexadecimal sticky", "0x1.00000000000008" + zeros + "1", 0x1.0000000000001p0, true},
		{"hexadecimal tie", "0x1.00000000000008", 1, true},
		{"decimal tie broken far out", "9007199254740993." + zeros + "1", 9007199254740994, true},
		{"decimal tie to even", "9007199254740993", 9007199254740992, true},
		{"many digits and exponent", "0." + zeros + "1e30001", 1, true},
		{"many digits and negative exponent", "1" + zeros + "e-30000", 1, true},
		{"digits of Go and exponent", strings.Repeat("1", 900) + "e-850", 1.1111111111111111e49, true},
		{"largest", "1.7976931348623158e308", math.MaxFloat64, true},
		{"smallest", "2.5e-324", math.SmallestNonzeroFloat64, true},
		{"smallest hexadecimal", "0x1.00001p-1075", math.SmallestNonzeroFloat64, true},
		{"subnormal", "1e-310", 1e-310, true},
		{"overflow", "1.7976931348623159e308", 0, false},
		{"overflow far", "-1e999999999999999999999", 0, false},
		{"overflow hexadecimal", "0x1p1024", 0, false},
		{"underflow", "2.4e-324", 0, false},
		{"underflow tie", "0x1p-1075", 0, false},
		{"underflow far", "1e-999999999999999999999", 0, false},
		{"nan", "nan", 0, false},
		{"nan payload", "nan(1)", 0, false},
		{"empty", "", 0, false},
		{"sign only", "-", 0, false},
		{"two signs", "+-1", 0, false},
		{"point only", ".", 0, false},
		{"two points", "1.2.3", 0, false},
		{"exponent without digits", "1e", 0, false},
		{"exponent sign only", "1e-", 0, false},
		{"exponent only", "e5", 0, false},
		{"leading space", " 1", 0, false},
		{"trailing space", "1 ", 0, false},
		{"nul", "1\x00", 0, false},
		{"underscore", "1_0", 0, false},
		{"underscore hexadecimal", "0x1_0p0", 0, false},
		{"hexadecimal prefix only", "0x", 0, false},
		{"hexadecimal point only", "0x.p1", 0, false},
		{"hexadecimal exponent without digits", "0x1p", 0, false},
		{"binary", "0b1", 0, false},
		{"infinity misspelled", "infinit", 0, false},
		{"infinity and more", "infinityx", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := ParseDouble([]byte(tt.text))
			if ok != tt.ok || ok && math.Float64bits(got) != math.Float64bits(tt.want) {
				t.Errorf("= %v, %v; want %v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestParseBound(t *testing.T) {
	tests := []struct {
		name, text string
		want       float64
		ok         bool
	}{
		{"plain", "1.5", 1.5, true},
		{"empty", "", 0, true},
		{"leading space", " \t1", 1, true},
		{"trailing space", "1 ", 0, false},
		{"space only", " ", 0, false},
		{"cut at nul", "1\x00x", 1, true},
		{"overflow", "1e400", math.Inf(1), true},
		{"overflow negative", "-1e99999", math.Inf(-1), true},
		{"underflow", "1e-400", 0, true},
		{"nan", "nan", 0, false},
		{"text", "abc", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := ParseBound([]byte(tt.text))
			if ok != tt.ok || ok && got != tt.want {
				t.Errorf("= %v, %v; want %v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestAppendDouble(t *testing.T) {
	tests := []struct {
		v    float64
		want string
	}{
		{0, "0"}, {math.Copysign(0, -1), "-0"}, {1, "1"}, {-1, "-1"}, {1.5, "1.5"}, {0.1, "0.1"}, {3.3, "3.3"},
		{math.Inf(1), "inf"}, {math.Inf(-1), "-inf"}, {math.NaN(), "nan"},
		{1e17, "100000000000000000"},
		{1 << 62, "4611686018427387904"},
		{1e19, "1e+19"}, {1e20, "1e+20"}, {-1.5e300, "-1.5e+300"}, {1e100, "1e+100"}, {1e105, "1e+105"},
		{12345678901234567000, "12345678901234567000"},
		{0.001, "0.001"}, {0.000001, "0.000001"}, {0.0000001, "1e-7"}, {0.0000123, "1.23e-5"},
		{0.00012345678901, "1.2345678901e-4"}, {0.0012345678901, "0.0012345678901"},
		{1234.123456789, "1234.123456789"}, {123456.123456789, "1.23456123456789e+5"}, {123456.5, "123456.5"},
		{5e-324, "5e-324"}, {math.MaxFloat64, "1.7976931348623157e+308"},
		{0.30000000000000004, "0.30000000000000004"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			if got := string(AppendDouble([]byte("x"), tt.v)); got != "x"+tt.want {
				t.Errorf("= %q, want %q", got, "x"+tt.want)
			}
		})
	}
}

func TestAppendShortest(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", math.Copysign(0, -1): "-0", 3: "3", -12345678: "-12345678", 100000000: "1e+8", 10000000: "10000000", 0.5: "0.5",
		math.Inf(-1): "-inf", 123456789: "123456789",
	} {
		if got := string(AppendShortest(nil, v)); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func FuzzDouble(f *testing.F) {
	for _, s := range []string{"1e5", "0x1.8p-3", "-inf", "1_0", "0x_1p1", "123456.123456789", "5e-324"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, ok := ParseDouble(b)
		bound, okBound := ParseBound(b)
		if ok && (!okBound || math.Float64bits(v) != math.Float64bits(bound)) {
			t.Fatalf("ParseBound(%q) = %v, %v; ParseDouble gave %v", b, bound, okBound, v)
		}
		if !ok {
			return
		}
		text := AppendDouble(nil, v)
		again, ok := ParseDouble(text)
		if !ok || math.Float64bits(again) != math.Float64bits(v) {
			t.Fatalf("%v printed as %q reads back as %v, %v", v, text, again, ok)
		}
		l, isFinite := scan(b)
		if isFinite && l.kind == finite && !l.zero() && l.canonicalDouble() != v {
			t.Fatalf("%q: rewritten literal reads as %v instead of %v", b, l.canonicalDouble(), v)
		}
	})
}
