//go:build !linux

package server

import (
	"errors"

	"synap/server/config"
)

// listen opens the sockets.
func (s *Server) listen() error {
	if s.cfg.NetworkBackend == config.BackendReactor {
		return errors.New("network-backend reactor needs Linux")
	}
	return s.listenPortably()
}

// raiseDescriptorLimit trusts the system where the limit has no portable meaning.
func raiseDescriptorLimit(want uint64) (uint64, error) { return want, nil }
