// Package logging writes the server log in Redis's format, which people and tools parse:
//
//	pid:role dd Mon yyyy hh:mm:ss.mmm level message
//
// The role is M (primary), S (replica), C (before the server is up, or a child) or X (sentinel); the level is one of
// ". - * #" for debug, verbose, notice and warning. Times are local.
//
// A log file is opened anew for every line, as Redis does: lines are rare, and so the log survives rotation by renaming
// without a signal. Each line is one write with O_APPEND, hence whole even when several processes log to one file. A
// line that cannot be written is dropped: there is nowhere left to report it, and a full disk must not stop the server.
//
// A Logger is safe for concurrent use.
package logging
