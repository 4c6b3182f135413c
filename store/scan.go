package store

import "synap/store/arena"

// shardBits is how many low bits of a SCAN cursor number the shard; the rest is the position in its table.
const shardBits = 6

// withShard runs f with one shard locked. The transaction holds all shards or none: with some of them, locking others
// would break the order of locks.
func (t *Txn) withShard(i int, f func(m *shardState)) {
	t.inShard(i, func(_ *Txn, m *shardState) { f(m) })
}

// inShard is withShard for what may change the shard, in the transaction that f gets.
func (t *Txn) inShard(i int, f func(in *Txn, m *shardState)) {
	if t.mask&(1<<i) != 0 {
		t.ref.valid = false // going through a table may move its slots
		f(t, &t.s.shards[i].mu.shardState)
		return
	}
	if checked && t.mask != 0 {
		panic("store: shard locked out of order")
	}
	if t.inner == nil {
		t.inner = new(Txn)
	}
	own := t.inner
	own.Origin = t.Origin
	t.s.Begin(own, 1<<i, t.db, t.now)
	defer own.End()
	f(own, &t.s.shards[i].mu.shardState)
}

// eachShard runs f on every shard, one after the other.
func (t *Txn) eachShard(f func(m *shardState)) {
	for i := range Shards {
		t.withShard(i, f)
	}
}

// Scan visits the live entries of the current database from cursor on, bucket by bucket, until at least count have
// been visited, and returns the cursor to go on with, 0 at the end. An entry that is there from the first call to the
// last is visited at least once, however the tables grow and shrink in between. The shards are locked one at a time.
// Expired entries that it meets are removed.
func (t *Txn) Scan(cursor uint64, count int64, visit func(e Entry)) (next uint64) {
	shard, pos := int(cursor&(Shards-1)), cursor>>shardBits
	seen, buckets := int64(0), int64(0)
	count = max(count, 1)
	maxBuckets := count
	if maxBuckets <= 1<<40 {
		maxBuckets *= 10 // a sparse table must not hold the caller up for long
	}
	for shard < Shards {
		t.inShard(shard, func(in *Txn, m *shardState) {
			sp := m.at(t.db)
			if sp == nil || sp.table.Len() == 0 {
				pos = 0
				return
			}
			for seen < count && buckets < maxBuckets {
				var gone [][]byte
				pos = sp.table.Scan(m.arena, pos, func(h arena.Handle) {
					if e := m.entry(h); e.expired(t.now) {
						gone = append(gone, append([]byte(nil), e.Key()...))
					} else {
						seen++
						visit(e)
					}
				})
				for _, key := range gone {
					in.find(key)
				}
				if buckets++; pos == 0 {
					return
				}
			}
		})
		if pos != 0 {
			return pos<<shardBits | uint64(shard)
		}
		if shard++; seen >= count || buckets >= maxBuckets {
			break
		}
	}
	if shard == Shards {
		return 0
	}
	return uint64(shard)
}

// Each visits all live entries of the current database, shard by shard. visit must not change the store.
func (t *Txn) Each(visit func(e Entry)) {
	t.eachShard(func(m *shardState) {
		if sp := m.at(t.db); sp != nil {
			m.each(sp, func(e Entry) {
				if !e.expired(t.now) {
					visit(e)
				}
			})
		}
	})
}

func (m *shardState) each(sp *space, visit func(e Entry)) {
	for pos := uint64(0); ; {
		pos = sp.table.Scan(m.arena, pos, func(h arena.Handle) { visit(m.entry(h)) })
		if pos == 0 {
			return
		}
	}
}

func (m *shardState) len(db int) int {
	if sp := m.at(db); sp != nil {
		return sp.table.Len()
	}
	return 0
}
