//go:build !unix

package listener

import (
	"net"
	"os"
	"syscall"
)

// restrict does nothing where sockets have no file mode.
func restrict(os.FileMode) func(network, address string, rc syscall.RawConn) error { return nil }

// setBacklog does nothing: the system's maximum stays.
func setBacklog(net.Listener, int) {}
