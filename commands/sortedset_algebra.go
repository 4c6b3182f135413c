package commands

import (
	"slices"

	"synap/commands/number"
	"synap/store"
)

// sortedSetAlgebraCommands combine sorted sets.
var sortedSetAlgebraCommands = []Command{
	{
		Name: "zunion", Group: GroupSortedSet, Since: "6.2.0", Arity: -3, Flags: ReadOnly, ACL: CatSortedSet,
		Summary:    "Shows the members that any of the sorted sets has, with combined scores.",
		Complexity: "O(N+M*log(M)) for N members in all and M in the result",
		Keys:       []KeySpec{KeyCount(1, KeyRO|KeyAccess)},
		Args: []Arg{
			Int("numkeys"),
			KeyArg("key", 0).Many(),
			Int("weight").With("WEIGHTS").Opt().Many(),
			OneOf("aggregate", Tok("sum", "SUM"), Tok("min", "MIN"), Tok("max", "MAX")).With("AGGREGATE").Opt(),
			Tok("withscores", "WITHSCORES").Opt(),
		},
		Run: zUnion,
	},
	{
		Name: "zunionstore", Group: GroupSortedSet, Since: "2.0.0", Arity: -4,
		Flags: Write | DenyOOM, ACL: CatSortedSet,
		Summary:    "Stores the members that any of the sorted sets has, with combined scores.",
		Complexity: "O(N+M*log(M)) for N members in all and M in the result",
		Keys:       []KeySpec{KeyAt(1, KeyOW|KeyUpdate), KeyCount(2, KeyRO|KeyAccess)},
		GetKeys:    storedKeys,
		Args: []Arg{
			KeyArg("destination", 0),
			Int("numkeys"),
			KeyArg("key", 1).Many(),
			Int("weight").With("WEIGHTS").Opt().Many(),
			OneOf("aggregate", Tok("sum", "SUM"), Tok("min", "MIN"), Tok("max", "MAX")).With("AGGREGATE").Opt(),
		},
		Run: zUnionStore,
	},
	{
		Name: "zinter", Group: GroupSortedSet, Since: "6.2.0", Arity: -3, Flags: ReadOnly, ACL: CatSortedSet,
		Summary:    "Shows the members that all sorted sets have, with combined scores.",
		Complexity: "O(N*K+M*log(M)) for K sets, the smallest of N members, and M members in the result",
		Keys:       []KeySpec{KeyCount(1, KeyRO|KeyAccess)},
		Args: []Arg{
			Int("numkeys"),
			KeyArg("key", 0).Many(),
			Int("weight").With("WEIGHTS").Opt().Many(),
			OneOf("aggregate", Tok("sum", "SUM"), Tok("min", "MIN"), Tok("max", "MAX")).With("AGGREGATE").Opt(),
			Tok("withscores", "WITHSCORES").Opt(),
		},
		Run: zInter,
	},
	{
		Name: "zinterstore", Group: GroupSortedSet, Since: "2.0.0", Arity: -4,
		Flags: Write | DenyOOM, ACL: CatSortedSet,
		Summary:    "Stores the members that all sorted sets have, with combined scores.",
		Complexity: "O(N*K+M*log(M)) for K sets, the smallest of N members, and M members in the result",
		Keys:       []KeySpec{KeyAt(1, KeyOW|KeyUpdate), KeyCount(2, KeyRO|KeyAccess)},
		GetKeys:    storedKeys,
		Args: []Arg{
			KeyArg("destination", 0),
			Int("numkeys"),
			KeyArg("key", 1).Many(),
			Int("weight").With("WEIGHTS").Opt().Many(),
			OneOf("aggregate", Tok("sum", "SUM"), Tok("min", "MIN"), Tok("max", "MAX")).With("AGGREGATE").Opt(),
		},
		Run: zInterStore,
	},
	{
		Name: "zintercard", Group: GroupSortedSet, Since: "7.0.0", Arity: -3, Flags: ReadOnly, ACL: CatSortedSet,
		Summary:    "Counts the members that all sorted sets have.",
		Complexity: "O(N*K) for K sets, the smallest of N members",
		Keys:       []KeySpec{KeyCount(1, KeyRO|KeyAccess)},
		Args:       []Arg{Int("numkeys"), KeyArg("key", 0).Many(), Int("limit").With("LIMIT").Opt()},
		Run:        zInterCard,
	},
	{
		Name: "zdiff", Group: GroupSortedSet, Since: "6.2.0", Arity: -3, Flags: ReadOnly, ACL: CatSortedSet,
		Summary:    "Shows the members of the first sorted set that none of the others has.",
		Complexity: "O(L+K*log(K)) for L members in all and K in the result",
		Keys:       []KeySpec{KeyCount(1, KeyRO|KeyAccess)},
		Args:       []Arg{Int("numkeys"), KeyArg("key", 0).Many(), Tok("withscores", "WITHSCORES").Opt()},
		Run:        zDiff,
	},
	{
		Name: "zdiffstore", Group: GroupSortedSet, Since: "6.2.0", Arity: -4,
		Flags: Write | DenyOOM, ACL: CatSortedSet,
		Summary:    "Stores the members of the first sorted set that none of the others has.",
		Complexity: "O(L+K*log(K)) for L members in all and K in the result",
		Keys:       []KeySpec{KeyAt(1, KeyOW|KeyUpdate), KeyCount(2, KeyRO|KeyAccess)},
		GetKeys:    storedKeys,
		Args:       []Arg{KeyArg("destination", 0), Int("numkeys"), KeyArg("key", 1).Many()},
		Run:        zDiffStore,
	},
}

// Errors of the commands that combine sorted sets, in Redis's words.
const (
	errWeight     Error = "ERR weight value is not a float"
	errInterLimit Error = "ERR LIMIT can't be negative"
)

// storedKeys finds the keys of the commands that store a result: none unless it is made of at least one.
func storedKeys(args [][]byte, dst []KeyRef) ([]KeyRef, bool) {
	if len(args) < 3 {
		return dst, false
	}
	dst = append(dst, KeyRef{1, KeyOW | KeyUpdate})
	sources := KeyCount(2, KeyRO|KeyAccess)
	n := len(dst)
	dst, ok := sources.find(args, dst)
	return dst, ok && len(dst) > n
}

// sortedOperation is one of union, intersection and difference.
type sortedOperation uint8

const (
	union sortedOperation = iota
	intersection
	difference
)

// storeEvents are the events of the commands that store a result.
var storeEvents = [...]string{"zunionstore", "zinterstore", "zdiffstore"}

// sortedAlgebra is what a command of this family asks for.
type sortedAlgebra struct {
	op         sortedOperation
	stores     bool // to the first key
	counts     bool // ZINTERCARD
	few        [8]store.SortedSource
	sources    []store.SortedSource
	aggregate  store.Aggregate
	withScores bool
	limit      int64
}

// parse reads the words from the number of keys, at position i, on, and looks the keys up.
func (a *sortedAlgebra) parse(c *Ctx, i int) error {
	n, err := c.Integer(i)
	if err != nil {
		return err
	}
	if n < 1 {
		return Error("ERR at least 1 input key is needed for '" + c.Cmd.FullName + "' command")
	}
	if i++; n > int64(len(c.Args)-i) {
		return ErrSyntax
	}
	a.sources = a.few[:0]
	for _, key := range c.Args[i:][:n] {
		s, ok := c.Tx.Read(key).SortedSource()
		if !ok {
			return ErrWrongType
		}
		a.sources = append(a.sources, s)
	}
	if err := a.parseOptions(c, i+int(n)); err != nil {
		return err
	}
	if a.op != difference {
		slices.SortStableFunc(a.sources, func(x, y store.SortedSource) int { return x.Len() - y.Len() })
	}
	return nil
}

func (a *sortedAlgebra) parseOptions(c *Ctx, i int) (err error) {
	weighs := a.op != difference && !a.counts
	for i < len(c.Args) {
		switch left := len(c.Args) - i; {
		case weighs && left > len(a.sources) && c.Is(i, "weights"):
			for n := range a.sources {
				w, ok := number.ParseDouble(c.Args[i+1+n])
				if !ok {
					return errWeight
				}
				a.sources[n].Weight = w
			}
			i += 1 + len(a.sources)
		case weighs && left >= 2 && c.Is(i, "aggregate"):
			if err := a.parseAggregate(c, i+1); err != nil {
				return err
			}
			i += 2
		case !a.stores && !a.counts && c.Is(i, "withscores"):
			a.withScores = true
			i++
		case a.counts && left >= 2 && c.Is(i, "limit"):
			if a.limit, err = c.Integer(i + 1); err != nil || a.limit < 0 {
				return errInterLimit
			}
			i += 2
		default:
			return ErrSyntax
		}
	}
	return nil
}

func (a *sortedAlgebra) parseAggregate(c *Ctx, i int) error {
	switch {
	case c.Is(i, "sum"):
		a.aggregate = store.Sum
	case c.Is(i, "min"):
		a.aggregate = store.Min
	case c.Is(i, "max"):
		a.aggregate = store.Max
	default:
		return ErrSyntax
	}
	return nil
}

func (a *sortedAlgebra) members(c *Ctx) []store.Scored {
	switch a.op {
	case union:
		return c.Tx.UniteSorted(a.sources, a.aggregate)
	case intersection:
		return c.Tx.IntersectSorted(a.sources, a.aggregate)
	}
	return c.Tx.SubtractSorted(a.sources)
}

// combine replies the result of an operation.
func (c *Ctx) combine(op sortedOperation) error {
	a := sortedAlgebra{op: op}
	if err := a.parse(c, 1); err != nil {
		return err
	}
	members := a.members(c)
	c.scoredArray(len(members), a.withScores)
	for _, s := range members {
		c.scored(s.Member, s.Score, a.withScores)
	}
	return nil
}

// combineInto stores the result of an operation.
func (c *Ctx) combineInto(op sortedOperation) error {
	a := sortedAlgebra{op: op, stores: true}
	if err := a.parse(c, 2); err != nil {
		return err
	}
	if !store.SortedSetFits(c.Args[1], nil) {
		return ErrStringTooBig
	}
	c.storeScored(storeEvents[op], c.Args[1], a.members(c))
	return nil
}

func zUnion(c *Ctx) error { return c.combine(union) }

func zUnionStore(c *Ctx) error { return c.combineInto(union) }

func zInter(c *Ctx) error { return c.combine(intersection) }

func zInterStore(c *Ctx) error { return c.combineInto(intersection) }

func zDiff(c *Ctx) error { return c.combine(difference) }

func zDiffStore(c *Ctx) error { return c.combineInto(difference) }

func zInterCard(c *Ctx) error {
	a := sortedAlgebra{op: intersection, counts: true}
	if err := a.parse(c, 1); err != nil {
		return err
	}
	c.W.Int(int64(c.Tx.CountIntersection(a.sources, int(a.limit))))
	return nil
}
