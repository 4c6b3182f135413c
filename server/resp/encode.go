package resp

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
)

// Replies are mostly bulk strings of a few bytes, often a hundred of them in one; so their headers are not computed.

const (
	// bulkHeads is how many lengths have their headers ready.
	bulkHeads = 256
	// bulkRoom is what a short bulk string may take besides its text: the word the header is stored by, and the last CRLF.
	bulkRoom = 8 + 2
)

// headerWords are the headers "$n\r\n" of bulk strings of n bytes, as words that are stored little-endian. The highest byte,
// which the text overwrites, is the header's length.
var headerWords = func() (words [bulkHeads]uint64) {
	for n := range words {
		var b [8]byte
		head := append(strconv.AppendInt(append(b[:0], '$'), int64(n), 10), '\r', '\n')
		b[7] = byte(len(head))
		words[n] = binary.LittleEndian.Uint64(b[:])
	}
	return words
}()

const crlf = '\r' | '\n'<<8 // stored little-endian

// AppendBulk appends a bulk string. Those who append many keep the slice in a variable of their own meanwhile, which a
// Writer's buffer is not.
func AppendBulk(dst, text []byte) []byte {
	n, at := len(text), len(dst)
	if n >= bulkHeads {
		return appendLongBulk(dst, text)
	}
	if cap(dst)-at < n+bulkRoom {
		dst = grow(dst, n+bulkRoom)
	}
	word := headerWords[n]
	room := dst[at:cap(dst)]
	binary.LittleEndian.PutUint64(room, word)
	head := int(word >> 56)
	to := room[head:]
	to = to[:n+2]
	switch {
	case n > 16:
		copy(to, text)
	case n >= 8:
		first, last := binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[n-8:])
		binary.LittleEndian.PutUint64(to, first)
		binary.LittleEndian.PutUint64(to[n-8:], last)
	case n >= 4:
		first, last := binary.LittleEndian.Uint32(text), binary.LittleEndian.Uint32(text[n-4:])
		binary.LittleEndian.PutUint32(to, first)
		binary.LittleEndian.PutUint32(to[n-4:], last)
	case n > 0:
		to[0], to[n/2], to[n-1] = text[0], text[n/2], text[n-1]
	}
	binary.LittleEndian.PutUint16(to[n:], crlf)
	return dst[:at+head+n+2]
}

// grow makes room for n more bytes. Inlined it would make its callers spill their registers.
//
//go:noinline
func grow(dst []byte, n int) []byte { return slices.Grow(dst, n) }

func appendLongBulk(dst, text []byte) []byte {
	dst = append(strconv.AppendInt(append(dst, '$'), int64(len(text)), 10), '\r', '\n')
	return append(append(dst, text...), '\r', '\n')
}

// longest is the most digits of an integer, its sign included.
const longest = len("-9223372036854775808")

// AppendIntBulk appends an integer as a bulk string.
func AppendIntBulk(dst []byte, n int64) []byte {
	at, size := len(dst), digits(n)
	if cap(dst)-at < longest+bulkRoom {
		dst = grow(dst, longest+bulkRoom)
	}
	word := headerWords[size]
	binary.LittleEndian.PutUint64(dst[at:at+8], word)
	at += int(word >> 56)
	dst = dst[:at+size+2]
	putLine(dst[at:], n, size)
	return dst
}

// appendInt appends an integer reply.
func appendInt(dst []byte, n int64) []byte {
	at, size := len(dst), digits(n)
	if cap(dst)-at < longest+3 {
		dst = grow(dst, longest+3)
	}
	dst = dst[:at+size+3]
	dst[at] = ':'
	putLine(dst[at+1:], n, size)
	return dst
}

// putLine writes the size digits of n, and CRLF, to line, which has just room for them.
func putLine(line []byte, n int64, size int) {
	binary.LittleEndian.PutUint16(line[size:], crlf)
	u := uint64(n)
	if n < 0 {
		u = -u
		line[0] = '-'
	}
	for ; u >= 100; u /= 100 {
		size -= 2
		binary.LittleEndian.PutUint16(line[size:], pairs[u%100])
	}
	if u >= 10 {
		binary.LittleEndian.PutUint16(line[size-2:], pairs[u])
	} else {
		line[size-1] = '0' + byte(u)
	}
}

// pairs are the numbers below 100, two digits each, stored little-endian.
var pairs = func() (p [100]uint16) {
	for n := range p {
		p[n] = uint16('0'+n/10) | uint16('0'+n%10)<<8
	}
	return p
}()

// powers are those of ten.
var powers = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// digits is the number of decimal digits of n, and its sign.
func digits(n int64) (size int) {
	u := uint64(n)
	if n < 0 {
		u, size = -u, 1
	}
	u |= 1                          // 0 has a digit too
	k := bits.Len64(u) * 1233 >> 12 // log10(2) is 1233/4096, nearly
	if u >= powers[k] {
		k++
	}
	return size + k
}
