package commands

import (
	"strings"

	"synap/store"
)

// Handler runs one command. It reads its arguments from c.Args, works on c.Tx and writes exactly one reply to c.W.
// When it returns an error nothing of what it wrote to c.W reaches the client: the dispatcher writes the error instead.
type Handler func(c *Ctx) error

// Command is one entry of the command table: everything Synap knows about a command. The arity check, the gates,
// shard locking, the effect stream, COMMAND, COMMAND DOCS and ACL categories are derived from it and repeated nowhere.
type Command struct {
	Name       string     // lower case; a subcommand's own word only ("id" of CLIENT ID)
	Group      Group      // documentation group
	Since      string     // Redis version that introduced it
	Arity      int        // number of words including the name; negative: at least that many
	Flags      Flags      // drives the gates
	ACL        Categories // explicit categories; the implied ones are added when the table is built
	Keys       []KeySpec  // where the keys are; empty: none
	GetKeys    KeyFunc    // finds the keys when the specs cannot
	Reaches    ReachFunc  // tells the calls that touch keys they do not name; nil: none does
	Tips       []string   // hints for proxies and cluster clients
	Summary    string     // one sentence
	Complexity string     // big-O
	Args       []Arg      // the syntax, for COMMAND DOCS and redis-cli's hints
	Deprecated string     // version that deprecated it, "" if none
	ReplacedBy string     // what to use instead of a deprecated command
	History    []Change   // changes of syntax or behaviour since Since
	Sub        []Command  // subcommands; Run of a container without Sub match is not called
	Run        Handler

	// Filled in when the table is built.
	FullName string   // "client|id" for subcommands, else Name
	Parent   *Command // container of a subcommand
	ID       int      // dense index, for per-command statistics

	keys keyPlan // the specs, compiled
}

// Change is one entry of a command's history.
type Change struct{ Version, What string }

// Group is a documentation group of Redis's command reference.
type Group string

// The groups.
const (
	GroupGeneric      Group = "generic"
	GroupString       Group = "string"
	GroupBitmap       Group = "bitmap"
	GroupConnection   Group = "connection"
	GroupServer       Group = "server"
	GroupTransactions Group = "transactions"
	GroupScripting    Group = "scripting"
	GroupList         Group = "list"
	GroupHash         Group = "hash"
	GroupSet          Group = "set"
	GroupSortedSet    Group = "sorted-set"
	GroupStream       Group = "stream"
	GroupHyperLogLog  Group = "hyperloglog"
	GroupGeo          Group = "geo"
	GroupPubSub       Group = "pubsub"
)

// Flags say how a command may be used. Names and meanings of the first block are Redis's own, as COMMAND shows them
// (https://redis.io/commands/command); the second block is internal.
type Flags uint64

// Redis's flags.
const (
	Write            Flags = 1 << iota // may change data; refused on read-only servers
	ReadOnly                           // only reads data
	DenyOOM                            // may grow memory: refused beyond maxmemory
	Admin                              // an operator's command
	PubSub                             // part of publish/subscribe
	NoScript                           // not callable from scripts
	Blocking                           // may park the client
	Loading                            // allowed while data is being loaded
	Stale                              // allowed on a replica whose data is stale
	SkipMonitor                        // not shown by MONITOR
	SkipSlowlog                        // not entered in SLOWLOG
	Asking                             // accepted for importing cluster slots
	Fast                               // constant or logarithmic time
	NoAuth                             // allowed before authentication
	MayReplicate                       // produces effects though it is not a write
	NoMandatoryKeys                    // keys may be absent
	NoAsyncLoading                     // refused during diskless loading
	NoMulti                            // refused inside MULTI
	MovableKeys                        // the legacy first/last/step triple does not cover all keys (derived)
	AllowBusy                          // allowed while a script has hung
	TouchesArbitrary                   // may touch keys it does not name
	Protected                          // only with enable-debug-command and the like
)

// Internal flags.
const (
	World         Flags = 1 << (iota + 40) // runs with all event loops stopped: may read and change any session and the configuration
	AllShards                              // locks the whole keyspace
	RunsQueue                              // runs what MULTI queued: counts as all of it (EXEC)
	WatchedShards                          // needs the shards of the keys the client watches, besides those of its own keys
	NotQueued                              // runs at once inside MULTI (EXEC, DISCARD, WATCH ...)
	InSubscribe                            // allowed for a RESP2 client in subscribe mode
	ShardByShard                           // takes its own locks, one shard at a time (SCAN, KEYS, RANDOMKEY, DBSIZE); in EXEC and scripts the shards are held already
	ConfigGated                            // needs the matching enable-*-command directive
	SysCmd                                 // for developers: COMMAND DOCS marks it "syscmd" and its syntax is not described
)

// Categories is a set of ACL categories.
type Categories uint32

// The ACL categories (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/).
const (
	CatKeyspace Categories = 1 << iota
	CatRead
	CatWrite
	CatSet
	CatSortedSet
	CatList
	CatHash
	CatString
	CatBitmap
	CatHyperLogLog
	CatGeo
	CatStream
	CatPubSub
	CatAdmin
	CatFast
	CatSlow
	CatBlocking
	CatDangerous
	CatConnection
	CatTransaction
	CatScripting
)

// CategoryNames are the names of the categories, by bit.
var CategoryNames = []string{"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap",
	"hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection",
	"transaction", "scripting"}

// flagNames pairs the flags that COMMAND prints with their words, in Redis's order. MayReplicate, Protected and
// TouchesArbitrary are not printed.
var flagNames = []struct {
	flag Flags
	name string
}{
	{Write, "write"}, {ReadOnly, "readonly"}, {DenyOOM, "denyoom"}, {Admin, "admin"}, {PubSub, "pubsub"},
	{NoScript, "noscript"}, {Blocking, "blocking"}, {Loading, "loading"}, {Stale, "stale"},
	{SkipMonitor, "skip_monitor"}, {SkipSlowlog, "skip_slowlog"}, {Asking, "asking"}, {Fast, "fast"},
	{NoAuth, "no_auth"}, {NoMandatoryKeys, "no_mandatory_keys"}, {NoAsyncLoading, "no_async_loading"},
	{NoMulti, "no_multi"}, {MovableKeys, "movablekeys"}, {AllowBusy, "allow_busy"},
}

// Names returns the flags that COMMAND shows, as it shows them.
func (f Flags) Names() []string {
	var out []string
	for _, n := range flagNames {
		if f&n.flag != 0 {
			out = append(out, n.name)
		}
	}
	return out
}

// Names returns the category names with their leading "@".
func (c Categories) Names() []string {
	var out []string
	for i, n := range CategoryNames {
		if c&(1<<i) != 0 {
			out = append(out, "@"+n)
		}
	}
	return out
}

// Has reports whether all flags of want are set.
func (f Flags) Has(want Flags) bool { return f&want == want }

// ArityOK reports whether a call of n words (name included) has an acceptable length.
func (c *Command) ArityOK(n int) bool {
	if c.Arity < 0 {
		return n >= -c.Arity
	}
	return n == c.Arity
}

// Env is what handlers may know of the configuration. The server fills it in and changes it only while no handler runs.
type Env struct {
	MaxBulkLen int64 // proto-max-bulk-len: the longest string a command may build, in bytes
	LazyFlush  bool  // lazyfree-lazy-user-flush: FLUSHDB and FLUSHALL free memory in the background unless told otherwise
	// SharesIntegers says that Redis would keep one object for each small integer: the policy needs no access history.
	SharesIntegers bool
	// OutputLimit is the hard client-output-buffer-limit of normal clients, in bytes: who has more pending is closed. 0: none.
	OutputLimit int64
}

// Ctx is the state of one running command. It is reused from command to command: nothing of it may be kept.
type Ctx struct {
	Cmd  *Command
	Args [][]byte // the words as sent, name first; valid until the handler returns
	W    *Writer
	Tx   *store.Txn // the locked shards of this command's keys, in the client's database
	Now  int64      // unix milliseconds; one reading per command
	Env  *Env
	// Client is the server's session. Only the server's own families look into it.
	Client any
	// Blocker parks the client if the command has to wait; nil: it must not wait.
	Blocker Blocker

	scratch []byte     // the name of a key that a pattern makes
	digits  [20]byte   // the value of that key, if it is an integer
	effects store.Unit // replaces the command itself in the effect stream when overridden
	mode    effectMode
	waking  *store.Interest // of a blocking command that is run again, else nil
	waiting bool            // and it found nothing
}

type effectMode uint8

const (
	effectVerbatim effectMode = iota // the words as sent
	effectOverride                   // c.effects
	effectNone
)

// Effect adds words to what the effect stream gets in place of the command as sent. The words must be deterministic:
// absolute times, resolved random choices. It costs nothing when no effects are recorded.
func (c *Ctx) Effect(words ...[]byte) {
	c.mode = effectOverride
	if c.Tx.Recording() {
		c.effects = append(c.effects, store.NewEffect(c.Tx.DB(), words...))
	}
}

// NoEffect keeps the command out of the effect stream although it changed data that the stream already covers.
func (c *Ctx) NoEffect() { c.mode = effectNone }

// Arg returns the i-th word (0 is the name) in lower case, for keywords and option names.
func (c *Ctx) Arg(i int) string { return strings.ToLower(string(c.Args[i])) }

// Is reports whether the i-th word equals word (lower case), whatever its case. It does not allocate.
func (c *Ctx) Is(i int, word string) bool { return EqualFold(c.Args[i], word) }

// EqualFold reports whether b equals the lower-case ASCII word, whatever the case of b.
func EqualFold(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i := 0; i < len(b); i++ {
		ch := b[i]
		if 'A' <= ch && ch <= 'Z' {
			ch += 'a' - 'A'
		}
		if ch != word[i] {
			return false
		}
	}
	return true
}
