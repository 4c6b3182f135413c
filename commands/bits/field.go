package bits

import (
	"encoding/binary"

	"synap/commands/number"
)

// Error is a refused argument, worded as Redis's reply without "ERR ".
type Error string

func (e Error) Error() string { return string(e) }

// Errors of argument parsing.
const (
	ErrType   Error = "Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
	ErrOffset Error = "bit offset is not an integer or out of range"
)

// Field is the type of an integer inside a bitmap.
type Field struct {
	Width  uint8 // bits: 1 to 64 if signed, 1 to 63 otherwise
	Signed bool
}

// ParseField reads a type such as "u8" or "i16". The error is ErrType.
func ParseField(arg []byte) (Field, error) {
	if len(arg) < 2 || arg[0] != 'i' && arg[0] != 'u' {
		return Field{}, ErrType
	}
	f := Field{Signed: arg[0] == 'i'}
	limit := int64(63)
	if f.Signed {
		limit = 64
	}
	n, ok := number.ParseInt(arg[1:])
	if !ok || n < 1 || n > limit {
		return Field{}, ErrType
	}
	f.Width = uint8(n)
	return f, nil
}

// ParseOffset reads a bit offset. A positive width allows the form "#n", which means n·width bits. The byte the offset
// lies in must be below maxBytes (proto-max-bulk-len); zero or less is no limit. The error is ErrOffset.
func ParseOffset(arg []byte, width int, maxBytes int64) (int64, error) {
	multiply := width > 0 && len(arg) > 0 && arg[0] == '#'
	if multiply {
		arg = arg[1:]
	}
	n, ok := number.ParseInt(arg)
	if ok && multiply {
		n, ok = number.Mul(n, int64(width))
	}
	if !ok || n < 0 || maxBytes > 0 && n>>3 >= maxBytes {
		return 0, ErrOffset
	}
	return n, nil
}

// Need returns the length in bytes a bitmap must have to hold width bits at offset.
func Need(offset int64, width int) int64 {
	return (offset+int64(width)-1)>>3 + 1
}

// Get reads a bit, 0 past the end of p.
func Get(p []byte, offset int64) int {
	if i := offset >> 3; i < int64(len(p)) {
		return int(p[i]>>(7-offset&7)) & 1
	}
	return 0
}

// Set changes a bit, which must lie inside p, and returns what it was.
func Set(p []byte, offset int64, bit int) (old int) {
	old = Get(p, offset)
	mask := byte(1) << (7 - offset&7)
	if bit != 0 {
		p[offset>>3] |= mask
	} else {
		p[offset>>3] &^= mask
	}
	return old
}

// Load reads the field at the given bit offset; bits past the end of p are zero. Unsigned values are never negative.
func (f Field) Load(p []byte, offset int64) int64 {
	var window [9]byte // a field of 64 bits can touch nine bytes
	if i := offset >> 3; i < int64(len(p)) {
		copy(window[:], p[i:])
	}
	shift := uint(offset & 7)
	v := binary.BigEndian.Uint64(window[:])<<shift | uint64(window[8])>>(8-shift)
	if f.Signed {
		return int64(v) >> (64 - f.Width)
	}
	return int64(v >> (64 - f.Width))
}

// Store writes the low bits of v as the field at the given bit offset, which must lie inside p (see Need).
func (f Field) Store(p []byte, offset, v int64) {
	var window [9]byte
	p = p[offset>>3 : Need(offset, int(f.Width))]
	copy(window[:], p)
	shift := uint(offset & 7)
	mask := ^uint64(0) << (64 - f.Width) // the field, left aligned
	bits := uint64(v) << (64 - f.Width)
	word := binary.BigEndian.Uint64(window[:])
	binary.BigEndian.PutUint64(window[:], word&^(mask>>shift)|bits>>shift)
	window[8] = window[8]&^byte(mask<<(8-shift)) | byte(bits<<(8-shift))
	copy(p, window[:])
}
