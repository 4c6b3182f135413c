package transporttest

import (
	"fmt"
	"testing"

	"synap/server/transport"
)

// testUsage looks at a connection's usage from outside of its loop while the loop works.
func testUsage(t *testing.T, r *rig) {
	r.start()
	c := r.dial()
	c.Ping()
	s := r.session()
	other := r.dialUnix()
	await := func(cond func(transport.Usage) bool) {
		for !cond(s.Conn.Usage()) {
			other.Ping() // gives the loops time; what does not come hangs until the test times out
		}
	}
	await(func(u transport.Usage) bool { return u.Input == 0 && u.Pending == 0 && u.Frozen == 0 })
	const head = "*2\r\n$4\r\nECHO\r\n$1000\r\nabc"
	c.Send(head)
	await(func(u transport.Usage) bool { return u.Input == len(head) && u.InputCap >= len(head) })
	c.Send(string(Pattern(997)) + "\r\n")
	c.Bulk(append([]byte("abc"), Pattern(997)...))
	for _, size := range []int{10_000, 60_000, 1_000_000} { // no connection keeps the memory of a large command
		go fmt.Fprintf(c.NC, "*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n", size, Pattern(size))
		c.Bulk(Pattern(size))
		await(func(u transport.Usage) bool { return u.Input == 0 && u.InputCap <= 48<<10 })
	}
	const ping = "*1\r\n$4\r\nPING\r\n"
	c.Send("PAUSE\r\n" + ping) // what waits behind a pause is counted, in whatever buffer it is
	await(func(u transport.Usage) bool { return u.Input == len(ping) })
	c.Send(ping)
	for range 50 {
		other.Ping()
		if n := s.Conn.Usage().Input; n != len(ping) && n != 2*len(ping) {
			t.Fatalf("%d bytes wait, want %d or twice that", n, len(ping))
		}
	}
	s.Resume()
	c.Line("+PONG")
	c.Line("+PONG")
	const n = 32 << 20 // more than the sockets' buffers take
	c.Send(fmt.Sprintf("SHARE %d\r\n", n))
	await(func(u transport.Usage) bool {
		return u.Pending > 0 && u.Segments > 0 && u.Frozen > 0 && u.Input == 0
	})
	c.Bulk(Pattern(n))
	await(func(u transport.Usage) bool { return u == transport.Usage{InputCap: u.InputCap} })
}
