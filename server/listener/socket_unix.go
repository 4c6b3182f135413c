//go:build unix

package listener

import (
	"net"
	"os"
	"syscall"
)

// restrict sets the permission of a unix socket before bind creates its file: Linux gives the file the mode of the
// socket, so it is never reachable with a wider one. Other systems ignore it until the chmod that follows.
func restrict(perm os.FileMode) func(network, address string, rc syscall.RawConn) error {
	if perm == 0 {
		return nil
	}
	return func(_, _ string, rc syscall.RawConn) error {
		return rc.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), uint32(perm.Perm())) })
	}
}

// setBacklog repeats listen(2): package net always uses the system's maximum.
func setBacklog(ln net.Listener, backlog int) {
	sc, ok := ln.(syscall.Conn)
	if !ok {
		return
	}
	if rc, err := sc.SyscallConn(); err == nil {
		_ = rc.Control(func(fd uintptr) { _ = syscall.Listen(int(fd), backlog) })
	}
}
