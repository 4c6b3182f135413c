package compat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The connections of the random stream.
const (
	connRESP2 = iota
	connRESP3
	connOther // changes watched keys
	connCount
)

// entry is one command of the random stream.
type entry struct {
	conn int
	args []string
}

// group is a run of entries that only make sense together.
type group []entry

// generator draws the random stream. All draws come from one seeded source, so a
// seed and a start time name a stream.
type generator struct {
	rng     *rand.Rand
	started time.Time
	expiry  uint64 // counts the expiry times handed out
	added   uint64 // counts the entries of streams
}

func newGenerator(seed uint64, started time.Time) *generator {
	return &generator{rng: rand.New(rand.NewPCG(seed, seed)), started: started}
}

// production yields the command lines of one step.
type production struct {
	weight int
	make   func(g *generator) [][]string
}

// one wraps a production of a single command.
func one(weight int, f func(g *generator) []string) production {
	return production{weight, func(g *generator) [][]string { return [][]string{f(g)} }}
}

func (g *generator) chance(percent int) bool { return g.rng.IntN(100) < percent }

func (g *generator) pick(choices ...string) string { return choices[g.rng.IntN(len(choices))] }

// key draws from some twenty keys, so that commands meet each other's values.
func (g *generator) key() string {
	switch n := g.rng.IntN(60); {
	case n == 0:
		return ""
	case n == 1:
		return "\x00\xff\r\n"
	case n < 4:
		return "absent"
	default:
		return "k" + strconv.Itoa(g.rng.IntN(18))
	}
}

func (g *generator) keys() []string {
	keys := make([]string, 1+g.rng.IntN(4))
	for i := range keys {
		keys[i] = g.key()
	}
	return keys
}

func (g *generator) pairs() []string {
	var pairs []string
	for range 1 + g.rng.IntN(4) {
		pairs = append(pairs, g.key(), g.value())
	}
	return pairs
}

func (g *generator) value() string {
	switch g.rng.IntN(12) {
	case 0, 1, 2:
		return strconv.Itoa(g.rng.IntN(2000) - 1000)
	case 3:
		return g.edge()
	case 4:
		return g.float()
	case 5:
		return ""
	case 6:
		return g.bytes(44) // the longest embstr
	case 7:
		return g.bytes(45)
	case 8:
		return g.bytes(g.rng.IntN(600))
	case 9:
		return strings.Repeat("a", 1+g.rng.IntN(64))
	default:
		return g.pick("a", "foo", "hello world", "foobar", "\x00", "\xff\xff", "1 ", "0x10")
	}
}

func (g *generator) bytes(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.rng.UintN(256))
	}
	return string(b)
}

func (g *generator) float() string {
	switch g.rng.IntN(4) {
	case 0:
		return strconv.FormatFloat(float64(g.rng.IntN(20001)-10000)/100, 'f', -1, 64)
	case 1:
		return strconv.FormatFloat(g.rng.NormFloat64()*1000, 'f', 6, 64)
	case 2:
		return g.pick("0.1", "-0.1", "1e3", "5.0e-3", "3.14", "1.0", "-2.50", ".5", "1e17")
	default:
		return g.pick("inf", "-inf", "nan", "1e400", "abc", "", "1e-20", "0x1p-2", " 1")
	}
}

// edge draws a number from the battery.
func (g *generator) edge() string { return numericBattery[g.rng.IntN(len(numericBattery))] }

// number is mostly small, sometimes an edge.
func (g *generator) number() string {
	if g.chance(15) {
		return g.edge()
	}
	return strconv.Itoa(g.rng.IntN(41) - 20)
}

// bitOffset never makes a string of megabytes.
func (g *generator) bitOffset() string {
	if g.chance(8) {
		return g.pick("-1", "4294967296", "9223372036854775807", "-9223372036854775808", "abc", "1.5", "", "01")
	}
	return strconv.Itoa(g.rng.IntN(4000))
}

// slot numbers expiry times so that no two of a stream are closer than 100 s:
// GT and LT then give the same answer on two servers whose clocks read a command
// some milliseconds apart.
func (g *generator) slot() int64 {
	g.expiry++
	return int64(g.expiry * 0x9e3779b1 % (1 << 24))
}

func (g *generator) farSeconds() int64 { return 100_000 + 100*g.slot() }

func (g *generator) seconds() string { return strconv.FormatInt(g.farSeconds(), 10) }

func (g *generator) millis() string { return strconv.FormatInt(1000*g.farSeconds()+7, 10) }

func (g *generator) unixSeconds() string {
	return strconv.FormatInt(g.started.Unix()+50+g.farSeconds(), 10)
}

func (g *generator) unixMillis() string {
	return strconv.FormatInt(g.started.UnixMilli()+50_000+1000*g.farSeconds()+7, 10)
}

// badExpiry is refused by SET and its kin, or in the past.
func (g *generator) badExpiry() string {
	return g.pick("0", "-1", "abc", "", "1.5", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "+5", "05")
}

// expiryOption draws EX, PX, EXAT or PXAT with its time.
func (g *generator) expiryOption() []string {
	if g.chance(6) {
		return []string{g.pick("EX", "PX"), g.badExpiry()}
	}
	if g.chance(6) {
		return []string{g.pick("EXAT", "PXAT"), g.pick("1", "1000", "0", "-1", "abc")}
	}
	switch g.rng.IntN(4) {
	case 0:
		return []string{g.pick("EX", "ex"), g.seconds()}
	case 1:
		return []string{g.pick("PX", "Px"), g.millis()}
	case 2:
		return []string{"EXAT", g.unixSeconds()}
	default:
		return []string{"PXAT", g.unixMillis()}
	}
}

// set draws SET with any mixture of options. A key set to expire in the past may
// or may not be counted by DBSIZE until somebody looks at it, hence the GET.
func (g *generator) set() [][]string {
	key := g.key()
	args := []string{"SET", key, g.value()}
	for g.chance(35) && len(args) < 10 {
		switch g.rng.IntN(8) {
		case 0:
			args = append(args, g.pick("NX", "nx"))
		case 1:
			args = append(args, g.pick("XX", "xX"))
		case 2:
			args = append(args, g.pick("GET", "get"))
		case 3:
			args = append(args, "KEEPTTL")
		case 4:
			if g.chance(10) {
				args = append(args, g.pick("FOO", "PERSIST", "", "EX", "PXAT"))
			}
		default:
			args = append(args, g.expiryOption()...)
		}
	}
	return [][]string{args, {"GET", key}}
}

func (g *generator) getex() []string {
	args := []string{"GETEX", g.key()}
	switch g.rng.IntN(6) {
	case 0:
	case 1:
		args = append(args, "PERSIST")
	case 2:
		args = append(args, g.pick("FOO", "EX", "KEEPTTL", "NX"))
	default:
		args = append(args, g.expiryOption()...)
	}
	return args
}

func (g *generator) expire() []string {
	args := []string{g.pick("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"), g.key()}
	if g.chance(8) {
		// Without GT and LT: two of these are not 100 s apart.
		return append(args, g.pick("0", "-1", "-9223372036854775808", "9223372036854775807", "abc", "1.5", ""))
	}
	switch args[0] {
	case "EXPIRE":
		args = append(args, g.seconds())
	case "PEXPIRE":
		args = append(args, g.millis())
	case "EXPIREAT":
		args = append(args, g.unixSeconds())
	default:
		args = append(args, g.unixMillis())
	}
	for g.chance(40) && len(args) < 6 {
		args = append(args, g.pick("NX", "XX", "GT", "LT", "gt", "FOO"))
	}
	return args
}

func (g *generator) bitfield() []string {
	readOnly := g.chance(15)
	args := []string{"BITFIELD", g.key()}
	if readOnly {
		args[0] = "BITFIELD_RO"
	}
	for range 1 + g.rng.IntN(4) {
		kind := g.pick("u", "i") + strconv.Itoa(1+g.rng.IntN(63))
		if g.chance(3) {
			kind = g.pick("u64", "i64", "u0", "i65", "x8", "8", "")
		}
		at := g.bitOffset()
		if g.chance(20) {
			at = "#" + strconv.Itoa(g.rng.IntN(60))
		}
		switch {
		case readOnly && g.chance(90) || g.chance(40):
			args = append(args, g.pick("GET", "get"), kind, at)
		case g.chance(30):
			args = append(args, "OVERFLOW", g.pick("WRAP", "SAT", "FAIL", "sat", "FOO"))
		default:
			args = append(args, g.pick("SET", "INCRBY"), kind, at, g.number())
		}
	}
	return args
}

func (g *generator) bitRange(command string, head ...string) []string {
	args := append([]string{command, g.key()}, head...)
	for range g.rng.IntN(3) {
		args = append(args, g.number())
	}
	if g.chance(40) {
		args = append(args, g.pick("BIT", "BYTE", "bit", "FOO"))
	}
	return args
}

// lcs works on keys of its own, which stay short: its cost is quadratic.
func (g *generator) lcs() [][]string {
	key := func() string { return "lcs" + strconv.Itoa(g.rng.IntN(3)) }
	text := make([]byte, g.rng.IntN(80))
	for i := range text {
		text[i] = "abcd\x00"[g.rng.IntN(5)]
	}
	args := []string{"LCS", key(), key()}
	for g.chance(50) && len(args) < 9 {
		args = append(args, g.pick("IDX", "LEN", "WITHMATCHLEN", "idx", "FOO"))
		if g.chance(30) {
			args = append(args, "MINMATCHLEN", g.number())
		}
	}
	return [][]string{{"SET", key(), string(text)}, args}
}

func (g *generator) copy() []string {
	args := []string{"COPY", g.key(), g.key()}
	for g.chance(35) && len(args) < 8 {
		args = append(args, g.pick("REPLACE", "replace", "FOO"))
		if g.chance(50) {
			args = append(args, "DB", g.database())
		}
	}
	return args
}

func (g *generator) database() string {
	if g.chance(10) {
		return g.pick("16", "-1", "abc", "", "4294967296")
	}
	return strconv.Itoa(g.rng.IntN(4))
}

// scan asks for all keys at once: cursors in between are the server's own.
func (g *generator) scan() []string {
	args := []string{"SCAN", "0", "COUNT", "1000"}
	if g.chance(40) {
		args = append(args, "MATCH", g.pattern())
	}
	if g.chance(30) {
		args = append(args, "TYPE", g.pick("string", "STRING", "list", "hash"))
	}
	if g.chance(5) {
		args = append(args, g.pick("COUNT", "FOO", "MATCH"))
	}
	if g.chance(5) {
		args = append(args, "COUNT", g.pick("0", "-1", "abc", ""))
	}
	return args
}

func (g *generator) pattern() string {
	return g.pick("*", "k*", "k?", "k1[0-4]", "k[^1]", "k[3-1]", "absent", "nomatch*", "", "[", "k[", "\\k1", "*1*", "k\\", "**", "?*?")
}

// productions are the commands of the stream on keys and strings.
var productions = []production{
	{14, (*generator).set},
	one(10, func(g *generator) []string { return []string{"GET", g.key()} }),
	one(4, func(g *generator) []string { return []string{"APPEND", g.key(), g.value()} }),
	one(3, func(g *generator) []string { return []string{g.pick("INCR", "DECR"), g.key()} }),
	one(4, func(g *generator) []string { return []string{g.pick("INCRBY", "DECRBY"), g.key(), g.number()} }),
	one(3, func(g *generator) []string { return []string{"INCRBYFLOAT", g.key(), g.float()} }),
	one(2, func(g *generator) []string { return []string{"GETSET", g.key(), g.value()} }),
	one(2, func(g *generator) []string { return []string{"GETDEL", g.key()} }),
	one(4, (*generator).getex),
	one(3, func(g *generator) []string {
		return []string{g.pick("GETRANGE", "SUBSTR"), g.key(), g.number(), g.number()}
	}),
	one(3, func(g *generator) []string { return append([]string{"MGET"}, g.keys()...) }),
	one(3, func(g *generator) []string { return append([]string{g.pick("MSET", "MSETNX")}, g.pairs()...) }),
	one(2, func(g *generator) []string { return []string{"SETEX", g.key(), g.seconds(), g.value()} }),
	one(2, func(g *generator) []string { return []string{"PSETEX", g.key(), g.millis(), g.value()} }),
	one(1, func(g *generator) []string {
		return []string{g.pick("SETEX", "PSETEX"), g.key(), g.badExpiry(), g.value()}
	}),
	one(2, func(g *generator) []string { return []string{"SETNX", g.key(), g.value()} }),
	one(4, func(g *generator) []string {
		return []string{"SETRANGE", g.key(), strconv.Itoa(g.rng.IntN(700) - 2), g.value()}
	}),
	one(2, func(g *generator) []string { return []string{"STRLEN", g.key()} }),
	{3, (*generator).lcs},
	one(4, func(g *generator) []string {
		return []string{"SETBIT", g.key(), g.bitOffset(), g.pick("0", "1", "1", "2")}
	}),
	one(2, func(g *generator) []string { return []string{"GETBIT", g.key(), g.number()} }),
	one(3, func(g *generator) []string { return g.bitRange("BITCOUNT") }),
	one(3, func(g *generator) []string { return g.bitRange("BITPOS", g.pick("0", "1", "1", "0", "2")) }),
	one(3, func(g *generator) []string {
		return append([]string{"BITOP", g.pick("AND", "OR", "XOR", "NOT", "FOO"), g.key()}, g.keys()...)
	}),
	one(6, (*generator).bitfield),
	one(3, func(g *generator) []string {
		return append([]string{g.pick("DEL", "UNLINK", "EXISTS", "TOUCH")}, g.keys()...)
	}),
	one(6, (*generator).expire),
	one(3, func(g *generator) []string { return []string{"PERSIST", g.key()} }),
	one(4, func(g *generator) []string {
		return []string{g.pick("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"), g.key()}
	}),
	one(3, func(g *generator) []string { return []string{g.pick("RENAME", "RENAMENX"), g.key(), g.key()} }),
	one(3, (*generator).copy),
	one(2, func(g *generator) []string { return []string{"MOVE", g.key(), g.database()} }),
	one(2, func(g *generator) []string {
		return []string{"OBJECT", g.pick("ENCODING", "ENCODING", "IDLETIME", "FREQ", "FOO"), g.key()}
	}),
	one(2, func(g *generator) []string { return []string{"TYPE", g.key()} }),
	one(2, func(g *generator) []string { return []string{"KEYS", g.pattern()} }),
	one(2, (*generator).scan),
	one(1, func(*generator) []string { return []string{"RANDOMKEY"} }),
	one(1, func(*generator) []string { return []string{"DBSIZE"} }),
	one(1, func(g *generator) []string { return []string{"SELECT", g.database()} }),
	one(1, (*generator).pubsub),
	one(1, func(g *generator) []string { return []string{g.pick("PING", "ECHO"), g.value()} }),
	one(1, func(g *generator) []string { return []string{g.pick("nosuch", "GET ", "OBJECT"), g.value()} }),
}

// dataProductions are those of all families.
var dataProductions = slices.Concat(productions, listProductions, setProductions, sortedSetProductions, hashProductions,
	streamProductions, hyperLogLogProductions, geoProductions, sortProductions, blockingProductions)

// rareProductions destroy much; they stay rare so that data builds up.
var rareProductions = []production{
	one(3, func(g *generator) []string { return []string{"SWAPDB", g.database(), g.database()} }),
	one(2, func(g *generator) []string { return []string{"FLUSHDB"} }),
	one(1, func(g *generator) []string { return []string{"FLUSHALL", g.pick("SYNC", "ASYNC", "FOO")} }),
}

func draw(g *generator, from []production) [][]string {
	total := 0
	for _, p := range from {
		total += p.weight
	}
	n := g.rng.IntN(total)
	for _, p := range from {
		if n -= p.weight; n < 0 {
			return p.make(g)
		}
	}
	panic("unreachable: the weights sum to total")
}

// step draws the command lines of one production, sometimes spoiled.
func (g *generator) step() [][]string {
	if g.rng.IntN(400) == 0 {
		return draw(g, rareProductions)
	}
	lines := draw(g, dataProductions)
	if g.chance(3) {
		g.spoil(lines)
	}
	return lines
}

// spoil breaks the first of the commands: one argument too few or too many, or
// an edge value in the place of one. Values that would fill the memory or let a
// key expire during the run are left out.
func (g *generator) spoil(lines [][]string) {
	args := slices.Clone(lines[0])
	if args[0] == "SCAN" || blocking(args[0]) {
		return // without its COUNT the reply would be a part of the server's choice; the other might wait for ever
	}
	switch g.rng.IntN(3) {
	case 0:
		args = args[:1+g.rng.IntN(len(args))]
	case 1:
		args = append(args, g.pick("x", "", "-7", "NX"))
	default:
		timed := slices.ContainsFunc(args, func(a string) bool {
			a = strings.ToUpper(a)
			return a == "GT" || a == "LT"
		})
		switch at, v := g.rng.IntN(len(args)), g.edge(); {
		case at == 1 && args[0] == "SET": // the GET that follows is for this key
		case at == 0 || timed || v == "1" || v == "2147483647" || v == "2147483648":
		default:
			args[at] = v
		}
	}
	lines[0] = args
}

// next draws the next group of the stream.
func (g *generator) next() group {
	conn := g.rng.IntN(2)
	switch n := g.rng.IntN(100); {
	case n < 6:
		return g.transaction(conn)
	case n < 7:
		return g.watched(conn)
	}
	return onConn(conn, g.step())
}

func onConn(conn int, lines [][]string) group {
	var gr group
	for _, args := range lines {
		gr = append(gr, entry{conn, args})
	}
	return gr
}

func (g *generator) transaction(conn int) group {
	gr := group{{conn, []string{"MULTI"}}}
	for range g.rng.IntN(8) {
		gr = append(gr, onConn(conn, g.step())...)
	}
	return append(gr, entry{conn, []string{g.pick("EXEC", "EXEC", "EXEC", "EXEC", "DISCARD")}})
}

// watched lets another connection touch the data between WATCH and EXEC.
func (g *generator) watched(conn int) group {
	gr := group{{conn, append([]string{"WATCH"}, g.keys()...)}}
	for range g.rng.IntN(3) {
		gr = append(gr, onConn(connOther, g.step())...)
	}
	if g.chance(10) {
		gr = append(gr, entry{conn, []string{"UNWATCH"}})
	}
	return append(gr, g.transaction(conn)...)
}

func (gr group) String() string {
	var b strings.Builder
	for _, e := range gr {
		fmt.Fprintf(&b, "@client %c  %s\n", 'a'+e.conn, quoteCommand(e.args))
	}
	return b.String()
}

// replyRule is the named weakening of each command whose reply cannot be equal.
func replyRule(args []string) rule {
	const (
		clockSlack = 60 // seconds between the first and the last command's clocks
		anyTime    = 1 << 40
	)
	if r, ok := sortedSetRule(args); ok {
		return r
	}
	if r, ok := setRule(args); ok {
		return r
	}
	if r, ok := hashRule(args); ok {
		return r
	}
	if r, ok := streamRule(args); ok {
		return r
	}
	switch strings.ToUpper(args[0]) {
	case "KEYS", "SCAN":
		return rule{weakness: sorted}
	case "GEODIST", "GEORADIUS", "GEORADIUS_RO", "GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO", "GEOSEARCH":
		return geoDistances
	case "RANDOMKEY":
		return rule{weakness: anyValue}
	case "OBJECT":
		// Redis shares the small integers: such a value is idle since any key with that number was read.
		return rule{weakness: objectOf72, lo: anyTime}
	case "TTL", "EXPIRETIME":
		return rule{weakness: near, lo: clockSlack}
	case "PTTL", "PEXPIRETIME":
		return rule{weakness: near, lo: clockSlack * 1000}
	}
	return rule{}
}
