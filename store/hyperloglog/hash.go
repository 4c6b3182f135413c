package hyperloglog

import (
	"encoding/binary"
	"math/bits"
)

const seed = 0xadc83b19

// rank is the register that an element belongs to, and the value it has there: 1 to 51.
func rank(element []byte) (index int, value byte) {
	h := murmur64A(element, seed)
	rest := h>>indexBits | 1<<valueBits // the bit behind the last ends the search
	return int(h & (Registers - 1)), byte(bits.TrailingZeros64(rest) + 1)
}

// murmur64A is the 64-bit variant of MurmurHash2 by Austin Appleby, in the public domain
// (https://github.com/aappleby/smhasher).
func murmur64A(data []byte, seed uint64) uint64 {
	const m, r = 0xc6a4a7935bd1e995, 47
	h := seed ^ uint64(len(data))*m
	for ; len(data) >= 8; data = data[8:] {
		k := binary.LittleEndian.Uint64(data) * m
		h = (h ^ (k^k>>r)*m) * m
	}
	if len(data) > 0 {
		var tail uint64
		for i, b := range data {
			tail |= uint64(b) << (8 * i)
		}
		h = (h ^ tail) * m
	}
	h = (h ^ h>>r) * m
	return h ^ h>>r
}
