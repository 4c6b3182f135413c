package server

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"synap/commands"
)

// pause is CLIENT PAUSE: until it ends, commands (or only those that write) wait. Waiting clients keep their input
// unread, so nothing is lost and order is kept.
type pause struct {
	active atomic.Bool
	all    atomic.Bool // not only writes
	mu     struct {
		sync.Mutex
		until      time.Time
		timer      *time.Timer
		generation int // counts beginnings and ends
		waiting    []*session
	}
}

// stops reports whether the pause holds the command back. EXEC counts as what it would run.
func (p *pause) stops(cmd *commands.Command, t *transaction) bool {
	if p.all.Load() {
		return true
	}
	flags := cmd.Flags
	if t != nil && cmd.Flags&commands.RunsQueue != 0 {
		flags |= t.flags
	}
	return flags&(commands.Write|commands.MayReplicate) != 0
}

// startPause begins a pause or lengthens the one there is. A pause never gets shorter or milder by another one.
func (s *Server) startPause(d time.Duration, all bool) {
	p := &s.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	now := s.clock()
	until := now.Add(d)
	if p.active.Load() {
		all = all || p.all.Load()
		if until.Before(p.mu.until) {
			until = p.mu.until
		}
	}
	p.mu.until = until
	p.all.Store(all)
	p.active.Store(true)
	s.store.FreezeExpiry(true)
	p.mu.generation++
	generation := p.mu.generation
	if p.mu.timer != nil {
		p.mu.timer.Stop()
	}
	p.mu.timer = time.AfterFunc(until.Sub(now), func() { s.expirePause(generation) })
}

// expirePause ends a pause whose time is up, but not one that has begun since: its timer may run already when it is stopped.
func (s *Server) expirePause(generation int) {
	p := &s.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.generation == generation {
		s.endPauseLocked()
	}
}

// endPause lets all waiting clients go on.
func (s *Server) endPause() {
	s.pause.mu.Lock()
	defer s.pause.mu.Unlock()
	s.endPauseLocked()
}

func (s *Server) endPauseLocked() {
	p := &s.pause
	if p.mu.timer != nil {
		p.mu.timer.Stop()
		p.mu.timer = nil
	}
	p.mu.generation++
	p.active.Store(false)
	p.all.Store(false)
	s.store.FreezeExpiry(false)
	for _, x := range p.mu.waiting {
		x.postponed.Store(false)
		x.conn.Post(x.resume)
	}
	p.mu.waiting = nil
}

// postpone makes s wait for the end of the pause.
func (l *loop) postpone(s *session) {
	p := &s.srv.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.active.Load() {
		s.conn.Post(s.resume) // it has just ended
	} else {
		p.mu.waiting = append(p.mu.waiting, s)
		s.postponed.Store(true)
	}
	s.paused = true
	s.conn.PauseRead()
}

// resume goes on with the input of a client that has waited.
func (s *session) resume() {
	if s.paused {
		s.paused = false
		s.conn.ResumeRead()
	}
}

// forget drops a client that goes away while it waits.
func (p *pause) forget(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.postponed.Store(false)
	p.mu.waiting = slices.DeleteFunc(p.mu.waiting, func(x *session) bool { return x == s })
}

// held is the number of clients that wait.
func (p *pause) held() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int64(len(p.mu.waiting))
}
