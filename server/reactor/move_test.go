//go:build linux

package reactor

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"synap/server/transport"
	"synap/server/transport/transporttest"
)

func start(t *testing.T, h *transporttest.Host, opt Options) *Reactor {
	t.Helper()
	opt.Host = h
	opt.Bind = []string{"127.0.0.1"}
	opt.Port = transport.AnyPort
	r, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Shutdown(time.Now()) })
	return r
}

// Connections move among loops all the time while they talk; no byte, post or held reply is lost or out of order.
func TestMoveUnderLoad(t *testing.T) {
	h := transporttest.NewHost(t)
	h.Quantum = 5
	r := start(t, h, Options{Loops: 3, OutputPause: 64 << 10, WriteQuantum: 32 << 10})
	r.Start()
	for _, l := range r.loops {
		l.start()
	}
	var stop atomic.Bool
	var background, clients sync.WaitGroup
	background.Go(func() {
		for i := 0; !stop.Load(); i++ {
			from, to := r.loops[i%3], r.loops[(i+1+i%2)%3]
			r.onLoop(from, func() { from.moves = append(from.moves, move{share: 0.5, to: []*loop{to}}) })
		}
	})
	background.Go(func() {
		for seq := uint64(1); !stop.Load(); seq++ {
			r.Release(seq)
			time.Sleep(100 * time.Microsecond)
		}
	})
	for i := range 12 {
		clients.Go(func() { talk(t, r, i) })
	}
	clients.Go(func() { listen(t, h, r) })
	clients.Wait()
	stop.Store(true)
	background.Wait()
	if s := r.Stats().Total(); s.Adopted == 0 || s.Adopted != s.GivenAway {
		t.Errorf("%d connections given, %d adopted", s.GivenAway, s.Adopted)
	}
}

// talk sends pipelines that exceed every quantum and checks the replies.
func talk(t *testing.T, r *Reactor, client int) {
	c := transporttest.Dial(t, r.Addrs()[0])
	defer c.NC.Close()
	for round := range 40 {
		var b strings.Builder
		for i := range 20 {
			fmt.Fprintf(&b, "ECHO %d:%d:%d\r\nFILL %d\r\n", client, round, i, 3000*i)
		}
		fmt.Fprintf(&b, "HOLD %d\r\nPING\r\n", r.released.Load()+3)
		go fmt.Fprint(c.NC, b.String())
		for i := range 20 {
			c.Bulk(fmt.Appendf(nil, "%d:%d:%d", client, round, i))
			c.Bulk(transporttest.Pattern(3000 * i))
		}
		c.Line("+HELD")
		c.Line("+PONG")
	}
}

// listen checks the order of posted output of one connection.
func listen(t *testing.T, h *transporttest.Host, r *Reactor) {
	c := transporttest.Dial(t, r.Addrs()[0])
	defer c.NC.Close()
	c.Ping()
	var mine *transporttest.Session
	for _, s := range h.Sessions() {
		if s.Conn.RemoteAddr() == c.NC.LocalAddr().String() {
			mine = s
		}
	}
	const n = 20_000
	go func() {
		for i := range n {
			mine.Say(fmt.Sprint("+", i))
		}
	}()
	for i := range n {
		c.Line(fmt.Sprint("+", i))
	}
}

// With two loops and a load that saturates one, both get connections, and an idle server goes back to one.
func TestLoopsFollowDecisions(t *testing.T) {
	h := transporttest.NewHost(t)
	r := start(t, h, Options{Loops: 2})
	r.Start()
	var clients []*transporttest.Client
	for range 10 {
		c := transporttest.Dial(t, r.Addrs()[0])
		c.Ping()
		clients = append(clients, c)
	}
	r.onLoop(r.loops[0], func() {
		r.loops[1].start()
		r.loops[0].moves = append(r.loops[0].moves, move{share: 0.5, to: r.loops[1:]})
		r.balancer.moved(2)
	})
	for r.loops[1].stats.conns.Load() != 5 {
		time.Sleep(time.Millisecond)
	}
	for r.loops[1].stats.conns.Load() != 0 { // idle: given back
		time.Sleep(time.Millisecond)
	}
	for _, c := range clients {
		c.Ping()
	}
	if n := r.loops[0].stats.conns.Load(); n != 10 {
		t.Errorf("%d connections on loop 0", n)
	}
}

// Accept errors that belong to a connection do not disturb the others.
func TestAcceptErrors(t *testing.T) {
	h := transporttest.NewHost(t)
	r := start(t, h, Options{Loops: 1})
	errs := []unix.Errno{unix.ECONNABORTED, unix.EPERM, unix.EINTR, unix.EPROTO, unix.ENFILE, unix.ENOMEM, unix.ENOBUFS}
	calls := 0
	r.listeners.accept4 = func(fd int, from *unix.RawSockaddrAny) (int, unix.Errno) {
		calls++
		if calls <= len(errs) {
			return -1, errs[calls-1]
		}
		return accept4(fd, from)
	}
	r.Start()
	transporttest.Dial(t, r.Addrs()[0]).Ping()
	if n := r.Stats().AcceptErrors; n != int64(len(errs)) {
		t.Errorf("%d accept errors counted, want %d", n, len(errs))
	}
	if !h.Logged("warning", "Accepting") {
		t.Error("nothing logged")
	}
}

// Accepted sockets inherit what was set on the listening socket.
func TestSocketOptions(t *testing.T) {
	h := transporttest.NewHost(t)
	r := start(t, h, Options{Endpoints: transport.Endpoints{KeepAlive: 300 * time.Second}})
	r.Start()
	transporttest.Dial(t, r.Addrs()[0]).Ping()
	fd := h.Sessions()[0].Conn.FD()
	for _, o := range []struct{ level, name, want int }{
		{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1}, {unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 300}, {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 100}, {unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3},
	} {
		if got, err := unix.GetsockoptInt(fd, o.level, o.name); err != nil || got != o.want {
			t.Errorf("option %d/%d is %d (%v), want %d", o.level, o.name, got, err, o.want)
		}
	}
}

// An idle connection owns no buffers, and one that announces a huge argument gets no more than it sent.
func TestInputBuffers(t *testing.T) {
	h := transporttest.NewHost(t)
	r := start(t, h, Options{Loops: 1})
	r.Start()
	c := transporttest.Dial(t, r.Addrs()[0])
	c.Ping()
	s := h.Sessions()[0]
	measure := func() (n, room, out int) {
		r.onLoop(r.loops[0], func() { n, room, out = s.Conn.InputLen(), s.Conn.InputCap(), s.Conn.(*conn).out.Cap() })
		return n, room, out
	}
	if n, room, out := measure(); n != 0 || room != 0 || out != 0 {
		t.Errorf("idle: %d bytes in a buffer of %d, output of %d", n, room, out)
	}
	head := "*2\r\n$4\r\nECHO\r\n$500000000\r\n"
	sent := len(head)
	c.Send(head)
	for _, more := range []int{0, 1, 3000, 200_000} {
		c.Send(string(transporttest.Pattern(more)))
		sent += more
		n, room, _ := measure()
		for n < sent {
			n, room, _ = measure()
		}
		if room > max(2*sent, 2*minInput) {
			t.Errorf("a buffer of %d for %d bytes", room, sent)
		}
	}
}
