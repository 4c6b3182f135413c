package store

// ReadyKey is a key that changed while clients waited for it.
type ReadyKey struct {
	DB  int
	Key string
}

// waiting describes the clients that wait for one key.
type waiting struct {
	clients int
	noted   bool // the key is in the transaction's ready list
}

// OnReady sets what is called at the end of a transaction that changed (set, altered, removed, flushed) keys somebody
// waits for, with the shards still locked; keys are in the order of their first change, each once. What it changes can
// make further keys ready; they are handed over in another call before the locks are released. Set it before the first
// transaction.
func (s *Store) OnReady(f func(t *Txn, keys []ReadyKey)) { s.onReady = f }

// Await counts one more client waiting for key in the current database.
func (t *Txn) Await(key []byte) {
	m, k := t.shard(key), keyRef{t.db, string(key)}
	if m.waited == nil {
		m.waited = make(map[keyRef]waiting)
	}
	w := m.waited[k]
	w.clients++
	m.waited[k] = w
}

// Unawait takes back one Await for key in the current database.
func (t *Txn) Unawait(key []byte) {
	m, k := t.shard(key), keyRef{t.db, string(key)}
	w := m.waited[k]
	if w.clients--; w.clients <= 0 {
		delete(m.waited, k)
		return
	}
	m.waited[k] = w
}

func (t *Txn) noteReady(m *shardState, db int, key []byte) {
	if w := m.waited[keyRef{db, string(key)}]; w.clients > 0 && !w.noted {
		t.noteWaiting(m, keyRef{db, string(key)}, w)
	}
}

func (t *Txn) noteWaiting(m *shardState, k keyRef, w waiting) {
	w.noted = true
	m.waited[k] = w
	t.ready = append(t.ready, ReadyKey{k.db, k.key})
}

func (t *Txn) serveReady() {
	for len(t.ready) > 0 {
		keys := t.ready
		t.ready = nil
		for _, k := range keys {
			m := t.shard([]byte(k.Key))
			if w, ok := m.waited[keyRef{k.DB, k.Key}]; ok {
				w.noted = false
				m.waited[keyRef{k.DB, k.Key}] = w
			}
		}
		if t.s.onReady != nil {
			t.s.onReady(t, keys)
		}
	}
}

// readyReplaced notes the awaited keys of a database that were in its part old of the shard or are in next, which
// replaces it (SWAPDB; FLUSHDB, where next is nil).
func (t *Txn) readyReplaced(m *shardState, db int, old, next *space) {
	for k, w := range m.waited {
		if k.db != db || w.noted {
			continue
		}
		was, _ := t.lookIn(m, old, []byte(k.key))
		is, _ := t.lookIn(m, next, []byte(k.key))
		if was || is {
			t.noteWaiting(m, k, w)
		}
	}
}
