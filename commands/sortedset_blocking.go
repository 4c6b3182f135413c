package commands

import "synap/store"

// sortedSetBlockingCommands pop from sorted sets, and wait if all are empty.
var sortedSetBlockingCommands = []Command{
	{
		Name: "bzpopmin", Group: GroupSortedSet, Since: "5.0.0", Arity: -3, Flags: Write | Fast | Blocking,
		ACL:        CatSortedSet,
		Summary:    "Removes the member with the lowest score of the first sorted set that has one; waits if none has.",
		Complexity: "O(log(N)) for N members",
		History:    []Change{{"6.0.0", "Takes fractions of a second as `timeout`."}},
		Keys:       []KeySpec{KeyRange(1, -2, 1, KeyRW|KeyAccess|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0).Many(), Dbl("timeout")},
		Run:        bzPopMin,
	},
	{
		Name: "bzpopmax", Group: GroupSortedSet, Since: "5.0.0", Arity: -3, Flags: Write | Fast | Blocking,
		ACL:        CatSortedSet,
		Summary:    "Removes the member with the highest score of the first sorted set that has one; waits if none has.",
		Complexity: "O(log(N)) for N members",
		History:    []Change{{"6.0.0", "Takes fractions of a second as `timeout`."}},
		Keys:       []KeySpec{KeyRange(1, -2, 1, KeyRW|KeyAccess|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0).Many(), Dbl("timeout")},
		Run:        bzPopMax,
	},
	{
		Name: "bzmpop", Group: GroupSortedSet, Since: "7.0.0", Arity: -5, Flags: Write | Blocking, ACL: CatSortedSet,
		Summary:    "Removes members from an end of the first sorted set that has any; waits if none has.",
		Complexity: "O(K + M*log(N)) for K keys, N members and M removed ones",
		Keys:       []KeySpec{KeyCount(2, KeyRW|KeyAccess|KeyDelete)},
		Args: []Arg{
			Dbl("timeout"),
			Int("numkeys"),
			KeyArg("key", 0).Many(),
			OneOf("where", Tok("min", "MIN"), Tok("max", "MAX")),
			Int("count").With("COUNT").Opt(),
		},
		Run: bzMPop,
	},
}

func bzPopMin(c *Ctx) error { return c.popScoredOrWait(&lowEnd) }

func bzPopMax(c *Ctx) error { return c.popScoredOrWait(&highEnd) }

func (c *Ctx) popScoredOrWait(end *sortedEnd) error {
	w := Wait{Interest: store.Interest{Type: store.SortedSet}, Keys: c.Args[1 : len(c.Args)-1]}
	key, err := c.firstAwaited(&w, len(c.Args)-1)
	switch {
	case err != nil:
		return err
	case key == nil:
		return c.Block(w)
	}
	c.serveScored(end, key)
	return nil
}

func bzMPop(c *Ctx) error {
	var p multiPop
	if err := p.parse(c, 2); err != nil {
		return err
	}
	w := Wait{Interest: store.Interest{Type: store.SortedSet}, Keys: p.keys}
	key, err := c.firstAwaited(&w, 1)
	switch {
	case err != nil:
		return err
	case key == nil:
		return c.Block(w)
	}
	c.serveScoredPairs(p.end, key, p.count)
	return nil
}
