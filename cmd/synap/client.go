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

// client is a connection for commands whose replies do not matter unless they are errors.
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

// ask sends one command and awaits its reply.
func (c *client) ask(words ...string) error {
	if err := c.tell(words...); err != nil {
		return err
	}
	return c.discard(1)
}

// tell sends one command.
func (c *client) tell(words ...string) error {
	var w resp.Writer
	writeCommand(&w, words...)
	_, err := c.Write(w.Buf)
	return err
}

// discard reads n replies, among them no error.
func (c *client) discard(n int) error {
	for ; n > 0; n-- {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return err
		}
		kind, text := line[0], strings.TrimSpace(line[1:])
		switch kind {
		case '+', ':':
		case '*':
			var elements int
			if elements, err = strconv.Atoi(text); err == nil {
				err = c.discard(elements)
			}
		case '$':
			var length int
			if length, err = strconv.Atoi(text); err == nil && length >= 0 {
				_, err = c.in.Discard(length + len("\r\n"))
			}
		default:
			err = fmt.Errorf("the server replied %s", strings.TrimSpace(line))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// loadBatch is how many commands are sent at once: with their replies they fit the sockets' buffers.
const loadBatch = 500

// load makes all elements of a shape.
func (c *client) load(sh shape) error {
	var w resp.Writer
	commands := sh.elements / sh.step
	for i := 0; i < commands; {
		w.Buf = w.Buf[:0]
		n := min(loadBatch, commands-i)
		for range n {
			writeCommand(&w, sh.command(i)...)
			i++
		}
		if _, err := c.Write(w.Buf); err != nil {
			return err
		}
		if err := c.discard(n); err != nil {
			return err
		}
	}
	return nil
}

// fill empties the server and then makes the elements of the shapes, one after the other.
func (s *process) fill(ctx context.Context, shapes []shape) error {
	ctx, cancel := s.context(ctx)
	defer cancel(nil)
	c, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	err = c.ask("FLUSHALL")
	for _, sh := range shapes {
		if err == nil {
			err = c.load(sh)
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
