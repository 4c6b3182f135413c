package store

import (
	"hash/maphash"
	"unsafe"
)

// A Lookahead prepares for a key that a command will look up soon. Finding a key in a large store is two waits for
// memory: for its bucket and for its entry. When several commands are there at once (pipelining), preparing all their
// keys lets these waits overlap: first Prepare for every key, then Fetch for every key, then the commands.
type Lookahead struct {
	key   *byte
	n     int
	db    int
	shard int
	hash  uint64
}

// Prepare computes where key is in database db and starts fetching its bucket. key must stay in place until the
// command has run.
func (s *Store) Prepare(db int, key []byte) Lookahead {
	a := Lookahead{key: unsafe.SliceData(key), n: len(key), db: db, shard: ShardOf(key),
		hash: maphash.Bytes(s.seed, key)}
	m := &s.shards[a.shard].mu
	m.Lock()
	if sp := m.at(db); sp != nil {
		sp.table.Prefetch(a.hash)
	}
	m.Unlock()
	return a
}

// Fetch starts fetching the entry of a prepared key.
func (s *Store) Fetch(a *Lookahead) {
	m := &s.shards[a.shard].mu
	m.Lock()
	if sp := m.at(a.db); sp != nil {
		sp.table.PrefetchEntry(m.arena, a.hash)
	}
	m.Unlock()
}

// Mask is the shard mask of the prepared key.
func (a *Lookahead) Mask() uint64 { return 1 << a.shard }

// Use tells the transaction which keys are prepared, in the order the command will look them up. It holds until the
// next Begin.
func (t *Txn) Use(ahead []Lookahead) { t.ahead = ahead }

// hashOf is the table hash of a key, taken from the lookaheads if it is the next of them.
func (t *Txn) hashOf(key []byte, p *byte) uint64 {
	if len(t.ahead) > 0 && t.ahead[0].key == p && t.ahead[0].n == len(key) {
		h := t.ahead[0].hash
		t.ahead = t.ahead[1:]
		return h
	}
	return maphash.Bytes(t.s.seed, key)
}
