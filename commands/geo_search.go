package commands

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"synap/commands/number"
	"synap/commands/partial"
	"synap/store"
	"synap/store/geohash"
)

// The syntax that searches have in common.
var (
	geoWith  = []Arg{Tok("withcoord", "WITHCOORD").Opt(), Tok("withdist", "WITHDIST").Opt(), Tok("withhash", "WITHHASH").Opt()}
	geoOrder = OneOf("order", Tok("asc", "ASC"), Tok("desc", "DESC")).Opt()
	geoFrom  = OneOf("from", Str("member").With("FROMMEMBER"),
		Block("fromlonlat", Dbl("longitude"), Dbl("latitude")).With("FROMLONLAT"))
	geoBy = OneOf("by",
		Block("circle", Dbl("radius").With("BYRADIUS"), geoUnits()),
		Block("box", Dbl("width").With("BYBOX"), Dbl("height"), geoUnits()))
	geoStore = OneOf("store", KeyArg("storekey", 1).With("STORE").Shown("key"),
		KeyArg("storedistkey", 2).With("STOREDIST").Shown("key")).Opt()
)

// geoLimit is how many results are wanted; anySince is when ANY came.
func geoLimit(anySince string) Arg {
	return Block("count-block", Int("count").With("COUNT"), Tok("any", "ANY").Opt().From(anySince)).Opt()
}

// geoStoreKeys are the keys of a search that stores its result under what follows the last STORE or STOREDIST, looked for from
// the word at from.
func geoStoreKeys(from int) []KeySpec {
	target := KeySpec{Flags: KeyOW | KeyUpdate, Keyword: "STORE", From: from, Step: 1}
	distances := target
	distances.Keyword = "STOREDIST"
	return []KeySpec{KeyAt(1, KeyRO|KeyAccess), target, distances}
}

// radiusKeys finds the keys of a search that stores: the specs miss all but the first STORE. from is the first option.
func radiusKeys(from int) KeyFunc {
	return func(args [][]byte, dst []KeyRef) ([]KeyRef, bool) {
		if len(args) < from {
			return dst, false
		}
		dst = append(dst, KeyRef{1, KeyRO | KeyAccess})
		for i := from; i+1 < len(args); i++ {
			if EqualFold(args[i], "store") || EqualFold(args[i], "storedist") {
				i++
				dst = append(dst, KeyRef{i, KeyOW | KeyUpdate})
			}
		}
		return dst, true
	}
}

const (
	radiusComplexity = "O(N+log(M)) for N members in the cells around the circle and M in the sorted set"
	areaComplexity   = "O(N+log(M)) for N members in the cells around the area and M in the sorted set"
)

// geoSearchCommands find members by position.
var geoSearchCommands = []Command{
	{
		Name: "georadius", Group: GroupGeo, Since: "3.2.0", Arity: -6, Flags: Write | DenyOOM, ACL: CatGeo,
		Summary:    "Finds the members within a distance from a position, and lists or stores them.",
		Complexity: radiusComplexity,
		Deprecated: "6.2.0", ReplacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
		History: []Change{{"6.2.0", "Takes ANY after COUNT."}, {"7.0.0", "Units can be in capitals."}},
		Keys:    geoStoreKeys(6), GetKeys: radiusKeys(6),
		Args: slices.Concat([]Arg{KeyArg("key", 0), Dbl("longitude"), Dbl("latitude"), Dbl("radius"), geoUnits()}, geoWith,
			[]Arg{geoLimit("6.2.0"), geoOrder, geoStore}),
		Run: func(c *Ctx) error { return geoSearch(c, fromPosition|mayStore, 6) },
	},
	{
		Name: "georadiusbymember", Group: GroupGeo, Since: "3.2.0", Arity: -5, Flags: Write | DenyOOM, ACL: CatGeo,
		Summary:    "Finds the members within a distance from one of them, and lists or stores them.",
		Complexity: radiusComplexity,
		Deprecated: "6.2.0", ReplacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
		History: []Change{{"7.0.0", "Units can be in capitals."}},
		Keys:    geoStoreKeys(5), GetKeys: radiusKeys(5),
		Args: slices.Concat([]Arg{KeyArg("key", 0), Str("member"), Dbl("radius"), geoUnits()}, geoWith,
			[]Arg{geoLimit(""), geoOrder, geoStore}),
		Run: func(c *Ctx) error { return geoSearch(c, fromMember|mayStore, 5) },
	},
	{
		Name: "georadius_ro", Group: GroupGeo, Since: "3.2.10", Arity: -6, Flags: ReadOnly, ACL: CatGeo,
		Summary:    "Lists the members within a distance from a position.",
		Complexity: radiusComplexity,
		Deprecated: "6.2.0", ReplacedBy: "`GEOSEARCH` with the `BYRADIUS` argument",
		History: []Change{{"6.2.0", "Takes ANY after COUNT."}},
		Keys:    []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: slices.Concat([]Arg{KeyArg("key", 0), Dbl("longitude"), Dbl("latitude"), Dbl("radius"), geoUnits()}, geoWith,
			[]Arg{geoLimit("6.2.0"), geoOrder}),
		Run: func(c *Ctx) error { return geoSearch(c, fromPosition, 6) },
	},
	{
		Name: "georadiusbymember_ro", Group: GroupGeo, Since: "3.2.10", Arity: -5, Flags: ReadOnly, ACL: CatGeo,
		Summary:    "Lists the members within a distance from one of them.",
		Complexity: radiusComplexity,
		Deprecated: "6.2.0", ReplacedBy: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
		Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: slices.Concat([]Arg{KeyArg("key", 0), Str("member"), Dbl("radius"), geoUnits()}, geoWith,
			[]Arg{geoLimit(""), geoOrder}),
		Run: func(c *Ctx) error { return geoSearch(c, fromMember, 5) },
	},
	{
		Name: "geosearch", Group: GroupGeo, Since: "6.2.0", Arity: -7, Flags: ReadOnly, ACL: CatGeo,
		Summary:    "Lists the members in a circle or a box.",
		Complexity: areaComplexity,
		History:    []Change{{"7.0.0", "Units can be in capitals."}},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       slices.Concat([]Arg{KeyArg("key", 0), geoFrom, geoBy, geoOrder, geoLimit("")}, geoWith),
		Run:        func(c *Ctx) error { return geoSearch(c, anyArea, 2) },
	},
	{
		Name: "geosearchstore", Group: GroupGeo, Since: "6.2.0", Arity: -8, Flags: Write | DenyOOM, ACL: CatGeo,
		Summary:    "Stores the members in a circle or a box as a sorted set.",
		Complexity: areaComplexity,
		History:    []Change{{"7.0.0", "Units can be in capitals."}},
		Keys:       []KeySpec{KeyAt(1, KeyOW|KeyUpdate), KeyAt(2, KeyRO|KeyAccess)},
		Args: []Arg{KeyArg("destination", 0), KeyArg("source", 1), geoFrom, geoBy, geoOrder, geoLimit(""),
			Tok("storedist", "STOREDIST").Opt()},
		Run: func(c *Ctx) error { return geoSearch(c, anyArea|alwaysStores, 3) },
	},
}

// searchKind tells the search commands apart.
type searchKind uint8

const (
	fromPosition searchKind = 1 << iota // GEORADIUS: longitude, latitude, radius and unit come first
	fromMember                          // GEORADIUSBYMEMBER: member, radius and unit come first
	anyArea                             // GEOSEARCH: all is said by options
	mayStore                            // takes STORE and STOREDIST with a key
	alwaysStores                        // GEOSEARCHSTORE
)

// search is what a search asks for.
type search struct {
	kind   searchKind
	shape  geohash.Shape
	source store.SortedSetView
	found  bool // there is a source

	withDist, withHash, withCoord bool
	any, asc, desc, storeDist     bool
	centred, byMember             bool // FROMLONLAT, FROMMEMBER was given
	byRadius, byBox               bool
	count                         int64
	target                        []byte
}

// place is a member that was found.
type place struct {
	geohash.Point
	distance float64 // metres from the centre
	score    float64
	member   []byte
	turn     int // the how manyth it was found as
}

// usualPlaces is how many places a search finds without going to the heap for a list of them.
const usualPlaces = 64

func geoSearch(c *Ctx, kind searchKind, options int) error {
	s := search{kind: kind, shape: geohash.Shape{Unit: 1}}
	at := 1
	if kind&alwaysStores != 0 {
		s.target, at = c.Args[1], 2
	}
	e := c.Tx.Read(c.Args[at])
	s.found = e.Exists()
	var err error
	if s.source, err = asSortedSet(e); err != nil {
		return err
	}
	if err := s.parseHead(c); err != nil {
		return err
	}
	for i := options; i < len(c.Args); {
		if i, err = s.parseOption(c, i); err != nil {
			return err
		}
	}
	if err := s.check(c); err != nil {
		return err
	}
	var room [usualPlaces]place
	places := s.run(room[:0])
	if s.target != nil {
		s.store(c, places)
	} else {
		s.reply(c, places)
	}
	return nil
}

// parseHead reads what stands before the options.
func (s *search) parseHead(c *Ctx) (err error) {
	switch {
	case s.kind&fromPosition != 0:
		if s.shape.Center, err = c.position(2); err != nil {
			return err
		}
		return s.parseRadius(c, 4)
	case s.kind&fromMember != 0 && s.found:
		if err := s.centreOn(c.Args[2]); err != nil {
			return err
		}
		return s.parseRadius(c, 3)
	}
	return nil // without a source nothing is looked for: as in Redis, radius and unit are not either
}

func (s *search) centreOn(member []byte) error {
	score, ok := s.source.Score(member)
	if !ok {
		return errGeoMember
	}
	s.shape.Center = geohash.Decode(score)
	return nil
}

// parseRadius reads a radius and a unit.
func (s *search) parseRadius(c *Ctx, i int) (err error) {
	var ok bool
	if s.shape.Radius, ok = number.ParseDouble(c.Args[i]); !ok {
		return errGeoRadius
	}
	if s.shape.Radius < 0 {
		return errGeoNegative
	}
	s.shape.Unit, err = c.unit(i + 1)
	return err
}

// parseBox reads width, height and a unit.
func (s *search) parseBox(c *Ctx, i int) (err error) {
	var ok bool
	if s.shape.Width, ok = number.ParseDouble(c.Args[i]); !ok {
		return errGeoWidth
	}
	if s.shape.Height, ok = number.ParseDouble(c.Args[i+1]); !ok {
		return errGeoHeight
	}
	if s.shape.Width < 0 || s.shape.Height < 0 {
		return errGeoBox
	}
	s.shape.Unit, err = c.unit(i + 2)
	return err
}

// parseOption reads the option at the i-th word and returns where the next one is.
func (s *search) parseOption(c *Ctx, i int) (next int, err error) {
	left := len(c.Args) - i - 1
	switch {
	case c.Is(i, "withdist"):
		s.withDist = true
	case c.Is(i, "withhash"):
		s.withHash = true
	case c.Is(i, "withcoord"):
		s.withCoord = true
	case c.Is(i, "any"):
		s.any = true
	case c.Is(i, "asc"):
		s.asc, s.desc = true, false
	case c.Is(i, "desc"):
		s.asc, s.desc = false, true
	case c.Is(i, "count") && left >= 1:
		if s.count, err = c.Integer(i + 1); err == nil && s.count <= 0 {
			err = errGeoCount
		}
		return i + 2, err
	case (c.Is(i, "store") || c.Is(i, "storedist")) && left >= 1 && s.kind&mayStore != 0:
		s.target, s.storeDist = c.Args[i+1], c.Is(i, "storedist")
		return i + 2, nil
	case c.Is(i, "storedist") && s.kind&alwaysStores != 0:
		s.storeDist = true
	case s.kind&anyArea != 0:
		return s.parseArea(c, i, left)
	default:
		return 0, ErrSyntax
	}
	return i + 1, nil
}

// parseArea reads an option that says where to search.
func (s *search) parseArea(c *Ctx, i, left int) (next int, err error) {
	switch {
	case c.Is(i, "frommember") && left >= 1 && !s.centred:
		s.byMember = true
		if s.found {
			err = s.centreOn(c.Args[i+1])
		}
		return i + 2, err
	case c.Is(i, "fromlonlat") && left >= 2 && !s.byMember:
		s.centred = true
		s.shape.Center, err = c.position(i + 1)
		return i + 3, err
	case c.Is(i, "byradius") && left >= 2 && !s.byBox:
		s.byRadius = true
		return i + 3, s.parseRadius(c, i+1)
	case c.Is(i, "bybox") && left >= 3 && !s.byRadius:
		s.byBox, s.shape.Box = true, true
		return i + 4, s.parseBox(c, i+1)
	}
	return 0, ErrSyntax
}

// check refuses what does not go together.
func (s *search) check(c *Ctx) error {
	if s.target != nil && (s.withDist || s.withHash || s.withCoord) {
		what := "STORE option in GEORADIUS"
		if s.kind&alwaysStores != 0 {
			what = "GEOSEARCHSTORE"
		}
		return Error("ERR " + what + " is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
	}
	if s.kind&anyArea != 0 && !s.byMember && !s.centred {
		return Error("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + string(c.Args[0]))
	}
	if s.kind&anyArea != 0 && !s.byRadius && !s.byBox {
		return Error("ERR exactly one of BYRADIUS and BYBOX can be specified for " + string(c.Args[0]))
	}
	if s.any && s.count == 0 {
		return errGeoAny
	}
	return nil
}

// run finds the places, in the order asked for, and appends them to places, which is empty. With a count but no order the
// nearest come first, unless any will do.
func (s *search) run(places []place) []place {
	if !s.found {
		return nil
	}
	limit := 0
	if s.any {
		limit = int(min(s.count, math.MaxInt))
	}
	places = s.collect(places, limit)
	wanted := len(places)
	if s.count > 0 {
		wanted = int(min(s.count, int64(wanted)))
	}
	switch {
	case !s.asc && !s.desc && (s.count == 0 || s.any):
	case wanted == len(places):
		slices.SortFunc(places, func(a, b place) int {
			return cmp.Or(s.compare(&a, &b), cmp.Compare(a.turn, b.turn))
		})
	default:
		partial.Sort(places, 0, wanted-1, s.compare)
	}
	return places[:wanted]
}

func (s *search) compare(a, b *place) int {
	if s.desc {
		a, b = b, a
	}
	return cmp.Compare(a.distance, b.distance)
}

// collect finds the places cell by cell, at most limit of them unless that is 0, and appends them to places.
func (s *search) collect(places []place, limit int) []place {
	var text []byte // of members that are integers
	var buf [9]geohash.Range
	within := s.shape.Finder()
	for _, r := range s.shape.Cells(buf[:0]) {
		s.source.EachScored(store.ScoreRange{Min: r.Min, Max: r.Max, MaxOpen: true}, func(x store.Member, score float64) bool {
			p := geohash.Decode(score)
			distance, ok := within.Contains(p)
			if !ok {
				return true
			}
			member := x.Text
			if x.IsInt {
				start := len(text)
				text = strconv.AppendInt(text, x.Int, 10)
				member = text[start:]
			}
			places = append(places, place{p, distance, score, member, len(places)})
			return len(places) != limit
		})
		if len(places) == limit && limit > 0 {
			break
		}
	}
	return places
}

// reply lists the places.
func (s *search) reply(c *Ctx, places []place) {
	fields := 1
	for _, with := range [...]bool{s.withDist, s.withHash, s.withCoord} {
		if with {
			fields++
		}
	}
	c.W.Array(len(places))
	for i := range places {
		p := &places[i]
		if fields > 1 {
			c.W.Array(fields)
		}
		c.W.Bulk(p.member)
		if s.withDist {
			c.replyDistance(p.distance / s.shape.Unit)
		}
		if s.withHash {
			c.W.Int(wholeScore(p.score))
		}
		if s.withCoord {
			c.replyPosition(p.Point)
		}
	}
}

// wholeScore is a score without its fraction; what does not fit in 64 bits is the lowest integer.
func wholeScore(score float64) int64 {
	if !(score >= math.MinInt64 && score < math.MaxInt64) {
		return math.MinInt64
	}
	return int64(score)
}

// store makes the places a sorted set, by their own scores or by distance.
func (s *search) store(c *Ctx, places []place) {
	if len(places) == 0 {
		if c.Tx.Delete(s.target) {
			c.Notify(store.EventGeneric, "del", s.target)
		}
		c.W.Int(0)
		return
	}
	members := make([]store.Scored, len(places))
	for i, p := range places {
		members[i] = store.Scored{Member: p.member, Score: p.score}
		if s.storeDist {
			members[i].Score = p.distance / s.shape.Unit
		}
	}
	slices.SortFunc(members, store.CompareScored)
	c.Tx.StoreSortedSet(s.target, members)
	c.Tx.CountMore(len(members) - 1)
	event := "georadiusstore"
	if s.kind&anyArea != 0 {
		event = "geosearchstore"
	}
	c.Notify(store.EventSortedSet, event, s.target)
	c.W.Int(int64(len(places)))
}
