package server

import (
	"cmp"
	"slices"
	"time"

	"synap/server/config"
	"synap/server/metric"
)

// usedMemory is the memory of data, of clients' buffers, and of which client has read which key. The program itself and the
// runtime's own needs are not part of it; INFO shows them apart.
func (s *Server) usedMemory() int64 { return s.limitedMemory() + s.inboxMemory.Load() }

// limitedMemory is what maxmemory is compared with: not what waits in inboxes for the next turn of a loop. Eviction is not to
// make up for its own messages to those who have read the keys: it would evict more for them, and so on until none is left.
func (s *Server) limitedMemory() int64 {
	return s.store.Used() + s.store.TrackedBytes() + s.clientMemory.Load() - s.dying.Load()
}

// clientsMemory is the part of usedMemory that clients occupy, those included that are being closed.
func (s *Server) clientsMemory() int64 { return s.clientMemory.Load() + s.inboxMemory.Load() }

// evictionTime is how long one command may spend on making room: with the default tenacity 500 µs, growing in the
// steps Redis documents for maxmemory-eviction-tenacity, and without bound at 100.
func evictionTime(tenacity int) time.Duration {
	switch {
	case tenacity >= 100:
		return time.Hour
	case tenacity <= 10:
		return time.Duration(50*tenacity) * time.Microsecond
	}
	limit := 500 * time.Microsecond
	for range tenacity - 10 {
		limit += limit * 15 / 100
	}
	return limit
}

// hasRoom relieves the server if there is need, and reports whether commands that need memory may run.
func (l *loop) hasRoom() bool {
	l.reportMemory()
	return l.srv.relieve(l.nowMs())
}

// relieve evicts keys if memory is above the limit and reports whether commands that need memory may run: memory is
// below the limit again, or eviction is getting there and goes on with the next command.
func (s *Server) relieve(nowMs int64) bool {
	over := s.limitedMemory() - s.cfg.MaxMemory
	if over <= 0 || s.pause.active.Load() { // nothing is changed during a pause
		return true
	}
	start := s.clock()
	budget := evictionTime(s.cfg.MaxMemoryEvictionTenacity)
	stopped := false
	evicted, kept := s.store.Evict(s.store.Used()-over, nowMs, func() bool {
		stopped = s.since(start) > budget
		return stopped
	})
	if evicted > 0 {
		s.recordEviction(start, s.since(start))
	}
	return kept || stopped
}

// clientLimit is maxmemory-clients in bytes, 0 for none.
func clientLimit(v *config.Values) int64 {
	if v.MaxMemoryClients < 0 {
		return v.MaxMemory / 100 * -v.MaxMemoryClients
	}
	return v.MaxMemoryClients
}

// relieveClients closes clients before keys are evicted for what the clients occupy.
func (l *loop) relieveClients() {
	l.reportMemory()
	total := l.srv.clientsMemory() - l.srv.dying.Load()
	if total > max(l.srv.clientLimit, l.srv.futileClients.Load()) {
		l.alone(l.srv.evictClients)
	}
}

// evictClients closes the clients with the largest buffers until all together fit maxmemory-clients. The world is
// stopped.
func (s *Server) evictClients() {
	limit := s.clientLimit
	if limit == 0 {
		return
	}
	total := int64(0)
	all := s.clients.all()
	sizes := make(map[*session]int64, len(all))
	for _, x := range all {
		sizes[x] = x.footprintOf(x.conn.Usage())
		total += sizes[x]
	}
	slices.SortFunc(all, func(a, b *session) int { return cmp.Compare(sizes[b], sizes[a]) })
	for _, x := range all {
		if total <= limit {
			s.futileClients.Store(0)
			return
		}
		if x.noEvict || x.closing {
			continue
		}
		s.log.Notice("Evicting client: %s", x.appendInfo(nil, s.clock().UnixMilli(), x.conn.Usage()))
		s.counters.evictedClients.Add(1)
		total -= sizes[x]
		x.kill()
	}
	// Nobody else may be evicted. Commands need not try again before there is noticeably more; upkeep does.
	s.futileClients.Store(max(s.clientsMemory(), total) * 9 / 8)
}

// rest finds the moment a busy time is over. What it has left behind, garbage and free pages kept in reserve, is then given
// back to the system: under load that would cost time, and later nobody would do it.
type rest struct {
	start    int64 // objects on the Go heap when the server began to listen, in bytes
	commands int64 // at the last sample
	busy     bool
	quiet    int // samples since
}

// A sample with more than busySample commands is busy; after restSamples others the server rests.
const (
	busySample  = 100
	restSamples = int(time.Second / samplePeriod)
)

// worthCollecting is the garbage, in bytes, for which the server collects when it rests. A first collection makes about as
// much memory resident, of the runtime's own, as that.
const worthCollecting = 2 << 20

// leaves reports whether the busy time has left enough on the Go heap to collect it. What was in use after the start, or
// the last collection, counts as still in use.
func (r *rest) leaves(h metric.Heap) bool {
	return h.Objects-max(h.Live, r.start)+h.Free >= worthCollecting
}

// begins looks at the number of commands run so far, once per sample, and reports whether the server has come to rest.
func (r *rest) begins(commands int64) bool {
	ran := commands - r.commands
	r.commands = commands
	if ran > busySample {
		r.busy, r.quiet = true, 0
		return false
	}
	r.quiet++
	if !r.busy || r.quiet < restSamples {
		return false
	}
	r.busy = false
	return true
}
