//go:build linux

package reactor

import (
	"fmt"

	"golang.org/x/sys/unix"

	"synap/server/transport"
)

// maxRead is the most one read takes into a connection's own buffer, in bytes: a large argument must not hold up the
// other connections.
const maxRead = 256 << 10

// ready handles an event of c.
func (l *loop) ready(c *conn, events uint32) {
	if events&unix.EPOLLOUT != 0 {
		l.markDirty(c)
	}
	const readable = unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
	if events&readable == 0 {
		return
	}
	if c.blocked != 0 {
		l.readyBlocked(c, events)
		return
	}
	if c.lists&onAgain != 0 {
		return // it has input already and this event comes again
	}
	if c.allow.Exceeded(c.out.Len()) {
		c.blocked |= stalled
		l.readyBlocked(c, events)
		return
	}
	l.read(c)
}

// readyBlocked handles an event of a connection that is not to be read. The event would come again every turn, so the
// interest in it is dropped.
func (l *loop) readyBlocked(c *conn, events uint32) {
	switch {
	case events&(unix.EPOLLHUP|unix.EPOLLERR) != 0:
		l.close(c) // nothing can be delivered any more
	case events&unix.EPOLLRDHUP == 0:
		l.setInterest(c, c.interest&^unix.EPOLLIN)
	case c.blocked&paused != 0 && c.blocked&closing == 0:
		l.peerEnded(c) // a blocked client that left must not be served
	default: // it may still read what is pending; the rest of its input is read afterwards
		l.setInterest(c, c.interest&^(unix.EPOLLIN|unix.EPOLLRDHUP))
	}
}

// A loop receives for a group of connections before it feeds their sessions: each session is told what is coming, and
// can have the memory it will need fetched while the next connection is received.
const (
	groupSize = 16
	// slotSize is inputSize and some odd cache lines, so that the slots' beginnings do not share cache sets.
	slotSize = inputSize + 17*64
)

// maxRejoined is the most kept input, in bytes, that is copied in front of what is received next, so that both are fed from
// the loop's own memory. More stays where it is and grows there.
const maxRejoined = 16 << 10

// arrival is what was received for one connection of the group.
type arrival struct {
	c  *conn
	in []byte // in a slot of the loop's input, after what was kept; nil: in the connection's own buffer
}

// slot is the k-th part of the loop's input.
func (l *loop) slot(k int) []byte { return l.input[k*slotSize : k*slotSize+inputSize] }

// read receives once; the session is fed when the group is complete.
func (l *loop) read(c *conn) {
	a := arrival{c: c}
	if kept := c.InputLen(); kept <= maxRejoined && kept+c.session.WantInput() <= inputSize {
		slot := l.slot(len(l.group))
		copy(slot, c.in[c.start:])
		n, errno := recv(c.fd, slot[kept:])
		if !l.received(c, n, errno) {
			return
		}
		l.dropKept(c)
		a.in = slot[:kept+n]
		c.session.Expect(a.in)
	} else {
		c.makeRoom()
		have := len(c.in)
		n, errno := recv(c.fd, c.in[have:min(cap(c.in), have+maxRead)])
		if !l.received(c, n, errno) {
			return
		}
		c.in = c.in[:have+n]
	}
	if l.group = append(l.group, a); len(l.group) == groupSize {
		l.endGroup()
	}
}

// endGroup makes a full group a turn of its own: its clients get their replies, and can go on, while the next group is
// served. Writing all replies at the end of a long turn would leave clients and server waiting for each other in turns.
func (l *loop) endGroup() {
	l.feedGroup()
	l.host.EndTurn(l.index)
	l.flushAll()
	l.host.BeginTurn(l.index)
	l.tellDrained()
	l.bury()
}

// feedGroup feeds the sessions of the connections received since the last call.
func (l *loop) feedGroup() {
	for i, a := range l.group {
		l.group[i] = arrival{}
		c := a.c
		switch {
		case c.session == nil || c.blocked&closing != 0: // ended meanwhile
		case a.in == nil:
			l.feedKept(c)
		default:
			if k := l.feed(c, a.in); k < len(a.in) && c.session != nil && c.blocked&closing == 0 {
				l.keep(c, a.in[k:])
				c.publishUsage()
				l.fedPart(c, k)
			}
		}
	}
	l.group = l.group[:0]
}

// received judges the result of a recv; true: there are bytes.
func (l *loop) received(c *conn, n int, errno unix.Errno) bool {
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR:
		return false
	case errno != 0:
		if errno != unix.ECONNRESET {
			l.host.Log("verbose", "Reading from client %s: %v", c.remote, errno)
		}
		l.close(c)
		return false
	case n == 0:
		l.peerEnded(c)
		return false
	}
	l.n.bytesIn += int64(n)
	l.n.reads++
	return true
}

// publishedOutput is the pending output that is worth publishing within a turn, in bytes.
const publishedOutput = 64 << 10

// feed hands bytes to the session and returns how many it consumed.
func (l *loop) feed(c *conn, in []byte) int {
	if c.out.Tail == nil {
		c.out.Prime(&l.pool)
	}
	if c.lastFed <= l.ticked {
		l.active++
	}
	c.lastFed = l.now
	k, commands := c.session.Feed(in)
	if uint(k) > uint(len(in)) {
		panic(fmt.Sprintf("reactor: session consumed %d of %d bytes", k, len(in)))
	}
	l.n.commands += int64(commands)
	l.settle(c)
	if c.out.Len() >= publishedOutput {
		c.publishUsage() // memory limits of clients look at it before the output is written
	}
	return k
}

// feedKept feeds the connection's own buffer.
func (l *loop) feedKept(c *conn) {
	k := l.feed(c, c.in[c.start:])
	if c.session == nil {
		return
	}
	c.consume(k)
	c.publishUsage()
	if c.in != nil {
		l.fedPart(c, k)
	}
}

// fedPart is called when a session left bytes. If it consumed some, it may have stopped because its quantum was over.
func (l *loop) fedPart(c *conn, consumed int) {
	if consumed > 0 && c.blocked == 0 && c.session.WantInput() == 0 {
		l.markAgain(c)
	}
}

// feedAgain feeds the sessions that left complete commands in an earlier turn.
func (l *loop) feedAgain() {
	if len(l.again) == 0 {
		return
	}
	list := l.again
	l.again = l.spare[:0]
	for i, c := range list {
		list[i] = nil
		if c.lists&onAgain == 0 || c.session == nil || c.loop.Load() != l {
			continue
		}
		c.lists &^= onAgain
		if c.blocked != 0 || c.in == nil {
			continue
		}
		if c.allow.Exceeded(c.out.Len()) {
			c.blocked |= stalled
			continue
		}
		l.feedKept(c)
	}
	l.spare = list[:0]
}

// settle follows every call of a session: it closes what was killed, and schedules output.
func (l *loop) settle(c *conn) {
	if c.killed.Load() {
		l.close(c)
		return
	}
	if c.out.Len() > 0 {
		l.markDirty(c)
	} else {
		c.out.Trim(&l.pool)
	}
}

// unblock takes a reason not to read away.
func (l *loop) unblock(c *conn, reason uint8) {
	c.blocked &^= reason
	if c.blocked != 0 || c.session == nil {
		return
	}
	if c.in != nil {
		l.markAgain(c)
	}
	l.setInterest(c, c.interest|baseInterest)
}

// peerEnded handles the end of the peer's stream. The session ends now; output that is pending is still delivered.
func (l *loop) peerEnded(c *conn) {
	if c.out.Len() == 0 {
		l.close(c)
		return
	}
	c.blocked |= closing
	c.deadline = l.now + transport.LingerTime
	c.in, c.start = nil, 0
	l.setInterest(c, c.interest&^(unix.EPOLLIN|unix.EPOLLRDHUP))
	l.endSession(c)
	l.markDirty(c)
}

func (l *loop) endSession(c *conn) {
	if s := c.session; s != nil {
		c.session = nil
		s.Closed()
	}
}

// close ends the connection inside a turn.
func (l *loop) close(c *conn) {
	if c.dead.Load() {
		return
	}
	l.shut(c)
	l.finish(c)
}

// finish is the end of a connection whose socket is closed, inside a turn.
func (l *loop) finish(c *conn) {
	l.endSession(c)
	c.out.Discard(&l.pool)
	l.r.left()
}

// shut closes the socket. The session is told by the caller, or by bury.
func (l *loop) shut(c *conn) {
	c.dead.Store(true)
	l.forget(c)
	closeSocket(c.fd)
	c.in, c.start = nil, 0
	c.holds = transport.Holds{}
}

// bury tells the sessions whose connections ended outside of a turn.
func (l *loop) bury() {
	for i, c := range l.gone {
		l.gone[i] = nil
		l.finish(c)
	}
	l.gone = l.gone[:0]
}
