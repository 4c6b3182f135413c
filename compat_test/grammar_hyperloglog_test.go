package compat

import "strconv"

// hyperLogLogProductions mix sketches with other strings, and compare all their bytes. Most sketches have keys of their own, or
// they would not live long.
var hyperLogLogProductions = []production{
	{5, (*generator).pfAdd},
	one(2, func(g *generator) []string { return append([]string{"PFCOUNT"}, g.sketchKeys()...) }),
	{1, func(g *generator) [][]string {
		keys := g.sketchKeys()
		return [][]string{append([]string{"PFMERGE"}, keys...), {"GET", keys[0]}}
	}},
	{1, (*generator).pfDebug},
	{1, (*generator).spoiledSketch},
}

func (g *generator) sketchKey() string {
	if g.chance(10) {
		return g.key()
	}
	return "h" + strconv.Itoa(g.rng.IntN(5))
}

func (g *generator) sketchKeys() []string {
	keys := make([]string, 1+g.rng.IntN(3))
	for i := range keys {
		keys[i] = g.sketchKey()
	}
	return keys
}

// pfAdd now and then adds so many elements that the sketch becomes dense.
func (g *generator) pfAdd() [][]string {
	key := g.sketchKey()
	args, n := []string{"PFADD", key}, g.rng.IntN(6)
	if g.chance(3) {
		n = 400
	}
	for range n {
		args = append(args, strconv.Itoa(g.rng.IntN(3000)))
	}
	if g.chance(20) {
		args = append(args, g.value())
	}
	return [][]string{args, {"GET", key}}
}

func (g *generator) pfDebug() [][]string {
	key := g.sketchKey()
	return [][]string{{"PFDEBUG", g.pick("ENCODING", "DECODE", "TODENSE", "FOO", "GETREG"), key}, {"GET", key}}
}

// spoiledSketch overwrites part of a string that may be a sketch, with runs that need not add up. Afterwards the key is removed:
// Redis has changed a corrupt sketch before it refuses to, and reads a run that is cut off beyond its end.
func (g *generator) spoiledSketch() [][]string {
	key := g.sketchKey()
	runs := g.pick("\x7f\xff", "\x00", "\x7f\xfe", "\x7f\xfe\x00", "\x80", "\xff\x00", "\x7f\xef\x0f", "\x7f\xff\x00", "\x7f\xff\x80")
	return [][]string{
		{"SET", key, "HYLL\x01" + g.pick("\x00\x00\x00", "abc") + "\x00\x00\x00\x00\x00\x00\x00\x80" + runs},
		{g.pick("PFCOUNT", "PFADD", "PFCOUNT"), key},
		append([]string{"PFCOUNT", key}, g.sketchKeys()...),
		{"PFMERGE", g.sketchKey(), key},
		{"DEL", key},
	}
}
