package server

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"synap/commands"
	"synap/server/resp"
	"synap/server/transport"
	"synap/store"
)

// recorder is a sink that keeps copies of the units. A unit's sequence number is its position, counted from 1.
type recorder struct {
	mu struct {
		sync.Mutex
		units []store.Unit
	}
}

func (r *recorder) Append(u store.Unit) uint64 {
	kept := make(store.Unit, len(u))
	for i, e := range u {
		kept[i] = store.NewEffect(e.DB, e.Args...)
		kept[i].Fleeting = e.Fleeting
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.units = append(r.mu.units, kept)
	return uint64(len(r.mu.units))
}

func (r *recorder) len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.mu.units)
}

// since returns the units after the first n.
func (r *recorder) since(n int) []store.Unit {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.mu.units[n:])
}

// text shows units: effects as "database:words" with semicolons between them, one line per unit.
func text(units []store.Unit) string {
	var out []string
	for _, u := range units {
		var effects []string
		for _, e := range u {
			effects = append(effects, strconv.Itoa(e.DB)+":"+string(bytes.Join(e.Args, []byte(" "))))
		}
		out = append(out, strings.Join(effects, "; "))
	}
	return strings.Join(out, "\n")
}

// record starts to record the effects of the fixture's server.
func (f *fixture) record() *recorder {
	r := new(recorder)
	f.srv.store.SetSink(r)
	return r
}

// request encodes one command.
func request(words ...string) string {
	w := resp.Writer{}
	w.Array(len(words))
	for _, word := range words {
		w.BulkString(word)
	}
	return string(w.Buf)
}

// call sends one command and returns its reply in canonical form.
func (c *testClient) call(words ...string) string {
	c.f.t.Helper()
	c.send(request(words...))
	got := c.answers()
	if len(got) != 1 {
		c.f.t.Fatalf("%q: replies %q", words, got)
	}
	return got[0]
}

// dataSet is everything the databases hold, keys past their time included, by "database:key": value, encoding and
// expiry as text.
func dataSet(s *store.Store) map[string]string {
	out := map[string]string{}
	var tx store.Txn
	for db := range s.Databases() {
		s.Begin(&tx, store.AllShards, db, 0) // nothing has expired at the beginning of time
		tx.Each(func(e store.Entry) {
			out[fmt.Sprintf("%d:%s", db, e.Key())] = fmt.Sprintf("%s %s %d %q", e.Type(), e.Encoding(), e.ExpireAt(),
				valueText(e))
		})
		tx.End()
	}
	return out
}

// valueText is a value as text that equal values have in common.
func valueText(e store.Entry) string {
	switch e.Type() {
	case store.List:
		return listText(e)
	case store.Set:
		return setText(e)
	case store.SortedSet:
		return sortedSetText(e)
	case store.Hash:
		return hashText(e)
	case store.Stream:
		return streamText(e)
	}
	return string(e.Bytes(nil))
}

// replay executes units, as text that a client sends, on an empty server and compares the two data sets. The second
// server lives at the beginning of time: there an effect whose times were relative would end up decades off, and no
// key disappears unless an effect says so.
func replay(t *testing.T, units []store.Unit, want *store.Store) {
	t.Helper()
	compareDataSets(t, dataSet(replayAt(t, time.UnixMilli(1), units, want.Databases())), dataSet(want))
}

// replayAt executes units on an empty server whose clock stands at now, and returns its data.
func replayAt(t *testing.T, now time.Time, units []store.Unit, databases int) *store.Store {
	t.Helper()
	f := newFixture(t, fmt.Sprintf("databases %d", databases))
	f.now = now
	c := f.connect()
	db := 0
	for _, u := range units {
		var sent [][][]byte
		var raw strings.Builder
		for _, e := range u {
			if e.DB != db {
				db = e.DB
				words := [][]byte{[]byte("SELECT"), strconv.AppendInt(nil, int64(db), 10)}
				sent = append(sent, words)
			}
			sent = append(sent, e.Args)
		}
		for _, words := range sent {
			raw.WriteString(request(asStrings(words)...))
		}
		c.send(raw.String())
		for i, answer := range c.answers() {
			if strings.HasPrefix(answer, "-") {
				t.Fatalf("the effect %q was refused: %s", sent[i], answer)
			}
		}
	}
	return f.srv.store
}

func asStrings(words [][]byte) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

func compareDataSets(t *testing.T, got, want map[string]string) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	names := map[string]bool{}
	for name := range got {
		names[name] = true
	}
	for name := range want {
		names[name] = true
	}
	differing := 0
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if got[name] == want[name] {
			continue
		}
		if differing++; differing <= 10 {
			t.Errorf("key %s is %s after the replay, and was %s", name, got[name], want[name])
		}
	}
	t.Errorf("%d of %d keys differ after the replay", differing, len(names))
}

// loopClient is a client on a loop of its own choice; a goroutine per loop may drive it. What is held back is not
// received before release.
type loopClient struct {
	*testClient
	loop int

	held     uint64 // output waits for this number, 0: it does not wait
	released uint64
}

func (c *loopClient) Loop() int { return c.loop }

func (c *loopClient) Hold(seq uint64) { c.held = max(c.held, seq) }

func (c *loopClient) release(seq uint64) {
	c.released = seq
	c.write()
}

func (c *loopClient) write() {
	if c.held <= c.released {
		c.held = 0
		c.flush()
	}
}

var _ transport.Conn = (*loopClient)(nil)

// connectLoop makes a client of a loop. Turns of the fixture do not serve it: it has its own.
func (f *fixture) connectLoop(loop int) *loopClient {
	c := &loopClient{testClient: &testClient{f: f, addr: fmt.Sprintf("127.0.0.1:%d", 40001+loop)}, loop: loop}
	c.replies = resp.NewReplyReader(bufio.NewReader(&c.received))
	f.srv.BeginTurn(loop)
	c.session = f.srv.Accept(c)
	f.srv.EndTurn(loop)
	return c
}

// turn feeds raw commands in a turn of the client's loop.
func (c *loopClient) turn(raw string) {
	c.f.srv.BeginTurn(c.loop)
	c.in = append(c.in, raw...)
	c.run()
	c.f.srv.EndTurn(c.loop)
	c.write()
}

// mix makes random commands. The same seed makes the same commands.
type mix struct {
	*rand.Rand
	keys int
	now  func() int64 // unix milliseconds
}

func newMix(seed uint64, f *fixture) *mix {
	return &mix{Rand: rand.New(rand.NewPCG(seed, 1)), keys: 24, now: func() int64 { return f.now.UnixMilli() }}
}

func (m *mix) key() string { return "k" + strconv.Itoa(m.IntN(m.keys)) }

func (m *mix) db() string { return strconv.Itoa(m.IntN(4)) }

func (m *mix) number() string { return strconv.Itoa(m.IntN(2000) - 1000) }

// value has all encodings, and is now and then empty or longer than one byte can count.
func (m *mix) value() string {
	switch m.IntN(8) {
	case 0, 1, 2:
		return m.number()
	case 3:
		return strconv.FormatInt(int64(m.Uint64()), 10)
	case 4:
		return fmt.Sprintf("%.2f", m.Float64()*100)
	case 5:
		return strings.Repeat("long", 12+m.IntN(80))
	case 6:
		return []string{"", "007", " 1", "\r\n$5", "\x00\xff"}[m.IntN(5)]
	}
	return "text" + m.number()
}

// pick returns one of the lists of words.
func (m *mix) pick(choices ...[]string) []string { return choices[m.IntN(len(choices))] }

// words joins lists of words.
func words(first string, rest ...[]string) []string {
	return append([]string{first}, slices.Concat(rest...)...)
}

// expiration is an expiry option: mostly near enough to pass during a run, sometimes past, sometimes far.
func (m *mix) expiration() []string {
	at := m.now() + int64(m.IntN(8000)-500)
	return m.pick([]string{"EX", strconv.Itoa(1 + m.IntN(9))}, []string{"PX", strconv.Itoa(1 + m.IntN(9000))},
		[]string{"EXAT", strconv.FormatInt(at/1000, 10)}, []string{"pxat", strconv.FormatInt(at, 10)},
		[]string{"EX", "86400"})
}

func (m *mix) expireCondition() []string {
	return m.pick(nil, nil, nil, []string{"NX"}, []string{"XX"}, []string{"GT"}, []string{"LT"}, []string{"XX", "gt"})
}

func (m *mix) pairs() (out []string) {
	for range 1 + m.IntN(4) {
		out = append(out, m.key(), m.value())
	}
	return out
}

func (m *mix) someKeys() (out []string) {
	for range 1 + m.IntN(3) {
		out = append(out, m.key())
	}
	return out
}

// fields are the operations of a BITFIELD.
func (m *mix) fields() (out []string) {
	for range 1 + m.IntN(3) {
		if m.IntN(3) == 0 {
			out = append(out, "OVERFLOW", []string{"WRAP", "SAT", "FAIL"}[m.IntN(3)])
		}
		field := []string{[]string{"u8", "i5", "u63", "i64"}[m.IntN(4)], "#" + strconv.Itoa(m.IntN(5))}
		out = append(out, m.pick(words("GET", field), words("SET", field, []string{m.number()}),
			words("INCRBY", field, []string{m.number()}))...)
	}
	return out
}

// one returns a word as a list.
func one(word string) []string { return []string{word} }

// relative is the arguments of EXPIRE (unit 1000) and PEXPIRE.
func (m *mix) relative(unit int) []string {
	return slices.Concat(one(m.key()), one(strconv.Itoa(m.IntN(9000/unit+2)-1)), m.expireCondition())
}

// absolute is the arguments of EXPIREAT (unit 1000) and PEXPIREAT.
func (m *mix) absolute(unit int64) []string {
	at := (m.now() + int64(m.IntN(9000)-500)) / unit
	return slices.Concat(one(m.key()), one(strconv.FormatInt(at, 10)), m.expireCondition())
}

// flushMode is what may follow FLUSHALL and FLUSHDB.
func (m *mix) flushMode() []string { return m.pick(nil, one("SYNC"), one("ASYNC")) }

// mixedArguments make the arguments of every command that is flagged as writing, by full name.
var mixedArguments = joined(
	keyArguments,
	listArguments,
	setArguments,
	sortedSetArguments,
	hashArguments,
	hyperLogLogArguments, geoArguments, sortArguments,
	streamArguments,
	blockingArguments,
)

// joined is what all the maps have.
func joined[V any](all ...map[string]V) map[string]V {
	out := map[string]V{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

// keyArguments are those of commands on keys and strings.
var keyArguments = map[string]func(m *mix) []string{
	"set": func(m *mix) []string {
		return slices.Concat(one(m.key()), one(m.value()), m.pick(nil, nil, one("NX"), one("XX")),
			m.pick(nil, nil, one("GET")), m.pick(nil, one("KEEPTTL"), m.expiration(), m.expiration()))
	},
	"setnx":       func(m *mix) []string { return []string{m.key(), m.value()} },
	"setex":       func(m *mix) []string { return []string{m.key(), strconv.Itoa(m.IntN(9)), m.value()} },
	"psetex":      func(m *mix) []string { return []string{m.key(), strconv.Itoa(m.IntN(9000)), m.value()} },
	"getset":      func(m *mix) []string { return []string{m.key(), m.value()} },
	"getdel":      func(m *mix) []string { return one(m.key()) },
	"getex":       func(m *mix) []string { return words(m.key(), m.pick(nil, one("PERSIST"), m.expiration())) },
	"mset":        (*mix).pairs,
	"msetnx":      (*mix).pairs,
	"incr":        func(m *mix) []string { return one(m.key()) },
	"decr":        func(m *mix) []string { return one(m.key()) },
	"incrby":      func(m *mix) []string { return []string{m.key(), m.number()} },
	"decrby":      func(m *mix) []string { return []string{m.key(), m.number()} },
	"incrbyfloat": func(m *mix) []string { return []string{m.key(), []string{"0.1", "1e3", "-2.5", "3"}[m.IntN(4)]} },
	"append":      func(m *mix) []string { return []string{m.key(), m.value()} },
	"setrange":    func(m *mix) []string { return []string{m.key(), strconv.Itoa(m.IntN(60)), m.value()} },
	"setbit":      func(m *mix) []string { return []string{m.key(), strconv.Itoa(m.IntN(400)), strconv.Itoa(m.IntN(2))} },
	"bitop": func(m *mix) []string {
		return m.pick(slices.Concat(one([]string{"AND", "OR", "XOR"}[m.IntN(3)]), one(m.key()), m.someKeys()),
			[]string{"NOT", m.key(), m.key()})
	},
	"bitfield": func(m *mix) []string { return words(m.key(), m.fields()) },
	"publish":  func(m *mix) []string { return []string{m.key(), m.value()} },
	"spublish": func(m *mix) []string { return []string{m.key(), m.value()} },
	"del":      (*mix).someKeys,
	"unlink":   (*mix).someKeys,
	"rename":   func(m *mix) []string { return []string{m.key(), m.key()} },
	"renamenx": func(m *mix) []string { return []string{m.key(), m.key()} },
	"copy": func(m *mix) []string {
		return slices.Concat([]string{m.key(), m.key()}, m.pick(nil, []string{"DB", m.db()}), m.pick(nil, one("REPLACE")))
	},
	"move":      func(m *mix) []string { return []string{m.key(), m.db()} },
	"expire":    func(m *mix) []string { return m.relative(1000) },
	"pexpire":   func(m *mix) []string { return m.relative(1) },
	"expireat":  func(m *mix) []string { return m.absolute(1000) },
	"pexpireat": func(m *mix) []string { return m.absolute(1) },
	"persist":   func(m *mix) []string { return one(m.key()) },
	"flushdb":   (*mix).flushMode,
	"flushall":  (*mix).flushMode,
	"swapdb":    func(m *mix) []string { return []string{m.db(), m.db()} },

	"function|flush": (*mix).flushMode,
}

// readArguments are arguments for every command that only reads; the key s is a string, x does not exist.
var readArguments = joined(
	keyReadArguments,
	listReadArguments,
	setReadArguments,
	sortedSetReadArguments,
	hashReadArguments,
	hyperLogLogReadArguments, geoReadArguments, sortReadArguments,
	streamReadArguments,
)

var keyReadArguments = map[string][]string{
	"get": {"s"}, "mget": {"s", "x"}, "strlen": {"s"}, "getrange": {"s", "0", "1"}, "substr": {"s", "0", "1"},
	"lcs": {"s", "x"}, "getbit": {"s", "3"}, "bitcount": {"s"}, "bitpos": {"s", "1"}, "bitfield_ro": {"s", "GET", "u8", "0"},
	"exists": {"s"}, "type": {"s"}, "touch": {"s"}, "ttl": {"s"}, "pttl": {"s"}, "expiretime": {"s"},
	"pexpiretime": {"s"}, "keys": {"*"}, "scan": {"0"}, "randomkey": {}, "dbsize": {}, "lolwut": {},
	"object|encoding": {"s"}, "object|freq": {"s"}, "object|idletime": {"s"}, "object|refcount": {"s"},
	"memory|usage": {"s"},
}

// flagged returns the full names of the commands with one of the flags, containers left out.
func (f *fixture) flagged(flags commands.Flags) (names []string) {
	for cmd := range f.srv.table.All() {
		if cmd.Flags&flags != 0 && len(cmd.Sub) == 0 {
			names = append(names, cmd.FullName)
		}
	}
	return names
}

// commandLine is the words of a command given its full name.
func commandLine(fullName string, args []string) []string {
	return append(strings.Split(strings.ToUpper(fullName), "|"), args...)
}
