package commands

import (
	"synap/store"
	"synap/store/packed"
)

// hashCommands read and write the fields of hashes.
var hashCommands = []Command{
	{
		Name: "hset", Group: GroupHash, Since: "2.0.0", Arity: -4, Flags: Write | DenyOOM | Fast, ACL: CatHash,
		Summary:    "Gives fields of a hash new values and tells how many of the fields did not exist before.",
		Complexity: "O(N) for N fields",
		History:    []Change{{"4.0.0", "Takes several fields."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Block("data", Str("field"), Str("value")).Many()},
		Run:        hset,
	},
	{
		Name: "hmset", Group: GroupHash, Since: "2.0.0", Arity: -4, Flags: Write | DenyOOM | Fast, ACL: CatHash,
		Summary:    "Gives fields of a hash new values.",
		Complexity: "O(N) for N fields",
		Deprecated: "4.0.0", ReplacedBy: "`HSET` with multiple field-value pairs",
		Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args: []Arg{KeyArg("key", 0), Block("data", Str("field"), Str("value")).Many()},
		Run:  hmset,
	},
	{
		Name: "hsetnx", Group: GroupHash, Since: "2.0.0", Arity: 4, Flags: Write | DenyOOM | Fast, ACL: CatHash,
		Summary:    "Adds a field to a hash unless the hash has it already.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
		Args:       []Arg{KeyArg("key", 0), Str("field"), Str("value")},
		Run:        hsetnx,
	},
	{
		Name: "hget", Group: GroupHash, Since: "2.0.0", Arity: 3, Flags: ReadOnly | Fast, ACL: CatHash,
		Summary:    "Reads the value of one field of a hash.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("field")},
		Run:        hget,
	},
	{
		Name: "hmget", Group: GroupHash, Since: "2.0.0", Arity: -3, Flags: ReadOnly | Fast, ACL: CatHash,
		Summary:    "Reads the values of several fields of a hash.",
		Complexity: "O(N) for N fields",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("field").Many()},
		Run:        hmget,
	},
	{
		Name: "hdel", Group: GroupHash, Since: "2.0.0", Arity: -3, Flags: Write | Fast, ACL: CatHash,
		Summary:    "Removes fields from a hash, which is gone with its last field.",
		Complexity: "O(N) for N fields",
		History:    []Change{{"2.4.0", "Takes several fields."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Str("field").Many()},
		Run:        hdel,
	},
	{
		Name: "hexists", Group: GroupHash, Since: "2.0.0", Arity: 3, Flags: ReadOnly | Fast, ACL: CatHash,
		Summary:    "Tells whether a hash has a field.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO)},
		Args:       []Arg{KeyArg("key", 0), Str("field")},
		Run:        hexists,
	},
	{
		Name: "hlen", Group: GroupHash, Since: "2.0.0", Arity: 2, Flags: ReadOnly | Fast, ACL: CatHash,
		Summary:    "Counts the fields of a hash.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        hlen,
	},
	{
		Name: "hstrlen", Group: GroupHash, Since: "3.2.0", Arity: 3, Flags: ReadOnly | Fast, ACL: CatHash,
		Summary:    "Tells how many bytes the value of a field has.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO)},
		Args:       []Arg{KeyArg("key", 0), Str("field")},
		Run:        hstrlen,
	},
	{
		Name: "hkeys", Group: GroupHash, Since: "2.0.0", Arity: 2, Flags: ReadOnly, ACL: CatHash,
		Summary:    "Lists the names of the fields of a hash.",
		Complexity: "O(N) for N fields in the hash",
		Tips:       []string{"nondeterministic_output_order"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        hkeys,
	},
	{
		Name: "hvals", Group: GroupHash, Since: "2.0.0", Arity: 2, Flags: ReadOnly, ACL: CatHash,
		Summary:    "Lists the values of the fields of a hash.",
		Complexity: "O(N) for N fields in the hash",
		Tips:       []string{"nondeterministic_output_order"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        hvals,
	},
	{
		Name: "hgetall", Group: GroupHash, Since: "2.0.0", Arity: 2, Flags: ReadOnly, ACL: CatHash,
		Summary:    "Reads all fields of a hash with their values.",
		Complexity: "O(N) for N fields in the hash",
		Tips:       []string{"nondeterministic_output_order"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        hgetall,
	},
}

// hash looks up the hash that the first argument names, for reading. ok is false if there is none.
func (c *Ctx) hash() (h store.Fields, ok bool, err error) { return c.hashIn(c.Tx.Read(c.Args[1])) }

// writeHash is hash for a command that changes it.
func (c *Ctx) writeHash() (h store.Fields, ok bool, err error) {
	return c.hashIn(c.Tx.Write(c.Args[1]))
}

func (c *Ctx) hashIn(e store.Entry) (h store.Fields, ok bool, err error) {
	if e.Exists() && e.Type() != store.Hash {
		return h, false, ErrWrongType
	}
	return c.Tx.Fields(c.Args[1]), e.Exists(), nil
}

// replyValue replies a name or a value.
func (c *Ctx) replyValue(x packed.Elem) {
	if x.IsInt() {
		c.W.IntBulk(x.Int)
	} else {
		c.W.Bulk(x.Text)
	}
}

func hset(c *Ctx) error {
	created, err := c.setFields()
	if err == nil {
		c.W.Int(int64(created))
	}
	return err
}

func hmset(c *Ctx) error {
	_, err := c.setFields()
	if err == nil {
		c.W.OK()
	}
	return err
}

// setFields sets fields to values, given in turn from the second argument on, and returns how many are new.
func (c *Ctx) setFields() (created int, err error) {
	pairs := c.Args[2:]
	if len(pairs)%2 != 0 {
		return 0, ErrArity(c.Cmd)
	}
	h, _, err := c.writeHash()
	if err != nil {
		return 0, err
	}
	for i := 0; i < len(pairs); i += 2 {
		if !store.FieldFits(int64(len(pairs[i])), int64(len(pairs[i+1]))) {
			return 0, ErrStringTooBig
		}
	}
	created = h.SetAll(pairs)
	h.Changed(len(pairs) / 2)
	c.Notify(store.EventHash, "hset", c.Args[1])
	return created, nil
}

func hsetnx(c *Ctx) error {
	h, _, err := c.writeHash()
	if err != nil {
		return err
	}
	field, value := c.Args[2], c.Args[3]
	if _, taken := h.Get(field); taken {
		c.W.Int(0)
		return nil
	}
	if !store.FieldFits(int64(len(field)), int64(len(value))) {
		return ErrStringTooBig
	}
	h.Set(field, value)
	h.Changed(1)
	c.Notify(store.EventHash, "hset", c.Args[1])
	c.W.Int(1)
	return nil
}

func hget(c *Ctx) error {
	h, _, err := c.hash()
	if err != nil {
		return err
	}
	c.replyField(h, c.Args[2])
	return nil
}

func hmget(c *Ctx) error {
	h, _, err := c.hash()
	if err != nil {
		return err
	}
	fields := c.Args[2:]
	c.W.Array(len(fields))
	if s, ok := h.Search(); ok {
		for _, field := range fields {
			c.replyFound(s.Find(field))
		}
		return nil
	}
	for _, field := range fields {
		c.replyField(h, field)
	}
	return nil
}

// replyField replies the value of a field, or null.
func (c *Ctx) replyField(h store.Fields, name []byte) {
	f, ok := h.Get(name)
	c.replyFound(f.Value, ok)
}

// replyFound replies a value if there is one, or null.
func (c *Ctx) replyFound(value packed.Elem, ok bool) {
	if ok {
		c.replyValue(value)
	} else {
		c.W.Null()
	}
}

func hdel(c *Ctx) error {
	h, _, err := c.writeHash()
	if err != nil {
		return err
	}
	deleted := h.DeleteAll(c.Args[2:])
	if deleted > 0 {
		h.Changed(deleted)
		c.Notify(store.EventHash, "hdel", c.Args[1])
		c.notifyIfGone(h)
	}
	c.W.Int(int64(deleted))
	return nil
}

// notifyIfGone tells that the key was removed, if the hash has lost its last field.
func (c *Ctx) notifyIfGone(h store.Fields) {
	if !h.Exists() {
		c.Notify(store.EventGeneric, "del", c.Args[1])
	}
}

func hexists(c *Ctx) error {
	h, _, err := c.hash()
	if err != nil {
		return err
	}
	_, ok := h.Get(c.Args[2])
	c.replyFlag(ok)
	return nil
}

func hlen(c *Ctx) error {
	h, _, err := c.hash()
	if err != nil {
		return err
	}
	c.W.Int(int64(h.Len()))
	return nil
}

func hstrlen(c *Ctx) error {
	h, _, err := c.hash()
	if err != nil {
		return err
	}
	length := 0
	if f, ok := h.Get(c.Args[2]); ok {
		length = f.Value.Len()
	}
	c.W.Int(int64(length))
	return nil
}

func hkeys(c *Ctx) error {
	h, _, err := c.hash()
	if err != nil {
		return err
	}
	if t, ok := h.Table(); ok {
		c.W.Array(h.Len())
		c.replyTable(t, fieldNames)
		return nil
	}
	hole, n := c.W.ArrayHole(), 0
	h.Each(func(f store.Field) {
		c.replyValue(f.Name)
		n++
	})
	c.W.FillArray(hole, n)
	return nil
}

func hvals(c *Ctx) error {
	h, _, err := c.hash()
	if err != nil {
		return err
	}
	if t, ok := h.Table(); ok {
		c.W.Array(h.Len())
		c.replyTable(t, fieldValues)
		return nil
	}
	hole, n := c.W.ArrayHole(), 0
	h.Each(func(f store.Field) {
		c.replyValue(f.Value)
		n++
	})
	c.W.FillArray(hole, n)
	return nil
}

func hgetall(c *Ctx) error {
	h, _, err := c.hash()
	if err != nil {
		return err
	}
	if r, ok := h.Packed(); ok {
		c.W.Map(h.Len())
		c.replyBlock(r)
		return nil
	}
	if t, ok := h.Table(); ok {
		c.W.Map(h.Len())
		c.replyTable(t, fieldNames|fieldValues)
		return nil
	}
	hole, n := c.W.MapHole(), 0
	h.Each(func(f store.Field) {
		c.replyValue(f.Name)
		c.replyValue(f.Value)
		n++
	})
	c.W.FillMap(hole, n)
	return nil
}
