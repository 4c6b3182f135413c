package commands

import (
	"math"

	"synap/commands/number"
	"synap/store"
)

// sortedSetRangeCommands work on ranges of sorted sets: of ranks, scores or members.
var sortedSetRangeCommands = []Command{
	{
		Name: "zrange", Group: GroupSortedSet, Since: "1.2.0", Arity: -4, Flags: ReadOnly, ACL: CatSortedSet,
		Summary:    "Lists members within a range of ranks, of scores or of the alphabet.",
		Complexity: "O(log(N)+M) for N members of which M are returned",
		History:    []Change{{"6.2.0", "Takes REV, BYSCORE, BYLEX and LIMIT."}},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Str("start"),
			Str("stop"),
			OneOf("sortby", Tok("byscore", "BYSCORE"), Tok("bylex", "BYLEX")).Opt().From("6.2.0"),
			Tok("rev", "REV").Opt().From("6.2.0"),
			Block("limit", Int("offset"), Int("count")).With("LIMIT").Opt().From("6.2.0"),
			Tok("withscores", "WITHSCORES").Opt(),
		},
		Run: zRange,
	},
	{
		Name: "zrevrange", Group: GroupSortedSet, Since: "1.2.0", Arity: -4, Flags: ReadOnly, ACL: CatSortedSet,
		Summary:    "Lists members within a range of ranks, highest score first.",
		Complexity: "O(log(N)+M) for N members of which M are returned",
		Deprecated: "6.2.0", ReplacedBy: "`ZRANGE` with `REV`",
		Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{KeyArg("key", 0), Int("start"), Int("stop"), Tok("withscores", "WITHSCORES").Opt()},
		Run:  zRevRange,
	},
	{
		Name: "zrangebyscore", Group: GroupSortedSet, Since: "1.0.5", Arity: -4, Flags: ReadOnly, ACL: CatSortedSet,
		Summary:    "Lists members within a range of scores.",
		Complexity: "O(log(N)+M) for N members of which M are returned",
		Deprecated: "6.2.0", ReplacedBy: "`ZRANGE` with `BYSCORE`",
		History: []Change{{"2.0.0", "Takes WITHSCORES."}},
		Keys:    []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Dbl("min"),
			Dbl("max"),
			Tok("withscores", "WITHSCORES").Opt().From("2.0.0"),
			Block("limit", Int("offset"), Int("count")).With("LIMIT").Opt(),
		},
		Run: zRangeByScore,
	},
	{
		Name: "zrevrangebyscore", Group: GroupSortedSet, Since: "2.2.0", Arity: -4,
		Flags: ReadOnly, ACL: CatSortedSet,
		Summary:    "Lists members within a range of scores, highest first.",
		Complexity: "O(log(N)+M) for N members of which M are returned",
		Deprecated: "6.2.0", ReplacedBy: "`ZRANGE` with `REV` and `BYSCORE`",
		History: []Change{{"2.1.6", "Bounds can be exclusive."}},
		Keys:    []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Dbl("max"),
			Dbl("min"),
			Tok("withscores", "WITHSCORES").Opt(),
			Block("limit", Int("offset"), Int("count")).With("LIMIT").Opt(),
		},
		Run: zRevRangeByScore,
	},
	{
		Name: "zrangebylex", Group: GroupSortedSet, Since: "2.8.9", Arity: -4, Flags: ReadOnly, ACL: CatSortedSet,
		Summary:    "Lists members within an alphabetical range, given that all scores are equal.",
		Complexity: "O(log(N)+M) for N members of which M are returned",
		Deprecated: "6.2.0", ReplacedBy: "`ZRANGE` with `BYLEX`",
		Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Str("min"),
			Str("max"),
			Block("limit", Int("offset"), Int("count")).With("LIMIT").Opt(),
		},
		Run: zRangeByLex,
	},
	{
		Name: "zrevrangebylex", Group: GroupSortedSet, Since: "2.8.9", Arity: -4, Flags: ReadOnly, ACL: CatSortedSet,
		Summary:    "Lists members within an alphabetical range backwards, given that all scores are equal.",
		Complexity: "O(log(N)+M) for N members of which M are returned",
		Deprecated: "6.2.0", ReplacedBy: "`ZRANGE` with `REV` and `BYLEX`",
		Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Str("max"),
			Str("min"),
			Block("limit", Int("offset"), Int("count")).With("LIMIT").Opt(),
		},
		Run: zRevRangeByLex,
	},
	{
		Name: "zrangestore", Group: GroupSortedSet, Since: "6.2.0", Arity: -5,
		Flags: Write | DenyOOM, ACL: CatSortedSet,
		Summary:    "Stores the members of a sorted set within a range.",
		Complexity: "O(log(N)+M) for N members of which M are stored",
		Keys:       []KeySpec{KeyAt(1, KeyOW|KeyUpdate), KeyAt(2, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("dst", 0),
			KeyArg("src", 1),
			Str("min"),
			Str("max"),
			OneOf("sortby", Tok("byscore", "BYSCORE"), Tok("bylex", "BYLEX")).Opt(),
			Tok("rev", "REV").Opt(),
			Block("limit", Int("offset"), Int("count")).With("LIMIT").Opt(),
		},
		Run: zRangeStore,
	},
	{
		Name: "zremrangebyrank", Group: GroupSortedSet, Since: "2.0.0", Arity: 4, Flags: Write, ACL: CatSortedSet,
		Summary:    "Removes members within a range of ranks.",
		Complexity: "O(log(N)+M) for N members of which M are removed",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Int("start"), Int("stop")},
		Run:        zRemRangeByRank,
	},
	{
		Name: "zremrangebyscore", Group: GroupSortedSet, Since: "1.2.0", Arity: 4, Flags: Write, ACL: CatSortedSet,
		Summary:    "Removes members within a range of scores.",
		Complexity: "O(log(N)+M) for N members of which M are removed",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Dbl("min"), Dbl("max")},
		Run:        zRemRangeByScore,
	},
	{
		Name: "zremrangebylex", Group: GroupSortedSet, Since: "2.8.9", Arity: 4, Flags: Write, ACL: CatSortedSet,
		Summary:    "Removes members within an alphabetical range, given that all scores are equal.",
		Complexity: "O(log(N)+M) for N members of which M are removed",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Str("min"), Str("max")},
		Run:        zRemRangeByLex,
	},
}

// Errors of range options, in Redis's words.
const (
	errRankLimit Error = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
	errLexScores Error = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"
)

// rangeBy is what a range is of.
type rangeBy uint8

const (
	byAny rangeBy = iota // as the options say; ranks if they do not
	byRank
	byScore
	byLex
)

// sortedRange is a range of a sorted set as a command gives it.
type sortedRange struct {
	by            rangeBy
	reverse       bool
	offset, limit int64 // of LIMIT; limit -1: none
	start, stop   int64 // ranks, negative ones from the end
	scores        store.ScoreRange
	lex           store.LexRange
}

// parseBounds reads the bounds at positions i and i+1: the lower first, or in a reverse range of scores or members the
// higher.
func (r *sortedRange) parseBounds(c *Ctx, i int) (err error) {
	least, most := c.Args[i], c.Args[i+1]
	if r.reverse && r.by != byRank {
		least, most = most, least
	}
	ok := true
	switch r.by {
	case byRank:
		if r.start, err = c.Integer(i); err == nil {
			r.stop, err = c.Integer(i + 1)
		}
		return err
	case byScore:
		if r.scores, ok = parseScoreRange(least, most); !ok {
			return errScoreBound
		}
	default:
		if r.lex, ok = parseLexRange(least, most); !ok {
			return errLexBound
		}
	}
	return nil
}

// parseScoreRange reads bounds like "1.5", "(1.5" and "-inf".
func parseScoreRange(least, most []byte) (r store.ScoreRange, ok bool) {
	if r.Min, r.MinOpen, ok = parseScoreBound(least); ok {
		r.Max, r.MaxOpen, ok = parseScoreBound(most)
	}
	return r, ok
}

func parseScoreBound(b []byte) (score float64, open, ok bool) {
	if len(b) > 0 && b[0] == '(' {
		open, b = true, b[1:]
	}
	score, ok = number.ParseBound(b)
	return score, open, ok && !math.IsNaN(score)
}

// parseLexRange reads bounds like "[a", "(a", "-" and "+".
func parseLexRange(least, most []byte) (r store.LexRange, ok bool) {
	if r.Min, ok = parseLexBound(least); ok {
		r.Max, ok = parseLexBound(most)
	}
	return r, ok
}

func parseLexBound(b []byte) (store.LexBound, bool) {
	if len(b) == 0 {
		return store.LexBound{}, false
	}
	alone := len(b) == 1 || b[1] == 0 // Redis looks at C strings here
	switch b[0] {
	case '[':
		return store.LexBound{Member: b[1:]}, true
	case '(':
		return store.LexBound{Member: b[1:], Open: true}, true
	case '-':
		return store.LexBound{End: -1}, alone
	case '+':
		return store.LexBound{End: 1}, alone
	}
	return store.LexBound{}, false
}

// span is the range as ranks of a set: from (inclusive) to to (exclusive).
func (r *sortedRange) span(z store.SortedSetView) (from, to int) {
	n := int64(z.Len())
	switch r.by {
	case byRank:
		return r.rankSpan(n)
	case byScore:
		if from, to = z.ScoreSpan(r.scores); r.offset < 0 || r.offset >= int64(to-from) {
			return 0, 0
		}
		if r.reverse {
			to -= int(r.offset)
		} else {
			from += int(r.offset)
		}
	default:
		if r.offset < 0 || r.offset >= n {
			return 0, 0
		}
		from, to = z.LexSpan(r.lex, r.reverse, int(r.offset))
	}
	if r.limit >= 0 && r.limit < int64(to-from) {
		if r.reverse {
			from = to - int(r.limit)
		} else {
			to = from + int(r.limit)
		}
	}
	return from, to
}

func (r *sortedRange) rankSpan(n int64) (from, to int) {
	start, stop := r.start, r.stop
	if start < 0 {
		start = max(start+n, 0)
	}
	if stop < 0 {
		stop += n
	}
	if start > stop || start >= n {
		return 0, 0
	}
	stop = min(stop, n-1)
	if r.reverse {
		start, stop = n-1-stop, n-1-start
	}
	return int(start), int(stop) + 1
}

// parseOptions reads what follows the bounds of a range command. stores says that there is no WITHSCORES.
func (r *sortedRange) parseOptions(c *Ctx, i int, turns, stores bool) (withScores bool, err error) {
	r.limit = -1
	choose := r.by == byAny
	for ; i < len(c.Args); i++ {
		switch {
		case !stores && c.Is(i, "withscores"):
			withScores = true
		case c.Is(i, "limit") && i+2 < len(c.Args):
			if r.offset, err = c.Integer(i + 1); err != nil {
				return false, err
			}
			if r.limit, err = c.Integer(i + 2); err != nil {
				return false, err
			}
			i += 2
		case turns && c.Is(i, "rev"):
			turns, r.reverse = false, true
		case choose && c.Is(i, "bylex"):
			choose, r.by = false, byLex
		case choose && c.Is(i, "byscore"):
			choose, r.by = false, byScore
		default:
			return false, ErrSyntax
		}
	}
	if r.by == byAny {
		r.by = byRank
	}
	switch {
	case r.limit != -1 && r.by == byRank:
		return false, errRankLimit
	case withScores && r.by == byLex:
		return false, errLexScores
	}
	return withScores, nil
}

func zRange(c *Ctx) error { return c.listRange(sortedRange{}, true) }

func zRevRange(c *Ctx) error { return c.listRange(sortedRange{by: byRank, reverse: true}, false) }

func zRangeByScore(c *Ctx) error { return c.listRange(sortedRange{by: byScore}, false) }

func zRevRangeByScore(c *Ctx) error {
	return c.listRange(sortedRange{by: byScore, reverse: true}, false)
}

func zRangeByLex(c *Ctx) error { return c.listRange(sortedRange{by: byLex}, false) }

func zRevRangeByLex(c *Ctx) error { return c.listRange(sortedRange{by: byLex, reverse: true}, false) }

// listRange replies the members in a range. turns says that the options may reverse it.
func (c *Ctx) listRange(r sortedRange, turns bool) error {
	withScores, err := r.parseOptions(c, 4, turns, false)
	if err != nil {
		return err
	}
	if err := r.parseBounds(c, 2); err != nil {
		return err
	}
	z, err := c.readSortedSet(1)
	if err != nil {
		return err
	}
	from, to := r.span(z)
	c.scoredArray(to-from, withScores)
	c.scoredRange(z, from, to, r.reverse, withScores)
	return nil
}

// scoredArray starts the reply of n members: with scores as pairs, which RESP2 has no arrays of their own for.
func (c *Ctx) scoredArray(n int, withScores bool) {
	if withScores && c.W.Proto != 3 {
		n *= 2
	}
	c.W.Array(n)
}

// scored replies one of the members of a scoredArray.
func (c *Ctx) scored(member []byte, score float64, withScore bool) {
	if withScore && c.W.Proto == 3 {
		c.W.Array(2)
	}
	c.W.Bulk(member)
	if withScore {
		c.W.Double(score)
	}
}

// scoredRange replies the members of some ranks.
func (c *Ctx) scoredRange(z store.SortedSetView, from, to int, reverse, withScores bool) {
	if from >= to {
		return
	}
	var at store.SortedCursor
	var digits [20]byte
	if reverse {
		z.AtBack(to-1, &at)
	} else {
		z.At(from, &at)
	}
	for range to - from {
		score := 0.0
		if withScores {
			score = at.Score()
		}
		c.scored(at.Member(digits[:]), score, withScores)
		if reverse {
			at.Prev()
		} else {
			at.Next()
		}
	}
}

func zRangeStore(c *Ctx) error {
	var r sortedRange
	if _, err := r.parseOptions(c, 5, true, true); err != nil {
		return err
	}
	if err := r.parseBounds(c, 3); err != nil {
		return err
	}
	z, err := c.readSortedSet(2)
	if err != nil {
		return err
	}
	if !store.SortedSetFits(c.Args[1], nil) {
		return ErrStringTooBig
	}
	from, to := r.span(z)
	c.storeScored("zrangestore", c.Args[1], z.Slice(from, to))
	return nil
}

// storeScored makes members the sorted set at key, or removes the key if there are none, and replies their number.
func (c *Ctx) storeScored(event string, key []byte, members []store.Scored) {
	if len(members) > 0 {
		c.Tx.StoreSortedSet(key, members)
		c.Notify(store.EventSortedSet, event, key)
	} else if c.Tx.Delete(key) {
		c.Notify(store.EventGeneric, "del", key)
	}
	c.W.Int(int64(len(members)))
}

func zCount(c *Ctx) error { return c.countRange(sortedRange{by: byScore, limit: -1}) }

func zLexCount(c *Ctx) error { return c.countRange(sortedRange{by: byLex, limit: -1}) }

func (c *Ctx) countRange(r sortedRange) error {
	if err := r.parseBounds(c, 2); err != nil {
		return err
	}
	z, err := c.readSortedSet(1)
	if err != nil {
		return err
	}
	from, to := r.span(z)
	c.W.Int(int64(to - from))
	return nil
}

func zRemRangeByRank(c *Ctx) error {
	return c.removeRange("zremrangebyrank", sortedRange{by: byRank, limit: -1})
}

func zRemRangeByScore(c *Ctx) error {
	return c.removeRange("zremrangebyscore", sortedRange{by: byScore, limit: -1})
}

func zRemRangeByLex(c *Ctx) error {
	return c.removeRange("zremrangebylex", sortedRange{by: byLex, limit: -1})
}

func (c *Ctx) removeRange(event string, r sortedRange) error {
	if err := r.parseBounds(c, 2); err != nil {
		return err
	}
	key := c.Args[1]
	z, err := asSortedSet(c.Tx.Write(key))
	if err != nil {
		return err
	}
	from, to := r.span(z)
	if from < to {
		all := z.Len()
		c.Tx.EditSortedSet(key, 0).RemoveRange(from, to)
		c.removedWith(event, key, to-from == all)
	}
	c.W.Int(int64(to - from))
	return nil
}
