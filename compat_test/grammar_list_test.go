package compat

import (
	"strconv"
	"strings"
)

// listKey is mostly one of a few keys that only lists live at, so that these grow to thousands of elements.
func (g *generator) listKey() string {
	if g.chance(20) {
		return g.key()
	}
	return "list" + strconv.Itoa(g.rng.IntN(6))
}

func (g *generator) end() string {
	if g.chance(3) {
		return g.pick("FOO", "", "BEFORE")
	}
	return g.pick("LEFT", "RIGHT", "left", "Right")
}

// element is one of a few values, so that it is found again.
func (g *generator) element() string {
	switch g.rng.IntN(10) {
	case 0:
		return g.value()
	case 1:
		return g.edge()
	case 2, 3:
		return strconv.Itoa(g.rng.IntN(40))
	case 4:
		return strconv.FormatInt(int64(g.rng.Uint64())>>g.rng.IntN(60), 10)
	default:
		return "item-" + strconv.Itoa(g.rng.IntN(60))
	}
}

// elements are a few of any kind, now and then many, or some that fill blocks.
func (g *generator) elements() []string {
	n := 1 + g.rng.IntN(4)
	switch g.rng.IntN(12) {
	case 0, 1:
		n = 100 + g.rng.IntN(300)
	case 2:
		out := make([]string, n)
		for i := range out {
			out[i] = g.bytes(g.rng.IntN(5000))
		}
		return out
	case 3:
		return []string{strings.Repeat("large", 1500+g.rng.IntN(3000))}
	}
	out := make([]string, n)
	for i := range out {
		out[i] = g.element()
	}
	return out
}

// index is one of a list's, more often near its ends.
func (g *generator) index() string {
	switch g.rng.IntN(6) {
	case 0:
		return g.number()
	case 1:
		return strconv.Itoa(g.rng.IntN(4000) - 2000)
	case 2:
		return strconv.Itoa(g.rng.IntN(400) - 200)
	}
	return strconv.Itoa(g.rng.IntN(12) - 6)
}

func (g *generator) popList() []string {
	args := []string{g.pick("LPOP", "RPOP"), g.listKey()}
	switch g.rng.IntN(8) {
	case 0:
		args = append(args, g.number())
	case 1:
		args = append(args, strconv.Itoa(g.rng.IntN(300)))
	case 2:
		args = append(args, strconv.Itoa(g.rng.IntN(4)))
	}
	return args
}

func (g *generator) listMultiPop() []string {
	n := 1 + g.rng.IntN(3)
	args := []string{"LMPOP", strconv.Itoa(n)}
	if g.chance(8) {
		args[1] = g.number()
	}
	for range n {
		args = append(args, g.listKey())
	}
	args = append(args, g.end())
	if g.chance(50) {
		args = append(args, g.pick("COUNT", "COUNT", "count", "FOO"), g.number())
	}
	return args
}

// lpos never has the rank that Redis 7.0 does not refuse: it is not the first command, which is the one that may get spoiled.
func (g *generator) lpos() [][]string {
	key := g.listKey()
	args := []string{"LPOS", key, g.element()}
	for g.chance(50) && len(args) < 9 {
		switch g.rng.IntN(4) {
		case 0:
			args = append(args, g.pick("RANK", "rank"), strconv.Itoa(g.rng.IntN(9)-4))
		case 1:
			args = append(args, g.pick("COUNT", "count"), g.number())
		case 2:
			args = append(args, "MAXLEN", strconv.Itoa(g.rng.IntN(800)-4))
		default:
			if g.chance(10) {
				args = append(args, g.pick("FOO", "RANK", "COUNT"))
			}
		}
	}
	return [][]string{{"LLEN", key}, args}
}

// trim mostly keeps much.
func (g *generator) trim() []string {
	switch g.rng.IntN(4) {
	case 0:
		return []string{"LTRIM", g.listKey(), g.index(), g.index()}
	case 1:
		return []string{"LTRIM", g.listKey(), "0", strconv.Itoa(g.rng.IntN(3000))}
	}
	return []string{"LTRIM", g.listKey(), strconv.Itoa(g.rng.IntN(60)), strconv.Itoa(-1 - g.rng.IntN(60))}
}

// onListKeys are commands for all types, here on keys that are likely to be lists.
func (g *generator) onListKeys() []string {
	switch g.rng.IntN(10) {
	case 0:
		return []string{"COPY", g.listKey(), g.listKey(), "REPLACE"}
	case 1:
		return []string{g.pick("RENAME", "RENAMENX"), g.listKey(), g.listKey()}
	case 2:
		return []string{"DEL", g.listKey()}
	case 3:
		return []string{"EXPIRE", g.listKey(), g.seconds()}
	case 4:
		return []string{"MOVE", g.listKey(), g.database()}
	case 5:
		return []string{"SET", g.listKey(), g.value()}
	case 6:
		return []string{g.pick("GET", "STRLEN", "INCR", "GETDEL"), g.listKey()}
	case 7:
		return []string{"APPEND", g.listKey(), g.value()}
	}
	return []string{"OBJECT", "ENCODING", g.listKey()}
}

var listProductions = []production{
	one(14, func(g *generator) []string {
		return append([]string{g.pick("LPUSH", "RPUSH"), g.listKey()}, g.elements()...)
	}),
	one(3, func(g *generator) []string {
		return append([]string{g.pick("LPUSHX", "RPUSHX"), g.listKey()}, g.elements()...)
	}),
	one(8, (*generator).popList),
	one(2, (*generator).listMultiPop),
	one(4, func(g *generator) []string { return []string{"LMOVE", g.listKey(), g.listKey(), g.end(), g.end()} }),
	one(2, func(g *generator) []string { return []string{"RPOPLPUSH", g.listKey(), g.listKey()} }),
	one(2, func(g *generator) []string { return []string{"LLEN", g.listKey()} }),
	one(4, func(g *generator) []string { return []string{"LINDEX", g.listKey(), g.index()} }),
	one(5, func(g *generator) []string { return []string{"LRANGE", g.listKey(), g.index(), g.index()} }),
	{4, (*generator).lpos},
	one(6, func(g *generator) []string {
		return []string{"LINSERT", g.listKey(), g.pick("BEFORE", "AFTER", "before", "after", "FOO"), g.element(), g.elements()[0]}
	}),
	one(6, func(g *generator) []string { return []string{"LSET", g.listKey(), g.index(), g.elements()[0]} }),
	one(3, func(g *generator) []string {
		return []string{"LREM", g.listKey(), strconv.Itoa(g.rng.IntN(9) - 4), g.element()}
	}),
	one(1, func(g *generator) []string { return []string{"LREM", g.listKey(), g.number(), g.element()} }),
	one(3, (*generator).trim),
	one(5, (*generator).onListKeys),
}
