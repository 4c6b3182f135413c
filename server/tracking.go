package server

import (
	"slices"
	"sync"
	"sync/atomic"

	"synap/commands"
	"synap/server/pubsub"
	"synap/server/tracking"
	"synap/store"
)

// tracker is a client's side of client-side caching (CLIENT TRACKING): what it wants to be told, and where. But for broken
// it does not change; a client that changes its mind gets another.
type tracker struct {
	redirect                        int64       // the client who gets the messages, 0: itself
	broadcast, optIn, optOut, quiet bool        // quiet: not of its own changes (NOLOOP)
	prefixes                        []string    // with broadcast, sorted
	bytes                           int         // that the prefixes take
	broken                          atomic.Bool // there was no client to redirect to
}

// trackedClients are the clients that use client-side caching.
type trackedClients struct {
	count    atomic.Int64
	prefixes tracking.Prefixes
	excess   atomic.Int64 // how often in succession the table was found too full
	mu       struct {
		sync.Mutex
		sessions  map[int64]*session
		ownerless tracking.Changes // not made by the command of a loop's client
	}
	anyOwnerless atomic.Bool
}

func (t *trackedClients) init() {
	t.mu.sessions = make(map[int64]*session)
	t.mu.ownerless = make(tracking.Changes)
}

// prefixCost is the fixed cost of a prefix in bytes, here and in the table of all clients' prefixes.
const prefixCost = 160

// with returns all prefixes of a client who has those of t (nil: none) and the given ones, and the bytes they take. t does
// not change.
func (t *tracker) with(given []string) (all []string, bytes int) {
	if t != nil {
		all, bytes = slices.Clone(t.prefixes), t.bytes
	}
	for _, p := range given {
		if at, has := slices.BinarySearch(all, p); !has {
			all = slices.Insert(all, at, p)
			bytes += len(p) + prefixCost
		}
	}
	return all, bytes
}

// startTracking makes t the client's tracker. given are those of its prefixes that may be new.
func (s *session) startTracking(t *tracker, given []string) {
	all := &s.srv.tracking
	all.mu.Lock()
	defer all.mu.Unlock()
	if s.tracker.Swap(t) == nil {
		all.count.Add(1)
		all.mu.sessions[s.id] = s
	}
	for _, prefix := range given {
		all.prefixes.Add(prefix, s.id)
	}
	s.srv.store.BroadcastChanges(all.prefixes.Len() > 0)
}

// stopTracking ends the client's tracking, if it tracks. What it has read stays in the store's table until it changes.
func (s *session) stopTracking() {
	all := &s.srv.tracking
	all.mu.Lock()
	defer all.mu.Unlock()
	t := s.tracker.Swap(nil)
	if t == nil {
		return
	}
	s.caching = false
	all.count.Add(-1)
	delete(all.mu.sessions, s.id)
	for _, prefix := range t.prefixes {
		all.prefixes.Remove(prefix, s.id)
	}
	s.srv.store.BroadcastChanges(all.prefixes.Len() > 0)
}

// wants reports whether the keys of a command are to be tracked. caching is whether CLIENT CACHING was said before it.
func (t *tracker) wants(caching bool) bool {
	return !t.broadcast && (!t.optIn || caching) && (!t.optOut || !caching)
}

// tracksReads is the client's tracker if the keys of its present command are to be tracked.
func (s *session) tracksReads() *tracker {
	if t := s.tracker.Load(); t != nil && t.wants(s.caching) {
		return t
	}
	return nil
}

// noteRead has the store remember the keys that a command of a tracking client has read. Their shards are locked still.
func (l *loop) noteRead(s *session, t *tracker, cmd *commands.Command, args [][]byte) {
	if !t.wants(s.caching) {
		return
	}
	if i := cmd.SingleKey(); i > 0 {
		l.tx.Track(args[i], s.id)
		return
	}
	if !cmd.HasKeys() {
		return
	}
	var err error
	if l.keys, err = cmd.FindKeys(args, l.keys[:0]); err != nil {
		return
	}
	for _, k := range l.keys {
		l.tx.Track(args[k.Index], s.id)
	}
}

// endCaching ends the effect of CLIENT CACHING: it is for the next command, or the next transaction.
func (s *session) endCaching() {
	if s.multi == nil && (s.last == nil || s.last.Parent == nil || s.last.Parent.Name != "client") {
		s.caching = false
	}
}

// originOf is the client whose command makes a transaction's changes, nil if there is none, and where to leave what it is to
// be told behind the reply. A command that was woken runs in the transaction of another client.
func originOf(t *store.Txn) (origin *session, late *[]latePush) {
	switch o := t.Origin.(type) {
	case *session:
		return o, &o.late
	case *waiter:
		return o.session, &o.mu.late
	}
	return nil, nil
}

// runnerOf is the client on whose loop a transaction runs, nil if it is nobody's: the origin, or who has woken it.
func runnerOf(t *store.Txn) *session {
	switch o := t.Origin.(type) {
	case *session:
		return o
	case *waiter:
		return o.waker
	}
	return nil
}

// Invalidate tells clients that a key they have read is not what it was (store.Tracker). A client learns of its own changes
// behind the reply of the command that made them, whatever that reply is, and of those of commands that it has woken behind
// its own.
func (s *Server) Invalidate(t *store.Txn, key []byte, clients []int64) {
	origin, late := originOf(t)
	runner := runnerOf(t)
	var m *pubsub.Message
	for _, id := range clients {
		x := s.clients.get(id)
		if x == nil {
			continue
		}
		to := x.tracker.Load()
		if to == nil || to.broadcast || to.quiet && x == origin {
			continue
		}
		if m == nil {
			m = tracking.Invalidation(string(key))
		}
		switch x {
		case origin:
			*late = append(*late, latePush{push{m: m}, to})
		case runner:
			runner.late = append(runner.late, latePush{push{m: m}, to})
		default:
			s.sendInvalidation(x, to, m)
		}
	}
}

// sendInvalidation sends a message to a tracking client, or to the one that it redirects messages to.
func (s *Server) sendInvalidation(x *session, to *tracker, m *pubsub.Message) {
	if to.redirect == 0 {
		x.push(push{m, invalidation})
		return
	}
	if other := s.clients.get(to.redirect); other != nil {
		other.push(push{m, redirected})
		return
	}
	to.broken.Store(true)
	x.push(push{tracking.BrokenRedirection(to.redirect), plainPush})
}

// Flushed tells all that use client-side caching that no key is what it was (store.Tracker).
func (s *Server) Flushed(t *store.Txn) {
	all := &s.tracking
	if all.count.Load() == 0 {
		return
	}
	origin, late := originOf(t)
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, x := range all.mu.sessions {
		to := x.tracker.Load()
		if x == origin {
			*late = append(*late, latePush{push{m: tracking.Flushed}, to})
		} else {
			s.sendInvalidation(x, to, tracking.Flushed)
		}
	}
}

// Broadcast notes a change for the clients that want to know of all (store.Tracker). They are told at the end of the turn.
func (s *Server) Broadcast(t *store.Txn, key []byte, asked bool) {
	origin, _ := originOf(t)
	by := int64(0)
	if asked && origin != nil {
		by = origin.id
	}
	runner := runnerOf(t)
	if runner == nil {
		all := &s.tracking
		all.mu.Lock()
		defer all.mu.Unlock()
		all.mu.ownerless.Note(key, by)
		all.anyOwnerless.Store(true)
		return
	}
	l := runner.loop()
	if l.altered == nil {
		l.altered = make(tracking.Changes)
	}
	l.altered.Note(key, by)
}

// broadcast tells the clients that want to know of all changes of those that a turn of l (nil: none) and the background work
// have made.
func (s *Server) broadcast(l *loop) {
	all := &s.tracking
	if l != nil && len(l.altered) > 0 {
		changes := l.altered
		l.altered = nil
		s.broadcastChanges(changes)
	}
	if all.anyOwnerless.Load() {
		all.mu.Lock()
		changes := all.mu.ownerless
		all.mu.ownerless = make(tracking.Changes)
		all.anyOwnerless.Store(false)
		all.mu.Unlock()
		s.broadcastChanges(changes)
	}
}

func (s *Server) broadcastChanges(changes tracking.Changes) {
	for _, b := range s.tracking.prefixes.Match(changes) {
		var common *pubsub.Message
		for _, id := range b.Clients {
			x := s.clients.get(id)
			if x == nil {
				continue
			}
			to := x.tracker.Load()
			switch {
			case to == nil:
			case to.quiet:
				if keys := changes.Except(b.Keys, id); len(keys) > 0 {
					s.sendInvalidation(x, to, tracking.Invalidation(keys...))
				}
			default:
				if common == nil {
					common = tracking.Invalidation(b.Keys...)
				}
				s.sendInvalidation(x, to, common)
			}
		}
	}
}

// trimEffort is how many keys are forgotten at a time to keep the table of tracked keys within its limit; it grows while
// that does not suffice.
const trimEffort = 100

// limitTracked keeps the number of tracked keys within tracking-table-max-keys: readers of keys that are forgotten are told
// that these have changed.
func (s *Server) limitTracked() {
	limit := s.cfg.TrackingTableMaxKeys
	if limit == 0 {
		return
	}
	if keys, _ := s.store.Tracked(); keys <= limit {
		return
	}
	all := &s.tracking
	if s.store.TrimTracked(limit, trimEffort*int(1+all.excess.Load())) {
		all.excess.Store(0)
	} else {
		all.excess.Add(1)
	}
}
