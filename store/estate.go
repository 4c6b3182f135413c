package store

import (
	"encoding/binary"
	"slices"

	"synap/store/arena"
)

// A big value that has grown large gets an arena of its own, its estate: then a rename to a key of another shard hands the
// arena over, and what removes the value gives it back as a whole. The last eight bytes of the root of every big value are the
// number of its estate among those of its shard, 0 if its blocks lie in the shard's arena.

// estateSize is the length of the number.
const estateSize = 8

// defaultEstate is how many bytes of blocks a value may have in the shard's arena unless Tuning says otherwise. Its blocks move
// once when it has more: this many take 0.1 ms (lists, streams) to 0.8 ms, and as long takes a rename of a value that has just
// not moved. An estate costs some 10 KiB.
const defaultEstate = 256 << 10

// estateLimit is how many bytes of blocks a value may have in the shard's arena.
func (n *Tuning) estateLimit() int64 {
	if n.EstateBytes > 0 {
		return n.EstateBytes
	}
	return defaultEstate
}

func estateOf(root []byte) uint64 { return binary.LittleEndian.Uint64(root[len(root)-estateSize:]) }

func setEstate(root []byte, n uint64) { binary.LittleEndian.PutUint64(root[len(root)-estateSize:], n) }

// estates are the arenas of a shard's large values, numbered from 1.
type estates struct {
	arenas []*arena.Arena // nil: the number is free
	free   []uint64       // numbers
}

func (t *estates) add(a *arena.Arena) (n uint64) {
	if last := len(t.free) - 1; last >= 0 {
		n = t.free[last]
		t.free = t.free[:last]
		t.arenas[n-1] = a
		return n
	}
	t.arenas = append(t.arenas, a)
	return uint64(len(t.arenas))
}

// remove takes an arena out of the table.
func (t *estates) remove(n uint64) *arena.Arena {
	a := t.arenas[n-1]
	t.arenas[n-1] = nil
	if t.free = append(t.free, n); len(t.free) == len(t.arenas) {
		*t = estates{}
	}
	return a
}

// each visits the arenas.
func (t *estates) each(visit func(a *arena.Arena)) {
	for _, a := range t.arenas {
		if a != nil {
			visit(a)
		}
	}
}

// estate is the arena of a number, the shard's if that is 0.
func (m *shardState) estate(n uint64) *arena.Arena {
	if n != 0 {
		return m.estates.arenas[n-1]
	}
	return m.arena
}

// arenaOf is the arena where the blocks of a big value lie.
func (m *shardState) arenaOf(root []byte) *arena.Arena { return m.estate(estateOf(root)) }

// newArena is an arena that counts into what the shard uses.
func (m *shardState) newArena() *arena.Arena {
	a := arena.New(m.pool)
	a.CountIn(&m.used)
	return a
}

// newEstate is newArena for one value.
func (m *shardState) newEstate() (n uint64) {
	a := arena.NewPrivate(m.pool)
	a.CountIn(&m.used)
	return m.estates.add(a)
}

// room is the number of the arena that a new value of so many bytes should begin in.
func (m *shardState) room(bytes int64) (estate uint64) {
	if bytes > m.tuning.Load().estateLimit() {
		return m.newEstate()
	}
	return 0
}

// grown is called when a big value has got more blocks: one that has too many for the shard's arena moves to its own. The root
// stays where it is, and no block does.
func (m *shardState) grown(typ Type, root []byte, bytes int64) {
	if estateOf(root) == 0 && bytes > m.tuning.Load().estateLimit() {
		m.moveBlocks(typ, root, m.newEstate())
	}
}

const (
	leastEstate   = 4  // a value goes back to the shard's arena with this part of what has made it leave
	slackLimits   = 4  // an estate may hold this many times the limit that its value does not use, or as much as it uses
	compactShrunk = 8  // blocks that are looked at for each element that goes while there is more than that
	renewBytes    = 64 // for each of them, at most so many are left of a value that moves to a new estate
)

// shrunk is called when a big value has lost n elements. If little is left of it, it goes back to the shard's arena. If its
// estate holds much more memory than it needs, nobody else can use that: so the blocks are brought together, some with each
// element that goes, or if so many go at once that it takes no longer than that took, all of them in a new estate.
func (m *shardState) shrunk(typ Type, root []byte, n int) {
	if estateOf(root) == 0 {
		return
	}
	a, limit := m.arenaOf(root), m.tuning.Load().estateLimit()
	if used := a.Used(); used >= limit/leastEstate && used/renewBytes < int64(n) && wasteful(a, limit) {
		m.moveBlocks(typ, root, m.newEstate())
		a = m.arenaOf(root) // with less in it: blocks that had room for more have none now
	}
	switch {
	case a.Used() < limit/leastEstate:
		m.moveBlocks(typ, root, 0)
	case wasteful(a, limit):
		v := partsOf(typ)
		v.compact(a, root, m.compactAt, min(n, compactParts)*compactShrunk)
		m.compactAt += 0x9e3779b97f4a7c15 // whose multiples are spread evenly
	}
}

// wasteful reports whether an estate holds much more memory than its value uses.
func wasteful(a *arena.Arena, limit int64) bool {
	used := a.Used()
	return (a.Resident()-used)/slackLimits > max(used/slackLimits, limit)
}

// moveBlocks moves a big value to another arena of the shard.
func (m *shardState) moveBlocks(typ Type, root []byte, estate uint64) {
	old := bigValue{typ, slices.Clone(root), m.arenaOf(root)}
	old.parts().clone(m, old.a, old.root, m.estate(estate), root)
	setEstate(root, estate)
	m.discard(old)
}

// discard frees the blocks of a value that are of no use any more, now or later, without counting that. Its root is a copy
// outside the arena.
func (m *shardState) discard(v bigValue) {
	if n := estateOf(v.root); n != 0 {
		m.retireEstate(n, 0)
	} else if !v.parts().free(v.a, v.root, freeAtOnce) {
		m.abandon(v, 0)
	}
}

// retireEstate gives up an estate with all that is in it. entries is what that counts for once the memory is given back.
func (m *shardState) retireEstate(n uint64, entries int) {
	a := m.estates.remove(n)
	for _, o := range m.takeOrphans(a) {
		m.owed -= o.bytes()
		entries += o.entries
	}
	m.owed += a.Used()
	m.retired = append(m.retired, retired{a, entries, true})
}

// cede hands an estate over to another shard, and returns its number there.
func (m *shardState) cede(n uint64, to *shardState) uint64 {
	a := m.estates.remove(n)
	a.CountIn(&to.used)
	m.reported.used -= a.Used() // the store's total does not change, and neither shard has allocated or freed anything
	to.reported.used += a.Used()
	for _, o := range m.takeOrphans(a) {
		bytes := o.bytes()
		m.owed -= bytes
		to.owed += bytes
		to.orphans = append(to.orphans, o)
		to.strays++
	}
	return to.estates.add(a)
}

// takeOrphans takes out of the list what lies in an estate.
func (m *shardState) takeOrphans(a *arena.Arena) (taken []orphan) {
	if m.strays == 0 {
		return nil
	}
	m.orphans = slices.DeleteFunc(m.orphans, func(o orphan) bool {
		if o.a != a {
			return false
		}
		taken = append(taken, o)
		return true
	})
	m.strays -= len(taken)
	return taken
}
