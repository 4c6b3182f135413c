package listener

import (
	"crypto/tls"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/redcon"

	"synap/server/transport"
)

// Options configure a Listener.
type Options struct {
	transport.Endpoints
	Host transport.Host
	// Loop is the loop index of all connections.
	Loop int
	// OutputPause is the pending output in bytes at which a connection is no longer read (back-pressure);
	// 0: transport.DefaultOutputPause.
	OutputPause int
	// TLS makes the TCP sockets (not the unix socket) speak TLS.
	TLS *tls.Config
}

// Listener is a running transport.
type Listener struct {
	opt       Options
	addrs     atomic.Pointer[[]string]
	keepAlive atomic.Int64 // period for new connections, as a time.Duration

	// mu serialises the turns. It guards every connection's fields marked so, too.
	mu struct {
		sync.Mutex
		conns      []*conn
		dirty      []*conn // may have output to write
		held       []*conn // wait for Release
		pool       transport.Pool
		tickAt     int
		tickCredit int  // TicksPerSession of it pay for one session's tick
		closing    bool // Shutdown began
	}
	box struct {
		sync.Mutex
		list []post
	}

	full      atomic.Bool // box.list is not empty
	released  atomic.Uint64
	heldCount atomic.Int32
	kick      chan struct{} // wakes the service goroutine

	accepted, refused, acceptErrors         atomic.Int64
	commands, bytesIn, bytesOut, turnsCount atomic.Int64
	open                                    atomic.Int64 // connections

	ended     chan struct{} // closed when the service goroutine shall end
	accepting sync.WaitGroup
	working   sync.WaitGroup // connections and their writers
	serving   sync.WaitGroup // the service goroutine

	life struct {
		sync.Mutex
		socks                   []transport.Listening[*socket]
		started, stopped, ended bool
	}
}

type post struct {
	c *conn
	f func()
}

var _ transport.Server = (*Listener)(nil)

// New opens the listening sockets. Connections wait in the backlog until Start.
func New(opt Options) (*Listener, error) {
	if opt.OutputPause <= 0 {
		opt.OutputPause = transport.DefaultOutputPause
	}
	s := &Listener{opt: opt, kick: make(chan struct{}, 1), ended: make(chan struct{})}
	if _, err := s.changeLocked(&opt.Endpoints); err != nil { // nobody else has s yet
		return nil, err
	}
	return s, nil
}

// Start begins to serve.
func (s *Listener) Start() {
	s.life.Lock()
	defer s.life.Unlock()
	if s.life.started || s.life.stopped {
		return
	}
	s.life.started = true
	s.serving.Go(s.service)
	for _, l := range s.life.socks {
		s.accept(l.Socket)
	}
}

// accept begins to take the connections of a socket.
func (s *Listener) accept(sock *socket) {
	srv := redcon.NewServerNetwork("tcp", sock.addr, handle, welcome, nil)
	s.accepting.Go(func() {
		// Serve ends when the socket is closed; it has no other error to return.
		if err := srv.Serve(sock); err != nil {
			s.opt.Host.Log("warning", "Serving %s: %v", sock.addr, err)
		}
	})
}

// handle receives a command redcon parsed, and those behind it.
func handle(rc redcon.Conn, cmd redcon.Command) {
	g := rc.NetConn().(*guard)
	batch := append(g.batch[:0], cmd.Raw...)
	for _, more := range rc.ReadPipeline() {
		batch = append(batch, more.Raw...)
	}
	g.batch = batch
	if k, ok := g.deliver(batch); ok && k < len(batch) {
		g.c.s.opt.Host.Log("warning", "Client %s: a complete command was not consumed", g.c.remote)
		g.c.Close()
	}
}

func welcome(rc redcon.Conn) bool { return rc.NetConn().(*guard).open() }

// Addrs implements transport.Server.
func (s *Listener) Addrs() []string { return *s.addrs.Load() }

// Rebind implements transport.Server.
func (s *Listener) Rebind(e transport.Endpoints) error {
	if !s.life.TryLock() {
		return transport.ErrStopping // who holds the lock waits for a turn, which waits for the end of this call
	}
	defer s.life.Unlock()
	if s.life.stopped {
		return transport.ErrStopping
	}
	opened, err := s.changeLocked(&e)
	if s.life.started {
		for _, sock := range opened {
			s.accept(sock)
		}
	}
	return err
}

// Release implements transport.Server.
func (s *Listener) Release(seq uint64) {
	for {
		old := s.released.Load()
		if seq <= old {
			return
		}
		if s.released.CompareAndSwap(old, seq) {
			break
		}
	}
	if s.heldCount.Load() > 0 {
		s.wake()
	}
}

// Wake implements transport.Server.
func (s *Listener) Wake(int) { s.wake() }

// Stats implements transport.Server.
func (s *Listener) Stats() transport.Stats {
	return transport.Stats{
		Accepted: s.accepted.Load(), Refused: s.refused.Load(), AcceptErrors: s.acceptErrors.Load(),
		Loops: []transport.LoopStats{{
			Conns: s.open.Load(), Commands: s.commands.Load(), BytesIn: s.bytesIn.Load(), BytesOut: s.bytesOut.Load(),
			Turns: s.turnsCount.Load(),
		}},
	}
}

// Stop implements transport.Server.
func (s *Listener) Stop() {
	s.life.Lock()
	defer s.life.Unlock()
	s.stopLocked()
}

func (s *Listener) stopLocked() {
	if s.life.stopped {
		return
	}
	s.life.stopped = true
	for _, l := range s.life.socks {
		l.Socket.close()
	}
	s.accepting.Wait()
}

// Shutdown implements transport.Server.
func (s *Listener) Shutdown(deadline time.Time) {
	s.life.Lock()
	defer s.life.Unlock()
	s.stopLocked()
	if s.life.ended {
		return
	}
	s.life.ended = true
	if !s.life.started {
		return
	}
	s.beginTurn()
	s.mu.closing = true
	for _, c := range s.mu.conns {
		c.CloseAfterFlush()
	}
	s.endTurn()
	idle := make(chan struct{})
	go func() {
		s.working.Wait()
		close(idle)
	}()
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
		s.closeAll()
		<-idle
	}
	close(s.ended)
	s.serving.Wait()
}

// closeAll closes every connection, those that only linger included.
func (s *Listener) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.mu.conns {
		c.Close()
	}
}
