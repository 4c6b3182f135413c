// Package dict is the one hash table of the store: linear hashing in arena
// memory, with slots of 8 bytes that point to entries elsewhere.
//
// # Slots and buckets
//
// A slot is a tag, the low 27 bits of the entry's 64-bit hash, and the entry's
// 36-bit arena handle. A bucket is one cache line of 8 slots. A table of n
// buckets, 2^L <= n < 2^(L+1), puts an entry into the bucket named by the low
// L+1 bits of its hash, or by the low L bits where the former is not below n.
// Growing by one divides bucket n-2^L by bit L of the hash; shrinking by one
// undoes that. The bits needed are in the tag, so neither reads the entries,
// and neither touches more than two buckets: that is the whole cost of growth
// an operation pays, at any size. A table stops growing at 2^27 buckets.
//
// A bucket with more than 8 entries keeps 7 and a link: the top bit, the
// number of slots and the handle of an overflow block, an array of just the
// right size. A link never equals a tag looked for, so a search compares all
// 8 words alike. A table splits when its size in bytes per entry allows, about
// 11.2 (so at a load near 6 for hashes spread evenly), not at a given load:
// buckets not yet split hold twice the entries of the others, and a constant
// load would cost either memory or long buckets half-way between powers of two.
//
// # Memory
//
// Buckets are in chunks of 64, chunks in segments of 64, and a top array lists
// the segments. Only the last of each is smaller than full: the last chunk
// grows by 8 buckets, so that small tables waste little, and copying is bounded
// by 4 KiB. An empty table owns nothing. Chunks, segments and top are found by
// address, which spares a look at the arena's page table per level; the
// addresses are stored as integers, so that the collector's write barrier never
// sees arena memory. A Table holds no Go pointer and can itself be arena memory.
//
// # Order
//
// Scan, and all that goes through a table bit by bit, orders entries by the
// bit-reversed tag. In that order a bucket is an interval, which splitting
// halves and merging restores; a cursor is a position in the order, so growing
// and shrinking between calls neither hides nor repeats an entry. Position
// gives a hash's place: whether a scan has passed a key is one comparison.
//
// # Expiry
//
// For each group of 8 buckets the table keeps a lower bound of the earliest
// expiry, in seconds. Splits copy it, merges take the lesser, so it stays a
// lower bound; visiting a group makes it exact. Segments keep the bound of
// their groups. Looking for expired entries costs 4 bytes per group of about 45
// entries, and nothing for segments without.
//
// # Concurrency
//
// None: the owner serialises. Probe, Len, Bytes, Random and RandomExpiring
// change nothing and may run together; the others may not, Scan included.
//
// # Rejected
//
// A table rehashed from one array into another twice its size, a bucket at a
// time, needs the hash of every entry again (a cache miss each) and 1.5 times
// the memory while it does. Open addressing over the whole table has no
// neighbourhood that survives growth, which scanning and snapshots need.
package dict
