package store

import (
	"math"

	"synap/store/arena"
)

// retired is an arena with all that was in it: of a shard that was emptied lazily, or of a removed large value. Nothing refers
// to its blocks, so that it can be given back without a look at them.
type retired struct {
	arena   *arena.Arena
	entries int  // that were in it
	owed    bool // it is counted in shardState.owed; in the list, those that are not come first
}

// drainAtOnce is how much of a retired arena is given back in one step, in bytes.
const drainAtOnce = 256 << 10

// retire gives the shard, which has no keys, a new arena; the old one is drained later, as are the estates.
func (m *shardState) retire() {
	entries := m.pendingReclaim()
	for i := range m.retired {
		entries -= m.retired[i].entries
		m.retired[i].owed = false // it was not this transaction that left it
	}
	m.estates.each(func(a *arena.Arena) { m.retired = append(m.retired, retired{arena: a}) })
	if m.arena.Resident() > 0 { // else flushing again and again would pile up arenas
		m.retired = append(m.retired, retired{arena: m.arena, entries: entries})
		m.arena = m.newArena()
	}
	m.forget()
}

// reset frees all the memory of the shard, which has no keys.
func (m *shardState) reset() {
	m.drainRetired(math.MaxInt)
	m.estates.each((*arena.Arena).Reset)
	m.arena.Reset()
	m.forget()
}

// forget empties the lists of what is to be freed: its memory is, or will be without them.
func (m *shardState) forget() {
	m.estates, m.dropped, m.orphans, m.strays, m.owed = estates{}, nil, nil, 0, 0
}

// backlog is how many things there are for Reclaim to free.
func (m *shardState) backlog() int { return len(m.dropped) + len(m.orphans) + len(m.retired) }

// Flush empties a database, or all of them if db is negative, and returns how many keys went. The transaction holds
// all shards. With lazy set the memory is given back later by Reclaim.
func (t *Txn) Flush(db int, lazy bool) (removed int) {
	t.ref.valid = false
	for i := range t.s.shards {
		m := &t.s.shards[i].mu.shardState
		later, freed := m.pendingReclaim(), m.freed // what is to be freed later, and what was
		t.s.forgetReaders(m)
		for n, sp := range m.spaces {
			if sp == nil || db >= 0 && n != db {
				continue
			}
			if len(m.watched) > 0 {
				m.touchReplaced(t, n, sp, nil)
			}
			if len(m.waited) > 0 {
				t.readyReplaced(m, n, sp, nil)
			}
			removed += sp.table.Len()
			t.resize(n, -sp.table.Len())
			m.spaces[n] = nil
			m.dropped = append(m.dropped, sp)
		}
		switch {
		case m.snap != nil: // which needs the entries yet
		case m.empty() && lazy:
			m.retire()
		case m.empty():
			m.reset()
			m.freed = freed + int64(later)
		case !lazy:
			m.reclaim(1 << 62)
			m.drainRetired(math.MaxInt)
			m.freed = freed + int64(later)
		}
	}
	t.dirty += max(removed, 1)
	if t.s.tracker != nil {
		t.DeliverEvents()
		t.s.tracker.Flushed(t)
	}
	return removed
}

// empty reports whether no database of the shard is in use.
func (m *shardState) empty() bool {
	for _, sp := range m.spaces {
		if sp != nil && sp.table.Len() > 0 {
			return false
		}
	}
	return true
}

// Swap exchanges the contents of two databases. The transaction holds all shards.
func (t *Txn) Swap(a, b int) {
	if a == b {
		return
	}
	t.ref.valid = false
	t.s.sizes[a].Store(nil)
	t.s.sizes[b].Store(nil)
	for i := range t.s.shards {
		m := &t.s.shards[i].mu.shardState
		if m.at(a) == nil && m.at(b) == nil {
			continue
		}
		x, y := m.space(a), m.space(b)
		if len(m.watched) > 0 {
			m.touchReplaced(t, a, x, y)
			m.touchReplaced(t, b, y, x)
		}
		m.spaces[a], m.spaces[b] = y, x
		t.resize(a, y.table.Len()-x.table.Len())
		t.resize(b, x.table.Len()-y.table.Len())
		if x != nil {
			x.db = b
		}
		if y != nil {
			y.db = a
		}
		if len(m.waited) > 0 {
			t.readyReplaced(m, a, x, y)
			t.readyReplaced(m, b, y, x)
		}
	}
	t.dirty++
}

// drainRetired gives about limit bytes of retired arenas back, and reports whether none is left.
func (m *shardState) drainRetired(limit int) (done bool) {
	for last := len(m.retired) - 1; last >= 0; last-- {
		r := m.retired[last]
		held, used := r.arena.Resident(), m.used
		done := r.arena.Drain(limit)
		if r.owed {
			m.owed -= used - m.used
		}
		if !done {
			return false
		}
		limit -= int(held)
		m.freed += int64(r.entries)
		m.retired[last] = retired{}
		m.retired = m.retired[:last]
		if limit <= 0 {
			break
		}
	}
	return len(m.retired) == 0
}

// reclaim frees some n entries of emptied databases or blocks of removed values.
func (m *shardState) reclaim(n int) {
	for n > 0 && len(m.orphans)+len(m.dropped) > 0 {
		n = m.freeOrphans(n)
		n = m.freeDropped(n)
	}
}

// freeDropped frees up to about n entries of emptied databases and returns what is left of n.
func (m *shardState) freeDropped(n int) int {
	freed := 0
	for len(m.dropped) > 0 && freed < n && len(m.orphans) == 0 {
		last := len(m.dropped) - 1
		sp := m.dropped[last]
		empty := sp.table.Drain(m.arena, n-freed, func(h arena.Handle) {
			freed++
			m.freed++
			if m.snap != nil {
				m.snap.save(m, sp, m.entry(h))
			}
			if !m.release(m.entry(h)) {
				m.freed-- // it counts when its last block goes
			}
			m.arena.Free(h)
		})
		if empty {
			m.dropped[last] = nil
			m.dropped = m.dropped[:last]
		}
	}
	return n - freed
}

// unmapStep is how much of a freed large block is given back to the system at once, in bytes: it takes some 50 µs.
const unmapStep = 256 << 10

// Reclaim frees a slice of what lazy flushes left, some 50 µs of work, and reports whether it found any. It is for background
// work.
func (s *Store) Reclaim() (more bool) { return s.pool.Unmap(unmapStep) || s.reclaimUsed() }

// reclaimUsed is Reclaim for what counts as used: what only waits to be unmapped does not. The background work and eviction may
// call it at the same time.
func (s *Store) reclaimUsed() (more bool) {
	const slice = 256
	for range Shards {
		m := &s.shards[s.reclaimAt.Add(1)%Shards].mu
		m.Lock()
		if more = m.backlog() > 0; more {
			if m.drainRetired(drainAtOnce) {
				m.reclaim(slice)
			}
			s.report(&m.shardState)
		}
		m.Unlock()
		if more {
			return true
		}
	}
	return false
}

// Reclaimed is the number of entries that were left for later when they were removed and have been freed since.
func (t *Txn) Reclaimed() (n int64) {
	t.eachShard(func(m *shardState) { n += m.freed })
	return n
}
