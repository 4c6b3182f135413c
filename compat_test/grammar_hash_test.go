package compat

import (
	"strconv"
	"strings"
)

// hashKey is mostly one of a few keys that only hashes live at, so that these grow through their layouts.
func (g *generator) hashKey() string {
	if g.chance(20) {
		return g.key()
	}
	return "hash" + strconv.Itoa(g.rng.IntN(6))
}

// field draws from names that a hash of some hundred fields has.
func (g *generator) field() string {
	switch g.rng.IntN(16) {
	case 0:
		return g.value()
	case 1:
		return g.edge()
	case 2, 3, 4:
		return strconv.Itoa(g.rng.IntN(60))
	default:
		return "field:" + strconv.Itoa(g.rng.IntN(640))
	}
}

func (g *generator) someFields() []string {
	fields, name := make([]string, 1+g.rng.IntN(5)), g.field
	if g.chance(30) {
		name = g.fieldOfRecord
	}
	for i := range fields {
		fields[i] = name()
	}
	return fields
}

// fieldValues are a few fields with values, or a run of them: some runs fill a listpack, and a long value ends it earlier.
func (g *generator) fieldValues() []string {
	var out []string
	if g.chance(20) {
		first := g.rng.IntN(450)
		for i := range 1 + g.rng.IntN(200) {
			out = append(out, "field:"+strconv.Itoa(first+i), strconv.Itoa(g.rng.IntN(100_000)))
		}
		return out
	}
	name := g.field
	if g.chance(30) {
		name = g.fieldOfRecord
	}
	for range 1 + g.rng.IntN(4) {
		value := g.value()
		if len(value) > 64 && g.chance(90) {
			value = value[:64]
		}
		out = append(out, name(), value)
		if g.chance(8) {
			out = append(out, out[len(out)-2], g.value()) // the same field again
		}
	}
	return out
}

// fieldOfRecord draws from the few names that records share, so that commands name fields that are there, and some twice.
func (g *generator) fieldOfRecord() string { return "f" + strconv.Itoa(g.rng.IntN(8)) }

func (g *generator) hset() []string {
	args := append([]string{g.pick("HSET", "HSET", "HSET", "HMSET"), g.hashKey()}, g.fieldValues()...)
	if g.chance(4) {
		args = args[:len(args)-1]
	}
	return args
}

// hrandfield has counts that neither server makes a long reply of.
func (g *generator) hrandfield() [][]string {
	key := g.hashKey()
	args := []string{"HRANDFIELD", key}
	if g.chance(80) {
		args = append(args, strconv.Itoa(g.rng.IntN(500)-200))
		if g.chance(50) {
			args = append(args, g.pick("WITHVALUES", "withvalues", "FOO"))
		}
	}
	return [][]string{{"HLEN", key}, args}
}

// hscan asks for all fields at once: cursors in between are the server's own.
func (g *generator) hscan() [][]string {
	key := g.hashKey()
	args := []string{"HSCAN", key, "0", "COUNT", allOfThem}
	if g.chance(40) {
		args = append(args, "MATCH", g.pick("*", "field*", "1?", "*[2-4]", "[^f]*", "nomatch", ""))
	}
	if g.chance(8) {
		args = append(args, g.pick("COUNT", "FOO", "MATCH", "TYPE"))
	}
	return [][]string{{"HLEN", key}, args}
}

// onHashKeys are commands for all types, here on keys that are likely to be hashes.
func (g *generator) onHashKeys() []string {
	switch g.rng.IntN(10) {
	case 0:
		return []string{"COPY", g.hashKey(), g.hashKey(), "REPLACE"}
	case 1:
		return []string{g.pick("RENAME", "RENAMENX"), g.hashKey(), g.hashKey()}
	case 2:
		return []string{"DEL", g.hashKey()}
	case 3:
		return []string{"EXPIRE", g.hashKey(), g.seconds()}
	case 4:
		return []string{"MOVE", g.hashKey(), g.database()}
	case 5:
		return []string{"TYPE", g.hashKey()}
	case 6:
		return []string{"SET", g.hashKey(), g.value()}
	case 7:
		return []string{"PERSIST", g.hashKey()}
	}
	return []string{"OBJECT", "ENCODING", g.hashKey()}
}

var hashProductions = []production{
	one(18, (*generator).hset),
	one(3, func(g *generator) []string { return []string{"HSETNX", g.hashKey(), g.field(), g.value()} }),
	one(8, func(g *generator) []string { return []string{"HGET", g.hashKey(), g.field()} }),
	one(3, func(g *generator) []string { return append([]string{"HMGET", g.hashKey()}, g.someFields()...) }),
	one(6, func(g *generator) []string { return append([]string{"HDEL", g.hashKey()}, g.someFields()...) }),
	one(2, func(g *generator) []string {
		args := []string{"HDEL", g.hashKey()}
		for i := range 640 {
			args = append(args, "field:"+strconv.Itoa(i))
		}
		return args
	}),
	one(2, func(g *generator) []string { return []string{"HEXISTS", g.hashKey(), g.field()} }),
	one(2, func(g *generator) []string { return []string{"HLEN", g.hashKey()} }),
	one(2, func(g *generator) []string { return []string{"HSTRLEN", g.hashKey(), g.field()} }),
	one(3, func(g *generator) []string { return []string{g.pick("HKEYS", "HVALS", "HGETALL"), g.hashKey()} }),
	one(5, func(g *generator) []string { return []string{"HINCRBY", g.hashKey(), g.field(), g.number()} }),
	one(4, func(g *generator) []string { return []string{"HINCRBYFLOAT", g.hashKey(), g.field(), g.float()} }),
	{2, (*generator).hrandfield},
	{2, (*generator).hscan},
	one(6, (*generator).onHashKeys),
}

// hashRule is the weakening of each hash command whose reply cannot be equal: a table of fields has no order.
func hashRule(args []string) (r rule, ok bool) {
	switch strings.ToUpper(args[0]) {
	case "HKEYS", "HVALS", "HGETALL", "HSCAN":
		return rule{weakness: sorted}, true
	case "HRANDFIELD":
		return rule{weakness: anyValue}, true
	}
	return rule{}, false
}
