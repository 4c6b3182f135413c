package server

import (
	"sync"
	"sync/atomic"
	"time"
)

// The expiry cycle looks for work now and then. While there is much of it, it works a little and often, so that nobody
// who wants its shard waits long. A busy loop does that work itself at the end of its turns: on a machine whose
// processors are all taken, another thread would push a loop or a client off its processor for much longer.
const (
	expiryPeriod     = 20 * time.Millisecond
	busyExpiryPeriod = time.Millisecond
	muchOwed         = 16 << 20              // bytes of removed values: from here on they are freed three times as fast
	turnExpiryMin    = 20 * time.Microsecond // less is not worth beginning
	turnExpiryMax    = 50 * time.Microsecond
)

// expiryDuty is the expired keys still to be removed, and whose turn it is to do it.
type expiryDuty struct {
	backlog atomic.Bool // the last slice left work
	mu      struct {
		sync.Mutex
		ended  time.Time // when the last slice ended
		inTurn bool      // a loop did it
	}
}

// expire runs a slice of the expiry cycle, a quarter of the short period (more with active-expire-effort), unless the
// loops see to it, and returns when to look again. What lazy flushes left is freed in the same manner.
func (s *Server) expire() (next time.Duration) {
	if s.expiryIdle() {
		return expiryPeriod
	}
	d, start := &s.expiry, s.clock()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.backlog.Load() && d.mu.inTurn && start.Sub(d.mu.ended) < 2*busyExpiryPeriod {
		return busyExpiryPeriod
	}
	budget := busyExpiryPeriod * time.Duration(s.expirySharePercent()) / 100
	worked, more := s.store.ExpireCycle(s.clock, budget)
	d.backlog.Store(more)
	d.mu.ended, d.mu.inTurn = s.clock(), false
	if worked >= time.Millisecond {
		s.recordLatency("expire-cycle", worked, start)
	}
	if s.store.Owed() > muchOwed {
		budget = max(budget, busyExpiryPeriod*3/4)
	}
	for s.since(start) < budget && s.store.Reclaim() {
		more = true
	}
	if more {
		return max(busyExpiryPeriod-s.since(start), 0)
	}
	return expiryPeriod
}

// expireInTurn runs as much of the expiry cycle as the time since the last slice allows. No shard is locked.
func (s *Server) expireInTurn() {
	d := &s.expiry
	if s.expiryIdle() || !d.mu.TryLock() {
		return
	}
	defer d.mu.Unlock()
	budget := s.since(d.mu.ended) * time.Duration(s.expirySharePercent()) / 100
	if budget < turnExpiryMin {
		return
	}
	_, more := s.store.ExpireCycle(s.clock, min(budget, turnExpiryMax))
	d.backlog.Store(more)
	d.mu.ended, d.mu.inTurn = s.clock(), true
}

// expiryIdle reports that nothing is to be removed now.
func (s *Server) expiryIdle() bool {
	return s.expiryOff.Load() || s.cronOff.Load() || s.pause.active.Load()
}

// expirySharePercent is the share of one processor the cycle may use.
func (s *Server) expirySharePercent() int { return 25 + 2*(int(s.expireEffort.Load())-1) }
