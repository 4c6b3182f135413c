//go:build linux

package reactor

import (
	"fmt"
	"math"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"synap/server/transport"
)

// acceptBatch is how many connections a turn takes from one listening socket.
const acceptBatch = 64

// listeners are the listening sockets. After Start only turns of loop 0 use them, and Rebind while no turn runs.
type listeners struct {
	socks   []transport.Listening[*socket]
	backoff transport.Backoff
	retryAt atomic.Int64 // when the sockets return to epoll, on the reactor's clock; 0: they are there
	gen     int32
	accept4 func(fd int, from *unix.RawSockaddrAny) (int, unix.Errno)
}

type socket struct {
	fd    int
	addr  string         // for Addrs
	local netip.AddrPort // not valid for unix sockets
	path  string         // of a unix socket
}

// change opens what the endpoints add and closes what they leave out; opened are the sockets that are new.
func (s *listeners) change(e *transport.Endpoints) (opened []*socket, err error) {
	want, err := e.Targets()
	if err != nil {
		return nil, err
	}
	open := func(t transport.Target) (*socket, error) {
		sock, err := openSocket(e, t)
		if err != nil && t.Path != "" {
			return nil, fmt.Errorf("listen on %s: %w", t.Path, err)
		} else if err != nil {
			return nil, fmt.Errorf("listen on %s: %w", t.Addr, err)
		}
		opened = append(opened, sock)
		return sock, nil
	}
	shut := func(sock *socket) {
		opened = slices.DeleteFunc(opened, func(o *socket) bool { return o == sock })
		sock.close()
	}
	s.socks, err = transport.Rebind(s.socks, want, open, shut)
	if err != nil {
		return opened, err
	}
	for _, l := range s.socks {
		if l.Path == "" {
			if err := setKeepAlive(l.Socket.fd, e.KeepAlive); err != nil {
				return opened, err
			}
		}
	}
	return opened, nil
}

// addrs are the addresses of the sockets.
func (s *listeners) addrs() []string {
	var list []string
	for _, l := range s.socks {
		list = append(list, l.Socket.addr)
	}
	return list
}

func openSocket(e *transport.Endpoints, t transport.Target) (*socket, error) {
	if t.Path != "" {
		return listenUnix(e, t.Path)
	}
	return listenTCP(e, t.Addr.Addr())
}

func listenTCP(e *transport.Endpoints, addr netip.Addr) (*socket, error) {
	family := unix.AF_INET
	if addr.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := prepareTCP(fd, e, addr); err != nil {
		unix.Close(fd)
		return nil, err
	}
	local := localAddr(fd)
	return &socket{fd: fd, addr: transport.FormatTCP(local), local: local}, nil
}

// prepareTCP sets the options, binds and listens. Accepted sockets inherit TCP_NODELAY.
func prepareTCP(fd int, e *transport.Endpoints, addr netip.Addr) error {
	opts := []option{{unix.SOL_SOCKET, unix.SO_REUSEADDR, 1}, {unix.IPPROTO_TCP, unix.TCP_NODELAY, 1}}
	if addr.Is6() {
		opts = append(opts, option{unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1})
	}
	if err := setOptions(fd, opts); err != nil {
		return err
	}
	var sa unix.Sockaddr
	if addr.Is6() {
		sa = &unix.SockaddrInet6{Port: e.ListenPort(), Addr: addr.As16()}
	} else {
		sa = &unix.SockaddrInet4{Port: e.ListenPort(), Addr: addr.As4()}
	}
	if err := unix.Bind(fd, sa); err != nil {
		return os.NewSyscallError("bind", err)
	}
	return os.NewSyscallError("listen", unix.Listen(fd, e.ListenBacklog()))
}

type option struct{ level, name, value int }

func setOptions(fd int, opts []option) error {
	for _, o := range opts {
		if err := unix.SetsockoptInt(fd, o.level, o.name, o.value); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	return nil
}

// setKeepAlive sets the keep-alive options of a listening socket, which the sockets accepted from now on inherit.
func setKeepAlive(fd int, period time.Duration) error {
	if period <= 0 {
		return setOptions(fd, []option{{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 0}})
	}
	idle, interval, count := transport.KeepAliveTimes(period)
	return setOptions(fd, []option{{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1}, {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, idle},
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, interval}, {unix.IPPROTO_TCP, unix.TCP_KEEPCNT, count}})
}

// listenUnix replaces what a dead server left at the path. The permission is set before listen makes it reachable.
func listenUnix(e *transport.Endpoints, path string) (*socket, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if fi, err := os.Lstat(path); err == nil && fi.Mode()&os.ModeSocket != 0 {
		_ = os.Remove(path)
	}
	err = os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrUnix{Name: path}))
	if err == nil && e.UnixPerm != 0 {
		err = os.Chmod(path, e.UnixPerm)
	}
	if err == nil {
		err = os.NewSyscallError("listen", unix.Listen(fd, e.ListenBacklog()))
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &socket{fd: fd, addr: path, path: path}, nil
}

func (sock *socket) close() {
	unix.Close(sock.fd)
	if sock.path != "" {
		_ = os.Remove(sock.path)
	}
}

// close closes all listening sockets.
func (s *listeners) close() {
	for _, l := range s.socks {
		l.Socket.close()
	}
	s.socks = nil
	s.retryAt.Store(0)
}

// register adds all sockets to the loop's epoll.
func (s *listeners) register(l *loop) {
	for _, k := range s.socks {
		s.registerOne(l, k.Socket)
	}
}

func (s *listeners) registerOne(l *loop, sock *socket) {
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(sock.fd)}
	err := unix.EpollCtl(l.epfd, unix.EPOLL_CTL_ADD, sock.fd, &ev)
	if err != nil && err != unix.EEXIST {
		l.host.Log("warning", "epoll_ctl of %s: %v", sock.addr, err)
		s.retryAt.Store(int64(l.r.clock() + s.backoff.Pause()))
	}
}

func (s *listeners) find(fd int) *socket {
	for _, l := range s.socks {
		if l.Socket.fd == fd {
			return l.Socket
		}
	}
	return nil
}

func (s *listeners) has(fd int) bool { return s.find(fd) != nil }

// untilRetry is the time until paused sockets are tried again.
func (s *listeners) untilRetry(now time.Duration) time.Duration {
	at := s.retryAt.Load()
	if at == 0 {
		return math.MaxInt64
	}
	return time.Duration(at) - now
}

// retry ends a pause that is over.
func (s *listeners) retry(l *loop) {
	if s.untilRetry(l.now) <= 0 {
		s.retryAt.Store(0)
		s.register(l)
	}
}

// accept takes the connections waiting at a socket.
func (s *listeners) accept(l *loop, fd int) {
	sock := s.find(fd)
	if sock == nil || s.retryAt.Load() != 0 {
		return
	}
	for range acceptBatch {
		var from unix.RawSockaddrAny
		nfd, errno := s.accept4(fd, &from)
		switch errno {
		case 0:
			s.backoff.Reset()
			s.welcome(l, sock, nfd, &from)
		case unix.EAGAIN:
			return
		case unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM:
			l.r.acceptErrors.Add(1)
			s.pause(l, errno)
			return
		default: // the fate of one connection: aborted, refused by a firewall, interrupted
			l.r.acceptErrors.Add(1)
		}
	}
}

// pause takes the sockets out of epoll for a while: they stay readable, and every wait would return at once.
func (s *listeners) pause(l *loop, errno unix.Errno) {
	if s.backoff.First() {
		l.host.Log("warning", "Accepting client connection: %v; trying again until it works", errno)
	}
	for _, k := range s.socks {
		ev := unix.EpollEvent{}
		if err := unix.EpollCtl(l.epfd, unix.EPOLL_CTL_DEL, k.Socket.fd, &ev); err != nil && err != unix.ENOENT {
			l.host.Log("warning", "epoll_ctl of %s: %v", k.Socket.addr, err)
		}
	}
	s.retryAt.Store(int64(l.now + s.backoff.Pause()))
}

// welcome makes an accepted socket a connection with a session.
func (s *listeners) welcome(l *loop, sock *socket, fd int, from *unix.RawSockaddrAny) {
	s.gen++
	c := &conn{fd: fd, gen: s.gen, allow: transport.NewAllowance(l.r.opt.OutputPause), lastFed: l.now}
	c.loop.Store(l)
	if sock.path != "" {
		c.unix = true
		c.remote = transport.FormatUnix(sock.path)
		c.local = c.remote
	} else {
		c.remote = transport.FormatTCP(addrPort(from))
		c.local = sock.addr
		if sock.local.Addr().IsUnspecified() {
			c.local = transport.FormatTCP(localAddr(fd))
		}
	}
	if err := l.add(c); err != nil {
		l.host.Log("warning", "epoll_ctl of client %s: %v", c.remote, err)
		l.r.acceptErrors.Add(1)
		closeSocket(fd)
		return
	}
	l.r.open.Add(1)
	c.session = l.host.Accept(c)
	if c.session == nil {
		l.r.refused.Add(1)
		if c.out.Len() > 0 {
			_, _, _ = l.transmit(c, c.out.Len())
		}
		l.discardInput(c)
		l.close(c)
		return
	}
	l.r.accepted.Add(1)
	l.settle(c)
}

func accept4(fd int, from *unix.RawSockaddrAny) (int, unix.Errno) {
	size := uint32(unix.SizeofSockaddrAny)
	n, _, errno := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(from)), uintptr(unsafe.Pointer(&size)),
		unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	return int(n), errno
}

// addrPort reads an IP address as the kernel wrote it.
func addrPort(sa *unix.RawSockaddrAny) netip.AddrPort {
	switch sa.Addr.Family {
	case unix.AF_INET:
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(sa))
		return netip.AddrPortFrom(netip.AddrFrom4(in.Addr), hostOrder(in.Port))
	case unix.AF_INET6:
		in := (*unix.RawSockaddrInet6)(unsafe.Pointer(sa))
		return netip.AddrPortFrom(netip.AddrFrom16(in.Addr), hostOrder(in.Port))
	}
	return netip.AddrPort{}
}

func hostOrder(port uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(&port))
	return uint16(b[0])<<8 | uint16(b[1])
}

func localAddr(fd int) netip.AddrPort {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	return netip.AddrPort{}
}
