package store

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"synap/store/arena"
)

// evictor finds keys to give up when memory is short. Like Redis it samples a few entries at random and keeps the best
// candidates seen so far in a small pool, which comes close to true LRU or LFU order without any list
// (https://redis.io/docs/latest/develop/reference/eviction/).
type evictor struct {
	mu struct {
		sync.Mutex
		pool   []candidate // ascending score: the last one goes first
		policy Policy      // by which the pool is scored
	}
}

// candidate is an entry that might be evicted. It is named by its key: by its turn it may have changed or gone.
type candidate struct {
	score uint64
	db    int
	key   string
}

const (
	evictionPool     = 16
	evictionPatience = 64 // fruitless rounds of sampling before giving up
)

// Evict removes keys by the policy until the store uses at most limit bytes, nothing is left to evict, or done says to
// stop. What emptied databases and removed big values left goes before any key does, and so does the rest of each big
// value that is evicted: else all other keys would follow before its memory has come back. It returns how many keys went
// and whether the limit is kept. The caller has no transaction open.
func (s *Store) Evict(limit int64, now int64, done func() bool) (evicted int, kept bool) {
	ev := &s.evictor
	ev.mu.Lock()
	defer ev.mu.Unlock()
	if p := s.Policy(); p != ev.mu.policy {
		ev.mu.policy, ev.mu.pool = p, nil // scores of different policies do not compare
	}
	for s.Used() > limit {
		if s.pending.Load() == 0 || !s.reclaimUsed() {
			if s.frozen.Load() || s.Policy() == NoEviction || !s.evictOneLocked(now) {
				break
			}
			evicted++
		}
		if done() {
			break
		}
	}
	return evicted, s.Used() <= limit
}

// evictOneLocked removes one key and reports whether there was one. Candidates of the pool may have gone in the
// meantime, so it samples again when all turn out to be stale.
func (s *Store) evictOneLocked(now int64) bool {
	ev := &s.evictor
	for range evictionPatience {
		if !s.samplePoolLocked(now) && len(ev.mu.pool) == 0 {
			return false
		}
		for n := len(ev.mu.pool); n > 0; n = len(ev.mu.pool) {
			c := ev.mu.pool[n-1]
			ev.mu.pool = ev.mu.pool[:n-1]
			if s.evictKey(c, now) {
				return true
			}
		}
	}
	return false
}

// evictKey removes a candidate if it is still there (and, under a volatile policy, still expires).
func (s *Store) evictKey(c candidate, now int64) bool {
	var t Txn
	key := []byte(c.key)
	s.Begin(&t, MaskOf(key), c.db, now)
	defer t.End()
	r := t.locate(key)
	if r.h == 0 || s.Policy().volatile() && !r.entry().hasExpiry() {
		return false
	}
	r.m.stats.Evicted++
	t.recordDel(c.db, key)
	t.drop(r, r.entry())
	t.notifyIn(c.db, EventEvicted, "evicted", key)
	return true
}

// samplePoolLocked offers random entries of one random shard to the pool, of every database that has eligible ones, and
// reports whether there were any in the whole keyspace. Keys spread evenly over the shards, so that a random shard's
// entries are as good as random entries of all, at the price of a single lock.
func (s *Store) samplePoolLocked(now int64) bool {
	samples := s.tuning.Load().Samples
	if p := s.Policy(); p == AllKeysRandom || p == VolatileRandom {
		samples = 1
	}
	first := int(s.rand.Uint64() % Shards)
	for i := range Shards {
		if s.sampleShardLocked((first+i)%Shards, samples, now) {
			return true
		}
	}
	return false
}

// sampleShardLocked offers up to n random eligible entries of each database of one shard.
func (s *Store) sampleShardLocked(shard, n int, now int64) (any bool) {
	m := &s.shards[shard].mu
	m.Lock()
	defer m.Unlock()
	offer := func(sp *space, e Entry) { s.offerLocked(s.candidate(sp.db, e, now)) }
	for _, sp := range m.spaces {
		switch {
		case sp == nil || sp.table.Len() == 0:
		case !s.Policy().volatile():
			any = true
			for range n {
				h := sp.table.Random(m.arena, s.rand)
				offer(sp, m.entry(h))
			}
		case sp.expires > 0:
			any = true
			m.sampleExpiring(sp, n, s.rand, func(e Entry) { offer(sp, e) })
		}
	}
	return any
}

// sampleExpiring visits about n entries that have an expiry, from random groups of the table.
func (m *shardState) sampleExpiring(sp *space, n int, rng rand.Source, visit func(Entry)) {
	for tries := 0; n > 0 && tries < 4*n; tries++ {
		g, ok := sp.table.RandomExpiring(rng)
		if !ok {
			return
		}
		skip := int(rng.Uint64() % 8)
		sp.table.EachInGroup(m.arena, g, func(h arena.Handle) {
			e := m.entry(h)
			if !e.hasExpiry() || n == 0 {
				return
			}
			if skip > 0 && sp.expires > 8 {
				skip--
				return
			}
			n--
			visit(e)
		})
	}
}

// candidate scores an entry: the higher, the sooner it goes.
func (s *Store) candidate(db int, e Entry, now int64) candidate {
	c := candidate{db: db, key: string(e.Key())}
	switch tn := s.tuning.Load(); {
	case tn.Policy == AllKeysRandom || tn.Policy == VolatileRandom:
		c.score = s.rand.Uint64()
	case tn.Policy.lfu():
		c.score = 255 - uint64(tn.decayed(e.history(), now))
	case tn.Policy == VolatileTTL:
		c.score = math.MaxUint64 - uint64(max(e.ExpireAt(), 0))
	default:
		c.score = uint64(idleSeconds(e.history(), now))
	}
	return c
}

// offerLocked puts a candidate into the pool if there is room or it is better than the worst.
func (s *Store) offerLocked(c candidate) {
	pool := s.evictor.mu.pool
	for _, p := range pool {
		if p.db == c.db && p.key == c.key {
			return
		}
	}
	if len(pool) == evictionPool {
		if c.score <= pool[0].score {
			return
		}
		pool = slices.Delete(pool, 0, 1)
	}
	at, _ := slices.BinarySearchFunc(pool, c, func(a, b candidate) int { return cmp.Compare(a.score, b.score) })
	s.evictor.mu.pool = slices.Insert(pool, at, c)
}
