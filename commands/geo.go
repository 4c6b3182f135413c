package commands

import (
	"math"
	"strconv"

	"synap/commands/number"
	"synap/store"
	"synap/store/geohash"
)

// geoUnits are the units of distances as a syntax element.
func geoUnits() Arg {
	return OneOf("unit", Tok("m", "m"), Tok("km", "km"), Tok("ft", "ft"), Tok("mi", "mi"))
}

// geoCommands keep positions: a sorted set whose scores are those of package geohash.
var geoCommands = []Command{
	{
		Name: "geoadd", Group: GroupGeo, Since: "3.2.0", Arity: -5, Flags: Write | DenyOOM, ACL: CatGeo,
		Summary:    "Sets the positions of members, adding those that are missing, and the key with them.",
		Complexity: "O(log(N)) per member, for N members in the sorted set",
		History:    []Change{{"6.2.0", "Takes CH, NX and XX."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args: []Arg{
			KeyArg("key", 0),
			OneOf("condition", Tok("nx", "NX"), Tok("xx", "XX")).Opt().From("6.2.0"),
			Tok("change", "CH").Opt().From("6.2.0"),
			Block("data", Dbl("longitude"), Dbl("latitude"), Str("member")).Many(),
		},
		Run: geoAdd,
	},
	{
		Name: "geodist", Group: GroupGeo, Since: "3.2.0", Arity: -4, Flags: ReadOnly, ACL: CatGeo,
		Summary:    "Measures how far two members are from each other.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("member1"), Str("member2"), geoUnits().Opt()},
		Run:        geoDist,
	},
	{
		Name: "geohash", Group: GroupGeo, Since: "3.2.0", Arity: -2, Flags: ReadOnly, ACL: CatGeo,
		Summary:    "Tells the positions of members as geohash strings.",
		Complexity: "O(1) per member",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("member").Opt().Many()},
		Run:        geoHash,
	},
	{
		Name: "geopos", Group: GroupGeo, Since: "3.2.0", Arity: -2, Flags: ReadOnly, ACL: CatGeo,
		Summary:    "Tells the positions of members as longitude and latitude.",
		Complexity: "O(1) per member",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Str("member").Opt().Many()},
		Run:        geoPos,
	},
}

// Errors of positions, in Redis's words.
const (
	errGeoUnit     Error = "ERR unsupported unit provided. please use M, KM, FT, MI"
	errGeoMember   Error = "ERR could not decode requested zset member"
	errGeoRadius   Error = "ERR need numeric radius"
	errGeoWidth    Error = "ERR need numeric width"
	errGeoHeight   Error = "ERR need numeric height"
	errGeoNegative Error = "ERR radius cannot be negative"
	errGeoBox      Error = "ERR height or width cannot be negative"
	errGeoCount    Error = "ERR COUNT must be > 0"
	errGeoAny      Error = "ERR the ANY argument requires COUNT argument"
)

// position reads the i-th word as a longitude and the one after as a latitude.
func (c *Ctx) position(i int) (p geohash.Point, err error) {
	var ok [2]bool
	p.Longitude, ok[0] = number.ParseDouble(c.Args[i])
	p.Latitude, ok[1] = number.ParseDouble(c.Args[i+1])
	if !ok[0] || !ok[1] {
		return p, ErrNotFloat
	}
	if !p.Valid() {
		return p, Error("ERR invalid longitude,latitude pair " + fixed6(p.Longitude) + "," + fixed6(p.Latitude))
	}
	return p, nil
}

// fixed6 is a number as C's %f prints it.
func fixed6(v float64) string {
	if math.IsInf(v, 0) {
		return string(number.AppendDouble(nil, v))
	}
	return strconv.FormatFloat(v, 'f', 6, 64)
}

// unit reads the i-th word as a unit of distances, in metres.
func (c *Ctx) unit(i int) (float64, error) {
	switch {
	case c.Is(i, "m"):
		return 1, nil
	case c.Is(i, "km"):
		return 1000, nil
	case c.Is(i, "ft"):
		return 0.3048, nil
	case c.Is(i, "mi"):
		return 1609.34, nil
	}
	return 0, errGeoUnit
}

func geoAdd(c *Ctx) error {
	key, at, cond, changes := c.Args[1], 2, store.Condition(0), false
options:
	for ; at < len(c.Args); at++ {
		switch {
		case c.Is(at, "nx"):
			cond |= store.IfAbsent
		case c.Is(at, "xx"):
			cond |= store.IfPresent
		case c.Is(at, "ch"):
			changes = true
		default:
			break options
		}
	}
	if (len(c.Args)-at)%3 != 0 || cond == store.IfAbsent|store.IfPresent {
		return ErrSyntax
	}
	members := make([]store.Scored, 0, (len(c.Args)-at)/3)
	for ; at < len(c.Args); at += 3 {
		p, err := c.position(at)
		if err != nil {
			return err
		}
		members = append(members, store.Scored{Member: c.Args[at+2], Score: float64(geohash.Encode(p))})
	}
	if len(members) == 0 {
		return ErrSyntax
	}
	added, updated, err := c.setPositions(key, members, cond)
	if err != nil {
		return err
	}
	if changes {
		added += updated
	}
	c.W.Int(int64(added))
	return nil
}

// setPositions does what ZADD does with members whose scores are known.
func (c *Ctx) setPositions(key []byte, members []store.Scored, cond store.Condition) (added, updated int, err error) {
	if _, err := asSortedSet(c.Tx.Write(key)); err != nil {
		return 0, 0, err
	}
	for _, m := range members {
		if !store.SortedSetFits(key, m.Member) {
			return 0, 0, ErrStringTooBig
		}
	}
	z := c.Tx.EditSortedSet(key, len(members))
	for _, m := range members {
		switch _, outcome := z.Add(m.Member, m.Score, cond); outcome {
		case store.Added:
			added++
		case store.Updated:
			updated++
		}
	}
	if added+updated > 0 {
		c.Notify(store.EventSortedSet, "zadd", key)
	}
	return added, updated, nil
}

func geoDist(c *Ctx) error {
	unit := 1.0
	switch {
	case len(c.Args) > 5:
		return ErrSyntax
	case len(c.Args) == 5:
		var err error
		if unit, err = c.unit(4); err != nil {
			return err
		}
	}
	z, err := c.readSortedSet(1)
	if err != nil {
		return err
	}
	a, ok := z.Score(c.Args[2])
	if !ok {
		c.W.Null()
		return nil
	}
	b, ok := z.Score(c.Args[3])
	if !ok {
		c.W.Null()
		return nil
	}
	c.replyDistance(geohash.Distance(geohash.Decode(a), geohash.Decode(b)) / unit)
	return nil
}

func geoHash(c *Ctx) error {
	z, err := c.readSortedSet(1)
	if err != nil {
		return err
	}
	c.W.Array(len(c.Args) - 2)
	var buf [16]byte
	for _, member := range c.Args[2:] {
		if score, ok := z.Score(member); ok {
			c.W.Bulk(geohash.Decode(score).AppendString(buf[:0]))
		} else {
			c.W.Null()
		}
	}
	return nil
}

func geoPos(c *Ctx) error {
	z, err := c.readSortedSet(1)
	if err != nil {
		return err
	}
	c.W.Array(len(c.Args) - 2)
	for _, member := range c.Args[2:] {
		if score, ok := z.Score(member); ok {
			c.replyPosition(geohash.Decode(score))
		} else {
			c.W.NullArray()
		}
	}
	return nil
}

// replyPosition replies a longitude and a latitude.
func (c *Ctx) replyPosition(p geohash.Point) {
	c.W.Array(2)
	c.replyCoordinate(p.Longitude)
	c.replyCoordinate(p.Latitude)
}

// replyCoordinate replies a number without an exponent, to at most 17 decimals.
func (c *Ctx) replyCoordinate(v float64) {
	var buf [32]byte
	text := strconv.AppendFloat(buf[:0], v, 'f', 17, 64)
	for text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	if text[len(text)-1] == '.' {
		text = text[:len(text)-1]
	}
	if c.W.Proto == 3 {
		c.W.Buf = append(append(append(c.W.Buf, ','), text...), '\r', '\n')
		return
	}
	c.W.Bulk(text)
}

// replyDistance replies a distance with four decimals, half-way cases to the even digit.
func (c *Ctx) replyDistance(d float64) {
	const places = 4
	var buf [32]byte
	text := strconv.AppendInt(buf[:0], int64(math.RoundToEven(d*1e4)), 10)
	for len(text) <= places { // 0.0123
		text = append(text, 0)
		copy(text[1:], text)
		text[0] = '0'
	}
	text = append(text, 0)
	point := len(text) - 1 - places
	copy(text[point+1:], text[point:])
	text[point] = '.'
	c.W.Bulk(text)
}
