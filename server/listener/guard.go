package listener

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"time"

	"synap/server/resp"
	"synap/server/transport"
)

const (
	minInput  = 4 << 10
	maxFrame  = 16 << 10 // the largest command redcon is given
	maxFrames = 64 << 10 // bytes decoded ahead of redcon
	keepMax   = 16 << 10 // the largest buffers kept for the next command
	readAhead = 1 << 20  // bytes a paused connection goes on reading
)

// framing is what the guard's decoder accepts as a command: all that any session may. What a client may really send is
// for its session to say, which is shown every command from its first byte on.
var framing = resp.Limits{MaxBulk: math.MaxInt64}

// guard is the net.Conn redcon works with. It passes on complete commands only and owns the end of the connection:
// redcon's Close does nothing. Only the reader's goroutine uses its fields.
type guard struct {
	net.Conn // addresses
	c        *conn

	dec    resp.Decoder
	buf    []byte // received
	start  int    // buf[start:] is not decoded
	begun  bool   // the session has seen bytes from buf[start:] on, and must get the rest of the command as they go on
	frames []byte // encoded commands for redcon
	taken  int    // frames[taken:] redcon has not taken
	aside  int    // bytes redcon has handed over and the session not consumed, less those of buf it has
	total  int64  // bytes received ever
	pinned bool   // part of buf is being fed: it must stay where it is
	eof    bool   // the peer ended while the connection was stalled
	ended  bool
	shaken bool // the TLS handshake is done
	batch  []byte
}

// Read gives redcon encoded commands. Its end is the connection's end.
func (g *guard) Read(p []byte) (int, error) {
	for {
		if g.taken < len(g.frames) {
			n := copy(p, g.frames[g.taken:])
			g.taken += n
			return n, nil
		}
		if !g.ended && !g.advance() {
			g.ended = true
			g.end()
		}
		if g.ended {
			return 0, io.EOF
		}
	}
}

// Write is what redcon would send by itself; replies never take this way.
func (g *guard) Write(p []byte) (int, error) {
	if len(p) > 0 {
		g.c.s.opt.Host.Log("warning", "Client %s: unexpected reply %.64q of the command reader", g.c.remote, p)
		g.c.Close()
		return 0, net.ErrClosed
	}
	return 0, nil
}

// Close is redcon's; see Read.
func (g *guard) Close() error { return nil }

// advance decodes what has arrived, or reads more; false: the connection is over.
func (g *guard) advance() bool {
	g.frames, g.taken = g.frames[:0], 0
	for g.start < len(g.buf) && len(g.frames) < maxFrames {
		rest := g.buf[g.start:]
		args, n, err := g.dec.Next(rest, &framing)
		if err == nil && n <= maxFrame && !g.begun {
			g.start += n
			g.frames = appendCommand(g.frames, args)
			continue
		}
		if len(g.frames) > 0 { // redcon's commands come first
			if !errors.Is(err, resp.ErrIncomplete) {
				g.dec.Reset() // then this is decoded again
			}
			return true
		}
		if err == nil {
			rest = rest[:n]
		}
		return g.direct(rest)
	}
	return len(g.frames) > 0 || g.fill()
}

// appendCommand encodes a command; the decoder returns no arguments for input to ignore.
func appendCommand(dst []byte, args [][]byte) []byte {
	if len(args) == 0 {
		return dst
	}
	w := resp.Writer{Buf: dst}
	w.Array(len(args))
	for _, a := range args {
		w.Bulk(a)
	}
	return w.Buf
}

// direct feeds the session without redcon: a large command, bytes that are none, or what has arrived of an incomplete
// one. A session that will not have it closes the connection; one that consumes nothing gets more.
func (g *guard) direct(b []byte) bool {
	before := g.total
	g.pinned = true
	k, ok := g.deliver(b)
	g.pinned = false
	g.start, g.aside = g.start+k, 0
	g.begun = k < len(b)
	if !ok {
		return false
	}
	return k > 0 || g.total != before || g.fill() // it may have read while it waited for its turn
}

// deliver feeds the session until b is consumed or it wants more than b; !ok: the connection is over.
func (g *guard) deliver(b []byte) (k int, ok bool) {
	c := g.c
	note := func() {
		if g.pinned { // b is part of buf
			g.aside = -k
		} else {
			g.aside = len(b) - k
		}
		g.noteInput()
	}
	for k < len(b) {
		note()
		if !g.awaitTurn() {
			return k, false
		}
		c.s.beginTurn()
		n := -1
		if c.session != nil && !c.paused && !c.closing {
			var commands int
			c.out.Prime(&c.s.mu.pool)
			n, commands = c.session.Feed(b[k:])
			if uint(n) > uint(len(b)-k) {
				panic(fmt.Sprintf("listener: session consumed %d of %d bytes", n, len(b)-k))
			}
			c.s.commands.Add(int64(commands))
			c.markDirtyLocked()
		}
		over := n == 0 && !c.paused && !c.closing
		c.s.endTurn()
		if over {
			return k, true
		}
		k += max(0, n)
	}
	note()
	return k, true
}

// noteInput publishes the bytes not consumed and the buffers they are in.
func (g *guard) noteInput() {
	g.c.inputLen.Store(int64(g.aside + len(g.frames) - g.taken + len(g.buf) - g.start))
	g.c.inputCap.Store(int64(cap(g.buf) + cap(g.frames) + cap(g.batch)))
}

// awaitTurn waits until the session may be fed; false: it is over.
func (g *guard) awaitTurn() bool {
	c := g.c
	for {
		c.s.mu.Lock()
		if c.killed.Load() || c.closing || c.session == nil {
			c.s.mu.Unlock()
			return false
		}
		if c.allow.Exceeded(c.out.Len()) {
			c.stalled = true
		}
		if !c.paused && !c.stalled {
			c.s.mu.Unlock()
			return true
		}
		c.reading = !g.eof && len(g.buf)-g.start < readAhead
		wait := !c.reading
		c.s.mu.Unlock()
		if wait {
			<-c.wakes
			continue
		}
		if !g.watch() {
			return false
		}
	}
}

// watch reads while the session is not to be fed, until it may be or the peer is gone.
func (g *guard) watch() bool {
	c := g.c
	g.makeRoom()
	n, err := c.nc.Read(g.buf[len(g.buf):cap(g.buf)])
	g.received(n)
	c.s.mu.Lock()
	c.reading = false
	_ = c.nc.SetReadDeadline(time.Time{})
	paused := c.paused
	c.s.mu.Unlock()
	switch {
	case err == nil || errors.Is(err, os.ErrDeadlineExceeded):
		return true
	case errors.Is(err, io.EOF) && !paused: // it may still read what is pending
		g.eof = true
		return true
	}
	return false // a blocked client that left must not be served
}

// fill reads more of an incomplete command.
func (g *guard) fill() bool {
	if g.eof || !g.handshake() {
		return false
	}
	before := g.total
	if !g.awaitTurn() {
		return false
	}
	if g.total != before { // it read while it waited
		return true
	}
	g.makeRoom()
	g.noteInput()
	n, err := g.c.nc.Read(g.buf[len(g.buf):cap(g.buf)])
	g.received(n)
	return n > 0 || err == nil
}

func (g *guard) received(n int) {
	g.buf = g.buf[:len(g.buf)+n]
	g.total += int64(n)
	g.c.s.bytesIn.Add(int64(n))
	g.noteInput()
}

func (g *guard) handshake() bool {
	tc, ok := g.c.nc.(*tls.Conn)
	if !ok || g.shaken {
		return true
	}
	g.shaken = true
	_ = g.c.raw.SetDeadline(time.Now().Add(handshakeMax))
	if err := tc.Handshake(); err != nil {
		g.c.s.opt.Host.Log("verbose", "TLS handshake of client %s: %v", g.c.remote, err)
		g.c.Close()
		return false
	}
	_ = g.c.raw.SetDeadline(time.Time{})
	return true
}

// makeRoom prepares buf for another read: what the decoder waits for, but never more than twice what has arrived.
func (g *guard) makeRoom() {
	n := len(g.buf) - g.start
	if n == 0 {
		g.dropLarge()
		if cap(g.buf) > 0 {
			g.buf, g.start = g.buf[:0], 0
			return
		}
	}
	if cap(g.buf)-len(g.buf) >= minInput/4 && (g.start == 0 || g.dec.Need() <= cap(g.buf)-len(g.buf)) {
		return
	}
	if n > 0 && !g.pinned && g.start >= n && cap(g.buf)-n >= minInput {
		copy(g.buf[:n], g.buf[g.start:])
		g.buf, g.start = g.buf[:n], 0
		return
	}
	want := g.dec.Need()
	if want <= 0 || want > n {
		want = n
	}
	g.dec.Release() // or the last command's arguments would keep the old buffer
	buf := make([]byte, n, n+max(want, minInput))
	copy(buf, g.buf[g.start:])
	g.buf, g.start = buf, 0
}

// dropLarge gives up empty buffers that large commands made: the connection may be idle from now on.
func (g *guard) dropLarge() {
	if cap(g.buf) > keepMax {
		g.dec.Release()
		g.buf, g.start = nil, 0
	}
	if g.taken == len(g.frames) && cap(g.frames) > keepMax {
		g.frames, g.taken = nil, 0
	}
	if cap(g.batch) > keepMax {
		g.batch = nil
	}
}

// open makes the session; false: refused.
func (g *guard) open() bool {
	c := g.c
	s := c.s
	s.beginTurn()
	defer s.endTurn()
	s.addLocked(c)
	s.working.Add(1)
	c.session = s.opt.Host.Accept(c)
	if c.session != nil && !s.mu.closing {
		s.accepted.Add(1)
		return true
	}
	s.refused.Add(1)
	c.endSessionLocked()
	v, _ := c.out.Vector(make([][]byte, 0, writeSlices), writeChunk)
	var text []byte
	for _, b := range v {
		text = append(text, b...)
	}
	c.out.Discard(&s.mu.pool)
	c.dead = true
	s.removeLocked(c)
	go c.refuse(text)
	return false
}

// refuse writes a short text, if that does not take long, and closes.
func (c *conn) refuse(text []byte) {
	defer c.s.working.Done()
	defer c.raw.Close()
	if c.nc != c.raw || len(text) == 0 {
		return // a refused client is not worth a TLS handshake
	}
	_ = c.raw.SetDeadline(time.Now().Add(discardTime))
	if _, err := c.raw.Write(text); err == nil {
		c.closeGently()
	}
}

// closeGently ends our half and reads what the peer still sends, for a short time: a socket closed with unread input
// sends a reset, which may overtake the last reply.
func (c *conn) closeGently() {
	if cw, ok := c.raw.(interface{ CloseWrite() error }); ok {
		_ = cw.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, c.raw)
}

// end is the reader's last act: it ends the session, waits for the last output and closes the socket.
func (g *guard) end() {
	c := g.c
	s := c.s
	s.mu.Lock()
	wanted := c.closing && !c.killed.Load()
	s.mu.Unlock()
	if wanted { // by the session, which lives until its output is written
		g.discard()
	}
	s.beginTurn()
	pending := c.out.Len() > 0 && !c.killed.Load()
	if !wanted {
		c.endSessionLocked()
	}
	c.closing = true
	if pending {
		c.markDirtyLocked()
	} else {
		c.flushed = true // no writer is needed
	}
	s.endTurn()
	if pending {
		g.linger(wanted)
	}
	_ = c.raw.Close()
	s.beginTurn()
	c.endSessionLocked()
	c.killed.Store(true)
	c.dead = true
	s.removeLocked(c)
	if !c.writing {
		c.out.Discard(&s.mu.pool)
	}
	s.endTurn()
	s.working.Done()
}

// linger waits until the pending output is written. A session that asked for it may wait as long as it likes.
func (g *guard) linger(wanted bool) {
	c := g.c
	if wanted {
		for !c.killed.Load() {
			select {
			case <-c.done:
				return
			case <-c.wakes:
			}
		}
		return
	}
	_ = c.nc.SetWriteDeadline(time.Now().Add(transport.LingerTime))
	timer := time.NewTimer(transport.LingerTime)
	defer timer.Stop()
	for taken := uint64(0); !c.killed.Load(); {
		select {
		case <-c.done:
			return
		case <-c.wakes:
		case <-timer.C:
			c.s.mu.Lock()
			progress := c.out.Taken() != taken
			taken = c.out.Taken()
			c.s.mu.Unlock()
			if !progress {
				return
			}
			timer.Reset(transport.LingerTime)
		}
	}
}

// discard reads what nobody wants until the peer ends, the connection is killed, or discardTime after the last write.
func (g *guard) discard() {
	c := g.c
	c.s.mu.Lock()
	if c.flushed {
		_ = c.nc.SetReadDeadline(time.Now().Add(discardTime))
	}
	c.s.mu.Unlock()
	_, _ = io.Copy(io.Discard, c.nc)
}
