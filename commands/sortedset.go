package commands

import (
	"math"
	"strconv"

	"synap/commands/number"
	"synap/store"
)

// sortedSetCommands read and change sorted sets: members with scores, in order.
var sortedSetCommands = []Command{
	{
		Name: "zadd", Group: GroupSortedSet, Since: "1.2.0", Arity: -4,
		Flags: Write | DenyOOM | Fast, ACL: CatSortedSet,
		Summary:    "Adds members with scores to a sorted set, or gives members it has new scores, optionally on a condition.",
		Complexity: "O(log(N)) per added member, for N members",
		History: []Change{
			{"2.4.0", "Takes several members."},
			{"3.0.2", "Takes XX, NX, CH and INCR."},
			{"6.2.0", "Takes GT and LT."},
		},
		Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args: []Arg{
			KeyArg("key", 0),
			OneOf("condition", Tok("nx", "NX"), Tok("xx", "XX")).Opt().From("3.0.2"),
			OneOf("comparison", Tok("gt", "GT"), Tok("lt", "LT")).Opt().From("6.2.0"),
			Tok("change", "CH").Opt().From("3.0.2"),
			Tok("increment", "INCR").Opt().From("3.0.2"),
			Block("data", Dbl("score"), Str("member")).Many(),
		},
		Run: zAdd,
	},
	{
		Name: "zincrby", Group: GroupSortedSet, Since: "1.2.0", Arity: 4,
		Flags: Write | DenyOOM | Fast, ACL: CatSortedSet,
		Summary:    "Adds to the score of a member, which counts as 0 if the member is missing.",
		Complexity: "O(log(N)) for N members",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Int("increment"), Str("member")},
		Run:        zIncrBy,
	},
	{
		Name: "zrem", Group: GroupSortedSet, Since: "1.2.0", Arity: -3, Flags: Write | Fast, ACL: CatSortedSet,
		Summary:    "Removes members from a sorted set.",
		Complexity: "O(M*log(N)) for N members and M to be removed",
		History:    []Change{{"2.4.0", "Takes several members."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Str("member").Many()},
		Run:        zRem,
	},
	{
		Name: "zcard", Group: GroupSortedSet, Since: "1.2.0", Arity: 2, Flags: ReadOnly | Fast, ACL: CatSortedSet,
		Summary:    "Counts the members of a sorted set.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        zCard,
	},
	{
		Name: "zscore", Group: GroupSortedSet, Since: "1.2.0", Arity: 3, Flags: ReadOnly | Fast, ACL: CatSortedSet,
		Summary:    "Reads the score of a member.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("member")},
		Run:        zScore,
	},
	{
		Name: "zmscore", Group: GroupSortedSet, Since: "6.2.0", Arity: -3, Flags: ReadOnly | Fast, ACL: CatSortedSet,
		Summary:    "Reads the scores of several members.",
		Complexity: "O(N) for N requested members",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("member").Many()},
		Run:        zMScore,
	},
	{
		Name: "zrank", Group: GroupSortedSet, Since: "2.0.0", Arity: -3, Flags: ReadOnly | Fast, ACL: CatSortedSet,
		Summary:    "Tells the position of a member, counted from the lowest score.",
		Complexity: "O(log(N))",
		History:    []Change{{"7.2.0", "Takes WITHSCORE."}},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("member"), Tok("withscore", "WITHSCORE").Opt()},
		Run:        zRank,
	},
	{
		Name: "zrevrank", Group: GroupSortedSet, Since: "2.0.0", Arity: -3, Flags: ReadOnly | Fast, ACL: CatSortedSet,
		Summary:    "Tells the position of a member, counted from the highest score.",
		Complexity: "O(log(N))",
		History:    []Change{{"7.2.0", "Takes WITHSCORE."}},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("member"), Tok("withscore", "WITHSCORE").Opt()},
		Run:        zRevRank,
	},
	{
		Name: "zcount", Group: GroupSortedSet, Since: "2.0.0", Arity: 4, Flags: ReadOnly | Fast, ACL: CatSortedSet,
		Summary:    "Counts the members whose scores are within a range.",
		Complexity: "O(log(N)) for N members",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Dbl("min"), Dbl("max")},
		Run:        zCount,
	},
	{
		Name: "zlexcount", Group: GroupSortedSet, Since: "2.8.9", Arity: 4, Flags: ReadOnly | Fast, ACL: CatSortedSet,
		Summary:    "Counts the members within an alphabetical range, given that all scores are equal.",
		Complexity: "O(log(N)) for N members",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("min"), Str("max")},
		Run:        zLexCount,
	},
	{
		Name: "zpopmin", Group: GroupSortedSet, Since: "5.0.0", Arity: -2, Flags: Write | Fast, ACL: CatSortedSet,
		Summary:    "Takes the members with the lowest scores out of a sorted set.",
		Complexity: "O(M*log(N)) for N members of which M are taken out",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Int("count").Opt()},
		Run:        zPopMin,
	},
	{
		Name: "zpopmax", Group: GroupSortedSet, Since: "5.0.0", Arity: -2, Flags: Write | Fast, ACL: CatSortedSet,
		Summary:    "Takes the members with the highest scores out of a sorted set.",
		Complexity: "O(M*log(N)) for N members of which M are taken out",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Int("count").Opt()},
		Run:        zPopMax,
	},
	{
		Name: "zmpop", Group: GroupSortedSet, Since: "7.0.0", Arity: -4, Flags: Write, ACL: CatSortedSet,
		Summary:    "Takes the members with the lowest or highest scores out of the first sorted set that has any.",
		Complexity: "O(K)+O(M*log(N)) for K keys, N members and M of them taken out",
		Keys:       []KeySpec{KeyCount(1, KeyRW|KeyAccess|KeyDelete)},
		Args: []Arg{
			Int("numkeys"),
			KeyArg("key", 0).Many(),
			OneOf("where", Tok("min", "MIN"), Tok("max", "MAX")),
			Int("count").With("COUNT").Opt(),
		},
		Run: zMPop,
	},
	{
		Name: "zrandmember", Group: GroupSortedSet, Since: "6.2.0", Arity: -2, Flags: ReadOnly, ACL: CatSortedSet,
		Summary:    "Picks members of a sorted set at random.",
		Complexity: "O(N) for N returned members",
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Block("options", Int("count"), Tok("withscores", "WITHSCORES").Opt()).Opt()},
		Run:        zRandMember,
	},
	{
		Name: "zscan", Group: GroupSortedSet, Since: "2.8.0", Arity: -3, Flags: ReadOnly, ACL: CatSortedSet,
		Summary:    "Walks through the members and scores of a sorted set in small steps, by a cursor.",
		Complexity: "O(1) per call, O(N) for a full walk over N members",
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Int("cursor"),
			Pattern("pattern").With("MATCH").Opt(),
			Int("count").With("COUNT").Opt(),
		},
		Run: zScan,
	},
}

// Errors of sorted set commands, in Redis's words.
const (
	errNaN           Error = "ERR resulting score is not a number (NaN)"
	errAddConditions Error = "ERR XX and NX options at the same time are not compatible"
	errAddCompares   Error = "ERR GT, LT, and/or NX options at the same time are not compatible"
	errAddIncrements Error = "ERR INCR option supports a single increment-element pair"
	errScoreBound    Error = "ERR min or max is not a float"
	errLexBound      Error = "ERR min or max not valid string range item"
	errRange         Error = "ERR value is out of range"
	errPopNumber     Error = "ERR count should be greater than 0"
)

// asSortedSet is an entry's value, empty if there is no entry.
func asSortedSet(e store.Entry) (store.SortedSetView, error) {
	switch {
	case !e.Exists():
		return store.SortedSetView{}, nil
	case e.Type() != store.SortedSet:
		return store.SortedSetView{}, ErrWrongType
	}
	return e.SortedSet(), nil
}

// readSortedSet is the sorted set at the i-th word, empty if there is none.
func (c *Ctx) readSortedSet(i int) (store.SortedSetView, error) {
	return asSortedSet(c.Tx.Read(c.Args[i]))
}

// removedWith tells of a removal from the sorted set at key: the command's own event, and that the key is gone if it is.
func (c *Ctx) removedWith(event string, key []byte, gone bool) {
	c.Notify(store.EventSortedSet, event, key)
	if gone {
		c.Notify(store.EventGeneric, "del", key)
	}
}

// addOptions are the words of ZADD between the key and the first score.
type addOptions struct {
	cond    store.Condition
	changed bool // CH
	first   int  // position of the first score
}

func (o *addOptions) parse(c *Ctx) error {
	for o.first = 2; o.first < len(c.Args); o.first++ {
		switch word := c.Args[o.first]; {
		case EqualFold(word, "nx"):
			o.cond |= store.IfAbsent
		case EqualFold(word, "xx"):
			o.cond |= store.IfPresent
		case EqualFold(word, "gt"):
			o.cond |= store.IfGreater
		case EqualFold(word, "lt"):
			o.cond |= store.IfLess
		case EqualFold(word, "incr"):
			o.cond |= store.Increment
		case EqualFold(word, "ch"):
			o.changed = true
		default:
			return o.check(len(c.Args) - o.first)
		}
	}
	return o.check(0)
}

// check refuses options that contradict each other or the number of words that follow.
func (o *addOptions) check(words int) error {
	has := func(cond store.Condition) bool { return o.cond&cond == cond }
	switch {
	case words == 0 || words%2 != 0:
		return ErrSyntax
	case has(store.IfAbsent | store.IfPresent):
		return errAddConditions
	case has(store.IfAbsent | store.IfGreater), has(store.IfAbsent | store.IfLess), has(store.IfGreater | store.IfLess):
		return errAddCompares
	case has(store.Increment) && words > 2:
		return errAddIncrements
	}
	return nil
}

func zAdd(c *Ctx) error {
	var o addOptions
	if err := o.parse(c); err != nil {
		return err
	}
	return c.addScored(o)
}

func zIncrBy(c *Ctx) error { return c.addScored(addOptions{cond: store.Increment, first: 2}) }

// addScored is ZADD and ZINCRBY after the options.
func (c *Ctx) addScored(o addOptions) error {
	key, pairs := c.Args[1], c.Args[o.first:]
	var few [16]float64
	scores := few[:0]
	for i := 0; i < len(pairs); i += 2 {
		score, ok := number.ParseDouble(pairs[i])
		if !ok {
			return ErrNotFloat
		}
		scores = append(scores, score)
	}
	if _, err := asSortedSet(c.Tx.Write(key)); err != nil {
		return err
	}
	for i := 1; i < len(pairs); i += 2 {
		if !store.SortedSetFits(key, pairs[i]) {
			return ErrStringTooBig
		}
	}
	z := c.Tx.EditSortedSet(key, len(scores))
	if o.cond&store.Increment != 0 {
		return c.increaseScore(z, pairs[1], scores[0], o.cond)
	}
	added, updated := z.AddAll(pairs, scores, o.cond)
	if added+updated > 0 {
		c.Notify(store.EventSortedSet, "zadd", key)
	}
	if o.changed {
		added += updated
	}
	c.W.Int(int64(added))
	return nil
}

// increaseScore adds to the score of one member and replies the sum.
func (c *Ctx) increaseScore(z store.SortedSetEditor, member []byte, by float64, cond store.Condition) error {
	score, outcome := z.Add(member, by, cond)
	switch outcome {
	case store.NotANumber:
		return errNaN
	case store.Refused:
		c.W.Null()
		return nil
	case store.Added, store.Updated:
		c.Notify(store.EventSortedSet, "zincr", c.Args[1])
	}
	c.W.Double(score)
	return nil
}

func zRem(c *Ctx) error {
	key := c.Args[1]
	if z, err := asSortedSet(c.Tx.Write(key)); err != nil || z.Len() == 0 {
		c.W.Int(0)
		return err
	}
	z, removed := c.Tx.EditSortedSet(key, 0), 0
	for _, member := range c.Args[2:] {
		if z.Remove(member) {
			removed++
		}
	}
	if removed > 0 {
		c.removedWith("zrem", key, z.View().Len() == 0)
	}
	c.W.Int(int64(removed))
	return nil
}

func zCard(c *Ctx) error {
	z, err := c.readSortedSet(1)
	c.W.Int(int64(z.Len()))
	return err
}

func zScore(c *Ctx) error {
	z, err := c.readSortedSet(1)
	if err != nil {
		return err
	}
	c.scoreOf(z, c.Args[2])
	return nil
}

func zMScore(c *Ctx) error {
	z, err := c.readSortedSet(1)
	if err != nil {
		return err
	}
	c.W.Array(len(c.Args) - 2)
	for _, member := range c.Args[2:] {
		c.scoreOf(z, member)
	}
	return nil
}

// scoreOf replies the score of a member.
func (c *Ctx) scoreOf(z store.SortedSetView, member []byte) {
	if score, ok := z.Score(member); ok {
		c.W.Double(score)
	} else {
		c.W.Null()
	}
}

func zRank(c *Ctx) error { return c.rankOf(false) }

func zRevRank(c *Ctx) error { return c.rankOf(true) }

// rankOf replies the rank of a member from one of the ends, with WITHSCORE its score, too.
func (c *Ctx) rankOf(reverse bool) error {
	withScore := len(c.Args) == 4
	switch {
	case len(c.Args) > 4:
		return ErrArity(c.Cmd)
	case withScore && !c.Is(3, "withscore"):
		return ErrSyntax
	}
	z, err := c.readSortedSet(1)
	if err != nil {
		return err
	}
	rank, score, ok := z.Rank(c.Args[2])
	if reverse {
		rank = z.Len() - 1 - rank
	}
	switch {
	case ok && withScore:
		c.W.Array(2)
		c.W.Int(int64(rank))
		c.W.Double(score)
	case ok:
		c.W.Int(int64(rank))
	case withScore:
		c.W.NullArray()
	default:
		c.W.Null()
	}
	return nil
}

func zScan(c *Ctx) error {
	cursor, ok := parseCursor(c.Args[2])
	if !ok {
		return errCursor
	}
	z, err := c.readSortedSet(1)
	if err != nil {
		return err
	}
	var o scanOptions
	if c.W.Array(2); z.Len() == 0 { // Redis does not look at the options then
		c.W.BulkString("0")
		c.W.Array(0)
		return nil
	}
	if err := o.parse(c, 3, false); err != nil {
		return err
	}
	found, n := Writer{Proto: c.W.Proto}, 0
	var digits [32]byte
	next := z.Scan(cursor, o.count, func(member []byte, score float64) {
		if !o.filtered || o.pattern.Match(member) {
			found.Bulk(member)
			found.Bulk(appendScanned(digits[:0], score, z.Big()))
			n += 2
		}
	})
	c.W.Bulk(strconv.AppendUint(digits[:0], next, 10))
	c.W.Array(n)
	c.W.Raw(found.Buf)
	return nil
}

// appendScanned appends a score as ZSCAN shows it: as everywhere, but those of big sets with 17 digits, in C's "%.17g".
func appendScanned(dst []byte, score float64, big bool) []byte {
	if !big || math.IsInf(score, 0) {
		return number.AppendDouble(dst, score)
	}
	return strconv.AppendFloat(dst, score, 'g', 17, 64)
}

func zRandMember(c *Ctx) error {
	if len(c.Args) == 2 {
		z, err := c.readSortedSet(1)
		switch {
		case err != nil:
			return err
		case z.Len() == 0:
			c.W.Null()
		default:
			c.randomScored(z, false)
		}
		return nil
	}
	count, err := c.IntegerWithin(2, -math.MaxInt64, math.MaxInt64)
	if err != nil {
		return err
	}
	withScores := len(c.Args) == 4
	switch {
	case len(c.Args) > 4 || withScores && !c.Is(3, "withscores"):
		return ErrSyntax
	case withScores && (count < -math.MaxInt64/2 || count > math.MaxInt64/2):
		return errRange
	}
	z, err := c.readSortedSet(1)
	if err != nil {
		return err
	}
	return c.randomMembers(z, count, withScores)
}

// randomMembers replies count different members, or -count that may repeat.
func (c *Ctx) randomMembers(z store.SortedSetView, count int64, withScores bool) error {
	n := z.Len()
	switch {
	case n == 0 || count == 0:
		c.W.Array(0)
	case count < 0:
		elements := 1
		if withScores && c.W.Proto != 3 {
			elements = 2
		}
		return c.replyRepeated(-count, elements, func() { c.randomScored(z, withScores) })
	case count >= int64(n):
		// Whole sets Redis shows from their end.
		c.scoredArray(n, withScores)
		c.scoredRange(z, 0, n, true, withScores)
	default:
		c.scoredArray(int(count), withScores)
		c.Tx.SampleScored(z, int(count), func(member []byte, score float64) { c.scored(member, score, withScores) })
	}
	return nil
}

// randomScored replies one random member.
func (c *Ctx) randomScored(z store.SortedSetView, withScore bool) {
	var at store.SortedCursor
	var digits [20]byte
	z.At(c.Tx.RandomScored(z), &at)
	c.scored(at.Member(digits[:]), at.Score(), withScore)
}
