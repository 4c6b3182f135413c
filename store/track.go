package store

// Tracker is told of changes of keys that clients may hold copies of (client-side caching). It is called where the change
// happens, with the key's shard locked: it must not block and must copy the key if it keeps it.
type Tracker interface {
	// Invalidate says that key is not what the clients have read any more. They are tracked no longer: each is told once,
	// until it reads the key again.
	Invalidate(t *Txn, key []byte, clients []int64)
	// Broadcast says that key has changed while broadcasts are on. asked is false if nobody asked for the change: the key
	// had expired.
	Broadcast(t *Txn, key []byte, asked bool)
	// Flushed says that a database was emptied, and that no key at all is tracked any more. All shards are locked.
	Flushed(t *Txn)
}

// readers are the clients that have read a key since it changed last, by their IDs.
type readers struct {
	ids   []int64
	index map[int64]struct{} // of ids, once there are many
}

// readersScanned is how many readers are searched one by one.
const readersScanned = 8

// add reports whether the client was not there yet.
func (r *readers) add(client int64) bool {
	if r.index != nil {
		if _, known := r.index[client]; known {
			return false
		}
		r.index[client] = struct{}{}
	} else {
		for _, id := range r.ids {
			if id == client {
				return false
			}
		}
		if len(r.ids) == readersScanned {
			r.index = make(map[int64]struct{}, 4*readersScanned)
			for _, id := range r.ids {
				r.index[id] = struct{}{}
			}
			r.index[client] = struct{}{}
		}
	}
	r.ids = append(r.ids, client)
	return true
}

// SetTracker sets who is told of changes. Set it before the first transaction.
func (s *Store) SetTracker(x Tracker) { s.tracker = x }

// BroadcastChanges has the tracker told of every change of a key, or ends that.
func (s *Store) BroadcastChanges(on bool) { s.broadcast.Store(on) }

// Tracked returns how many keys are tracked, and the sum of their readers.
func (s *Store) Tracked() (keys, items int64) { return s.trackedKeys.Load(), s.trackedItems.Load() }

// What a tracked key takes besides its own length, and each of its readers, in bytes.
const (
	trackedKeyBytes  = 128
	trackedItemBytes = 16
)

// TrackedBytes is about the memory that tracking takes. It is on the Go heap and not part of Used.
func (s *Store) TrackedBytes() int64 {
	return s.trackedKeys.Load()*trackedKeyBytes + s.trackedItems.Load()*trackedItemBytes + s.trackedText.Load()
}

// Track remembers that a client has read key: the next change of a key of that name, in whichever database, is told to it.
// The transaction holds the key's shard. A missing key can be tracked as well.
func (t *Txn) Track(key []byte, client int64) {
	m := t.shard(key)
	r := m.tracked[string(key)]
	if r == nil {
		if m.tracked == nil {
			m.tracked = make(map[string]*readers)
		}
		r = new(readers)
		m.tracked[string(key)] = r
		t.s.trackedKeys.Add(1)
		t.s.trackedText.Add(int64(len(key)))
	}
	if r.add(client) {
		t.s.trackedItems.Add(1)
	}
}

// trackChange tells of a change of key, or of its removal just before it.
func (t *Txn) trackChange(m *shardState, key []byte) {
	if t.s.broadcast.Load() {
		t.s.tracker.Broadcast(t, key, !t.expiring)
	}
	t.invalidate(m, key)
}

// invalidate tells the readers of key. Events that went before go before.
func (t *Txn) invalidate(m *shardState, key []byte) {
	r := m.tracked[string(key)]
	if r == nil {
		return
	}
	delete(m.tracked, string(key))
	t.s.trackedKeys.Add(-1)
	t.s.trackedText.Add(-int64(len(key)))
	t.s.trackedItems.Add(-int64(len(r.ids)))
	t.DeliverEvents()
	t.s.tracker.Invalidate(t, key, r.ids)
}

// forgetReaders empties the table of one shard.
func (s *Store) forgetReaders(m *shardState) {
	for key, r := range m.tracked {
		s.trackedItems.Add(-int64(len(r.ids)))
		s.trackedText.Add(-int64(len(key)))
	}
	s.trackedKeys.Add(-int64(len(m.tracked)))
	m.tracked = nil
}

// TrimTracked tells the readers of up to effort arbitrary keys that these have changed, which stops tracking them, until no
// more than limit keys are tracked. It reports whether that is so.
func (s *Store) TrimTracked(limit int64, effort int) bool {
	shard := int(s.rand.Uint64() % Shards)
	for empty := 0; s.trackedKeys.Load() > limit && effort > 0 && empty < Shards; effort-- {
		shard = (shard + 1) % Shards
		for empty = 0; empty < Shards && !s.trimShard(shard); empty++ {
			shard = (shard + 1) % Shards
		}
	}
	return s.trackedKeys.Load() <= limit
}

// trimShard stops tracking one key of a shard, if there is one.
func (s *Store) trimShard(shard int) bool {
	var t Txn
	s.Begin(&t, 1<<shard, 0, 0)
	defer t.End()
	m := &s.shards[shard].mu.shardState
	for key := range m.tracked { // in random order
		t.invalidate(m, []byte(key))
		return true
	}
	return false
}
