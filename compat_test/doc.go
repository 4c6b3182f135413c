// Package compat holds Synap to its promise: clients cannot tell it from Redis.
//
// Nothing here knows what a right reply looks like. A real redis-server is the
// oracle: every test starts one beside a Synap, sends both the same bytes and
// demands the same bytes back. Where that cannot hold (a random key, a clock, a
// text each project words for itself) the test names the weakening it accepts,
// so the list of weakenings is the list of what is not promised.
//
// # What is compared
//
//   - Transcripts (testdata/<group>/<command>.txt): every command with its
//     options, error paths and numeric edges, replayed one by one, pipelined
//     and inside MULTI, over RESP2 and RESP3. A further test fails if a command
//     or subcommand of the running Synap has no transcript.
//   - A seeded random stream of data commands, with the whole data set compared
//     at intervals; a difference is shrunk to a short history and printed.
//   - Tables: command metadata and configuration parameters.
//   - The connection handshakes of the client libraries in use, and go-redis
//     itself as a live client.
//   - Hostile byte streams: torn, dribbled, oversized, nonsensical.
//
// # Servers
//
// A pair lives for one test (or one transcript group). Both processes get the
// same flags, a directory and a free loopback port of their own, are stopped by
// SIGTERM and must exit with code 0. At the end of a test both still answer
// PING and neither log shows a crash. redis-server is looked up in PATH; it is
// required, its absence fails the tests. Synap is built from cmd/synap-server.
//
// Environment:
//
//	SYNAP_COMPAT_SELF=1    compare Redis with Redis: checks this harness itself
//	SYNAP_SERVER=path      use this Synap binary instead of building one
//	SYNAP_FUZZ_COMMANDS=n  length of the random stream (100000 by default)
//	SYNAP_FUZZ_SEED=n      its seed (a fixed one by default; 0 draws one)
//
// # Transcript format
//
// A line is a command, quoted as redis-cli accepts it ("\x00" and 'raw' words),
// a directive starting with @, or a comment starting with #.
//
// Directives for the file, before the first command:
//
//	@modes single pipelined   only these replays (default: single pipelined multi)
//	@proto 2                  only this protocol (default: 2 and 3); the runner
//	                          says HELLO 3 on each connection for protocol 3
//	@flags --requirepass x    own pair of servers, started with these flags
//	@newer 7.4                the commands came with that version of Redis, and the
//	                          oracle is older: every line of commands is followed by
//	                          the reply each must have, "=> canonical text" or
//	                          "=~ expression", taken from Redis's documentation
//
// Directives between commands:
//
//	@client b                 go on with connection b (the first one is a)
//	@read                     read one more reply of this connection
//	@battery A | B {} | C {}  run the commands once for each value of the numeric
//	                          battery, in the place of {}
//	@deadlines A {} | TTL k   the same without 1: a time to live of 1 may or may not
//	                          have passed when the next command reads it
//	@over "v1 v2" A {1} {2}   the same with the listed values; {1} and {2} take
//	                          all pairs, {} one value
//
// Modifiers, in front of a command on the same line (or in front of a command of
// a battery), at most one of each kind. How the reply is compared:
//
//	@sorted        the order of array and set elements is ignored, at any depth
//	@near n        integers may differ by n
//	@range lo hi   both replies are integers within lo..hi
//	@any           same type and shape, at any depth
//	@text          same type; of an error the code (its first word)
//	@prefix n      the first n bytes of the encoded reply are equal
//	@help          arrays of simple strings, however long
//	@mask re       canonical texts equal but for what matches the expression
//	@digits        doubles may be written with other digits, as long as they are the
//	               same number and Synap's are those of Redis 7.2
//	@fields a b ;  "name:value" lines: both texts have these names (ended by ;)
//	@scan          a SCAN, SSCAN ... from cursor 0 is iterated to its end; same elements
//	@only7.2 text  Synap's reply in canonical text (rest of the line before the
//	               command on the next line): what Redis 7.2 answers and the
//	               oracle, being older, does not. @only7.2~ takes a regular
//	               expression. The command is left out of MULTI replays.
//
// How the command is sent:
//
//	@plain         never wrapped in MULTI/EXEC
//	@noreply       the server sends no reply
//	@send          do not wait for the reply: a later @read takes it
//	@closes        the server closes the connection after the reply; the next
//	               use of this client connects anew
//	@torn          the server closes the connection in the middle of the reply; what
//	               it sent before is compared
//	@until text    repeat until the reply is this canonical text
//
// In arguments $(now+n) and $(nowms+n) are the start of the replay in seconds
// and milliseconds plus n; $(id:b) and $(addr:b) the id and address of client b.
//
// Canonical text of replies: +OK, -ERR text, :1, "bulk", nil, [a, b], {k: v},
// ~[a, b] for a set, >[a, b] for a push, =txt"..." for a verbatim string,
// ,1.5 for a double, #t and #f.
//
// Rejected: stored expected replies where there is an oracle. They rot, they
// are written by whoever also wrote the code, and a live oracle costs forty
// microseconds a command.
package compat
