package transport

import (
	"errors"
	"time"
)

// Conn is one client connection as its session sees it. "On the loop" means inside Accept, Feed, Tick, Closed or a
// posted function of this connection.
type Conn interface {
	// FD is the socket's descriptor, for CLIENT LIST; -1 if there is none to tell.
	FD() int
	// RemoteAddr is the peer's address as Redis prints it: "ip:port", "[v6]:port", "/path:0".
	RemoteAddr() string
	// LocalAddr is the server's address of this connection, in the same format.
	LocalAddr() string
	// Unix reports a unix domain socket.
	Unix() bool
	// Loop is the index of the loop that owns the connection. Off the loop it may be out of date when it is used.
	Loop() int
	// Out is the connection's pending output. On the loop.
	Out() *Output
	// InputLen is the number of bytes received and not consumed. On the loop.
	InputLen() int
	// InputCap is the capacity of the connection's own input buffer. On the loop.
	InputCap() int
	// Usage is the memory the connection held when it had last written, or tried to. Any goroutine.
	Usage() Usage
	// PauseRead stops reading and feeding; the peer's end of file is still noticed. On the loop.
	PauseRead()
	// ResumeRead undoes PauseRead and feeds what was kept, in a later turn. On the loop.
	ResumeRead()
	// Hold keeps the output present now, and what follows it, back until the transport's Release is called with seq or
	// more. On the loop.
	Hold(seq uint64)
	// CloseAfterFlush stops reading and feeding, writes what is pending, then closes. On the loop.
	CloseAfterFlush()
	// Close closes at once; pending output is lost. Any goroutine.
	Close()
	// Post runs f on the loop that owns the connection, in order of posting; dropped once closed. Any goroutine.
	Post(f func())
}

// Session is one client's protocol state. All calls come from the connection's loop, inside a turn.
type Session interface {
	// Expect is a hint: in will be fed next, after other connections' turns. The session may have the memory it will
	// need fetched, and must not act otherwise. A transport need not call it.
	Expect(in []byte)
	// Feed executes the complete commands at the start of in. It returns the bytes consumed and commands executed.
	// in is reused after the return. in[0] is the first byte not consumed by the previous call, and the bytes that call
	// left come again unchanged. All of an incomplete command that has arrived is fed before more of it is read, unless
	// the connection is paused: so the session bounds what a client may make the transport keep.
	Feed(in []byte) (consumed, commands int)
	// WantInput is the number of bytes known to be missing for the command in progress, 0 if unknown. It must be 0
	// between commands: a session that left complete commands is fed again only then.
	WantInput() int
	// Drained is called in a turn after the kernel has taken DrainedOutput bytes or more at once: what the session counts
	// for it is out of date.
	Drained()
	// Tick runs about once a second. nowMs is Unix time in milliseconds.
	Tick(nowMs int64)
	// Closed is the last call; the connection is gone.
	Closed()
}

// Host is the server behind a transport.
type Host interface {
	// Accept makes the session of a new connection, inside a turn. nil refuses it: what was appended to c.Out() is
	// written if the socket takes it at once, then the connection is closed.
	Accept(c Conn) Session
	// BeginTurn comes before the first session call of a turn.
	BeginTurn(loop int)
	// EndTurn comes after the last one, before any output of the turn is written.
	EndTurn(loop int)
	// LoopTick runs about every TickPeriod inside a turn, on every loop in use; always on the first loop.
	LoopTick(loop int, nowMs int64)
	// Log takes a message; level is debug, verbose, notice or warning.
	Log(level, format string, args ...any)
}

// Server is what the server needs of a running transport.
type Server interface {
	// Start begins to accept. The listening sockets are open since construction.
	Start()
	// Addrs are the bound addresses: "ip:port", "[v6]:port" or the unix socket's path.
	Addrs() []string
	// Rebind changes where the server listens and what new connections are given (KeepAlive). On failure everything
	// is as it was, unless a socket that had to make room cannot be opened again. The caller makes sure that no turn
	// runs, except possibly its own; Rebind waits for no loop.
	Rebind(e Endpoints) error
	// Release lets out the output held with seq or less. seq never falls. Any goroutine.
	Release(seq uint64)
	// Wake makes a loop take a turn soon. Any goroutine.
	Wake(loop int)
	// Stats reads the counters. Any goroutine.
	Stats() Stats
	// Stop closes the listening sockets; connections go on. Not from a loop.
	Stop()
	// Shutdown stops, lets every connection write what is pending until the deadline, closes all and ends the
	// loops. Not from a loop.
	Shutdown(deadline time.Time)
}

// ErrStopping is Rebind's answer once Stop or Shutdown was called.
var ErrStopping = errors.New("the server is stopping")

// TickPeriod is the time between two LoopTicks of a loop; a session's Tick runs every TicksPerSession of them.
const (
	TickPeriod      = 100 * time.Millisecond
	TicksPerSession = 10
)

// LingerTime is how long output may stay untaken after the peer ended its half of the connection.
const LingerTime = 10 * time.Second

// DrainedOutput is the output in bytes that a session is told of when the kernel has taken it at once.
const DrainedOutput = 4 << 10

// DefaultOutputPause is the pending output in bytes at which a connection is no longer read.
const DefaultOutputPause = 1 << 20

// Stats are a transport's counters since its start.
type Stats struct {
	Accepted     int64 // connections given a session
	Refused      int64 // connections for which Host.Accept returned nil
	AcceptErrors int64 // failed accepts, connections that died before their accept included
	Loops        []LoopStats
}

// LoopStats are one loop's counters.
type LoopStats struct {
	Conns              int64 // connections owned now
	Commands           int64 // as reported by Feed
	BytesIn, BytesOut  int64
	Reads, Writes      int64 // calls of the system that moved bytes
	Turns              int64
	Busy               time.Duration // time outside of waiting; 0 where a transport has no loop to measure
	Adopted, GivenAway int64         // connections moved here from, and from here to, other loops
}

// Total sums the loops' counters.
func (s Stats) Total() LoopStats {
	var t LoopStats
	for _, l := range s.Loops {
		t.Conns += l.Conns
		t.Commands += l.Commands
		t.BytesIn += l.BytesIn
		t.BytesOut += l.BytesOut
		t.Reads += l.Reads
		t.Writes += l.Writes
		t.Turns += l.Turns
		t.Busy += l.Busy
		t.Adopted += l.Adopted
		t.GivenAway += l.GivenAway
	}
	return t
}
