//go:build linux

package reactor

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"synap/server/transport"
)

// move asks a loop to give connections away at the end of its turn.
type move struct {
	share float64 // of the connections, the busy ones first and foremost
	to    []*loop // in turn
}

// recently is how long ago a connection was fed to count as busy.
const recently = 2 * transport.TickPeriod

// rebalance runs on loop 0 once per tick: it measures, asks the policy and starts what it decided.
func (r *Reactor) rebalance() {
	if r.balancer.max == 1 || r.stopping.Load() {
		return
	}
	s := r.measure()
	active := r.balancer.loops
	d := r.balancer.step(s)
	switch {
	case d.loops > active:
		to := r.loops[d.loops-1]
		to.start()
		for _, l := range r.loops[:active] {
			l.askMove(move{share: 1 / float64(d.loops), to: []*loop{to}})
		}
	case d.loops < active:
		r.loops[active-1].askMove(move{share: 1, to: r.loops[:d.loops]})
	case d.from >= 0:
		share := (s.busy[d.from] - s.busy[d.to]) / 2 / s.busy[d.from]
		r.loops[d.from].askMove(move{share: share, to: []*loop{r.loops[d.to]}})
	}
	if d.loops != active {
		r.opt.Host.Log("debug", "Connections are served by %d event loop(s)", d.loops)
	}
}

// measure takes the sample of the window that ends now.
func (r *Reactor) measure() sample {
	now := r.clock()
	s := sample{elapsed: now - r.window.at}
	for i, l := range r.loops {
		w := &r.window.loops[i]
		waited, commands := time.Duration(l.stats.waited.Load()), l.stats.commands.Load()
		if i < r.balancer.loops {
			// A loop publishes at the end of a turn: count up to there.
			at := time.Duration(l.stats.clock.Load())
			busy := 0.0
			if at > w.at {
				busy = 1 - float64(waited-w.waited)/float64(at-w.at)
			}
			s.busy = append(s.busy, min(1, max(0, busy)))
			w.at = at
		}
		s.commands += commands - w.commands
		s.conns += int(l.stats.conns.Load())
		w.waited, w.commands = waited, commands
	}
	r.window.at = now
	if r.balancer.curious(s.conns) {
		s.full = r.window.spare.taken(now, idleTime)
	} else {
		r.window.spare = spare{}
	}
	return s
}

// window remembers what the last measurement saw.
type window struct {
	at    time.Duration
	loops []loopWindow
	spare spare
}

type loopWindow struct {
	at, waited time.Duration
	commands   int64
}

func (l *loop) askMove(m move) {
	l.send(mail{f: func() { l.moves = append(l.moves, m) }})
}

// moveOut carries out the moves asked for. It runs after the turn's output was written, so that nothing of this turn
// leaves through another loop before this loop's EndTurn.
func (l *loop) moveOut() {
	if len(l.moves) == 0 {
		return
	}
	moves := l.moves
	l.moves = nil
	for _, m := range moves {
		if l.r.stopping.Load() {
			return
		}
		chosen := l.choose(m.share)
		for i, to := range m.to {
			var part []*conn
			for k := i; k < len(chosen); k += len(m.to) {
				part = append(part, chosen[k])
			}
			l.give(part, to)
		}
	}
	l.publish()
}

// choose picks the share of the busy connections, and of the others.
func (l *loop) choose(share float64) []*conn {
	var out []*conn
	var busy, quiet float64
	for _, c := range l.conns {
		sum := &quiet
		if l.now-c.lastFed < recently {
			sum = &busy
		}
		if *sum += share; *sum >= 1-1e-9 {
			*sum--
			out = append(out, c)
		}
	}
	return out
}

// give hands connections to another loop together with their posts that have not run.
func (l *loop) give(list []*conn, to *loop) {
	if len(list) == 0 || to == l {
		return
	}
	for _, c := range list {
		l.forget(c)
		ev := unix.EpollEvent{}
		if err := unix.EpollCtl(l.epfd, unix.EPOLL_CTL_DEL, c.fd, &ev); err != nil {
			l.host.Log("warning", "epoll_ctl of client %s: %v", c.remote, err)
		}
	}
	first, second := l, to
	if first.index > second.index {
		first, second = second, first
	}
	first.box.mu.Lock()
	second.box.mu.Lock()
	for _, c := range list {
		c.loop.Store(to)
		to.box.putLocked(mail{adopt: c})
	}
	keep := slices.DeleteFunc(l.box.mu.list, func(m mail) bool {
		target := m.c
		if m.close != nil {
			target = m.close
		}
		if target == nil || target.loop.Load() != to {
			return false
		}
		to.box.putLocked(m)
		return true
	})
	l.box.mu.list = keep
	second.box.mu.Unlock()
	first.box.mu.Unlock()
	l.n.given += int64(len(list))
	to.wake()
}

// adopt makes a connection given by another loop this loop's own.
func (l *loop) adopt(c *conn) {
	if err := l.add(c); err != nil {
		l.host.Log("warning", "epoll_ctl of client %s: %v", c.remote, err)
		c.dead.Store(true)
		closeSocket(c.fd)
		l.finish(c)
		return
	}
	l.n.adopted++
	if l.draining {
		c.blocked |= closing
	}
	if c.in != nil && c.blocked == 0 {
		l.markAgain(c)
	}
	if c.holds.Any() {
		l.markHeld(c)
	}
	l.markDirty(c)
}
