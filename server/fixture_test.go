package server

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"synap/server/config"
	"synap/server/logging"
	"synap/server/resp"
	"synap/server/transport"
)

// fixture is a server without sockets or goroutines: clients hand their bytes to their sessions directly, in turns of
// loop 0, and time passes only when the test says so.
type fixture struct {
	t       testing.TB
	srv     *Server
	now     time.Time
	log     bytes.Buffer
	clients []*testClient
}

// newFixture starts a server with lines of configuration. DEBUG is allowed.
func newFixture(t testing.TB, directives ...string) *fixture {
	t.Helper()
	f := &fixture{t: t, now: time.UnixMilli(1_700_000_000_000)}
	cfg, err := config.New(config.System())
	if err != nil {
		t.Fatal(err)
	}
	text := "enable-debug-command yes\nprotected-mode no\nio-threads 1\n" + strings.Join(directives, "\n")
	if err := cfg.Load(text); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return f.now }
	if f.srv, err = New(cfg, logging.New(logging.Options{Output: &f.log, Level: logging.Debug, Now: clock})); err != nil {
		t.Fatal(err)
	}
	f.srv.clock, f.srv.started = clock, f.now
	f.srv.since = func(t time.Time) time.Duration { return f.srv.clock().Sub(t) }
	return f
}

// advance lets time pass.
func (f *fixture) advance(d time.Duration) { f.now = f.now.Add(d) }

// turn runs work in a turn of the loop, then everything that follows from it.
func (f *fixture) turn(work func()) {
	for {
		f.srv.BeginTurn(0)
		work()
		for _, c := range f.clients {
			c.run()
		}
		f.srv.EndTurn(0)
		again := false
		for _, c := range f.clients {
			again = c.flush() || again
		}
		if !again {
			return
		}
		work = func() {}
	}
}

// connect makes a client with addresses of its own: 127.0.0.1, and a port that counts up from 50001.
func (f *fixture) connect() *testClient {
	return f.connectFrom(fmt.Sprintf("127.0.0.1:%d", 50001+len(f.clients)), false)
}

func (f *fixture) connectFrom(addr string, unix bool) *testClient {
	c := &testClient{f: f, addr: addr, isUnix: unix, fd: 10 + len(f.clients)}
	c.replies = resp.NewReplyReader(bufio.NewReader(&c.received))
	f.turn(func() {
		if c.session = f.srv.Accept(c); c.session == nil {
			c.ending = true
		}
	})
	f.clients = append(f.clients, c)
	c.flush()
	return c
}

// testClient is a client and its connection (transport.Conn).
type testClient struct {
	f       *fixture
	session transport.Session
	addr    string
	isUnix  bool
	fd      int

	out      transport.Output
	in       []byte
	paused   bool
	stuck    bool // takes no output
	ending   bool // closes when the output is written
	closed   bool
	received bytes.Buffer
	replies  *resp.ReplyReader

	posted struct { // by any goroutine
		sync.Mutex
		queue []func()
	}
}

var _ transport.Conn = (*testClient)(nil)

func (c *testClient) FD() int                { return c.fd }
func (c *testClient) RemoteAddr() string     { return c.addr }
func (c *testClient) LocalAddr() string      { return "127.0.0.1:6379" }
func (c *testClient) Unix() bool             { return c.isUnix }
func (c *testClient) Loop() int              { return 0 }
func (c *testClient) Out() *transport.Output { return &c.out }
func (c *testClient) InputLen() int          { return len(c.in) }
func (c *testClient) InputCap() int          { return cap(c.in) }
func (c *testClient) Usage() transport.Usage {
	u := c.out.Usage()
	u.Input, u.InputCap = c.InputLen(), c.InputCap()
	return u
}
func (c *testClient) PauseRead()       { c.paused = true }
func (c *testClient) ResumeRead()      { c.paused = false }
func (c *testClient) Hold(uint64)      {}
func (c *testClient) CloseAfterFlush() { c.ending = true }

func (c *testClient) Close() {
	if !c.closed {
		c.closed = true
		c.out = transport.Output{}
	}
}

func (c *testClient) Post(f func()) {
	c.posted.Lock()
	defer c.posted.Unlock()
	c.posted.queue = append(c.posted.queue, f)
}

// nextPosted takes the oldest posted function, nil if there is none.
func (c *testClient) nextPosted() (f func()) {
	c.posted.Lock()
	defer c.posted.Unlock()
	if len(c.posted.queue) > 0 {
		f, c.posted.queue = c.posted.queue[0], c.posted.queue[1:]
	}
	return f
}

// hasPosted reports whether functions wait.
func (c *testClient) hasPosted() bool {
	c.posted.Lock()
	defer c.posted.Unlock()
	return len(c.posted.queue) > 0
}

// run does what a loop does for the connection in a turn.
func (c *testClient) run() {
	for f := c.nextPosted(); f != nil; f = c.nextPosted() {
		if !c.closed {
			f()
		}
	}
	for len(c.in) > 0 && !c.paused && !c.ending && !c.closed {
		n, _ := c.session.Feed(c.in)
		if n == 0 {
			break
		}
		c.in = c.in[n:]
	}
	if c.closed && c.session != nil {
		c.session.Closed()
		c.session = nil
	}
}

// flush takes the pending output. It reports whether there is something to do in another turn.
func (c *testClient) flush() (again bool) {
	if c.stuck {
		return c.closed && c.session != nil || c.hasPosted()
	}
	pending, n := c.out.Vector(make([][]byte, 0, 64), 1<<30)
	if n >= transport.DrainedOutput && c.session != nil {
		c.Post(c.session.Drained)
	}
	for _, b := range pending {
		c.received.Write(b)
	}
	c.out = transport.Output{}
	if c.ending && !c.closed {
		c.closed = true
	}
	return c.closed && c.session != nil || c.hasPosted()
}

// send hands bytes to the session.
func (c *testClient) send(raw string) {
	c.f.t.Helper()
	c.f.turn(func() { c.in = append(c.in, raw...) })
}

// answers returns the replies that have arrived, each in its canonical form.
func (c *testClient) answers() (out []string) {
	c.f.t.Helper()
	for {
		r, err := c.replies.Read()
		if err == io.EOF {
			return out
		}
		if err != nil {
			c.f.t.Fatalf("malformed reply: %v", err)
		}
		out = append(out, r.String())
	}
}

// do sends one command, written as an inline command, and returns its one reply in canonical form; "" if there is none.
func (c *testClient) do(line string) string {
	c.f.t.Helper()
	c.send(encode(c.f.t, line))
	got := c.answers()
	switch len(got) {
	case 0:
		return ""
	case 1:
		return got[0]
	}
	c.f.t.Fatalf("%s: %d replies: %q", line, len(got), got)
	return ""
}

// ok sends a command that must be answered with +OK.
func (c *testClient) ok(line string) {
	c.f.t.Helper()
	if got := c.do(line); got != "+OK" {
		c.f.t.Fatalf("%s: %s", line, got)
	}
}

// tree sends a command and returns its reply as a tree.
func (c *testClient) tree(line string) resp.Reply {
	c.f.t.Helper()
	c.send(encode(c.f.t, line))
	r, err := c.replies.Read()
	if err != nil {
		c.f.t.Fatalf("%s: %v", line, err)
	}
	return r
}

// encode makes a command of a line, whose words may be quoted.
func encode(t testing.TB, line string) string {
	t.Helper()
	words, err := resp.SplitArgs([]byte(line))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	w := resp.Writer{}
	w.Array(len(words))
	for _, word := range words {
		w.Bulk(word)
	}
	return string(w.Buf)
}

// field returns the value of a field in a line of CLIENT LIST.
func field(line, name string) string {
	for _, f := range strings.Fields(line) {
		if n, value, ok := strings.Cut(f, "="); ok && n == name {
			return value
		}
	}
	return "?"
}

// exchange is one command and its reply in canonical form. A reply that ends in an asterisk is compared up to there.
type exchange struct{ command, reply string }

func (c *testClient) expect(script []exchange) {
	c.f.t.Helper()
	for _, x := range script {
		got := c.do(x.command)
		if head, open := strings.CutSuffix(x.reply, "*"); open && strings.HasPrefix(got, head) {
			continue
		}
		if got != x.reply {
			c.f.t.Errorf("%s\n got %s\nwant %s", x.command, got, x.reply)
		}
	}
}

// parse reads the one reply in b.
func parse(t testing.TB, b []byte) resp.Reply {
	t.Helper()
	r, err := resp.NewReplyReader(bufio.NewReader(bytes.NewReader(b))).Read()
	if err != nil {
		t.Fatalf("%q: %v", b, err)
	}
	return r
}
