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
