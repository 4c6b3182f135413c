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
}

const hashRootSize = int(unsafe.Sizeof(hashRoot{}))

func hashRootOf(payload []byte) *hashRoot {
	return (*hashRoot)(unsafe.Pointer(unsafe.SliceData(payload[:hashRootSize])))
}

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

func (b fieldBlock) at(i int) *byte                   { return (*byte)(unsafe.Add(b.p, i)) }
func (b fieldBlock) slice(from, n int) []byte         { return unsafe.Slice(b.at(from), n) }
func (b fieldBlock) flags() byte                      { return *b.at(0) }
func (b fieldBlock) load(i int) int                   { return int(binary.LittleEndian.Uint32(b.slice(i, 4))) }
func (b fieldBlock) store(i, n int)                   { binary.LittleEndian.PutUint32(b.slice(i, 4), uint32(n)) }
func (b fieldBlock) hasExpiry() bool                  { return b.flags()&flagExpiry != 0 }
func (b fieldBlock) shape() (s fieldShape)            { s, _ = b.layout(); return s }
func (m *shardState) block(h arena.Handle) fieldBlock { return fieldBlock{m.arena.Ptr(h), h} }

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

// findField looks for a field; the zero block says that there is none.
func (m *shardState) findField(root *hashRoot, name []byte) (dict.Probe, fieldBlock) {
	p := root.table.Probe(m.arena, m.hashOf(name))
	for h := p.Next(); h != 0; h = p.Next() {
		if b := m.block(h); string(b.name()) == string(name) {
			return p, b
		}
	}
	return p, fieldBlock{}
}

// newField allocates a field's block and counts it.
func (m *shardState) newField(root *hashRoot, s fieldShape) fieldBlock {
	b := m.block(m.arena.Alloc(s.size()))
	root.bytes += int64(m.arena.Size(b.h))
	if s.flags&flagExpiry != 0 {
		root.expiring++
	}
	return b
}

// freeField undoes newField.
func (m *shardState) freeField(root *hashRoot, b fieldBlock) {
	root.bytes -= int64(m.arena.Size(b.h))
	if b.hasExpiry() {
		root.expiring--
	}
	m.arena.Free(b.h)
}

// insertField adds a field that is not there yet.
func (m *shardState) insertField(root *hashRoot, name []byte, value packed.Elem, at int64) {
	s := shapeOfField(name, value, at)
	b := m.newField(root, s)
	b.fill(s, name, value, at)
	hash := m.hashOf(name)
	root.table.Insert(m.arena, hash, b.h)
	if at != NoExpiry {
		root.table.NoteExpiry(hash, expirySecond(at))
	}
}

// setBig is set for a big hash.
func (h Fields) setBig(name []byte, value packed.Elem, keep bool) (created bool) {
	root, m := hashRootOf(h.edit()), h.shard()
	p, old := m.findField(root, name)
	if old.p == nil {
		m.insertField(root, name, value, NoExpiry)
		return true
	}
	at := NoExpiry
	if keep {
		at = old.expireAt()
	}
	was, s := old.shape(), shapeOfField(name, value, at)
	if s.header() == was.header() && m.arena.Size(old.h) == arena.ClassSize(s.size()) {
		if was.flags&flagExpiry != 0 && s.flags&flagExpiry == 0 {
			root.expiring--
		}
		old.fill(s, nil, value, at)
		return false
	}
	b := m.newField(root, s)
	b.fill(s, name, value, at)
	p.Replace(b.h)
	m.freeField(root, old)
	return false
}

// dropBig removes a field of a big hash that has others.
func (h Fields) dropBig(name []byte) {
	root, m := hashRootOf(h.edit()), h.shard()
	p, b := m.findField(root, name)
	root.table.Remove(m.arena, &p)
	m.freeField(root, b)
}

// shard is the state of the key's shard.
func (h Fields) shard() *shardState { return h.t.find(h.key).m }

// enlarge makes a small hash a big one.
func (h Fields) enlarge() {
	h.edit()
	enc, m := h.entry().Encoding(), h.shard()
	h.convert(EncHashtable, hashRootSize, func(was, now []byte) {
		clear(now)
		root, x := hashRootOf(now), smallHashOf(enc, was)
		var digits [20]byte
		for at := packed.HeaderSize; at < len(x.block); {
			var f Field
			f, at = x.field(at)
			m.insertField(root, f.Name.Bytes(digits[:]), f.Value, f.ExpireAt)
		}
	})
}

func (m *shardState) eachField(root *hashRoot, visit func(f Field)) {
	var buf slotBuffer
	for b := 0; b < root.table.Buckets(); {
		next, slots := nextBatch(m.arena, &root.table, b, buf[:0])
		b = next
		for _, s := range slots {
			visit(m.block(s.Handle()).field())
		}
	}
}

// scanFields visits the fields of one bucket.
func (m *shardState) scanFields(root *hashRoot, cursor uint64, visit func(f Field)) (next uint64) {
	return root.table.Scan(m.arena, cursor, func(h arena.Handle) { visit(m.block(h).field()) })
}

// hashParts are the operations on big hashes that the keyspace needs.
var hashParts = parts{
	free: func(m *shardState, root []byte, limit int) (done bool) {
		r := hashRootOf(root)
		return r.table.Drain(m.arena, limit, func(h arena.Handle) { m.freeField(r, m.block(h)) })
	},
	clone: func(m *shardState, root []byte, to *shardState, dst []byte) {
		clear(dst)
		from, copied := hashRootOf(root), hashRootOf(dst)
		m.eachField(from, func(f Field) { to.insertField(copied, f.Name.Text, f.Value, f.ExpireAt) })
	},
	compact: func(m *shardState, root []byte, at uint64, limit int) (moved int) {
		table := &hashRootOf(root).table
		for seen := 0; seen < limit; seen++ {
			at = table.MoveSparse(m.arena, at, func(old arena.Handle) arena.Handle {
				seen++
				if !m.arena.Sparse(old) {
					return old
				}
				moved++
				size := m.arena.Size(old)
				h := m.arena.Alloc(size)
				copy(m.arena.Bytes(h, size), m.arena.Bytes(old, size))
				m.arena.Free(old)
				return h
			})
			if at == 0 {
				break
			}
		}
		return moved
	},
	bytes: func(_ *shardState, root []byte) int64 {
		r := hashRootOf(root)
		return r.table.Bytes() + r.bytes
	},
}
