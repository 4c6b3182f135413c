package store

import (
	"bytes"

	"synap/store/arena"
	"synap/store/stream"
)

// streamSize is the length of a stream's payload: its root, and the number of its estate.
const streamSize = stream.RootSize + estateSize

// StreamFits reports whether a stream can be stored under key. Commands check it before they create one.
func StreamFits(key []byte) bool { return Fits(key, int64(streamSize)) }

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
func (e Entry) Log() stream.Stream { return stream.Open(e.arena(), e.payload()) }

// Key is the key.
func (l *Log) Key() []byte { return l.key }

// Create makes the key with an empty stream; whatever was there is replaced.
func (l *Log) Create() {
	root := l.create(Stream, EncStream, streamSize)
	clear(root)
	l.Stream = stream.Open(l.t.find(l.key).m.arena, root)
}

// Edit comes before the first change.
func (l *Log) Edit() { l.edit() }

// Save keeps the changes.
func (l *Log) Save() { l.Stream.Save(l.entry().payload()) }

// Append adds an entry of fields and values in turn, within the limits of blocks in force. The ID is after the stream's
// last, and stream.Fits has been asked. Groups opened before are of no use afterwards.
func (l *Log) Append(id stream.ID, pairs [][]byte) {
	tuning := l.t.s.tuning.Load()
	if l.EntryBytes() > tuning.estateLimit() {
		l.leave()
	}
	l.Stream.Append(id, pairs, stream.Limits{Bytes: tuning.StreamNodeMaxBytes, Entries: tuning.StreamNodeMaxEntries})
}

// leave moves the blocks out of the shard's arena, if they lie there.
func (l *Log) leave() {
	r := l.t.find(l.key)
	root := r.entry().payload()
	if estateOf(root) != 0 {
		return
	}
	l.Stream.Save(root)
	r.m.grown(Stream, root, l.EntryBytes()) // to add what groups keep takes time, and it is too much already
	l.Stream = r.entry().Log()
}

// Changed counts n changes and tells watchers and waiting clients.
func (l *Log) Changed(n int) {
	l.changed()
	l.Altered(n - 1)
}

// Altered counts n changes that are none to those who watch the key or wait for it: what groups keep, and settings.
func (l *Log) Altered(n int) {
	l.t.dirty += n
	// Whoever has changed the stream has looked for its key, most often just before.
	if r := &l.t.ref; r.live && r.found(l.t.db, l.key) && r.m.misplaced(r.entry(), &l.Stream) {
		l.t.settleLater(r.entry().Key())
	}
}

// misplaced reports whether the blocks of a stream should move at the end of the transaction: until then groups that are open
// may refer to them. A stream of very many groups is looked at now and then.
func (m *shardState) misplaced(e Entry, s *stream.Stream) bool {
	const few = 8
	limit := m.tuning.Load().estateLimit()
	if n := estateOf(e.payload()); n != 0 {
		a := m.estate(n)
		return a.Used() < limit/leastEstate || wasteful(a, limit)
	}
	if n := s.Groups(); n > few {
		if m.groupTurn++; m.groupTurn%uint64(n) != 0 {
			return false
		}
	}
	return s.Bytes() > limit
}

// unsettled names a stream whose blocks are to be moved.
type unsettled struct {
	db  int
	key []byte
}

// settleLater has a stream's blocks moved at the end of the transaction.
func (t *Txn) settleLater(key []byte) {
	if n := len(t.unsettled); n > 0 && t.unsettled[n-1].db == t.db && bytes.Equal(t.unsettled[n-1].key, key) {
		return
	}
	t.unsettled = append(t.unsettled, unsettled{t.db, bytes.Clone(key)})
}

// settleStreams does what settleLater has put off.
func (t *Txn) settleStreams() {
	home := t.db
	for _, u := range t.unsettled {
		t.db = u.db
		if r := t.locate(u.key); r.live && r.entry().Type() == Stream {
			if e := r.entry(); estateOf(e.payload()) == 0 {
				s := e.Log()
				r.m.grown(Stream, e.payload(), s.Bytes())
			} else {
				r.m.shrunk(Stream, e.payload(), 1)
			}
		}
	}
	t.db, t.unsettled = home, nil
}

// Destroy removes a group and tells waiting clients, whose group it may be. A large one is freed a little later.
func (l *Log) Destroy(g stream.Group) {
	rest := l.Stream.Destroy(g)
	r := l.t.find(l.key)
	m := r.m
	if !rest.Free(freeAtOnce) {
		root := make([]byte, stream.RootSize)
		rest.Save(root)
		m.abandon(bigValue{Stream, root, r.entry().arena()}, 1)
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
	free: func(a *arena.Arena, root []byte, limit int) (done bool) {
		s := stream.Open(a, root)
		done = s.Free(limit)
		s.Save(root)
		return done
	},
	clone: func(_ *shardState, a *arena.Arena, root []byte, to *arena.Arena, dst []byte) {
		s := stream.Open(a, root)
		c := s.Clone(to)
		c.Save(dst)
	},
	compact: func(a *arena.Arena, root []byte, at uint64, limit int) (moved int) {
		s := stream.Open(a, root)
		moved = s.Compact(at, limit)
		s.Save(root)
		return moved
	},
	bytes: func(a *arena.Arena, root []byte) int64 {
		s := stream.Open(a, root)
		return s.Bytes()
	},
}
