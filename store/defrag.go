package store

import (
	"sync/atomic"

	"synap/store/arena"
)

// defragmenter moves entries and table blocks off sparse arena pages, so that these can be given back. It is possible
// because every block has exactly one owner, the table slot.
type defragmenter struct {
	shard, db int
	pos       uint64
	moved     atomic.Int64
}

// compactParts is how many blocks of a big value are looked at in one visit, from a random place: enough visits get to all.
const compactParts = 64

// Defragment goes on where the last call stopped, through about buckets buckets, and reports whether a whole pass over
// the keyspace ended. Calls must not overlap.
func (s *Store) Defragment(buckets int) (done bool) {
	d := &s.defrag
	m := &s.shards[d.shard].mu
	m.Lock()
	defer m.Unlock()
	defer s.report(&m.shardState)
	for ; d.db < len(m.spaces); d.db++ {
		sp := m.at(d.db)
		if sp == nil || sp.table.Len() == 0 {
			d.pos = 0
			continue
		}
		for {
			if buckets--; buckets < 0 {
				return false
			}
			d.pos = sp.table.MoveSparse(m.arena, d.pos, func(old arena.Handle) arena.Handle {
				if e := m.entry(old); e.big() {
					d.moved.Add(int64(e.parts().compact(e.arena(), e.payload(), s.rand.Uint64(), compactParts)))
				}
				if !m.arena.Sparse(old) {
					return old
				}
				d.moved.Add(1)
				n := m.entry(old).size()
				h := m.arena.Alloc(n)
				copy(m.arena.Bytes(h, n), m.arena.Bytes(old, n))
				m.arena.Free(old)
				return h
			})
			if d.pos == 0 {
				break
			}
		}
	}
	d.db = 0
	d.shard = (d.shard + 1) % Shards
	return d.shard == 0
}

// Moved is the number of entries moved by Defragment.
func (s *Store) Moved() int64 { return s.defrag.moved.Load() }
