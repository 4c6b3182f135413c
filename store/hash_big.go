package store

import (
	"encoding/binary"
	"unsafe"

	"synap/store/arena"
	"synap/store/dict"
	"synap/store/packed"
)

// hashRoot is the payload of a big hash. It may lie at any address.
type hashRoot struct {
	table    dict.Table // of field blocks; its expiry bounds are those of the fields
	bytes    int64      // in field blocks, as the arena counts them
	expiring int64      // fields that have an expiry
	estate   uint64
}

const hashRootSize = int(unsafe.Sizeof(hashRoot{}))

func hashRootOf(payload []byte) *hashRoot {
	return (*hashRoot)(unsafe.Pointer(unsafe.SliceData(payload[:hashRootSize])))
}

// bigHash is a big hash opened for reading and changing. It is valid until its blocks move (see grown and shrunk).
type bigHash struct {
	*hashRoot
	m *shardState
	a *arena.Arena // of its blocks
}

func (m *shardState) bigHash(payload []byte) bigHash {
	return bigHash{hashRootOf(payload), m, m.arenaOf(payload)}
}

func (e Entry) bigHash() bigHash { return e.m.bigHash(e.payload()) }

// blockBytes is the sum of the sizes of all blocks.
func (x bigHash) blockBytes() int64 { return x.table.Bytes() + x.bytes }

// payload is the root as it lies in the entry.
func (x bigHash) payload() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(x.hashRoot)), hashRootSize)
}

// grown and shrunk are called after a change: the blocks may move to another arena, and x is of no use any more then.
func (x bigHash) grown() { x.m.grown(Hash, x.payload(), x.blockBytes()) }

func (x bigHash) shrunk(n int) { x.m.shrunk(Hash, x.payload(), n) }

// fieldBlock is one field of a big hash, laid out as an entry is, with the same flags (all numbers little-endian):
//
//	byte 0     flags: an expiry, a long name, a long value, in the high 4 bits the size of an integer value
//	1 or 4     length of the name
//	0, 1 or 4  length of the value (absent for integers)
//	0 or 8     expiry, unix milliseconds
//	...        name
//	...        value
type fieldBlock struct {
	p unsafe.Pointer
	h arena.Handle
}

// fieldShape is the layout of a field block.
type fieldShape struct {
	flags           byte
	nameLen, valLen int
}

func shapeOfField(name []byte, value packed.Elem, at int64) fieldShape {
	s := fieldShape{nameLen: len(name), valLen: len(value.Text)}
	if len(name) > shortMax {
		s.flags |= flagLongKey
	}
	if at != NoExpiry {
		s.flags |= flagExpiry
	}
	if value.IsInt() {
		s.valLen = intSize(value.Int)
		s.flags |= byte(s.valLen) << intSizeShift
	} else if s.valLen > shortMax {
		s.flags |= flagLongValue
	}
	return s
}

// header is the size of all that stands before the name.
func (s fieldShape) header() int { return fieldHeader(s.flags) }

func fieldHeader(flags byte) int {
	// As in an entry, after a fixed part of one byte.
	return headerSize(flags, flags>>intSizeShift != 0) - fixedHeader + 1
}

func (s fieldShape) size() int { return s.header() + s.nameLen + s.valLen }

func (b fieldBlock) at(i int) *byte           { return (*byte)(unsafe.Add(b.p, i)) }
func (b fieldBlock) slice(from, n int) []byte { return unsafe.Slice(b.at(from), n) }
func (b fieldBlock) flags() byte              { return *b.at(0) }
func (b fieldBlock) load(i int) int           { return int(binary.LittleEndian.Uint32(b.slice(i, 4))) }
func (b fieldBlock) store(i, n int)           { binary.LittleEndian.PutUint32(b.slice(i, 4), uint32(n)) }
func (b fieldBlock) hasExpiry() bool          { return b.flags()&flagExpiry != 0 }
func (b fieldBlock) shape() (s fieldShape)    { s, _ = b.layout(); return s }

// layout returns the block's shape and the offset behind the lengths.
func (b fieldBlock) layout() (s fieldShape, at int) {
	s = fieldShape{flags: b.flags(), nameLen: int(*b.at(1))}
	at = 2
	if s.flags&flagLongKey != 0 {
		s.nameLen, at = b.load(1), 5
	}
	switch {
	case s.flags>>intSizeShift != 0:
		s.valLen = int(s.flags >> intSizeShift)
	case s.flags&flagLongValue != 0:
		s.valLen, at = b.load(at), at+4
	default:
		s.valLen, at = int(*b.at(at)), at+1
	}
	return s, at
}

func (b fieldBlock) name() []byte {
	n := int(*b.at(1))
	if b.flags()&flagLongKey != 0 {
		n = b.load(1)
	}
	return b.slice(fieldHeader(b.flags()), n)
}

// expireAt is when the field expires, or NoExpiry.
func (b fieldBlock) expireAt() int64 {
	if !b.hasExpiry() {
		return NoExpiry
	}
	return int64(binary.LittleEndian.Uint64(b.slice(fieldHeader(b.flags())-8, 8)))
}

func (b fieldBlock) field() Field {
	s, at := b.layout()
	f := Field{ExpireAt: NoExpiry}
	if s.flags&flagExpiry != 0 {
		f.ExpireAt = int64(binary.LittleEndian.Uint64(b.slice(at, 8)))
		at += 8
	}
	f.Name.Text = b.slice(at, s.nameLen)
	value := b.slice(at+s.nameLen, s.valLen)
	if s.flags>>intSizeShift != 0 {
		f.Value = packed.OfInt(loadInt(value))
	} else {
		f.Value.Text = value
	}
	return f
}

// write lays out all but the name and the value. It returns where they belong.
func (b fieldBlock) write(s fieldShape, expireAt int64) (at int) {
	*b.at(0) = s.flags
	if at = 1; s.flags&flagLongKey != 0 {
		b.store(at, s.nameLen)
		at += 4
	} else {
		*b.at(at) = byte(s.nameLen)
		at++
	}
	switch {
	case s.flags>>intSizeShift != 0:
	case s.flags&flagLongValue != 0:
		b.store(at, s.valLen)
		at += 4
	default:
		*b.at(at) = byte(s.valLen)
		at++
	}
	if s.flags&flagExpiry != 0 {
		binary.LittleEndian.PutUint64(b.slice(at, 8), uint64(expireAt))
		at += 8
	}
	return at
}

// fill writes the whole block. The name may already be where it belongs.
func (b fieldBlock) fill(s fieldShape, name []byte, value packed.Elem, expireAt int64) {
	at := b.write(s, expireAt)
	copy(b.slice(at, s.nameLen), name)
	if value.IsInt() {
		storeInt(b.slice(at+s.nameLen, s.valLen), value.Int)
	} else {
		copy(b.slice(at+s.nameLen, s.valLen), value.Text)
	}
}

func (x bigHash) block(h arena.Handle) fieldBlock { return fieldBlock{x.a.Ptr(h), h} }

// find looks for a field; the zero block says that there is none.
func (x bigHash) find(name []byte) (dict.Probe, fieldBlock) {
	p := x.table.Probe(x.a, x.m.hashOf(name))
	for h := p.Next(); h != 0; h = p.Next() {
		if b := x.block(h); string(b.name()) == string(name) {
			return p, b
		}
	}
	return p, fieldBlock{}
}

// newField allocates a field's block and counts it.
func (x bigHash) newField(s fieldShape) fieldBlock {
	b := x.block(x.a.Alloc(s.size()))
	x.bytes += int64(x.a.Size(b.h))
	if s.flags&flagExpiry != 0 {
		x.expiring++
	}
	return b
}

// freeField undoes newField.
func (x bigHash) freeField(b fieldBlock) {
	x.bytes -= int64(x.a.Size(b.h))
	if b.hasExpiry() {
		x.expiring--
	}
	x.a.Free(b.h)
}

// insert adds a field that is not there yet.
func (x bigHash) insert(name []byte, value packed.Elem, at int64) {
	s := shapeOfField(name, value, at)
	b := x.newField(s)
	b.fill(s, name, value, at)
	hash := x.m.hashOf(name)
	x.table.Insert(x.a, hash, b.h)
	if at != NoExpiry {
		x.table.NoteExpiry(hash, expirySecond(at))
	}
}

// setBig is set for a big hash.
func (h Fields) setBig(name []byte, value packed.Elem, keep bool) (created bool) {
	x := h.shard().bigHash(h.edit())
	p, old := x.find(name)
	if old.p == nil {
		x.insert(name, value, NoExpiry)
		x.grown()
		return true
	}
	at := NoExpiry
	if keep {
		at = old.expireAt()
	}
	was, s := old.shape(), shapeOfField(name, value, at)
	if s.header() == was.header() && x.a.Size(old.h) == arena.ClassSize(s.size()) {
		if was.flags&flagExpiry != 0 && s.flags&flagExpiry == 0 {
			x.expiring--
		}
		old.fill(s, nil, value, at)
		return false
	}
	x.replace(&p, old, s, name, value, at)
	return false
}

// replace puts a new block in the place of the one that p has found.
func (x bigHash) replace(p *dict.Probe, old fieldBlock, s fieldShape, name []byte, value packed.Elem, at int64) {
	b := x.newField(s)
	b.fill(s, name, value, at)
	p.Replace(b.h)
	x.freeField(old)
	x.grown()
	x.shrunk(1) // the new one may be smaller
}

// dropBig removes a field of a big hash that has others.
func (h Fields) dropBig(name []byte) {
	x := h.shard().bigHash(h.edit())
	p, b := x.find(name)
	x.table.Remove(x.a, &p)
	x.freeField(b)
	x.shrunk(1)
}

// shard is the state of the key's shard.
func (h Fields) shard() *shardState { return h.t.find(h.key).m }

// enlarge makes a small hash a big one.
func (h Fields) enlarge() {
	h.edit()
	enc, m := h.entry().Encoding(), h.shard()
	h.convert(EncHashtable, hashRootSize, func(was, now []byte) {
		clear(now)
		setEstate(now, m.room(int64(len(was))))
		to, x := m.bigHash(now), smallHashOf(enc, was)
		var digits [20]byte
		for at := packed.HeaderSize; at < len(x.block); {
			var f Field
			f, at = x.field(at)
			to.insert(f.Name.Bytes(digits[:]), f.Value, f.ExpireAt)
		}
		to.grown()
	})
}

func (x bigHash) each(visit func(f Field)) {
	x.eachSlot(func(s dict.Slot) { visit(x.block(s.Handle()).field()) })
}

func (x bigHash) eachSlot(visit func(s dict.Slot)) {
	var buf slotBuffer
	for b := 0; b < x.table.Buckets(); {
		next, slots := nextBatch(x.a, &x.table, b, buf[:0])
		b = next
		for _, s := range slots {
			visit(s)
		}
	}
}

// scan visits the fields of one bucket.
func (x bigHash) scan(cursor uint64, visit func(f Field)) (next uint64) {
	return x.table.Scan(x.a, cursor, func(h arena.Handle) { visit(x.block(h).field()) })
}

// hashParts are the operations on big hashes that the keyspace needs.
var hashParts = parts{
	free: func(a *arena.Arena, root []byte, limit int) (done bool) {
		x := bigHash{hashRootOf(root), nil, a}
		return x.table.Drain(a, limit, func(h arena.Handle) { x.freeField(x.block(h)) })
	},
	clone: func(m *shardState, a *arena.Arena, root []byte, to *arena.Arena, dst []byte) {
		clear(dst)
		from, copied := bigHash{hashRootOf(root), m, a}, bigHash{hashRootOf(dst), m, to}
		copied.bytes, copied.expiring = from.bytes, from.expiring
		from.eachSlot(func(s dict.Slot) {
			h := copyBlock(a, s.Handle(), to)
			copied.table.Insert(to, s.Hash(), h)
			if at := copied.block(h).expireAt(); at != NoExpiry {
				copied.table.NoteExpiry(s.Hash(), expirySecond(at))
			}
		})
	},
	compact: func(a *arena.Arena, root []byte, at uint64, limit int) (moved int) {
		return compactTable(&hashRootOf(root).table, a, at, limit)
	},
	bytes: func(a *arena.Arena, root []byte) int64 { return bigHash{hashRootOf(root), nil, a}.blockBytes() },
}

// compactTable is compact for a table to whose slots alone the blocks belong.
func compactTable(t *dict.Table, a *arena.Arena, at uint64, limit int) (moved int) {
	for seen := 0; seen < limit; seen++ {
		at = t.MoveSparse(a, at, func(old arena.Handle) arena.Handle {
			seen++
			h, ok := moveSparse(a, old)
			if ok {
				moved++
			}
			return h
		})
		if at == 0 {
			break
		}
	}
	return moved
}
