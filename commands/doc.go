// Package commands is the command table and the commands that work on data. A command is one [Command] literal beside
// its handler; all else that there is to know about it is derived from the literal.
//
// # The table
//
// A literal says the name, arity, flags, ACL categories, where the keys are, and the documentation: group, version,
// complexity, summary, syntax. From it come the arity check and the gates (package server), the shards to lock, COMMAND
// with all its subcommands, HELP texts, statistics by ID, and the list in README.md. [NewTable] checks every literal
// against itself: an arity that disagrees with the syntax, a key spec that points beyond the shortest call or an
// unknown group is an error, and no server starts with it.
//
// A family is a slice of literals in the file of that name (string.go, bitmap.go, expire.go ...). [DataFamilies] lists
// those of this package; package server adds its own, for connections, transactions and administration: their handlers
// need the session, and are the only ones that look at [Ctx.Client]. Subcommands are commands in Command.Sub, with
// flags, arity and statistics of their own.
//
// # A handler
//
// A [Handler] gets a [Ctx]: the words as sent (Args, the name first), the locked shards of its keys (Tx), one reading
// of the clock (Now), a Writer (W) and what it may know of the settings (Env). It writes exactly one reply to W or
// returns an error; whatever it wrote before the error is dropped and the error is the reply ([Error], code first).
// Errors come before changes: a handler that fails has changed nothing. It keeps neither Ctx nor Args beyond its
// return, takes no locks, and does no I/O. Ctx has readers for numbers, keywords and options that give Redis's error
// texts.
//
// Arithmetic and algorithms that need neither the protocol nor the store are leaf packages (bits, number, lcs), tested
// on their own.
//
// # Keys
//
// A [KeySpec] is a beginning (a position, or the word after a keyword) and from there a range or a counted list:
// Redis's own scheme, so COMMAND can show it and cluster clients can follow it. Where that is not enough GetKeys finds
// the keys, or refines what is done with them (SET without GET does not read). The usual case, one key at a fixed
// position, is found without either. A command locks the shards of the keys its specs name and may touch no others;
// race-enabled builds of the store verify it. AllShards, ShardByShard and World are for commands that name no keys, and
// Reaches for those of which some calls do not: SORT makes the names of keys of what it sorts, if a pattern tells it to, and
// then locks all shards.
//
// # Effects
//
// Whoever keeps a second copy of the data must be able to repeat what happened, so the stream of effects holds commands
// that give the same result at any later time. A command that changed something (Tx.Dirty moved) is recorded as sent;
// that is right for SET k v, and wrong for anything that depends on the clock, on chance or on what is there. Such a
// handler calls [Ctx.Effect] with words that do not: INCRBYFLOAT records a SET of the result, EXPIRE a PEXPIREAT, a
// GETEX that removes the expiry a PERSIST. [Ctx.Announce] is for PUBLISH, which changes nothing and that replicas hear
// of. [Ctx.NoEffect] leaves the recording to the commands inside (EXEC). A test replays the recorded effects of every
// write command to an empty store and compares.
//
// # Blocking
//
// A blocking command is an ordinary handler that ends with [Ctx.Block] if it finds nothing. The server parks the client;
// when one of the keys gets what the command waits for, the handler runs a second time, in the transaction that made it
// so. It may find nothing again (another client was first), say so in the same way, and is then still parked, in its old
// place. In the second run only the keys that may have something for it count: a handler that looks at several asks
// [Ctx.Skips] of each. Its effects must be those of the command without the waiting (LPOP for BLPOP).
//
// # Adding a command
//
//  1. Write the literal and the handler in the file of the family; a new family goes into DataFamilies.
//  2. Test what the table cannot know in the family's test file.
//  3. Write compat_test/testdata/<group>/<command>.txt, with options, errors and edges: a test fails until every
//     command has its transcript, and the transcript's right answers are whatever a real redis-server says.
//  4. Run go test ./server -run Documents -update: it brings the list in README.md up to date, and names what
//     docs/differences.md still calls missing.
//
// # Rejected
//
//   - A file per command with generated code, as Redis has (JSON): two places to keep in step, and a generator to
//     understand before the first change.
//   - Registration by init functions or reflection: order and presence depend on the linker. A table is a value; tests
//     build their own.
//   - Handlers that return reply values: an allocation per reply element. Writing into the connection's buffer has
//     none.
//   - Handlers that lock their keys: EXEC and scripts run handlers under locks that are already held.
package commands
