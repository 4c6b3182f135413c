// Package server is the running server: its life, its clients, the way of a command from the socket to the store and
// back, and the commands that deal with the server itself.
//
// Who looks for something finds it by its name: CONFIG is in config_commands.go, CLIENT LIST in client_info.go, INFO in
// info.go, eviction and maxmemory-clients in memory.go, what happens ten times a second in cron.go. The parts that need
// no server around them are packages below this one: resp (the protocol), transport with reactor and listener
// (sockets), pubsub, tracking, config, logging, daemon, slowlog, latency, metric.
//
// # Life
//
// New builds the command table, the store and one loop per event loop that may ever be used; it opens nothing, so it
// cannot leave anything behind. Run raises the limit of open files, opens the listening sockets, starts the background
// work and then the transport, closes Ready and waits: for its context (SIGINT, SIGTERM) or for a client's SHUTDOWN.
// Then the background work ends first, because it looks into clients; the transport stops accepting and gives every
// client a second to take the replies that are pending (none after SHUTDOWN NOW); then all is closed and Run returns
// nil. An error from Run means that the server never began to serve.
//
// # Loops, turns and sessions
//
// A transport runs sessions in turns of loops (package transport explains both). BeginTurn and EndTurn bracket a turn;
// between them the loop reads the clock, feeds the sessions whose bytes came, and nothing of it leaves before the turn
// ends. A loop owns what running a command needs and what would otherwise be allocated or shared: one commands.Ctx, one
// store.Txn, its part of the statistics, the memory of its clients.
//
// A session is one client. It belongs to the loop that has its connection, is touched in that loop's turns alone, and
// so has no lock. Feed decodes a small batch of the commands that are there, lets the store fetch the memory of all
// their keys, and runs them one after the other. It yields after a quantum of commands; a client that pipelines without
// end cannot keep the others waiting. What other goroutines want of a session they post to its connection (MONITOR, the
// end of CLIENT PAUSE); it arrives in a turn.
//
// A command that has to wait (BLPOP, WAIT) parks its session: reading stops, so the input stays where it is, and the loop
// goes on with others. Whatever ends the wait first (success, the time limit, CLIENT UNBLOCK, the end of the connection)
// posts the reply. CLIENT PAUSE parks sessions in the same way.
//
// A client that waits for keys stands in their queues in the store (package store, "Watches and waits"). The transaction
// that makes a key ready runs the client's command itself, on its own goroutine and under its own locks. As a session is
// none of its business, it works with what the waiter (blocked.go) keeps for that purpose: words, protocol, a copy of the
// settings. The reply is posted to the client's loop after the effects have their sequence number, so it is held back with
// them; there it is appended, counted as a call of the command, and the input goes on. The waiter's mutex decides between
// the transactions and everything else that can end the wait. Whoever comes while the command is being run again waits for
// what comes of it, some microseconds: it may have to wait on, and then the others' cause must not be lost.
//
// # The world
//
// Some commands look into every session or change the configuration: INFO, CLIENT LIST and KILL, CONFIG, MONITOR,
// DEBUG. They carry the flag World. Server.world is a read-write lock: a turn holds it shared from BeginTurn to
// EndTurn, and a World command gives up its loop's share between two commands, takes the lock alone, runs, and goes
// back. So it finds all loops between turns, hence all sessions, statistics and settings at rest, and works with plain
// fields.
//
// The price is a shared lock per turn (not per command), and that a World command waits for the longest turn under way.
// The gain is that the hot path reads settings, counters and session state without a lock or an atomic, and that INFO
// and CONFIG SET of several directives are consistent without further thought. The cron takes the world in the same
// way, for microseconds.
//
// # The way of a command
//
// The gates stand in Redis's order, which clients can tell from the error they get:
//
//  1. the name is known (POST and Host: are taken for a browser that was tricked, and cut off)
//  2. the number of words fits
//  3. DEBUG is enabled for this client
//  4. the client has logged in
//  5. the command may be part of a transaction
//  6. memory is below maxmemory, or eviction gets it there, or the command needs none
//  7. a RESP2 client that subscribes to something may use it
//  8. CLIENT PAUSE lets it through; otherwise its bytes stay in the input and it is dispatched anew when the pause ends
//  9. after MULTI it is queued
//
// An error of gates 1 to 7 dooms the transaction it is part of. Then the keys are found by the table's key specs, their
// shards are locked in one go (store.Begin), the handler runs and writes its reply into the connection's buffer,
// statistics, slow log and monitors learn of it, and store.End hands the effects on and unlocks. EXEC locks the shards
// of everything queued and of everything watched, and runs the queue as one transaction of the store: one unit of
// effects, no state in between for anybody to see. A queued command that takes its own locks (SCAN, KEYS, DBSIZE) makes
// it all shards, a queued World command the world.
//
// # Pushes
//
// Messages of channels, keyspace events (which are messages) and invalidations of client-side caching reach clients that
// did not ask. Whoever has one puts it into the inbox of each receiver (push.go), at once and under whatever locks it
// holds: the channel's, so that all receivers get messages in one order; the shard's, so that an invalidation is there
// before anybody can see the new value. The receiver empties its inbox before and after each of its commands, outside of
// transactions, and at the end of its loop's turn. So the order is what one thread would give: a client that has the reply
// to a PUBLISH, and makes a subscriber do something, finds the message ahead of the answer; a client's own message comes
// behind the reply, and behind all of EXEC's.
//
// The first push into an empty inbox puts the client on the list of its loop. The loop is woken when the turn that caused
// it ends, so all that a turn publishes is delivered in one turn there, whatever the number of receivers; a loop's own
// clients are served in the same turn. A client that has moved gets the rest by a post. An inbox holds pointers to messages
// encoded once; what waits in it is bounded like the output of the client's class, which then bounds it in turn.
//
// Changes for CLIENT TRACKING BCAST gather per loop, without a lock, until the end of the turn.
//
// # Order of locks
//
// The world, the shards in ascending order, a waiter, the effect sink, a client's output. The mutexes of the registries (clients,
// monitors, pause, observations) are innermost: whoever holds one takes no other of these, except that posting to a
// connection locks its loop's mailbox. Of those of pushes, the registry of channels comes before inboxes, and inboxes before
// the lists of loops. Nothing waits for a client or for a disk with one of them held.
//
// # Statistics
//
// Counters that every command bumps are plain integers of its loop, indexed by Command.ID; readers stop the world and
// add the loops up. What happens rarely (rejections, evictions, slow commands) is one atomic or one mutex for all. A
// command's run time is the difference of two monotonic readings, of which the second is the next command's first: one
// clock call per command.
//
// # Memory
//
// What maxmemory limits is the store's exact sum of live blocks plus what clients occupy. The latter is kept per loop
// and added to the server's total at the end of a turn. The command that finds too much evicts, for a bounded time.
//
// # Rejected
//
//   - Waking clients by posting "try again" to their loops: between a push and the pop that waited for it others could come
//     first, which breaks the order of arrival, and what BLMOVE hands on would be a step of its own. All loops would also
//     run after each element, and all but one in vain.
//   - A wheel of time limits per loop: the runtime's timers are heaps per processor, exact to far below the millisecond
//     that clients ask for, and cost 200 ns per wait that ends in time.
//   - Locks or atomics in sessions and settings. Nearly every field would need one, the hot path would pay for each,
//     and INFO or CONFIG SET would still see halves of changes.
//   - Asking every loop by message and gathering the answers, for CLIENT LIST and INFO: as many moments as loops, and
//     an idle loop has to be woken.
//   - One loop that executes, others that only read and write, as Redis's io-threads do: the executing core is the
//     limit, and handing every command over costs more than most commands.
//   - A goroutine per client: its stack, its scheduling and one wake-up per request cost more than the work itself. The
//     portable listener pays that where there is nothing better.
//   - Posting each message to each receiver's connection: a thousand receivers are a thousand posts per message. Writing into
//     the outputs of other loops' connections: they would need locks that every reply pays for.
//   - Statistics in shared atomics: with several loops their cache lines are what limits GET.
package server
