package stream

import (
	"encoding/binary"
	"math"

	"synap/store/arena"
)

// block is the memory of one block of entries, as much of it as is known to be in use.
type block []byte

const (
	blockHeader = 16

	// blockMax is the size of the largest block.
	blockMax = 1 << 30

	flagDeleted    = 1 << 0
	flagSameFields = 1 << 1

	// listpackFrame is what a listpack takes by itself.
	listpackFrame = 7

	// entryExtra is the most an entry takes beyond its elements: its length twice, flags, ID, number of fields.
	entryExtra = 5 + 1 + 10 + 10 + 5 + 5
)

func (b block) used() int    { return int(binary.LittleEndian.Uint32(b)) }
func (b block) live() uint32 { return binary.LittleEndian.Uint32(b[4:]) }
func (b block) dead() uint32 { return binary.LittleEndian.Uint32(b[8:]) }

func (b block) setUsed(n int)    { binary.LittleEndian.PutUint32(b, uint32(n)) }
func (b block) setLive(n uint32) { binary.LittleEndian.PutUint32(b[4:], n) }
func (b block) setDead(n uint32) { binary.LittleEndian.PutUint32(b[8:], n) }

// weight is the size the block has as a listpack of Redis.
func (b block) weight() int {
	return int(binary.LittleEndian.Uint32(b[12:])) + listpackFrame + intWeight(int64(b.live())) +
		intWeight(int64(b.dead()))
}

func (b block) addWeight(n int) {
	binary.LittleEndian.PutUint32(b[12:], binary.LittleEndian.Uint32(b[12:])+uint32(n))
}

// load returns the part of a block that is in use.
func (s *Stream) load(h arena.Handle) block {
	b := block(s.a.Bytes(h, blockHeader))
	return block(s.a.Bytes(h, b.used()))
}

// masterFields returns the number of master fields and where they begin.
func (b block) masterFields() (n, at int) {
	u, at := uvarint(b, blockHeader)
	return int(u), at
}

// firstEntry is where the entries begin.
func (b block) firstEntry() int {
	n, at := b.masterFields()
	for ; n > 0; n-- {
		_, at = element(b, at)
	}
	return at
}

// entry is what stands before the elements of an entry.
type entry struct {
	at    int // where the entry begins
	flags int // where its flags are
	end   int // where the next one begins
	id    ID
	dead  bool
	same  bool // the fields are the master's
	pairs int
	body  int // where the elements begin
}

// entryAt reads the entry that begins at b[at]. master is the block's first ID.
func (b block) entryAt(at int, master ID) (e entry) {
	e.at = at
	n, at := uvarint(b, at)
	e.flags, e.end = at, at+int(n)
	flags := b[at]
	ms, at := uvarint(b, at+1)
	seq, at := uvarint(b, at)
	if e.id.Ms = master.Ms + ms; ms == 0 {
		seq += master.Seq
	}
	e.id.Seq = seq
	e.dead, e.same = flags&flagDeleted != 0, flags&flagSameFields != 0
	if e.same {
		e.pairs, _ = b.masterFields()
	} else {
		var pairs uint64
		pairs, at = uvarint(b, at)
		e.pairs = int(pairs)
	}
	e.body = at
	for size := e.end - e.at; ; size >>= 7 { // the reversed length
		if e.end++; size < 0x80 {
			return e
		}
	}
}

// before returns where the entry that ends before b[end] begins.
func (b block) before(end int) int {
	n, at := reversed(b, end)
	return at - n
}

// lastID is the ID of the last entry, deleted or not.
func (b block) lastID(master ID) ID { return b.entryAt(b.before(len(b)), master).id }

// kill marks an entry as deleted.
func (b block) kill(e entry) {
	b[e.flags] |= flagDeleted
	b.setLive(b.live() - 1)
	b.setDead(b.dead() + 1)
}

// begin lays out a block without entries in the empty memory b.
func beginBlock(b block, pairs [][]byte) block {
	clear(b[:blockHeader])
	weight := intWeight(int64(len(pairs)/2)) + intWeight(0)
	b = binary.AppendUvarint(b[:blockHeader], uint64(len(pairs)/2))
	for i := 0; i < len(pairs); i += 2 {
		b = appendElement(b, pairs[i], &weight)
	}
	b.addWeight(weight)
	return b
}

// sameFields reports whether the fields of pairs are the master's.
func (b block) sameFields(pairs [][]byte) bool {
	n, at := b.masterFields()
	if 2*n != len(pairs) {
		return false
	}
	equal := true
	for i := 0; i < len(pairs); i += 2 {
		if at, equal = equalElement(b, at, pairs[i]); !equal {
			return false
		}
	}
	return true
}

// add appends an entry. The capacity of b suffices.
func (b block) add(master, id ID, same bool, pairs [][]byte) {
	n, start := len(pairs)/2, len(b)
	ms, seq := id.Ms-master.Ms, id.Seq
	if ms == 0 {
		seq -= master.Seq
	}
	flags, count := byte(0), 2*n+4
	if same {
		flags, count = flagSameFields, n+3
	}
	weight := intWeight(0) + intWeight(int64(ms)) + intWeight(int64(id.Seq-master.Seq)) + intWeight(int64(count))
	out := append(b, 0, flags)
	out = binary.AppendUvarint(binary.AppendUvarint(out, ms), seq)
	if !same {
		weight += intWeight(int64(n))
		out = binary.AppendUvarint(out, uint64(n))
	}
	for i := 0; i < len(pairs); i += 2 {
		if !same {
			out = appendElement(out, pairs[i], &weight)
		}
		out = appendElement(out, pairs[i+1], &weight)
	}
	if size := len(out) - start - 1; size < 0x80 {
		out[start] = byte(size)
	} else { // make room for a longer length
		var scratch [binary.MaxVarintLen64]byte
		k := binary.PutUvarint(scratch[:], uint64(size))
		out = out[:len(out)+k-1]
		copy(out[start+k:], out[start+1:start+1+size])
		copy(out[start:], scratch[:k])
	}
	out = appendReversed(out, len(out)-start)
	out.setUsed(len(out))
	out.setLive(out.live() + 1)
	out.addWeight(weight)
}

// Limits say when a block is full: stream-node-max-bytes and stream-node-max-entries, 0 for no limit.
type Limits struct{ Bytes, Entries int }

// full reports whether an entry whose strings have size bytes goes to a new block.
func (l Limits) full(b block, size int) bool {
	most := l.Bytes
	if most <= 0 || most > blockMax {
		most = blockMax
	}
	return b.weight()+size >= most || l.Entries > 0 && int64(b.live())+int64(b.dead()) >= int64(l.Entries)
}

// room is the most that an entry with strings of size bytes takes as the first of a block.
func room(size, words int) int {
	return size + words*elementExtra + entryExtra + blockHeader + binary.MaxVarintLen32
}

// Fits reports whether an entry of the given fields and values is small enough for a block.
func Fits(pairs [][]byte) bool {
	size, fields := measure(pairs)
	return size <= math.MaxInt32 && room(size+fields, len(pairs)+len(pairs)/2) <= blockMax
}

// measure returns the bytes of all strings, and of the fields among them.
func measure(pairs [][]byte) (size, fields int) {
	for i, x := range pairs {
		size += len(x)
		if i&1 == 0 {
			fields += len(x)
		}
	}
	return size, fields
}
