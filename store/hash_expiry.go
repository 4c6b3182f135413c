package store

import (
	"bytes"
	"math"

	"synap/store/arena"
	"synap/store/dict"
	"synap/store/packed"
)

// The fields of a hash expire one by one. The table of the keyspace knows an entry's next expiry, its own or that of a field,
// as a lower bound, so that the background cycle finds hashes with something to remove as it finds keys. Inside a big hash
// the fields' own table does the same for fields: removing a million fields goes in slices like all else.

var wordHDel = []byte("HDEL")

// mayExpire reports whether the hash may have fields with an expiry.
func (e Entry) mayExpire() bool {
	switch e.Encoding() {
	case EncListpackEx:
		return true
	case EncHashtable:
		return hashRootOf(e.payload()).expiring > 0
	}
	return false
}

// nextExpiry is a lower bound of when the entry or a field of it expires, in the terms of the table.
func (e Entry) nextExpiry() uint32 {
	next := uint32(dict.NoExpiry)
	if e.hasExpiry() {
		next = expirySecond(e.ExpireAt())
	}
	if e.Type() == Hash {
		next = min(next, e.nextFieldExpiry())
	}
	return next
}

// nextFieldExpiry is nextExpiry for the fields of a hash.
func (e Entry) nextFieldExpiry() uint32 {
	switch e.Encoding() {
	case EncListpackEx:
		if at := earliest(e.payload()); at != math.MaxInt64 {
			return expirySecond(at)
		}
	case EncHashtable:
		if root := hashRootOf(e.payload()); root.expiring > 0 {
			return root.table.EarliestExpiry()
		}
	}
	return dict.NoExpiry
}

// SetExpiry sets when a field that is there expires, in unix milliseconds, or with NoExpiry that it does not.
// The caller deals with times that have passed.
func (h Fields) SetExpiry(name []byte, at int64) {
	h.edit()
	if e := h.entry(); e.Encoding() == EncHashtable {
		h.setExpiryBig(name, at)
	} else {
		if e.Encoding() == EncListpack {
			h.makeRoomForExpiries()
		}
		h.setExpirySmall(name, at)
	}
	if at != NoExpiry {
		r := h.t.find(h.key)
		r.sp.table.NoteExpiry(r.hash, expirySecond(at))
	}
}

// makeRoomForExpiries turns pairs into triples.
func (h Fields) makeRoomForExpiries() {
	payload := h.entry().payload()
	fields := smallHash{payload, 2, 0}.len()
	h.convert(EncListpackEx, earliestSize+len(payload)+fields*packed.SizeOfInt(0, packed.Forward), func(was, now []byte) {
		setEarliest(now, math.MaxInt64)
		b, n := now[earliestSize:], packed.HeaderSize
		packed.Init(b, packed.Forward)
		for at := packed.HeaderSize; at < len(was); {
			for _, e := range [3]packed.Elem{packed.At(was, at), packed.At(was, packed.Next(was, at)), packed.OfInt(0)} {
				next := n + e.Size(packed.Forward)
				packed.InsertElem(b[:next], n, e)
				n = next
			}
			at = packed.Skip(was, at, 2)
		}
	})
}

func (h Fields) setExpirySmall(name []byte, at int64) {
	e := h.entry()
	x := smallHashOf(e.Encoding(), e.payload())
	place := packed.Skip(x.block, x.find(name), 2)
	if at == NoExpiry {
		h.put(place, packed.OfInt(0))
		return
	}
	h.put(place, packed.OfInt(at))
	payload := h.entry().payload()
	setEarliest(payload, min(earliest(payload), at))
}

func (h Fields) setExpiryBig(name []byte, at int64) {
	x := h.entry().bigHash()
	p, old := x.find(name)
	f := old.field()
	s := shapeOfField(name, f.Value, at)
	if at != NoExpiry {
		x.table.NoteExpiry(x.m.hashOf(name), expirySecond(at))
	}
	if was := old.shape(); was.flags == s.flags {
		old.write(s, at)
	} else {
		x.replace(&p, old, s, name, f.Value, at)
	}
}

// expireField removes a field found past its time, unless expiry is frozen: then it stays but is invisible.
func (h Fields) expireField(name []byte) {
	if h.t.s.frozen.Load() {
		return
	}
	h.recordExpired(name)
	last := h.Len() == 1
	h.drop(name)
	h.tellExpired(last)
}

// recordExpired records the removal of fields past their time.
func (h Fields) recordExpired(names ...[]byte) {
	if h.t.s.sink != nil {
		h.t.unit = append(h.t.unit, NewEffect(h.t.db, append([][]byte{wordHDel, h.key}, names...)...))
	}
}

// tellExpired tells of fields that were removed because they expired, the last ones or not.
func (h Fields) tellExpired(last bool) {
	h.t.Notify(EventHash, "hexpired", h.key)
	if last {
		h.t.Notify(EventGeneric, "del", h.key) // remove has told the watchers
		return
	}
	r := h.t.find(h.key)
	h.t.changed(r.m, r.db, h.key, false)
}

// fieldsPerVisit is about how many fields of a hash are removed under one hold of its shard's lock.
const fieldsPerVisit = 64

// expireFields removes fields of a hash that are past their time. It returns the entry's next expiry, which has passed
// if there are more to remove.
func (t *Txn) expireFields(sp *space, e Entry) (next uint32) {
	home := t.db
	t.db, t.ref.valid = sp.db, false
	defer func() { t.db = home }()
	h := t.Fields(bytes.Clone(e.Key())) // the entry will move
	if e.Encoding() == EncHashtable {
		h.expireBig()
	} else if earliest(e.payload()) < t.now {
		h.expireSmall()
	}
	if e = h.entry(); !e.Exists() {
		return dict.NoExpiry
	}
	return e.nextExpiry()
}

// expireSmall is expireFields for a small hash: it removes all that have expired.
func (h Fields) expireSmall() {
	payload := h.edit()
	x := smallHashOf(EncListpackEx, payload)
	var names [][]byte
	next := int64(math.MaxInt64)
	for at := packed.HeaderSize; at < len(x.block); {
		f, end := x.field(at)
		if h.expired(f.ExpireAt) {
			names = append(names, f.Name.Append(nil))
		} else if f.ExpireAt != NoExpiry {
			next = min(next, f.ExpireAt)
		}
		at = end
	}
	setEarliest(payload, next)
	if len(names) == 0 {
		return
	}
	h.recordExpired(names...)
	last := len(names) == x.len()
	if last {
		h.remove()
		h.tellExpired(true)
		return
	}
	for at := packed.HeaderSize; at < len(x.block); {
		f, end := x.field(at)
		if h.expired(f.ExpireAt) {
			x.block = x.block[:packed.Cut(x.block, at, end, x.stride)]
		} else {
			at = end
		}
	}
	h.resize(x.start + len(x.block))
	h.tellExpired(false)
}

// expireBig is expireFields for a big hash. Groups whose bound lies before the current second are certain to have something
// to remove, or get a right bound; they come first. Those of the current second may have: a few of them are looked
// at, so that small hashes are empty in time, and the others wait for the second to pass.
func (h Fields) expireBig() {
	const groups = 8
	x := h.entry().bigHash()
	now, removed, last := expirySecond(h.t.now), 0, false
	for visits := 0; removed+visits < fieldsPerVisit && !last && now > 0; visits++ {
		g, ok := x.table.NextExpired(0, now-1)
		if !ok {
			break
		}
		n := 0
		n, last = h.expireGroup(x, g)
		removed += n
	}
	for g, visits := 0, 0; removed < fieldsPerVisit && visits < groups && !last; visits++ {
		found, ok := x.table.NextExpired(g, now)
		if !ok {
			break
		}
		n := 0
		n, last = h.expireGroup(x, found)
		removed, g = removed+n, found+1
	}
	if removed > 0 {
		if !last {
			x.shrunk(removed)
		}
		h.tellExpired(last)
	}
}

// expireGroup removes what has expired in one group of a big hash's table. It reports how many fields that were, and whether
// they were the last ones, and the hash is gone.
func (h Fields) expireGroup(x bigHash, group int) (removed int, last bool) {
	var buf [fieldsPerVisit]arena.Handle
	due := buf[:0]
	x.table.PrefetchGroup(x.a, group)
	x.table.VisitGroup(x.a, group, func(b arena.Handle) uint32 {
		switch at := x.block(b).expireAt(); {
		case at == NoExpiry:
			return dict.NoExpiry
		case h.expired(at):
			due = append(due, b)
			return dict.NoExpiry
		default:
			return expirySecond(at)
		}
	})
	if len(due) == 0 {
		return 0, false
	}
	h.edit() // leaves the root where it is
	if h.t.s.sink != nil {
		names := make([][]byte, len(due))
		for i, b := range due {
			names[i] = x.block(b).name()
		}
		h.recordExpired(names...)
	}
	if len(due) == x.table.Len() {
		h.remove()
		return len(due), true
	}
	for _, handle := range due {
		b := x.block(handle)
		p := x.table.Probe(x.a, x.m.hashOf(b.name()))
		for p.Next() != handle {
		}
		x.table.Remove(x.a, &p)
		x.freeField(b)
	}
	return len(due), false
}
