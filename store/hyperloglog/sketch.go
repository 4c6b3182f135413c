package hyperloglog

import (
	"encoding/binary"
	"errors"
)

const (
	indexBits = 14 // of an element's hash, to pick the register
	valueBits = 64 - indexBits

	// Registers is their number.
	Registers = 1 << indexBits

	headerSize = 16
	// DenseSize is the length of a dense sketch in bytes.
	DenseSize = headerSize + Registers*6/8

	magic = "HYLL"
	// cacheAt is where the estimate stands in the header; stale is the highest bit of its last byte.
	cacheAt = 8
	staleAt = 15
	stale   = 1 << 7

	formAt     = 4
	formDense  = 0
	formSparse = 1
)

// ErrCorrupt says that the runs of a sparse sketch do not describe 16384 registers.
var ErrCorrupt = errors.New("corrupted HyperLogLog")

// Valid reports whether b is a sketch by its header and length. The runs of a sparse one may still make no sense.
func Valid(b []byte) bool {
	if len(b) < headerSize || string(b[:len(magic)]) != magic {
		return false
	}
	return b[formAt] == formSparse || b[formAt] == formDense && len(b) == DenseSize
}

// Dense reports whether a valid sketch is in the dense form.
func Dense(b []byte) bool { return b[formAt] == formDense }

// AppendEmpty appends a sketch of the empty set.
func AppendEmpty(dst []byte) []byte {
	header := [headerSize]byte{formAt: formSparse}
	copy(header[:], magic)
	return appendZeros(append(dst, header[:]...), Registers)
}

// Cached returns the estimate as of the last count, if nothing has changed since.
func Cached(b []byte) (n int64, ok bool) {
	return int64(binary.LittleEndian.Uint64(b[cacheAt:])), b[staleAt]&stale == 0
}

// SetCached notes an estimate.
func SetCached(b []byte, n int64) { binary.LittleEndian.PutUint64(b[cacheAt:], uint64(n)) }

// Invalidate says that the noted estimate is out of date.
func Invalidate(b []byte) { b[staleAt] |= stale }

// Add adds an element to a valid sketch and returns it, moved if it had to grow: a sparse sketch that would be longer than
// limit bytes becomes dense. It reports whether a register changed; the noted estimate is left to the caller. An error
// leaves the sketch as it was.
func Add(b, element []byte, limit int) (_ []byte, changed bool, err error) {
	index, value := rank(element)
	return raise(b, index, value, limit)
}

// raise makes a register at least value.
func raise(b []byte, index int, value byte, limit int) (_ []byte, changed bool, err error) {
	if Dense(b) {
		return b, raiseDense(b, index, value), nil
	}
	return raiseSparse(b, index, value, limit)
}

// AppendDense appends a valid sketch in the dense form, its header included.
func AppendDense(dst, b []byte) ([]byte, error) {
	if Dense(b) {
		return append(dst, b...), nil
	}
	start := len(dst)
	dst = append(dst, make([]byte, DenseSize)...)
	d := dst[start:]
	copy(d, b[:headerSize])
	d[formAt] = formDense
	err := eachRun(b, func(first, n int, value byte) {
		for i := first; i < first+n; i++ {
			setDense(d, i, value)
		}
	})
	if err != nil {
		return dst[:start], err
	}
	return dst, nil
}

// Count estimates the number of different elements added to a valid sketch.
func Count(b []byte) (int64, error) {
	var h histogram
	if Dense(b) {
		var c tally
		c.addDense(b)
		h = c.histogram()
	} else if err := h.addSparse(b); err != nil {
		return 0, err
	}
	return h.estimate(), nil
}

// Union is the registers of a union of sketches, one byte each. Its zero value is that of no sketches.
type Union [Registers]byte

// Merge adds a valid sketch. After an error the union is of no use.
func (u *Union) Merge(b []byte) error {
	if Dense(b) {
		u.mergeDense(b)
		return nil
	}
	return u.mergeSparse(b)
}

// Count estimates the number of different elements in the union.
func (u *Union) Count() int64 {
	var c tally
	for i := 0; i < Registers; i += 8 {
		c.add(binary.LittleEndian.Uint64(u[i:]))
	}
	h := c.histogram()
	return h.estimate()
}

// AddTo raises the registers of a valid sketch to those of the union and returns it, moved if it had to grow; limit is that of
// Add.
func (u *Union) AddTo(b []byte, limit int) ([]byte, error) {
	for i, v := range u {
		if v == 0 {
			continue
		}
		var err error
		if b, _, err = raise(b, i, v, limit); err != nil {
			return b, err
		}
	}
	return b, nil
}
