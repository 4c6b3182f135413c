package server

import (
	"golang.org/x/sys/unix"

	"synap/server/config"
	"synap/server/reactor"
)

// listen opens the sockets with the transport the configuration asks for.
func (s *Server) listen() (err error) {
	if s.cfg.NetworkBackend == config.BackendListener {
		return s.listenPortably()
	}
	s.transport, err = reactor.New(reactor.Options{Endpoints: s.endpoints(), Host: s, Loops: s.loopCount()})
	return err
}

// raiseDescriptorLimit raises the limit of open files towards want and returns what it is now.
func raiseDescriptorLimit(want uint64) (uint64, error) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return 0, err
	}
	if r.Cur >= want {
		return r.Cur, nil
	}
	raised := unix.Rlimit{Cur: want, Max: max(r.Max, want)}
	if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
		return want, nil
	}
	raised = unix.Rlimit{Cur: min(want, r.Max), Max: r.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &raised); err != nil {
		return r.Cur, nil
	}
	return raised.Cur, nil
}
