package store

import "synap/store/stream"

// Log is a view of the stream at a key: the opened stream and what the keyspace has to know of its changes. A change of
// it is Edit (or Create), changes through the methods and fields of stream.Stream, then Save, then Changed or Altered.
type Log struct {
	cell
	stream.Stream
}

// Log opens the stream at key. The caller has checked the type; of a missing key the view is for Exists and Create only.
func (t *Txn) Log(key []byte) (l Log) {
	l.cell = cell{t, key}
	if e := l.entry(); e.Exists() {
		l.Stream = e.Log()
	}
	return l
}

// Log opens the entry's stream for reading.
func (e Entry) Log() stream.Stream { return stream.Open(e.m.arena, e.payload()) }

// Key is the key.
func (l *Log) Key() []byte { return l.key }

// Create makes the key with an empty stream; whatever was there is replaced.
func (l *Log) Create() {
	root := l.create(Stream, EncStream, stream.RootSize)
	clear(root)
	l.Stream = stream.Open(l.t.find(l.key).m.arena, root)
}

// Edit comes before the first change.
func (l *Log) Edit() { l.edit() }

// Save keeps the changes.
func (l *Log) Save() { l.Stream.Save(l.entry().payload()) }

// Append adds an entry of fields and values in turn, within the limits of blocks in force. The ID is after the stream's
// last, and stream.Fits has been asked.
func (l *Log) Append(id stream.ID, pairs [][]byte) {
	tuning := l.t.s.tuning.Load()
	l.Stream.Append(id, pairs, stream.Limits{Bytes: tuning.StreamNodeMaxBytes, Entries: tuning.StreamNodeMaxEntries})
}

// Changed counts n changes and tells watchers and waiting clients.
func (l *Log) Changed(n int) {
	l.changed()
	l.t.dirty += n - 1
}

// Altered counts n changes that are none to those who watch the key or wait for it: what groups keep, and settings.
func (l *Log) Altered(n int) { l.t.dirty += n }

// Destroy removes a group and tells waiting clients, whose group it may be. A large one is freed a little later.
func (l *Log) Destroy(g stream.Group) {
	rest := l.Stream.Destroy(g)
	m := l.t.find(l.key).m
	if !rest.Free(freeAtOnce) {
		root := make([]byte, stream.RootSize)
		rest.Save(root)
		m.abandon(Stream, root)
	}
	if len(m.waited) > 0 {
		l.t.noteReady(m, l.t.db, l.key, false)
	}
}

// TrimLimit is the number of entries that approximate trimming removes at most unless told otherwise.
func (t *Txn) TrimLimit() uint64 {
	const blocks, unlimited, most = 100, 10_000, 1_000_000
	n := blocks * int64(t.s.tuning.Load().StreamNodeMaxEntries) // may overflow, as it does in Redis
	if n <= 0 {
		return unlimited
	}
	return uint64(min(n, most))
}

// streamParts are the operations of the keyspace on streams.
var streamParts = parts{
	free: func(m *shardState, root []byte, limit int) (done bool) {
		s := stream.Open(m.arena, root)
		done = s.Free(limit)
		s.Save(root)
		return done
	},
	clone: func(m *shardState, root []byte, to *shardState, dst []byte) {
		s := stream.Open(m.arena, root)
		c := s.Clone(to.arena)
		c.Save(dst)
	},
	compact: func(m *shardState, root []byte, at uint64, limit int) (moved int) {
		s := stream.Open(m.arena, root)
		moved = s.Compact(at, limit)
		s.Save(root)
		return moved
	},
	bytes: func(m *shardState, root []byte) int64 {
		s := stream.Open(m.arena, root)
		return s.Bytes()
	},
}
