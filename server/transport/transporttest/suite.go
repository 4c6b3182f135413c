package transporttest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"synap/server/transport"
)

// Options are what the suite varies.
type Options struct {
	transport.Endpoints
	OutputPause int
}

// Factory makes a transport that is not started.
type Factory func(h transport.Host, opt Options) (transport.Server, error)

// Run tests a transport.
func Run(t *testing.T, f Factory) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *rig)
	}{
		{"Pipelining", testPipelining},
		{"Dribble", testDribble},
		{"LargeArgument", testLargeArgument},
		{"SlowReader", testSlowReader},
		{"WriteAllThenRead", testWriteAllThenRead},
		{"HalfClose", testHalfClose},
		{"ManyConnections", testManyConnections},
		{"CloseRaces", testCloseRaces},
		{"CloseStalledPeer", testCloseStalledPeer},
		{"CloseAfterFlush", testCloseAfterFlush},
		{"PostOrder", testPostOrder},
		{"Pause", testPause},
		{"PausedPeerLeaves", testPausedPeerLeaves},
		{"Hold", testHold},
		{"Wake", testWake},
		{"HoldThenQuit", testHoldThenQuit},
		{"Refuse", testRefuse},
		{"HostileInput", testHostileInput},
		{"IncompleteInput", testIncompleteInput},
		{"UnauthenticatedInput", testUnauthenticatedInput},
		{"EndlessCommand", testEndlessCommand},
		{"Ticks", testTicks},
		{"Shutdown", testShutdown},
		{"ShutdownDeadline", testShutdownDeadline},
		{"Addresses", testAddresses},
		{"UnixPermission", testUnixPermission},
		{"BindErrors", testBindErrors},
		{"Usage", testUsage},
		{"Rebind", testRebind},
		{"RebindFails", testRebindFails},
		{"RebindInTheWay", testRebindInTheWay},
		{"RebindStopping", testRebindStopping},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			r := &rig{t: t, f: f, host: NewHost(t)}
			c.test(t, r)
			if r.srv != nil {
				r.srv.Shutdown(time.Now())
			}
			if n := len(r.host.Sessions()); n > 0 {
				t.Errorf("%d sessions were not closed", n)
			}
			for runtime.NumGoroutine() > before {
				time.Sleep(time.Millisecond) // goroutines on their way out; a leak hangs here until the test times out
			}
		})
	}
}

// rig is a transport under test.
type rig struct {
	t    *testing.T
	f    Factory
	host *Host
	opt  Options
	srv  transport.Server
}

// start starts the transport on a loopback port and a unix socket.
func (r *rig) start() {
	r.t.Helper()
	r.opt.Bind = []string{"127.0.0.1"}
	r.opt.Port = transport.AnyPort
	r.opt.Unix = filepath.Join(r.t.TempDir(), "s")
	r.open()
}

func (r *rig) open() {
	r.t.Helper()
	srv, err := r.f(r.host, r.opt)
	if err != nil {
		r.t.Fatal(err)
	}
	r.srv = srv
	srv.Start()
}

func (r *rig) dial() *Client     { return Dial(r.t, r.srv.Addrs()[0]) }
func (r *rig) dialUnix() *Client { return Dial(r.t, r.opt.Unix) }

// session is the only live session.
func (r *rig) session() *Session {
	r.host.AwaitCount(1)
	return r.host.Sessions()[0]
}

// both runs a test over TCP and over the unix socket.
func (r *rig) both(test func(*Client)) {
	for _, dial := range []func() *Client{r.dial, r.dialUnix} {
		c := dial()
		test(c)
		c.NC.Close()
	}
}

func testPipelining(t *testing.T, r *rig) {
	r.host.Quantum = 7
	r.start()
	const n = 5000
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "*2\r\n$4\r\nECHO\r\n$%d\r\n%d\r\n", len(fmt.Sprint(i)), i)
	}
	r.both(func(c *Client) {
		c.Send(b.String())
		for i := range n {
			c.Bulk(fmt.Append(nil, i))
		}
	})
	if got := r.srv.Stats().Total().Commands; got != 2*n {
		t.Errorf("%d commands counted, want %d", got, 2*n)
	}
}

func testDribble(t *testing.T, r *rig) {
	r.start()
	r.both(func(c *Client) {
		for _, b := range []byte("*2\r\n$4\r\nECHO\r\n$11\r\nhello\r\nyou!\r\n\r\nPING\r\n*0\r\necho \"a b\"\r\n") {
			c.Send(string(b))
		}
		c.Bulk([]byte("hello\r\nyou!"))
		c.Line("+PONG")
		c.Bulk([]byte("a b"))
	})
}

func testLargeArgument(t *testing.T, r *rig) {
	r.start()
	r.both(func(c *Client) {
		for _, n := range []int{0, 1, 4095, 16_000, 16 << 10, 65535, 65536, 100_000, 5 << 20} {
			go fmt.Fprintf(c.NC, "PING\r\n*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\nPING\r\n", n, Pattern(n))
			c.Line("+PONG")
			c.Bulk(Pattern(n))
			c.Line("+PONG")
		}
	})
}

func testSlowReader(t *testing.T, r *rig) {
	r.opt.OutputPause = 64 << 10
	r.host.Quantum = 4
	r.start()
	r.both(func(c *Client) {
		const n = 60
		go func() {
			for i := range n {
				fmt.Fprintf(c.NC, "FILL %d\r\nSHARE %d\r\nPING\r\n", 300_000+i, 100_000+i)
			}
		}()
		other := r.dial()
		for i := range n {
			c.Bulk(Pattern(300_000 + i))
			other.Ping()
			c.Bulk(Pattern(100_000 + i))
			c.Line("+PONG")
		}
		other.NC.Close()
	})
}

// A client may write everything before it reads anything; back-pressure must give way.
func testWriteAllThenRead(t *testing.T, r *rig) {
	r.opt.OutputPause = 1 << 20
	r.start()
	c := r.dialUnix()
	const n, size = 300, 8 << 10
	for range n {
		c.Send(fmt.Sprintf("*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n", size, Pattern(size)))
	}
	for range n {
		c.Bulk(Pattern(size))
	}
}

func testHalfClose(t *testing.T, r *rig) {
	r.opt.OutputPause = 64 << 10
	r.start()
	r.both(func(c *Client) {
		c.Send("FILL 8000000\r\nFILL 4000000\r\nPING\r\n")
		c.CloseWrite()
		c.Bulk(Pattern(8_000_000))
		c.Bulk(Pattern(4_000_000))
		c.Line("+PONG")
		c.End()
		r.host.AwaitCount(0)
	})
}

func testManyConnections(t *testing.T, r *rig) {
	r.start()
	const n = 2000
	var clients []*Client
	for range n {
		clients = append(clients, r.dial())
	}
	for _, c := range clients {
		c.Send("PING\r\n")
	}
	for _, c := range clients {
		c.Line("+PONG")
	}
	if s := r.srv.Stats(); s.Total().Conns != n || s.Accepted != n {
		t.Errorf("%d connections, %d accepted, want %d", s.Total().Conns, s.Accepted, n)
	}
	for i, c := range clients {
		if i%2 == 0 {
			c.NC.Close()
		}
	}
	r.host.AwaitCount(n / 2)
	for i, c := range clients {
		if i%2 == 1 {
			c.Ping()
			c.NC.Close()
		}
	}
	r.host.AwaitCount(0)
}

// Clients talk, leave and are killed while other goroutines post to them.
func testCloseRaces(t *testing.T, r *rig) {
	r.start()
	var stop atomic.Bool
	var killers, clients sync.WaitGroup
	for range 2 {
		killers.Go(func() {
			for !stop.Load() {
				for _, s := range r.host.Sessions() {
					s.Say("+x")
					if rand.IntN(20) == 0 {
						s.Conn.Close()
					}
				}
				runtime.Gosched()
			}
		})
	}
	for i := range 8 {
		clients.Go(func() {
			for range 40 {
				c := r.dial()
				text := "PING\r\nFILL 70000\r\nPAUSE\r\nPING\r\n"
				if i%2 == 0 {
					text = "FILL 70000\r\nDIE\r\nPING\r\n"
				}
				if _, err := c.NC.Write([]byte(text)); err == nil {
					_, _ = c.r.ReadString('\n')
				}
				c.NC.Close()
			}
		})
	}
	clients.Wait()
	stop.Store(true)
	killers.Wait()
	r.host.AwaitCount(0)
	c := r.dial()
	c.Ping()
}

func testCloseStalledPeer(t *testing.T, r *rig) {
	r.opt.OutputPause = 1 << 20
	r.start()
	c := r.dial()
	c.Send(strings.Repeat("FILL 8000000\r\n", 8)) // never read
	s := r.session()
	r.awaitOutput()
	other := r.dial()
	other.Ping()
	s.Conn.Close()
	r.host.AwaitCount(1)
	other.Ping()
}

// awaitOutput waits until the kernel has taken some output.
func (r *rig) awaitOutput() {
	for r.srv.Stats().Total().BytesOut < 1000 {
		time.Sleep(time.Millisecond)
	}
}

func testCloseAfterFlush(t *testing.T, r *rig) {
	r.start()
	r.both(func(c *Client) {
		go c.NC.Write([]byte("FILL 6000000\r\nQUIT\r\nPING\r\n" + strings.Repeat("garbage ", 2000)))
		c.Bulk(Pattern(6_000_000))
		c.Line("+OK")
		c.End()
		r.host.AwaitCount(0)
	})
}

func testPostOrder(t *testing.T, r *rig) {
	r.start()
	c := r.dial()
	c.Ping()
	s := r.session()
	const n = 3000
	go func() {
		for i := range n {
			s.Say(fmt.Sprint("+", i))
		}
	}()
	for i := range n {
		c.Line(fmt.Sprint("+", i))
	}
	c.NC.Close()
	r.host.AwaitCount(0)
	s.Say("+nobody") // dropped
}

func testPause(t *testing.T, r *rig) {
	r.start()
	r.both(func(c *Client) {
		for range 3 {
			c.Send("PING\r\nPAUSE\r\nPING\r\nECHO a\r\n")
			c.Line("+PONG")
			s := r.session()
			r.host.Await(func([]*Session) bool { return s.Paused.Load() })
			c.Send("ECHO b\r\n")
			s.Say("+said while paused")
			c.Line("+said while paused")
			s.Resume()
			c.Line("+PONG")
			c.Bulk([]byte("a"))
			c.Bulk([]byte("b"))
		}
		c.NC.Close()
		r.host.AwaitCount(0)
	})
}

func testPausedPeerLeaves(t *testing.T, r *rig) {
	r.start()
	r.both(func(c *Client) {
		c.Send("PAUSE\r\nPING\r\n")
		s := r.session()
		r.host.Await(func([]*Session) bool { return s.Paused.Load() })
		c.NC.Close()
		r.host.AwaitCount(0)
	})
}

func testHold(t *testing.T, r *rig) {
	r.start()
	a := r.dial()
	held := r.session()
	b := r.dial()
	var released atomic.Uint64
	release := func(n uint64) { released.Store(n); r.srv.Release(n) }
	expect := func(n uint64, line string) {
		t.Helper()
		a.Line(line)
		if got := released.Load(); got < n {
			t.Fatalf("%s came when only %d was released", line, got)
		}
	}
	for i := uint64(10); i < 200; i += 10 {
		a.Send(fmt.Sprintf("HOLD %d\r\nPING\r\nHOLD %d\r\n", i, i+5))
		for held.Conn.Usage().Pending != len("+HELD\r\n+PONG\r\n+HELD\r\n") {
			b.Ping() // others are not held
		}
		release(i - 1)
		b.Ping()
		go release(i)
		expect(i, "+HELD")
		go release(i + 5)
		expect(i, "+PONG")
		expect(i+5, "+HELD")
		a.Ping()
	}
	a.Send("HOLD 3\r\n") // released long ago
	a.Line("+HELD")
}

func testHoldThenQuit(t *testing.T, r *rig) {
	r.start()
	c := r.dial()
	c.Send("HOLD 7\r\nQUIT\r\n")
	other := r.dial()
	other.Ping()
	r.srv.Release(7)
	c.Line("+HELD")
	c.Line("+OK")
	c.End()
}

func testRefuse(t *testing.T, r *rig) {
	r.start()
	line := "-ERR max number of clients reached\r\n"
	r.host.Refuse.Store(&line)
	r.both(func(c *Client) {
		c.Line("-ERR max number of clients reached")
		c.End()
	})
	r.host.Refuse.Store(nil)
	c := r.dial()
	c.Ping()
	if s := r.srv.Stats(); s.Refused != 2 || s.Accepted != 1 {
		t.Errorf("refused %d, accepted %d; want 2, 1", s.Refused, s.Accepted)
	}
}

func testHostileInput(t *testing.T, r *rig) {
	r.start()
	for _, in := range []string{
		"*1\r\n$9223372036854775807\r\n", "*9223372036854775807\r\n", "*2147483647\r\nx", "*1\r\n$-2\r\n", "*1\r\n$-100\r\n",
		"*1\r\n$18446744073709551616\r\n\r\n", "*1\r\n$\r\n", "*1\r\n:1\r\n", "ECHO \"unbalanced\r\n",
		strings.Repeat("a", 70_000), "*" + strings.Repeat("1", 70_000),
	} {
		c := r.dial()
		c.Send("PING\r\n" + in)
		c.Line("+PONG")
		if line, err := c.r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "-ERR Protocol error") {
			t.Errorf("%.30q: got %q, %v", in, line, err)
		}
		c.End()
	}
	for _, in := range []string{"$9223372036854775807 ", "$9223372036854775807\r\n", "*-10\r\n", "*0\r\n*-1\r\n\r\n"} {
		c := r.dial()
		c.Send("PING\r\n" + in)
		c.Line("+PONG")
	}
}

func testTicks(t *testing.T, r *rig) {
	r.start()
	c := r.dial()
	c.Ping()
	s := r.session()
	for s.Ticks.Load() < 1 {
		time.Sleep(time.Millisecond)
	}
	if s.Ticks.Load() > r.host.loopTicks.Load()/5 {
		t.Errorf("%d session ticks in %d loop ticks", s.Ticks.Load(), r.host.loopTicks.Load())
	}
}

func testShutdown(t *testing.T, r *rig) {
	r.start()
	addr := r.srv.Addrs()[0]
	c, idle := r.dial(), r.dialUnix()
	idle.Ping()
	c.Send("FILL 8000000\r\n")
	r.awaitOutput()
	done := make(chan struct{})
	go func() {
		r.srv.Shutdown(time.Now().Add(hang))
		close(done)
	}()
	idle.End()
	c.Bulk(Pattern(8_000_000))
	c.End()
	<-done
	if _, err := dialOnce(addr); err == nil {
		t.Error("connected after Shutdown")
	}
	if _, err := os.Stat(r.opt.Unix); !os.IsNotExist(err) {
		t.Errorf("the unix socket is still there: %v", err)
	}
	r.srv.Shutdown(time.Now())
	r.srv.Release(1)
}

func testShutdownDeadline(t *testing.T, r *rig) {
	r.start()
	c := r.dial()
	c.Send(strings.Repeat("FILL 8000000\r\n", 4)) // never read
	r.awaitOutput()
	held := r.dial()
	held.Send("HOLD 5\r\nQUIT\r\n") // never released
	r.host.AwaitCount(2)
	r.srv.Stop()
	r.srv.Shutdown(time.Now().Add(10 * time.Millisecond))
	r.host.AwaitCount(0)
}

func testAddresses(t *testing.T, r *rig) {
	r.opt.Bind = []string{"127.0.0.1", "-::1", "-192.0.2.1"}
	r.opt.Port = transport.AnyPort
	r.opt.KeepAlive = 300 * time.Second
	r.opt.Unix = filepath.Join(t.TempDir(), "s")
	r.open()
	for _, addr := range r.srv.Addrs() {
		c := Dial(t, addr)
		c.Ping()
		s := r.session()
		local, remote, unix := c.NC.RemoteAddr().String(), c.NC.LocalAddr().String(), false
		if addr == r.opt.Unix {
			local, remote, unix = addr+":0", addr+":0", true
		}
		if s.Conn.LocalAddr() != local || s.Conn.RemoteAddr() != remote || s.Conn.Unix() != unix {
			t.Errorf("%s: local %s remote %s unix %v, want %s %s %v", addr,
				s.Conn.LocalAddr(), s.Conn.RemoteAddr(), s.Conn.Unix(), local, remote, unix)
		}
		if s.Conn.FD() <= 2 {
			t.Errorf("FD %d", s.Conn.FD())
		}
		c.NC.Close()
		r.host.AwaitCount(0)
	}
}

func testUnixPermission(t *testing.T, r *rig) {
	r.opt.UnixPerm = 0o640
	r.start()
	fi, err := os.Stat(r.opt.Unix)
	if err != nil || fi.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
	r.dialUnix().Ping()
}

func testBindErrors(t *testing.T, r *rig) {
	r.start()
	var port int
	if _, err := fmt.Sscanf(r.srv.Addrs()[0], "127.0.0.1:%d", &port); err != nil {
		t.Fatal(err)
	}
	for _, e := range []transport.Endpoints{
		{Bind: []string{"127.0.0.1"}, Port: port},
		{Bind: []string{"127.0.0.1", "192.0.2.1"}, Port: transport.AnyPort},
		{Bind: []string{"-192.0.2.1"}, Port: transport.AnyPort},
		{Bind: []string{""}, Port: transport.AnyPort},
		{Unix: filepath.Join(t.TempDir(), "no", "such", "dir")},
	} {
		if srv, err := r.f(r.host, Options{Endpoints: e}); err == nil {
			srv.Shutdown(time.Now())
			t.Errorf("%+v: no error", e)
		}
	}
}
