package listener

import (
	"slices"
	"time"

	"synap/server/transport"
)

// beginTurn takes the loop.
func (s *Listener) beginTurn() {
	s.mu.Lock()
	s.opt.Host.BeginTurn(s.opt.Loop)
}

// endTurn runs what was posted, gives the loop back and starts the writing of the turn's output.
func (s *Listener) endTurn() {
	s.runPostsLocked()
	s.opt.Host.EndTurn(s.opt.Loop)
	s.startWritersLocked()
	s.turnsCount.Add(1)
	s.mu.Unlock()
	if s.full.Load() {
		s.wake()
	}
}

// runPostsLocked runs what was posted up to now; what that posts runs in a later turn.
func (s *Listener) runPostsLocked() {
	if !s.full.Load() {
		return
	}
	s.box.Lock()
	list := s.box.list
	s.box.list = nil
	s.full.Store(false)
	s.box.Unlock()
	for _, p := range list {
		if p.c.session != nil && !p.c.killed.Load() {
			p.f()
			p.c.settleLocked()
		}
	}
}

func (s *Listener) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// service ticks, runs posts no other turn ran, and lets out released output.
func (s *Listener) service() {
	ticker := time.NewTicker(transport.TickPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-s.ended:
			return
		case <-s.kick:
			s.beginTurn()
			s.releaseHeldLocked()
			s.endTurn()
		case now := <-ticker.C:
			s.beginTurn()
			s.tickLocked(now)
			s.endTurn()
		}
	}
}

func (s *Listener) tickLocked(now time.Time) {
	nowMs := now.UnixMilli()
	s.opt.Host.LoopTick(s.opt.Loop, nowMs)
	s.mu.pool.Shrink()
	s.mu.tickCredit += len(s.mu.conns)
	for ; s.mu.tickCredit >= transport.TicksPerSession; s.mu.tickCredit -= transport.TicksPerSession {
		if s.mu.tickAt >= len(s.mu.conns) {
			s.mu.tickAt = 0
		}
		c := s.mu.conns[s.mu.tickAt]
		s.mu.tickAt++
		if c.session == nil {
			continue
		}
		if c.stalled && c.allow.Tick(&c.out) {
			c.stalled = false
			c.wakeReaderLocked()
		}
		c.session.Tick(nowMs)
		c.settleLocked()
	}
}

// releaseHeldLocked makes held connections dirty; their writers find out what may go.
func (s *Listener) releaseHeldLocked() {
	s.mu.held = slices.DeleteFunc(s.mu.held, func(c *conn) bool {
		c.markDirtyLocked()
		c.held = c.holds.Any() && !c.dead
		return !c.held
	})
	s.heldCount.Store(int32(len(s.mu.held)))
}

// startWritersLocked gives every connection with output, or waiting for its last byte, a goroutine to write.
func (s *Listener) startWritersLocked() {
	for i, c := range s.mu.dirty {
		s.mu.dirty[i] = nil
		c.dirty = false
		if c.dead || c.writing {
			continue
		}
		if c.writableLocked() > 0 || c.closing && c.out.Len() == 0 && !c.flushed {
			c.writing = true
			s.working.Add(1)
			go c.write()
		} else {
			c.out.Trim(&s.mu.pool)
		}
		c.usage.Store(c.out.Usage())
	}
	s.mu.dirty = s.mu.dirty[:0]
}

// addLocked and removeLocked keep the list of connections.
func (s *Listener) addLocked(c *conn) {
	c.index = len(s.mu.conns)
	s.mu.conns = append(s.mu.conns, c)
	s.open.Add(1)
}

func (s *Listener) removeLocked(c *conn) {
	last := len(s.mu.conns) - 1
	moved := s.mu.conns[last]
	s.mu.conns[c.index] = moved
	moved.index = c.index
	s.mu.conns[last] = nil
	s.mu.conns = s.mu.conns[:last]
	if c.held {
		c.held = false
		s.mu.held = slices.DeleteFunc(s.mu.held, func(o *conn) bool { return o == c })
		s.heldCount.Store(int32(len(s.mu.held)))
	}
	s.open.Add(-1)
}
