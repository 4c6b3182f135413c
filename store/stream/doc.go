// Package stream is the structure behind streams: an append-only log of entries, each with a 128-bit ID and pairs of field
// and value, together with the consumer groups that read it. All of it lies in arena memory; a root of fixed size, kept by
// the owner wherever it likes, leads to the rest.
//
// # Life of a Stream
//
// Open reads a root into a Stream, a Go value for the time of one piece of work; its methods read and change; Save writes
// the root back. Whoever only reads needs no Save. A zeroed root is an empty stream that owns nothing.
//
// # Blocks
//
// Entries lie in blocks, in the order of their IDs. A block is named by the ID of its first entry, its master, whose field
// names stand at its beginning:
//
//	4 bytes   length in use
//	4 bytes   entries that live
//	4 bytes   entries that are deleted
//	4 bytes   what the block would take as a listpack of Redis, its two counters left out
//	...       number of master fields, master fields
//	...       entries
//
// and an entry is
//
//	...       length of what follows, up to the reversed length
//	1 byte    flags: deleted, same fields as the master
//	...       milliseconds since the master's
//	...       sequence number, less the master's if the milliseconds are the same
//	...       number of fields and fields and values in turn; of an entry with the master's fields the values alone
//	...       length of all the above, its bytes reversed, so that a block can be read backwards
//
// All lengths and numbers are varints. Values that read as integers are stored as such: those from 0 to 127 in one byte. So an
// entry with two small numbers takes 8 bytes, where Redis takes 12.
//
// Which entries share a block is part of the observable behaviour: approximate trimming removes whole blocks, and XINFO
// counts them. The limits (stream-node-max-bytes, stream-node-max-entries) therefore apply to the size that Redis's layout
// would have; block.weight keeps it. The same holds for what becomes of deleted entries: they are marked and stay until
// the last one of the block goes; trimming inside a block marks and never removes the block.
//
// The last block grows by a quarter when it is full and is cut to its size when the next one begins. It is named in the
// root, so that appending looks at nothing else; all other blocks are in a tree by master ID.
//
// # Trees
//
// A tree (tree.go) orders fixed-size records by ID, in nodes of up to 1 KiB: the directory of blocks, the pending entries of
// a group with their time, count and consumer, and those of a consumer, which are IDs alone. Nodes that fill up at the
// end of the tree, as all of these do, stay full. A tree of a few records is one node of just that size.
//
// # Groups and consumers
//
// Groups and consumers are records of their own, listed in arrays sorted by name. A pending entry names its consumer by a
// slot number, so that a consumer's record can be moved, and so that a copy of the group needs no translation.
//
// # Accounting
//
// The root counts the bytes of all blocks outside of groups, every group counts its own; both as the arena rounds them.
//
// # Concurrency
//
// None: the owner serialises. Streams that are only read may be read together.
//
// # Rejected
//
//   - A radix tree of blocks, as Redis has it: a node per block and more, with keys split over pointers, to find what a
//     search in a few sorted arrays finds as fast in a fifth of the memory.
//   - Packed lists of generic elements as blocks: a length behind every element doubles the size of small entries.
//   - Removing deleted entries from their block: it would save memory, and give other answers to approximate trimming.
package stream
