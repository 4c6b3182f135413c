package commands

import (
	"time"

	"synap/store"
)

// listBlockingCommands take elements from lists, and wait if there are none.
var listBlockingCommands = []Command{
	{
		Name: "blpop", Group: GroupList, Since: "2.0.0", Arity: -3, Flags: Write | Blocking, ACL: CatList,
		Summary:    "Takes the first element out of the first of several lists that exists; waits if none does.",
		Complexity: "O(N) for N given keys",
		History:    []Change{{"6.0.0", "Takes fractions of a second as `timeout`."}},
		Keys:       []KeySpec{KeyRange(1, -2, 1, KeyRW|KeyAccess|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0).Many(), Dbl("timeout")},
		Run:        blpop,
	},
	{
		Name: "brpop", Group: GroupList, Since: "2.0.0", Arity: -3, Flags: Write | Blocking, ACL: CatList,
		Summary:    "Takes the last element out of the first of several lists that exists; waits if none does.",
		Complexity: "O(N) for N given keys",
		History:    []Change{{"6.0.0", "Takes fractions of a second as `timeout`."}},
		Keys:       []KeySpec{KeyRange(1, -2, 1, KeyRW|KeyAccess|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0).Many(), Dbl("timeout")},
		Run:        brpop,
	},
	{
		Name: "blmpop", Group: GroupList, Since: "7.0.0", Arity: -5, Flags: Write | Blocking, ACL: CatList,
		Summary:    "Takes some elements out of the first of several lists that exists; waits if none does.",
		Complexity: "O(N+M) for N given keys and M elements replied",
		Keys:       []KeySpec{KeyCount(2, KeyRW|KeyAccess|KeyDelete)},
		Args: []Arg{
			Dbl("timeout"),
			Int("numkeys"),
			KeyArg("key", 0).Many(),
			endArg("where"),
			Int("count").With("COUNT").Opt(),
		},
		Run: blmpop,
	},
	{
		Name: "blmove", Group: GroupList, Since: "6.2.0", Arity: 6, Flags: Write | DenyOOM | Blocking, ACL: CatList,
		Summary:    "Takes an element from an end of a list and puts it at an end of another; waits if there is none.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyRW|KeyInsert)},
		Args: []Arg{KeyArg("source", 0), KeyArg("destination", 1), endArg("wherefrom"), endArg("whereto"),
			Dbl("timeout")},
		Run: blmove,
	},
	{
		Name: "brpoplpush", Group: GroupList, Since: "2.2.0", Arity: 4, Flags: Write | DenyOOM | Blocking, ACL: CatList,
		Summary:    "Takes the last element of a list and puts it before the first of another; waits if there is none.",
		Complexity: "O(1)",
		Deprecated: "6.2.0", ReplacedBy: "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
		History: []Change{{"6.0.0", "Takes fractions of a second as `timeout`."}},
		Keys:    []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyRW|KeyInsert)},
		Args:    []Arg{KeyArg("source", 0), KeyArg("destination", 1), Dbl("timeout")},
		Run:     brpopLPush,
	},
}

func blpop(c *Ctx) error { return c.popListOrWait(true) }

func brpop(c *Ctx) error { return c.popListOrWait(false) }

// popListOrWait is BLPOP and BRPOP.
func (c *Ctx) popListOrWait(front bool) error {
	last := len(c.Args) - 1
	limit, err := c.TimeoutSeconds(last)
	if err != nil {
		return err
	}
	keys := c.Args[1:last]
	key, v, ok, err := c.firstList(keys)
	switch {
	case err != nil:
		return err
	case !ok:
		return c.awaitList(keys, limit)
	}
	c.W.Array(2)
	c.W.Bulk(key)
	c.popElement(key, v, front)
	c.listPopEffect(key, front, 0)
	return nil
}

func blmpop(c *Ctx) error {
	m, err := c.listMultiPop(2)
	if err != nil {
		return err
	}
	limit, err := c.TimeoutSeconds(1)
	if err != nil {
		return err
	}
	if popped, err := c.popFirstList(m); popped || err != nil {
		return err
	}
	return c.awaitList(m.keys, limit)
}

func (c *Ctx) awaitList(keys [][]byte, limit time.Duration) error {
	return c.Block(Wait{Interest: store.Interest{Type: store.List}, Keys: keys, Timeout: limit})
}

func blmove(c *Ctx) error {
	from, err := c.listEnd(3)
	if err != nil {
		return err
	}
	to, err := c.listEnd(4)
	if err != nil {
		return err
	}
	return c.moveElementOrWait(from, to, wordLMove)
}

func brpopLPush(c *Ctx) error { return c.moveElementOrWait(false, true, wordRPopLPush) }

var (
	wordLMove     = []byte("LMOVE")
	wordRPopLPush = []byte("RPOPLPUSH")
)

// moveElementOrWait moves an element from the source to the destination. The last word is the time limit; the effect is
// what comes before it, with word as the command's name.
func (c *Ctx) moveElementOrWait(from, to bool, word []byte) error {
	last := len(c.Args) - 1
	limit, err := c.TimeoutSeconds(last)
	if err != nil {
		return err
	}
	source, target := c.Args[1], c.Args[2]
	moved, err := c.moveElement(source, target, from, to)
	switch {
	case err != nil:
		return err
	case moved:
		if c.Tx.Recording() {
			c.Effect(append([][]byte{word}, c.Args[1:last]...)...)
		}
		return nil
	}
	// Unlike the time limit, not being allowed to wait is told as a missing element.
	return c.Block(Wait{Interest: store.Interest{Type: store.List}, Keys: [][]byte{source}, Targets: [][]byte{target},
		Timeout: limit, Refused: (*Writer).Null})
}
