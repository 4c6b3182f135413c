package commands

import (
	"bytes"

	"synap/store"
)

// keyCommands work on keys of any type: their existence, names and places.
var keyCommands = []Command{
	{
		Name: "del", Group: GroupGeneric, Since: "1.0.0", Arity: -2, Flags: Write, ACL: CatKeyspace,
		Summary:    "Removes keys and tells how many of them existed.",
		Complexity: "O(N) for N keys, plus O(M) for a collection of M elements",
		Tips:       []string{"request_policy:multi_shard", "response_policy:agg_sum"},
		Keys:       []KeySpec{KeyRange(1, -1, 1, KeyRM|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0).Many()},
		Run:        del,
	},
	{
		Name: "unlink", Group: GroupGeneric, Since: "4.0.0", Arity: -2, Flags: Write | Fast, ACL: CatKeyspace,
		Summary:    "Removes keys at once but frees large values in the background.",
		Complexity: "O(1) per key; memory of M elements is freed in O(M) in the background",
		Tips:       []string{"request_policy:multi_shard", "response_policy:agg_sum"},
		Keys:       []KeySpec{KeyRange(1, -1, 1, KeyRM|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0).Many()},
		Run:        unlink,
	},
	{
		Name: "exists", Group: GroupGeneric, Since: "1.0.0", Arity: -2, Flags: ReadOnly | Fast, ACL: CatKeyspace,
		Summary:    "Tells how many of the given keys exist; a repeated key counts each time.",
		Complexity: "O(N) for N keys",
		History:    []Change{{"3.0.3", "Takes several keys."}},
		Tips:       []string{"request_policy:multi_shard", "response_policy:agg_sum"},
		Keys:       []KeySpec{KeyRange(1, -1, 1, KeyRO)},
		Args:       []Arg{KeyArg("key", 0).Many()},
		Run:        exists,
	},
	{
		Name: "type", Group: GroupGeneric, Since: "1.0.0", Arity: 2, Flags: ReadOnly | Fast, ACL: CatKeyspace,
		Summary:    "Names the type of the value at a key.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        typeOf,
	},
	{
		Name: "touch", Group: GroupGeneric, Since: "3.2.1", Arity: -2, Flags: ReadOnly | Fast, ACL: CatKeyspace,
		Summary:    "Marks keys as just used and tells how many of them exist.",
		Complexity: "O(N) for N keys",
		Tips:       []string{"request_policy:multi_shard", "response_policy:agg_sum"},
		Keys:       []KeySpec{KeyRange(1, -1, 1, KeyRO)},
		Args:       []Arg{KeyArg("key", 0).Many()},
		Run:        touch,
	},
	{
		Name: "rename", Group: GroupGeneric, Since: "1.0.0", Arity: 3, Flags: Write, ACL: CatKeyspace,
		Summary:    "Gives a key a new name, replacing what that name held.",
		Complexity: "O(1), O(N) for a large collection of N elements that moves to another shard",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyOW|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), KeyArg("newkey", 1)},
		Run:        rename,
	},
	{
		Name: "renamenx", Group: GroupGeneric, Since: "1.0.0", Arity: 3, Flags: Write | Fast, ACL: CatKeyspace,
		Summary:    "Gives a key a new name unless that name is taken.",
		Complexity: "O(1), O(N) for a large collection of N elements that moves to another shard",
		History:    []Change{{"3.2.0", "Renaming a key to itself is no error any more."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyOW|KeyInsert)},
		Args:       []Arg{KeyArg("key", 0), KeyArg("newkey", 1)},
		Run:        renameNx,
	},
	{
		Name: "copy", Group: GroupGeneric, Since: "6.2.0", Arity: -3, Flags: Write | DenyOOM, ACL: CatKeyspace,
		Summary:    "Duplicates a value under another key, in this or another database.",
		Complexity: "O(1) for strings, O(N) for a collection of N elements",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess), KeyAt(2, KeyOW|KeyUpdate)},
		Args: []Arg{
			KeyArg("source", 0),
			KeyArg("destination", 1),
			Int("destination-db").With("DB").Opt(),
			Tok("replace", "REPLACE").Opt(),
		},
		Run: copyKey,
	},
	{
		Name: "move", Group: GroupGeneric, Since: "1.0.0", Arity: 3, Flags: Write | Fast, ACL: CatKeyspace,
		Summary:    "Transfers a key from the selected database into another one.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Int("db")},
		Run:        move,
	},
}

// examine looks a key up for reading without renewing its access history, which is for commands that ask about a key
// rather than use it.
func (c *Ctx) examine(key []byte) store.Entry {
	noTouch := c.Tx.NoTouch
	c.Tx.NoTouch = true
	e := c.Tx.Read(key)
	c.Tx.NoTouch = noTouch
	return e
}

func del(c *Ctx) error {
	n := int64(0)
	for _, key := range c.Args[1:] {
		if c.Tx.Delete(key) {
			c.Notify(store.EventGeneric, "del", key)
			n++
		}
	}
	c.W.Int(n)
	return nil
}

// unlink is DEL: freeing a block takes the same short time whatever its size, so there is nothing to put off.
func unlink(c *Ctx) error { return del(c) }

func exists(c *Ctx) error {
	n := int64(0)
	for _, key := range c.Args[1:] {
		if c.examine(key).Exists() {
			n++
		}
	}
	c.W.Int(n)
	return nil
}

func typeOf(c *Ctx) error {
	if e := c.examine(c.Args[1]); e.Exists() {
		c.W.Simple(e.Type().String())
	} else {
		c.W.Simple("none")
	}
	return nil
}

// touch renews the access history even for clients that have turned that off for everything else.
func touch(c *Ctx) error {
	noTouch, n := c.Tx.NoTouch, int64(0)
	c.Tx.NoTouch = false
	for _, key := range c.Args[1:] {
		if c.Tx.Read(key).Exists() {
			n++
		}
	}
	c.Tx.NoTouch = noTouch
	c.W.Int(n)
	return nil
}

func rename(c *Ctx) error {
	_, err := c.rename(false)
	if err == nil {
		c.W.OK()
	}
	return err
}

func renameNx(c *Ctx) error {
	renamed, err := c.rename(true)
	if err == nil {
		c.replyFlag(renamed)
	}
	return err
}

// rename moves the first key's value to the second key, with nx only if that one is free. It reports whether it did;
// renaming a key to itself does nothing.
func (c *Ctx) rename(nx bool) (bool, error) {
	from, to := c.Args[1], c.Args[2]
	e := c.Tx.Write(from)
	if !e.Exists() {
		return false, ErrNoSuchKey
	}
	if bytes.Equal(from, to) {
		return false, nil
	}
	if !store.Fits(to, int64(e.ValueSize())) {
		return false, ErrStringTooBig
	}
	if c.Tx.Write(to).Exists() && nx {
		return false, nil
	}
	if !c.Tx.Rename(from, to) {
		return false, nil
	}
	c.Notify(store.EventGeneric, "rename_from", from)
	c.Notify(store.EventGeneric, "rename_to", to)
	return true, nil
}

// replyFlag replies 1 for true and 0 for false.
func (c *Ctx) replyFlag(yes bool) {
	if yes {
		c.W.Int(1)
	} else {
		c.W.Int(0)
	}
}

func copyKey(c *Ctx) (err error) {
	from, to := c.Args[1], c.Args[2]
	db, replace := c.Tx.DB(), false
	for i := 3; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "replace"):
			replace = true
		case c.Is(i, "db") && i+1 < len(c.Args):
			i++
			if db, err = c.Database(i); err != nil {
				return err
			}
		default:
			return ErrSyntax
		}
	}
	if db == c.Tx.DB() && bytes.Equal(from, to) {
		return ErrSameObject
	}
	e := c.Tx.Read(from)
	if e.Exists() && !store.Fits(to, int64(e.ValueSize())) {
		return ErrStringTooBig
	}
	copied := e.Exists() && c.Tx.Copy(from, to, db, replace)
	if copied {
		c.notifyIn(db, "copy_to", to)
	}
	c.replyFlag(copied)
	return nil
}

func move(c *Ctx) error {
	db, err := c.Database(2)
	if err != nil {
		return err
	}
	if db == c.Tx.DB() {
		return ErrSameObject
	}
	key := c.Args[1]
	moved := c.Tx.Write(key).Exists() && c.Tx.Move(key, db)
	if moved {
		c.Notify(store.EventGeneric, "move_from", key)
		c.notifyIn(db, "move_to", key)
	}
	c.replyFlag(moved)
	return nil
}
