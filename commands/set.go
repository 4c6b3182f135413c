package commands

import (
	"strconv"

	"synap/store"
)

// setCommands work on sets: their members one by one.
var setCommands = []Command{
	{
		Name: "sadd", Group: GroupSet, Since: "1.0.0", Arity: -3, Flags: Write | DenyOOM | Fast, ACL: CatSet,
		Summary:    "Puts members into a set and tells how many were new; a missing key is an empty set.",
		Complexity: "O(N) for N given members",
		History:    []Change{{"2.4.0", "Takes several members."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
		Args:       []Arg{KeyArg("key", 0), Str("member").Many()},
		Run:        sadd,
	},
	{
		Name: "srem", Group: GroupSet, Since: "1.0.0", Arity: -3, Flags: Write | Fast, ACL: CatSet,
		Summary:    "Takes members out of a set and tells how many were there; an emptied set is deleted.",
		Complexity: "O(N) for N given members",
		History:    []Change{{"2.4.0", "Takes several members."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Str("member").Many()},
		Run:        srem,
	},
	{
		Name: "smove", Group: GroupSet, Since: "1.0.0", Arity: 4, Flags: Write | Fast, ACL: CatSet,
		Summary:    "Takes a member out of one set and puts it into another.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyRW|KeyInsert)},
		Args:       []Arg{KeyArg("source", 0), KeyArg("destination", 1), Str("member")},
		Run:        smove,
	},
	{
		Name: "scard", Group: GroupSet, Since: "1.0.0", Arity: 2, Flags: ReadOnly | Fast, ACL: CatSet,
		Summary:    "Tells how many members a set has.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        scard,
	},
	{
		Name: "sismember", Group: GroupSet, Since: "1.0.0", Arity: 3, Flags: ReadOnly | Fast, ACL: CatSet,
		Summary:    "Tells whether a value is in a set.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO)},
		Args:       []Arg{KeyArg("key", 0), Str("member")},
		Run:        sisMember,
	},
	{
		Name: "smismember", Group: GroupSet, Since: "6.2.0", Arity: -3, Flags: ReadOnly | Fast, ACL: CatSet,
		Summary:    "Tells of each of several values whether it is in a set.",
		Complexity: "O(N) for N given members",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("member").Many()},
		Run:        smisMember,
	},
	{
		Name: "smembers", Group: GroupSet, Since: "1.0.0", Arity: 2, Flags: ReadOnly, ACL: CatSet,
		Summary:    "Lists all members of a set.",
		Complexity: "O(N) for N members",
		Tips:       []string{"nondeterministic_output_order"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        smembers,
	},
	{
		Name: "sscan", Group: GroupSet, Since: "2.8.0", Arity: -3, Flags: ReadOnly, ACL: CatSet,
		Summary:    "Walks through the members of a set in small steps, by a cursor.",
		Complexity: "O(1) per call, O(N) for a full walk over N members",
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Int("cursor"),
			Pattern("pattern").With("MATCH").Opt(),
			Int("count").With("COUNT").Opt(),
		},
		Run: sscan,
	},
}

// readSet looks a set up for reading. ok is false if there is none.
func (c *Ctx) readSet(key []byte) (v store.SetView, ok bool, err error) {
	e := c.Tx.Read(key)
	switch {
	case !e.Exists():
		return v, false, nil
	case e.Type() != store.Set:
		return v, false, ErrWrongType
	}
	return e.Set(), true, nil
}

// writeSet is readSet for a command that may change the set.
func (c *Ctx) writeSet(key []byte) (v store.SetView, ok bool, err error) {
	e := c.Tx.Write(key)
	switch {
	case !e.Exists():
		return v, false, nil
	case e.Type() != store.Set:
		return v, false, ErrWrongType
	}
	return e.Set(), true, nil
}

// replyMember appends a member to the reply.
func (c *Ctx) replyMember(x store.Member) {
	if x.IsInt {
		c.W.IntBulk(x.Int)
	} else {
		c.W.Bulk(x.Text)
	}
}

// notifyRemoval tells that members were removed by a command, and whether the set went with the last of them.
func (c *Ctx) notifyRemoval(event string, key []byte, emptied bool) {
	c.Notify(store.EventSet, event, key)
	if emptied {
		c.Notify(store.EventGeneric, "del", key)
	}
}

func sadd(c *Ctx) error {
	key, members := c.Args[1], c.Args[2:]
	if _, _, err := c.writeSet(key); err != nil {
		return err
	}
	if !store.SetFits(key, members) {
		return ErrStringTooBig
	}
	added := c.Tx.EditSet(key).Add(members)
	if added > 0 {
		c.Notify(store.EventSet, "sadd", key)
	}
	c.W.Int(int64(added))
	return nil
}

func srem(c *Ctx) error {
	key := c.Args[1]
	_, ok, err := c.writeSet(key)
	if err != nil {
		return err
	}
	removed := 0
	if ok {
		var emptied bool
		if removed, emptied = c.Tx.EditSet(key).Remove(c.Args[2:]); removed > 0 {
			c.notifyRemoval("srem", key, emptied)
		}
	}
	c.W.Int(int64(removed))
	return nil
}

func smove(c *Ctx) error {
	from, to, member := c.Args[1], c.Args[2], c.Args[3:4]
	v, ok, err := c.writeSet(from)
	target := c.Tx.Write(to)
	switch {
	case err == nil && !ok: // whatever the destination holds
		c.W.Int(0)
		return nil
	case err != nil, target.Exists() && target.Type() != store.Set:
		return ErrWrongType
	case !v.Has(member[0]):
		c.W.Int(0)
		return nil
	case string(from) == string(to):
		c.W.Int(1)
		return nil
	case !store.SetFits(to, member):
		return ErrStringTooBig
	}
	_, emptied := c.Tx.EditSet(from).Remove(member)
	c.notifyRemoval("srem", from, emptied)
	if c.Tx.EditSet(to).Add(member) > 0 {
		c.Notify(store.EventSet, "sadd", to)
	}
	c.W.Int(1)
	return nil
}

func scard(c *Ctx) error {
	v, ok, err := c.readSet(c.Args[1])
	if err != nil {
		return err
	}
	n := 0
	if ok {
		n = v.Len()
	}
	c.W.Int(int64(n))
	return nil
}

func sisMember(c *Ctx) error {
	v, ok, err := c.readSet(c.Args[1])
	if err != nil {
		return err
	}
	c.replyFlag(ok && v.Has(c.Args[2]))
	return nil
}

func smisMember(c *Ctx) error {
	v, ok, err := c.readSet(c.Args[1])
	if err != nil {
		return err
	}
	members := c.Args[2:]
	c.W.Array(len(members))
	for _, x := range members {
		c.replyFlag(ok && v.Has(x))
	}
	return nil
}

func smembers(c *Ctx) error {
	v, ok, err := c.readSet(c.Args[1])
	switch {
	case err != nil:
		return err
	case !ok:
		c.W.Set(0)
	default:
		c.replySet(v)
	}
	return nil
}

// replySet replies a set as a whole.
func (c *Ctx) replySet(v store.SetView) {
	c.W.Set(v.Len())
	if r, ok := v.Packed(); ok {
		c.replyBlock(r)
		return
	}
	v.Each(func(x store.Member) bool {
		c.replyMember(x)
		return true
	})
}

func sscan(c *Ctx) error {
	cursor, ok := parseCursor(c.Args[2])
	if !ok {
		return errCursor
	}
	v, ok, err := c.readSet(c.Args[1])
	if err != nil {
		return err
	}
	if !ok { // before the options are looked at, as in Redis
		c.W.Array(2)
		c.W.BulkString("0")
		c.W.Array(0)
		return nil
	}
	var o scanOptions
	if err := o.parse(c, 3, false); err != nil {
		return err
	}
	found, n := Ctx{W: &Writer{Proto: c.W.Proto}}, 0
	var digits [20]byte
	next := v.Scan(cursor, o.count, func(x store.Member) {
		if !o.filtered || o.pattern.Match(x.Bytes(digits[:])) {
			found.replyMember(x)
			n++
		}
	})
	c.W.Array(2)
	c.W.Bulk(strconv.AppendUint(digits[:0], next, 10))
	c.W.Array(n)
	c.W.Raw(found.W.Buf)
	return nil
}
