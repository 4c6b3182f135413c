package server

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"synap/server/config"
	"synap/server/logging"
	"synap/server/resp"
	"synap/server/transport"
)

// rig is a server on several loops that run at the same time, each on a goroutine, with connections that tests can move from
// one to another. It has no sockets: what a client sends is posted to its loop, and what it gets is kept.
type rig struct {
	t     *testing.T
	srv   *Server
	loops []*rigLoop
	done  sync.WaitGroup
}

// rigLoop is one loop.
type rigLoop struct {
	r     *rig
	index int
	wake  chan struct{}
	mu    struct {
		sync.Mutex
		box    []rigMail
		closed bool
	}
	conns map[*rigConn]bool // the loop's own
}

// rigMail is a function to run in a turn; of nobody's connection if c is nil.
type rigMail struct {
	c *rigConn
	f func()
}

// rigConn is a client and its connection.
type rigConn struct {
	r       *rig
	home    atomic.Int32
	session transport.Session // nil once closed
	out     transport.Output
	name    string
	paused  bool
	ending  bool
	killed  atomic.Bool

	received *io.PipeWriter
	replies  *resp.ReplyReader
}

// rigTransport is what a server sees of the rig.
type rigTransport struct {
	transport.Server
	r *rig
}

func (x rigTransport) Wake(loop int) { x.r.loops[loop].post(rigMail{f: func() {}}) }

func newRig(t *testing.T, loops int, directives ...string) *rig {
	t.Helper()
	cfg, err := config.New(config.System())
	if err != nil {
		t.Fatal(err)
	}
	text := "protected-mode no\nenable-debug-command yes\nio-threads 64\n" + strings.Join(directives, "\n")
	if err := cfg.Load(text); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t}
	if r.srv, err = New(cfg, logging.New(logging.Options{Output: io.Discard, Now: time.Now})); err != nil {
		t.Fatal(err)
	}
	r.srv.transport = rigTransport{r: r}
	for i := range loops {
		l := &rigLoop{r: r, index: i, wake: make(chan struct{}, 1), conns: map[*rigConn]bool{}}
		r.loops = append(r.loops, l)
	}
	for _, l := range r.loops {
		r.done.Go(l.run)
	}
	t.Cleanup(func() {
		for _, l := range r.loops {
			l.mu.Lock()
			l.mu.closed = true
			l.mu.Unlock()
			l.ring()
		}
		r.done.Wait()
	})
	return r
}

func (l *rigLoop) ring() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *rigLoop) post(m rigMail) {
	l.mu.Lock()
	l.mu.box = append(l.mu.box, m)
	l.mu.Unlock()
	l.ring()
}

// run is the loop: turns of what was posted, then the writing.
func (l *rigLoop) run() {
	for range l.wake {
		l.mu.Lock()
		box, closed := l.mu.box, l.mu.closed
		l.mu.box = nil
		l.mu.Unlock()
		if len(box) > 0 {
			l.turn(box)
		}
		if closed {
			return
		}
	}
}

func (l *rigLoop) turn(box []rigMail) {
	var moves []func()
	l.r.srv.BeginTurn(l.index)
	for _, m := range box {
		switch {
		case m.c == nil:
			m.f()
		case int(m.c.home.Load()) != l.index:
			moves = append(moves, func() { m.c.Post(m.f) }) // it moved between posting and now
		case m.c.session != nil:
			l.conns[m.c] = true
			m.f()
		}
	}
	l.r.srv.EndTurn(l.index)
	for c := range l.conns {
		l.flush(c)
	}
	for _, f := range moves {
		f()
	}
}

// flush hands a connection's output to its client, and ends what is to end.
func (l *rigLoop) flush(c *rigConn) {
	if int(c.home.Load()) != l.index {
		delete(l.conns, c)
		return
	}
	v, n := c.out.Vector(make([][]byte, 0, 1024), 1<<30)
	for _, b := range v {
		if _, err := c.received.Write(b); err != nil {
			l.r.t.Error(err)
		}
	}
	var pool transport.Pool
	c.out.Take(n, &pool)
	if (c.ending || c.killed.Load()) && c.session != nil {
		s := c.session
		c.session = nil
		l.r.srv.BeginTurn(l.index)
		s.Closed()
		l.r.srv.EndTurn(l.index)
		c.received.Close()
		delete(l.conns, c)
	}
}

// connect makes a client on a loop. It may be sent to by one goroutine, and read by another.
func (r *rig) connect(loop int, name string) *rigConn {
	r.t.Helper()
	in, out := io.Pipe()
	c := &rigConn{r: r, name: name, received: out}
	c.home.Store(int32(loop))
	// The pipe has no room: a reader drains it into memory, so that a loop never waits for a test.
	spool := newSpool(in)
	c.replies = resp.NewReplyReader(bufio.NewReader(spool))
	done := make(chan struct{})
	r.loops[loop].post(rigMail{f: func() {
		c.session = r.srv.Accept(c)
		close(done)
	}})
	<-done
	return c
}

// move takes the connection to another loop between two turns, together with what is posted to it.
func (c *rigConn) move(to int) {
	c.Post(func() {
		from := c.r.loops[c.home.Load()]
		if from.index == to {
			return
		}
		// Not at once: this turn's output has still to be written here.
		from.post(rigMail{f: func() {
			if int(c.home.Load()) == from.index && c.session != nil && c.out.Len() == 0 {
				delete(from.conns, c)
				c.home.Store(int32(to))
			}
		}})
	})
}

// send feeds raw bytes to the session, in a turn of its loop.
func (c *rigConn) send(raw string) { c.Post(func() { c.feed([]byte(raw)) }) }

func (c *rigConn) feed(in []byte) {
	for len(in) > 0 && c.session != nil {
		n, _ := c.session.Feed(in)
		if n == 0 {
			c.r.t.Errorf("%s: nothing taken of %.100q", c.name, in)
			return
		}
		in = in[n:]
	}
}

// read returns the next reply or push in canonical form, "" at the end.
func (c *rigConn) read() string {
	v, err := c.replies.Read()
	if err == io.EOF {
		return ""
	}
	if err != nil {
		c.r.t.Errorf("%s: %v", c.name, err)
		return ""
	}
	return v.String()
}

var _ transport.Conn = (*rigConn)(nil)

func (c *rigConn) FD() int                { return -1 }
func (c *rigConn) RemoteAddr() string     { return "127.0.0.1:1" }
func (c *rigConn) LocalAddr() string      { return "127.0.0.1:6379" }
func (c *rigConn) Unix() bool             { return false }
func (c *rigConn) Loop() int              { return int(c.home.Load()) }
func (c *rigConn) Out() *transport.Output { c.r.loops[c.home.Load()].conns[c] = true; return &c.out }
func (c *rigConn) InputLen() int          { return 0 }
func (c *rigConn) InputCap() int          { return 0 }
func (c *rigConn) Usage() transport.Usage { return transport.Usage{} }
func (c *rigConn) PauseRead()             { c.paused = true }
func (c *rigConn) ResumeRead()            { c.paused = false }
func (c *rigConn) Hold(uint64)            {}
func (c *rigConn) CloseAfterFlush()       { c.ending = true }
func (c *rigConn) Post(f func())          { c.r.loops[c.home.Load()].post(rigMail{c, f}) }

// Close comes from any loop, so it takes the way that follows the connection to its own: there the turn's end finds it killed.
func (c *rigConn) Close() {
	if !c.killed.Swap(true) {
		c.Post(func() {})
	}
}

// spool is a reader with memory without bounds in front of another.
type spool struct {
	mu   sync.Mutex
	cond *sync.Cond
	buf  bytes.Buffer
	end  bool
}

func newSpool(from io.Reader) *spool {
	s := new(spool)
	s.cond = sync.NewCond(&s.mu)
	go func() {
		b := make([]byte, 64<<10)
		for {
			n, err := from.Read(b)
			s.mu.Lock()
			s.buf.Write(b[:n])
			s.end = err != nil
			s.cond.Signal()
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return s
}

func (s *spool) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.buf.Len() == 0 && !s.end {
		s.cond.Wait()
	}
	return s.buf.Read(p)
}

// Stats counts nothing: the rig has no sockets.
func (rigTransport) Stats() transport.Stats {
	return transport.Stats{Loops: make([]transport.LoopStats, 1)}
}
