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
		until   time.Time
		timer   *time.Timer
		waiting []*session
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
func (s *Server) startPause(until time.Time, all bool) {
	p := &s.pause
	p.mu.Lock()
	defer p.mu.Unlock()
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
	if p.mu.timer != nil {
		p.mu.timer.Stop()
	}
	p.mu.timer = time.AfterFunc(time.Until(until), s.endPause)
}

// endPause lets all waiting clients go on.
func (s *Server) endPause() {
	p := &s.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.timer != nil {
		p.mu.timer.Stop()
		p.mu.timer = nil
	}
	p.active.Store(false)
	p.all.Store(false)
	s.store.FreezeExpiry(false)
	for _, x := range p.mu.waiting {
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
	}
	s.paused = true
	s.conn.PauseRead()
}

func (s *session) resume() {
	if s.paused {
		s.paused = false
		s.conn.ResumeRead()
	}
}

// forget drops a client that closes while it waits.
func (p *pause) forget(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.waiting = slices.DeleteFunc(p.mu.waiting, func(x *session) bool { return x == s })
}

// state describes the pause for INFO: "all", "write" or "none", and how long it still lasts.
func (p *pause) state(now time.Time) (kind string, left time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.active.Load():
		return "none", 0
	case p.all.Load():
		return "all", p.mu.until.Sub(now)
	}
	return "write", p.mu.until.Sub(now)
}
