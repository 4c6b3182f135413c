package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"time"

	"synap/server/transport"
)

// socket is a listening socket as redcon sees it: its connections are guards, and it only fails when it is closed.
type socket struct {
	net.Listener
	s       *Listener
	addr    string
	path    string // of a unix socket
	backoff transport.Backoff
	closed  chan struct{}
}

// changeLocked opens what the endpoints add and closes what they leave out; opened are the sockets that are new.
func (s *Listener) changeLocked(e *transport.Endpoints) (opened []*socket, err error) {
	want, err := e.Targets()
	if err != nil {
		return nil, err
	}
	open := func(t transport.Target) (*socket, error) {
		sock, err := s.openSocket(e, t)
		if err == nil {
			opened = append(opened, sock)
		}
		return sock, err
	}
	shut := func(sock *socket) {
		opened = slices.DeleteFunc(opened, func(o *socket) bool { return o == sock })
		sock.close()
	}
	s.life.socks, err = transport.Rebind(s.life.socks, want, open, shut)
	if err == nil {
		s.keepAlive.Store(int64(e.KeepAlive))
	}
	var addrs []string
	for _, l := range s.life.socks {
		addrs = append(addrs, l.Socket.addr)
	}
	s.addrs.Store(&addrs)
	return opened, err
}

func (s *Listener) openSocket(e *transport.Endpoints, t transport.Target) (*socket, error) {
	var ln net.Listener
	var err error
	if t.Path != "" {
		ln, err = listenUnix(e, t.Path)
	} else {
		ln, err = listenTCP(t.Addr)
	}
	if err != nil {
		return nil, err
	}
	setBacklog(ln, e.ListenBacklog())
	return &socket{Listener: ln, s: s, addr: ln.Addr().String(), path: t.Path, closed: make(chan struct{})}, nil
}

// noKeepAlive leaves the keep-alive options to Accept: they may change while the socket is open.
var noKeepAlive = net.ListenConfig{KeepAlive: -1}

func listenTCP(at netip.AddrPort) (net.Listener, error) {
	network := "tcp4"
	if at.Addr().Is6() {
		network = "tcp6"
	}
	return noKeepAlive.Listen(context.Background(), network, at.String())
}

// listenUnix replaces what a dead server left at the path.
func listenUnix(e *transport.Endpoints, path string) (net.Listener, error) {
	if fi, err := os.Lstat(path); err == nil && fi.Mode()&os.ModeSocket != 0 {
		_ = os.Remove(path)
	}
	lc := net.ListenConfig{Control: restrict(e.UnixPerm)}
	ln, err := lc.Listen(context.Background(), "unix", path)
	if err != nil || e.UnixPerm == 0 {
		return ln, err
	}
	if err := os.Chmod(path, e.UnixPerm); err != nil {
		ln.Close()
		return nil, err
	}
	return ln, nil
}

func (k *socket) close() {
	_ = k.Listener.Close()
	close(k.closed)
}

// Accept waits for a connection. When descriptors or memory run out it tries again after a pause.
func (k *socket) Accept() (net.Conn, error) {
	for {
		nc, err := k.Listener.Accept()
		if err == nil {
			k.backoff.Reset()
			k.setKeepAlive(nc)
			return k.guard(nc), nil
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		k.s.acceptErrors.Add(1)
		if k.backoff.First() {
			k.s.opt.Host.Log("warning", "Accepting client connection: %v; trying again until it works", err)
		}
		timer := time.NewTimer(k.backoff.Pause())
		select {
		case <-timer.C:
		case <-k.closed:
			timer.Stop()
			return nil, net.ErrClosed
		}
	}
}

// setKeepAlive gives a connection the options that are in force now. A connection that is already broken says so when it
// is read.
func (k *socket) setKeepAlive(nc net.Conn) {
	period := time.Duration(k.s.keepAlive.Load())
	tcp, ok := nc.(*net.TCPConn)
	if !ok || period <= 0 {
		return
	}
	idle, interval, count := transport.KeepAliveTimes(period)
	_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable: true, Idle: time.Duration(idle) * time.Second, Interval: time.Duration(interval) * time.Second, Count: count,
	})
}

// guard makes the connection's two sides, for the session and for redcon.
func (k *socket) guard(nc net.Conn) *guard {
	c := &conn{
		s: k.s, nc: nc, raw: nc, fd: descriptor(nc), unix: k.path != "", allow: transport.NewAllowance(k.s.opt.OutputPause),
		wakes: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if c.unix {
		c.remote = transport.FormatUnix(k.path)
		c.local = c.remote
	} else {
		c.remote, c.local = printAddr(nc.RemoteAddr()), printAddr(nc.LocalAddr())
		if k.s.opt.TLS != nil {
			c.nc = tls.Server(nc, k.s.opt.TLS)
		}
	}
	return &guard{Conn: nc, c: c}
}

func printAddr(a net.Addr) string {
	if t, ok := a.(*net.TCPAddr); ok {
		return transport.FormatTCP(t.AddrPort())
	}
	return a.String()
}

// descriptor returns the socket's descriptor number, for CLIENT LIST.
func descriptor(nc net.Conn) int {
	fd := -1
	if sc, ok := nc.(syscall.Conn); ok {
		if rc, err := sc.SyscallConn(); err == nil {
			_ = rc.Control(func(n uintptr) { fd = int(n) })
		}
	}
	return fd
}
