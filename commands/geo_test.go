package commands

import (
	"strings"
	"testing"
)

const sicily = `GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 13.583333 37.316667 Agrigento`

func TestGeo(t *testing.T) {
	const member, unit = "-ERR could not decode requested zset member", "-ERR unsupported unit provided. please use M, KM, FT, MI"
	scripts{
		"positions": {
			sicily, ":3", `ZSCORE g Palermo`, "$16 3479099956230698", `GEOADD g NX CH 1 1 Palermo`, ":0", `GEOADD g CH 1 1 Palermo`, ":1",
			`GEOADD g XX 1 1 new`, ":0", `GEODIST g Catania Agrigento km`, "$8 134.4697", `GEODIST g Catania nobody`, "$-1",
			`GEODIST none a b`, "$-1", `GEOHASH g Catania nobody`, "*2 $11 sqdtr74hyu0 $-1", `GEOHASH none a`, "*1 $-1",
			`GEOPOS g Catania nobody`, "*2 *2 $20 15.08726745843887329 $20 37.50266842333162032 *-1",
			`@proto 3`, `GEOPOS g Catania nobody`, "*2 *2 ,15.08726745843887329 ,37.50266842333162032 _", `GEODIST g Catania Catania`, "$6 0.0000",
			`GEOADD g 181 1 x`, "-ERR invalid longitude,latitude pair 181.000000,1.000000",
			`GEOADD g 1 -inf x`, "-ERR invalid longitude,latitude pair 1.000000,-inf",
			`GEOADD g x 1 x`, "-ERR value is not a valid float", `GEODIST g Catania Catania yd`, unit,
		},
		"searches": {
			sicily, ":3", `GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC`, "*3 $7 Catania $9 Agrigento $7 Palermo",
			`GEOSEARCH g FROMMEMBER Palermo BYRADIUS 100 km WITHDIST COUNT 1`, "*1 *2 $7 Palermo $6 0.0000",
			`GEOSEARCH g FROMMEMBER Palermo BYBOX 400 50 km`, "*1 $7 Palermo", `GEORADIUSBYMEMBER g Palermo 91 km DESC`, "*2 $9 Agrigento $7 Palermo",
			`GEORADIUS g 15 37 60 km WITHHASH WITHCOORD`,
			"*1 *3 $7 Catania :3479447370796909 *2 $20 15.08726745843887329 $20 37.50266842333162032",
			`GEORADIUS_RO g 15 37 60 km STORE d`, syntaxError, `GEORADIUSBYMEMBER_RO none x y z`, "*0",
			`GEORADIUS g 15 37 60 yd`, unit, `GEORADIUSBYMEMBER g nobody 1 km`, member, `GEOSEARCH g FROMMEMBER nobody BYRADIUS 1 km`, member,
			`GEOSEARCH g FROMMEMBER a BYRADIUS 1 km`, member, `GEOSEARCH g ASC DESC ASC ASC ASC`,
			"-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH",
			`GEOSEARCH g FROMLONLAT 1 1 ASC ASC`, "-ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH",
		},
		"stored": {
			sicily, ":3", `GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 100 km`, ":1", `ZRANGE d 0 -1 WITHSCORES`, "*2 $7 Catania $16 3479447370796909",
			`GEORADIUS g 15 37 200 km STORE a STORE b`, ":3", `EXISTS a`, ":0", `ZCARD b`, ":3", `EXPIRE d 10`, ":1",
			`GEORADIUSBYMEMBER g Palermo 0 km STOREDIST d`, ":1", `ZRANGE d 0 -1 WITHSCORES`, "*2 $7 Palermo $1 0", `TTL d`, ":-1",
			`GEOSEARCHSTORE d none FROMLONLAT 15 37 BYRADIUS 100 km`, ":0", `EXISTS d`, ":0",
			`GEOSEARCHSTORE g g FROMLONLAT 15 37 BYRADIUS 60 km`, ":1", `ZCARD g`, ":1",
		},
	}.run(t)
}

// TestGeoTies: of members in one place the first found comes first, sorted or not, as long as all are wanted.
func TestGeoTies(t *testing.T) {
	scripts{
		"ties": {
			`GEOADD g 1 1 a 1 1 b 1 1 c 1 1 10`, ":4", `GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 km ASC`, "*4 $2 10 $1 a $1 b $1 c",
			`GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 km DESC`, "*4 $2 10 $1 a $1 b $1 c", `GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 km COUNT 2 ANY`, "*2 $2 10 $1 a",
		},
	}.run(t)
}

func TestGeoEffects(t *testing.T) {
	runEffects(t, []effectCase{
		{"", "GEOADD k 1 1 a", "0:GEOADD k 1 1 a"},
		{"GEOADD k 1 1 a", "GEOADD k 1 1 a", ""},
		{"GEOADD k 1 1 a", "GEORADIUS k 1 1 1 km STORE d", "0:GEORADIUS k 1 1 1 km STORE d"},
		{"GEOADD k 1 1 a", "GEORADIUS k 1 1 1 km", ""},
		{"GEOADD k 1 1 a", "GEOSEARCHSTORE d k FROMLONLAT 50 50 BYRADIUS 1 m", ""},
		{"GEOADD k 1 1 a; SET d v", "GEOSEARCHSTORE d k FROMLONLAT 50 50 BYRADIUS 1 m", "0:GEOSEARCHSTORE d k FROMLONLAT 50 50 BYRADIUS 1 m"},
	})
}

func TestGeoKeys(t *testing.T) {
	f := newFixture(t)
	for line, want := range map[string]string{
		"GEORADIUS k 1 1 1 m":                              "k",
		"GEORADIUS k 1 1 1 m STORE a STOREDIST b STORE":    "k a b",
		"GEORADIUS k store store 1 m COUNT 1":              "k",
		"GEORADIUSBYMEMBER k STORE 1 m STORE STORE":        "k STORE",
		"GEOSEARCHSTORE d s FROMMEMBER m BYRADIUS 1 STORE": "d s",
	} {
		var args [][]byte
		for word := range strings.FieldsSeq(line) {
			args = append(args, []byte(word))
		}
		cmd, _ := f.table.Lookup(args)
		refs, err := cmd.FindKeys(args, nil)
		var got []string
		for _, r := range refs {
			got = append(got, string(args[r.Index]))
		}
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%s: keys %q, %v; want %s", line, got, err, want)
		}
	}
}
