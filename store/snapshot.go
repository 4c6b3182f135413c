package store

import (
	"errors"
	"sync"

	"synap/store/arena"
)

// SnapshotSink receives the entries of a snapshot, in no particular order, each exactly once. It is called with a
// shard locked: it must copy what it keeps and must not block. e is valid during the call.
type SnapshotSink interface {
	Save(db int, e Entry)
}

// Snapshot is a point-in-time iteration over the whole keyspace that goes on beside writers, without copying the
// process. Its moment is its creation: every entry carries an epoch mark, and creating a snapshot makes all existing
// marks old at once. Whoever changes or removes an entry with an old mark hands it over first; what is written carries
// the new mark. So an entry with an old mark still is as it was, and Step saves those that nobody touched.
//
// The rejected alternative, a version number per entry, costs eight bytes a key for ever to serve a process that runs
// minutes a day.
type Snapshot struct {
	s     *Store
	sink  SnapshotSink
	shard int
	parts [Shards][]*space // the tables at the beginning
	part  int
	pos   uint64
}

// noDB is the savedAs of a database's part that is not in the snapshot.
const noDB = -1

// snapshotState allows one snapshot at a time.
type snapshotState struct {
	mu struct {
		sync.Mutex
		running bool
	}
}

// ErrSnapshotRunning says that a snapshot is under way.
var ErrSnapshotRunning = errors.New("a snapshot is already running")

// NewSnapshot fixes the moment of a snapshot; seen is called at that moment with all shards locked (to note the
// sequence number of the effect stream). The caller must call Step until it reports the end, also to give up: an
// aborted snapshot goes on with sink set to nil (see Abort).
func (s *Store) NewSnapshot(sink SnapshotSink, seen func()) (*Snapshot, error) {
	s.snapshot.mu.Lock()
	defer s.snapshot.mu.Unlock()
	if s.snapshot.mu.running {
		return nil, ErrSnapshotRunning
	}
	s.snapshot.mu.running = true
	n := &Snapshot{s: s, sink: sink}
	s.lock(AllShards)
	for i := range s.shards {
		m := &s.shards[i].mu
		m.epoch ^= flagEpoch
		m.snap = n
		for _, sp := range m.spaces {
			if sp != nil && sp.table.Len() > 0 {
				sp.savedAs = sp.db
				n.parts[i] = append(n.parts[i], sp)
			}
		}
		for _, sp := range m.dropped {
			sp.savedAs = noDB // emptied before: its entries are no data any more, only memory to be freed
		}
	}
	if seen != nil {
		seen()
	}
	s.unlock(AllShards)
	return n, nil
}

// Abort stops saving. Step must still be called to the end: it renews the marks.
func (n *Snapshot) Abort() {
	n.s.lock(AllShards)
	n.sink = nil
	n.s.unlock(AllShards)
}

// Step saves the untouched entries of up to buckets buckets and reports whether more are left. Calls must not overlap.
func (n *Snapshot) Step(buckets int) (more bool) {
	if n.shard == Shards {
		return false
	}
	m := &n.s.shards[n.shard].mu
	m.Lock()
	defer m.Unlock()
	defer n.s.report(&m.shardState)
	for ; buckets > 0 && n.part < len(n.parts[n.shard]); buckets-- {
		sp := n.parts[n.shard][n.part]
		if n.pos = sp.table.Scan(m.arena, n.pos, func(h arena.Handle) { n.save(&m.shardState, sp, m.entry(h)) }); n.pos == 0 {
			n.part++
		}
	}
	if n.part < len(n.parts[n.shard]) {
		return true
	}
	m.snap, n.parts[n.shard] = nil, nil
	if n.shard, n.part = n.shard+1, 0; n.shard < Shards {
		return true
	}
	n.s.snapshot.mu.Lock()
	n.s.snapshot.mu.running = false
	n.s.snapshot.mu.Unlock()
	return false
}

// save hands an entry over unless that was done before.
func (n *Snapshot) save(m *shardState, sp *space, e Entry) {
	if e.flags()&flagEpoch == m.epoch {
		return
	}
	*e.at(1) ^= flagEpoch
	if n.sink != nil && sp.savedAs != noDB {
		n.sink.Save(sp.savedAs, e)
	}
}

// preserve hands the entry that r found to the running snapshot before it changes.
func (t *Txn) preserve(r *ref, e Entry) {
	if r.m.snap != nil && e.Exists() {
		r.m.snap.save(r.m, r.sp, e)
	}
}
