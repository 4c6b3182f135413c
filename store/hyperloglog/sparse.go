package hyperloglog

import (
	"encoding/binary"
	"slices"
	"strconv"
)

// The kinds of runs, by their first byte.
const (
	valueBit    = 1 << 7 // set: registers of a value
	longZeroBit = 1 << 6 // set, and valueBit clear: a run of zeros in two bytes

	maxZeros    = 64 // longest run of zeros in one byte
	maxRun      = 4  // longest run of another value
	maxRunValue = 32
	joinWithin  = 5 // how many runs are looked at in order to join some
)

// spans is how many registers a run of one byte stands for, and 0 for runs of two.
var spans = func() (s [256]uint8) {
	for op := range s {
		switch {
		case op&valueBit != 0:
			s[op] = uint8(op&3) + 1
		case op&longZeroBit == 0:
			s[op] = uint8(op) + 1
		}
	}
	return s
}()

func isValue(op byte) bool    { return op&valueBit != 0 }
func isLongZero(op byte) bool { return op&(valueBit|longZeroBit) == longZeroBit }
func valueOf(op byte) byte    { return op>>2&31 + 1 }

func valueRun(value byte, n int) byte { return valueBit | (value-1)<<2 | byte(n-1) }

// appendZeros appends the run of n zeros.
func appendZeros(dst []byte, n int) []byte {
	n--
	if n < maxZeros {
		return append(dst, byte(n))
	}
	return append(dst, longZeroBit|byte(n>>8), byte(n))
}

// run reads the run at b[at:]: the registers it stands for, and its bytes, 0 if there are too few.
func run(b []byte, at int) (n, size int) {
	op := b[at]
	if n = int(spans[op]); n != 0 {
		return n, 1
	}
	if at+1 == len(b) {
		return 0, 0
	}
	return (int(op&(longZeroBit-1))<<8 | int(b[at+1])) + 1, 2
}

// eachRun visits the runs of registers that are not zero. It returns ErrCorrupt if all runs together are not 16384
// registers; f is never called for registers beyond that.
func eachRun(b []byte, f func(first, n int, value byte)) error {
	index := 0
	for at := headerSize; at < len(b); {
		n, size := run(b, at)
		if size == 0 || index+n > Registers {
			return ErrCorrupt
		}
		if isValue(b[at]) {
			f(index, n, valueOf(b[at]))
		}
		index += n
		at += size
	}
	if index != Registers {
		return ErrCorrupt
	}
	return nil
}

func (u *Union) mergeSparse(b []byte) error {
	index := 0
	for at := headerSize; at < len(b); {
		op := b[at]
		n, size := int(spans[op]), 1
		if n == 0 {
			if n, size = run(b, at); size == 0 {
				return ErrCorrupt
			}
		}
		if index+n > Registers {
			return ErrCorrupt
		}
		if isValue(op) {
			value, to := valueOf(op), u[index:index+n]
			for i := range to {
				to[i] = max(to[i], value)
			}
		}
		index += n
		at += size
	}
	if index != Registers {
		return ErrCorrupt
	}
	return nil
}

func (h *histogram) addSparse(b []byte) error {
	zeros := Registers
	err := eachRun(b, func(_, n int, value byte) {
		h[value] += n
		zeros -= n
	})
	h[0] += zeros
	return err
}

// place is the run that holds a register.
type place struct {
	at, size int // where it stands, in bytes
	first, n int // the registers it stands for
	before   int // where the run before it stands; the same as at if it is the first
}

// locate finds the run that holds a register. It is what adding to a sparse sketch takes its time for.
func locate(b []byte, index int) (p place, ok bool) {
	at, before, first := headerSize, headerSize, 0
	for at < len(b) {
		if n, ok := eightSpans(b, at); ok && first+n <= index {
			first += n
			at += 8
			before = at - 1
			continue
		}
		n, size := int(spans[b[at]]), 1
		if n == 0 {
			if n, size = run(b, at); size == 0 {
				break
			}
		}
		if index < first+n {
			return place{at, size, first, n, before}, true
		}
		before = at
		at += size
		first += n
	}
	return place{}, false
}

// eightSpans is how many registers the eight runs at b[at:] stand for, if all of them are there and have one byte.
func eightSpans(b []byte, at int) (n int, ok bool) {
	const ones, longZero = 0x0101010101010101, longZeroBit * 0x0101010101010101
	if at+8 > len(b) {
		return 0, false
	}
	word := binary.LittleEndian.Uint64(b[at:])
	if word&longZero&^(word>>1) != 0 {
		return 0, false
	}
	values := word >> 7 & ones
	less := word & (63*ones - 60*values) // each run's registers, less 1
	pairs := less&0x00ff00ff00ff00ff + less>>8&0x00ff00ff00ff00ff
	return int(pairs*0x0001000100010001>>48) + 8, true
}

func raiseSparse(b []byte, index int, value byte, limit int) (_ []byte, changed bool, err error) {
	if value > maxRunValue {
		return promote(b, index, value)
	}
	p, ok := locate(b, index)
	if !ok {
		return b, false, ErrCorrupt
	}
	if isValue(b[p.at]) && valueOf(b[p.at]) >= value {
		return b, false, nil
	}
	if p.n == 1 && p.size == 1 {
		b[p.at] = valueRun(value, 1)
		return joinRuns(b, p.before), true, nil
	}
	var room [5]byte
	split := p.split(room[:0], b[p.at], index, value)
	if growth := len(split) - p.size; growth > 0 && len(b)+growth > limit {
		return promote(b, index, value)
	}
	b = slices.Replace(b, p.at, p.at+p.size, split...)
	return joinRuns(b, p.before), true, nil
}

// split appends what takes the place of the run when one of its registers gets a value.
func (p place) split(dst []byte, op byte, index int, value byte) []byte {
	part := func(n int) {
		switch {
		case n == 0:
		case isValue(op):
			dst = append(dst, valueRun(valueOf(op), n))
		default:
			dst = appendZeros(dst, n)
		}
	}
	part(index - p.first)
	dst = append(dst, valueRun(value, 1))
	part(p.first + p.n - 1 - index)
	return dst
}

// joinRuns joins runs of the same value from at on. It looks at few of them: others have not changed.
func joinRuns(b []byte, at int) []byte {
	for left := joinWithin; at < len(b) && left > 0; left-- {
		switch {
		case isLongZero(b[at]):
			at += 2
		case isValue(b[at]) && at+1 < len(b) && joins(b[at], b[at+1]):
			b[at] = valueRun(valueOf(b[at]), int(spans[b[at]])+int(spans[b[at+1]]))
			b = slices.Delete(b, at+1, at+2)
		default:
			at++
		}
	}
	return b
}

// joins reports whether two runs, the first of them of a value, can be one.
func joins(a, b byte) bool {
	return isValue(b) && valueOf(a) == valueOf(b) && spans[a]+spans[b] <= maxRun
}

// promote makes a sparse sketch dense and gives a register a value.
func promote(b []byte, index int, value byte) (_ []byte, changed bool, err error) {
	dense, err := AppendDense(make([]byte, 0, DenseSize), b)
	if err != nil {
		return b, false, err
	}
	return dense, raiseDense(dense, index, value), nil
}

// AppendRuns appends the runs of a valid sparse sketch as text: "z:n" and "Z:n" for n zeros in one and in two bytes, "v:x,n" for
// n registers of x, separated by spaces. Their number is not checked.
func AppendRuns(dst, b []byte) ([]byte, error) {
	for at := headerSize; at < len(b); {
		n, size := run(b, at)
		if size == 0 {
			return dst, ErrCorrupt
		}
		if at > headerSize {
			dst = append(dst, ' ')
		}
		switch {
		case isValue(b[at]):
			dst = append(dst, "v:"...)
			dst = append(strconv.AppendUint(dst, uint64(valueOf(b[at])), 10), ',')
		case size == 2:
			dst = append(dst, "Z:"...)
		default:
			dst = append(dst, "z:"...)
		}
		dst = strconv.AppendInt(dst, int64(n), 10)
		at += size
	}
	return dst, nil
}
