package compat

import (
	"slices"
	"strconv"
	"strings"
)

// sortedKey is mostly one of a few keys that only sorted sets live at, so that these grow through both encodings.
func (g *generator) sortedKey() string {
	if g.chance(20) {
		return g.key()
	}
	return "zset" + strconv.Itoa(g.rng.IntN(6))
}

// lexKey is a key whose members all have the score 0: only then is it said what a range of members is. Commands that
// could give them others stay away from it.
func (g *generator) lexKey() string { return "lex" + strconv.Itoa(g.rng.IntN(3)) }

// scored is a key to read: one of either kind, or a set.
func (g *generator) scored() string {
	switch g.rng.IntN(12) {
	case 0:
		return g.lexKey()
	case 1:
		return g.source()
	}
	return g.sortedKey()
}

// score draws no subnormal number: parsing one sets errno, and a later SORT of Redis takes that for an error of its own.
func (g *generator) score() string {
	switch g.rng.IntN(12) {
	case 0:
		return g.pick("inf", "-inf", "+inf", "0", "1e17", "1e-7", "4611686018427387904", "-1e300", "3.5e-300")
	case 1:
		return g.float()
	case 2:
		return g.edge()
	case 3, 4:
		return strconv.FormatFloat(g.rng.NormFloat64()*100, 'g', -1, 64)
	}
	return strconv.Itoa(g.rng.IntN(60) - 20) // many are equal
}

func (g *generator) sortedMember() string {
	if g.chance(10) {
		return g.value()
	}
	return g.pick("m", "", "member:") + strconv.Itoa(g.rng.IntN(220))
}

func (g *generator) sortedMembers() []string {
	out := make([]string, 1+g.rng.IntN(4))
	for i := range out {
		out[i] = g.sortedMember()
	}
	return out
}

// zadd draws options in any mixture. Runs of members fill a listpack; none has as many as make Redis 7.2 change the
// encoding before it looks at them.
func (g *generator) zadd() []string {
	args := []string{"ZADD", g.sortedKey()}
	for g.chance(30) && len(args) < 6 {
		args = append(args, g.pick("NX", "XX", "GT", "LT", "CH", "INCR", "gt", "ch", "FOO"))
	}
	if g.chance(20) {
		first := g.rng.IntN(200)
		for i := range 1 + g.rng.IntN(70) {
			args = append(args, strconv.Itoa(g.rng.IntN(50)), "m"+strconv.Itoa(first+i))
		}
		return args
	}
	for range 1 + g.rng.IntN(3)*g.rng.IntN(3) {
		args = append(args, g.score(), g.sortedMember())
	}
	return args
}

// lexAdd adds members of one score. The first command is the one that may get spoiled.
func (g *generator) lexAdd() [][]string {
	key := g.lexKey()
	args := []string{"ZADD", key}
	for range 1 + g.rng.IntN(40) {
		args = append(args, "0", g.lexText())
	}
	return [][]string{{"ZCARD", key}, args}
}

func (g *generator) lexText() string {
	b := make([]byte, g.rng.IntN(4))
	for i := range b {
		b[i] = "abcd1\x00\xff"[g.rng.IntN(7)]
	}
	return string(b)
}

func (g *generator) lexBound() string {
	if g.chance(25) {
		return g.pick("-", "+", "-", "+", "a", "", "-a")
	}
	return g.pick("[", "(") + g.lexText()
}

func (g *generator) scoreBound() string {
	if g.chance(20) {
		return g.pick("-inf", "inf", "+inf", "(inf", "(-inf", "nan", "(", "", "abc")
	}
	return g.pick("", "", "(") + g.score()
}

func (g *generator) limit() []string {
	if g.chance(60) {
		return nil
	}
	return []string{g.pick("LIMIT", "limit"), strconv.Itoa(g.rng.IntN(30) - 2), g.number()}
}

// ranges draws the commands that list a range.
func (g *generator) ranges() []string {
	withScores := func() []string {
		if g.chance(50) {
			return []string{g.pick("WITHSCORES", "withscores")}
		}
		return nil
	}
	reversed := func() []string {
		if g.chance(40) {
			return []string{"REV"}
		}
		return nil
	}
	switch g.rng.IntN(8) {
	case 0:
		return slices.Concat([]string{"ZRANGE", g.scored(), g.number(), g.number()}, reversed(), withScores())
	case 1:
		return slices.Concat([]string{"ZREVRANGE", g.scored(), g.number(), g.number()}, withScores())
	case 2:
		return slices.Concat([]string{"ZRANGE", g.scored(), g.scoreBound(), g.scoreBound(), "BYSCORE"}, reversed(), g.limit(),
			withScores())
	case 3:
		return slices.Concat([]string{"ZRANGE", g.lexKey(), g.lexBound(), g.lexBound(), "BYLEX"}, reversed(), g.limit())
	case 4, 5:
		return slices.Concat([]string{g.pick("ZRANGEBYSCORE", "ZREVRANGEBYSCORE"), g.scored(), g.scoreBound(), g.scoreBound()},
			g.limit(), withScores())
	case 6:
		return slices.Concat([]string{g.pick("ZRANGEBYLEX", "ZREVRANGEBYLEX"), g.lexKey(), g.lexBound(), g.lexBound()},
			g.limit())
	}
	return []string{"ZRANGE", g.scored(), g.number(), g.number(), g.pick("BYLEX", "LIMIT", "FOO", "WITHSCORE", "REV")}
}

func (g *generator) rangeStore() []string {
	head := []string{"ZRANGESTORE", g.sortedKey()}
	switch g.rng.IntN(3) {
	case 0:
		return slices.Concat(head, []string{g.scored(), g.number(), g.number()})
	case 1:
		return slices.Concat(head, []string{g.scored(), g.scoreBound(), g.scoreBound(), "BYSCORE"}, g.limit())
	}
	return slices.Concat(head, []string{g.lexKey(), g.lexBound(), g.lexBound(), "BYLEX"}, g.limit())
}

func (g *generator) removeRange() []string {
	switch g.rng.IntN(4) {
	case 0:
		return []string{"ZREMRANGEBYLEX", g.lexKey(), g.lexBound(), g.lexBound()}
	case 1, 2:
		return []string{"ZREMRANGEBYSCORE", g.sortedKey(), g.scoreBound(), g.scoreBound()}
	}
	from := g.rng.IntN(150)
	return []string{"ZREMRANGEBYRANK", g.scored(), strconv.Itoa(from), strconv.Itoa(from + g.rng.IntN(9))}
}

// combination draws what ZUNION and its kin have after the destination.
func (g *generator) combination(weighs, scores bool) []string {
	keys := make([]string, 1+g.rng.IntN(4))
	for i := range keys {
		keys[i] = g.scored()
	}
	n := strconv.Itoa(len(keys))
	if g.chance(5) {
		n = g.number()
	}
	args := append([]string{n}, keys...)
	if weighs && g.chance(40) {
		args = append(args, g.pick("WEIGHTS", "weights"))
		for range keys {
			args = append(args, g.pick("1", "2", "-1", "0", "0.5", "1.5", g.score()))
		}
	}
	if weighs && g.chance(40) {
		args = append(args, "AGGREGATE", g.pick("SUM", "MIN", "MAX", "min", "FOO"))
	}
	if scores && g.chance(60) {
		args = append(args, "WITHSCORES")
	}
	return args
}

// rank must not be spoiled by a fourth word, which only Redis 7.2 knows.
func (g *generator) rank() [][]string {
	key := g.scored()
	return [][]string{{"ZCARD", key}, {g.pick("ZRANK", "ZREVRANK"), key, g.sortedMember()}}
}

func (g *generator) multiPop() []string {
	args := []string{"ZMPOP", "2", g.sortedKey(), g.scored(), g.pick("MIN", "MAX", "min", "FOO")}
	if g.chance(50) {
		args = append(args, "COUNT", strconv.Itoa(g.rng.IntN(6)))
	}
	return args
}

func (g *generator) zscan() [][]string {
	key := g.scored()
	args := []string{"ZSCAN", key, "0", "COUNT", allOfThem}
	if g.chance(40) {
		args = append(args, "MATCH", g.pick("*", "m1*", "m?", "*[2-4]", "nomatch", ""))
	}
	return [][]string{{"ZCARD", key}, args}
}

func (g *generator) randomScored() [][]string {
	key := g.scored()
	args := []string{"ZRANDMEMBER", key}
	if g.chance(80) {
		args = append(args, strconv.Itoa(g.rng.IntN(500)-200))
		if g.chance(50) {
			args = append(args, "WITHSCORES")
		}
	}
	return [][]string{{"TYPE", key}, args}
}

// onSortedKeys are commands for all types, here on keys that are likely to be sorted sets.
func (g *generator) onSortedKeys() []string {
	switch g.rng.IntN(8) {
	case 0:
		return []string{"COPY", g.sortedKey(), g.sortedKey(), "REPLACE"}
	case 1:
		return []string{g.pick("RENAME", "RENAMENX"), g.sortedKey(), g.sortedKey()}
	case 2:
		return []string{"DEL", g.sortedKey()}
	case 3:
		return []string{"EXPIRE", g.sortedKey(), g.seconds()}
	case 4:
		return []string{"MOVE", g.sortedKey(), g.database()}
	case 5:
		return []string{"TYPE", g.scored()}
	}
	return []string{"OBJECT", "ENCODING", g.scored()}
}

var sortedSetProductions = []production{
	one(18, (*generator).zadd),
	{5, (*generator).lexAdd},
	one(4, func(g *generator) []string { return []string{"ZINCRBY", g.sortedKey(), g.score(), g.sortedMember()} }),
	one(5, func(g *generator) []string { return append([]string{"ZREM", g.scored()}, g.sortedMembers()...) }),
	one(1, func(g *generator) []string { return []string{"ZCARD", g.scored()} }),
	one(3, func(g *generator) []string { return []string{"ZSCORE", g.scored(), g.sortedMember()} }),
	one(2, func(g *generator) []string { return append([]string{"ZMSCORE", g.scored()}, g.sortedMembers()...) }),
	{4, (*generator).rank},
	one(2, func(g *generator) []string { return []string{"ZCOUNT", g.scored(), g.scoreBound(), g.scoreBound()} }),
	one(2, func(g *generator) []string { return []string{"ZLEXCOUNT", g.lexKey(), g.lexBound(), g.lexBound()} }),
	one(10, (*generator).ranges),
	one(3, (*generator).rangeStore),
	one(3, (*generator).removeRange),
	one(3, func(g *generator) []string {
		args := []string{g.pick("ZPOPMIN", "ZPOPMAX"), g.scored()}
		if g.chance(50) {
			args = append(args, strconv.Itoa(g.rng.IntN(8)-1))
		}
		return args
	}),
	one(2, (*generator).multiPop),
	{2, (*generator).randomScored},
	{2, (*generator).zscan},
	one(4, func(g *generator) []string {
		return append([]string{g.pick("ZUNION", "ZINTER")}, g.combination(true, true)...)
	}),
	one(2, func(g *generator) []string { return append([]string{"ZDIFF"}, g.combination(false, true)...) }),
	one(4, func(g *generator) []string {
		return append([]string{g.pick("ZUNIONSTORE", "ZINTERSTORE"), g.sortedKey()}, g.combination(true, false)...)
	}),
	one(2, func(g *generator) []string {
		return append([]string{"ZDIFFSTORE", g.sortedKey()}, g.combination(false, false)...)
	}),
	one(2, func(g *generator) []string {
		args := append([]string{"ZINTERCARD"}, g.combination(false, false)...)
		if g.chance(40) {
			args = append(args, "LIMIT", g.number())
		}
		return args
	}),
	one(5, (*generator).onSortedKeys),
}

// sortedSetRule is the weakening of each sorted set command whose reply cannot be equal.
func sortedSetRule(args []string) (r rule, ok bool) {
	switch command := strings.ToUpper(args[0]); {
	case command == "ZRANDMEMBER":
		return rule{weakness: anyValue}, true
	case command == "ZSCAN":
		return rule{weakness: sortedDigits}, true
	case strings.HasPrefix(command, "Z"), strings.HasPrefix(command, "BZ"):
		return rule{weakness: digits}, true
	}
	return rule{}, false
}
