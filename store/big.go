package store

import (
	"slices"

	"synap/store/arena"
)

// parts is what the keyspace does with the blocks of a big value without knowing what they mean. root is the payload of
// the value's entry, or a copy; a is the arena where its blocks lie. The number of the estate in the root is left alone.
type parts struct {
	// free gives back about limit of the value's blocks, the smaller the better to stop at, and reports whether none is
	// left. The value is not read any more once that has begun.
	free func(a *arena.Arena, root []byte, limit int) (done bool)
	// clone copies the blocks into another arena (or the same) and writes the copy's root to dst, as long as root. m knows
	// how members are hashed.
	clone func(m *shardState, a *arena.Arena, root []byte, to *arena.Arena, dst []byte)
	// compact moves up to limit blocks off sparse pages, beginning anywhere: at is a random number that says where. It
	// returns how many it has moved.
	compact func(a *arena.Arena, root []byte, at uint64, limit int) (moved int)
	// bytes is the sum of the sizes of the value's blocks, as the arena counts them.
	bytes func(a *arena.Arena, root []byte) int64
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

// bigValue is a big value wherever its root is.
type bigValue struct {
	typ  Type
	root []byte
	a    *arena.Arena // where its blocks lie
}

func (v bigValue) parts() *parts { return partsOf(v.typ) }

func (v bigValue) bytes() int64 { return v.parts().bytes(v.a, v.root) }

// arena is where the blocks of the entry's big value lie.
func (e Entry) arena() *arena.Arena { return e.m.arenaOf(e.payload()) }

// orphan is a big value whose entry is gone and whose blocks are freed a few at a time: however large it was, nobody waits
// for that.
type orphan struct {
	bigValue     // the root is a copy outside the arena
	entries  int // what it counts for when its last block is gone
}

// freeAtOnce is how many blocks of a big value are freed with its entry, without the detour.
const freeAtOnce = 64

// release frees what an entry owns apart from its own block, now (done) or a little later. The payload is garbage then.
func (m *shardState) release(e Entry) (done bool) {
	if !e.big() {
		return true
	}
	root := e.payload()
	if n := estateOf(root); n != 0 {
		m.retireEstate(n, 1)
		return false
	}
	if done = e.parts().free(m.arena, root, freeAtOnce); !done {
		m.abandon(bigValue{e.Type(), slices.Clone(root), m.arena}, 1)
	}
	return done
}

// abandon leaves the blocks of a removed big value to be freed later. Its root is a copy outside the arena. entries is what
// that counts for.
func (m *shardState) abandon(v bigValue, entries int) {
	m.orphans = append(m.orphans, orphan{v, entries})
	if v.a != m.arena {
		m.strays++
	}
	m.owed += v.bytes()
}

// owedFree is how much removed values may hold before those that remove more have to help, in bytes, or a sixteenth of all
// memory if that is more.
const owedFree = 64 << 20

// repaidAtOnce is the most that a transaction helps to free for having removed something, in bytes: about a millisecond, for
// which its shards are locked. To remove a value, or to rename another over it, takes no time however large it is.
const repaidAtOnce = 8 << 20

// repay is called at the end of a transaction that has left values of the shard to be freed later, or has allocated much. If
// too much waits to be freed it frees as well, at twice the limit as much as it has left, up to repaidAtOnce, and as much as
// it has allocated, which took longer: else clients that replace large values could do so faster than background work frees
// the old ones, for as long as there is memory.
func (s *Store) repay(m *shardState) {
	limit := max(s.owedFree, s.used.Load()/16)
	added, grown := m.owed-m.reported.owed, m.grownMuch()
	over := s.owed.Load() + added - limit
	if over <= 0 {
		return
	}
	share := min(float64(over)/float64(limit), 1)
	target := m.owed - min(int64(share*float64(max(added, 0))), repaidAtOnce) - int64(share*float64(grown))
	for m.owed > target {
		switch last := len(m.retired) - 1; {
		case last >= 0 && m.retired[last].owed:
			m.drainRetired(drainAtOnce)
		case len(m.orphans) > 0:
			m.freeOrphans(freeAtOnce)
		default:
			return
		}
	}
}

// grownMuch is how many bytes the transaction has allocated in the shard, net of what it has freed, if that took it long;
// else 0.
func (m *shardState) grownMuch() int64 {
	if n := m.used - m.reported.used; n >= repaidAtOnce {
		return n
	}
	return 0
}

// Owed is the memory of removed values that is still to be freed, in bytes.
func (s *Store) Owed() int64 { return s.owed.Load() }

// freeOrphans frees about n blocks of removed values and returns what is left of n.
func (m *shardState) freeOrphans(n int) int {
	for len(m.orphans) > 0 && n > 0 {
		last := len(m.orphans) - 1
		step, used := min(n, freeAtOnce), m.used
		if o := m.orphans[last]; o.parts().free(o.a, o.root, step) {
			m.orphans[last] = orphan{}
			m.orphans = m.orphans[:last]
			m.freed += int64(o.entries)
			if o.a != m.arena {
				m.strays--
			}
		}
		m.owed -= used - m.used
		n -= step
	}
	return n
}

// cloneValue fills dst, the payload of a new entry in shard to, with a copy of e's value.
func (e Entry) cloneValue(to *shardState, dst []byte) {
	if !e.big() {
		copy(dst, e.payload())
		return
	}
	a, root := e.arena(), e.payload()
	n := to.room(e.parts().bytes(a, root))
	e.parts().clone(e.m, a, root, to.estate(n), dst)
	setEstate(dst, n)
}

// movable reports whether the blocks of the entry's value can become those of an entry in shard to as they are.
func (e Entry) movable(to *shardState) bool {
	return e.big() && (e.m == to || estateOf(e.payload()) != 0)
}

// handOver makes a movable value, whose entry is in space sp and will be removed, that of a new entry in shard to.
func (e Entry) handOver(sp *space, to *shardState, payload []byte) {
	if e.m.snap != nil {
		e.m.snap.save(e.m, sp, e)
	}
	copy(payload, e.payload())
	if e.m != to {
		setEstate(payload, e.m.cede(estateOf(payload), to))
	}
	*e.at(0) = byte(e.Type()) | byte(EncListpack)<<4 // no longer big: its removal must not free what it has given away
}

// Footprint is the memory of the entry's block and all its value owns, in bytes.
func (e Entry) Footprint() int64 {
	n := int64(e.m.arena.Size(e.h))
	if e.big() {
		n += e.parts().bytes(e.arena(), e.payload())
	}
	return n
}

// copyBlock copies a block, whole, into an arena, which may be its own.
func copyBlock(a *arena.Arena, h arena.Handle, to *arena.Arena) arena.Handle {
	n := a.Size(h)
	c := to.Alloc(n)
	copy(to.Bytes(c, n), a.Bytes(h, n))
	return c
}

// moveSparse moves a block if that helps its arena.
func moveSparse(a *arena.Arena, h arena.Handle) (_ arena.Handle, moved bool) {
	if !a.Sparse(h) {
		return h, false
	}
	c := copyBlock(a, h, a)
	a.Free(h)
	return c, true
}
