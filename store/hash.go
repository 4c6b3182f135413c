package store

import (
	"encoding/binary"

	"synap/store/packed"
)

// Field is one field of a hash. Name and value are valid until the transaction changes the hash.
type Field struct {
	Name, Value packed.Elem
	ExpireAt    int64 // unix milliseconds, or NoExpiry
}

// Fields is a view of the hash under a key, which holds a hash or nothing. A small hash is a packed block of names and
// values in turn (EncListpack), of the forward layout. Once a field of it expires, each value is followed by the field's
// expiry in unix milliseconds, 0 for none, and the block is preceded by a lower bound of all of them (EncListpackEx): the
// next expiry is known without looking for it. A hash beyond hash-max-listpack-entries or -value is a table with a block
// per field (hash_big.go).
//
// A field past its time is gone for everybody. It is removed when a command names it, otherwise in the background; until
// then it still counts in Len, as in Redis.
//
// Fields that are set or removed count as changes only when Changed says so.
type Fields struct{ cell }

// Fields returns a view of the hash under key.
func (t *Txn) Fields(key []byte) Fields { return Fields{cell{t, key}} }

// earliestSize is the room for the lower bound of expiries in front of the block of a small hash.
const earliestSize = 8

// smallHash is the block of a small hash, how many elements of it make a field, and where it begins in the payload.
type smallHash struct {
	block  []byte
	stride int
	start  int
}

func smallHashOf(enc Encoding, payload []byte) smallHash {
	if enc == EncListpackEx {
		return smallHash{payload[earliestSize:], 3, earliestSize}
	}
	return smallHash{payload, 2, 0}
}

func (x smallHash) len() int { return packed.Len(x.block) / x.stride }

// find returns the offset of the field's name, or -1.
func (x smallHash) find(name []byte) int {
	return packed.Find(x.block, packed.First(x.block), name, x.stride-1)
}

// findFrom is find that begins at a name's offset, or the block's end, and goes on from the first name there. Commands tend to name
// fields in the order in which the hash has them: whoever begins behind the field before finds each of them at once.
func (x smallHash) findFrom(at int, name packed.Elem) int {
	if at < len(x.block) {
		if found := packed.FindElem(x.block, at, name, x.stride-1); found >= 0 {
			return found
		}
	}
	return packed.FindElem(x.block[:at], packed.HeaderSize, name, x.stride-1)
}

// field returns the field whose name is at an offset, and the offset behind it.
func (x smallHash) field(at int) (f Field, next int) {
	sizes := packed.SizesIn(x.block)
	f.Name, f.ExpireAt = packed.At(x.block, at), NoExpiry
	at += sizes.At(x.block, at)
	f.Value = packed.At(x.block, at)
	at += sizes.At(x.block, at)
	if x.stride == 3 {
		if e := packed.At(x.block, at); e.Int != 0 {
			f.ExpireAt = e.Int
		}
		at += sizes.At(x.block, at)
	}
	return f, at
}

// FieldCount is the number of fields of a hash, those past their time included that were not removed yet.
func (e Entry) FieldCount() int {
	if e.Encoding() == EncHashtable {
		return hashRootOf(e.payload()).table.Len()
	}
	return smallHashOf(e.Encoding(), e.payload()).len()
}

// EachField visits the fields of a hash, those past their time included, in no particular order. visit must not change
// the store.
func (e Entry) EachField(visit func(f Field)) {
	if e.Encoding() == EncHashtable {
		e.bigHash().each(visit)
		return
	}
	x := smallHashOf(e.Encoding(), e.payload())
	for at := packed.HeaderSize; at < len(x.block); {
		var f Field
		f, at = x.field(at)
		visit(f)
	}
}

// field looks for a field by its name, whether or not it is past its time.
func (e Entry) field(name []byte) (f Field, ok bool) {
	if e.Encoding() == EncHashtable {
		_, b := e.bigHash().find(name)
		if b.p == nil {
			return Field{}, false
		}
		return b.field(), true
	}
	x := smallHashOf(e.Encoding(), e.payload())
	at := x.find(name)
	if at < 0 {
		return Field{}, false
	}
	f, _ = x.field(at)
	return f, true
}

// Exists reports whether there is a hash under the key.
func (h Fields) Exists() bool { return h.entry().Exists() }

// Len is the number of fields, those past their time included that were not removed yet.
func (h Fields) Len() int {
	if e := h.entry(); e.Exists() {
		return e.FieldCount()
	}
	return 0
}

// BlockReader reads the elements of a packed block in turn. They are valid until the transaction changes the key.
type BlockReader = packed.Reader

// Packed reads the names and values, in turn, of a small hash without expiries. ok is false if it is not one.
func (h Fields) Packed() (r BlockReader, ok bool) {
	e := h.entry()
	if !e.Exists() || e.Encoding() != EncListpack {
		return r, false
	}
	return packed.ReaderOf(e.payload()), true
}

// Get looks for a field. If it is past its time it is removed and was never there.
func (h Fields) Get(name []byte) (f Field, ok bool) {
	e := h.entry()
	if !e.Exists() {
		return Field{}, false
	}
	if f, ok = e.field(name); ok && h.expired(f.ExpireAt) {
		h.expireField(name)
		return Field{}, false
	}
	return f, ok
}

// expired reports whether a field is past its time. In its last millisecond it still lives, as keys do.
func (h Fields) expired(at int64) bool { return at != NoExpiry && at < h.t.now }

// Changed counts n changes and tells watchers and waiting clients.
func (h Fields) Changed(n int) {
	h.t.dirty += n - 1
	h.changed()
}

// FieldFits reports whether a field can be stored: together with its name a value is one block, and blocks end at 1 GiB.
func FieldFits(name, value int64) bool { return name <= MaxString && value <= MaxString-name }

// Set gives a field a value, and no expiry. It reports whether the field is new; one past its time is removed first.
func (h Fields) Set(name, value []byte) (created bool) { return h.set(name, packed.Of(value), false) }

// Update is Set for a field that keeps its expiry if it is there.
func (h Fields) Update(name []byte, value packed.Elem) (created bool) {
	return h.set(name, value, true)
}

func (h Fields) set(name []byte, value packed.Elem, keep bool) (created bool) {
	e := h.entry()
	if e.Exists() && e.mayExpire() {
		if f, ok := e.field(name); ok && h.expired(f.ExpireAt) {
			h.expireField(name)
			e = h.entry()
		}
	}
	limits := h.t.s.tuning.Load()
	short := len(name) <= limits.HashMaxListpackValue && value.Len() <= limits.HashMaxListpackValue
	size := packed.HeaderSize + packed.SizeOf(name, packed.Forward) + value.Size(packed.Forward)
	if e.Exists() {
		size += e.ValueSize()
	}
	small := short && h.smallFits(size)
	switch {
	case !e.Exists() && small && limits.HashMaxListpackEntries > 0:
		packed.Init(h.create(Hash, EncListpack, packed.HeaderSize), packed.Forward)
		h.add(name, value)
		return true
	case !e.Exists():
		clear(h.create(Hash, EncHashtable, hashRootSize))
	case e.Encoding() != EncHashtable && !small:
		h.enlarge()
	case e.Encoding() != EncHashtable:
		x := smallHashOf(e.Encoding(), e.payload())
		if at := x.find(name); at >= 0 {
			h.replace(at, value, keep)
			return false
		}
		if x.len() < limits.HashMaxListpackEntries {
			h.add(name, value)
			return true
		}
		h.enlarge()
	}
	return h.setBig(name, value, keep)
}

// maxSmallHash is the longest block of a small hash without expiries, in bytes, whatever the limits say.
const maxSmallHash = 64 << 20

// smallFits reports whether the block of a small hash may have n bytes. Expiries take nine bytes a field, and the least field
// takes two: they can make a block more than five times as long.
func (h Fields) smallFits(n int) bool { return n <= maxSmallHash && Fits(h.key, 6*int64(n)) }

// add appends a field to a small hash.
func (h Fields) add(name []byte, value packed.Elem) {
	payload := h.edit()
	x := smallHashOf(h.entry().Encoding(), payload)
	end := len(x.block)
	valueAt := end + packed.SizeOf(name, packed.Forward)
	expiryAt := valueAt + value.Size(packed.Forward)
	size := expiryAt
	if x.stride == 3 {
		size += packed.SizeOfInt(0, packed.Forward)
	}
	b := h.resize(x.start + size)[x.start:]
	packed.Insert(b[:valueAt], end, name)
	packed.InsertElem(b[:expiryAt], valueAt, value)
	if x.stride == 3 {
		packed.InsertInt(b, expiryAt, 0)
	}
}

// replace gives the field of a small hash whose name is at an offset another value, and unless keep is set no expiry.
func (h Fields) replace(at int, value packed.Elem, keep bool) {
	x := smallHashOf(h.entry().Encoding(), h.edit())
	at += packed.SizeAt(x.block, at)
	if x.stride == 3 && !keep {
		h.put(at+packed.SizeAt(x.block, at), packed.OfInt(0))
	}
	h.put(at, value)
}

// put replaces the element of a small hash at an offset of its block. edit has been called.
func (h Fields) put(at int, value packed.Elem) {
	e := h.entry()
	payload := e.payload()
	x := smallHashOf(e.Encoding(), payload)
	grow := value.Size(packed.Forward) - packed.SizeAt(x.block, at)
	if grow > 0 {
		payload = h.resize(len(payload) + grow)
	}
	if n := x.start + packed.ReplaceElem(payload[x.start:], at, value); n < len(payload) {
		h.resize(n)
	}
}

// Delete removes a field and reports whether it was there; with its last field the hash is gone. A field past its time is
// removed, too, and was never there.
func (h Fields) Delete(name []byte) bool {
	if _, ok := h.Get(name); !ok {
		return false
	}
	h.drop(name)
	return true
}

// drop removes a field that is there.
func (h Fields) drop(name []byte) {
	e := h.entry()
	switch {
	case e.FieldCount() == 1:
		h.remove()
	case e.Encoding() == EncHashtable:
		h.dropBig(name)
	default:
		payload := h.edit()
		x := smallHashOf(e.Encoding(), payload)
		h.resize(x.start + packed.Delete(x.block, x.find(name), x.stride))
	}
}

// Each visits the fields in no particular order, but none past its time. visit must not change the store.
func (h Fields) Each(visit func(f Field)) {
	e := h.entry()
	if !e.Exists() {
		return
	}
	if !e.mayExpire() {
		e.EachField(visit)
		return
	}
	e.EachField(func(f Field) {
		if !h.expired(f.ExpireAt) {
			visit(f)
		}
	})
}

// Scan visits fields from cursor on until at least count have been visited, and returns the cursor to go on with, 0 at the
// end. A field that is there from the first call to the last is visited at least once. A small hash is visited as a whole.
func (h Fields) Scan(cursor uint64, count int64, visit func(f Field)) (next uint64) {
	e := h.entry()
	if !e.Exists() {
		return 0
	}
	if e.Encoding() != EncHashtable {
		h.Each(visit)
		return 0
	}
	big := e.bigHash()
	count = max(count, 1)
	buckets := count
	if buckets <= 1<<40 {
		buckets *= 10 // a sparse table must not hold the caller up for long
	}
	for seen := int64(0); seen < count && buckets > 0; buckets-- {
		cursor = big.scan(cursor, func(f Field) {
			if seen++; !h.expired(f.ExpireAt) {
				visit(f)
			}
		})
		if cursor == 0 {
			break
		}
	}
	return cursor
}

// earliest is the lower bound of the expiries of a small hash in its payload.
func earliest(payload []byte) int64 { return int64(binary.LittleEndian.Uint64(payload)) }

func setEarliest(payload []byte, at int64) { binary.LittleEndian.PutUint64(payload, uint64(at)) }
