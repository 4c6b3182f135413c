//go:build linux

package reactor

import (
	"sync/atomic"
	"time"

	"synap/server/transport"
)

// Reasons not to read and feed a connection.
const (
	paused  uint8 = 1 << iota // the session asked for it
	stalled                   // too much output pending
	closing                   // nothing more is wanted: flush and close
)

// Lists of its loop that a connection is on.
const (
	onDirty uint8 = 1 << iota
	onAgain
	onHeld
	onDrained
)

// conn is a connection. Except for the fields at the top only its loop uses it.
type conn struct {
	loop   atomic.Pointer[loop]
	killed atomic.Bool // Close was called
	dead   atomic.Bool // the socket is closed; posts are dropped

	fd       int
	gen      int32 // tells this connection's events from those of the descriptor's earlier owners
	index    int   // in loop.conns
	unix     bool
	blocked  uint8
	lists    uint8
	interest uint32
	session  transport.Session // nil once Closed was called

	usage    transport.PublishedUsage
	out      transport.Output
	holds    transport.Holds
	allow    transport.Allowance
	in       []byte // bytes kept; nil when none are
	start    int    // in[start:] is not consumed
	lastFed  time.Duration
	deadline time.Duration // of a lingering connection, on the loop's clock

	remote, local string
}

var _ transport.Conn = (*conn)(nil)

func (c *conn) FD() int            { return c.fd }
func (c *conn) RemoteAddr() string { return c.remote }
func (c *conn) LocalAddr() string  { return c.local }
func (c *conn) Unix() bool         { return c.unix }
func (c *conn) Loop() int          { return c.loop.Load().index }
func (c *conn) InputLen() int      { return len(c.in) - c.start }
func (c *conn) InputCap() int      { return cap(c.in) }

func (c *conn) Usage() transport.Usage { return c.usage.Load() }

func (c *conn) publishUsage() {
	u := c.out.Usage()
	u.Input, u.InputCap = c.InputLen(), c.InputCap()
	c.usage.Store(u)
}

func (c *conn) Out() *transport.Output {
	l := c.loop.Load()
	c.out.Prime(&l.pool)
	l.markDirty(c)
	return &c.out
}

func (c *conn) PauseRead() { c.blocked |= paused }

func (c *conn) ResumeRead() {
	if c.blocked&paused != 0 {
		c.loop.Load().unblock(c, paused)
	}
}

func (c *conn) Hold(seq uint64) {
	l := c.loop.Load()
	if c.out.Len() == 0 || seq <= l.r.released.Load() {
		return
	}
	c.holds.Add(seq, c.out.End())
	if len(l.held) == 0 {
		l.seenRelease = l.r.released.Load()
	}
	l.markHeld(c)
	l.markDirty(c)
}

func (c *conn) CloseAfterFlush() {
	c.blocked |= closing
	c.loop.Load().markDirty(c)
}

func (c *conn) Close() {
	if !c.killed.Swap(true) {
		sendTo(c, mail{close: c})
	}
}

func (c *conn) Post(f func()) {
	if !c.dead.Load() && !c.killed.Load() {
		sendTo(c, mail{c: c, f: f})
	}
}

// minInput is the smallest buffer a connection with an incomplete command gets.
const minInput = 1 << 10

// keep copies unconsumed bytes of the loop's input to the connection.
func (l *loop) keep(c *conn, rest []byte) {
	room := max(minInput, c.roomFor(len(rest)))
	if last := len(l.kept) - 1; room == minInput && last >= 0 {
		c.in, l.kept = l.kept[last], l.kept[:last]
	} else {
		c.in = make([]byte, 0, room)
	}
	c.in, c.start = append(c.in, rest...), 0
}

// dropKept forgets what the connection has kept. The smallest buffers are stocked, at most one for each arrival of a group:
// a client that sends long pipelines needs one for every read.
func (l *loop) dropKept(c *conn) {
	if cap(c.in) == minInput && len(l.kept) < groupSize {
		l.kept = append(l.kept, c.in[:0])
	}
	c.in, c.start = nil, 0
}

// roomFor is the capacity for n received bytes and those the session waits for: what is needed, but never more than
// twice what has arrived, however much a length prefix promises.
func (c *conn) roomFor(n int) int {
	want := c.session.WantInput()
	if want <= 0 || want > n {
		want = n
	}
	return n + max(want, 512)
}

// makeRoom prepares in for another read behind what is kept.
func (c *conn) makeRoom() {
	n := c.InputLen()
	free := cap(c.in) - len(c.in)
	if free >= minInput || free > 0 && free >= c.session.WantInput() && c.session.WantInput() > 0 {
		return
	}
	if c.start >= n && cap(c.in)-n >= minInput { // the kept bytes fit before themselves
		copy(c.in[:n], c.in[c.start:])
		c.in = c.in[:n]
		c.start = 0
		return
	}
	in := make([]byte, n, max(minInput, c.roomFor(n)))
	copy(in, c.in[c.start:])
	c.in, c.start = in, 0
}

// consume drops n bytes from the front of in.
func (c *conn) consume(n int) {
	c.start += n
	if c.start == len(c.in) {
		c.in, c.start = nil, 0
	}
}
