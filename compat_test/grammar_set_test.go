package compat

import (
	"strconv"
	"strings"
)

// setKey is mostly one of a few keys that only sets live at, so that these grow through all their layouts.
func (g *generator) setKey() string {
	if g.chance(25) {
		return g.key()
	}
	return "set" + strconv.Itoa(g.rng.IntN(6))
}

// source is a key for commands that do not add strings: besides setKey's, one of two where integers gather.
func (g *generator) source() string {
	if g.chance(25) {
		return g.intsKey()
	}
	return g.setKey()
}

func (g *generator) intsKey() string { return "ints" + strconv.Itoa(g.rng.IntN(2)) }

// integers are a run of integers: some fifteen fill an intset.
func (g *generator) integers() []string {
	first := g.rng.IntN(900)
	out := make([]string, 1+g.rng.IntN(90))
	for i := range out {
		out[i] = strconv.Itoa(first + i)
	}
	return out
}

func (g *generator) setKeys() []string {
	keys := make([]string, 1+g.rng.IntN(4))
	if g.chance(5) {
		keys = make([]string, 12)
	}
	for i := range keys {
		keys[i] = g.source()
	}
	return keys
}

func (g *generator) member() string {
	switch g.rng.IntN(12) {
	case 0:
		return g.value()
	case 1:
		return g.edge()
	case 2, 3:
		return "m" + strconv.Itoa(g.rng.IntN(200))
	case 4:
		return strconv.FormatInt(int64(g.rng.Uint64())>>g.rng.IntN(60), 10)
	default:
		return strconv.Itoa(g.rng.IntN(700))
	}
}

// members are a few of any kind, or many of one: two runs of strings fill a listpack.
func (g *generator) members() []string {
	if !g.chance(25) {
		out := make([]string, 1+g.rng.IntN(6))
		for i := range out {
			out[i] = g.member()
		}
		return out
	}
	prefix, first := g.pick("", "", "m", "a member of some length:"), g.rng.IntN(650)
	out := make([]string, 1+g.rng.IntN(90))
	for i := range out {
		out[i] = prefix + strconv.Itoa(first+i)
	}
	return out
}

// pop takes random members, after which the key goes, as the two servers have different ones left. The first command is
// harmless, for that is the one that may get spoiled.
func (g *generator) pop() [][]string {
	key := g.source()
	spop := []string{"SPOP", key}
	if g.chance(60) {
		spop = append(spop, strconv.Itoa(g.rng.IntN(300)))
	}
	return [][]string{{"SCARD", key}, spop, {"SCARD", key}, {"DEL", key}}
}

// popAll takes all members.
func (g *generator) popAll() [][]string {
	key := g.source()
	return [][]string{{"SCARD", key}, {"SPOP", key, allOfThem}, {"EXISTS", key}}
}

// allOfThem is a count that no set reaches.
const allOfThem = "100000"

// sample has counts that neither server makes a long reply of.
func (g *generator) sample() [][]string {
	key := g.source()
	args := []string{"SRANDMEMBER", key}
	if g.chance(80) {
		args = append(args, strconv.Itoa(g.rng.IntN(900)-300))
	}
	return [][]string{{"TYPE", key}, args}
}

func (g *generator) sscan() [][]string {
	key := g.source()
	args := []string{"SSCAN", key, "0", "COUNT", allOfThem}
	if g.chance(40) {
		args = append(args, "MATCH", g.pick("*", "1*", "m?", "*[2-4]", "[^1]*", "nomatch", ""))
	}
	if g.chance(8) {
		args = append(args, g.pick("COUNT", "FOO", "MATCH", "TYPE"))
	}
	return [][]string{{"SCARD", key}, args}
}

func (g *generator) interCard() []string {
	keys := g.setKeys()
	n := strconv.Itoa(len(keys))
	if g.chance(10) {
		n = g.number()
	}
	args := append([]string{"SINTERCARD", n}, keys...)
	if g.chance(40) {
		args = append(args, g.pick("LIMIT", "limit", "FOO"), g.number())
	}
	return args
}

// onSetKeys are commands for all types, here on keys that are likely to be sets.
func (g *generator) onSetKeys() []string {
	switch g.rng.IntN(9) {
	case 0:
		return []string{"COPY", g.source(), g.setKey(), "REPLACE"}
	case 1:
		return []string{g.pick("RENAME", "RENAMENX"), g.setKey(), g.setKey()}
	case 2:
		return []string{"DEL", g.setKey()}
	case 3:
		return []string{"EXPIRE", g.setKey(), g.seconds()}
	case 4:
		return []string{"MOVE", g.setKey(), g.database()}
	case 5:
		return []string{"TYPE", g.setKey()}
	case 6:
		return []string{"SET", g.setKey(), g.value()}
	}
	return []string{"OBJECT", "ENCODING", g.source()}
}

var setProductions = []production{
	one(16, func(g *generator) []string { return append([]string{"SADD", g.setKey()}, g.members()...) }),
	one(8, func(g *generator) []string { return append([]string{"SADD", g.intsKey()}, g.integers()...) }),
	one(1, func(g *generator) []string { return append([]string{"SREM", g.intsKey()}, g.integers()...) }),
	one(6, func(g *generator) []string { return append([]string{"SREM", g.setKey()}, g.members()...) }),
	one(3, func(g *generator) []string { return []string{"SMOVE", g.source(), g.setKey(), g.member()} }),
	one(2, func(g *generator) []string { return []string{"SCARD", g.source()} }),
	one(3, func(g *generator) []string { return []string{"SISMEMBER", g.source(), g.member()} }),
	one(2, func(g *generator) []string { return append([]string{"SMISMEMBER", g.source()}, g.members()...) }),
	one(2, func(g *generator) []string { return []string{"SMEMBERS", g.source()} }),
	one(6, func(g *generator) []string {
		return append([]string{g.pick("SINTER", "SUNION", "SDIFF")}, g.setKeys()...)
	}),
	one(4, func(g *generator) []string {
		return append([]string{g.pick("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), g.setKey()}, g.setKeys()...)
	}),
	one(2, (*generator).interCard),
	{1, (*generator).pop},
	{1, (*generator).popAll},
	{2, (*generator).sample},
	{2, (*generator).sscan},
	one(6, (*generator).onSetKeys),
}

// setRule is the weakening of each set command whose reply cannot be equal: sets have no order.
func setRule(args []string) (r rule, ok bool) {
	switch strings.ToUpper(args[0]) {
	case "SMEMBERS", "SINTER", "SUNION", "SDIFF", "SSCAN":
		return rule{weakness: sorted}, true
	case "SPOP":
		if len(args) == 3 && args[2] == allOfThem {
			return rule{weakness: sorted}, true
		}
		return rule{weakness: anyValue}, true
	case "SRANDMEMBER":
		return rule{weakness: anyValue}, true
	}
	return rule{}, false
}
