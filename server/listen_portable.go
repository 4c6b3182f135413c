package server

import "synap/server/listener"

// listenPortably opens the sockets with the transport that runs everywhere.
func (s *Server) listenPortably() (err error) {
	s.transport, err = listener.New(listener.Options{Endpoints: s.endpoints(), Host: s, Loop: s.loopCount()})
	return err
}
