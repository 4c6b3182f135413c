package store

import (
	"math/bits"
	"slices"
	"unsafe"
)

// Waiter is a client that waits for keys (BLPOP and its kind). What it waits with is the server's business.
type Waiter interface {
	// Wake is called at the end of a transaction that has changed key, with its shards locked and key's database
	// selected, while key is as the Interest asks. It does what the client waits to do, or finds that it has to wait on,
	// and then it must have changed nothing.
	Wake(t *Txn, key []byte) Fate
	// Woken follows a Wake that answered Served once the transaction has handed over its effects, of which seq is the
	// number (0: there were none), and unlocked its shards.
	Woken(seq uint64)
}

// Fate is what became of a client that was woken.
type Fate uint8

// The fates.
const (
	Waiting Fate = iota // there was nothing for it
	Served
	Absent // it had stopped waiting before, and will leave the queues
)

// Interest says what a client waits for.
type Interest struct {
	Type Type // the key holds a value of this type
	Gone bool // so does it matter if the key goes, or gets another type
	// Rivals of the same name want the same of a key: what one of them did not find there, the next ones need not look for.
	// "": none.
	Rivals string
}

// Wait is one client's stay on the keys it waits for.
type Wait struct {
	Interest
	waiter Waiter
	links  []link // one per key
	mask   uint64 // shards of the keys
	needs  uint64 // shards that Wake changes besides that of the key
}

// link is a client's place in the queue of one key. The lock of the key's shard guards it.
type link struct {
	wait       *Wait
	queue      *queue // nil once the client has left it
	prev, next *link
	shard      uint8
}

// queue are the clients that wait for one key, in the order they came.
type queue struct {
	ref         keyRef
	first, last *link
	wanted      [Stream + 1]int32 // clients by the type they wait for
	gone        int32             // clients to whom it matters that the key goes
	noted       bool              // the key is in the transaction's ready list
}

// feed counts, per shard, the waiting clients that will change something there when they are served.
type feed struct {
	counts [Shards]int32
	mask   uint64 // shards whose count is not 0
}

func (f *feed) add(needs uint64, n int32) {
	for ; needs != 0; needs &= needs - 1 {
		i := bits.TrailingZeros64(needs)
		if f.counts[i] += n; f.counts[i] > 0 {
			f.mask |= 1 << i
		} else {
			f.mask &^= 1 << i
		}
	}
}

// Await puts a client at the end of the queues of keys, in the current database; a key named twice counts once. targets
// are the keys that it will change when it is served, besides the one that became ready. All of these are in shards of
// the transaction.
func (t *Txn) Await(w Waiter, i Interest, keys, targets [][]byte) *Wait {
	x := &Wait{Interest: i, waiter: w, links: make([]link, 0, len(keys))}
	for _, key := range targets {
		x.needs |= MaskOf(key)
	}
	for _, key := range keys {
		m := t.shard(key)
		q := m.queueOf(t.db, key)
		if q.last != nil && q.last.wait == x {
			continue
		}
		x.mask |= MaskOf(key)
		x.links = append(x.links, link{wait: x, queue: q, prev: q.last, shard: uint8(ShardOf(key))})
		q.push(&x.links[len(x.links)-1])
		if x.needs != 0 {
			m.countFeed(string(key), x.needs, 1)
			t.s.feeding.Add(1)
		}
	}
	return x
}

func (m *shardState) queueOf(db int, key []byte) *queue {
	if q := m.waited[keyRef{db, string(key)}]; q != nil {
		return q
	}
	if m.waited == nil {
		m.waited = make(map[keyRef]*queue)
	}
	q := &queue{ref: keyRef{db, string(key)}}
	m.waited[q.ref] = q
	return q
}

func (q *queue) push(l *link) {
	if q.last == nil {
		q.first = l
	} else {
		q.last.next = l
	}
	q.last = l
	q.count(l.wait.Interest, 1)
}

func (q *queue) count(i Interest, n int32) {
	q.wanted[i.Type] += n
	if i.Gone {
		q.gone += n
	}
}

// leave takes a client out of the queue that l is its place in.
func (s *Store) leave(m *shardState, l *link) {
	q := l.queue
	if q == nil {
		return
	}
	if l.prev == nil {
		q.first = l.next
	} else {
		l.prev.next = l.next
	}
	if l.next == nil {
		q.last = l.prev
	} else {
		l.next.prev = l.prev
	}
	l.queue, l.prev, l.next = nil, nil, nil
	q.count(l.wait.Interest, -1)
	if q.first == nil {
		delete(m.waited, q.ref)
	}
	if needs := l.wait.needs; needs != 0 {
		m.countFeed(q.ref.key, needs, -1)
		s.feeding.Add(-1)
	}
}

// countFeed counts n more clients that wait for key, in whatever database, and will change something in the shards needs.
func (m *shardState) countFeed(key string, needs uint64, n int32) {
	if m.feeds == nil {
		m.feeds = make(map[string]*feed)
	}
	f := m.feeds[key]
	if f == nil {
		f = new(feed)
		m.feeds[key] = f
	}
	f.add(needs, n)
	m.feed.add(needs, n)
	if f.mask == 0 {
		delete(m.feeds, key)
	}
}

// Forget takes a client out of all queues it is still in. No shard may be locked by the caller.
func (s *Store) Forget(w *Wait) {
	for i := range w.links {
		l := &w.links[i]
		sh := &s.shards[l.shard]
		sh.mu.Lock()
		s.leave(&sh.mu.shardState, l)
		sh.mu.Unlock()
	}
}

// Feeding reports whether clients wait that will change further keys when they are served. Then a transaction that may
// wake them has to lock the shards of those, too: see Needs. It holds for the shards that the caller has locked.
func (s *Store) Feeding() bool { return s.feeding.Load() != 0 }

// Needs returns the shards that serving the clients who wait for key, in any database, takes besides the key's own, and
// what follows from that in turn, as far as it can be told from the shards that the transaction holds. As long as it
// lacks some of the result it must begin anew with them.
func (t *Txn) Needs(key []byte) uint64 {
	f := t.shard(key).feeds[string(key)]
	if f == nil {
		return 0
	}
	need, seen := f.mask, uint64(0)
	for next := need & t.mask; next != 0; next = need & t.mask &^ seen {
		i := bits.TrailingZeros64(next)
		need |= t.s.shards[i].mu.feed.mask
		seen |= 1 << i
	}
	return need
}

// noteReady notes that key has changed if it concerns somebody who waits for it.
func (t *Txn) noteReady(m *shardState, db int, key []byte, removed bool) {
	q := m.waited[keyRef{db, string(key)}]
	if q == nil || q.noted || removed && q.gone == 0 {
		return
	}
	q.noted = true
	t.ready = append(t.ready, q)
}

// serveReady lets the clients that wait for changed keys do what they wait for. What they change can make further keys
// ready; it ends when nothing was changed.
func (t *Txn) serveReady() {
	for n := 0; n < len(t.ready); n++ {
		q := t.ready[n]
		q.noted = false
		t.serve(q)
	}
	clear(t.ready)
	t.ready = t.ready[:0]
}

// serve wakes the clients in the queue of one key, first come, first served.
func (t *Txn) serve(q *queue) {
	t.db = q.ref.db
	key := unsafe.Slice(unsafe.StringData(q.ref.key), len(q.ref.key)) // never written to
	var sated []string                                                // groups of rivals for whom there is nothing more
	for l := q.first; l != nil && t.concerns(q, key); {
		w, next := l.wait, l.next
		if (w.Gone || t.Peek(key).is(w.Type)) && !slices.Contains(sated, w.Rivals) {
			switch w.waiter.Wake(t, key) {
			case Served:
				t.leaveHeld(w)
				t.woken = append(t.woken, w)
			case Waiting:
				if w.Rivals != "" {
					sated = append(sated, w.Rivals)
				}
			}
			t.db = q.ref.db
		}
		l = next
	}
}

// concerns reports whether key, as it is, is of interest to anybody in its queue.
func (t *Txn) concerns(q *queue, key []byte) bool {
	if q.gone > 0 {
		return true
	}
	e := t.Peek(key)
	return e.Exists() && int(e.Type()) < len(q.wanted) && q.wanted[e.Type()] > 0
}

// is reports whether there is an entry and it is of a type.
func (e Entry) is(t Type) bool { return e.Exists() && e.Type() == t }

// leaveHeld takes a client that was served out of the queues in the transaction's shards. Those elsewhere have nothing
// for anybody, else it would have been served there; it leaves them later.
func (t *Txn) leaveHeld(w *Wait) {
	for i := range w.links {
		if l := &w.links[i]; t.mask&(1<<l.shard) != 0 {
			t.s.leave(&t.s.shards[l.shard].mu.shardState, l)
		}
	}
}

// releaseWoken tells the clients that were served that their replies may leave.
func (t *Txn) releaseWoken() {
	for _, w := range t.woken {
		w.waiter.Woken(t.seq)
	}
	clear(t.woken)
	t.woken = t.woken[:0]
}

// Mask is the shard mask of all keys that are waited for.
func (w *Wait) Mask() uint64 { return w.mask }

// readyReplaced notes the awaited keys of a database that were in its part old of the shard or are in next, which
// replaces it (SWAPDB; FLUSHDB, where next is nil).
func (t *Txn) readyReplaced(m *shardState, db int, old, next *space) {
	for k, q := range m.waited {
		if k.db != db || q.noted {
			continue
		}
		is, _ := t.lookIn(m, next, []byte(k.key))
		if !is {
			if q.gone == 0 {
				continue
			}
			if was, _ := t.lookIn(m, old, []byte(k.key)); !was {
				continue
			}
		}
		q.noted = true
		t.ready = append(t.ready, q)
	}
}
