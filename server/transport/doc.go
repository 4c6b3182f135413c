// Package transport is the seam between client connections and client sessions.
//
// A transport (server/reactor, server/listener) owns sockets: it accepts, reads, writes and closes. A session owns the
// protocol: it is fed bytes and appends reply bytes to its connection's Output. Neither knows the other's inside, so
// both transports run the same sessions and pass the same tests (transporttest).
//
// # Turns
//
// A transport runs one or more loops. A loop works in turns: wait for events; Host.BeginTurn; feed the sessions whose
// bytes arrived, run posted functions, tick; Host.EndTurn; only then write the outputs of the turn. Everything that
// touches a session happens between BeginTurn and EndTurn of its loop, so a session needs no lock of its own, and one
// log write in EndTurn covers every command of the turn before any of their replies leaves. A connection belongs to one
// loop at a time. It may move between turns; a session learns its loop from Conn.Loop and must not remember it.
//
// # Input
//
// Session.Feed consumes whole commands. What it leaves is kept by the transport and fed again with more bytes behind it, or
// without more when Feed consumed something: a session that stops after its quantum of commands is fed again in the next
// turn. A Feed that consumes nothing asks for more bytes, and is how a session gets to see an incomplete command grow:
// limits of clients, which depend on who they are, are the session's alone. Idle connections own no buffer: bytes are read
// into a buffer of the loop, and only an incomplete command is copied to the connection, into a buffer that grows with what
// arrived and never on the word of a length prefix alone.
//
// # Output
//
// Output is a queue of segments and an open Tail. A connection whose pending output exceeds a threshold is not read
// until the peer takes some of it (back-pressure). Because a client may legally write a long pipeline before it reads
// the first reply, the threshold is an allowance that doubles for every second without progress; the hard bound is the
// session's output limit, which it checks itself with Output.Len.
//
// # Closing
//
// When the peer ends its half of the connection the session is closed at once (a blocked client must not be served any
// more) and the transport goes on alone for a short time to deliver what is pending. Closed is always the last call a
// session receives and always runs inside a turn.
//
// Rejected: one interface call per command instead of per read (costs a dynamic call and hides pipelining from the
// session), and io.Reader/io.Writer sessions (need a goroutine per connection and cannot be parked).
package transport
