package transporttest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hang is when a test gives up on an answer. It is no measurement, only the difference between failing and hanging.
const hang = 60 * time.Second

// Client is a connection to the server under test.
type Client struct {
	t  testing.TB
	NC net.Conn
	r  *bufio.Reader
}

// Dial connects to an address as transport.Server.Addrs gives it.
func Dial(t testing.TB, addr string) *Client {
	t.Helper()
	network := "tcp"
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	nc, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	return NewClient(t, nc)
}

// NewClient wraps an open connection.
func NewClient(t testing.TB, nc net.Conn) *Client {
	t.Cleanup(func() { nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(hang)); err != nil {
		t.Fatal(err)
	}
	return &Client{t: t, NC: nc, r: bufio.NewReaderSize(nc, 64<<10)}
}

// Send writes bytes; an error fails the test.
func (c *Client) Send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.NC, s); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// Line expects a line.
func (c *Client) Line(want string) {
	c.t.Helper()
	got, err := c.r.ReadString('\n')
	if err != nil || got != want+"\r\n" {
		c.t.Fatalf("got line %q (%v), want %q", got, err, want)
	}
}

// Bulk expects a bulk string.
func (c *Client) Bulk(want []byte) {
	c.t.Helper()
	if err := c.bulk(want); err != nil {
		c.t.Fatal(err)
	}
}

func (c *Client) bulk(want []byte) error {
	head, err := c.r.ReadString('\n')
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(strings.Trim(head, "$\r\n"))
	if err != nil || n != len(want) {
		return fmt.Errorf("got %q, want a bulk string of %d bytes", head, len(want))
	}
	got := make([]byte, n+2)
	if _, err := io.ReadFull(c.r, got); err != nil {
		return err
	}
	if !bytes.Equal(got[:n], want) || string(got[n:]) != "\r\n" {
		return fmt.Errorf("bulk string of %d bytes differs", n)
	}
	return nil
}

// Ping makes a round trip.
func (c *Client) Ping() {
	c.t.Helper()
	c.Send("PING\r\n")
	c.Line("+PONG")
}

// End expects the end of the stream and nothing before it.
func (c *Client) End() {
	c.t.Helper()
	if b, err := c.r.ReadByte(); err == nil {
		c.t.Fatalf("got byte %q, want the end", b)
	} else if ne, ok := err.(net.Error); ok && ne.Timeout() {
		c.t.Fatal("connection still open")
	}
}

// CloseWrite ends the client's half of the connection.
func (c *Client) CloseWrite() {
	c.t.Helper()
	if err := c.NC.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		c.t.Fatal(err)
	}
}

// dialOnce connects and closes.
func dialOnce(addr string) (bool, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return false, err
	}
	return true, nc.Close()
}
