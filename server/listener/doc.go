// Package listener serves connections with a goroutine each: TLS, and every system without server/reactor.
//
// # Life of a connection
//
// tidwall/redcon's server accepts, runs the goroutine and cuts requests into commands. It never touches the socket: it
// is given a guard. The guard reads the socket with server/resp's decoder, which checks every length, and hands redcon
// complete commands only, encoded anew. What redcon should not see goes to the session straight from the guard: commands
// larger than 16 KiB (redcon would keep three copies), bytes the decoder rejects (the session answers protocol errors),
// and an incomplete command at the end of what has arrived, each time it has grown. The guard knows no limits of clients:
// the session, shown every byte before more is read, has the only say. A command the session has seen the beginning of
// gets to it in the client's own bytes, since the session's decoder goes on where it stopped. Order is kept, since redcon
// asks for more bytes only after its handler is done.
//
// # Turns
//
// All turns run under one mutex, as one loop whose index is given. The mutex is never held during socket I/O. A
// connection with output gets a goroutine that writes until nothing is left and ends; so a peer that does not read holds
// up nobody, not even its own input until the back-pressure threshold. Posted functions run in the next turn of any
// connection, or in one of the service goroutine, which also ticks and lets out released output.
//
// A paused connection goes on reading up to a bound without feeding, to notice that its peer left; a read deadline in
// the past wakes it.
//
// Rejected: limits enforced by the guard (they depend on the login and on the configuration of the moment; a second place
// that knows them goes stale), writing replies through redcon's connection (it writes while the handler's goroutine waits,
// so a client that sends a long pipeline before reading deadlocks, and closing from another goroutine races on its
// buffer), and a writer goroutine per connection (doubles the goroutines of idle connections).
package listener
