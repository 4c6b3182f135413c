package store

// maxEntry is the largest block the arena gives.
const maxEntry = 1 << 30

// maxHeader is the most that stands before the key in an entry.
const maxHeader = fixedHeader + 4 + 4 + 8

// MaxString is the length of the longest string, under the empty key.
const MaxString = maxEntry - maxHeader

// ValueSize is the number of bytes the value takes as it is stored.
func (e Entry) ValueSize() int { return len(e.payload()) }

// Fits reports whether a value of n bytes can be stored under key. Commands check it before they store or build a
// value: an entry is one block, and blocks end at 1 GiB.
func Fits(key []byte, n int64) bool {
	return n >= 0 && n <= MaxString && int64(len(key))+n <= MaxString
}

// NameFits reports whether a group or consumer of a stream can have a name: it shares a block with what else is known of it.
func NameFits(name []byte) bool { return len(name) <= MaxString/2 }

// Edit makes the string under key raw and at least n bytes long and returns its bytes for writing, valid until the
// transaction's next change. A missing key is created, new bytes are zero, expiry and access history stay. Growing
// counts as a change; a caller that alters bytes of a string that did not grow says so with Changed. The caller has
// checked that the value is a string and that n bytes fit.
//
// A string that grows a second time gets an eighth more room than asked for, so that appending byte by byte copies
// each byte a bounded number of times.
func (t *Txn) Edit(key []byte, n int) (b []byte, grown bool) {
	r := t.find(key)
	if !r.live {
		b = t.put(r, key, shape{String, EncRaw, len(key), n, NoExpiry})
		clear(b)
		return b, true
	}
	old := r.entry()
	t.preserve(r, old)
	had := old.Len()
	if had >= n && old.Encoding() == EncRaw {
		return old.payload(), false
	}
	s := shape{String, EncRaw, len(key), max(n, had), old.ExpireAt()}
	e := t.roomFor(r, s)
	if e == old {
		b = e.write(s, key, old.history(), r.m.epoch)
		clear(b[had:])
	} else {
		var scratch [20]byte
		b = e.write(s, key, old.history(), r.m.epoch)
		clear(b[copy(b, old.Bytes(scratch[:])):])
		t.exchange(r, e)
	}
	if had < n {
		t.Changed(key)
	}
	return b, had < n
}

// roomFor returns the entry r found if its block can take the new shape with key and value staying where they are, and
// a new block otherwise.
func (t *Txn) roomFor(r *ref, s shape) Entry {
	old, size := r.entry(), s.size()
	if !old.isInt() && s.header() == headerSize(old.flags(), false) && r.m.arena.Size(old.h) >= size {
		return old
	}
	if old.Encoding() == EncRaw {
		size = min(size+size/8, maxEntry)
	}
	return r.m.alloc(size)
}

// exchange puts e in the place of the entry r found, whose block is freed.
func (t *Txn) exchange(r *ref, e Entry) {
	old := r.h
	r.probe.Replace(e.h)
	r.m.arena.Free(old)
	r.h = e.h
}

// Changed says that the bytes that Edit returned for key were altered.
func (t *Txn) Changed(key []byte) {
	t.dirty++
	t.changed(t.shard(key), t.db, key, false) // without a search for the key, which follows a creation otherwise
}

// CountMore counts n changes beyond the one that a setter or Changed has counted.
func (t *Txn) CountMore(n int) { t.dirty += n }

// SetText sets key to value, whatever was there, without looking for an integer in it. expireAt as for SetString.
func (t *Txn) SetText(key, value []byte, expireAt int64) {
	enc := EncRaw
	if len(value) <= embstrMax {
		enc = EncEmbstr
	}
	t.setBytes(key, value, enc, expireAt)
}

// SetRaw is SetText for what Redis never stores in one piece with the object header, however short it is.
func (t *Txn) SetRaw(key, value []byte, expireAt int64) { t.setBytes(key, value, EncRaw, expireAt) }

func (t *Txn) setBytes(key, value []byte, enc Encoding, expireAt int64) {
	r := t.find(key)
	copy(t.put(r, key, shape{String, enc, len(key), len(value), t.expiryFor(r, expireAt)}), value)
}

// Build sets key to a raw string of n bytes without expiry that fill writes, all of it. Entries seen before stay
// readable until fill returns, the one under key included: it may be one of the sources.
func (t *Txn) Build(key []byte, n int, fill func(b []byte)) {
	r := t.find(key)
	m, old := r.m, r.entry()
	s := shape{String, EncRaw, len(key), n, NoExpiry}
	e := m.alloc(s.size())
	history := t.freshHistory()
	if old.Exists() && t.s.Policy().lfu() {
		history = old.history()
	}
	fill(e.write(s, key, history, m.epoch))
	if !r.live {
		t.Notify(EventNew, "new", key)
	}
	if old.Exists() {
		t.preserve(r, old)
		r.sp.uncount(old)
		r.m.release(old)
		t.exchange(r, e)
		r.live = true
	} else {
		r.sp.table.Insert(m.arena, r.hash, e.h)
		r.valid = false
		t.resize(r.db, 1)
	}
	t.dirty++
	t.changed(m, r.db, key, false)
}
