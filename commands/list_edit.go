package commands

import (
	"math"

	"synap/store"
)

// listEditCommands change lists otherwise than at their ends.
var listEditCommands = []Command{
	{
		Name: "linsert", Group: GroupList, Since: "2.2.0", Arity: 5, Flags: Write | DenyOOM, ACL: CatList,
		Summary:    "Puts an element before or behind the first one that equals a value.",
		Complexity: "O(N) for N elements before that one",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
		Args: []Arg{
			KeyArg("key", 0),
			OneOf("where", Tok("before", "BEFORE"), Tok("after", "AFTER")),
			Str("pivot"),
			Str("element"),
		},
		Run: linsert,
	},
	{
		Name: "lset", Group: GroupList, Since: "1.0.0", Arity: 4, Flags: Write | DenyOOM, ACL: CatList,
		Summary:    "Replaces the element at an index; negative ones count from the end.",
		Complexity: "O(N) for N elements in a block of the list, O(1) at both ends",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Int("index"), Str("element")},
		Run:        lset,
	},
	{
		Name: "lrem", Group: GroupList, Since: "1.0.0", Arity: 4, Flags: Write, ACL: CatList,
		Summary:    "Takes out the elements that equal a value, some from an end or all; an emptied list is deleted.",
		Complexity: "O(N) for N elements compared",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Int("count"), Str("element")},
		Run:        lrem,
	},
	{
		Name: "ltrim", Group: GroupList, Since: "1.0.0", Arity: 4, Flags: Write, ACL: CatList,
		Summary:    "Keeps the elements between two indexes, both included; an emptied list is deleted.",
		Complexity: "O(N) for N elements taken out",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Int("start"), Int("stop")},
		Run:        ltrim,
	},
}

func linsert(c *Ctx) error {
	key, pivot, x := c.Args[1], c.Args[3], c.Args[4]
	after := c.Is(2, "after")
	if !after && !c.Is(2, "before") {
		return ErrSyntax
	}
	v, ok, err := listOf(c.Tx.Write(key))
	switch {
	case err != nil:
		return err
	case !ok:
		c.W.Int(0)
		return nil
	case !store.ListFits(key, x):
		return ErrStringTooBig
	}
	at := v.At(0)
	if !at.Find(store.ElementOf(pivot), v.Len()) {
		c.W.Int(-1)
		return nil
	}
	i := at.Index()
	if after {
		i++
	}
	n := c.Tx.EditList(key).Insert(i, x)
	c.Notify(store.EventList, "linsert", key)
	c.W.Int(int64(n))
	return nil
}

func lset(c *Ctx) error {
	key, x := c.Args[1], c.Args[3]
	v, ok, err := listOf(c.Tx.Write(key))
	switch {
	case err != nil:
		return err
	case !ok:
		return ErrNoSuchKey
	}
	i, err := c.Integer(2)
	if err != nil {
		return err
	}
	if i, ok = elementIndex(i, v.Len()); !ok {
		return ErrOutOfRange
	}
	if !store.ListFits(key, x) {
		return ErrStringTooBig
	}
	c.Tx.EditList(key).Set(int(i), x)
	c.Notify(store.EventList, "lset", key)
	c.W.OK()
	return nil
}

func lrem(c *Ctx) error {
	key, x := c.Args[1], c.Args[3]
	n, err := c.Integer(2)
	if err != nil {
		return err
	}
	_, ok, err := listOf(c.Tx.Write(key))
	if err != nil {
		return err
	}
	if !ok {
		c.W.Int(0)
		return nil
	}
	backward := n < 0
	if backward {
		n = max(n, -math.MaxInt64) * -1
	}
	removed, emptied := c.Tx.EditList(key).Remove(x, int(n), backward)
	if removed > 0 {
		c.notifyListRemoval("lrem", key, emptied)
	}
	c.W.Int(int64(removed))
	return nil
}

func ltrim(c *Ctx) error {
	key := c.Args[1]
	r, err := c.indexRange(2)
	if err != nil {
		return err
	}
	v, ok, err := listOf(c.Tx.Write(key))
	if err != nil {
		return err
	}
	if ok {
		n := v.Len()
		first, end := r.within(n)
		emptied := c.Tx.EditList(key).Trim(first, n-end)
		c.notifyListRemoval("ltrim", key, emptied)
	}
	c.W.OK()
	return nil
}

// notifyListRemoval tells that a command removed elements, and whether the list went with the last of them.
func (c *Ctx) notifyListRemoval(event string, key []byte, emptied bool) {
	c.Notify(store.EventList, event, key)
	if emptied {
		c.Notify(store.EventGeneric, "del", key)
	}
}
