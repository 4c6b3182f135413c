// Package config is the server's configuration: what can be set, where settings come from, and how they change.
//
// # One table
//
// Every directive is one row of one table (table.go): name, alias, flags, class and a kind, which knows how to parse,
// check, print and write back one type of value. Parsing of files and of the command line, CONFIG GET, CONFIG SET,
// CONFIG REWRITE and the test of redis.conf.example all derive from it. Adding a directive is adding a field to [Values],
// a row, and a paragraph to redis.conf.example; a test fails until all three agree.
//
// A row's class says what setting it changes: effective directives do what they say; accepted ones are remembered and
// reported but change nothing, and [Config.Ineffective] names those that were set so that the server can log them;
// refused ones would promise something the server does not do, so anything but the default is an error. A test reads the
// server's source: a directive is effective if and only if something there, apart from INFO, reads its field.
//
// # Life cycle
//
// [FromCommandLine] reads a file, standard input and options, in this order, as one text: later lines win. It either
// gives a [Config] or an [Exit], which says what to print and the exit code. While running, [Config.Set] changes several
// directives at once or none: values are stored, then the hooks registered with [Config.OnChange] apply them, and any
// of these can veto, which undoes everything. [Config.Rewrite] brings the file up to date: comments and the order of
// lines stay, lines are updated in place, and new ones go to the end. The new text replaces the old file atomically
// (temporary file, fsync, rename, fsync of the directory).
//
// Error texts are those of Redis 7.2, because clients, tests and people match on them.
//
// # Concurrency
//
// There are no locks. Settings are plain fields of [Values], read on every hot path; CONFIG SET is rare and runs while the
// world is stopped. The alternative, an atomic pointer to an immutable copy, costs a load on each read and would not
// even make multi-pair changes atomic for a command that reads two of them.
//
// # Differences from Redis
//
// Sizes are limited to 2^63-1 bytes, where Redis accepts up to 2^64-1 for two directives and lets products overflow.
// CONFIG REWRITE keeps the file's permissions. Includes nest at most 64 deep. An argument of a directive with several
// values whose inner quotes do not balance is an error; Redis takes it for no value at all.
package config
