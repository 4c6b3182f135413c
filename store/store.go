package store

import (
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"

	"synap/store/arena"
	"synap/store/dict"
)

// Shards is the number of independently locked parts of the keyspace.
const Shards = 64

// shardShift leaves the hash bits that number the shards.
const shardShift = 64 - 6

// AllShards is the mask of the whole keyspace.
const AllShards = ^uint64(0)

// Policy is a maxmemory-policy.
type Policy uint8

// The eight policies.
const (
	NoEviction Policy = iota
	AllKeysLRU
	AllKeysLFU
	AllKeysRandom
	VolatileLRU
	VolatileLFU
	VolatileRandom
	VolatileTTL
)

func (p Policy) lfu() bool { return p == AllKeysLFU || p == VolatileLFU }

// LRU reports whether the policy times accesses.
func (p Policy) LRU() bool { return p == AllKeysLRU || p == VolatileLRU }

func (p Policy) volatile() bool { return p >= VolatileLRU }

// Tuning is what the configuration says about the store.
type Tuning struct {
	Policy       Policy
	Samples      int // maxmemory-samples
	LFULogFactor int
	LFUDecayTime int // minutes per decrement

	// The limits of small encodings, named as the directives: entries, and bytes of a field, value or member.
	HashMaxListpackEntries, HashMaxListpackValue int
	ListMaxListpackSize                          int // positive: elements per block; -1 to -5: 4 to 64 KiB per block
	SetMaxIntsetEntries                          int
	SetMaxListpackEntries, SetMaxListpackValue   int
	ZSetMaxListpackEntries, ZSetMaxListpackValue int
	HLLSparseMaxBytes                            int
	StreamNodeMaxBytes, StreamNodeMaxEntries     int // 0: no limit

	// EstateBytes is how large a value may become, in bytes of blocks, before it gets an arena of its own; 0: 256 KiB.
	EstateBytes int64
}

// Store is the keyspace. Its zero value is not usable: call New.
type Store struct {
	shards [Shards]shard
	pool   *arena.Pool
	rand   rand.Source
	seed   maphash.Seed
	sink   Sink
	tuning atomic.Pointer[Tuning]
	dbs    int

	owedFree int64 // see there

	used    *atomic.Int64                // bytes of live blocks in all arenas
	keys    []atomic.Int64               // by database, as of the transactions that have ended; see totals for the high bits
	sizes   []atomic.Pointer[shardSizes] // by database
	pending atomic.Int64                 // emptied tables, removed big values and arenas whose memory is still to be freed
	owed    atomic.Int64                 // bytes of removed big values among them
	frozen  atomic.Bool                  // expired keys stay in place (CLIENT PAUSE)

	feeding atomic.Int64 // places in queues of clients that change other keys when they are served

	events   atomic.Uint32 // the EventClass bits that are wanted
	onEvents func(events []Event)

	tracker                   Tracker
	broadcast                 atomic.Bool // the tracker wants to know of every change
	trackedKeys, trackedItems atomic.Int64
	trackedText               atomic.Int64 // length of the tracked keys

	expiry  expiryCycle
	evictor evictor
	defrag  defragmenter

	reclaimAt atomic.Uint32 // shards that Reclaim has looked at
	snapshot  snapshotState
}

// shard is one part of the keyspace: an arena, those of its large values, and one table per database.
type shard struct {
	mu struct {
		sync.Mutex
		shardState
	}
	_ [64]byte // keeps neighbours' locks out of this shard's cache lines
}

// shardState is what a shard's mutex guards. Its methods need the mutex held.
type shardState struct {
	pool      *arena.Pool
	arena     *arena.Arena
	estates   estates
	used      int64    // bytes of the blocks of all the shard's arenas, those included that are still to be freed
	spaces    []*space // by database; nil until used
	watched   map[keyRef][]*watch
	tracked   map[string]*readers // by key, whatever the database
	waited    map[keyRef]*queue
	feeds     map[string]*feed // by awaited key, in whatever database
	feed      feed             // the sum of feeds
	seed      maphash.Seed
	tuning    *atomic.Pointer[Tuning]
	dropped   []*space  // emptied databases whose entries are still to be freed
	orphans   []orphan  // removed big values whose blocks are still to be freed
	strays    int       // how many of them lie in an estate
	owed      int64     // bytes of removed values that are still to be freed
	retired   []retired // arenas given up with all that was in them, still to be drained
	snap      *Snapshot // running snapshot, while this shard has unsaved entries
	epoch     byte      // flagEpoch or 0: the mark of entries that the snapshot need not save
	groupTurn uint64    // counts looks at streams of many groups
	compactAt uint64    // where the next estate with too much memory is looked at
	freed     int64     // entries that were left for later and are freed
	stats     ShardStats
	reported  struct {
		used, dropped, owed int64 // as last added to Store.used, Store.pending and Store.owed
	}
}

// ShardStats counts what INFO reports, for one shard.
type ShardStats struct {
	Hits, Misses, Expired, Evicted int64
}

// space is one database's part of a shard.
type space struct {
	table     dict.Table
	db        int       // the database it belongs to
	savedAs   int       // the database it belonged to when the running snapshot began, or noDB
	expires   int       // entries that have an expiry
	expirySum expirySum // of their expiry times, for the average TTL
}

// keyRef names a key across databases.
type keyRef struct {
	db  int
	key string
}

// Options configure a Store.
type Options struct {
	Databases int
	Tuning    Tuning
	Rand      rand.Source // nil: math/rand/v2's own; another must be safe for concurrent use if the store is used so
}

// globalRand is the process's random source; unlike a source of its own it is safe for concurrent use.
type globalRand struct{}

func (globalRand) Uint64() uint64 { return rand.Uint64() }

// New returns an empty keyspace.
func New(o Options) *Store {
	s := &Store{pool: new(arena.Pool), seed: maphash.MakeSeed(), dbs: o.Databases, rand: o.Rand, owedFree: owedFree}
	s.used, s.keys = totals(o.Databases)
	s.sizes = make([]atomic.Pointer[shardSizes], o.Databases)
	s.SetTuning(o.Tuning)
	if s.rand == nil {
		s.rand = globalRand{}
	}
	for i := range s.shards {
		m := &s.shards[i].mu
		m.pool, m.seed, m.tuning = s.pool, s.seed, &s.tuning
		m.arena = m.newArena()
	}
	return s
}

// totals makes room for the number of bytes in use and of keys per database. The first database's number stands beside the
// bytes in memory: a transaction that adds or removes a key changes both, and pays for one cache line.
func totals(dbs int) (used *atomic.Int64, keys []atomic.Int64) {
	all := make([]atomic.Int64, 1+dbs)
	return &all[0], all[1:]
}

// SetTuning replaces the tuning.
func (s *Store) SetTuning(t Tuning) { s.tuning.Store(&t) }

// Tuning is what the configuration says, as of now.
func (t *Txn) Tuning() *Tuning { return t.s.tuning.Load() }

// Policy is the eviction policy in force.
func (s *Store) Policy() Policy { return s.tuning.Load().Policy }

// Databases is the number of databases.
func (s *Store) Databases() int { return s.dbs }

// Used is the number of bytes of all live blocks: keys, values and tables.
func (s *Store) Used() int64 { return s.used.Load() }

// FreezeExpiry makes expired keys invisible without removing them, or ends that.
func (s *Store) FreezeExpiry(on bool) { s.frozen.Store(on) }

// ShardOf is the number of the shard that holds key in every database.
func ShardOf(key []byte) int { return int(xxhash.Sum64(key) >> shardShift) }

// MaskOf is the shard mask of one key.
func MaskOf(key []byte) uint64 { return 1 << ShardOf(key) }

// at returns the table of a database, nil if it was not used yet. There are as many as the highest database in use needs:
// work that looks at all of them must not grow with the number that is allowed.
func (m *shardState) at(db int) *space {
	if db < len(m.spaces) {
		return m.spaces[db]
	}
	return nil
}

// space returns the table of a database, making it on first use.
func (m *shardState) space(db int) *space {
	sp := m.at(db)
	if sp == nil {
		for len(m.spaces) <= db {
			m.spaces = append(m.spaces, nil)
		}
		sp = &space{db: db}
		m.spaces[db] = sp
	}
	return sp
}

// lock takes the shards of mask in ascending order, which is what keeps transactions from waiting for each other in a circle.
func (s *Store) lock(mask uint64) {
	for m := mask; m != 0; m &= m - 1 {
		s.shards[bits.TrailingZeros64(m)].mu.Lock()
	}
}

func (s *Store) unlock(mask uint64) {
	for m := mask; m != 0; m &= m - 1 {
		s.shards[bits.TrailingZeros64(m)].mu.Unlock()
	}
}
