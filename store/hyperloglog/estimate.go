package hyperloglog

import "math"

// histogram counts the registers by value. Hashes give values to 51; the rest of the room is for what a string may say.
type histogram [64]int

// tally makes a histogram of registers that come eight at a time. Most registers of a sketch have one of few values: a
// single count of each would have every addition wait for the one before.
type tally [4]histogram

// add counts eight registers, one byte each.
func (c *tally) add(word uint64) {
	c[0][word&63]++
	c[1][word>>8&63]++
	c[2][word>>16&63]++
	c[3][word>>24&63]++
	c[0][word>>32&63]++
	c[1][word>>40&63]++
	c[2][word>>48&63]++
	c[3][word>>56&63]++
}

func (c *tally) histogram() (h histogram) {
	for i := range h {
		h[i] = c[0][i] + c[1][i] + c[2][i] + c[3][i]
	}
	return h
}

// alpha is 1/(2 ln 2), the limit of the estimator's bias correction for many registers.
const alpha = 0.721347520444481703680

// estimate is the number of different elements that the registers speak of. Products are rounded before they are added:
// elsewhere than on amd64 the compiler may fuse the two, and the estimate, which is kept and sent on, would differ.
func (h *histogram) estimate() int64 {
	const m = float64(Registers)
	z := m * tau((m-float64(h[valueBits+1]))/m)
	for v := valueBits; v >= 1; v-- {
		z = (z + float64(h[v])) * 0.5
	}
	z += float64(m * sigma(float64(h[0])/m))
	n := math.Round(alpha * m * m / z)
	if n >= 1<<63 {
		return math.MinInt64 // only registers that no hash gives; what Redis makes of infinity
	}
	return int64(n)
}

// sigma and tau are the series of Ertl's equations (13) and (17): they stand for the registers whose value is at either
// end of the range.
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		was := z
		z += float64(x * y)
		y += y
		if z == was {
			return z
		}
	}
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		was := z
		y *= 0.5
		d := 1 - x
		z -= float64(float64(d*d) * y)
		if z == was {
			return z / 3
		}
	}
}
