package commands

import (
	"math"

	"synap/store"
)

// setOperationCommands combine sets. Those that store a result can be repeated as they were sent.
var setOperationCommands = []Command{
	{
		Name: "sinter", Group: GroupSet, Since: "1.0.0", Arity: -2, Flags: ReadOnly, ACL: CatSet,
		Summary:    "Lists the members that several sets have in common.",
		Complexity: "O(N*M) at worst, for N members of the smallest of M sets",
		Tips:       []string{"nondeterministic_output_order"},
		Keys:       []KeySpec{KeyRange(1, -1, 1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0).Many()},
		Run:        sinter,
	},
	{
		Name: "sintercard", Group: GroupSet, Since: "7.0.0", Arity: -3, Flags: ReadOnly, ACL: CatSet,
		Summary:    "Counts the members that several sets have in common, up to a limit if one is given.",
		Complexity: "O(N*M) at worst, for N members of the smallest of M sets",
		Keys:       []KeySpec{KeyCount(1, KeyRO|KeyAccess)},
		Args:       []Arg{Int("numkeys"), KeyArg("key", 0).Many(), Int("limit").With("LIMIT").Opt()},
		Run:        sinterCard,
	},
	{
		Name: "sinterstore", Group: GroupSet, Since: "1.0.0", Arity: -3, Flags: Write | DenyOOM, ACL: CatSet,
		Summary:    "Replaces a key by the members that several sets have in common.",
		Complexity: "O(N*M) at worst, for N members of the smallest of M sets",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate), KeyRange(2, -1, 1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("destination", 0), KeyArg("key", 1).Many()},
		Run:        sinterStore,
	},
	{
		Name: "sunion", Group: GroupSet, Since: "1.0.0", Arity: -2, Flags: ReadOnly, ACL: CatSet,
		Summary:    "Lists the members that any of several sets has.",
		Complexity: "O(N) for N members in all sets",
		Tips:       []string{"nondeterministic_output_order"},
		Keys:       []KeySpec{KeyRange(1, -1, 1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0).Many()},
		Run:        sunion,
	},
	{
		Name: "sunionstore", Group: GroupSet, Since: "1.0.0", Arity: -3, Flags: Write | DenyOOM, ACL: CatSet,
		Summary:    "Replaces a key by the members that any of several sets has.",
		Complexity: "O(N) for N members in all sets",
		Keys:       []KeySpec{KeyAt(1, KeyOW|KeyUpdate), KeyRange(2, -1, 1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("destination", 0), KeyArg("key", 1).Many()},
		Run:        sunionStore,
	},
	{
		Name: "sdiff", Group: GroupSet, Since: "1.0.0", Arity: -2, Flags: ReadOnly, ACL: CatSet,
		Summary:    "Lists the members of a set that none of the others has.",
		Complexity: "O(N) for N members in all sets",
		Tips:       []string{"nondeterministic_output_order"},
		Keys:       []KeySpec{KeyRange(1, -1, 1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0).Many()},
		Run:        sdiff,
	},
	{
		Name: "sdiffstore", Group: GroupSet, Since: "1.0.0", Arity: -3, Flags: Write | DenyOOM, ACL: CatSet,
		Summary:    "Replaces a key by the members of a set that none of the others has.",
		Complexity: "O(N) for N members in all sets",
		Keys:       []KeySpec{KeyAt(1, KeyOW|KeyUpdate), KeyRange(2, -1, 1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("destination", 0), KeyArg("key", 1).Many()},
		Run:        sdiffStore,
	},
}

// Errors of SINTERCARD, in Redis's words.
const (
	errNumKeys       Error = "ERR numkeys should be greater than 0"
	errTooManyKeys   Error = "ERR Number of keys can't be greater than number of args"
	errNegativeLimit Error = "ERR LIMIT can't be negative"
)

// usualSets is how many sets an operation takes without going to the heap for a list of them.
const usualSets = 8

// sources looks up the sets of an operation. Missing keys are left out; first tells whether the first was there.
func (c *Ctx) sources(keys [][]byte, sets []store.SetView) (_ []store.SetView, first bool, err error) {
	for i, key := range keys {
		v, ok, err := c.readSet(key)
		if err != nil {
			return nil, false, err
		}
		if ok {
			sets = append(sets, v)
			first = first || i == 0
		}
	}
	return sets, first, nil
}

func sinter(c *Ctx) error {
	var buf [usualSets]store.SetView
	keys := c.Args[1:]
	sets, _, err := c.sources(keys, buf[:0])
	switch {
	case err != nil:
		return err
	case len(sets) < len(keys):
		c.W.Set(0)
		return nil
	case len(sets) == 1:
		c.replySet(sets[0])
		return nil
	}
	hole, n := c.W.SetHole(), 0
	store.Intersect(sets, func(x store.Member) bool {
		c.replyMember(x)
		n++
		return true
	})
	c.W.FillSet(hole, n)
	return nil
}

func sinterCard(c *Ctx) error {
	keys, limit, err := c.intersectionArguments()
	if err != nil {
		return err
	}
	var buf [usualSets]store.SetView
	sets, _, err := c.sources(keys, buf[:0])
	if err != nil {
		return err
	}
	n := int64(0)
	if len(sets) == len(keys) {
		store.Intersect(sets, func(store.Member) bool {
			n++
			return n != limit
		})
	}
	c.W.Int(n)
	return nil
}

// intersectionArguments reads the arguments of SINTERCARD. A limit of 0 is none.
func (c *Ctx) intersectionArguments() (keys [][]byte, limit int64, err error) {
	n, err := c.Integer(1)
	switch {
	case err != nil || n < 1:
		return nil, 0, errNumKeys
	case n > int64(len(c.Args)-2):
		return nil, 0, errTooManyKeys
	}
	for i := 2 + int(n); i < len(c.Args); i += 2 {
		if !c.Is(i, "limit") || i+1 == len(c.Args) {
			return nil, 0, ErrSyntax
		}
		if limit, err = c.IntegerWithin(i+1, 0, math.MaxInt64); err != nil {
			return nil, 0, errNegativeLimit
		}
	}
	return c.Args[2 : 2+n], limit, nil
}

func sunion(c *Ctx) error {
	var buf [usualSets]store.SetView
	sets, _, err := c.sources(c.Args[1:], buf[:0])
	switch {
	case err != nil:
		return err
	case len(sets) == 0:
		c.W.Set(0)
		return nil
	case len(sets) == 1:
		c.replySet(sets[0])
		return nil
	}
	hole, n := c.W.SetHole(), 0
	store.Unite(sets, func(x store.Member) {
		c.replyMember(x)
		n++
	})
	c.W.FillSet(hole, n)
	return nil
}

func sdiff(c *Ctx) error {
	var buf [usualSets]store.SetView
	sets, first, err := c.sources(c.Args[1:], buf[:0])
	switch {
	case err != nil:
		return err
	case !first:
		c.W.Set(0)
		return nil
	}
	hole, n := c.W.SetHole(), 0
	store.Subtract(sets, func(x store.Member) {
		c.replyMember(x)
		n++
	})
	c.W.FillSet(hole, n)
	return nil
}

func sinterStore(c *Ctx) error {
	keys := c.Args[2:]
	return c.storeSet("sinterstore", func(b *store.SetBuilder, sets []store.SetView, _ bool) {
		if len(sets) == len(keys) {
			b.Intersect(sets)
		}
	})
}

func sunionStore(c *Ctx) error {
	return c.storeSet("sunionstore", func(b *store.SetBuilder, sets []store.SetView, _ bool) { b.Unite(sets) })
}

func sdiffStore(c *Ctx) error {
	return c.storeSet("sdiffstore", func(b *store.SetBuilder, sets []store.SetView, first bool) {
		if first {
			b.Subtract(sets)
		}
	})
}

// storeSet replaces the destination, which may be one of the sources, by what fill makes of them. first tells whether the
// first source exists.
func (c *Ctx) storeSet(event string, fill func(b *store.SetBuilder, sets []store.SetView, first bool)) error {
	key := c.Args[1]
	var buf [usualSets]store.SetView
	sets, first, err := c.sources(c.Args[2:], buf[:0])
	if err != nil {
		return err
	}
	if !store.SetFits(key, nil) {
		return ErrStringTooBig
	}
	b := c.Tx.BuildSet(key)
	fill(b, sets, first)
	n := b.Len()
	switch {
	case n > 0:
		b.Store(c.Tx)
		c.Notify(store.EventSet, event, key)
	default:
		b.Discard()
		if c.Tx.Delete(key) {
			c.Notify(store.EventGeneric, "del", key)
		}
	}
	c.W.Int(int64(n))
	return nil
}
