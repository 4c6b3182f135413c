package server

import (
	"slices"
	"strconv"
)

func (m *mix) sketchKey() string { return "h" + strconv.Itoa(m.IntN(5)) }

func (m *mix) sketchKeys() (out []string) {
	for range 1 + m.IntN(3) {
		out = append(out, m.sketchKey())
	}
	return out
}

// hyperLogLogArguments are those of commands that write.
var hyperLogLogArguments = map[string]func(m *mix) []string{
	"pfadd": func(m *mix) []string {
		return slices.Concat(one(m.sketchKey()), m.pick(nil, one(m.number()), []string{m.number(), m.value()}))
	},
	"pfmerge": (*mix).sketchKeys,
	"pfcount": func(m *mix) []string { return m.pick(m.sketchKeys(), one(m.key())) },
	"pfdebug": func(m *mix) []string {
		return []string{[]string{"TODENSE", "GETREG", "DECODE", "ENCODING"}[m.IntN(4)], m.sketchKey()}
	},
}

var hyperLogLogReadArguments = map[string][]string{"pfcount": {"x"}}
