package store

import (
	"slices"
	"sync/atomic"
)

// Watcher is one client's optimistic lock: the keys it watches, and whether any of them has changed since.
type Watcher struct {
	changed atomic.Bool
	watches []*watch
}

// watch is one watched key.
type watch struct {
	ref     keyRef
	owner   *Watcher
	expired bool // the key was past its time, though still present, when it was watched
}

// Changed reports whether a watched key has changed.
func (w *Watcher) Changed() bool { return w.changed.Load() }

// Watching reports whether any key is watched.
func (w *Watcher) Watching() bool { return len(w.watches) > 0 }

// Keys is the number of watched keys and the bytes of their names.
func (w *Watcher) Keys() (n, bytes int) {
	for _, x := range w.watches {
		bytes += len(x.ref.key)
	}
	return len(w.watches), bytes
}

// Mask is the shard mask of the watched keys.
func (w *Watcher) Mask() (mask uint64) {
	for _, x := range w.watches {
		mask |= MaskOf([]byte(x.ref.key))
	}
	return mask
}

// Watch adds key of the current database to what w watches. The shard of the key is locked by the transaction.
func (t *Txn) Watch(w *Watcher, key []byte) {
	if slices.ContainsFunc(w.watches, func(x *watch) bool { return x.ref.db == t.db && x.ref.key == string(key) }) {
		return
	}
	m := t.shard(key)
	x := &watch{ref: keyRef{t.db, string(key)}, owner: w}
	r := t.locate(key)
	x.expired = r.h != 0 && !r.live
	if m.watched == nil {
		m.watched = make(map[keyRef][]*watch)
	}
	m.watched[x.ref] = append(m.watched[x.ref], x)
	w.watches = append(w.watches, x)
}

// Unwatch ends all of w's watches and clears its mark.
func (s *Store) Unwatch(w *Watcher) {
	for _, x := range w.watches {
		sh := &s.shards[ShardOf([]byte(x.ref.key))]
		sh.mu.Lock()
		sh.mu.unwatch(x)
		sh.mu.Unlock()
	}
	w.reset()
}

// Unwatch ends all of w's watches; the transaction holds their shards.
func (t *Txn) Unwatch(w *Watcher) {
	for _, x := range w.watches {
		t.shard([]byte(x.ref.key)).unwatch(x)
	}
	w.reset()
}

func (w *Watcher) reset() {
	w.watches = nil
	w.changed.Store(false)
}

func (m *shardState) unwatch(x *watch) {
	rest := slices.DeleteFunc(m.watched[x.ref], func(y *watch) bool { return y == x })
	if len(rest) == 0 {
		delete(m.watched, x.ref)
	} else {
		m.watched[x.ref] = rest
	}
}

// touchWatchers marks the watchers of a key that changes or is about to go. A key that had expired before it was
// watched and is now removed has not changed: it was as good as missing all along.
func (m *shardState) touchWatchers(db int, key []byte, removed bool) {
	for _, x := range m.watched[keyRef{db, string(key)}] {
		if x.expired {
			x.expired = false
			if removed {
				continue
			}
		}
		x.owner.changed.Store(true)
	}
}

// Stale reports whether w may not proceed: a watched key has changed, or has expired since it was watched. The
// transaction holds the shards of all watched keys.
func (t *Txn) Stale(w *Watcher) bool {
	if w.Changed() {
		return true
	}
	home := t.db
	defer t.Select(home)
	for _, x := range w.watches {
		if x.expired {
			continue
		}
		t.db = x.ref.db
		if r := t.locate([]byte(x.ref.key)); r.h != 0 && !r.live {
			return true
		}
	}
	return false
}

// touchReplaced tells the watchers of one database's part of a shard that all its keys are replaced by those of next
// (nil: by nothing).
func (m *shardState) touchReplaced(t *Txn, db int, old, next *space) {
	for ref, watches := range m.watched {
		if ref.db != db {
			continue
		}
		key := []byte(ref.key)
		was, _ := t.lookIn(m, old, key)
		is, expired := t.lookIn(m, next, key)
		for _, x := range watches {
			switch {
			case !was && !is:
			case x.expired && !is:
				x.expired = false // it was as good as missing, now it is
			case x.expired && expired:
			case !x.expired && !was && expired:
				x.expired = true
			default:
				x.owner.changed.Store(true)
			}
		}
	}
}
