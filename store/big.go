package store

// parts is what the keyspace does with the blocks of a big value without knowing what they mean. root is the payload of
// the value's entry; every function gets the shard it lies in.
type parts struct {
	// free gives back about limit of the value's blocks, the smaller the better to stop at, and reports whether none is
	// left. The value is not read any more once that has begun.
	free func(m *shardState, root []byte, limit int) (done bool)
	// clone copies the blocks into another shard's arena (or the same) and writes the copy's root to dst, as long as root.
	clone func(m *shardState, root []byte, to *shardState, dst []byte)
	// compact moves up to limit blocks off sparse pages, beginning anywhere: at is a random number that says where. It
	// returns how many it has moved.
	compact func(m *shardState, root []byte, at uint64, limit int) (moved int)
	// bytes is the sum of the sizes of the value's blocks, as the arena counts them.
	bytes func(m *shardState, root []byte) int64
}

// parts are the operations for the entry's big value.
func (e Entry) parts() *parts { return partsOf(e.Type()) }

func partsOf(t Type) *parts {
	switch t {
	case List:
		return &listParts
	case Stream:
		return &streamParts
	case Set:
		return &setParts
	case SortedSet:
		return &sortedSetParts
	case Hash:
		return &hashParts
	}
	panic("store: a " + t.String() + " has no big encoding")
}

// orphan is a big value whose entry is gone and whose blocks are freed a few at a time: however large it was, nobody waits
// for that.
type orphan struct {
	typ  Type
	root []byte // a copy outside the arena
}

// freeAtOnce is how many blocks of a big value are freed with its entry, without the detour.
const freeAtOnce = 64

// release frees what an entry owns apart from its own block, now (done) or a little later. The payload is garbage then.
func (m *shardState) release(e Entry) (done bool) {
	if !e.big() {
		return true
	}
	root := e.payload()
	if done = e.parts().free(m, root, freeAtOnce); !done {
		m.abandon(e.Type(), append([]byte(nil), root...))
	}
	return done
}

// abandon leaves the blocks of a removed big value to be freed later. root is a copy of its root outside the arena.
func (m *shardState) abandon(typ Type, root []byte) {
	m.orphans = append(m.orphans, orphan{typ, root})
	m.owed += partsOf(typ).bytes(m, root)
}

// owedFree is how much removed values may hold before those that remove more have to help, in bytes, or a sixteenth of all
// memory if that is more.
const owedFree = 64 << 20

// repay is called at the end of a transaction that has left values of the shard to be freed later. If there is too much of
// that it frees as well, at twice the limit as much as it has left: else clients that replace large values could do so
// faster than background work frees the old ones, for as long as there is memory.
func (s *Store) repay(m *shardState) {
	limit := max(s.owedFree, s.used.Load()/16)
	over := s.owed.Load() + m.owed - m.reported.owed - limit
	if over <= 0 {
		return
	}
	added := m.owed - m.reported.owed
	target := m.owed - int64(float64(added)*min(float64(over)/float64(limit), 1))
	for m.owed > target && len(m.orphans) > 0 {
		m.freeOrphans(freeAtOnce)
	}
}

// Owed is the memory of removed values that is still to be freed, in bytes.
func (s *Store) Owed() int64 { return s.owed.Load() }

// freeOrphans frees about n blocks of removed values and returns what is left of n.
func (m *shardState) freeOrphans(n int) int {
	for len(m.orphans) > 0 && n > 0 {
		last := len(m.orphans) - 1
		step, used := min(n, freeAtOnce), m.arena.Used()
		if o := m.orphans[last]; partsOf(o.typ).free(m, o.root, step) {
			m.orphans[last] = orphan{}
			m.orphans = m.orphans[:last]
			m.freed++
		}
		m.owed -= used - m.arena.Used()
		n -= step
	}
	return n
}

// cloneValue fills dst, the payload of a new entry in shard to, with a copy of e's value.
func (e Entry) cloneValue(to *shardState, dst []byte) {
	if e.big() {
		e.parts().clone(e.m, e.payload(), to, dst)
		return
	}
	copy(dst, e.payload())
}

// handOver makes a big value, whose entry is in space sp and will be removed, that of a new entry in the same shard.
func (e Entry) handOver(sp *space, payload []byte) {
	if e.m.snap != nil {
		e.m.snap.save(e.m, sp, e)
	}
	copy(payload, e.payload())
	*e.at(0) = byte(e.Type()) | byte(EncListpack)<<4 // no longer big: its removal must not free what it has given away
}

// Footprint is the memory of the entry's block and all its value owns, in bytes.
func (e Entry) Footprint() int64 {
	n := int64(e.m.arena.Size(e.h))
	if e.big() {
		n += e.parts().bytes(e.m, e.payload())
	}
	return n
}
