package server

import (
	"slices"
	"strconv"
)

func (m *mix) geoKey() string { return "g" + strconv.Itoa(m.IntN(3)) }

func (m *mix) degrees() string { return strconv.FormatFloat(15+float64(m.IntN(40))/10, 'f', -1, 64) }

func (m *mix) member() string { return "m" + strconv.Itoa(m.IntN(20)) }

// searchOptions are what a search that stores takes.
func (m *mix) searchOptions() []string {
	return slices.Concat(m.pick(nil, one("ASC"), one("DESC")), m.pick(nil, []string{"COUNT", "3"}, []string{"COUNT", "2", "ANY"}))
}

// geoArguments are those of commands that write.
var geoArguments = map[string]func(m *mix) []string{
	"geoadd": func(m *mix) []string {
		return slices.Concat(one(m.geoKey()), m.pick(nil, nil, one("NX"), one("XX")), m.pick(nil, one("CH")),
			[]string{m.degrees(), m.degrees(), m.member(), m.degrees(), m.degrees(), m.member()})
	},
	"georadius": func(m *mix) []string {
		return slices.Concat([]string{m.geoKey(), m.degrees(), m.degrees(), strconv.Itoa(m.IntN(400)), "km"}, m.searchOptions(),
			m.pick(nil, []string{"STORE", m.key()}, []string{"STOREDIST", m.key()}))
	},
	"georadiusbymember": func(m *mix) []string {
		return slices.Concat([]string{m.geoKey(), m.member(), strconv.Itoa(m.IntN(400)), "km"}, m.searchOptions(),
			m.pick(nil, []string{"STORE", m.key()}, []string{"STOREDIST", m.key()}))
	},
	"geosearchstore": func(m *mix) []string {
		return slices.Concat([]string{m.pick(one(m.key()), one(m.geoKey()))[0], m.geoKey(), "FROMLONLAT", m.degrees(), m.degrees(),
			"BYBOX", strconv.Itoa(m.IntN(400)), "200", "km"}, m.searchOptions(), m.pick(nil, one("STOREDIST")))
	},
}

var geoReadArguments = map[string][]string{
	"geodist": {"x", "a", "b"}, "geohash": {"x", "a"}, "geopos": {"x", "a"}, "georadius_ro": {"x", "1", "1", "1", "km"},
	"georadiusbymember_ro": {"x", "a", "1", "km"}, "geosearch": {"x", "FROMLONLAT", "1", "1", "BYRADIUS", "1", "km"},
}
