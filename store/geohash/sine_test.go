package geohash

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// precise is sine and cosine of x with 200 bits.
func precise(x *big.Float) (sin, cos *big.Float) {
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(200).SetFloat64(v) }
	sum := [2]*big.Float{number(0), number(0)}
	term := number(1)
	for n := 1; n < 80; n++ {
		parity := (n - 1) % 2
		if (n-1)%4 < 2 {
			sum[parity].Add(sum[parity], term)
		} else {
			sum[parity].Sub(sum[parity], term)
		}
		term.Mul(term, x)
		term.Quo(term, number(float64(n)))
	}
	return sum[1], sum[0]
}

// off is how far got is from want, in units of want's last digit.
func off(got float64, want *big.Float) float64 {
	diff := new(big.Float).SetPrec(200).SetFloat64(got)
	diff.Sub(diff, want)
	d, _ := diff.Float64()
	w, _ := want.Float64()
	return math.Abs(d) / (math.Nextafter(math.Abs(w), math.Inf(1)) - math.Abs(w))
}

// TestRounding compares with 200 bits. A result of the exact value rounded is 0.5 off at most.
func TestRounding(t *testing.T) {
	const limit = 0.54
	exact := func(x float64) *big.Float { return new(big.Float).SetPrec(200).SetFloat64(x) }
	cases := []struct {
		name string
		max  float64
		off  func(x float64) float64
	}{
		{"sine of small angles", smallAngle, func(x float64) float64 { s, _ := precise(exact(x)); return off(sine(x), s) }},
		{"sine", math.Pi, func(x float64) float64 { s, _ := precise(exact(x)); return off(sine(x), s) }},
		{"cosine", 85.06 * degree, func(x float64) float64 { _, c := precise(exact(x)); return off(cosine(x), c) }},
		{"arcsine of small numbers", smallAngle, arcsineOff},
		{"arcsine", 1, arcsineOff},
		{"arcsine of numbers near 1", 1, func(x float64) float64 { return arcsineOff(1 - x/32) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			worst, rounded := 0.0, 0
			const tries = 1000
			for range tries {
				x := rng.Float64() * c.max
				d := c.off(x)
				if worst = max(worst, d); d > limit {
					t.Errorf("of %v: %.3f units of the last digit off", x, d)
				}
				if d <= 0.5 {
					rounded++
				}
			}
			t.Logf("worst %.4f, %d of %d rounded to the nearest", worst, rounded, tries)
		})
	}
}

// arcsineOff takes a step of Newton's from the result, which gives twice as many digits.
func arcsineOff(x float64) float64 {
	y := new(big.Float).SetPrec(200).SetFloat64(arcsine(x))
	sin, cos := precise(y)
	miss := new(big.Float).SetPrec(200).SetFloat64(x)
	miss.Sub(miss, sin)
	return off(arcsine(x), y.Add(y, miss.Quo(miss, cos)))
}

func TestRoundAngles(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"sine of 0", sine(0), 0},
		{"sine of a quarter turn", sine(math.Pi / 2), 1},
		{"sine of half a turn", sine(math.Pi), 1.2246467991473532e-16}, // π is not quite a double
		{"sine to the left", sine(-1), -sine(1)},
		{"sine of little to the left", sine(-0.01), -sine(0.01)},
		{"cosine of 0", cosine(0), 1},
		{"cosine to the south", cosine(-1), cosine(1)},
		{"arcsine of 0", arcsine(0), 0},
		{"arcsine of 1", arcsine(1), math.Pi / 2},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func BenchmarkSine(b *testing.B)    { benchmark(b, sine) }
func BenchmarkCosine(b *testing.B)  { benchmark(b, cosine) }
func BenchmarkArcsine(b *testing.B) { benchmark(b, arcsine) }

func benchmark(b *testing.B, f func(float64) float64) {
	x, sum := 0.001, 0.0
	for b.Loop() {
		sum += f(x)
		if x += 0.01; x > 0.9 {
			x = 0.001
		}
	}
	if math.IsNaN(sum) {
		b.Fatal(sum)
	}
}
