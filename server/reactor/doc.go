// Package reactor serves plain TCP and unix sockets on Linux with epoll loops.
//
// # Loops
//
// A loop is one goroutine locked to its thread with an epoll instance (level-triggered), a 64 KiB read buffer and a
// stock of output buffers. A turn of it (see package transport) is: one epoll_wait; for every ready connection one
// recv and one Feed; accepts; posted functions; ticks; then one send per connection with output. epoll_wait is the only
// call that blocks and the only one announced to Go's scheduler; the others are raw system calls on non-blocking
// sockets. In steady state a request costs one recv, one send and its share of an epoll_wait: a read shorter than its
// buffer is not followed by another, a reply is sent without asking epoll first, and interest is changed only when the
// kernel refuses bytes (EPOLLOUT) or an event arrives that cannot be used (paused connections).
//
// Measured with a session that only decodes, a Go map and 50 clients: 60,000 requests without pipelining took 60,001
// sends, 60,052 receives (51 of them ends of file) and 1,243 waits; CPU per request was 0.9 of redis-server 7.0.15's
// without pipelining, 0.5 with 16 requests per pipeline.
//
// # Patience
//
// A client that sends its next request when it has read the reply finds the loop asleep each time, and waits until it has
// been woken: as long as all else takes, on a virtual machine. So while few clients are active and one loop serves them, it looks
// for events for up to 50 µs before it sleeps (patience.go). It gives that up where it does not help, and where there is one
// processor. With more clients something else is usually there to do, and sleeping costs nobody time.
//
// # Ownership
//
// A connection belongs to one loop, which alone touches its socket, session and output. Other goroutines reach it by
// its loop's mailbox (Post, Close): a mutex-guarded list and an eventfd, written only if the loop sleeps. Events carry
// descriptor and generation, so an event of a closed connection never reaches its descriptor's next owner.
//
// # Loops follow the load
//
// All connections start on loop 0. The policy (balance.go, a pure state machine fed once per tick by loop 0) tries one
// more loop when one is saturated and the machine has processor time left (with a load generator beside it, it may have none:
// to try then costs both), keeps it if commands per second rise by a tenth, and takes it back otherwise,
// waiting longer before every further try. Connections move between turns: both mailboxes are locked, posts not yet run
// travel along, so neither bytes nor the order of posts are lost. Loops that were never needed have no thread.
//
// # Failure
//
// An accept error belongs to its connection. When descriptors or memory run out the listening sockets leave epoll and
// come back by timer, 5 ms to 1 s later, so a full server neither spins nor stops.
//
// Rejected: edge-triggered epoll (needs a read that returns EAGAIN per event, and forgets what a paused connection was
// told), SO_REUSEPORT with a listener per loop (spreads idle load to all loops, and a second loop must earn its place),
// io_uring (often disabled in containers), gnet (stops the engine on EMFILE, cannot pause reads or move connections).
package reactor
