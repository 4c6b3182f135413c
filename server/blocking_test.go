package server

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"synap/server/transport"
	"synap/store"
)

func newBlockingFixture(t testing.TB, directives ...string) *fixture {
	f := newFixture(t, directives...)
	f.enableBlocking()
	return f
}

// TestBlockedClientIsServed: whatever gives a key a value serves the client that waits for it, at once.
func TestBlockedClientIsServed(t *testing.T) {
	for _, tc := range []struct {
		prepare  string // by the producer, before the client waits
		producer string
		want     string // what the client is served
		left     string // EXISTS k, afterwards
		effects  string
	}{
		{"", "SET k v", `["k", "v"]`, ":0", "0:SET k v; 0:DEL k"},
		{"", "APPEND k v", `["k", "v"]`, ":0", "0:APPEND k v; 0:DEL k"},
		{"", "INCR k", `["k", "1"]`, ":0", "0:INCR k; 0:DEL k"},
		{"", "SETBIT k 7 1", `["k", "\x01"]`, ":0", "0:SETBIT k 7 1; 0:DEL k"},
		{"", "MSET x 1 k v k w", `["k", "w"]`, ":0", "0:MSET x 1 k v k w; 0:DEL k"},
		{"SET a v", "RENAME a k", `["k", "v"]`, ":0", "0:RENAME a k; 0:DEL k"},
		{"SET a v", "COPY a k", `["k", "v"]`, ":0", "0:COPY a k; 0:DEL k"},
		{"SELECT 2|SET k v", "MOVE k 0", `["k", "v"]`, ":0", "2:MOVE k 0; 0:DEL k"},
		{"SELECT 2|SET k v", "COPY k k DB 0", `["k", "v"]`, ":0", "2:COPY k k DB 0; 0:DEL k"},
		{"SELECT 2|SET k v", "SWAPDB 0 2", `["k", "v"]`, ":0", "2:SWAPDB 0 2; 0:DEL k"},
		{"", "MULTI|SET k v|SET k w|EXEC", `["k", "w"]`, ":0", "0:SET k v; 0:SET k w; 0:DEL k"},
		{"", "MULTI|SET k v|DEL k|EXEC", ``, ":0", "0:SET k v; 0:DEL k"},
		{"", "MULTI|SET k v|SET z y|MOVE k 1|EXEC", ``, ":0", "0:SET k v; 0:SET z y; 0:MOVE k 1"},
		{"", "SET other v", ``, ":0", "0:SET other v"},
		{"", "SELECT 1|SET k v", ``, ":0", "1:SET k v"},
		{"", "MULTI|SET k v|SET l w|EXEC", `["k", "v"]`, ":0", "0:SET k v; 0:SET l w; 0:DEL k"},
		{"", "MULTI|SET l w|SET k v|EXEC", `["k", "v"]`, ":0", "0:SET l w; 0:SET k v; 0:DEL k"}, // the command's order counts
		{"", "SET l v", `["l", "v"]`, ":0", "0:SET l v; 0:DEL l"},
		{"", "SET k v|SET k w", `["k", "v"]`, ":1", "0:SET k v; 0:DEL k\n0:SET k w"},
	} {
		t.Run(tc.producer, func(t *testing.T) {
			f := newBlockingFixture(t)
			log := f.record()
			c, producer, other := f.connect(), f.connect(), f.connect()
			if tc.prepare != "" {
				for _, line := range strings.Split(tc.prepare, "|") {
					producer.do(line)
				}
			}
			before := log.len()
			c.send("TAKE k l k 0\r\nECHO next\r\n")
			c.got("")
			producer.send(strings.ReplaceAll(tc.producer, "|", "\r\n") + "\r\n")
			want := ""
			if tc.want != "" {
				want = tc.want + ` "next"`
			}
			c.got(want)
			if got := other.do("EXISTS k"); got != tc.left {
				t.Errorf("EXISTS k: %s", got)
			}
			if got := text(log.since(before)); got != tc.effects {
				t.Errorf("effects\n%s\nwant\n%s", got, tc.effects)
			}
			if tc.want == "" {
				f.turn(c.Close)
			}
			f.nobodyWaits(t)
			replay(t, log.since(0), f.srv.store)
		})
	}
}

// TestBlockedOrder: each value serves the client that has waited longest for its key, and only that one.
func TestBlockedOrder(t *testing.T) {
	f := newBlockingFixture(t)
	var c []*testClient
	for range 5 {
		c = append(c, f.connect())
	}
	producer := f.connect()
	k := keysApart(2)
	a, b := k[0], k[1]
	for i, keys := range []string{a, b + " " + a, a + " " + b, b, a} {
		c[i].send("TAKE " + keys + " 0\r\n")
	}
	for _, tc := range []struct {
		set  string
		want int // who is served, from 0
		key  string
	}{{a, 0, a}, {a, 1, a}, {b, 2, b}, {a, 4, a}, {b, 3, b}} {
		producer.do("SET " + tc.set + " v")
		for i, x := range c {
			got := strings.Join(x.answers(), " ")
			if want := fmt.Sprintf(`["%s", "v"]`, tc.key); i == tc.want && got != want || i != tc.want && got != "" {
				t.Errorf("SET %s: client %d got %q", tc.set, i, got)
			}
		}
	}
	if got := producer.do("SET " + a + " v"); got != "+OK" || producer.do("EXISTS "+a) != ":1" {
		t.Error("somebody took what nobody waits for")
	}
	f.nobodyWaits(t)
}

// TestBlockedChain: what a client that is served hands on serves the next one, wherever the keys are; all of it is one
// unit, and the one who began it holds all the shards from the start.
func TestBlockedChain(t *testing.T) {
	k := keysApart(4)
	for _, tc := range []struct {
		name    string
		waiters []string
		produce string
		want    []string
		effects string
	}{
		{"one hop", []string{"PASS 0 1 0"}, "SET 0 v", []string{`"v"`}, "SET 0 v; DEL 0; SET 1 v"},
		{"three hops", []string{"TAKE 3 0", "PASS 2 3 0", "PASS 1 2 0", "PASS 0 1 0"}, "SET 0 v",
			[]string{`["3", "v"]`, `"v"`, `"v"`, `"v"`},
			"SET 0 v; DEL 0; SET 1 v; DEL 1; SET 2 v; DEL 2; SET 3 v; DEL 3"},
		{"to itself", []string{"PASS 0 0 0", "TAKE 0 0"}, "SET 0 v", []string{`"v"`, `["0", "v"]`},
			"SET 0 v; DEL 0; SET 0 v; DEL 0"},
		{"in a circle", []string{"PASS 0 1 0", "PASS 1 2 0", "PASS 2 0 0"}, "SET 0 v", []string{`"v"`, `"v"`, `"v"`},
			"SET 0 v; DEL 0; SET 1 v; DEL 1; SET 2 v; DEL 2; SET 0 v"},
		{"from a transaction", []string{"PASS 0 1 0", "TAKE 2 0"}, "MULTI|SET 2 w|SET 0 v|EXEC", []string{`"v"`, `["2", "w"]`},
			"SET 2 w; SET 0 v; DEL 2; DEL 0; SET 1 v"},
		{"to a taken place", []string{"PASS 0 1 0", "TAKE 0 0"}, "MULTI|SET 1 w|SET 0 v|EXEC",
			[]string{"-TAKEN the destination has a value", `["0", "v"]`}, "SET 1 w; SET 0 v; DEL 0"},
		{"from another database", []string{"PASS 0 1 0"}, "SELECT 1|SET 0 v|MOVE 0 0", []string{`"v"`},
			"1:SET 0 v\n1:MOVE 0 0; DEL 0; SET 1 v"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			names := strings.NewReplacer(" 0", " "+k[0], " 1", " "+k[1], " 2", " "+k[2], " 3", " "+k[3],
				`"3"`, `"`+k[3]+`"`, `"2"`, `"`+k[2]+`"`, `"0"`, `"`+k[0]+`"`)
			f := newBlockingFixture(t)
			log := f.record()
			var clients []*testClient
			for _, w := range tc.waiters {
				c := f.connect()
				line, _ := strings.CutSuffix(w, " 0")
				c.send(names.Replace(line) + " 0\r\n")
				clients = append(clients, c)
			}
			p := f.connect()
			for _, line := range strings.Split(tc.produce, "|") {
				switch line {
				case "SELECT 1":
				case "MOVE 0 0":
					line = "MOVE " + k[0] + " 0"
				default:
					line = names.Replace(line)
				}
				p.send(line + "\r\n")
			}
			for i, c := range clients {
				if got, want := strings.Join(c.answers(), " "), names.Replace(tc.want[i]); got != want {
					t.Errorf("%s got %q, want %q", tc.waiters[i], got, want)
				}
			}
			got := strings.ReplaceAll(text(log.since(0)), "0:", "")
			for i, key := range k {
				got = strings.ReplaceAll(got, key, strconv.Itoa(i))
			}
			if got != tc.effects {
				t.Errorf("effects\n%s\nwant\n%s", got, tc.effects)
			}
			f.nobodyWaits(t)
			replay(t, log.since(0), f.srv.store)
		})
	}
}

// TestBlockingInTransaction: nobody waits in a transaction; what would make others wait replies as if its time were up,
// or as the command has it for this case.
func TestBlockingInTransaction(t *testing.T) {
	f := newBlockingFixture(t)
	c, other := f.connect(), f.connect()
	c.expect([]exchange{
		{"MULTI", "+OK"}, {"TAKE k 0", "+QUEUED"}, {"PASS k l 0", "+QUEUED"}, {"SET k v", "+QUEUED"}, {"TAKE k 0", "+QUEUED"},
		{"EXEC", `[*nil, nil, +OK, ["k", "v"]]`},
	})
	other.send("TAKE k 0\r\n")
	c.send("MULTI\r\nSET k v\r\nTAKE k 0\r\nEXEC\r\n")
	c.got(`+OK +QUEUED +QUEUED [+OK, ["k", "v"]]`)
	other.got("")
	c.ok("SET k w")
	other.got(`["k", "w"]`)
}

// TestBlockedBetweenReplies: replies of commands before a blocking one leave before it waits.
func TestBlockedBetweenReplies(t *testing.T) {
	f := newBlockingFixture(t)
	c, other := f.connect(), f.connect()
	c.send("PING\r\nTAKE k 0\r\nTAKE k 0\r\nSET k c\r\nTAKE k 0\r\nPING\r\n")
	c.got("+PONG")
	other.ok("SET k a")
	c.got(`["k", "a"]`)
	other.ok("SET k b")
	c.got(`["k", "b"] +OK ["k", "c"] +PONG`)
	f.nobodyWaits(t)
}

// TestBlockedProtocol: the reply is in the protocol of the client that waits, not of the one that serves it.
func TestBlockedProtocol(t *testing.T) {
	f := newBlockingFixture(t)
	c, d, p := f.connect(), f.connect(), f.connect()
	d.do("HELLO 3")
	c.send("TAKE k 0.05\r\n")
	d.send("TAKE k 0.05\r\n")
	p.do("HELLO 3")
	for _, x := range []*testClient{c, d} {
		p.ok("SET k v")
		x.got(`["k", "v"]`)
	}
	f.turn(func() {
		for _, x := range f.clients[:2] {
			x.in = append(x.in, "TAKE k 0\r\n"...)
		}
	})
	p.do("CLIENT UNBLOCK 1")
	p.do("CLIENT UNBLOCK 2")
	if got := c.received.String() + d.received.String(); got != "*-1\r\n_\r\n" {
		t.Errorf("got %q", got)
	}
}

// TestBlockedClientGoes: a client that does not wait any more, for whatever reason, takes nothing.
func TestBlockedClientGoes(t *testing.T) {
	for name, leave := range map[string]func(f *fixture, c, other *testClient){
		"time":         func(f *fixture, _, _ *testClient) { f.pass(time.Second) },
		"disconnected": func(f *fixture, c, _ *testClient) { f.turn(c.Close) },
		"killed":       func(f *fixture, _, other *testClient) { other.do("CLIENT KILL ID 1") },
		"killed in a transaction": func(f *fixture, _, other *testClient) {
			other.send("MULTI\r\nCLIENT KILL ID 1\r\nSET " + keysApart(1)[0] + " v\r\nEXEC\r\n")
			other.got("+OK +QUEUED +QUEUED [:1, +OK]")
		},
		"unblocked":            func(f *fixture, _, other *testClient) { other.do("CLIENT UNBLOCK 1") },
		"unblocked with error": func(f *fixture, _, other *testClient) { other.do("CLIENT UNBLOCK 1 ERROR") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := blockingFixture(t)
				f.enableBlocking()
				k := keysApart(3)
				c, other := f.connect(), f.connect()
				c.send("TAKE " + k[0] + " " + k[1] + " 1\r\n")
				leave(f, c, other)
				f.nobodyWaits(t)
				other.ok("SET " + k[0] + " v")
				other.ok("SET " + k[1] + " v")
				if got := other.do("EXISTS " + k[0] + " " + k[1]); got != ":2" {
					t.Errorf("EXISTS %s", got)
				}
			})
		})
	}
}

// TestBlockedSettledTwice: a client whose time is up, or that is killed, while its loop has not seen it yet, is passed over:
// the next one gets what comes.
func TestBlockedSettledTwice(t *testing.T) {
	for name, end := range map[string]string{"unblocked": "CLIENT UNBLOCK 1", "killed": "CLIENT KILL ID 1"} {
		t.Run(name, func(t *testing.T) {
			f := newBlockingFixture(t)
			c, d, p := f.connect(), f.connect(), f.connect()
			c.send("TAKE k 0\r\n")
			d.send("TAKE k 0\r\n")
			p.send(end + "\r\nSET k v\r\n")
			if got := strings.Join(c.answers(), " "); strings.Contains(got, "v") {
				t.Errorf("got %s", got)
			}
			d.got(`["k", "v"]`)
			f.nobodyWaits(t)
		})
	}
	f := newBlockingFixture(t)
	c, p := f.connect(), f.connect()
	c.send("TAKE k 0\r\n")
	p.send("SET k v\r\nCLIENT UNBLOCK 1\r\nSET k w\r\n")
	c.got(`["k", "v"]`)
	p.got("+OK :0 +OK")
	c.got("")
}

// TestBlockedUntilGone: a client to whom the end of a key matters learns of it, however it comes.
func TestBlockedUntilGone(t *testing.T) {
	const gone = "-ERR no such key"
	for _, tc := range []struct{ change, want string }{
		{"SET k w", ""},
		{"SET k b", `"b"`},
		{"DEL k", gone},
		{"RENAME k l", gone},
		{"MOVE k 1", gone},
		{"FLUSHALL", gone},
		{"FLUSHDB ASYNC", gone},
		{"SWAPDB 0 1", gone},
		{"PEXPIREAT k 1", gone},
		{"MULTI|DEL k|SET k b|EXEC", `"b"`},
		{"MULTI|SET k b|DEL k|EXEC", gone},
		{"MULTI|SET k a|SET l b|SET k c|EXEC", ``},
		{"SELECT 1|SET k b|SWAPDB 1 0", `"b"`},
		{"GETDEL k", gone},
	} {
		t.Run(tc.change, func(t *testing.T) {
			f := newBlockingFixture(t)
			c, p := f.connect(), f.connect()
			p.ok("SET k a")
			c.send("SEEK k b 0\r\n")
			if got := p.do("INFO clients"); !strings.Contains(got, `total_blocking_keys:1\r\ntotal_blocking_keys_on_nokey:1`) {
				t.Error(got)
			}
			p.send(strings.ReplaceAll(tc.change, "|", "\r\n") + "\r\n")
			c.got(tc.want)
		})
	}
	t.Run("expired", func(t *testing.T) {
		f := newBlockingFixture(t)
		c, p := f.connect(), f.connect()
		p.ok("SET k a PX 100")
		c.send("SEEK k b 0\r\n")
		f.advance(200 * time.Millisecond)
		f.srv.expire()
		f.turn(func() {})
		c.got(gone)
		f.nobodyWaits(t)
	})
	t.Run("evicted", func(t *testing.T) {
		f := newBlockingFixture(t, "maxmemory-policy allkeys-random")
		c, p := f.connect(), f.connect()
		p.ok("SET k a")
		c.send("SEEK k b 0\r\n")
		p.ok("CONFIG SET maxmemory 1")
		p.do("GET x")
		c.got(gone)
		f.nobodyWaits(t)
	})
}

// TestBlockedWords: a command is run again in the words its handler has put in place of those sent; the latter are shown.
func TestBlockedWords(t *testing.T) {
	f := newBlockingFixture(t, "slowlog-log-slower-than 0")
	c, p := f.connect(), f.connect()
	p.ok("SET k a")
	c.send("SEEK k @ 0\r\n")
	p.ok("SET k b")
	c.got("")
	p.ok("SET k a")
	c.got(`"a"`)
	if got := p.do("SLOWLOG GET 2"); !strings.Contains(got, `["SEEK", "k", "@", "0"]`) {
		t.Error(got)
	}
	synctest.Test(t, func(t *testing.T) {
		f := blockingFixture(t)
		f.enableBlocking()
		c := f.connect()
		c.send("SET k a\r\nSEEK k b 1000\r\n")
		c.got("+OK")
		f.pass(time.Second)
		c.got("+LATE")
	})
}

// TestBlockedAccounting: a command that has waited counts once, where it was sent, with the changes it made.
func TestBlockedAccounting(t *testing.T) {
	f := newBlockingFixture(t)
	c, p := f.connect(), f.connect()
	line := func() string { return string(p.tree("CLIENT LIST ID 1").Text) }
	c.do("PING")
	idle, _ := strconv.Atoi(field(line(), "tot-mem"))
	long := strings.Repeat("k", 1000)
	c.send("TAKE k " + long + " 0\r\n")
	l := line()
	if mem, _ := strconv.Atoi(field(l, "tot-mem")); field(l, "flags") != "b" || field(l, "cmd") != "take" || mem < idle+1000 {
		t.Error(l)
	}
	st := func() commandStats { return f.srv.loops[0].stats.byCommand[f.srv.table.Named("take").ID] }
	if st := st(); st.calls != 0 {
		t.Errorf("%+v while it waits", st)
	}
	changes := f.srv.changes()
	p.ok("SET k v")
	if st := st(); st.calls != 1 || st.failed != 0 || st.rejected != 0 {
		t.Errorf("%+v when it has replied", st)
	}
	if n := f.srv.changes() - changes; n != 2 {
		t.Errorf("%d changes, want 2", n)
	}
	c.got(`["k", "v"]`)
	if l := line(); field(l, "flags") != "N" {
		t.Error(l)
	}
	c.send("PASS a b 0\r\n")
	p.send("MULTI\r\nSET b 1\r\nSET a 1\r\nEXEC\r\n")
	if st := f.srv.loops[0].stats; st.byCommand[f.srv.table.Named("pass").ID].failed != 1 || st.errorCodes["TAKEN"] != 1 {
		t.Error("the error was not counted")
	}
}

// TestBlockedHolds: the reply waits for the effects of the transaction that made it, as that one's own reply does.
func TestBlockedHolds(t *testing.T) {
	f := newBlockingFixture(t)
	f.record()
	held := map[transport.Conn][]uint64{}
	f.srv.holdReplies = func(c transport.Conn, seq uint64) { held[c] = append(held[c], seq) }
	c, p := f.connect(), f.connect()
	c.send("TAKE k 0\r\n")
	p.ok("SET x v")
	p.ok("SET k v")
	if got := fmt.Sprint(held[c], held[p]); got != "[2] [1 2]" {
		t.Errorf("held for %s", got)
	}
}

// TestBlockedDuringPause: what a transaction under way does when the pause begins still serves.
func TestBlockedDuringPause(t *testing.T) {
	f := newBlockingFixture(t)
	c, p := f.connect(), f.connect()
	c.send("TAKE k 0\r\nSET z 1\r\n")
	p.send("MULTI\r\nCLIENT PAUSE 1000 WRITE\r\nSET k v\r\nEXEC\r\n")
	c.got(`["k", "v"]`)
	p.got("+OK +QUEUED +QUEUED [+OK, +OK]")
	p.ok("CLIENT UNPAUSE")
	c.got("+OK")
}

// TestBlockingStress: producers, a taker and a passer on loops of their own, with waits that end before anything comes:
// nothing is lost, nothing is served twice, and nobody waits beside a value.
func TestBlockingStress(t *testing.T) {
	const producers, values = 2, 400
	f := newBlockingFixture(t, "io-threads "+strconv.Itoa(producers+2))
	s := &blockingStress{f: f, keys: keysApart(6), deadline: time.Now().Add(time.Minute)}
	var wg sync.WaitGroup
	for loop := range producers {
		wg.Go(func() { s.produce(f.connectLoop(loop), newMix(uint64(loop), f), values) })
	}
	wg.Go(func() { s.take(f.connectLoop(producers), newMix(10, f), producers*values) })
	wg.Go(func() { s.pass(f.connectLoop(producers+1), newMix(11, f)) })
	wg.Wait()
	if s.produced.Load() != producers*values || s.taken.Load() != producers*values {
		t.Errorf("%d produced, %d taken", s.produced.Load(), s.taken.Load())
	}
	if got := f.connect().do("EXISTS " + strings.Join(s.keys, " ")); got != ":0" {
		t.Errorf("left: %s", got)
	}
	f.nobodyWaits(t)
}

// blockingStress is a keyspace into which values come at the first three keys; they are taken from any, and passed on from
// the first three to the others.
type blockingStress struct {
	f               *fixture
	keys            []string
	produced, taken atomic.Int64
	done            atomic.Bool
	deadline        time.Time
}

// ask sends a request and returns its last reply, "" if none comes: then it ends the test.
func (s *blockingStress) ask(c *loopClient, raw string) string {
	for c.turn(raw); ; c.turn("") {
		if got := c.answers(); len(got) > 0 {
			return got[len(got)-1]
		}
		if time.Now().After(s.deadline) {
			s.f.t.Errorf("%q is never answered", raw)
			s.done.Store(true)
			return ""
		}
		runtime.Gosched()
	}
}

func (s *blockingStress) produce(c *loopClient, m *mix, values int) {
	for values > 0 && !s.done.Load() {
		set := request("SET", s.keys[m.IntN(3)], "v", "NX")
		if m.IntN(2) == 0 {
			set = request("MULTI") + set + request("EXEC")
		}
		if got := s.ask(c, set); got == "+OK" || got == "[+OK]" {
			s.produced.Add(1)
			values--
		}
		runtime.Gosched()
	}
}

func (s *blockingStress) take(c *loopClient, m *mix, values int64) {
	for s.taken.Load() < values && !s.done.Load() {
		words := []string{"TAKE", s.keys[m.IntN(6)], s.keys[m.IntN(6)], s.keys[m.IntN(6)], "0.002"}
		if got := s.ask(c, request(words...)); strings.HasPrefix(got, "[") {
			s.taken.Add(1)
		}
	}
	s.done.Store(true)
}

func (s *blockingStress) pass(c *loopClient, m *mix) {
	for !s.done.Load() {
		s.ask(c, request("PASS", s.keys[m.IntN(3)], s.keys[3+m.IntN(3)], []string{"0.001", "0.003"}[m.IntN(2)]))
	}
}

// BenchmarkParkAndWake is a client that waits and is served, over and over.
func BenchmarkParkAndWake(b *testing.B) {
	for _, waiting := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("%d others", waiting), func(b *testing.B) {
			f := newBlockingFixture(b, "maxclients 20000")
			c, p := f.connect(), f.connect()
			park(b, f, waiting)
			b.ReportAllocs()
			for b.Loop() {
				c.in = append(c.in[:0], "TAKE k 10\r\n"...)
				f.srv.BeginTurn(0)
				c.run()
				p.in = append(p.in[:0], "SET k v\r\n"...)
				p.run()
				c.run()
				f.srv.EndTurn(0)
				c.out, p.out = transport.Output{}, transport.Output{}
			}
			if c.session.(*session).waiter != nil {
				b.Error("not served")
			}
		})
	}
}

// park has n sessions without connections wait for the key k2.
func park(b *testing.B, f *fixture, n int) {
	for i := range n {
		c := &testClient{f: f, addr: "10.0.0.1:" + strconv.Itoa(i+1)}
		f.srv.BeginTurn(0)
		c.session = f.srv.Accept(c)
		c.in = append(c.in, "TAKE k2 1000\r\n"...)
		c.run()
		f.srv.EndTurn(0)
	}
	if got := f.srv.blocked.all.Load(); got != int64(n) {
		b.Fatalf("%d clients wait, want %d", got, n)
	}
}

var _ store.Waiter = (*waiter)(nil)
