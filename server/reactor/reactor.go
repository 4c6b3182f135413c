//go:build linux

package reactor

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"synap/server/transport"
)

// Options configure a Reactor.
type Options struct {
	transport.Endpoints
	Host transport.Host
	// Loops is the largest number of event loops; 0: one per processor (GOMAXPROCS).
	Loops int
	// OutputPause is the pending output in bytes at which a connection is no longer read (back-pressure);
	// 0: transport.DefaultOutputPause.
	OutputPause int
	// WriteQuantum is the most a connection writes in one turn, in bytes; 0: 256 KiB.
	WriteQuantum int
}

const defaultWriteQuantum = 256 << 10

// Reactor is a running transport.
type Reactor struct {
	opt       Options
	base      time.Time
	loops     []*loop
	procs     int
	listeners listeners
	addrs     atomic.Pointer[[]string]

	balancer *balancer // loop 0's
	window   window    // loop 0's

	released                        atomic.Uint64
	accepted, refused, acceptErrors atomic.Int64

	open     atomic.Int64 // connections that are not finished, those between two loops included
	stopping atomic.Bool
	empty    chan struct{} // gets a value when open falls to 0 while stopping
	running  sync.WaitGroup

	mu struct {
		sync.Mutex
		started, stopped, ended bool
	}
}

var _ transport.Server = (*Reactor)(nil)

// New opens the listening sockets. Connections wait in the backlog until Start.
func New(opt Options) (*Reactor, error) {
	if opt.Loops <= 0 {
		opt.Loops = runtime.GOMAXPROCS(0)
	}
	if opt.OutputPause <= 0 {
		opt.OutputPause = transport.DefaultOutputPause
	}
	if opt.WriteQuantum <= 0 {
		opt.WriteQuantum = defaultWriteQuantum
	}
	r := &Reactor{opt: opt, base: time.Now(), procs: runtime.GOMAXPROCS(0), empty: make(chan struct{}, 1), balancer: newBalancer(opt.Loops)}
	r.window.loops = make([]loopWindow, opt.Loops)
	for i := range opt.Loops {
		l, err := newLoop(r, i)
		if err != nil {
			r.free()
			return nil, err
		}
		r.loops = append(r.loops, l)
	}
	r.listeners.accept4 = accept4
	if err := r.changeListeners(&opt.Endpoints); err != nil {
		r.listeners.close()
		r.free()
		return nil, err
	}
	return r, nil
}

func (r *Reactor) free() {
	for _, l := range r.loops {
		l.free()
	}
}

// clock is the monotonic time since the reactor was made.
func (r *Reactor) clock() time.Duration { return time.Since(r.base) }

// alone reports that one loop serves all connections and has a processor that their senders need not have. Only loop 0 asks.
func (r *Reactor) alone() bool { return r.balancer.loops == 1 && r.procs > 1 }

// Start begins to serve.
func (r *Reactor) Start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.started || r.mu.stopped {
		return
	}
	r.mu.started = true
	r.listeners.register(r.loops[0])
	r.loops[0].start()
}

// Addrs implements transport.Server.
func (r *Reactor) Addrs() []string { return *r.addrs.Load() }

// Rebind implements transport.Server.
func (r *Reactor) Rebind(e transport.Endpoints) error {
	if !r.mu.TryLock() {
		return transport.ErrStopping // who holds the lock waits for a loop, which waits for the end of this call
	}
	defer r.mu.Unlock()
	if r.mu.stopped {
		return transport.ErrStopping
	}
	return r.changeListeners(&e)
}

// changeListeners makes loop 0 listen at the endpoints. No turn runs.
func (r *Reactor) changeListeners(e *transport.Endpoints) error {
	opened, err := r.listeners.change(e)
	if r.mu.started && r.listeners.retryAt.Load() == 0 {
		for _, sock := range opened {
			r.listeners.registerOne(r.loops[0], sock)
		}
	}
	addrs := r.listeners.addrs()
	r.addrs.Store(&addrs)
	return err
}

// Release implements transport.Server.
func (r *Reactor) Release(seq uint64) {
	for {
		old := r.released.Load()
		if seq <= old {
			return
		}
		if r.released.CompareAndSwap(old, seq) {
			break
		}
	}
	for _, l := range r.loops {
		if l.heldCount.Load() > 0 {
			l.wake()
		}
	}
}

// Wake implements transport.Server.
func (r *Reactor) Wake(loop int) { r.loops[loop].send(mail{f: func() {}}) }

// Stats implements transport.Server.
func (r *Reactor) Stats() transport.Stats {
	s := transport.Stats{Accepted: r.accepted.Load(), Refused: r.refused.Load(), AcceptErrors: r.acceptErrors.Load()}
	for _, l := range r.loops {
		n := &l.stats
		s.Loops = append(s.Loops, transport.LoopStats{
			Conns: n.conns.Load(), Commands: n.commands.Load(), BytesIn: n.bytesIn.Load(), BytesOut: n.bytesOut.Load(),
			Reads: n.reads.Load(), Writes: n.writes.Load(), Turns: n.turns.Load(), Adopted: n.adopted.Load(), GivenAway: n.given.Load(),
			Busy: time.Duration(max(0, n.clock.Load()-n.waited.Load())),
		})
	}
	return s
}

// Stop implements transport.Server.
func (r *Reactor) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopLocked()
}

func (r *Reactor) stopLocked() {
	if r.mu.stopped {
		return
	}
	r.mu.stopped = true
	if !r.mu.started {
		r.listeners.close()
		return
	}
	r.onLoop(r.loops[0], r.listeners.close)
}

// onLoop runs f in a turn of l and waits for it.
func (r *Reactor) onLoop(l *loop, f func()) {
	done := make(chan struct{})
	l.send(mail{f: func() { f(); close(done) }})
	<-done
}

// Shutdown implements transport.Server.
func (r *Reactor) Shutdown(deadline time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopLocked()
	if r.mu.ended {
		return
	}
	r.mu.ended = true
	if r.mu.started {
		r.stopping.Store(true)
		for _, l := range r.loops {
			l.start() // those that never ran: one path for all
			l.send(mail{f: l.drain})
		}
		r.awaitEmpty(deadline)
		for _, l := range r.loops {
			l.send(mail{f: l.end})
		}
		r.running.Wait()
		for _, l := range r.loops {
			l.closeStrays()
		}
	}
	r.free()
}

func (r *Reactor) awaitEmpty(deadline time.Time) {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	for r.open.Load() > 0 {
		select {
		case <-r.empty:
		case <-timer.C:
			return
		}
	}
}

// left is called when a connection is finished.
func (r *Reactor) left() {
	if r.open.Add(-1) == 0 && r.stopping.Load() {
		select {
		case r.empty <- struct{}{}:
		default:
		}
	}
}

// drain makes every connection of the loop close as soon as its output is written.
func (l *loop) drain() {
	l.draining = true
	for _, c := range l.conns {
		c.CloseAfterFlush()
	}
}

// end closes what is left and ends the loop after this turn. The last message a loop gets.
func (l *loop) end() {
	for len(l.conns) > 0 {
		l.close(l.conns[len(l.conns)-1])
	}
	l.bury()
	l.ending = true
}

// closeStrays closes connections that were on their way to the loop when it ended. All loops have ended.
func (l *loop) closeStrays() {
	l.host.BeginTurn(l.index)
	for _, m := range l.box.take() {
		if c := m.adopt; c != nil {
			c.dead.Store(true)
			closeSocket(c.fd)
			l.finish(c)
		}
	}
	l.host.EndTurn(l.index)
}
