package server

import (
	"slices"
)

// sortArguments are those of commands that write.
var sortArguments = map[string]func(m *mix) []string{
	"sort": func(m *mix) []string {
		return slices.Concat(one(m.key()), m.pick(nil, one("ALPHA"), one("ALPHA")), m.pick(nil, one("DESC")),
			m.pick(nil, []string{"BY", "k*"}, []string{"BY", "nosort"}), m.pick(nil, []string{"GET", "k*"}, []string{"GET", "#"}),
			m.pick(nil, []string{"LIMIT", "0", "3"}), m.pick(nil, []string{"STORE", m.key()}, []string{"STORE", m.key()}))
	},
}

var sortReadArguments = map[string][]string{"sort_ro": {"x"}}
