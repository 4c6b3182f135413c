package order

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"synap/store/arena"
)

const (
	scoreBytes = 8
	longMember = 255 // in the length's byte: four bytes of length follow
)

// ElementSize is the number of bytes an element with a member of n bytes needs.
func ElementSize(n int) int {
	if n >= longMember {
		return scoreBytes + 5 + n
	}
	return scoreBytes + 1 + n
}

// NewElement allocates an element. The score must be a number.
func NewElement(a *arena.Arena, score float64, member []byte) arena.Handle {
	h := a.Alloc(ElementSize(len(member)))
	p := a.Ptr(h)
	*(*float64)(p) = score
	at := scoreBytes + 1
	if n := len(member); n < longMember {
		*(*byte)(unsafe.Add(p, scoreBytes)) = byte(n)
	} else {
		*(*byte)(unsafe.Add(p, scoreBytes)) = longMember
		binary.LittleEndian.PutUint32(unsafe.Slice((*byte)(unsafe.Add(p, at)), 4), uint32(n))
		at += 4
	}
	copy(unsafe.Slice((*byte)(unsafe.Add(p, at)), len(member)), member)
	return h
}

// Score is the score of an element.
func Score(a *arena.Arena, h arena.Handle) float64 { return *(*float64)(a.Ptr(h)) }

// SetScore changes the score of an element that is in no index.
func SetScore(a *arena.Arena, h arena.Handle, score float64) { *(*float64)(a.Ptr(h)) = score }

// Member is the member of an element, in the arena.
func Member(a *arena.Arena, h arena.Handle) []byte {
	p := a.Ptr(h)
	n, at := int(*(*byte)(unsafe.Add(p, scoreBytes))), scoreBytes+1
	if n == longMember {
		n = int(binary.LittleEndian.Uint32(unsafe.Slice((*byte)(unsafe.Add(p, at)), 4)))
		at += 4
	}
	return unsafe.Slice((*byte)(unsafe.Add(p, at)), n)
}

// Copy returns a copy of an element in an arena, the same or another.
func Copy(from *arena.Arena, h arena.Handle, to *arena.Arena) arena.Handle {
	n := ElementSize(len(Member(from, h)))
	c := to.Alloc(n)
	copy(to.Bytes(c, n), from.Bytes(h, n))
	return c
}

// key is what orders elements.
type key struct {
	score  float64
	member []byte
}

func keyOf(a *arena.Arena, h arena.Handle) key { return key{Score(a, h), Member(a, h)} }

// after reports whether the key stands after the element of a given score and handle.
func (k *key) after(a *arena.Arena, score float64, h arena.Handle) bool {
	if score != k.score {
		return score < k.score
	}
	return bytes.Compare(Member(a, h), k.member) < 0
}
