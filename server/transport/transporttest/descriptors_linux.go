package transporttest

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"synap/server/transport"
)

// RunWithoutDescriptors lets a transport run out of descriptors: it must neither spin nor stop, and serve the waiting
// clients when there are descriptors again. No other test may run meanwhile.
func RunWithoutDescriptors(t *testing.T, f Factory) {
	h := NewHost(t)
	srv, err := f(h, Options{Endpoints: transport.Endpoints{Bind: []string{"127.0.0.1"}, Port: transport.AnyPort}})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Shutdown(time.Now())
	var clients []*Client
	for range 6 { // they wait in the backlog
		clients = append(clients, Dial(t, srv.Addrs()[0]))
	}
	restore := leaveDescriptors(t, 2)
	defer restore()
	srv.Start()
	turns := h.Turns()
	for srv.Stats().AcceptErrors < 4 {
		time.Sleep(time.Millisecond)
	}
	if n := h.Turns() - turns; n > 60 {
		t.Errorf("%d turns for 4 failed accepts", n)
	}
	if n := srv.Stats().Total().Conns; n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
	if !h.Logged("warning", "Accepting client connection") {
		t.Error("nothing logged")
	}
	restore()
	for _, c := range clients {
		c.Ping()
	}
}

// RunKeepAlive changes the keep-alive period of a transport: connections that come after that have the new one.
func RunKeepAlive(t *testing.T, f Factory) {
	h := NewHost(t)
	e := transport.Endpoints{Bind: []string{"127.0.0.1"}, Port: transport.AnyPort, KeepAlive: 300 * time.Second}
	srv, err := f(h, Options{Endpoints: e})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Shutdown(time.Now())
	srv.Start()
	for i, c := range []struct {
		period                    time.Duration
		on, idle, interval, count int
	}{{300 * time.Second, 1, 300, 100, 3}, {60 * time.Second, 1, 60, 20, 3}, {0, 0, 0, 0, 0}, {90 * time.Second, 1, 90, 30, 3}} {
		if i > 0 {
			e.KeepAlive = c.period
			h.Alone(func() { err = srv.Rebind(e) })
			if err != nil {
				t.Fatal(err)
			}
		}
		client := Dial(t, srv.Addrs()[0])
		client.Ping()
		fd := h.Sessions()[0].Conn.FD()
		for _, o := range []struct{ level, name, want int }{
			{unix.SOL_SOCKET, unix.SO_KEEPALIVE, c.on}, {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, c.idle},
			{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, c.interval}, {unix.IPPROTO_TCP, unix.TCP_KEEPCNT, c.count},
			{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
		} {
			got, err := unix.GetsockoptInt(fd, o.level, o.name)
			if err != nil || got != o.want && (c.on == 1 || o.name == unix.SO_KEEPALIVE) {
				t.Errorf("period %v: option %d/%d is %d (%v), want %d", c.period, o.level, o.name, got, err, o.want)
			}
		}
		client.NC.Close()
		h.AwaitCount(0)
	}
}

// leaveDescriptors lowers the process's limit so that n descriptors are free.
func leaveDescriptors(t *testing.T, n int) (restore func()) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	highest := 0
	var free []int
	for range n {
		fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		free = append(free, fd)
		highest = max(highest, fd)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(highest) + 1, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	for _, fd := range free {
		unix.Close(fd)
	}
	return func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
			t.Error(err)
		}
	}
}
