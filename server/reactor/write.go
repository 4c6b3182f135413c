//go:build linux

package reactor

import (
	"golang.org/x/sys/unix"

	"synap/server/transport"
)

// flushAll writes the outputs of the turn. It runs outside of the turn.
func (l *loop) flushAll() {
	if len(l.held) > 0 && l.released() {
		l.releaseHeld()
	}
	if len(l.dirty) == 0 {
		return
	}
	list := l.dirty
	l.dirty = l.dirtySpare[:0]
	for i, c := range list {
		list[i] = nil
		if c == nil {
			continue
		}
		c.lists &^= onDirty
		if !c.dead.Load() {
			l.flush(c)
			c.publishUsage()
		}
	}
	l.dirtySpare = list[:0]
}

// released reports that Release was called since the last turn that looked, and somebody waits for it.
func (l *loop) released() bool {
	return len(l.held) > 0 && l.r.released.Load() != l.seenRelease
}

// releaseHeld makes every held connection dirty; flush finds out what may go.
func (l *loop) releaseHeld() {
	l.seenRelease = l.r.released.Load()
	list := l.held
	l.held = l.held[:0]
	for _, c := range list {
		c.lists &^= onHeld
		l.markDirty(c)
		if c.holds.Any() {
			l.markHeld(c)
		}
	}
	clear(list[len(l.held):])
	l.heldCount.Store(int32(len(l.held)))
}

// flush writes what may be written of c's output, one system call at most.
func (l *loop) flush(c *conn) {
	pending := c.out.Len()
	if pending == 0 {
		l.flushed(c)
		return
	}
	limit := pending
	if c.holds.Any() {
		limit = c.holds.Writable(&c.out, l.r.released.Load())
		if c.holds.Any() {
			l.markHeld(c)
		}
		if limit == 0 {
			l.setInterest(c, c.interest&^unix.EPOLLOUT)
			return
		}
	}
	limit = min(limit, l.r.opt.WriteQuantum)
	n, tried, errno := l.transmit(c, limit)
	if n >= transport.DrainedOutput && c.lists&onDrained == 0 {
		c.lists |= onDrained
		l.drained = append(l.drained, c)
	}
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR || errno == unix.ENOBUFS || errno == unix.ENOMEM:
		n = 0
	case errno != 0:
		l.shut(c)
		l.gone = append(l.gone, c)
		return
	}
	if n > 0 {
		l.n.bytesOut += int64(n)
		l.n.writes++
		c.out.Take(n, &l.pool)
		if c.session == nil {
			c.deadline = l.now + transport.LingerTime
		}
	}
	switch {
	case n < tried:
		l.setInterest(c, c.interest|unix.EPOLLOUT)
	case n == pending:
		l.flushed(c)
		return
	case n < limit || limit == l.r.opt.WriteQuantum:
		l.markDirty(c) // there is more to write at once, after the other connections' turn
	}
	l.maybeUnstall(c)
}

// tellDrained has the sessions whose large output was written since the last turn count anew.
func (l *loop) tellDrained() {
	for i, c := range l.drained {
		l.drained[i] = nil
		c.lists &^= onDrained
		if c.session != nil {
			c.session.Drained()
		}
	}
	l.drained = l.drained[:0]
}

// transmit sends up to limit bytes of c's output; tried is what the system call was given.
func (l *loop) transmit(c *conn, limit int) (n, tried int, errno unix.Errno) {
	if b, ok := c.out.Contiguous(); ok {
		b = b[:limit]
		n, errno = send(c.fd, b)
		return n, limit, errno
	}
	v, tried := c.out.Vector(l.parts[:0:vectorSize], limit)
	for i, b := range v {
		l.vec[i].Base = &b[0]
		l.vec[i].SetLen(len(b))
	}
	n, errno = sendv(c.fd, l.vec[:len(v)])
	clear(l.parts[:len(v)])
	clear(l.vec[:len(v)])
	return n, tried, errno
}

// flushed is called when nothing is pending.
func (l *loop) flushed(c *conn) {
	c.out.Trim(&l.pool)
	if c.blocked&closing != 0 {
		l.discardInput(c)
		l.shut(c)
		l.gone = append(l.gone, c)
		return
	}
	if c.interest&unix.EPOLLOUT != 0 {
		l.setInterest(c, c.interest&^unix.EPOLLOUT)
	}
	l.maybeUnstall(c)
}

func (l *loop) maybeUnstall(c *conn) {
	if c.blocked&stalled != 0 && c.allow.Drained(c.out.Len()) {
		l.unblock(c, stalled)
	}
}

// discardInput reads what has arrived and nobody wants: closing a socket with unread input makes the kernel send a
// reset, which may overtake the last reply.
func (l *loop) discardInput(c *conn) {
	const rounds = 16
	for range rounds {
		if n, errno := recv(c.fd, l.slot(0)); errno != 0 || n < inputSize {
			return
		}
	}
}
