package store

import (
	"hash/maphash"
	"math/bits"
	"unsafe"

	"synap/store/arena"
	"synap/store/dict"
)

// Txn is one command's (or one EXEC's) view of the keyspace: the shards of its keys, locked, in one database at a time.
// Everything it changes becomes visible to others at End, and its effects leave as one unit. A Txn is reused: Begin
// makes it fresh. It belongs to one goroutine.
type Txn struct {
	s         *Store
	mask      uint64
	db        int
	now       int64
	dirty     int
	seq       uint64
	unit      Unit
	ready     []*queue // of keys that have changed
	woken     []*Wait
	events    []Event
	resized   []resizing
	unsettled []unsettled
	ref       ref
	ahead     []Lookahead // keys prepared for this transaction, the next one first
	expiring  bool        // what changes now does so because its time has come
	room      []byte      // memory for a small value in the making, kept for the next
	picked    []byte      // the last random key
	plan      fieldPlan   // empty, kept for its memory
	inner     *Txn        // for work that locks one shard after the other, kept for the next

	// NoTouch keeps reads from renewing the access history (CLIENT NO-TOUCH).
	NoTouch bool
	// Origin is who the transaction works for, nil for the store's own upkeep. It is for whoever is told of changes.
	Origin any
}

// ref remembers where the last key was found, so that looking at a key and then changing it searches once.
type ref struct {
	valid bool
	db    int
	key   *byte
	n     int
	hash  uint64
	m     *shardState
	sp    *space
	probe dict.Probe
	h     arena.Handle // 0: no entry
	live  bool         // there is an entry and it has not expired
}

// Begin locks the shards of mask and starts a transaction in database db at time now (unix milliseconds).
func (s *Store) Begin(t *Txn, mask uint64, db int, now int64) {
	t.s, t.mask, t.db, t.now = s, mask, db, now
	t.dirty, t.seq = 0, 0
	t.ref.valid, t.ahead = false, nil
	if mask&(mask-1) == 0 && mask != 0 {
		s.shards[bits.TrailingZeros64(mask)].mu.Lock()
		return
	}
	s.lock(mask)
}

// unitKept is the largest room for effects that a Txn keeps for its next use.
const unitKept = 1024

// End serves the clients that wait for what has changed, hands the unit of effects to the sink, and unlocks. It returns
// the unit's sequence number, or 0 if there was nothing to hand over.
func (t *Txn) End() (seq uint64) {
	if len(t.ready) > 0 {
		t.serveReady()
	}
	t.DeliverEvents()
	if len(t.unit) > 0 {
		t.seq = t.s.sink.Append(t.unit)
		if clear(t.unit); cap(t.unit) > unitKept {
			t.unit = nil
		}
		t.unit = t.unit[:0]
	}
	if len(t.unsettled) > 0 {
		t.settleStreams()
	}
	if len(t.resized) > 0 {
		t.reportKeys()
	}
	for m := t.mask; m != 0; m &= m - 1 {
		sh := &t.s.shards[bits.TrailingZeros64(m)]
		if sh.mu.owed > sh.mu.reported.owed || sh.mu.owed > 0 && sh.mu.grownMuch() > 0 {
			t.s.repay(&sh.mu.shardState)
		}
		t.s.report(&sh.mu.shardState)
		sh.mu.Unlock()
	}
	t.mask = 0
	if len(t.woken) > 0 {
		t.releaseWoken()
	}
	return t.seq
}

// DB is the current database.
func (t *Txn) DB() int { return t.db }

// Select changes the current database.
func (t *Txn) Select(db int) { t.db = db }

// Now is the transaction's one reading of the clock, in unix milliseconds.
func (t *Txn) Now() int64 { return t.now }

// SetNow moves the clock on between the commands of one transaction.
func (t *Txn) SetNow(now int64) { t.now, t.ref.valid = now, false }

// Dirty is the number of changes made so far.
func (t *Txn) Dirty() int { return t.dirty }

// Databases is the number of databases.
func (t *Txn) Databases() int { return t.s.dbs }

// Forget makes the transaction search for its next key although it was found before: the caller has reused its memory.
func (t *Txn) Forget() { t.ref.valid = false }

// Holds reports whether the transaction has locked all the shards of mask.
func (t *Txn) Holds(mask uint64) bool { return t.mask&mask == mask }

// find locates key in the current database. An entry that has expired is removed on the way, unless expiry is frozen:
// then it stays but is not live.
func (t *Txn) find(key []byte) *ref {
	r := t.locate(key)
	if r.h != 0 && !r.live && !t.s.frozen.Load() {
		t.expire(r)
	}
	return r
}

// locate finds key in the current database and leaves it where it is even if it has expired.
func (t *Txn) locate(key []byte) *ref {
	r := &t.ref
	p := unsafe.SliceData(key)
	if r.found(t.db, key) {
		return r
	}
	m := t.shard(key)
	hash := t.hashOf(key, p)
	*r = ref{valid: true, db: t.db, key: p, n: len(key), hash: hash, m: m, sp: m.space(t.db)}
	r.probe = r.sp.table.Probe(m.arena, hash)
	for h := r.probe.Next(); h != 0; h = r.probe.Next() {
		e := m.entry(h)
		if string(e.Key()) == string(key) {
			r.h, r.live = h, !e.expired(t.now)
			break
		}
	}
	return r
}

// found reports whether r is what was found out about a key.
func (r *ref) found(db int, key []byte) bool {
	return r.valid && r.key == unsafe.SliceData(key) && r.n == len(key) && r.db == db
}

// lookIn reports whether key is in a space, and whether it is past its time.
func (t *Txn) lookIn(m *shardState, sp *space, key []byte) (found, expired bool) {
	if sp == nil {
		return false, false
	}
	p := sp.table.Probe(m.arena, maphash.Bytes(t.s.seed, key))
	for h := p.Next(); h != 0; h = p.Next() {
		if e := m.entry(h); string(e.Key()) == string(key) {
			return true, e.expired(t.now)
		}
	}
	return false, false
}

// shard is the state of the shard that holds key; the transaction must have locked it.
func (t *Txn) shard(key []byte) *shardState {
	i := 0
	if t.mask&(t.mask-1) == 0 && !checked {
		i = bits.TrailingZeros64(t.mask) // a single shard is locked: it can only be that one
	} else {
		i = ShardOf(key)
		if t.mask&(1<<i) == 0 {
			panic("store: key outside the transaction's shards")
		}
	}
	return &t.s.shards[i].mu.shardState
}

// expire removes the entry r found past its time.
func (t *Txn) expire(r *ref) {
	e := r.entry()
	r.m.stats.Expired++
	t.recordDel(r.db, e.Key())
	t.notifyIn(r.db, EventExpired, "expired", e.Key())
	t.expiring = true
	t.drop(r, e)
	t.expiring = false
}

func (r *ref) entry() Entry {
	if r.h == 0 {
		return Entry{}
	}
	return r.m.entry(r.h)
}

// Read looks a key up for reading: it counts a hit or a miss and renews the access history.
func (t *Txn) Read(key []byte) Entry {
	r := t.find(key)
	if !r.live {
		r.m.stats.Misses++
		t.Notify(EventKeyMiss, "keymiss", key)
		return Entry{}
	}
	r.m.stats.Hits++
	e := r.entry()
	if !t.NoTouch {
		t.touch(e)
	}
	return e
}

// Inspect looks a key up for a command that asks about the entry rather than the value: it counts a hit or a miss, and
// that is all.
func (t *Txn) Inspect(key []byte) Entry {
	r := t.find(key)
	if !r.live {
		r.m.stats.Misses++
		return Entry{}
	}
	r.m.stats.Hits++
	return r.entry()
}

// Write looks a key up in order to change it: it renews the access history but counts neither hit nor miss.
func (t *Txn) Write(key []byte) Entry {
	r := t.find(key)
	if !r.live {
		return Entry{}
	}
	e := r.entry()
	if !t.NoTouch {
		t.touch(e)
	}
	return e
}

// Peek looks a key up without leaving a trace in statistics or access history.
func (t *Txn) Peek(key []byte) Entry {
	r := t.find(key)
	if !r.live {
		return Entry{}
	}
	return r.entry()
}

// put writes an entry of the given shape under key, in place of the one r found if any, and returns the payload to be
// filled in. The new entry's access history is fresh, or under an LFU policy the old one's.
func (t *Txn) put(r *ref, key []byte, s shape) []byte {
	history := t.freshHistory()
	if old := r.entry(); old.Exists() && t.s.Policy().lfu() {
		history = old.history()
	}
	return t.putAged(r, key, s, history)
}

// putAged is put with a given access history.
func (t *Txn) putAged(r *ref, key []byte, s shape, history uint32) []byte {
	m, fresh := r.m, !r.live
	payload := t.place(r, key, s, history)
	if fresh {
		t.Notify(EventNew, "new", key)
	}
	t.dirty++
	t.changed(m, r.db, key, false)
	return payload
}

// place is putAged that leaves it to the caller to say that the key has changed.
func (t *Txn) place(r *ref, key []byte, s shape, history uint32) []byte {
	m, old := r.m, r.entry()
	t.preserve(r, old)
	if old.Exists() {
		r.sp.uncount(old)
		m.release(old)
	}
	size := s.size()
	var e Entry
	switch {
	case !old.Exists():
		e = m.alloc(size)
		r.sp.table.Insert(m.arena, r.hash, e.h)
		r.valid = false // the insertion may have moved slots
		t.resize(r.db, 1)
	case m.arena.Size(old.h) == arena.ClassSize(size):
		e = old
	default:
		e = m.alloc(size)
		r.probe.Replace(e.h)
		m.arena.Free(old.h)
		r.h = e.h
	}
	r.live = true
	r.sp.count(r.hash, s.expireAt)
	return e.write(s, key, history, m.epoch)
}

// drop removes the entry that r found.
func (t *Txn) drop(r *ref, e Entry) {
	m := r.m
	t.preserve(r, e)
	r.sp.uncount(e)
	t.changed(m, r.db, e.Key(), true)
	r.sp.table.Remove(m.arena, &r.probe)
	t.resize(r.db, -1)
	m.release(e)
	m.arena.Free(e.h)
	r.valid, r.live, r.h = false, false, 0
}

// changed tells watchers, waiting clients and those that hold copies of a key's change. A removal calls it just before.
func (t *Txn) changed(m *shardState, db int, key []byte, removed bool) {
	if len(m.watched) > 0 {
		m.touchWatchers(db, key, removed)
	}
	if len(m.waited) > 0 {
		t.noteReady(m, db, key, removed)
	}
	if len(m.tracked) > 0 || t.s.broadcast.Load() {
		t.trackChange(m, key)
	}
}

func (m *shardState) alloc(size int) Entry { return m.entry(m.arena.Alloc(size)) }

func (m *shardState) entry(h arena.Handle) Entry { return Entry{m.arena.Ptr(h), h, m} }

// report adds what the shard's use of memory grew by since the last report to the store's totals.
func (s *Store) report(m *shardState) {
	if u := m.used; u != m.reported.used {
		s.used.Add(u - m.reported.used)
		m.reported.used = u
	}
	if d := int64(m.backlog()); d != m.reported.dropped {
		s.pending.Add(d - m.reported.dropped)
		m.reported.dropped = d
	}
	if d := m.owed - m.reported.owed; d != 0 {
		s.owed.Add(d)
		m.reported.owed = m.owed
	}
}

// resizing is how many keys a transaction has added to a database, less those it removed, and how often it did so.
type resizing struct{ db, by, times int }

// keysBits is where in a database's number of keys the number of its changes begins. That wraps around.
const (
	keysBits    = 40
	changesMask = 1<<(64-keysBits) - 1
)

func (t *Txn) resize(db, by int) {
	for i := range t.resized {
		if r := &t.resized[i]; r.db == db {
			r.by += by
			r.times++
			return
		}
	}
	t.resized = append(t.resized, resizing{db, by, 1})
}

// reportKeys adds what the transaction has made of the numbers of keys to the store's. It does so while the shards are
// locked, so that whoever has seen the transaction's keys finds them counted.
func (t *Txn) reportKeys() {
	for _, r := range t.resized {
		t.s.keys[r.db].Add(int64(r.by) + int64(r.times)<<keysBits)
	}
	t.resized = t.resized[:0]
}

// Len is the number of keys in a database, those included that have expired but not been removed. It is exact as of some
// moment, and needs no shard. A transaction that holds all of them is alone: it sees the number as it stands.
func (t *Txn) Len(db int) int {
	n := int(t.s.keys[db].Load() & (1<<keysBits - 1))
	for _, r := range t.resized {
		if r.db == db {
			n += r.by
		}
	}
	return n
}

// count and uncount keep the database's totals of expiring entries. The entry counted is in the table already: that is
// where its bucket's expiry bound is.
func (sp *space) count(hash uint64, expireAt int64) {
	if expireAt == NoExpiry {
		return
	}
	sp.expires++
	sp.expirySum.add(expireAt)
	sp.table.NoteExpiry(hash, expirySecond(expireAt))
}

func (sp *space) uncount(e Entry) {
	if e.hasExpiry() {
		sp.expires--
		sp.expirySum.remove(e.ExpireAt())
	}
}
