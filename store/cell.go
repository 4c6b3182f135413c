package store

import (
	"hash/maphash"

	"synap/store/arena"
)

// cell is the place of a collection in a transaction: what the views that change collections are made of. It finds the
// key's entry anew for each step, which costs a few comparisons as long as no other key was looked at in between; so a cell
// stays valid whatever else the transaction does. The key's bytes must not change meanwhile.
//
// A change of a value consists of edit, which must come first, then any number of changes to the payload, its size, its
// encoding and the blocks it refers to, then changed once per change that counts.
type cell struct {
	t   *Txn
	key []byte
}

// entry is the key's entry as it is now; it does not exist if the key is missing.
func (c cell) entry() Entry {
	r := c.t.find(c.key)
	if !r.live {
		return Entry{}
	}
	return r.entry()
}

// create makes the key with a payload of n bytes, to be filled in by the caller; whatever was there is replaced, its
// expiry included.
func (c cell) create(typ Type, enc Encoding, n int) []byte {
	t := c.t
	r := t.find(c.key)
	history := t.freshHistory()
	if old := r.entry(); old.Exists() && t.s.Policy().lfu() {
		history = old.history()
	}
	fresh := !r.live
	payload := t.place(r, c.key, shape{typ, enc, len(c.key), n, NoExpiry}, history)
	if fresh {
		t.Notify(EventNew, "new", c.key)
	}
	return payload
}

// edit returns the payload of an existing value for changing. If a snapshot is running it gets the whole value first.
func (c cell) edit() []byte {
	r := c.t.find(c.key)
	e := r.entry()
	c.t.preserve(r, e)
	return e.payload()
}

// resize makes the payload n bytes long and returns it: what was there is kept as far as it fits, new bytes are
// undefined. Expiry, access history and encoding stay. edit has been called.
func (c cell) resize(n int) []byte {
	r := c.t.find(c.key)
	old := r.entry()
	s := shape{old.Type(), old.Encoding(), len(c.key), n, old.ExpireAt()}
	size := s.size()
	if s.header() == headerSize(old.flags(), false) && r.m.arena.Size(old.h) == arena.ClassSize(size) {
		return old.write(s, c.key, old.history(), r.m.epoch)
	}
	return c.renew(r, s, func(was, now []byte) { copy(now, was) })
}

// convert gives the value another encoding with a payload of n bytes, which fill writes. The old payload and all it
// refers to can be read until fill returns; blocks of a big value are fill's to free. edit has been called.
func (c cell) convert(enc Encoding, n int, fill func(was, now []byte)) []byte {
	r := c.t.find(c.key)
	old := r.entry()
	return c.renew(r, shape{old.Type(), enc, len(c.key), n, old.ExpireAt()}, fill)
}

// renew moves the entry to a new block of the given shape.
func (c cell) renew(r *ref, s shape, fill func(was, now []byte)) []byte {
	old := r.entry()
	e := r.m.alloc(s.size())
	payload := e.write(s, c.key, old.history(), r.m.epoch)
	fill(old.payload(), payload)
	c.t.exchange(r, e)
	return payload
}

// changed counts one change and tells watchers and waiting clients.
func (c cell) changed() { c.t.Changed(c.key) }

// remove deletes the key: the collection has become empty. It counts no change by itself.
func (c cell) remove() {
	r := c.t.find(c.key)
	c.t.drop(r, r.entry())
}

// hashOf is the hash under which a big value's table keeps a member or field: keyed per process, as that of keys.
func (m *shardState) hashOf(member []byte) uint64 { return maphash.Bytes(m.seed, member) }
