package main

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// channel is what workloads publish to.
const channel = "channel"

// audience is how many clients listen to what a workload publishes.
func (w workload) audience() int {
	if w.traits&heard != 0 {
		return 10
	}
	return 0
}

// subscribers are clients that listen to a channel and forget what they hear.
type subscribers struct {
	clients []*client
	ended   chan error // one per client
	cancel  context.CancelCauseFunc
}

// subscribe starts n subscribers, maybe none. They live until leave, or until the server or ctx ends.
func (s *process) subscribe(ctx context.Context, n int) (*subscribers, error) {
	ctx, cancel := s.context(ctx)
	g := &subscribers{ended: make(chan error, n), cancel: cancel}
	for range n {
		c, err := s.dial(ctx)
		if err == nil {
			g.clients = append(g.clients, c)
			err = c.ask("SUBSCRIBE", channel)
		}
		if err != nil {
			g.close()
			return nil, fmt.Errorf("subscribing: %w", err)
		}
	}
	for _, c := range g.clients {
		go func() { g.ended <- c.listen() }()
	}
	return g, nil
}

// listen reads until the server hangs up. The reply to QUIT must be the last thing heard: without it the server has
// dropped a subscriber, and did not do all of the work.
func (c *client) listen() error {
	const farewell = "+OK\r\n"
	var last [len(farewell)]byte
	buf := make([]byte, 64<<10)
	for {
		n, err := c.in.Read(buf)
		if n >= len(last) {
			copy(last[:], buf[n-len(last):n])
		} else {
			copy(last[:], last[n:])
			copy(last[len(last)-n:], buf[:n])
		}
		switch {
		case err == nil:
		case !errors.Is(err, io.EOF):
			return err
		case string(last[:]) != farewell:
			return errors.New("the server dropped a subscriber")
		default:
			return nil
		}
	}
}

// leave waits until every subscriber has heard everything, and ends them.
func (g *subscribers) leave() error {
	defer g.close()
	var failed []error
	for _, c := range g.clients {
		if err := c.tell("QUIT"); err != nil {
			failed = append(failed, err)
		}
	}
	for range g.clients {
		if err := <-g.ended; err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (g *subscribers) close() {
	for _, c := range g.clients {
		c.Close()
	}
	g.cancel(nil)
}
