package bits

import (
	"crypto/subtle"
	"encoding/binary"
)

// Operation is one of BITOP's.
type Operation uint8

// Operations of BITOP. Not takes exactly one source.
const (
	And Operation = iota
	Or
	Xor
	Not
)

// Combine fills dst with the operation applied to the sources, the shorter of which count as padded with zeros. The
// length of dst must be that of the longest source; dst must not overlap any of them.
func Combine(op Operation, dst []byte, sources ...[]byte) {
	if len(sources) == 0 {
		clear(dst)
		return
	}
	clear(dst[copy(dst, sources[0]):])
	if op == Not {
		invert(dst)
		return
	}
	for _, s := range sources[1:] {
		switch op {
		case And:
			intersect(dst, s)
			clear(dst[len(s):])
		case Or:
			unite(dst, s)
		case Xor:
			subtle.XORBytes(dst, dst, s)
		}
	}
}

func invert(dst []byte) {
	for ; len(dst) >= 8; dst = dst[8:] {
		binary.LittleEndian.PutUint64(dst, ^binary.LittleEndian.Uint64(dst))
	}
	for i := range dst {
		dst[i] = ^dst[i]
	}
}

// intersect ands s into the start of dst.
func intersect(dst, s []byte) {
	for len(s) >= 32 && len(dst) >= 32 {
		d, t := (*[32]byte)(dst), (*[32]byte)(s)
		for i := 0; i < 32; i += 8 {
			binary.LittleEndian.PutUint64(d[i:], binary.LittleEndian.Uint64(d[i:])&binary.LittleEndian.Uint64(t[i:]))
		}
		dst, s = dst[32:], s[32:]
	}
	for i := range s {
		dst[i] &= s[i]
	}
}

// unite ors s into the start of dst.
func unite(dst, s []byte) {
	for len(s) >= 32 && len(dst) >= 32 {
		d, t := (*[32]byte)(dst), (*[32]byte)(s)
		for i := 0; i < 32; i += 8 {
			binary.LittleEndian.PutUint64(d[i:], binary.LittleEndian.Uint64(d[i:])|binary.LittleEndian.Uint64(t[i:]))
		}
		dst, s = dst[32:], s[32:]
	}
	for i := range s {
		dst[i] |= s[i]
	}
}
