package transporttest

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// Sessions see every prefix of a command, and all that follows must go on where the prefix stopped, however oddly it is
// encoded: the Session checks that.
func testIncompleteInput(t *testing.T, r *rig) {
	r.start()
	c, other := r.dial(), r.dialUnix()
	c.Ping()
	s := r.sessionOf(c)
	for _, tc := range []struct{ in, want string }{
		{"PING\r\n", "+PONG"},
		{" ping  \n", "+PONG"},
		{"*1\r\n$4\r\nPING\r\n", "+PONG"},
		{"*1\rX$4\rXPINGXX", "+PONG"},
		{"*2\r\n$4\r\nFILL\r\n$1\r\n0\r\n", "$0"},
	} {
		for i := 1; i <= len(tc.in); i++ {
			c.Send(tc.in[i-1 : i])
			for i < len(tc.in) && s.Pending.Load() != int64(i) {
				other.Ping() // gives the loops time; what does not come hangs until the test times out
			}
		}
		c.Line(tc.want)
		if tc.want == "$0" {
			c.Line("")
		}
	}
	// What follows in one piece takes the usual way, and the beginning of another command may follow that.
	for _, cut := range []int{1, 3, 9, 13} {
		const ping = "*1\r\n$4\r\nPING\r\n"
		c.Send(ping[:cut])
		for s.Pending.Load() != int64(cut) {
			other.Ping()
		}
		c.Send(ping[cut:] + strings.Repeat("PING\r\n"+ping+"*0\r\n", 40) + ping[:cut])
		for range 81 {
			c.Line("+PONG")
		}
		for s.Pending.Load() != int64(cut) {
			other.Ping()
		}
		c.Send(ping[cut:])
		c.Line("+PONG")
	}
}

func testUnauthenticatedInput(t *testing.T, r *rig) {
	r.host.Anonymous = true
	r.start()
	for _, tc := range []struct{ in, want string }{
		{"*11\r\n", "-ERR Protocol error: unauthenticated multibulk length"},
		{"*1000\r\n", "-ERR Protocol error: unauthenticated multibulk length"},
		{"*11\r\n" + strings.Repeat("$1\r\na\r\n", 11) + "PING\r\n", "-ERR Protocol error: unauthenticated multibulk length"},
		{"*1\r\n$20000\r\n", "-ERR Protocol error: unauthenticated bulk length"},
		{"*2\r\n$4\r\nECHO\r\n$500000000\r\nabc", "-ERR Protocol error: unauthenticated bulk length"},
	} {
		for _, step := range []int{len(tc.in), 1} {
			c := r.dial()
			c.Send("PING\r\n")
			for in := tc.in; len(in) > 0; in = in[min(step, len(in)):] {
				if _, err := io.WriteString(c.NC, in[:min(step, len(in))]); err != nil {
					break // refused before its end
				}
			}
			c.Line("+PONG")
			c.Line(tc.want)
			c.End()
		}
	}
	r.both(func(c *Client) {
		c.Send(fmt.Sprintf("LOGIN\r\n*2\r\n$4\r\nECHO\r\n$20000\r\n%s\r\n*11\r\n", Pattern(20_000)))
		c.Line("+OK")
		c.Bulk(Pattern(20_000))
		c.Send(strings.Repeat("$1\r\na\r\n", 11))
		c.Line("-ERR unknown command")
	})
}

// A client that never ends its command is closed by its session, before much more than the session bears has arrived.
func testEndlessCommand(t *testing.T, r *rig) {
	const most = 1 << 20
	r.host.MaxInput = most
	r.start()
	argument := Pattern(50_000)
	for _, endless := range []struct{ head, more string }{
		{"*1\r\n$500000000\r\n", string(argument)},
		{"*1000000\r\n", fmt.Sprintf("$%d\r\n%s\r\n", len(argument), argument)},
	} {
		r.both(func(c *Client) {
			c.Ping()
			s := r.sessionOf(c)
			before := r.srv.Stats().Total().BytesIn
			_, err := io.WriteString(c.NC, endless.head)
			for sent := 0; err == nil; sent += len(endless.more) {
				if sent > 256*most {
					t.Fatalf("%d bytes of one command were taken", sent)
				}
				_, err = io.WriteString(c.NC, endless.more)
			}
			r.host.AwaitCount(0)
			if n := r.srv.Stats().Total().BytesIn - before; n > 3*most {
				t.Errorf("%d bytes were received, with %d allowed", n, most)
			}
			if n := s.Longest.Load(); n <= most || n > 3*most {
				t.Errorf("the session saw %d bytes, with %d allowed", n, most)
			}
		})
	}
	c := r.dial()
	go fmt.Fprintf(c.NC, "*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n", most-100, Pattern(most-100))
	c.Bulk(Pattern(most - 100))
}

// sessionOf returns the session of a client of its own transport.
func (r *rig) sessionOf(c *Client) (found *Session) {
	local := c.NC.LocalAddr().String()
	sessions := r.host.Sessions()
	for _, s := range sessions {
		if len(sessions) == 1 || s.Conn.RemoteAddr() == local {
			return s
		}
	}
	r.t.Fatalf("no session of %s", local)
	return nil
}
