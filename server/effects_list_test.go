package server

import (
	"strconv"
	"strings"
	"testing"

	"synap/store"
)

// listText is the elements of a list.
func listText(e store.Entry) string {
	var elements []string
	for c, ok := e.List().At(0), true; ok; ok = c.Next() {
		x := c.Elem()
		elements = append(elements, strconv.Quote(string(x.Append(nil))))
	}
	return strings.Join(elements, " ")
}

// listKey is one of few keys beside those of other types.
func (m *mix) listKey() string {
	if m.IntN(6) == 0 {
		return m.key()
	}
	return "list" + strconv.Itoa(m.IntN(5))
}

func (m *mix) end() string { return []string{"LEFT", "RIGHT"}[m.IntN(2)] }

// element is one of few values, or one of the mixed kind.
func (m *mix) element() string {
	if m.IntN(3) == 0 {
		return m.value()
	}
	return "item-" + strconv.Itoa(m.IntN(30))
}

// elements are some, now and then so many that a list becomes a deque.
func (m *mix) elements() (out []string) {
	if m.IntN(8) == 0 {
		for range m.IntN(900) {
			out = append(out, m.element())
		}
	}
	for len(out) == 0 || m.IntN(3) > 0 {
		out = append(out, m.element())
	}
	return out
}

func (m *mix) index() string { return strconv.Itoa(m.IntN(40) - 20) }

func (m *mix) pushed() []string { return words(m.listKey(), m.elements()) }

func (m *mix) popped() []string {
	return words(m.listKey(), m.pick(nil, nil, one(strconv.Itoa(m.IntN(5))), one(strconv.Itoa(m.IntN(900)))))
}

// listArguments are those of commands on lists.
var listArguments = map[string]func(m *mix) []string{
	"lpush":  (*mix).pushed,
	"rpush":  (*mix).pushed,
	"lpushx": (*mix).pushed,
	"rpushx": (*mix).pushed,
	"lpop":   (*mix).popped,
	"rpop":   (*mix).popped,
	"lmpop": func(m *mix) []string {
		return words("2", []string{m.listKey(), m.listKey(), m.end()}, m.pick(nil, []string{"COUNT", strconv.Itoa(1 + m.IntN(300))}))
	},
	"lmove":     func(m *mix) []string { return []string{m.listKey(), m.listKey(), m.end(), m.end()} },
	"rpoplpush": func(m *mix) []string { return []string{m.listKey(), m.listKey()} },
	"linsert": func(m *mix) []string {
		return []string{m.listKey(), []string{"BEFORE", "AFTER"}[m.IntN(2)], m.element(), m.element()}
	},
	"lset": func(m *mix) []string { return []string{m.listKey(), m.index(), m.element()} },
	"lrem": func(m *mix) []string { return []string{m.listKey(), strconv.Itoa(m.IntN(7) - 3), m.element()} },
	"ltrim": func(m *mix) []string {
		return []string{m.listKey(), strconv.Itoa(m.IntN(9)), strconv.Itoa(-1 - m.IntN(9))}
	},
}

var listReadArguments = map[string][]string{
	"llen": {"x"}, "lindex": {"x", "1"}, "lrange": {"x", "0", "-1"}, "lpos": {"x", "e", "RANK", "-1", "COUNT", "0"},
}

// TestListUnits: what lists leave in the stream among other commands.
func TestListUnits(t *testing.T) {
	runEffectScripts(t, []effectScript{
		{"pops of several keys", "RPUSH b 1 2 3 4", "LMPOP 2 a b LEFT ; LMPOP 2 a b RIGHT COUNT 9 ; LMPOP 2 a b LEFT",
			"0:LPOP b 1\n0:RPOP b 3"},
		{"as sent", "RPUSH a 1 2 3", "lpop a ; RPOP a 5 ; LPUSH b x y ; LMOVE b c LEFT RIGHT ; RPOPLPUSH b c ; LTRIM c 0 0",
			"0:lpop a\n0:RPOP a 5\n0:LPUSH b x y\n0:LMOVE b c LEFT RIGHT\n0:RPOPLPUSH b c\n0:LTRIM c 0 0"},
		{"in EXEC", "RPUSH a 1 2", "MULTI ; LMPOP 1 a LEFT ; LINSERT a BEFORE 2 x ; LMPOP 1 a RIGHT COUNT 4 ; LPOP a ; EXEC",
			"0:LPOP a 1; 0:LINSERT a BEFORE 2 x; 0:RPOP a 2"},
		{"an expired list", "RPUSH a 1 ; RPUSH b 1 ; PEXPIRE a 1 ; @later", "LMPOP 2 a b LEFT ; LPUSHX a 1", "0:DEL a; 0:LPOP b 1"},
		{"an expired target", "RPUSH a 1 ; RPUSH b 1 ; PEXPIRE a 1 ; @later", "LMOVE b a LEFT LEFT", "0:DEL a; 0:LMOVE b a LEFT LEFT"},
		{"no change", "RPUSH a 1", "LPOP a 0 ; LPOP x ; LREM a 0 2 ; LTRIM a 0 -1 ; LINSERT a BEFORE 2 x ; LPUSHX x 1 ; LMPOP 1 x LEFT ; LSET a 7 x", ""},
	})
}
