package commands

import (
	"synap/store"
	"synap/store/stream"
)

// streamInfoCommands show how streams, groups and consumers stand.
var streamInfoCommands = []Command{
	{
		Name: "xinfo", Group: GroupStream, Since: "5.0.0", Arity: -2,
		Summary:    "Groups the commands that look into streams.",
		Complexity: "Depends on the subcommand",
		Sub: []Command{
			{
				Name: "consumers", Group: GroupStream, Since: "5.0.0", Arity: 4, Flags: ReadOnly, ACL: CatStream,
				Summary:    "Describes the consumers of a group.",
				Complexity: "O(1)",
				History:    []Change{{"7.2.0", "Shows inactive."}},
				Tips:       []string{"nondeterministic_output"},
				Keys:       []KeySpec{KeyAt(2, KeyRO|KeyAccess)},
				Args:       []Arg{KeyArg("key", 0), Str("group")},
				Run:        streamConsumers,
			},
			{
				Name: "groups", Group: GroupStream, Since: "5.0.0", Arity: 3, Flags: ReadOnly, ACL: CatStream,
				Summary:    "Describes the consumer groups of a stream.",
				Complexity: "O(1)",
				History:    []Change{{"7.0.0", "Shows entries-read and lag."}},
				Keys:       []KeySpec{KeyAt(2, KeyRO|KeyAccess)},
				Args:       []Arg{KeyArg("key", 0)},
				Run:        streamGroups,
			},
			{
				Name: "help", Group: GroupStream, Since: "5.0.0", Arity: 2, Flags: Loading | Stale, ACL: CatStream,
				Summary:    "Lists the XINFO subcommands.",
				Complexity: "O(1)",
				Run:        Help,
			},
			{
				Name: "stream", Group: GroupStream, Since: "5.0.0", Arity: -3, Flags: ReadOnly, ACL: CatStream,
				Summary:    "Describes a stream, with its entries and groups if asked to.",
				Complexity: "O(1)",
				History: []Change{
					{"6.0.0", "Takes FULL."},
					{"7.0.0", "Shows max-deleted-entry-id, entries-added, recorded-first-entry-id, entries-read and lag."},
					{"7.2.0", "Shows active-time; seen-time has another meaning."},
				},
				Keys: []KeySpec{KeyAt(2, KeyRO|KeyAccess)},
				Args: []Arg{
					KeyArg("key", 0),
					Block("full-block", Tok("full", "FULL"), Int("count").With("COUNT").Opt()).Opt(),
				},
				Run: streamInfo,
			},
		},
	},
}

// infoLog looks up the stream that XINFO is asked about.
func (c *Ctx) infoLog() (store.Log, error) {
	log, found, err := c.readLog(c.Args[2])
	if err == nil && !found {
		err = ErrNoSuchKey
	}
	return log, err
}

// field replies with a field's name, which its value follows.
func (c *Ctx) field(name string) { c.W.BulkString(name) }

func (c *Ctx) intField(name string, n int64) {
	c.field(name)
	c.W.Int(n)
}

func (c *Ctx) idField(name string, id stream.ID) {
	c.field(name)
	c.replyID(id)
}

func (c *Ctx) nameField(name []byte) {
	c.field("name")
	c.W.Bulk(name)
}

// progressFields replies with how far a group has read, as far as that is known.
func (c *Ctx) progressFields(g *stream.Group) {
	c.idField("last-delivered-id", g.Last())
	c.field("entries-read")
	if read := g.Read(); read != stream.UnknownRead {
		c.W.Int(read)
	} else {
		c.W.Null()
	}
	c.field("lag")
	if lag, known := g.Lag(); known {
		c.W.Int(lag)
	} else {
		c.W.Null()
	}
}

func streamConsumers(c *Ctx) error {
	log, err := c.infoLog()
	if err != nil {
		return err
	}
	g, err := c.namedGroup(&log)
	if err != nil {
		return err
	}
	c.W.Array(g.Consumers())
	for i := range g.Consumers() {
		consumer := g.ConsumerAt(i)
		inactive := stream.NeverActive
		if at := consumer.Active(); at != stream.NeverActive {
			inactive = c.Now - at
		}
		c.W.Map(4)
		c.nameField(consumer.Name())
		c.intField("pending", int64(consumer.Pending()))
		c.intField("idle", max(c.Now-consumer.Seen(), 0))
		c.intField("inactive", inactive)
	}
	return nil
}

func streamGroups(c *Ctx) error {
	log, err := c.infoLog()
	if err != nil {
		return err
	}
	c.W.Array(log.Groups())
	for i := range log.Groups() {
		g := log.GroupAt(i)
		c.W.Map(6)
		c.nameField(g.Name())
		c.intField("consumers", int64(g.Consumers()))
		c.intField("pending", int64(g.Pending()))
		c.progressFields(&g)
	}
	return nil
}

// fullCount reads the options of XINFO STREAM: how many entries of each list FULL shows, 0 for all.
func (c *Ctx) fullCount() (int64, error) {
	const standard = 10
	switch n := len(c.Args); {
	case n == 3, n == 4 && c.Is(3, "full"):
		return standard, nil
	case n == 6 && c.Is(3, "full") && c.Is(4, "count"):
		count, err := c.Integer(5)
		if count < 0 {
			count = standard
		}
		return count, err
	}
	return 0, ErrWrongUse(c)
}

func streamInfo(c *Ctx) error {
	log, err := c.infoLog()
	if err != nil {
		return err
	}
	full := len(c.Args) > 3
	count, err := c.fullCount()
	if err != nil {
		return err
	}
	if full {
		c.W.Map(9)
	} else {
		c.W.Map(10)
	}
	c.intField("length", int64(log.Length))
	c.intField("radix-tree-keys", int64(log.Blocks()))
	c.intField("radix-tree-nodes", int64(log.Nodes()))
	c.idField("last-generated-id", log.Last)
	c.idField("max-deleted-entry-id", log.MaxDeleted)
	c.intField("entries-added", int64(log.Added))
	c.idField("recorded-first-entry-id", log.First)
	if !full {
		c.intField("groups", int64(log.Groups()))
		c.endField("first-entry", &log, false)
		c.endField("last-entry", &log, true)
		return nil
	}
	c.field("entries")
	c.replyEntries(log.Range(stream.MinID, stream.MaxID, false), count)
	c.field("groups")
	c.W.Array(log.Groups())
	for i := range log.Groups() {
		g := log.GroupAt(i)
		c.fullGroup(&g, count)
	}
	return nil
}

// endField replies with the first or last entry.
func (c *Ctx) endField(name string, log *store.Log, last bool) {
	c.field(name)
	if i := log.Range(stream.MinID, stream.MaxID, last); i.Next() {
		c.replyEntry(&i)
	} else {
		c.W.Null()
	}
}

// fullGroup replies with all there is to know of a group, and up to count of each list.
func (c *Ctx) fullGroup(g *stream.Group, count int64) {
	c.W.Map(7)
	c.nameField(g.Name())
	c.progressFields(g)
	c.intField("pel-count", int64(g.Pending()))
	c.field("pending")
	c.fullPending(g.PendingFrom(stream.MinID), count, true)
	c.field("consumers")
	c.W.Array(g.Consumers())
	for i := range g.Consumers() {
		consumer := g.ConsumerAt(i)
		c.W.Map(5)
		c.nameField(consumer.Name())
		c.intField("seen-time", consumer.Seen())
		c.intField("active-time", consumer.Active())
		c.intField("pel-count", int64(consumer.Pending()))
		c.field("pending")
		c.fullPending(consumer.PendingFrom(stream.MinID), count, false)
	}
}

// fullPending replies with up to count pending entries, 0 for all: ID, consumer if it is not known, time and number of the
// last delivery.
func (c *Ctx) fullPending(pending stream.Pending, count int64, named bool) {
	hole, n := c.W.ArrayHole(), int64(0)
	for count == 0 || n < count {
		d, ok := pending.Next()
		if !ok {
			break
		}
		if named {
			c.W.Array(4)
			c.replyID(d.ID)
			c.W.Bulk(d.Consumer.Name())
		} else {
			c.W.Array(3)
			c.replyID(d.ID)
		}
		c.W.Int(d.Time)
		c.W.Int(int64(d.Count))
		n++
	}
	c.W.FillArray(hole, int(n))
}
