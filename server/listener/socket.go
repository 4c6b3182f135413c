package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
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
}

// listen opens all sockets, or returns an error.
func (s *Listener) listen() error {
	binds, err := s.opt.Addresses()
	if err != nil {
		return err
	}
	for _, b := range binds {
		for _, addr := range b.Addrs {
			if err := s.listenTCP(addr, b.Optional); err != nil {
				return err
			}
		}
	}
	if s.opt.Port != 0 && len(s.socks) == 0 {
		return fmt.Errorf("no address to listen on for port %d", s.opt.ListenPort())
	}
	if s.opt.Unix != "" {
		return s.listenUnix()
	}
	return nil
}

func (s *Listener) config() net.ListenConfig {
	lc := net.ListenConfig{KeepAlive: -1}
	if s.opt.KeepAlive > 0 {
		idle, interval, count := transport.KeepAliveTimes(s.opt.KeepAlive)
		lc.KeepAliveConfig = net.KeepAliveConfig{
			Enable: true, Idle: time.Duration(idle) * time.Second, Interval: time.Duration(interval) * time.Second, Count: count,
		}
	}
	return lc
}

// listenTCP skips addresses of protocols the machine does not speak and, if optional, addresses it does not have.
func (s *Listener) listenTCP(addr netip.Addr, optional bool) error {
	network := "tcp4"
	if addr.Is6() {
		network = "tcp6"
	}
	lc := s.config()
	ln, err := lc.Listen(context.Background(), network, transport.JoinPort(addr, s.opt.ListenPort()))
	switch {
	case err == nil:
		setBacklog(ln, s.opt.ListenBacklog())
		s.add(&socket{Listener: ln, s: s, addr: ln.Addr().String()})
		return nil
	case optional && errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil
	}
	for _, missing := range []syscall.Errno{syscall.ENOPROTOOPT, syscall.EPROTONOSUPPORT, syscall.ESOCKTNOSUPPORT,
		syscall.EPFNOSUPPORT, syscall.EAFNOSUPPORT} {
		if errors.Is(err, missing) {
			return nil
		}
	}
	return err
}

// listenUnix replaces what a dead server left at the path.
func (s *Listener) listenUnix() error {
	path := s.opt.Unix
	if fi, err := os.Lstat(path); err == nil && fi.Mode()&os.ModeSocket != 0 {
		_ = os.Remove(path)
	}
	lc := s.config()
	lc.Control = restrict(s.opt.UnixPerm)
	ln, err := lc.Listen(context.Background(), "unix", path)
	if err != nil {
		return err
	}
	setBacklog(ln, s.opt.ListenBacklog())
	s.add(&socket{Listener: ln, s: s, addr: path, path: path})
	if s.opt.UnixPerm != 0 {
		return os.Chmod(path, s.opt.UnixPerm)
	}
	return nil
}

func (s *Listener) add(sock *socket) {
	s.socks = append(s.socks, sock)
	s.addrs = append(s.addrs, sock.addr)
}

func (s *Listener) closeSockets() {
	for _, sock := range s.socks {
		_ = sock.Listener.Close()
	}
}

// Accept waits for a connection. When descriptors or memory run out it tries again after a pause.
func (k *socket) Accept() (net.Conn, error) {
	for {
		nc, err := k.Listener.Accept()
		if err == nil {
			k.backoff.Reset()
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
		case <-k.s.quit:
			timer.Stop()
			return nil, net.ErrClosed
		}
	}
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
