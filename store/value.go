package store

// KeepExpiry tells a setter to leave the key's expiry as it is.
const KeepExpiry int64 = -2

// expiryFor resolves KeepExpiry against the entry that is being replaced.
func (t *Txn) expiryFor(r *ref, at int64) int64 {
	if at != KeepExpiry {
		return at
	}
	if !r.live {
		return NoExpiry
	}
	return r.entry().ExpireAt()
}

// SetString sets key to value, whatever was there. expireAt is in unix milliseconds, NoExpiry or KeepExpiry. Strings
// that read as a 64-bit integer are stored as one. value must not alias the arena.
func (t *Txn) SetString(key, value []byte, expireAt int64) {
	r := t.find(key)
	at := t.expiryFor(r, expireAt)
	if len(value) <= 20 {
		if n, ok := parseInt(value); ok {
			t.setInt(r, key, n, at)
			return
		}
	}
	enc := EncRaw
	if len(value) <= embstrMax {
		enc = EncEmbstr
	}
	copy(t.put(r, key, shape{String, enc, len(key), len(value), at}), value)
}

// SetInt sets key to an integer, whatever was there. expireAt as for SetString.
func (t *Txn) SetInt(key []byte, n int64, expireAt int64) {
	r := t.find(key)
	t.setInt(r, key, n, t.expiryFor(r, expireAt))
}

func (t *Txn) setInt(r *ref, key []byte, n, at int64) {
	if r.live && t.replaceInt(r, key, n, at) {
		return
	}
	storeInt(t.put(r, key, shape{String, EncInt, len(key), intSize(n), at}), n)
}

// replaceInt writes an integer over one of the same size and expiry, which is what counters do: nothing else of the entry
// changes. It reports whether that was possible.
func (t *Txn) replaceInt(r *ref, key []byte, n, at int64) bool {
	e := r.entry()
	if e.Type() != String || e.Encoding() != EncInt || len(e.payload()) != intSize(n) || e.ExpireAt() != at {
		return false
	}
	t.preserve(r, e)
	if !t.s.Policy().lfu() {
		if h := t.freshHistory(); e.history() != h {
			e.setHistory(h)
		}
	}
	storeInt(e.payload(), n)
	t.dirty++
	t.changed(r.m, r.db, key, false)
	return true
}

// Delete removes key and reports whether it was there.
func (t *Txn) Delete(key []byte) bool {
	r := t.find(key)
	if !r.live {
		return false
	}
	t.drop(r, r.entry())
	t.dirty++
	return true
}

// SetExpiry sets or (with NoExpiry) removes the expiry of an existing key and reports whether there was one to change.
// The caller deals with times that have passed.
func (t *Txn) SetExpiry(key []byte, at int64) bool {
	r := t.find(key)
	if !r.live {
		return false
	}
	old, m := r.entry(), r.m
	if at == NoExpiry && !old.hasExpiry() {
		return false
	}
	t.preserve(r, old)
	r.sp.uncount(old)
	if old.hasExpiry() && at != NoExpiry {
		old.setExpireAt(at)
	} else {
		t.relayout(r, old, key, at)
	}
	r.sp.count(r.hash, at)
	t.dirty++
	t.changed(m, r.db, key, false)
	return true
}

// relayout rewrites an entry with room for an expiry, or without it.
func (t *Txn) relayout(r *ref, old Entry, key []byte, at int64) {
	m := r.m
	s := shape{old.Type(), old.Encoding(), len(key), len(old.payload()), at}
	e := m.alloc(s.size())
	copy(e.write(s, key, old.history(), m.epoch), old.payload())
	r.probe.Replace(e.h)
	m.arena.Free(old.h)
	r.h = e.h
}

// Copy stores the value of one key under another, in database db, with its expiry. The two must differ. A value already
// there is replaced if replace is set. It reports whether it copied; a missing source or an existing target stop it.
func (t *Txn) Copy(from, to []byte, db int, replace bool) bool {
	return t.transfer(from, to, db, replace, false)
}

// transfer is Copy, or with keep set the first half of a move: the target's access history is the source's then, and a value
// whose blocks may stay where they are changes hands without being copied.
func (t *Txn) transfer(from, to []byte, db int, replace, keep bool) bool {
	src := t.find(from)
	if !src.live {
		return false
	}
	e, space, home := src.entry(), src.sp, t.db
	defer t.Select(home)
	t.db = db
	dst := t.find(to) // reuses the memory of src; e stays valid: nothing was removed but perhaps an expired target
	if dst.live && !replace {
		return false
	}
	history := t.freshHistory()
	if keep {
		history = e.history()
	}
	s := shape{e.Type(), e.Encoding(), len(to), len(e.payload()), e.ExpireAt()}
	if dst.live {
		t.Notify(EventNew, "new", to) // as Redis has it: the old key is removed first
	}
	payload := t.putAged(dst, to, s, history) // of another entry than e: the keys or databases differ
	dst.sp.table.NoteExpiry(dst.hash, e.nextExpiry())
	if keep && e.movable(dst.m) {
		e.handOver(space, dst.m, payload)
	} else {
		e.cloneValue(dst.m, payload)
	}
	return true
}

// Rename moves a value with its expiry from one key to another, replacing what is there. It reports false when there
// is no source. The keys must differ.
func (t *Txn) Rename(from, to []byte) bool {
	if r := t.find(from); r.live && len(r.m.tracked) > 0 {
		t.invalidate(r.m, from) // Redis tells of the old name first
	}
	if !t.transfer(from, to, t.db, true, true) {
		return false
	}
	t.drop(t.find(from), t.find(from).entry())
	return true
}

// Move moves a key to another database and reports whether it did: not if the source is missing or the target exists.
func (t *Txn) Move(key []byte, db int) bool {
	if !t.transfer(key, key, db, false, true) {
		return false
	}
	t.drop(t.find(key), t.find(key).entry())
	return true
}

// parseInt reads a decimal 64-bit integer in its one canonical form.
func parseInt(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 20 {
		return 0, false
	}
	i, neg := 0, false
	if b[0] == '-' {
		if neg, i = true, 1; len(b) == 1 {
			return 0, false
		}
	}
	if b[i] == '0' {
		return 0, len(b) == 1
	}
	var u uint64
	for ; i < len(b); i++ {
		d := b[i] - '0'
		if d > 9 || u > (1<<64-1)/10 {
			return 0, false
		}
		next := u*10 + uint64(d)
		if next < u {
			return 0, false
		}
		u = next
	}
	switch {
	case neg && u <= 1<<63:
		return -int64(u), true
	case !neg && u < 1<<63:
		return int64(u), true
	}
	return 0, false
}
