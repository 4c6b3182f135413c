package commands

import (
	"strconv"

	"synap/commands/number"
	"synap/server/resp"
	"synap/store"
	"synap/store/glob"
)

// keyspaceCommands work on whole databases.
var keyspaceCommands = []Command{
	{
		Name: "keys", Group: GroupGeneric, Since: "1.0.0", Arity: 2,
		Flags: ReadOnly | ShardByShard, ACL: CatKeyspace | CatDangerous,
		Summary:    "Lists every key whose name fits a glob pattern.",
		Complexity: "O(N) for N keys in the database",
		Tips:       []string{"request_policy:all_shards", "nondeterministic_output_order"},
		Args:       []Arg{Pattern("pattern")},
		Run:        keys,
	},
	{
		Name: "scan", Group: GroupGeneric, Since: "2.8.0", Arity: -2,
		Flags: ReadOnly | TouchesArbitrary | ShardByShard, ACL: CatKeyspace,
		Summary:    "Walks through the keys of the database in small steps, by a cursor.",
		Complexity: "O(1) per call, O(N) for a full walk over N keys",
		History:    []Change{{"6.0.0", "Takes TYPE."}},
		Tips:       []string{"nondeterministic_output", "request_policy:special", "response_policy:special"},
		Args: []Arg{
			Int("cursor"),
			Pattern("pattern").With("MATCH").Opt(),
			Int("count").With("COUNT").Opt(),
			Str("type").With("TYPE").Opt().From("6.0.0"),
		},
		Run: scan,
	},
	{
		Name: "randomkey", Group: GroupGeneric, Since: "1.0.0", Arity: 1,
		Flags: ReadOnly | TouchesArbitrary | ShardByShard, ACL: CatKeyspace,
		Summary:    "Picks the name of any one key.",
		Complexity: "O(1)",
		Tips:       []string{"request_policy:all_shards", "response_policy:special", "nondeterministic_output"},
		Run:        randomKey,
	},
	{
		Name: "dbsize", Group: GroupServer, Since: "1.0.0", Arity: 1,
		Flags: ReadOnly | Fast | ShardByShard, ACL: CatKeyspace,
		Summary:    "Counts the keys of the selected database.",
		Complexity: "O(1)",
		Tips:       []string{"request_policy:all_shards", "response_policy:agg_sum"},
		Run:        dbSize,
	},
	{
		Name: "flushdb", Group: GroupServer, Since: "1.0.0", Arity: -1,
		Flags: Write | AllShards, ACL: CatKeyspace | CatDangerous,
		Summary:    "Empties the selected database.",
		Complexity: "O(N) for N keys in the database",
		History:    []Change{{"4.0.0", "Takes ASYNC."}, {"6.2.0", "Takes SYNC."}},
		Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
		Args: []Arg{
			OneOf("flush-type", Tok("async", "ASYNC").From("4.0.0"), Tok("sync", "SYNC").From("6.2.0")).Opt(),
		},
		Run: flushDB,
	},
	{
		Name: "flushall", Group: GroupServer, Since: "1.0.0", Arity: -1,
		Flags: Write | AllShards, ACL: CatKeyspace | CatDangerous,
		Summary:    "Empties all databases.",
		Complexity: "O(N) for N keys in all databases",
		History:    []Change{{"4.0.0", "Takes ASYNC."}, {"6.2.0", "Takes SYNC."}},
		Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
		Args: []Arg{
			OneOf("flush-type", Tok("async", "ASYNC").From("4.0.0"), Tok("sync", "SYNC").From("6.2.0")).Opt(),
		},
		Run: flushAll,
	},
	{
		Name: "swapdb", Group: GroupServer, Since: "4.0.0", Arity: 3,
		Flags: Write | Fast | AllShards, ACL: CatKeyspace | CatDangerous,
		Summary:    "Exchanges the contents of two databases.",
		Complexity: "O(N) for N clients watching or blocked on keys of the two databases",
		Args:       []Arg{Int("index1"), Int("index2")},
		Run:        swapDB,
	},
}

// Errors of keyspace commands, in Redis's words.
const (
	errCursor   Error = "ERR invalid cursor"
	errFirstDB  Error = "ERR invalid first DB index"
	errSecondDB Error = "ERR invalid second DB index"
)

func keys(c *Ctx) error {
	pattern := glob.Compile(c.Args[1], false)
	all, n := pattern.IsStar(), 0
	hole := c.W.ArrayHole()
	c.Tx.Each(func(e store.Entry) {
		if key := e.Key(); all || pattern.Match(key) {
			c.W.Bulk(key)
			n++
		}
	})
	c.W.FillArray(hole, n)
	return nil
}

// scanOptions is what follows the cursor in SCAN and its kin.
type scanOptions struct {
	count    int64
	pattern  glob.Pattern
	filtered bool // by pattern
	typed    bool // by typ
	typ      store.Type
	noType   bool // the type asked for does not exist
	fields   bool // HSCAN: values can be left out
	noValues bool
}

// parse reads the words from position i on. TYPE is for keys alone.
func (o *scanOptions) parse(c *Ctx, i int, ofKeys bool) (err error) {
	o.count = 10
	for ; i < len(c.Args); i += 2 {
		switch hasValue := i+1 < len(c.Args); {
		case hasValue && c.Is(i, "count"):
			if o.count, err = c.Integer(i + 1); err != nil {
				return err
			}
			if o.count < 1 {
				return ErrSyntax
			}
		case hasValue && c.Is(i, "match"):
			o.pattern = glob.Compile(c.Args[i+1], false)
			o.filtered = !o.pattern.IsStar()
		case o.fields && c.Is(i, "novalues"):
			o.noValues = true
			i-- // it has no value
		case hasValue && ofKeys && c.Is(i, "type"):
			var known bool
			o.typ, known = store.ParseType(c.Arg(i + 1))
			o.typed, o.noType = true, !known
		default:
			return ErrSyntax
		}
	}
	return nil
}

func (o *scanOptions) wants(e store.Entry) bool {
	return !o.noType && (!o.typed || e.Type() == o.typ) && (!o.filtered || o.pattern.Match(e.Key()))
}

func scan(c *Ctx) error {
	cursor, ok := parseCursor(c.Args[1])
	if !ok {
		return errCursor
	}
	var o scanOptions
	if err := o.parse(c, 2, true); err != nil {
		return err
	}
	found, n := Writer{Proto: c.W.Proto}, 0
	next := c.Tx.Scan(cursor, o.count, func(e store.Entry) {
		if o.wants(e) {
			found.Bulk(e.Key())
			n++
		}
	})
	var digits [20]byte
	c.W.Array(2)
	c.W.Bulk(strconv.AppendUint(digits[:0], next, 10))
	c.W.Array(n)
	c.W.Raw(found.Buf)
	return nil
}

// parseCursor reads a cursor. Like Redis, which uses strtoul, it takes nothing for zero and a number with a sign.
func parseCursor(b []byte) (uint64, bool) {
	if len(b) == 0 {
		return 0, true
	}
	negative := b[0] == '-'
	if negative || b[0] == '+' {
		b = b[1:]
	}
	if len(b) == 0 || b[0] < '0' || b[0] > '9' {
		return 0, false
	}
	n, ok := number.ParseUint(b)
	if negative {
		n = -n
	}
	return n, ok
}

func randomKey(c *Ctx) error {
	if key, ok := c.Tx.RandomKey(); ok {
		c.W.Bulk(key)
	} else {
		c.W.Null()
	}
	return nil
}

func dbSize(c *Ctx) error {
	c.W.Int(int64(c.Tx.Len(c.Tx.DB())))
	return nil
}

func flushDB(c *Ctx) error { return c.flush(c.Tx.DB()) }

func flushAll(c *Ctx) error { return c.flush(-1) }

// flush empties a database, all of them if db is negative.
func (c *Ctx) flush(db int) error {
	lazy := c.Env.LazyFlush
	switch {
	case len(c.Args) == 1:
	case len(c.Args) == 2 && c.Is(1, "sync"):
		lazy = false
	case len(c.Args) == 2 && c.Is(1, "async"):
		lazy = true
	default:
		return ErrSyntax
	}
	c.Tx.Flush(db, lazy)
	c.W.OK()
	return nil
}

func swapDB(c *Ctx) error {
	a, ok := resp.ParseInt(c.Args[1])
	if !ok || a != int64(int32(a)) {
		return errFirstDB
	}
	b, ok := resp.ParseInt(c.Args[2])
	if !ok || b != int64(int32(b)) {
		return errSecondDB
	}
	if n := int64(c.Tx.Databases()); a < 0 || a >= n || b < 0 || b >= n {
		return ErrDBIndex
	}
	c.Tx.Swap(int(a), int(b))
	c.W.OK()
	return nil
}
