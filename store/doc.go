// Package store is the keyspace: databases of keys with values and expiry times, in memory outside the Go heap, divided
// into 64 independently locked shards. It knows neither the wire protocol nor files: commands come in as transactions,
// and what must be logged or replicated leaves as a stream of effects.
//
// # Shards
//
// xxhash of the key picks the shard, the same in every database, so that MOVE, COPY and SWAPDB of a key stay in one shard.
// Inside it a hash keyed per process (hash/maphash) picks the bucket: a client that floods the unkeyed shard hash gets
// contention on one lock, and never a long chain. A shard has an arena (package arena), others for its large values (see
// Estates), and per database a table (package dict) whose slots point to entries. With 64 shards two random commands meet
// in 1.6% of cases, and locking all of them takes about 2 µs, which makes "all shards" a usable answer for commands without
// keys.
//
// # Entries
//
// An entry is one arena block with a header of 7 to 21 bytes, the key and the value; entry.go has the layout. Integers
// take the bytes they need. There are no pointers in it, so that an entry can be moved by copying, and exactly one
// table slot points to it, so that whoever moves it knows what to change. Lengths and the expiry are present only
// where needed: counters and flags are the most frequent small values. The table knows an entry's expiry only as a
// lower bound per group of buckets.
//
// The key is compared only where 27 bits of its hash agree, and the search for one key is remembered (Txn.ref) until the
// table may have changed, so that a command which looks at a key and then changes it searches once. The memory is
// recognised by the address and length of the caller's key: its bytes must not change during the transaction.
//
// # Big values and estates
//
// The entry of a big value (big.go) has a root of fixed size; the rest lies in blocks of an arena. Members are hashed alike in
// all shards, so a value is of no shard but for its arena. As long as its blocks have at most 256 KiB (Tuning.EstateBytes)
// they lie in the shard's, where small values fill each other's gaps, and a rename to a key of another shard copies them, in
// less than a millisecond. A value that outgrows that moves, once, to an arena of its own, its estate (estate.go). The root
// says which that is, as a number in a table of the shard. A rename takes it out of one table and puts it into another, and its
// bytes from one sum to another: whatever the value's size, no block moves. "Build under a temporary key, then RENAME it over
// the live one" replaces a value of any size at once, as clients expect.
//
// A value moves as soon as it has grown, before a command goes on with it, so that no large one ever moves; what is known
// to be large before it is built begins in an estate. Streams may have groups open then, and move at the end of the
// transaction or with the next entry. What moved or shrank is no change to watchers, nor to a snapshot.
//
// Nobody else can use what an estate holds and its value does not. So a value that has shrunk to a quarter of what made it
// leave goes back to the shard's arena; and while more than a megabyte, and more than what the value uses, lies idle, each
// element that goes has some blocks moved off sparse pages, and many that go at once have all of them moved to a new estate.
// An estate that is given up, with its value or because that has become small, is drained like the arena of a flushed shard:
// a million elements cost a third to a half of freeing them block by block, and most of that is the system's.
//
// Blocks of a removed group that are still to be freed may lie in the estate of a live stream; they go where it goes.
//
// # Life of a transaction
//
// Begin locks the shards of a mask; methods of Txn look at and change keys in the current database; Record adds
// effects; End serves the clients that waited for what changed, hands all effects to the sink as one unit, and unlocks.
// A transaction has one reading of the clock. Entries and slices it returns point into the arena: they are valid until
// the transaction changes that key, or ends.
//
// A key past its time is removed by whatever transaction meets it, and its DEL precedes the effects of the command
// that met it. While expiry is frozen (CLIENT PAUSE) such a key is invisible, and stays.
//
// Commands that visit the whole keyspace (SCAN, KEYS, INFO) begin with an empty mask and then lock one shard
// at a time; inside a transaction over all shards they use the locks it holds. With only some shards locked they are
// not allowed, as they would break the order of locks. Race-enabled builds verify that, and that every key looked up
// is in a locked shard.
//
// # Order of locks
//
// Shards in ascending order, then the effect sink's lock, then a client's output. Eviction's and the snapshot's own
// mutexes come before the shards. (A snapshot's last step takes its mutex under a shard's lock; whoever holds the mutex
// meanwhile finds the snapshot running and lets go without touching a shard.) Nothing blocks or does I/O with a shard
// locked.
//
// # Watches and waits
//
// A shard keeps the watched keys (WATCH) and the awaited ones (BLPOP and its kind) in Go maps that are usually empty. A
// change costs two comparisons then. Watches follow Redis 7 to the letter: a key that had expired before WATCH, and is
// removed after, has not changed; one that expires after WATCH has, whether or not it was removed; FLUSHALL and SWAPDB
// touch only keys present before or after.
//
// The clients that wait for a key stand in a queue. When a transaction has changed an awaited key, End goes through the
// queue before it releases the locks: each client whose wish the key meets is asked to help itself (Waiter.Wake), and what
// it changes belongs to the same unit of effects and may make further keys ready in turn. So nobody can come between a push
// and the pop that waited for it, and a client that waits has nothing to find anywhere: else it would have been served. Clients
// that share a consumer group are rivals: once one of them finds nothing, the rest of the queue need not be asked.
//
// Serving BLMOVE changes a second key. Whoever makes the first one ready must hold the second one's shard before it
// begins, as locks are taken in order; therefore clients register the shards they will need besides the key's own, per
// awaited key and in sum per shard, and a transaction that is about to change such a key asks (Feeding, Needs) and
// begins anew with more shards if it lacks some. Nobody else pays more than one load.
//
// # Sets
//
// A set is an intset or a packed block in its entry, or a table with a block per member (set.go). Which one, and when it
// changes, follows Redis 7.2 to the letter. Tables keep 27 bits of a member's hash, by one function for all sets: a set
// operation carries them from table to table, hashes nothing, and probes in batches whose cache misses overlap. What an
// operation stores is built beside its sources (SetBuilder) and put in place of the destination at the end, so the
// destination may be one of them.
//
// # Streams
//
// A stream is always big: its entry has the root of a stream.Stream, all else lies in blocks of the arena (stream.go; package
// stream has the layout). What groups keep changes the value, and so goes to a running snapshot first, but is no change
// to those who watch the key.
//
// # Tracking
//
// A third such map has the keys that clients hold copies of, by name alone: whatever happens to a key of that name in any
// database is told to the Tracker where it happens, before the shard is unlocked. Whoever can see the new value can so
// rely on the readers of the old one having been told. A reader is told once, and is in the map again with its next read.
// Events that were noted before are delivered before; so their order is Redis's, too.
//
// # Snapshots
//
// Every entry has an epoch bit, and every shard the value that means "nothing to do". NewSnapshot inverts that value
// with all shards locked (some µs): at once all entries are unsaved. Step walks the tables and saves; a writer that is
// about to change, remove or free an unsaved entry saves it first; what writers create carries the new mark. So each
// entry that was there at the moment is saved once, as it was, in memory bounded by the sink's buffer. Tables keep
// the number of the database they had at the moment (savedAs), so that SWAPDB needs nothing, and an emptied table stays
// in the snapshot until its entries are saved or freed. A snapshot must be stepped to its end, aborted or not: only
// then do all marks agree again, and the next inversion means what it says.
//
// # Expiry
//
// The table keeps a lower bound of the earliest expiry per group of eight buckets (some 45 entries), and per segment of
// 512 groups. ExpireCycle reads the bounds, visits the groups that are due, and sets their bounds right. With nothing
// due a pass costs 64 locks and a few words per 25,000 keys. A slice of eight groups is removed under one lock; the
// budget is checked between slices. A pass over a table that removed something starts over: removals shrink the table,
// which takes entries of its end to groups already visited.
//
// Fields of hashes expire in the same way: the bound of a key's group is the earliest expiry of the key and its fields, and
// the table inside a big hash has bounds of its own. A visit removes some 64 fields of a hash; while more are due the
// cycle stays with its group.
//
// # Eviction
//
// As Redis does: sample a few entries, keep the best candidates in a pool of 16, evict the best of the pool. Sampling
// locks one random shard. Volatile policies sample groups that have an expiry bound. Candidates are named by key
// and looked up again, as anything may have happened to them since. Memory of lazily flushed databases and of removed
// big values, those just evicted among them, is freed before any key is evicted, and under noeviction, too.
//
// # Accounting
//
// Used is the exact sum of the size classes of all live blocks, entries' and tables'. Arenas count for themselves and into
// a sum of their shard, whatever their number; a shard adds the difference to the store's total at the end of each
// transaction, which is the only shared cache line that a transaction writes, and only if it changed the sum. The number of
// keys of each database is kept in the same way, next to it for the first one: DBSIZE reads it without a lock. Its highest
// bits count the changes, which tell RANDOMKEY whether it may go by the sizes of shards that it has counted before, and
// lock only the one it picks.
//
// # Lazy freeing
//
// A removed big value in the shard's arena loses a bounded number of blocks with its entry, and the rest with Reclaim (big.go);
// so do the tables of a flushed database. An estate is given back extent by extent without a look at what was in it, and so
// is the old arena of a shard that has no keys left after a lazy flush, which gets a new one: 300 MB would hold all shards
// up for 80 ms at once. What is still to be freed counts as used.
//
// # Defragmentation
//
// Defragment walks the tables and moves entries and table blocks that the arena calls sparse: those that keep a mostly
// empty span alive. It is bounded per call, and runs beside everything else.
//
// # Rejected
//
//   - Go maps of slices: 230 to 338 bytes per 16+64-byte key against some 100, and 12% of the CPU in the collector at 8
//     million keys against 0.1%.
//   - One lock with one executing goroutine, as Redis has it: the other cores stay idle; a lock per shard costs some 20
//     ns uncontended.
//   - A lock per key or optimistic reads: multi-key commands, scripts and the effect stream need a moment at which all
//     their keys hold still; sorted shard locks give it for any set of keys.
//   - Read-write locks: reads renew the access history and count hits; and below a microsecond a shared lock costs as
//     much as the work.
//   - For renames of large values: an entry in the new shard that refers to one that stays in the old. Each command on the key
//     would have to lock both shards, and know of the second before it has locked the first; and chains of them would have to
//     be cut. Or an arena's number in every handle of a block: handles have no bits left, and the table of the
//     arenas would be looked up, and shared by all shards, with every block.
//   - A separate table of expiries, as in Redis: 8 to 40 bytes more per expiring key, and two tables to keep in step.
//   - Random sampling for expiry: it leaves up to a quarter of expired keys in place.
//   - A version number per entry for snapshots: 8 bytes per key for ever. fork(2): not available to a Go process, and
//     it doubles memory under writes.
package store
