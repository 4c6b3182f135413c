package compat

import "strconv"

var sortProductions = []production{{6, (*generator).sort}}

// sort draws SORT over a list of its own, or over a copy of any key: Redis lays a sorted set out anew in order to sort it. Where
// elements compare equal, as texts of other keys may, those of sets and sorted sets come in an order of the server's own:
// only the list is sorted so.
func (g *generator) sort() [][]string {
	lines := [][]string{{"DEL", "sorting"}}
	own := g.chance(50)
	if own {
		push := []string{"RPUSH", "sorting"}
		for range 1 + g.rng.IntN(30) {
			push = append(push, g.sortElement())
		}
		lines = append(lines, push)
	} else {
		key := g.key()
		if g.chance(30) {
			key = "g" + strconv.Itoa(g.rng.IntN(3)) // sorted sets
		}
		lines = append(lines, []string{"COPY", key, "sorting", "REPLACE"})
	}
	args, target := []string{g.pick("SORT", "SORT", "SORT", "SORT_RO"), "sorting"}, "sorted"+strconv.Itoa(g.rng.IntN(2))
	by, alpha := g.chance(40), g.chance(40)
	switch {
	case own && by:
		args = append(args, "BY", g.pick("k*", "lcs*", "none*", "k*->f1", "nosort", "k1", ""))
	case by && !alpha:
		args = append(args, "BY", g.pick("k*", "lcs*", "none*"))
	}
	if alpha {
		args = append(args, g.pick("ALPHA", "alpha"))
	}
	if alpha && !own { // what is not stored is compared up to the first NUL byte
		args = append(args, "STORE", target)
	}
	for g.chance(60) {
		switch g.rng.IntN(5) {
		case 0:
			args = append(args, "GET", g.sortPattern())
		case 1:
			args = append(args, "LIMIT", g.number(), g.number())
		case 2:
			args = append(args, g.pick("STORE", "STORE", "FOO", "LIMIT"), target)
		default:
			args = append(args, g.pick("ASC", "DESC", "desc"))
		}
	}
	// Redis does not clear the C library's error of a number out of range, which a command before may have left: INCRBYFLOAT does.
	return append(lines, []string{"INCRBYFLOAT", "clear", "1"}, args, []string{"LRANGE", target, "0", "-1"}, []string{"DEL", target, "sorting"})
}

// sortElement is mostly the rest of a key's name.
func (g *generator) sortElement() string {
	if g.chance(10) {
		return g.value()
	}
	return strconv.Itoa(g.rng.IntN(24))
}

func (g *generator) sortPattern() string {
	return g.pick("#", "k*", "k*x", "*", "none*", "k1", "*->f1", "k*->f1", "", "#x")
}
