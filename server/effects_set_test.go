package server

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"synap/store"
)

// setText is the members of a set: their order is not the set's.
func setText(e store.Entry) string {
	var members []string
	e.Set().Each(func(x store.Member) bool {
		members = append(members, strconv.Quote(string(x.Bytes(nil))))
		return true
	})
	slices.Sort(members)
	return strings.Join(members, " ")
}

// setKey is one of few keys beside those of other types.
func (m *mix) setKey() string {
	if m.IntN(6) == 0 {
		return m.key()
	}
	return "set" + strconv.Itoa(m.IntN(6))
}

func (m *mix) setKeys() (out []string) {
	for range 1 + m.IntN(3) {
		out = append(out, m.setKey())
	}
	return out
}

// members are some of any kind, or a run that takes a set to its next layout.
func (m *mix) members() (out []string) {
	if m.IntN(4) == 0 {
		prefix, first := []string{"", "", "m"}[m.IntN(3)], m.IntN(500)
		for i := range m.IntN(120) {
			out = append(out, prefix+strconv.Itoa(first+i))
		}
	}
	for len(out) == 0 || m.IntN(3) > 0 {
		out = append(out, m.value())
	}
	return out
}

// setArguments are those of commands on sets. Counts of SPOP are such that what is left is not laid out anew: a replay,
// which removes one by one, would leave it as it was, in Redis too.
var setArguments = map[string]func(m *mix) []string{
	"sadd":  func(m *mix) []string { return words(m.setKey(), m.members()) },
	"srem":  func(m *mix) []string { return words(m.setKey(), m.members()) },
	"smove": func(m *mix) []string { return []string{m.setKey(), m.setKey(), m.value()} },
	"spop": func(m *mix) []string {
		return words(m.setKey(), m.pick(nil, one("0"), one("1"), one("2"), one("4"), one("100000")))
	},
	"sinterstore": func(m *mix) []string { return words(m.setKey(), m.setKeys()) },
	"sunionstore": func(m *mix) []string { return words(m.setKey(), m.setKeys()) },
	"sdiffstore":  func(m *mix) []string { return words(m.setKey(), m.setKeys()) },
}

var setReadArguments = map[string][]string{
	"scard": {"x"}, "sismember": {"x", "m"}, "smismember": {"x", "m", "n"}, "smembers": {"x"}, "sscan": {"x", "0"},
	"srandmember": {"x", "3"}, "sinter": {"x", "x"}, "sintercard": {"2", "x", "x", "LIMIT", "1"}, "sunion": {"x", "x"},
	"sdiff": {"x", "x"},
}

// TestSetUnits: what sets leave in the stream among other commands.
func TestSetUnits(t *testing.T) {
	runEffectScripts(t, []effectScript{
		{"chance is resolved", "SADD a 1", "SPOP a ; SADD a 2 ; SPOP a 5", "0:SREM a 1\n0:SADD a 2\n0:DEL a"},
		{"in EXEC", "SADD a 1", "MULTI ; SADD b 2 ; SPOP a ; SPOP b 1 ; SPOP b ; EXEC", "0:SADD b 2; 0:SREM a 1; 0:DEL b"},
		{"an expired source", "SADD a 1 ; SADD b 1 2 ; PEXPIRE a 1 ; @later", "SDIFFSTORE d b a", "0:DEL a; 0:SDIFFSTORE d b a"},
		{"an expired target", "SADD a 1 ; SADD b 1 2 ; PEXPIRE a 1 ; @later", "SUNIONSTORE a b", "0:DEL a; 0:SUNIONSTORE a b"},
		{"an empty result", "SADD a 1 ; SADD b 2", "SINTERSTORE a a b", "0:SINTERSTORE a a b"},
		{"no change", "SADD a 1", "SADD a 1 ; SREM a 2 ; SPOP a 0 ; SMOVE a b 3 ; SINTERSTORE x a y", ""},
	})
}
