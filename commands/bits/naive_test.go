package bits

import "math/big"

// The functions below are the plain definitions the package is checked against: bit by bit, and in exact arithmetic.

func naiveBit(p []byte, i int64) int {
	if i/8 >= int64(len(p)) {
		return 0
	}
	return int(p[i/8]) >> (7 - i%8) & 1
}

// naiveRange returns the positions a range covers.
func naiveRange(p []byte, start, end int64, unit Unit) (positions []int64) {
	size := int64(1)
	if unit == Byte {
		size = 8
	}
	total := int64(len(p)) * 8 / size
	if start < 0 && end < 0 && start > end {
		return nil
	}
	if start < 0 {
		start = max(start+total, 0)
	}
	if end < 0 {
		end = max(end+total, 0)
	}
	for i := start; i <= end && i < total; i++ {
		for k := range size {
			positions = append(positions, i*size+k)
		}
	}
	return positions
}

func naiveCount(p []byte, positions []int64) (n int64) {
	for _, i := range positions {
		n += int64(naiveBit(p, i))
	}
	return n
}

func naivePosition(p []byte, bit int, positions []int64, endGiven bool) int64 {
	if len(positions) == 0 {
		return -1
	}
	for _, i := range positions {
		if naiveBit(p, i) == bit {
			return i
		}
	}
	if bit == 0 && !endGiven {
		return int64(len(p)) * 8
	}
	return -1
}

func naiveCombine(op Operation, sources [][]byte) []byte {
	n := 0
	for _, s := range sources {
		n = max(n, len(s))
	}
	at := func(s []byte, i int) byte {
		if i < len(s) {
			return s[i]
		}
		return 0
	}
	dst := make([]byte, n)
	for i := range dst {
		b := at(sources[0], i)
		for _, s := range sources[1:] {
			switch op {
			case And:
				b &= at(s, i)
			case Or:
				b |= at(s, i)
			case Xor:
				b ^= at(s, i)
			}
		}
		if op == Not {
			b = ^b
		}
		dst[i] = b
	}
	return dst
}

func naiveLoad(f Field, p []byte, offset int64) int64 {
	v := new(big.Int)
	for i := range int64(f.Width) {
		v.Lsh(v, 1)
		v.SetBit(v, 0, uint(naiveBit(p, offset+i)))
	}
	if f.Signed && naiveBit(p, offset) == 1 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(f.Width)))
	}
	return v.Int64()
}

func naiveFit(f Field, v *big.Int, mode Overflow) (int64, bool) {
	low, high := new(big.Int), new(big.Int).Lsh(big.NewInt(1), uint(f.Width))
	span := new(big.Int).Set(high)
	if f.Signed {
		high.Rsh(high, 1)
		low.Neg(high)
	}
	high.Sub(high, big.NewInt(1))
	if v.Cmp(low) >= 0 && v.Cmp(high) <= 0 {
		return v.Int64(), true
	}
	switch {
	case mode == Fail:
		return 0, false
	case mode == Saturate && v.Cmp(high) > 0:
		return high.Int64(), true
	case mode == Saturate:
		return low.Int64(), true
	}
	r := new(big.Int).Mod(v, span)
	if r.Cmp(high) > 0 {
		r.Sub(r, span)
	}
	return r.Int64(), true
}
