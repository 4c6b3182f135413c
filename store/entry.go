package store

import (
	"encoding/binary"
	"math"
	"strconv"
	"unsafe"

	"synap/store/arena"
)

// Type is the kind of value a key holds.
type Type uint8

// The types, in the order of Redis's object types.
const (
	String Type = iota
	List
	Set
	SortedSet
	Hash
	Stream
)

var typeNames = [...]string{"string", "list", "set", "zset", "hash", "stream"}

// String is the name TYPE answers.
func (t Type) String() string { return typeNames[t] }

// ParseType returns the type with the given lower-case name.
func ParseType(name string) (Type, bool) {
	for i, n := range typeNames {
		if n == name {
			return Type(i), true
		}
	}
	return 0, false
}

// Encoding is how a value is laid out, as OBJECT ENCODING names it.
type Encoding uint8

// The encodings. A value in one of the last four is big: its payload is a root of fixed size, and the rest lies in blocks of
// the shard's arena. All others have the whole value in the entry's block.
const (
	EncInt        Encoding = iota // a 64-bit integer, in as few bytes as it needs
	EncEmbstr                     // at most 44 bytes, as set
	EncRaw                        // longer, or built by a partial write
	EncListpack                   // a packed block
	EncListpackEx                 // a packed block of a hash with expiring fields
	EncIntset                     // sorted integers of one width
	EncQuicklist                  // a deque of packed blocks
	EncHashtable                  // a table of blocks, one per member or field
	EncSkiplist                   // a table of members and an index by score
	EncStream                     // packed blocks in the order of their IDs
)

var encodingNames = [...]string{"int", "embstr", "raw", "listpack", "listpackex", "intset", "quicklist", "hashtable",
	"skiplist", "stream"}

// String is the name OBJECT ENCODING answers.
func (e Encoding) String() string { return encodingNames[e] }

// embstrMax is the longest string that Redis stores in one piece with its object header, and so calls "embstr".
const embstrMax = 44

// NoExpiry is the expiry of a key that has none.
const NoExpiry int64 = -1

// An entry is one arena block (all numbers little-endian):
//
//	byte 0     type (low 4 bits), encoding (high 4 bits)
//	byte 1     flags: bit 0 has an expiry, bit 1 snapshot epoch, bit 2 long key, bit 3 long value,
//	           bits 4-7 size of an integer value (0-8 bytes)
//	bytes 2-4  24 bits of access history: LRU clock in seconds, or LFU minutes (16) and counter (8)
//	1 or 4     length of the key
//	0, 1 or 4  length of the value (absent for integers)
//	0 or 8     expiry, unix milliseconds
//	...        key
//	...        value
//
// A 7-byte key with a small integer so takes 16 bytes, a 16-byte key with 64 bytes of value 87.
const (
	flagExpiry    = 1 << 0
	flagEpoch     = 1 << 1
	flagLongKey   = 1 << 2
	flagLongValue = 1 << 3
	intSizeShift  = 4

	fixedHeader = 5
	shortMax    = 255 // longest length that fits one byte
)

// shape is the layout of an entry, computed before it is written.
type shape struct {
	typ      Type
	enc      Encoding
	keyLen   int
	valLen   int // payload bytes
	expireAt int64
}

func (s shape) flags() (f byte) {
	if s.expireAt != NoExpiry {
		f |= flagExpiry
	}
	if s.keyLen > shortMax {
		f |= flagLongKey
	}
	if s.enc == EncInt && s.typ == String {
		return f | byte(s.valLen)<<intSizeShift
	}
	if s.valLen > shortMax {
		f |= flagLongValue
	}
	return f
}

// header is the size of all that stands before the key.
func (s shape) header() int { return headerSize(s.flags(), s.typ == String && s.enc == EncInt) }

func (s shape) size() int { return s.header() + s.keyLen + s.valLen }

func headerSize(flags byte, isInt bool) int {
	n := fixedHeader + 1
	if flags&flagLongKey != 0 {
		n += 3
	}
	if !isInt {
		n++
		if flags&flagLongValue != 0 {
			n += 3
		}
	}
	if flags&flagExpiry != 0 {
		n += 8
	}
	return n
}

// Entry is a view of one key's block. It is valid until the transaction changes that key or ends.
// The zero Entry stands for a missing key.
type Entry struct {
	p unsafe.Pointer
	h arena.Handle
	m *shardState // whose arena holds the block, and the rest of a big value
}

// Exists reports whether there is an entry.
func (e Entry) Exists() bool { return e.p != nil }

func (e Entry) at(i int) *byte  { return (*byte)(unsafe.Add(e.p, i)) }
func (e Entry) flags() byte     { return *e.at(1) }
func (e Entry) isInt() bool     { return *e.at(0) == byte(String)|byte(EncInt)<<4 }
func (e Entry) Type() Type      { return Type(*e.at(0) & 0x0f) }
func (e Entry) hasExpiry() bool { return e.flags()&flagExpiry != 0 }

// big reports whether the value has parts outside the entry's block.
func (e Entry) big() bool { return *e.at(0)>>4 >= byte(EncQuicklist) }

// Encoding is the layout of the value.
func (e Entry) Encoding() Encoding { return Encoding(*e.at(0) >> 4) }

// ExpireAt is when the key expires, in unix milliseconds, or NoExpiry.
func (e Entry) ExpireAt() int64 {
	if !e.hasExpiry() {
		return NoExpiry
	}
	return int64(binary.LittleEndian.Uint64(unsafe.Slice(e.at(e.expiryOffset()), 8)))
}

// expired reports whether the entry is past its time. In its last millisecond it still lives, as in Redis.
func (e Entry) expired(now int64) bool { return e.hasExpiry() && e.ExpireAt() < now }

func (e Entry) setExpireAt(at int64) {
	binary.LittleEndian.PutUint64(unsafe.Slice(e.at(e.expiryOffset()), 8), uint64(at))
}

func (e Entry) expiryOffset() int {
	return headerSize(e.flags(), e.isInt()) - 8
}

// Key is the key's bytes, in the arena.
func (e Entry) Key() []byte {
	off := headerSize(e.flags(), e.isInt())
	return unsafe.Slice(e.at(off), e.keyLen())
}

func (e Entry) keyLen() int {
	if e.flags()&flagLongKey != 0 {
		return int(binary.LittleEndian.Uint32(unsafe.Slice(e.at(fixedHeader), 4)))
	}
	return int(*e.at(fixedHeader))
}

// payload is the value's bytes as stored, in the arena.
func (e Entry) payload() []byte {
	f := e.flags()
	lenAt, keyLen := fixedHeader+1, int(*e.at(fixedHeader))
	if f&flagLongKey != 0 {
		lenAt, keyLen = fixedHeader+4, e.keyLen()
	}
	if e.isInt() {
		off := headerSize(f, true) + keyLen
		return unsafe.Slice(e.at(off), int(f>>intSizeShift))
	}
	n := int(*e.at(lenAt))
	if f&flagLongValue != 0 {
		n = int(binary.LittleEndian.Uint32(unsafe.Slice(e.at(lenAt), 4)))
	}
	return unsafe.Slice(e.at(headerSize(f, false)+keyLen), n)
}

// size is the number of bytes the entry uses of its block.
func (e Entry) size() int {
	return headerSize(e.flags(), e.isInt()) + e.keyLen() + len(e.payload())
}

// Bytes is the string value: the arena's own bytes, or for an integer its decimal digits appended to scratch[:0].
// It is valid until the transaction changes the key or ends.
func (e Entry) Bytes(scratch []byte) []byte {
	if e.isInt() {
		return strconv.AppendInt(scratch[:0], e.int(), 10)
	}
	return e.payload()
}

// Len is the length of the string value in bytes.
func (e Entry) Len() int {
	if !e.isInt() {
		return len(e.payload())
	}
	var buf [20]byte
	return len(strconv.AppendInt(buf[:0], e.int(), 10))
}

// Int returns the value of an integer-encoded string.
func (e Entry) Int() (int64, bool) {
	if !e.isInt() {
		return 0, false
	}
	return e.int(), true
}

func (e Entry) int() int64 { return loadInt(e.payload()) }

// intSize is how many bytes n needs, sign included.
func intSize(n int64) int {
	switch {
	case n >= math.MinInt8 && n <= math.MaxInt8:
		return 1
	case n >= math.MinInt16 && n <= math.MaxInt16:
		return 2
	case n >= -1<<23 && n < 1<<23:
		return 3
	case n >= math.MinInt32 && n <= math.MaxInt32:
		return 4
	case n >= -1<<47 && n < 1<<47:
		return 6
	}
	return 8
}

func storeInt(b []byte, n int64) {
	for i := range b {
		b[i] = byte(n)
		n >>= 8
	}
}

func loadInt(b []byte) int64 {
	var u uint64
	for i := len(b) - 1; i >= 0; i-- {
		u = u<<8 | uint64(b[i])
	}
	shift := uint(64 - 8*len(b))
	return int64(u<<shift) >> shift
}

// write lays the entry's header and key into its block and returns the payload, to be filled in by the caller.
func (e Entry) write(s shape, key []byte, history uint32, epoch byte) []byte {
	f := s.flags() | epoch
	*e.at(0) = byte(s.typ) | byte(s.enc)<<4
	*e.at(1) = f
	e.setHistory(history)
	off := fixedHeader
	if f&flagLongKey != 0 {
		binary.LittleEndian.PutUint32(unsafe.Slice(e.at(off), 4), uint32(s.keyLen))
		off += 4
	} else {
		*e.at(off) = byte(s.keyLen)
		off++
	}
	switch {
	case s.typ == String && s.enc == EncInt:
	case f&flagLongValue != 0:
		binary.LittleEndian.PutUint32(unsafe.Slice(e.at(off), 4), uint32(s.valLen))
		off += 4
	default:
		*e.at(off) = byte(s.valLen)
		off++
	}
	if f&flagExpiry != 0 {
		binary.LittleEndian.PutUint64(unsafe.Slice(e.at(off), 8), uint64(s.expireAt))
		off += 8
	}
	copy(unsafe.Slice(e.at(off), s.keyLen), key)
	return unsafe.Slice(e.at(off+s.keyLen), s.valLen)
}

func (e Entry) history() uint32 {
	return uint32(*e.at(2)) | uint32(*e.at(3))<<8 | uint32(*e.at(4))<<16
}

func (e Entry) setHistory(v uint32) {
	*e.at(2), *e.at(3), *e.at(4) = byte(v), byte(v>>8), byte(v>>16)
}
