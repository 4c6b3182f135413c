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

// spread gives each of eight registers a byte: it moves the upper half up, in ever smaller parts.
func spread(word uint64) uint64 {
	word = word&0xffffff | word>>24<<32
	word = word&0xfff00000fff | word>>12&0xfff00000fff<<16
	return word&0x3f003f003f003f | word>>6&0x3f003f003f003f<<8
}

// larger is the larger one of each two bytes, which are all below 128.
func larger(x, y uint64) uint64 {
	const top = 0x8080808080808080
	notLess := ((x | top) - y) & top // of x's bytes, which no longer borrow from each other
	fromX := notLess - notLess>>7 | notLess
	return x&fromX | y&^fromX
}

func (u *Union) mergeDense(b []byte) {
	b = b[headerSize:DenseSize]
	for i := 0; i < Registers; i += 8 {
		to := u[i : i+8 : i+8]
		binary.LittleEndian.PutUint64(to, larger(binary.LittleEndian.Uint64(to), spread(eight(b))))
		b = b[6:]
	}
}

func (c *tally) addDense(b []byte) {
	for b = b[headerSize:DenseSize]; len(b) > 0; b = b[6:] {
		c.add(spread(eight(b)))
	}
}
