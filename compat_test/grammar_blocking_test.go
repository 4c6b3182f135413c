package compat

import (
	"slices"
	"strconv"
)

// timeout is a time limit. There is nobody to serve who waits in the random stream, so all limits are short.
func (g *generator) timeout() string {
	if g.chance(4) {
		return g.pick("-1", "abc", "", "-0.5", "nan", "1.5.5")
	}
	return g.pick("0.001", "0.002", ".001", "1e-3", "0.0000001")
}

// supplied is a command that may wait, most often behind one that gives it something: waiting takes as long as Redis takes
// to notice that the time is up, which is up to a tenth of a second.
func (g *generator) supplied(supply, command []string) [][]string {
	if g.chance(2) {
		return [][]string{command}
	}
	return [][]string{supply, command}
}

// some are key and up to two more keys drawn by draw, in random order.
func (g *generator) some(key string, draw func() string) []string {
	keys := []string{key}
	for range g.rng.IntN(3) {
		keys = append(keys, draw())
	}
	g.rng.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	return keys
}

// blockingPop is a command that takes from the first of some keys.
func (g *generator) blockingPop(name string, keys []string) []string {
	return append(append([]string{name}, keys...), g.timeout())
}

// blockingMultiPop is a command that takes some from the first of some keys.
func (g *generator) blockingMultiPop(name, end string, keys []string) []string {
	args := append(append([]string{name, g.timeout(), strconv.Itoa(len(keys))}, keys...), end)
	if g.chance(50) {
		args = append(args, "COUNT", strconv.Itoa(1+g.rng.IntN(20)))
	}
	return args
}

// blockingProductions are commands that wait, where there is something to take or the time is up soon.
var blockingProductions = []production{
	{6, func(g *generator) [][]string {
		key := g.listKey()
		keys, command := g.some(key, g.listKey), []string(nil)
		switch g.rng.IntN(4) {
		case 0:
			command = g.blockingMultiPop("BLMPOP", g.end(), keys)
		case 1:
			command = []string{"BLMOVE", key, g.listKey(), g.end(), g.end(), g.timeout()}
		case 2:
			command = []string{"BRPOPLPUSH", key, g.listKey(), g.timeout()}
		default:
			command = g.blockingPop(g.pick("BLPOP", "BRPOP"), keys)
		}
		return g.supplied([]string{g.pick("LPUSH", "RPUSH"), key, g.element()}, command)
	}},
	{4, func(g *generator) [][]string {
		key := g.sortedKey()
		keys, command := g.some(key, g.sortedKey), []string(nil)
		if g.chance(30) {
			command = g.blockingMultiPop("BZMPOP", g.pick("MIN", "MAX"), keys)
		} else {
			command = g.blockingPop(g.pick("BZPOPMIN", "BZPOPMAX"), keys)
		}
		return g.supplied([]string{"ZADD", key, g.score(), g.sortedMember()}, command)
	}},
}

// blocking reports whether a command may wait.
func blocking(command string) bool {
	return slices.Contains([]string{"BLPOP", "BRPOP", "BLMPOP", "BLMOVE", "BRPOPLPUSH", "BZPOPMIN", "BZPOPMAX", "BZMPOP"}, command)
}
