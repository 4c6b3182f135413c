package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"synap/store"
)

// sortedSetText is the members of a sorted set with their scores.
func sortedSetText(e store.Entry) string {
	var b strings.Builder
	e.SortedSet().Each(func(member []byte, score float64) bool {
		fmt.Fprintf(&b, "%q:%v ", member, score)
		return true
	})
	return b.String()
}

// sortedKey is one of few keys beside those of other types.
func (m *mix) sortedKey() string {
	switch m.IntN(12) {
	case 0:
		return m.key()
	case 1:
		return m.setKey()
	}
	return "zset" + strconv.Itoa(m.IntN(6))
}

func (m *mix) score() string {
	if m.IntN(4) == 0 {
		return []string{"inf", "-inf", "0.1", "-2.5e-7", "1e18", "0"}[m.IntN(6)]
	}
	return strconv.Itoa(m.IntN(40) - 10)
}

// scored is some members with scores, or a run that takes a sorted set to its large encoding.
func (m *mix) scored() (out []string) {
	if m.IntN(5) == 0 {
		first := m.IntN(200)
		for i := range m.IntN(100) {
			out = append(out, m.score(), "m"+strconv.Itoa(first+i))
		}
	}
	for len(out) == 0 || m.IntN(3) > 0 {
		out = append(out, m.score(), m.value())
	}
	return out
}

// combination is what ZUNIONSTORE and its kin have after the destination.
func (m *mix) combination(weighs bool) (out []string) {
	n := 1 + m.IntN(3)
	out = append(out, strconv.Itoa(n))
	for range n {
		out = append(out, m.sortedKey())
	}
	if weighs && m.IntN(3) == 0 {
		out = append(out, "WEIGHTS")
		for range n {
			out = append(out, m.score())
		}
	}
	if weighs && m.IntN(3) == 0 {
		out = append(out, "AGGREGATE", []string{"SUM", "MIN", "MAX"}[m.IntN(3)])
	}
	return out
}

// sortedSetArguments are those of commands on sorted sets.
var sortedSetArguments = map[string]func(m *mix) []string{
	"zadd": func(m *mix) []string {
		if m.IntN(6) == 0 {
			return []string{m.sortedKey(), "INCR", m.score(), m.value()}
		}
		return words(m.sortedKey(), m.pick(nil, nil, one("NX"), one("XX"), one("GT"), one("LT"), []string{"CH", "GT", "XX"}),
			m.scored())
	},
	"zincrby": func(m *mix) []string { return []string{m.sortedKey(), m.score(), m.value()} },
	"zrem": func(m *mix) []string {
		return []string{m.sortedKey(), m.value(), m.value(), "m" + strconv.Itoa(m.IntN(300))}
	},
	"zpopmin": func(m *mix) []string { return words(m.sortedKey(), m.pick(nil, one("0"), one("2"), one("7"))) },
	"zpopmax": func(m *mix) []string { return words(m.sortedKey(), m.pick(nil, one("0"), one("2"), one("7"))) },
	"zmpop": func(m *mix) []string {
		return words("2", []string{m.sortedKey(), m.sortedKey()}, m.pick(one("MIN"), one("MAX")),
			m.pick(nil, []string{"COUNT", "3"}))
	},
	"zrangestore": func(m *mix) []string {
		return words(m.sortedKey(), one(m.sortedKey()), m.pick([]string{"1", "-2"}, []string{"0", "(20", "BYSCORE"},
			[]string{"20", "-5", "BYSCORE", "REV", "LIMIT", "1", "5"}))
	},
	"zremrangebyrank":  func(m *mix) []string { return []string{m.sortedKey(), "1", strconv.Itoa(m.IntN(9))} },
	"zremrangebyscore": func(m *mix) []string { return []string{m.sortedKey(), m.score(), m.score()} },
	"zremrangebylex":   func(m *mix) []string { return []string{m.sortedKey(), "[m1", "(m12"} },
	"zunionstore":      func(m *mix) []string { return words(m.sortedKey(), m.combination(true)) },
	"zinterstore":      func(m *mix) []string { return words(m.sortedKey(), m.combination(true)) },
	"zdiffstore":       func(m *mix) []string { return words(m.sortedKey(), m.combination(false)) },
}

var sortedSetReadArguments = map[string][]string{
	"zcard": {"x"}, "zscore": {"x", "m"}, "zmscore": {"x", "m", "n"}, "zrank": {"x", "m"}, "zrevrank": {"x", "m"},
	"zcount": {"x", "0", "1"}, "zlexcount": {"x", "-", "+"}, "zrange": {"x", "0", "-1"}, "zrevrange": {"x", "0", "-1"},
	"zrangebyscore": {"x", "0", "1"}, "zrevrangebyscore": {"x", "1", "0"}, "zrangebylex": {"x", "-", "+"},
	"zrevrangebylex": {"x", "+", "-"}, "zrandmember": {"x", "3"}, "zscan": {"x", "0"}, "zunion": {"2", "x", "x"},
	"zinter": {"2", "x", "x"}, "zintercard": {"2", "x", "x"}, "zdiff": {"2", "x", "x"},
}

// TestSortedSetUnits: what sorted sets leave in the stream.
func TestSortedSetUnits(t *testing.T) {
	runEffectScripts(t, []effectScript{
		{"as sent", "", "ZADD z 1 a 2 b ; ZINCRBY z 1.5 a ; ZADD z INCR 1 b ; ZREM z a x",
			"0:ZADD z 1 a 2 b\n0:ZINCRBY z 1.5 a\n0:ZADD z INCR 1 b\n0:ZREM z a x"},
		{"pops", "ZADD z 1 a 2 b 3 c 4 d", "ZPOPMIN z ; ZPOPMAX z 9", "0:ZPOPMIN z\n0:ZPOPMAX z 9"},
		{"the key that ZMPOP has found", "ZADD z 1 a 2 b 3 c 4 d", "ZMPOP 2 y z MIN ; ZMPOP 2 y z MAX COUNT 9",
			"0:ZPOPMIN z 1\n0:ZPOPMAX z 3"},
		{"in EXEC", "ZADD z 1 a 2 b", "MULTI ; ZMPOP 1 z MIN ; ZADD y 1 a ; EXEC", "0:ZPOPMIN z 1; 0:ZADD y 1 a"},
		{"an expired source", "ZADD a 1 m ; ZADD b 1 m ; PEXPIRE a 1 ; @later", "ZUNIONSTORE d 2 a b",
			"0:DEL a; 0:ZUNIONSTORE d 2 a b"},
		{"an empty result", "ZADD a 1 m ; ZADD b 1 n", "ZINTERSTORE a 2 a b ; ZINTERSTORE a 2 a b", "0:ZINTERSTORE a 2 a b"},
		{"ranges", "ZADD z 1 a 2 b 3 c", "ZREMRANGEBYRANK z 0 0 ; ZREMRANGEBYSCORE z 9 10 ; ZRANGESTORE y z 0 0",
			"0:ZREMRANGEBYRANK z 0 0\n0:ZRANGESTORE y z 0 0"},
		{"no change", "ZADD z 1 a", "ZADD z 1 a ; ZADD z NX 5 a ; ZADD z XX 1 b ; ZADD z GT 0 a ; ZINCRBY z 0 a ; ZREM z b ; " +
			"ZPOPMIN z 0 ; ZPOPMIN y ; ZMPOP 1 y MIN ; ZREMRANGEBYRANK z 5 6 ; ZRANGESTORE y z 5 6 ; ZUNIONSTORE y 1 x", ""},
		{"refused", "ZADD z inf a ; SET s x", "ZINCRBY z -inf a ; ZADD z 1 b x c ; ZADD s 1 a ; ZUNIONSTORE z 1 s", ""},
	})
}

// TestSortedSetEvents: what keyspace events tell of sorted sets, in order.
func TestSortedSetEvents(t *testing.T) {
	for _, tt := range []struct{ before, line, want string }{
		{"", "ZADD z 1 a 2 b", "new z, zadd z"},
		{"ZADD z 1 a", "ZADD z 1 a", ""},
		{"ZADD z 1 a", "ZADD z 2 a 3 b", "zadd z"},
		{"", "ZADD z INCR 1 a", "new z, zincr z"},
		{"", "ZINCRBY z 1 a", "new z, zincr z"},
		{"ZADD z 1 a", "ZINCRBY z 0 a", ""},
		{"", "ZADD z XX 1 a", ""},
		{"ZADD z 1 a 2 b", "ZREM z a x", "zrem z"},
		{"ZADD z 1 a 2 b", "ZREM z a b", "zrem z, del z"},
		{"ZADD z 1 a", "ZREM z b", ""},
		{"ZADD z 1 a 2 b", "ZPOPMIN z", "zpopmin z"},
		{"ZADD z 1 a 2 b", "ZPOPMAX z 2", "zpopmax z, del z"},
		{"ZADD z 1 a 2 b", "ZPOPMAX z 0", ""},
		{"ZADD z 1 a 2 b", "ZMPOP 2 y z MAX", "zpopmax z"},
		{"ZADD z 1 a 2 b", "ZMPOP 2 y z MIN COUNT 5", "zpopmin z, del z"},
		{"ZADD z 1 a 2 b", "ZREMRANGEBYRANK z 0 0", "zremrangebyrank z"},
		{"ZADD z 1 a 2 b", "ZREMRANGEBYSCORE z 0 9", "zremrangebyscore z, del z"},
		{"ZADD z 1 a 1 b", "ZREMRANGEBYLEX z [a [a", "zremrangebylex z"},
		{"ZADD z 1 a 1 b", "ZREMRANGEBYLEX z [x [y", ""},
		{"ZADD z 1 a", "ZRANGESTORE y z 0 -1", "new y, zrangestore y"},
		{"ZADD z 1 a ; SET y 1", "ZRANGESTORE y z 0 -1", "zrangestore y"},
		{"ZADD z 1 a ; SET y 1", "ZRANGESTORE y z 5 6", "del y"},
		{"ZADD z 1 a", "ZUNIONSTORE y 2 z x", "new y, zunionstore y"},
		{"ZADD z 1 a", "ZINTERSTORE z 2 z z", "zinterstore z"},
		{"ZADD z 1 a", "ZINTERSTORE z 2 z x", "del z"},
		{"ZADD z 1 a", "ZDIFFSTORE y 2 z x", "new y, zdiffstore y"},
		{"ZADD z 1 a", "ZDIFFSTORE y 2 z z", ""},
	} {
		t.Run(tt.line, func(t *testing.T) {
			f := newFixture(t)
			c := f.connect()
			for line := range strings.SplitSeq(tt.before, " ; ") {
				if line != "" {
					c.do(line)
				}
			}
			var got []string
			f.srv.store.OnEvents(func(events []store.Event) {
				for _, e := range events {
					got = append(got, e.Name+" "+e.Key)
				}
			})
			f.srv.store.SelectEvents(store.EventSortedSet | store.EventGeneric | store.EventNew)
			c.do(tt.line)
			if !slices.Equal(got, slices.DeleteFunc(strings.Split(tt.want, ", "), func(s string) bool { return s == "" })) {
				t.Errorf("events %q, want %q", got, tt.want)
			}
		})
	}
}
