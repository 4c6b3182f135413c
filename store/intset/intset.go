package intset

import "encoding/binary"

// HeaderSize is the length of an empty set in bytes.
const HeaderSize = 1

// least is the width of a set whose elements all fit.
const least = 2

// Init makes b, of HeaderSize bytes, an empty set.
func Init(b []byte) { b[0] = least }

// Len is the number of elements.
func Len(b []byte) int { return (len(b) - HeaderSize) / int(b[0]) }

// Width is how many bytes n takes at least, as all elements of its set do.
func Width(n int64) int {
	switch {
	case n == int64(int16(n)):
		return 2
	case n == n<<40>>40:
		return 3
	case n == int64(int32(n)):
		return 4
	case n == n<<16>>16:
		return 6
	}
	return 8
}

// get is element i of the elements e of the given width.
func get(e []byte, width, i int) int64 {
	switch width {
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(e[2*i:])))
	case 3:
		x := e[3*i:][:3]
		return int64(binary.LittleEndian.Uint16(x)) | int64(int8(x[2]))<<16
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(e[4*i:])))
	case 6:
		x := e[6*i:][:6]
		return int64(binary.LittleEndian.Uint32(x)) | int64(int16(binary.LittleEndian.Uint16(x[4:])))<<32
	}
	return int64(binary.LittleEndian.Uint64(e[8*i:]))
}

func put(e []byte, width, i int, n int64) {
	switch width {
	case 2:
		binary.LittleEndian.PutUint16(e[2*i:], uint16(n))
	case 3:
		x := e[3*i:][:3]
		binary.LittleEndian.PutUint16(x, uint16(n))
		x[2] = byte(n >> 16)
	case 4:
		binary.LittleEndian.PutUint32(e[4*i:], uint32(n))
	case 6:
		x := e[6*i:][:6]
		binary.LittleEndian.PutUint32(x, uint32(n))
		binary.LittleEndian.PutUint16(x[4:], uint16(n>>32))
	default:
		binary.LittleEndian.PutUint64(e[8*i:], uint64(n))
	}
}

// At is the element at position i, counted from 0 in ascending order.
func At(b []byte, i int) int64 { return get(b[HeaderSize:], int(b[0]), i) }

// Find returns the position of n, or the position it belongs to if it is not there.
func Find(b []byte, n int64) (i int, found bool) {
	width, e, size := int(b[0]), b[HeaderSize:], Len(b)
	if size == 0 {
		return 0, false
	}
	// Elements are often added in ascending order.
	if last := get(e, width, size-1); n >= last {
		if n == last {
			return size - 1, true
		}
		return size, false
	}
	lo, hi := 0, size-1
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if get(e, width, mid) < n {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, get(e, width, lo) == n
}

// SizeWith is the length of the set in bytes once n, which is not in it, has been added.
func SizeWith(b []byte, n int64) int {
	return HeaderSize + (Len(b)+1)*max(int(b[0]), Width(n))
}

// Insert adds n, which is not in the set, at position i, where Find says it belongs. The set is the first old bytes of b;
// b is SizeWith(b[:old], n) bytes long.
func Insert(b []byte, old, i int, n int64) {
	had, size := int(b[0]), Len(b[:old])
	width := max(had, Width(n))
	e := b[HeaderSize:]
	if width == had {
		copy(e[(i+1)*width:], e[i*width:size*width])
	} else {
		b[0] = byte(width)
		// Wider elements end further behind: from the last on, none is overwritten before it was read.
		for j := size - 1; j >= 0; j-- {
			to := j
			if j >= i {
				to++
			}
			put(e, width, to, get(e, had, j))
		}
	}
	put(e, width, i, n)
}

// Delete removes the element at position i and returns the new length of the set in bytes.
func Delete(b []byte, i int) int {
	width := int(b[0])
	copy(b[HeaderSize+i*width:], b[HeaderSize+(i+1)*width:])
	return len(b) - width
}

// DeleteFunc removes the elements that del says yes to, which is called for each in ascending order, and returns the new
// length of the set in bytes.
func DeleteFunc(b []byte, del func(n int64) bool) int {
	width, to := int(b[0]), 0
	for i := range Len(b) {
		if n := get(b[HeaderSize:], width, i); !del(n) {
			put(b[HeaderSize:], width, to, n)
			to++
		}
	}
	return HeaderSize + to*width
}
