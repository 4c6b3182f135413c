package commands

import (
	"synap/server/resp"
	"synap/store"
	"synap/store/stream"
)

// streamGroupCommands deal with consumer groups and with what is pending in them.
var streamGroupCommands = []Command{
	{
		Name: "xgroup", Group: GroupStream, Since: "5.0.0", Arity: -2,
		Summary:    "Groups the commands that deal with consumer groups.",
		Complexity: "Depends on the subcommand",
		Sub: []Command{
			{
				Name: "create", Group: GroupStream, Since: "5.0.0", Arity: -5, Flags: Write | DenyOOM, ACL: CatStream,
				Summary:    "Adds a consumer group to a stream.",
				Complexity: "O(1)",
				History:    []Change{{"7.0.0", "Takes ENTRIESREAD."}},
				Keys:       []KeySpec{KeyAt(2, KeyRW|KeyInsert)},
				Args: []Arg{
					KeyArg("key", 0),
					Str("group"),
					OneOf("id-selector", Str("id"), Tok("new-id", "$")),
					Tok("mkstream", "MKSTREAM").Opt(),
					Int("entries-read").With("ENTRIESREAD").Opt(),
				},
				Run: createGroup,
			},
			{
				Name: "createconsumer", Group: GroupStream, Since: "6.2.0", Arity: 5,
				Flags: Write | DenyOOM, ACL: CatStream,
				Summary:    "Adds a consumer to a group.",
				Complexity: "O(1)",
				Keys:       []KeySpec{KeyAt(2, KeyRW|KeyInsert)},
				Args:       []Arg{KeyArg("key", 0), Str("group"), Str("consumer")},
				Run:        createConsumer,
			},
			{
				Name: "delconsumer", Group: GroupStream, Since: "5.0.0", Arity: 5, Flags: Write, ACL: CatStream,
				Summary:    "Removes a consumer from a group, with what is pending for it.",
				Complexity: "O(1)",
				Keys:       []KeySpec{KeyAt(2, KeyRW|KeyDelete)},
				Args:       []Arg{KeyArg("key", 0), Str("group"), Str("consumer")},
				Run:        deleteConsumer,
			},
			{
				Name: "destroy", Group: GroupStream, Since: "5.0.0", Arity: 4, Flags: Write, ACL: CatStream,
				Summary:    "Removes a consumer group with all it keeps.",
				Complexity: "O(N) for N pending entries, most of it in the background",
				Keys:       []KeySpec{KeyAt(2, KeyRW|KeyDelete)},
				Args:       []Arg{KeyArg("key", 0), Str("group")},
				Run:        destroyGroup,
			},
			{
				Name: "help", Group: GroupStream, Since: "5.0.0", Arity: 2, Flags: Loading | Stale, ACL: CatStream,
				Summary:    "Lists the XGROUP subcommands.",
				Complexity: "O(1)",
				Run:        Help,
			},
			{
				Name: "setid", Group: GroupStream, Since: "5.0.0", Arity: -5, Flags: Write, ACL: CatStream,
				Summary:    "Sets the ID after which a group goes on reading.",
				Complexity: "O(1)",
				History:    []Change{{"7.0.0", "Takes ENTRIESREAD."}},
				Keys:       []KeySpec{KeyAt(2, KeyRW|KeyUpdate)},
				Args: []Arg{
					KeyArg("key", 0),
					Str("group"),
					OneOf("id-selector", Str("id"), Tok("new-id", "$")),
					Int("entriesread").With("ENTRIESREAD").Shown("entries-read").Opt(),
				},
				Run: setGroupID,
			},
		},
	},
	{
		Name: "xack", Group: GroupStream, Since: "5.0.0", Arity: -4, Flags: Write | Fast, ACL: CatStream,
		Summary:    "Acknowledges entries that were delivered to a group and tells how many were pending.",
		Complexity: "O(1) per entry",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Str("group"), Str("ID").Many()},
		Run:        xAck,
	},
	{
		Name: "xpending", Group: GroupStream, Since: "5.0.0", Arity: -3, Flags: ReadOnly, ACL: CatStream,
		Summary:    "Shows what was delivered to a group and not acknowledged, as a summary or entry by entry.",
		Complexity: "O(N) for N examined entries, or for N consumers",
		History:    []Change{{"6.2.0", "Takes IDLE; an end can be excluded."}},
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Str("group"),
			Block("filters",
				Int("min-idle-time").With("IDLE").Opt().From("6.2.0"),
				Str("start"),
				Str("end"),
				Int("count"),
				Str("consumer").Opt()).Opt(),
		},
		Run: xPending,
	},
	{
		Name: "xclaim", Group: GroupStream, Since: "5.0.0", Arity: -6, Flags: Write | Fast, ACL: CatStream,
		Summary:    "Makes a consumer the owner of pending entries, named by ID.",
		Complexity: "O(log N) for N pending entries, per ID",
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args: []Arg{
			KeyArg("key", 0),
			Str("group"),
			Str("consumer"),
			Str("min-idle-time"),
			Str("ID").Many(),
			Int("ms").With("IDLE").Opt(),
			UnixTime("unix-time-milliseconds").With("TIME").Opt(),
			Int("count").With("RETRYCOUNT").Opt(),
			Tok("force", "FORCE").Opt(),
			Tok("justid", "JUSTID").Opt(),
			Str("lastid").With("LASTID").Opt(),
		},
		Run: xClaim,
	},
	{
		Name: "xautoclaim", Group: GroupStream, Since: "6.2.0", Arity: -6, Flags: Write | Fast, ACL: CatStream,
		Summary:    "Makes a consumer the owner of pending entries that have been idle, found by a cursor.",
		Complexity: "O(1) for a small COUNT",
		History:    []Change{{"7.0.0", "The reply lists the pending entries that were found deleted."}},
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
		Args: []Arg{
			KeyArg("key", 0),
			Str("group"),
			Str("consumer"),
			Str("min-idle-time"),
			Str("start"),
			Int("count").With("COUNT").Opt(),
			Tok("justid", "JUSTID").Opt(),
		},
		Run: xAutoClaim,
	},
}

// Errors of groups, in Redis's words.
const (
	errGroupNoKey Error = "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use " +
		"the MKSTREAM option to create an empty stream automatically."
	errGroupBusy   Error = "BUSYGROUP Consumer Group name already exists"
	errEntriesRead Error = "ERR value for ENTRIESREAD must be positive or -1"
)

// errNoGroup is the reply to a group that does not exist, in words around two names.
func errNoGroup(before string, first []byte, between string, second []byte, after string) Error {
	return Error("NOGROUP " + before + resp.Excerpt(first, len(first)) + between + resp.Excerpt(second, len(second)) + after)
}

// groupOptions are the options of XGROUP CREATE and SETID.
type groupOptions struct {
	create bool // MKSTREAM
	read   int64
}

func (o *groupOptions) parse(c *Ctx, creates bool) (err error) {
	o.read = stream.UnknownRead
	for i := 5; i < len(c.Args); i++ {
		switch {
		case creates && c.Is(i, "mkstream"):
			o.create = true
		case c.Is(i, "entriesread") && i+1 < len(c.Args):
			i++
			if o.read, err = c.Integer(i); err != nil {
				return err
			}
			if o.read < 0 && o.read != stream.UnknownRead {
				return errEntriesRead
			}
		default:
			return ErrWrongUse(c)
		}
	}
	return nil
}

// namedLog looks up the stream that a subcommand of XGROUP names and that must exist.
func (c *Ctx) namedLog() (log store.Log, err error) {
	log, found, err := c.writeLog(c.Args[2])
	if err == nil && !found {
		err = errGroupNoKey
	}
	return log, err
}

// namedGroup finds the group of log that a subcommand of XGROUP or XINFO names.
func (c *Ctx) namedGroup(log *store.Log) (stream.Group, error) {
	g, found := log.Group(c.Args[3])
	if !found {
		return g, errNoGroup("No such consumer group '", c.Args[3], "' for key name '", c.Args[2], "'")
	}
	return g, nil
}

// groupStart reads the ID from which a group reads, "$" for the last of the stream.
func (c *Ctx) groupStart(log *store.Log, read func(c *Ctx, i int, missing uint64) (stream.ID, error)) (stream.ID, error) {
	if string(untilNUL(c.Args[4])) == "$" {
		return log.Last, nil
	}
	return read(c, 4, 0)
}

func createGroup(c *Ctx) error {
	var o groupOptions
	if err := o.parse(c, true); err != nil {
		return err
	}
	key, name := c.Args[2], c.Args[3]
	log, found, err := c.writeLog(key)
	switch {
	case err != nil:
		return err
	case !found && !o.create:
		return errGroupNoKey
	case len(c.Args) > 8:
		return ErrWrongUse(c)
	}
	id, err := c.groupStart(&log, (*Ctx).exactID)
	if err != nil {
		return err
	}
	if !store.NameFits(name) {
		return ErrStringTooBig
	}
	if found {
		if _, busy := log.Group(name); busy {
			return errGroupBusy
		}
		log.Edit()
		log.Altered(1)
	} else {
		if !store.StreamFits(key) {
			return ErrStringTooBig
		}
		log.Create()
		log.Changed(1)
	}
	log.CreateGroup(name, id, o.read)
	log.Save()
	c.W.OK()
	c.Notify(store.EventStream, "xgroup-create", key)
	return nil
}

func setGroupID(c *Ctx) error {
	var o groupOptions
	if err := o.parse(c, false); err != nil {
		return err
	}
	log, err := c.namedLog()
	if err != nil {
		return err
	}
	g, err := c.namedGroup(&log)
	if err != nil {
		return err
	}
	if len(c.Args) != 5 && len(c.Args) != 7 {
		return ErrWrongUse(c)
	}
	id, err := c.groupStart(&log, (*Ctx).anyID)
	if err != nil {
		return err
	}
	log.Edit()
	g.SetLast(id, o.read)
	log.Altered(1)
	c.W.OK()
	c.Notify(store.EventStream, "xgroup-setid", c.Args[2])
	return nil
}

func destroyGroup(c *Ctx) error {
	log, err := c.namedLog()
	if err != nil {
		return err
	}
	g, found := log.Group(c.Args[3])
	if !found {
		c.W.Int(0)
		return nil
	}
	log.Edit()
	log.Destroy(g)
	log.Save()
	log.Altered(1)
	c.W.Int(1)
	c.Notify(store.EventStream, "xgroup-destroy", c.Args[2])
	return nil
}

func createConsumer(c *Ctx) error {
	log, err := c.namedLog()
	if err != nil {
		return err
	}
	g, err := c.namedGroup(&log)
	if err != nil {
		return err
	}
	if _, found := g.Consumer(c.Args[4]); found {
		c.W.Int(0)
		return nil
	}
	if !store.NameFits(c.Args[4]) {
		return ErrStringTooBig
	}
	log.Edit()
	g.AddConsumer(c.Args[4], c.Now)
	log.Altered(1)
	c.W.Int(1)
	c.Notify(store.EventStream, "xgroup-createconsumer", c.Args[2])
	return nil
}

func deleteConsumer(c *Ctx) error {
	log, err := c.namedLog()
	if err != nil {
		return err
	}
	g, err := c.namedGroup(&log)
	if err != nil {
		return err
	}
	consumer, found := g.Consumer(c.Args[4])
	if !found {
		c.W.Int(0)
		return nil
	}
	c.W.Int(int64(consumer.Pending()))
	log.Edit()
	g.RemoveConsumer(consumer)
	log.Altered(1)
	c.Notify(store.EventStream, "xgroup-delconsumer", c.Args[2])
	return nil
}
