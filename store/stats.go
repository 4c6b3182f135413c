package store

import (
	"synap/store/arena"
	"synap/store/dict"
)

// SpaceStats describes one database.
type SpaceStats struct {
	DB         int
	Keys       int
	Expires    int
	AvgTTL     int64 // milliseconds
	TableBytes int64
	Buckets    int
}

// Stats sums the counters of all shards.
func (t *Txn) Stats() (sum ShardStats) {
	t.eachShard(func(m *shardState) {
		sum.Hits += m.stats.Hits
		sum.Misses += m.stats.Misses
		sum.Expired += m.stats.Expired
		sum.Evicted += m.stats.Evicted
	})
	return sum
}

// ResetStats clears the counters (CONFIG RESETSTAT).
func (t *Txn) ResetStats() {
	t.eachShard(func(m *shardState) { m.stats, m.freed = ShardStats{}, 0 })
	t.s.expiry.reset()
}

// SpaceStats returns the figures of every database that has keys, in ascending order.
func (t *Txn) SpaceStats() []SpaceStats {
	all := make([]SpaceStats, t.s.dbs)
	sums := make([]expirySum, t.s.dbs)
	t.eachShard(func(m *shardState) {
		for db, sp := range m.spaces {
			if sp != nil {
				all[db].Keys += sp.table.Len()
				all[db].Expires += sp.expires
				all[db].TableBytes += sp.table.Bytes()
				all[db].Buckets += sp.table.Buckets()
				sums[db].merge(sp.expirySum)
			}
		}
	})
	out := all[:0]
	for db, st := range all {
		if st.Keys == 0 {
			continue
		}
		st.DB = db
		if st.Expires > 0 {
			st.AvgTTL = max(sums[db].average(st.Expires)-t.now, 0)
		}
		out = append(out, st)
	}
	return out
}

// Watched is the number of keys that are watched by some client.
func (t *Txn) Watched() (n int) {
	t.eachShard(func(m *shardState) { n += len(m.watched) })
	return n
}

// Awaited is the number of keys that blocked clients wait for, and of those among them whose end some wait for, too.
func (t *Txn) Awaited() (keys, gone int) {
	t.eachShard(func(m *shardState) {
		keys += len(m.waited)
		for _, q := range m.waited {
			if q.gone > 0 {
				gone++
			}
		}
	})
	return keys, gone
}

// PendingReclaim is the number of entries of emptied databases, and of removed big values, still to be freed.
func (t *Txn) PendingReclaim() (n int) {
	t.eachShard(func(m *shardState) { n += m.pendingReclaim() })
	return n
}

func (m *shardState) pendingReclaim() int {
	n := 0
	for _, o := range m.orphans {
		n += o.entries
	}
	for _, sp := range m.dropped {
		n += sp.table.Len()
	}
	for _, r := range m.retired {
		n += r.entries
	}
	return n
}

// PendingBytes is the memory of what PendingReclaim counts. Of emptied databases whose shards hold other keys it is not known
// exactly: their keys are taken for average ones.
func (t *Txn) PendingBytes() (n int64) {
	t.eachShard(func(m *shardState) {
		gone := m.owed
		for _, r := range m.retired {
			if !r.owed {
				gone += r.arena.Used()
			}
		}
		n += gone
		var live, dropped int64
		for _, sp := range m.spaces {
			if sp != nil {
				live += int64(sp.table.Len())
			}
		}
		for _, sp := range m.dropped {
			dropped += int64(sp.table.Len())
		}
		if dropped > 0 {
			n += int64(float64(m.used-gone) * float64(dropped) / float64(live+dropped))
		}
	})
	return n
}

// Resident is the memory held for data in bytes, live or not.
func (s *Store) Resident() int64 { return s.pool.Resident() }

// Trim gives unused memory back to the operating system. Shards that are in use at the moment keep theirs.
func (s *Store) Trim() {
	for i := range s.shards {
		if m := &s.shards[i].mu; m.TryLock() {
			m.arena.Trim()
			m.estates.each((*arena.Arena).Trim)
			m.Unlock()
		}
	}
	s.pool.Trim()
}

// MemoryUsage is what the key costs in bytes: its block and its share of the table.
func (t *Txn) MemoryUsage(e Entry) int64 {
	const slot = 8
	return e.Footprint() + slot
}

// TableOf describes the table of a big set, sorted set or hash; ok is false if the value has none.
func (e Entry) TableOf() (st SpaceStats, ok bool) {
	var t *dict.Table
	switch {
	case !e.Exists() || !e.big():
		return st, false
	case e.Type() == Set:
		t = e.Set().table()
	case e.Type() == SortedSet:
		t = &sortedRootOf(e.payload()).table
	case e.Type() == Hash:
		t = &hashRootOf(e.payload()).table
	default:
		return st, false
	}
	return SpaceStats{Keys: t.Len(), TableBytes: t.Bytes(), Buckets: t.Buckets()}, true
}
