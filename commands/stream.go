package commands

import (
	"math"

	"synap/store"
	"synap/store/stream"
)

// streamCommands work on the entries of streams.
var streamCommands = []Command{
	{
		Name: "xadd", Group: GroupStream, Since: "5.0.0", Arity: -5, Flags: Write | DenyOOM | Fast, ACL: CatStream,
		Summary:    "Appends an entry to a stream, creating it if need be, and optionally trims it.",
		Complexity: "O(1), plus O(N) for N entries that are trimmed",
		History:    []Change{{"6.2.0", "Takes NOMKSTREAM, MINID and LIMIT."}, {"7.0.0", "Takes IDs of the form ms-*."}},
		Tips:       []string{"nondeterministic_output"},
		Keys: []KeySpec{
			{Flags: KeyRW | KeyUpdate, Notes: "an update and no insertion, since it may trim", Index: 1, Step: 1},
		},
		Args: []Arg{
			KeyArg("key", 0),
			Tok("nomkstream", "NOMKSTREAM").Opt().From("6.2.0"),
			Block("trim",
				OneOf("strategy", Tok("maxlen", "MAXLEN"), Tok("minid", "MINID").From("6.2.0")),
				OneOf("operator", Tok("equal", "="), Tok("approximately", "~")).Opt(),
				Str("threshold"),
				Int("count").With("LIMIT").Opt().From("6.2.0")).Opt(),
			OneOf("id-selector", Tok("auto-id", "*"), Str("id")),
			Block("data", Str("field"), Str("value")).Many(),
		},
		Run: xAdd,
	},
	{
		Name: "xdel", Group: GroupStream, Since: "5.0.0", Arity: -3, Flags: Write | Fast, ACL: CatStream,
		Summary:    "Removes entries by ID and tells how many of them existed.",
		Complexity: "O(1) per entry",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Str("ID").Many()},
		Run:        xDel,
	},
	{
		Name: "xtrim", Group: GroupStream, Since: "5.0.0", Arity: -4, Flags: Write, ACL: CatStream,
		Summary:    "Removes the oldest entries, down to a number or up to an ID.",
		Complexity: "O(N) for N removed entries",
		History:    []Change{{"6.2.0", "Takes MINID and LIMIT."}},
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
		Args: []Arg{
			KeyArg("key", 0),
			Block("trim",
				OneOf("strategy", Tok("maxlen", "MAXLEN"), Tok("minid", "MINID").From("6.2.0")),
				OneOf("operator", Tok("equal", "="), Tok("approximately", "~")).Opt(),
				Str("threshold"),
				Int("count").With("LIMIT").Opt().From("6.2.0")),
		},
		Run: xTrim,
	},
	{
		Name: "xlen", Group: GroupStream, Since: "5.0.0", Arity: 2, Flags: ReadOnly | Fast, ACL: CatStream,
		Summary:    "Counts the entries of a stream.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        xLen,
	},
	{
		Name: "xrange", Group: GroupStream, Since: "5.0.0", Arity: -4, Flags: ReadOnly, ACL: CatStream,
		Summary:    "Reads the entries between two IDs, oldest first.",
		Complexity: "O(N) for N returned entries",
		History:    []Change{{"6.2.0", "An end can be excluded."}},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("start"), Str("end"), Int("count").With("COUNT").Opt()},
		Run:        xRange,
	},
	{
		Name: "xrevrange", Group: GroupStream, Since: "5.0.0", Arity: -4, Flags: ReadOnly, ACL: CatStream,
		Summary:    "Reads the entries between two IDs, newest first.",
		Complexity: "O(N) for N returned entries",
		History:    []Change{{"6.2.0", "An end can be excluded."}},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("end"), Str("start"), Int("count").With("COUNT").Opt()},
		Run:        xRevRange,
	},
	{
		Name: "xsetid", Group: GroupStream, Since: "5.0.0", Arity: -3, Flags: Write | DenyOOM | Fast, ACL: CatStream,
		Summary:    "Sets the ID that the next entry must exceed, and the counters of a stream.",
		Complexity: "O(1)",
		History:    []Change{{"7.0.0", "Takes ENTRIESADDED and MAXDELETEDID."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args: []Arg{
			KeyArg("key", 0),
			Str("last-id"),
			Int("entries-added").With("ENTRIESADDED").Opt().From("7.0.0"),
			Str("max-deleted-id").With("MAXDELETEDID").Opt().From("7.0.0"),
		},
		Run: xSetID,
	},
}

// Errors of commands on streams, in Redis's words.
const (
	errLeastID       Error = "ERR The ID specified in XADD must be greater than 0-0"
	errLastID        Error = "ERR The stream has exhausted the last possible ID, unable to add more items"
	errSmallID       Error = "ERR The ID specified in XADD is equal or smaller than the target stream top item"
	errLargeEntry    Error = "ERR Elements are too large to be stored"
	errAddedNegative Error = "ERR entries_added must be positive"
	errAddedSmall    Error = "ERR The entries_added specified in XSETID is smaller than the target stream length"
	errSetIDDeleted  Error = "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"
	errSetIDOwn      Error = "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
	errSetIDTop      Error = "ERR The ID specified in XSETID is smaller than the target stream top item"
)

func xAdd(c *Ctx) error {
	var o xaddOptions
	if err := o.parse(c, true); err != nil {
		return err
	}
	pairs := c.Args[min(o.at+1, len(c.Args)):]
	if len(pairs) < 2 || len(pairs)%2 != 0 {
		return ErrArity(c.Cmd)
	}
	if o.fixed && !o.openSeq && o.id == stream.MinID {
		return errLeastID
	}
	key := c.Args[1]
	log, found, err := c.writeLog(key)
	if err != nil {
		return err
	}
	if !found && o.noCreate {
		c.W.Null()
		return nil
	}
	id, err := o.newID(c, log.Last)
	if err != nil {
		return err
	}
	if !stream.Fits(pairs) || !store.StreamFits(key) {
		return errLargeEntry
	}
	if found {
		log.Edit()
	} else {
		log.Create()
	}
	log.Append(id, pairs)
	c.replyID(id)
	c.Notify(store.EventStream, "xadd", key)
	if o.trims && log.Trim(o.trim) > 0 {
		c.Notify(store.EventStream, "xtrim", key)
	}
	log.Save()
	log.Changed(1)
	if o.trim.Whole || !o.fixed || o.openSeq {
		o.effect(c, &log, id)
	}
	return nil
}

// newID is the ID of an entry to be added behind last.
func (o *xaddOptions) newID(c *Ctx, last stream.ID) (id stream.ID, err error) {
	switch next, ok := last.Next(); {
	case !ok:
		return id, errLastID
	case o.openSeq && o.id.Ms == last.Ms:
		if id = next; id.Ms != last.Ms {
			return id, errSmallID
		}
	case o.fixed:
		id = o.id
	case uint64(c.Now) > last.Ms:
		id.Ms = uint64(c.Now)
	default:
		id = next
	}
	if !last.Less(id) {
		return id, errSmallID
	}
	return id, nil
}

func xLen(c *Ctx) error {
	log, _, err := c.readLog(c.Args[1])
	if err != nil {
		return err
	}
	c.W.Int(int64(log.Length))
	return nil
}

func xDel(c *Ctx) error {
	key := c.Args[1]
	log, found, err := c.writeLog(key)
	if err != nil {
		return err
	}
	if !found {
		c.W.Int(0)
		return nil
	}
	for i := 2; i < len(c.Args); i++ {
		if _, err := c.exactID(i, 0); err != nil {
			return err
		}
	}
	log.Edit()
	deleted, first := 0, log.First
	settle := false
	for i := 2; i < len(c.Args); i++ {
		id, _ := c.exactID(i, 0)
		if !log.Delete(id) {
			continue
		}
		deleted++
		settle = settle || id == first
		if log.MaxDeleted.Less(id) {
			log.MaxDeleted = id
		}
	}
	if settle || deleted > 0 && log.Length == 0 {
		log.Settle()
	}
	c.W.Int(int64(deleted))
	if deleted == 0 {
		return nil
	}
	log.Save()
	log.Changed(deleted)
	c.Notify(store.EventStream, "xdel", key)
	return nil
}

func xRange(c *Ctx) error { return c.streamRange(2, 3, false) }

func xRevRange(c *Ctx) error { return c.streamRange(3, 2, true) }

// streamRange replies with the entries between two IDs; start and end are the positions of the words.
func (c *Ctx) streamRange(start, end int, back bool) error {
	lo, err := c.intervalStart(start)
	if err != nil {
		return err
	}
	hi, err := c.intervalEnd(end)
	if err != nil {
		return err
	}
	count := int64(math.MaxInt64)
	for i := 4; i < len(c.Args); i += 2 {
		if !c.Is(i, "count") || i+1 == len(c.Args) {
			return ErrSyntax
		}
		if count, err = c.Integer(i + 1); err != nil {
			return err
		}
	}
	log, found, err := c.readLog(c.Args[1])
	switch {
	case err != nil:
		return err
	case !found:
		c.W.Array(0)
	case count <= 0:
		c.W.NullArray()
	default:
		c.replyEntries(log.Range(lo, hi, back), count)
	}
	return nil
}

// setIDOptions is what XSETID sets besides the last ID.
type setIDOptions struct {
	added   int64 // -1: nothing
	deleted stream.ID
}

func (o *setIDOptions) parse(c *Ctx, id stream.ID) (err error) {
	o.added = -1
	for i := 3; i < len(c.Args); i += 2 {
		more := i+1 < len(c.Args)
		switch {
		case c.Is(i, "entriesadded") && more:
			if o.added, err = c.Integer(i + 1); err != nil {
				return err
			}
			if o.added < 0 {
				return errAddedNegative
			}
		case c.Is(i, "maxdeletedid") && more:
			if o.deleted, err = c.exactID(i+1, 0); err != nil {
				return err
			}
			if id.Less(o.deleted) {
				return errSetIDOwn
			}
		default:
			return ErrSyntax
		}
	}
	return nil
}

func xSetID(c *Ctx) error {
	id, err := c.exactID(2, 0)
	if err != nil {
		return err
	}
	var o setIDOptions
	if err := o.parse(c, id); err != nil {
		return err
	}
	key := c.Args[1]
	log, found, err := c.writeLog(key)
	switch {
	case err != nil:
		return err
	case !found:
		return ErrNoSuchKey
	case id.Less(log.MaxDeleted):
		return errSetIDDeleted
	case log.Length > 0 && id.Less(log.Top()):
		return errSetIDTop
	case log.Length > 0 && o.added >= 0 && log.Length > uint64(o.added):
		return errAddedSmall
	}
	log.Edit()
	log.Last = id
	if o.added >= 0 {
		log.Added = uint64(o.added)
	}
	if o.deleted != stream.MinID {
		log.MaxDeleted = o.deleted
	}
	log.Save()
	log.Altered(1)
	c.W.OK()
	c.Notify(store.EventStream, "xsetid", key)
	return nil
}
