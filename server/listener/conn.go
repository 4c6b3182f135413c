package listener

import (
	"net"
	"sync/atomic"
	"time"

	"synap/server/transport"
)

// Bounds of a connection's last moments.
const (
	discardTime  = 100 * time.Millisecond // for input nobody wants, so that no reset overtakes the last reply
	handshakeMax = 10 * time.Second       // for the TLS handshake
	writeChunk   = 256 << 10              // bytes per write
	writeSlices  = 64                     // slices per write
)

// conn is a connection as its session sees it. Fields below mu are guarded by Listener.mu.
type conn struct {
	s     *Listener
	nc    net.Conn // the TLS connection if there is one
	raw   net.Conn // the socket
	fd    int
	unix  bool
	wakes chan struct{} // wakes the reader where it waits without reading
	done  chan struct{} // closed when the writer is finished with a connection that closes

	remote, local string

	usage              transport.PublishedUsage // but for the input
	killed             atomic.Bool
	inputLen, inputCap atomic.Int64

	// guarded by Listener.mu:
	session transport.Session // nil once Closed was called
	index   int
	out     transport.Output
	holds   transport.Holds
	allow   transport.Allowance
	paused  bool // by the session
	stalled bool // by too much output
	closing bool // write what is pending, then close
	flushed bool // done is closed
	reading bool // the reader is in a read that wakeReaderLocked has to interrupt
	writing bool // a writer runs
	dirty   bool
	held    bool
	dead    bool // the socket is closed and the connection off the list
}

var _ transport.Conn = (*conn)(nil)

func (c *conn) FD() int            { return c.fd }
func (c *conn) RemoteAddr() string { return c.remote }
func (c *conn) LocalAddr() string  { return c.local }
func (c *conn) Unix() bool         { return c.unix }
func (c *conn) Loop() int          { return c.s.opt.Loop }
func (c *conn) InputLen() int      { return int(c.inputLen.Load()) }
func (c *conn) InputCap() int      { return int(c.inputCap.Load()) }

func (c *conn) Usage() transport.Usage {
	u := c.usage.Load()
	u.Input, u.InputCap = c.InputLen(), c.InputCap()
	return u
}

func (c *conn) Out() *transport.Output {
	c.out.Prime(&c.s.mu.pool)
	c.markDirtyLocked()
	return &c.out
}

func (c *conn) PauseRead() { c.paused = true }

func (c *conn) ResumeRead() {
	if c.paused {
		c.paused = false
		c.wakeReaderLocked()
	}
}

func (c *conn) Hold(seq uint64) {
	if c.out.Len() == 0 || seq <= c.s.released.Load() {
		return
	}
	c.holds.Add(seq, c.out.End())
	if !c.held {
		c.held = true
		c.s.mu.held = append(c.s.mu.held, c)
		c.s.heldCount.Store(int32(len(c.s.mu.held)))
	}
	c.markDirtyLocked()
}

func (c *conn) CloseAfterFlush() {
	if !c.closing {
		c.closing = true
		c.wakeReaderLocked()
	}
	c.markDirtyLocked()
}

// Close closes the socket, which ends every read and write of it; the reader does the rest.
func (c *conn) Close() {
	if c.killed.Swap(true) {
		return
	}
	_ = c.raw.Close()
	c.wakeReader()
}

func (c *conn) Post(f func()) {
	if c.killed.Load() {
		return
	}
	c.s.box.Lock()
	c.s.box.list = append(c.s.box.list, post{c, f})
	c.s.full.Store(true)
	c.s.box.Unlock()
	c.s.wake()
}

func (c *conn) markDirtyLocked() {
	if !c.dirty {
		c.dirty = true
		c.s.mu.dirty = append(c.s.mu.dirty, c)
	}
}

// settleLocked follows every call of a session.
func (c *conn) settleLocked() {
	if c.out.Len() > 0 {
		c.markDirtyLocked()
	}
}

func (c *conn) wakeReader() {
	select {
	case c.wakes <- struct{}{}:
	default:
	}
}

func (c *conn) wakeReaderLocked() {
	if c.reading {
		_ = c.nc.SetReadDeadline(time.Unix(1, 0))
	}
	c.wakeReader()
}

func (c *conn) endSessionLocked() {
	if s := c.session; s != nil {
		c.session = nil
		s.Closed()
	}
}

func (c *conn) writableLocked() int {
	if !c.holds.Any() {
		return c.out.Len()
	}
	return c.holds.Writable(&c.out, c.s.released.Load())
}

// write is the connection's writer: it ends when there is nothing it may write.
func (c *conn) write() {
	s := c.s
	defer s.working.Done()
	store := make([][]byte, 0, writeSlices)
	for {
		s.mu.Lock()
		n := min(c.writableLocked(), writeChunk)
		if c.dead || c.killed.Load() || n == 0 {
			last := c.closing && c.out.Len() == 0
			c.stopWritingLocked()
			s.mu.Unlock()
			if last {
				c.finish()
			}
			return
		}
		v, _ := c.out.Vector(store[:0], n)
		s.mu.Unlock()
		bufs := net.Buffers(v)
		written, err := bufs.WriteTo(c.nc)
		s.bytesOut.Add(written)
		s.mu.Lock()
		c.out.Take(int(written), &s.mu.pool)
		c.usage.Store(c.out.Usage())
		if c.stalled && c.allow.Drained(c.out.Len()) {
			c.stalled = false
			c.wakeReaderLocked()
		}
		s.mu.Unlock()
		if written >= transport.DrainedOutput {
			c.tellDrained()
		}
		if err != nil {
			c.Close()
		} else if c.lingers() {
			_ = c.nc.SetWriteDeadline(time.Now().Add(transport.LingerTime))
		}
	}
}

func (c *conn) tellDrained() {
	c.s.beginTurn()
	if c.session != nil {
		c.session.Drained()
	}
	c.s.endTurn()
}

// lingers reports that the session is gone and only its last output is still written.
func (c *conn) lingers() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.session == nil
}

// stopWritingLocked ends the writer. Pending output is dropped only here when a writer runs: it holds slices of it.
func (c *conn) stopWritingLocked() {
	c.writing = false
	if c.dead || c.killed.Load() {
		c.out.Discard(&c.s.mu.pool)
	} else {
		c.out.Trim(&c.s.mu.pool)
	}
	c.usage.Store(c.out.Usage())
}

// finish ends the session of a connection whose last byte is written; the reader closes the socket.
func (c *conn) finish() {
	s := c.s
	s.beginTurn()
	c.endSessionLocked()
	if !c.flushed {
		c.flushed = true
		close(c.done)
		_ = c.nc.SetReadDeadline(time.Now().Add(discardTime))
	}
	s.endTurn()
	if cw, ok := c.nc.(interface{ CloseWrite() error }); ok {
		_ = cw.CloseWrite()
	}
}
