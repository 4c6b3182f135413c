package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"synap/server/resp"
)

// client is a connection for commands that are answered with a status.
type client struct {
	net.Conn
	in   *bufio.Reader
	stop func() bool
}

// dial connects to the server. The connection breaks when ctx ends.
func (s *process) dial(ctx context.Context) (*client, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
	if err != nil {
		return nil, err
	}
	return newClient(ctx, c), nil
}

func newClient(ctx context.Context, c net.Conn) *client {
	return &client{Conn: c, in: bufio.NewReaderSize(c, 64<<10), stop: context.AfterFunc(ctx, func() { c.Close() })}
}

func (c *client) Close() error {
	c.stop()
	return c.Conn.Close()
}

// ask sends one command and wants a status in reply.
func (c *client) ask(words ...string) error {
	var w resp.Writer
	writeCommand(&w, words...)
	return c.send(w.Buf, 1)
}

// send writes n commands and reads their replies, which must be statuses.
func (c *client) send(commands []byte, n int) error {
	if _, err := c.Write(commands); err != nil {
		return err
	}
	for range n {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return err
		}
		if line[0] != '+' {
			return fmt.Errorf("the server replied %s", strings.TrimSpace(line))
		}
	}
	return nil
}

// loadBatch is how many commands are sent at once: with their replies they fit the sockets' buffers.
const loadBatch = 500

// load makes all keys of a shape.
func (c *client) load(sh *shape) error {
	var w resp.Writer
	for i := 0; i < sh.keys; {
		w.Buf = w.Buf[:0]
		n := min(loadBatch, sh.keys-i)
		for range n {
			sh.command(&w, i)
			i++
		}
		if err := c.send(w.Buf, n); err != nil {
			return err
		}
	}
	return nil
}

// fill empties the server and then makes the keys of a shape, none if it is nil.
func (s *process) fill(ctx context.Context, sh *shape) error {
	ctx, cancel := s.context(ctx)
	defer cancel(nil)
	c, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err = c.ask("FLUSHALL"); err == nil && sh != nil {
		err = c.load(sh)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
