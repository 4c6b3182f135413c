package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"synap/server/config"
	"synap/server/logging"
	"synap/server/resp"
)

// socketHang is when a test over real sockets gives up on an answer. It is no measurement.
const socketHang = 60 * time.Second

// socketServer is a server that serves a unix socket.
type socketServer struct {
	t    *testing.T
	path string
	srv  *Server
}

// eachBackend runs a test against a server of every network backend the system has.
func eachBackend(t *testing.T, directives string, test func(*testing.T, *socketServer)) {
	for _, backend := range []string{"reactor", "listener"} {
		if backend == "reactor" && runtime.GOOS != "linux" {
			continue
		}
		t.Run(backend, func(t *testing.T) { test(t, serve(t, "network-backend "+backend+"\n"+directives)) })
	}
}

// serve runs a server until the test ends.
func serve(t *testing.T, directives string) *socketServer {
	t.Helper()
	s := &socketServer{t: t, path: filepath.Join(t.TempDir(), "s")}
	cfg, err := config.New(config.System())
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.Load("port 0\nio-threads 1\nunixsocket " + s.path + "\n" + directives); err != nil {
		t.Fatal(err)
	}
	srv, err := New(cfg, logging.New(logging.Options{Output: io.Discard, Now: time.Now}))
	if err != nil {
		t.Fatal(err)
	}
	s.srv = srv
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-srv.Ready():
	case err := <-done:
		done <- err
		t.Fatalf("not serving: %v", err)
	}
	return s
}

// socketClient is a client of a socketServer.
type socketClient struct {
	t       *testing.T
	nc      net.Conn
	replies *resp.ReplyReader
	srv     *Server

	mostInput int64 // the most memory of all clients awaitQuery has seen, in bytes
}

// dial connects, and logs in if there is a password.
func (s *socketServer) dial(password string) *socketClient {
	s.t.Helper()
	nc, err := net.Dial("unix", s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(socketHang)); err != nil {
		s.t.Fatal(err)
	}
	c := &socketClient{t: s.t, nc: nc, srv: s.srv, replies: resp.NewReplyReader(bufio.NewReader(nc))}
	if password != "" {
		c.expect("AUTH "+password, "+OK")
	}
	return c
}

func (c *socketClient) send(raw string) {
	c.t.Helper()
	if _, err := io.WriteString(c.nc, raw); err != nil {
		c.t.Fatal(err)
	}
}

func (c *socketClient) reply(want string) {
	c.t.Helper()
	got, err := c.replies.Read()
	if err != nil || got.String() != want {
		c.t.Fatalf("got %.200q, %v, want %.200q", got.String(), err, want)
	}
}

func (c *socketClient) expect(line, want string) {
	c.t.Helper()
	c.send(encode(c.t, line))
	c.reply(want)
}

// text sends a command that is answered with a string.
func (c *socketClient) text(line string) string {
	c.t.Helper()
	c.send(encode(c.t, line))
	got, err := c.replies.Read()
	if err != nil {
		c.t.Fatal(err)
	}
	return string(got.Text)
}

// awaitQuery looks at what a client named name has sent of a command, in bytes, until it is what the test waits for: the
// words that are complete, and all of the rest; -1: there is no such client.
func (c *socketClient) awaitQuery(name string, wanted func(bytes int) bool) {
	c.t.Helper()
	for {
		size := -1
		for line := range strings.Lines(c.text("CLIENT LIST")) {
			if field(line, "name") != name {
				continue
			}
			words, err := strconv.Atoi(field(line, "argv-mem"))
			if err != nil {
				c.t.Fatal(err)
			}
			if size, err = strconv.Atoi(field(line, "qbuf")); err != nil {
				c.t.Fatal(err)
			}
			size += words
			c.mostInput = max(c.mostInput, c.srv.clientMemory.Load())
		}
		if wanted(size) {
			return
		}
	}
}

// awaitLine looks at the line of CLIENT LIST of a client named name until it is what the test waits for.
func (c *socketClient) awaitLine(name string, wanted func(line string) bool) {
	c.t.Helper()
	for {
		for line := range strings.Lines(c.text("CLIENT LIST")) {
			if field(line, "name") == name && wanted(line) {
				return
			}
		}
	}
}

// end expects that the server closes the connection without a further reply.
func (c *socketClient) end() {
	c.t.Helper()
	got, err := c.replies.Read()
	var timeout net.Error
	if err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		c.t.Fatalf("got %.200q, %v, want the end", got.String(), err)
	}
}

// TestInputBeforeLogin holds clients without a password to what Redis allows them, however their bytes are cut.
func TestInputBeforeLogin(t *testing.T) {
	const count = "-ERR Protocol error: unauthenticated multibulk length"
	const length = "-ERR Protocol error: unauthenticated bulk length"
	eachBackend(t, "requirepass secret", func(t *testing.T, s *socketServer) {
		for _, tc := range []struct{ in, want string }{
			{"*1000\r\n", count},
			{"*11\r\n", count},
			{"*11\r\n" + strings.Repeat("$1\r\na\r\n", 11), count},
			{"*1\r\n$20000\r\n", length},
			{"*2\r\n$4\r\nAUTH\r\n$16385\r\n", length},
			{"*1\r\n$500000000\r\n" + strings.Repeat("x", 1000), length},
			{"*1\r\n$600000000\r\n", "-ERR Protocol error: invalid bulk length"},
			{strings.Repeat("x", 70_000), "-ERR Protocol error: too big inline request"},
		} {
			for _, step := range []int{len(tc.in), 1} {
				if step == 1 && len(tc.in) > 2000 {
					continue
				}
				c := s.dial("")
				c.expect("PING", "-NOAUTH Authentication required.")
				for in := tc.in; len(in) > 0; in = in[min(step, len(in)):] {
					if _, err := io.WriteString(c.nc, in[:min(step, len(in))]); err != nil {
						break // refused before its end
					}
				}
				c.reply(tc.want)
				c.end()
			}
		}
		c := s.dial("")
		c.send(encode(t, "AUTH secret") + encode(t, "ECHO "+strings.Repeat("x", 20_000)) + "*11\r\n$3\r\nDEL\r\n")
		c.reply("+OK")
		c.reply(strconv.Quote(strings.Repeat("x", 20_000)))
		c.send(strings.Repeat("$1\r\na\r\n", 10))
		c.reply(":0")
	})
}

// TestQueryBufferLimit sends incomplete commands beyond client-query-buffer-limit: they must cost the client its
// connection and the server no more memory than about the limit.
func TestQueryBufferLimit(t *testing.T) {
	const limit, size = 1 << 20, 3 << 20
	eachBackend(t, "requirepass secret", func(t *testing.T, s *socketServer) {
		watcher := s.dial("secret")
		watcher.expect("CONFIG SET client-query-buffer-limit 1mb", "+OK")
		for _, tc := range []struct {
			name, head, more string
			left             int // bytes of more that stay below the limit
			shown            int // how many of them CLIENT LIST shows
		}{
			{"one argument", "*2\r\n$4\r\nECHO\r\n$500000000\r\n", strings.Repeat("x", 50_000), 500_000, 500_000},
			{"many arguments", "*1000000\r\n", strings.Repeat("$1\r\na\r\n", 7_000), 490_000, 70_000},
		} {
			t.Run(tc.name, func(t *testing.T) {
				c := s.dial("secret")
				c.expect("CLIENT SETNAME hog", "+OK")
				c.send(tc.head)
				for sent := 0; sent < tc.left; sent += len(tc.more) {
					c.send(tc.more)
				}
				watcher.awaitQuery("hog", func(n int) bool { return n >= tc.shown && n <= limit })
				var err error
				for sent := 0; sent < size && err == nil; sent += len(tc.more) {
					_, err = io.WriteString(c.nc, tc.more)
				}
				c.end()
				watcher.awaitQuery("hog", func(n int) bool { return n < 0 })
				if most := watcher.mostInput; most > 2*limit {
					t.Errorf("%d bytes of buffers for one client", most)
				}
			})
		}
		c := s.dial("secret") // a command that is complete before the limit
		big := strings.Repeat("x", limit-1000)
		c.expect("ECHO "+big, strconv.Quote(big))
	})
}

// TestIncompleteCommandIsShown: CLIENT LIST shows the complete words of a command in argv-mem, and in qbuf what follows them.
func TestIncompleteCommandIsShown(t *testing.T) {
	eachBackend(t, "", func(t *testing.T, s *socketServer) {
		c, other := s.dial(""), s.dial("")
		c.expect("CLIENT SETNAME sender", "+OK")
		for _, step := range []struct {
			sent  string
			shown string // qbuf, argv-mem, and what tot-mem is at least
		}{
			{"*3\r\n$4\r\nECHO\r\n$20", "3 4 0"},
			{"\r\nabc", "3 4 0"},
			{"0123456789abcdefg\r\n$100000\r\n", "0 24 100000"},
			{strings.Repeat("x", 70_000), "70000 24 100000"},
			{strings.Repeat("y", 30_000), "100000 24 100000"},
		} {
			c.send(step.sent)
			other.awaitLine("sender", func(line string) bool {
				var qbuf, words, total, atLeast int
				fmt.Sscan(step.shown, &qbuf, &words, &atLeast)
				fmt.Sscan(field(line, "tot-mem"), &total)
				return field(line, "qbuf") == strconv.Itoa(qbuf) && field(line, "argv-mem") == strconv.Itoa(words) &&
					total >= atLeast && total < 2*atLeast+64<<10
			})
		}
		c.send("\r\n")
		c.reply("-ERR wrong number of arguments for 'echo' command")
		other.awaitLine("sender", func(line string) bool {
			return field(line, "qbuf") == "0" && field(line, "argv-mem") == "0"
		})
	})
}

// TestProtoMaxBulkLen changes the limit of arguments while a client is in the middle of its command.
func TestProtoMaxBulkLen(t *testing.T) {
	eachBackend(t, "", func(t *testing.T, s *socketServer) {
		c, other := s.dial(""), s.dial("")
		c.expect("CLIENT SETNAME sender", "+OK")
		const head = "*2\r\n$4\r\nECHO\r\n$20"
		c.send(head)
		other.awaitQuery("sender", func(n int) bool { return n == len("ECHO$20") })
		other.expect("CONFIG SET proto-max-bulk-len 1mb", "+OK")
		c.send("00000\r\n")
		c.reply("-ERR Protocol error: invalid bulk length")
		c.end()
		other.expect("CONFIG SET proto-max-bulk-len 600mb", "+OK")
		c = s.dial("")
		c.expect("CLIENT SETNAME patient", "+OK")
		const large = "*1\r\n$550000000\r\nabc"
		c.send(large)
		other.awaitQuery("patient", func(n int) bool { return n == len("abc") })
	})
}
