package store

import (
	"math/bits"
	"sort"
)

// shardSizes is how many keys of a database each shard had when they were counted.
type shardSizes struct {
	ends    [Shards]uint64 // of the shards up to this one
	changes uint64         // of the database's number of keys until then
}

func (s *shardSizes) total() uint64 { return s.ends[Shards-1] }

// sizesAge is the part of the keys, one in so many, that may have come and gone since the shards were counted.
const sizesAge = 64

// goodFor reports whether the sizes are near enough to those of a database of n keys after so many changes.
func (s *shardSizes) goodFor(n int, changes uint64) bool {
	limit := uint64(n / sizesAge)
	since := (changes - s.changes) & changesMask
	return since <= limit && s.total() <= uint64(n)+limit && uint64(n) <= s.total()+limit
}

// shardSizes returns the sizes of the current database's shards, nil if it has no keys. To count them takes a lock for each; so
// what was counted is kept until it is too old, if the transaction has not made its own changes to it.
func (t *Txn) shardSizes() *shardSizes {
	n, changes := t.Len(t.db), uint64(t.s.keys[t.db].Load())>>keysBits
	if n == 0 {
		return nil
	}
	kept := &t.s.sizes[t.db]
	if s := kept.Load(); s != nil && len(t.resized) == 0 && s.goodFor(n, changes) {
		return s
	}
	s, sum := &shardSizes{changes: changes}, uint64(0)
	for i := range Shards {
		t.withShard(i, func(m *shardState) { sum += uint64(m.len(t.db)) })
		s.ends[i] = sum
	}
	if sum == 0 {
		return nil // they have gone meanwhile
	}
	if len(t.resized) == 0 {
		kept.Store(s)
	}
	return s
}

// RandomKey returns a random live key of the current database, each about equally likely: as far as the shards' sizes have not
// changed since they were counted. The transaction holds all shards or none. The key is a copy, valid until the next call.
// Expired keys that it meets are removed; where they must stay in place and are so many that a random pick keeps hitting
// them, it looks at all keys once.
func (t *Txn) RandomKey() ([]byte, bool) {
	const patience = 100
	if cap(t.picked) > roomKept {
		t.picked = nil
	}
	for try := 0; try < patience; {
		sizes := t.shardSizes()
		if sizes == nil {
			return nil, false
		}
		rank, _ := bits.Mul64(t.s.rand.Uint64(), sizes.total())
		shard := sort.Search(Shards, func(i int) bool { return sizes.ends[i] > rank })
		found, removed := t.randomIn(shard)
		if found {
			return t.picked, true
		}
		if !removed {
			try++
		}
	}
	return t.randomLive()
}

// randomIn picks an entry of the shard. If that lives its key is picked, else it is removed, unless it must stay.
func (t *Txn) randomIn(shard int) (found, removed bool) {
	t.inShard(shard, func(in *Txn, m *shardState) {
		sp := m.at(t.db)
		if sp == nil || sp.table.Len() == 0 {
			return // empty by now
		}
		switch e := m.entry(sp.table.Random(m.arena, t.s.rand)); {
		case !e.expired(t.now):
			t.picked, found = append(t.picked[:0], e.Key()...), true
		case !t.s.frozen.Load():
			in.removeExpired(sp, e)
			removed = true
		}
	})
	return found, removed
}

// randomLive picks a live key while it visits all (reservoir sampling).
func (t *Txn) randomLive() (key []byte, ok bool) {
	live := uint64(0)
	t.Each(func(e Entry) {
		live++
		if pick, _ := bits.Mul64(t.s.rand.Uint64(), live); pick == 0 {
			t.picked = append(t.picked[:0], e.Key()...)
		}
	})
	return t.picked, live > 0
}

// removeExpired removes an entry that was found past its time without searching for its key.
func (t *Txn) removeExpired(sp *space, e Entry) {
	home := t.db
	t.db, t.ref.valid = sp.db, false
	t.expire(t.locate(e.Key()))
	t.db = home
}
