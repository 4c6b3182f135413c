package hyperloglog

import "encoding/binary"

// denseAt is the byte in a dense sketch where the register's bits begin, and the lowest of them.
func denseAt(index int) (at int, shift uint) {
	return headerSize + index*6/8, uint(index*6) % 8
}

// Register is the value of one of a dense sketch's registers.
func Register(b []byte, index int) byte {
	at, shift := denseAt(index)
	v := b[at] >> shift
	if shift > 2 {
		v |= b[at+1] << (8 - shift)
	}
	return v & 63
}

func setDense(b []byte, index int, value byte) {
	at, shift := denseAt(index)
	b[at] = b[at]&^(63<<shift) | value<<shift
	if shift > 2 {
		b[at+1] = b[at+1]&^(63>>(8-shift)) | value>>(8-shift)
	}
}

func raiseDense(b []byte, index int, value byte) bool {
	if Register(b, index) >= value {
		return false
	}
	setDense(b, index, value)
	return true
}

// eight returns the next eight registers, in the low 48 bits.
func eight(b []byte) uint64 {
	return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint16(b[4:6]))<<32
}

func (u *Union) mergeDense(b []byte) {
	b = b[headerSize:DenseSize]
	for i := 0; i < Registers; i += 8 {
		word, to := eight(b), u[i:i+8:i+8]
		for j := range to {
			to[j] = max(to[j], byte(word&63))
			word >>= 6
		}
		b = b[6:]
	}
}

func (h *histogram) addDense(b []byte) {
	for b = b[headerSize:DenseSize]; len(b) > 0; b = b[6:] {
		word := eight(b)
		if word == 0 {
			h[0] += 8
			continue
		}
		for range 8 {
			h[word&63]++
			word >>= 6
		}
	}
}
