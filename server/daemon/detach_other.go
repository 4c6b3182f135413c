//go:build !unix

package daemon

import "errors"

// Detach fails: this system has no sessions to leave.
func Detach(string, []byte) (parent bool, err error) {
	return false, errors.New("daemonize is not available on this system")
}

func stopSelf() error { return errors.New("upstart is not available on this system") }
