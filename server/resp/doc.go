// Package resp speaks the Redis serialization protocol: Decoder turns the
// bytes of a connection into commands, Writer appends RESP2 and RESP3 replies,
// ReplyReader parses replies for tests and tools.
//
// # Requests
//
// The Decoder follows the grammar of Redis 7.2, which is more lenient than the
// published one in three places clients and proxies have come to depend on:
//
//   - a header line ends at CR, and the byte after it is skipped unread;
//   - the two bytes after a bulk's payload are skipped unread;
//   - a count of zero or less, and an empty inline line, are silently ignored.
//
// Integers are strict (ParseInt): "+1", "01" and "-0" are refused. A NUL in a
// line hides the line's end, as it does for Redis, so such a line can only run
// into the 64 KiB limit.
//
// Redis measures that limit at the end of each read, so whether a line
// slightly above it passes depends on how the packets were cut. Here the end
// of a line must be among its first MaxInline+1 bytes, whatever the cut: the
// outcome is a function of the bytes alone. Two more differences are meant:
// counts above 1024*1024 are refused (Redis takes 2^31-1 since 7.0), and
// "expected '$', got 'x'" shows control bytes as a dot.
//
// # Life cycle of a command
//
// Next is given the unconsumed bytes of the connection. Most commands lie whole
// in them, and are decoded in one pass over their headers; the arguments are
// slices of the input. When the bytes run out, Next notes the lengths of the
// arguments it has seen and returns ErrIncomplete; the caller keeps the bytes,
// may move them, appends more and calls again. Because lengths are canonical
// decimal numbers, the lengths alone give every argument's place, so a command
// in progress costs eight bytes an argument and nothing points into a buffer.
// No byte is scanned twice: a command dribbled in byte by byte takes linear
// time. Memory grows with what arrived, never with what a header announced.
//
// Rejected: redcon's parser, which starts over at each read and trusts lengths
// (a 26-byte request ends the process); slices kept across calls and rebased
// with unsafe, which pin the old buffer.
//
// # Replies
//
// Writer appends to a byte slice and knows the connection's protocol version;
// handlers say what a reply means (a map, a double, a null) and get the form
// that version has. It is built on redcon's Append functions where these do
// what Redis does. Integers, and bulk strings, of which many a reply has a
// hundred, have encoders of their own (encode.go): headers come from a table,
// short texts are copied by words, in half of redcon's time. Aggregates whose
// length is only known at the end are written behind a hole of four bytes;
// filling it moves the tail only from ten elements on.
//
// # Concurrency
//
// Nothing here is safe for concurrent use: a Decoder and a Writer belong to the
// loop of their connection.
package resp
