package geohash

import "math"

// The functions here are those of package math within the angles that distances need, rounded better: to the nearest double
// but for one in some hundreds, which is then the one beside it. A C library rounds as well, so distances agree with
// Redis's in all digits nearly always.

const (
	angles      = 128                 // in the table, per radian
	quarterTurn = 202                 // the last one: a quarter turn is 201.06
	smallAngle  = 1.0 / 8             // up to here a short series beats the table
	piTail      = math.Pi - piHead    // what a double leaves out
	piHead      = 0x3.243f6a8885a3p+0 // of π, 53 bits
)

// expansion is a number as the sum of two doubles, of which the second is at most half a last digit of the first.
type expansion struct{ head, tail float64 }

func (x expansion) plus(y expansion) expansion {
	sum := x.head + y.head
	part := sum - x.head
	rest := (x.head - (sum - part)) + (y.head - part) + (x.tail + y.tail)
	head := sum + rest
	return expansion{head, rest - (head - sum)}
}

func (x expansion) times(f float64) expansion {
	p := x.head * f
	return expansion{p, math.FMA(x.head, f, -p) + float64(x.tail*f)}
}

func (x expansion) over(n float64) expansion {
	q := x.head / n
	return expansion{q, (math.FMA(-q, n, x.head) + x.tail) / n}
}

// entry is an angle's sine and cosine.
type entry struct{ sin, cos expansion }

// table has the angles i/128. Its tails make up for the rounding of its heads.
var table = func() (t [quarterTurn + 1]entry) {
	for i := range t {
		x := float64(i) / angles
		term := expansion{head: 1}
		sum := [4]expansion{} // of the terms whose exponents leave the same remainder
		for n := 1.0; n <= 32; n++ {
			sum[int(n-1)%4] = sum[int(n-1)%4].plus(term)
			term = term.times(x).over(n)
		}
		t[i] = entry{sin: sum[1].plus(sum[3].times(-1)), cos: sum[0].plus(sum[2].times(-1))}
	}
	return t
}()

// split finds the table's angle next to x, of 0 to a quarter turn, and gives the sine of what is left of x+tail and its
// cosine less 1.
func split(x, tail float64) (e *entry, sin, cosLess1 float64) {
	i := int(x*angles + 0.5)
	t := (x - float64(i)/angles) + tail
	z := t * t
	sin = t + float64(float64(t*z)*(-1.0/6+float64(z*(1.0/120-float64(z*(1.0/5040))))))
	cosLess1 = z * (-1.0/2 + float64(z*(1.0/24-float64(z*(1.0/720)))))
	return &table[i], sin, cosLess1
}

// sine of x radians, for -π to π.
func sine(x float64) float64 {
	a, tail := math.Abs(x), 0.0
	if a > math.Pi/2 {
		rest := piHead - a
		a = rest + piTail
		tail = piTail - (a - rest)
	}
	if a >= smallAngle {
		e, s, c := split(a, tail)
		return math.Copysign(e.sin.head+e.sinRest(s, c), x)
	}
	z := a * a
	p := -1.0/5040 + float64(z*(1.0/362880-float64(z*(1.0/39916800))))
	p = -1.0/6 + float64(z*(1.0/120+float64(z*p)))
	return math.Copysign(a+(tail+float64(float64(a*z)*p)), x)
}

// sinRest is what the sine of a sum has beyond the head in the table.
func (e *entry) sinRest(sin, cosLess1 float64) float64 {
	return float64(e.cos.head*sin) + (float64(e.sin.head*cosLess1) + (e.sin.tail + float64(e.cos.tail*sin)))
}

// cosine of x radians, for -π/2 to π/2.
func cosine(x float64) float64 {
	e, s, c := split(math.Abs(x), 0)
	return e.cos.head + (float64(e.cos.head*c) - float64(e.sin.head*s) + (e.cos.tail - float64(e.sin.tail*s)))
}

// arcsine is the angle whose sine is x, for 0 to 1.
func arcsine(x float64) float64 {
	if x < smallAngle {
		return x + arcsineRest(x)
	}
	if x > 31.0/32 {
		return steepArcsine(x)
	}
	y := math.Asin(x)
	e, s, c := split(y, 0)
	miss := (x - e.sin.head) - e.sinRest(s, c)
	return y + miss/(e.cos.head-float64(e.sin.head*s))
}

// arcsineRest is what the arcsine of a small number has beyond the number itself.
func arcsineRest(x float64) float64 {
	z := x * x
	p := 231.0/13312 + float64(z*(143.0/10240+float64(z*(6435.0/557056))))
	p = 5.0/112 + float64(z*(35.0/1152+float64(z*(63.0/2816+float64(z*p)))))
	p = 1.0/6 + float64(z*(3.0/40+float64(z*p)))
	return float64(x*z) * p
}

// steepArcsine is the arcsine of numbers near 1. It is a quarter turn less twice the angle whose sine is r.
func steepArcsine(x float64) float64 {
	square := (1 - x) / 2
	if square <= 0 {
		return math.Pi / 2
	}
	r := math.Sqrt(square)
	rest := arcsineRest(r) - math.FMA(r, r, -square)/(2*r) // the latter is what rounding has added to r
	y := piHead/2 - 2*r
	return y + ((piHead/2 - y) - 2*r + (piTail/2 - 2*rest))
}
