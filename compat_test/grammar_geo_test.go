package compat

import (
	"regexp"
	"strconv"
)

// geoProductions put members in few enough places that some share one.
var geoProductions = []production{
	one(4, (*generator).geoAdd),
	one(2, func(g *generator) []string {
		args := []string{g.pick("GEOPOS", "GEOHASH", "GEODIST"), g.geoKey(), g.geoMember()}
		for range g.rng.IntN(4) {
			args = append(args, g.pick(g.geoMember(), g.geoMember(), "km"))
		}
		return args
	}),
	{6, (*generator).geoSearch},
}

// geoDistances is the rule for what measures: the last digits depend on the C library's sine, and Redis 7.2 rounds them
// differently from 7.0.
var geoDistances = rule{weakness: masked, mask: regexp.MustCompile(`\.\d{4}"`)}

func (g *generator) geoKey() string {
	if g.chance(10) {
		return g.key()
	}
	return "g" + strconv.Itoa(g.rng.IntN(3))
}

func (g *generator) geoMember() string { return "m" + strconv.Itoa(g.rng.IntN(40)) }

// coordinate is mostly near 15 degrees, sometimes anywhere.
func (g *generator) coordinate() string {
	switch {
	case g.chance(5):
		return g.edge()
	case g.chance(15):
		return strconv.Itoa(g.rng.IntN(360) - 180)
	case g.chance(50):
		return strconv.FormatFloat(15+float64(g.rng.IntN(8))/4, 'f', -1, 64)
	}
	return strconv.FormatFloat(15+g.rng.Float64(), 'f', 6, 64)
}

func (g *generator) geoAdd() []string {
	args := []string{"GEOADD", g.geoKey()}
	for g.chance(20) {
		args = append(args, g.pick("NX", "XX", "CH", "ch"))
	}
	for range 1 + g.rng.IntN(4) {
		args = append(args, g.coordinate(), g.coordinate(), g.geoMember())
	}
	return args
}

func (g *generator) distance() string {
	if g.chance(5) {
		return g.edge()
	}
	return strconv.FormatFloat(g.rng.ExpFloat64()*300, 'f', 2, 64)
}

func (g *generator) geoUnit() string { return g.pick("km", "km", "KM", "mi", "m", "ft", "yd") }

// geoSearch removes what it has stored by distance: all digits of the scores count when the data are compared.
func (g *generator) geoSearch() (lines [][]string) {
	target := "gs" + strconv.Itoa(g.rng.IntN(2))
	name := g.pick("GEOSEARCH", "GEOSEARCH", "GEORADIUS", "GEORADIUS_RO", "GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO", "GEOSEARCHSTORE")
	args := []string{name}
	if name == "GEOSEARCHSTORE" {
		args = append(args, target)
	}
	args = append(args, g.geoKey())
	switch name {
	case "GEORADIUS", "GEORADIUS_RO":
		args = append(args, g.coordinate(), g.coordinate(), g.distance(), g.geoUnit())
	case "GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO":
		args = append(args, g.geoMember(), g.distance(), g.geoUnit())
	default:
		if g.chance(50) {
			args = append(args, "FROMMEMBER", g.geoMember())
		} else {
			args = append(args, "FROMLONLAT", g.coordinate(), g.coordinate())
		}
		if g.chance(50) {
			args = append(args, "BYRADIUS", g.distance(), g.geoUnit())
		} else {
			args = append(args, "BYBOX", g.distance(), g.distance(), g.geoUnit())
		}
	}
	for g.chance(45) {
		switch g.rng.IntN(8) {
		case 0:
			args = append(args, g.pick("WITHDIST", "WITHHASH", "WITHCOORD"))
		case 1:
			args = append(args, "COUNT", strconv.Itoa(g.rng.IntN(8)))
		case 2:
			args = append(args, "COUNT", strconv.Itoa(1+g.rng.IntN(8)), "ANY")
		case 3:
			if name == "GEORADIUS" || name == "GEORADIUSBYMEMBER" {
				args = append(args, g.pick("STORE", "STOREDIST"), target)
			}
		case 4:
			args = append(args, g.pick("STOREDIST", "ANY", "FOO", "STORE"))
		default:
			args = append(args, g.pick("ASC", "DESC"))
		}
	}
	return [][]string{args, {"ZRANGE", target, "0", "-1"}, {"DEL", target, "ANY", "FOO", "ASC", "DESC"}}
}
