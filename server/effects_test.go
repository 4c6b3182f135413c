package server

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"synap/commands"
	"synap/server/transport"
	"synap/store"
)

// TestEveryWriteIsMixed: a new command that writes needs arguments here, or its effects would go untested.
func TestEveryWriteIsMixed(t *testing.T) {
	f := newFixture(t)
	writing := f.flagged(commands.Write | commands.MayReplicate)
	for _, name := range writing {
		if mixedArguments[name] == nil {
			t.Errorf("%s writes, but there is no generator of its arguments", name)
		}
	}
	for name := range mixedArguments {
		if !slices.Contains(writing, name) {
			t.Errorf("%s has a generator, but is no command that writes", name)
		}
	}
}

// effectRun feeds a server with random commands and records their effects.
type effectRun struct {
	t      *testing.T
	f      *fixture
	c      *testClient
	m      *mix
	log    *recorder
	writes []string
	failed map[string]int // how often each command was refused
	calls  map[string]int
}

func newEffectRun(t *testing.T, seed uint64, directives ...string) *effectRun {
	f := newFixture(t, append(directives, "databases 4")...)
	return &effectRun{t: t, f: f, c: f.connect(), m: newMix(seed, f), log: f.record(),
		writes: f.flagged(commands.Write), failed: map[string]int{}, calls: map[string]int{}}
}

// write makes a random writing command. Those that empty databases are rare, or there would be nothing to work on.
func (r *effectRun) write() (name string, line []string) {
	for {
		name = r.writes[r.m.IntN(len(r.writes))]
		if !strings.Contains(name, "flush") || r.m.IntN(20) == 0 {
			return name, commandLine(name, mixedArguments[name](r.m))
		}
	}
}

// forgetsEncoding are commands after which a short or numeric string may be laid out in another way than a replay would
// do it, in Redis too: a bit operation that changes no bit, a sum of floats that is a whole number.
var forgetsEncoding = map[string]bool{"setbit": true, "bitfield": true, "incrbyfloat": true}

// settle gives the key a layout that does not depend on its history.
func settle(line []string) []string { return []string{"APPEND", line[1], ""} }

func (r *effectRun) single() {
	name, line := r.write()
	before := r.log.len()
	r.count(name, r.run(name, line))
	units := r.log.since(before)
	switch {
	case !forgetsEncoding[name]:
	case len(units) == 0, name == "incrbyfloat":
		r.c.call(settle(line)...)
	}
	if len(units) > 1 && r.f.srv.cfg.MaxMemory == 0 { // evictions are units of their own
		r.t.Errorf("%q left %d units:\n%s", line, len(units), text(units))
	}
}

func (r *effectRun) count(name, answer string) {
	r.calls[name]++
	if strings.HasPrefix(answer, "-") {
		r.failed[name]++
	}
}

// transaction runs some commands in MULTI and EXEC; all their effects are one unit.
func (r *effectRun) transaction() {
	r.c.call("MULTI")
	for range 1 + r.m.IntN(6) {
		if r.m.IntN(5) == 0 {
			r.c.call("SELECT", r.m.db())
		}
		name, line := r.write()
		r.c.call(line...)
		if forgetsEncoding[name] {
			r.c.call(settle(line)...)
		}
		r.c.call("GET", r.m.key())
	}
	before := r.log.len()
	limited := r.f.srv.cfg.MaxMemory > 0
	if answer := r.c.call("EXEC"); strings.HasPrefix(answer, "-") && !limited {
		r.t.Errorf("EXEC: %s", answer)
	}
	if n := r.log.len() - before; n > 1 && !limited {
		r.t.Errorf("EXEC left %d units", n)
	}
}

// steps runs n random steps: commands, transactions, reads, passing time, slices of the expiry cycle.
func (r *effectRun) steps(n int) {
	for range n {
		switch p := r.m.IntN(100); {
		case p < 5:
			r.f.advance(time.Duration(r.m.IntN(800)) * time.Millisecond)
		case p < 7:
			r.f.srv.expire()
		case p < 11:
			r.c.call("SELECT", r.m.db())
		case p < 17:
			r.transaction()
		case p < 23:
			r.c.call("GET", r.m.key())
		case p < 24:
			r.c.call("RANDOMKEY")
		default:
			r.single()
		}
	}
}

// TestReplay: what the effect stream says is the whole truth. Random writes of all kinds are recorded and replayed into
// an empty server, which must end up with the same data: values, encodings and expiry times of all databases.
func TestReplay(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			r := newEffectRun(t, seed)
			for range 8 {
				r.steps(500)
				replay(t, r.log.since(0), r.f.srv.store)
				if t.Failed() {
					t.FailNow()
				}
			}
			for _, name := range r.writes {
				if r.calls[name] > 30 && r.calls[name] == r.failed[name] {
					t.Errorf("all %d calls of %s were refused: the generator is no good", r.calls[name], name)
				}
			}
			expired := r.evidence().Expired
			if expired < 50 {
				t.Errorf("only %d keys expired: expiry was not tested", expired)
			}
		})
	}
}

func (r *effectRun) evidence() store.ShardStats {
	var tx store.Txn
	r.f.srv.store.Begin(&tx, store.AllShards, 0, 0)
	defer tx.End()
	return tx.Stats()
}

// TestReplayOfEviction: evicted keys leave the stream as they leave the memory, whatever the policy.
func TestReplayOfEviction(t *testing.T) {
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu",
		"volatile-random", "volatile-ttl", "noeviction"} {
		t.Run(policy, func(t *testing.T) {
			r := newEffectRun(t, 7, "maxmemory 150kb", "maxmemory-policy "+policy)
			r.m.keys = 1500
			r.c.call("CLIENT", "NO-EVICT", "ON")
			refused := 0
			for i := range 2500 {
				if i%10 == 0 {
					r.steps(1)
				}
				answer := r.c.call("SET", r.m.key(), strings.Repeat("v", 100+r.m.IntN(200)), "PX",
					strconv.Itoa(20_000+r.m.IntN(1_000_000)))
				if strings.HasPrefix(answer, "-OOM") {
					refused++
				}
			}
			evicted := r.evidence().Evicted
			if policy == "noeviction" {
				if evicted > 0 || refused == 0 {
					t.Errorf("%d keys were evicted and %d commands refused", evicted, refused)
				}
			} else if evicted < 100 {
				t.Errorf("only %d keys were evicted: eviction was not tested", evicted)
			}
			replay(t, r.log.since(0), r.f.srv.store)
		})
	}
}

// effectScript is a preparation and a line (commands separated by " ; "), and the text of the units the line leaves.
type effectScript struct{ name, before, line, want string }

func runEffectScripts(t *testing.T, scripts []effectScript) {
	for _, x := range scripts {
		t.Run(x.name, func(t *testing.T) {
			f := newFixture(t)
			c := f.connect()
			run := func(lines string) {
				for line := range strings.SplitSeq(lines, " ; ") {
					switch {
					case line == "":
					case line == "@later":
						f.advance(time.Minute)
					case line == "@cycle":
						f.srv.expire()
					default:
						c.do(line)
					}
				}
			}
			run(x.before)
			log := f.record()
			run(x.line)
			if got := text(log.since(0)); got != x.want {
				t.Errorf("%s\n got %q\nwant %q", x.line, got, x.want)
			}
		})
	}
}

// TestUnits: what belongs together leaves together, in the order it was done.
func TestUnits(t *testing.T) {
	runEffectScripts(t, []effectScript{
		{"one command", "", "SET a 1", "0:SET a 1"},
		{"each command a unit", "", "SET a 1 ; INCR a", "0:SET a 1\n0:INCR a"},
		{"the database", "", "SELECT 3 ; SET a 1", "3:SET a 1"},
		{"EXEC is one unit", "", "MULTI ; SET a 1 ; INCR a ; GET a ; DEL a ; EXEC", "0:SET a 1; 0:INCR a; 0:DEL a"},
		{"EXEC over databases", "", "MULTI ; SET a 1 ; SELECT 2 ; INCR a ; MOVE a 5 ; EXEC ; INCR a",
			"0:SET a 1; 2:INCR a; 2:MOVE a 5\n2:INCR a"},
		{"EXEC with a failing command", "SET s text", "MULTI ; SET a 1 ; INCR s ; SET b 2 ; EXEC", "0:SET a 1; 0:SET b 2"},
		{"EXEC makes times absolute", "", "MULTI ; SET a 1 EX 10 ; PEXPIRE a 5 ; EXEC",
			"0:SET a 1 PXAT 1700000010000; 0:PEXPIREAT a 1700000000005"},
		{"a sum of floats as its result", "SET a 1 PX 9", "INCRBYFLOAT a 0.5", "0:SET a 1.5 KEEPTTL"},
		{"a failing command ends no other one's effects", "SET a 1", "INCR a ; INCR a x ; INCR a", "0:INCR a\n0:INCR a"},
		{"found expired by a read", "SET a 1 EX 1 ; @later", "GET a", "0:DEL a"},
		{"found expired by a write", "SET a 1 EX 1 ; @later", "INCR a", "0:DEL a; 0:INCR a"},
		{"found expired by a failing command", "SET a 1 EX 1 ; SET s x ; @later", "MSETNX s 1 a 2 ; INCRBYFLOAT s 1 ; RENAME a b",
			"0:DEL a"},
		{"found expired in EXEC", "SET a 1 EX 1 ; @later", "MULTI ; SET b 2 ; GET a ; EXEC", "0:SET b 2; 0:DEL a"},
		{"expired target in another database", "SELECT 1 ; SET a 1 EX 1 ; SELECT 0 ; SET a 2 ; @later", "MOVE a 1",
			"1:DEL a; 0:MOVE a 1"},
		{"expiry cycle", "SELECT 2 ; SET a 1 EX 1 ; @later", "@cycle", "2:DEL a"},
	})
}

// TestSilentCommands: commands that change nothing say nothing.
func TestSilentCommands(t *testing.T) {
	var scripts []effectScript
	for _, line := range []string{
		// refused
		"SET", "SET s 1 BOGUS", "SET s 1 EX 0", "SETEX s -1 v", "INCR s", "INCRBY n 9223372036854775807", "INCRBYFLOAT s 1",
		"EXPIRE s x", "MSET a", "SETRANGE s -1 x", "SETBIT s 1 2", "BITOP NOT d s n", "BITFIELD s SET u64 0 1", "RENAME x y",
		"COPY s s", "MOVE s 0", "MOVE s 99", "FLUSHALL NOW", "SWAPDB 0 99", "GETEX s EX 0", "NOSUCHCOMMAND s",
		// done, but without consequence
		"SET s 1 NX", "SET x 1 XX", "SET s 1 NX GET", "SETNX s 1", "GETDEL x", "GETEX s", "GETEX s PERSIST", "GETEX x EX 9",
		"MSETNX x 1 s 2", "SETRANGE s 3 ''", "SETBIT s 0 0", "BITFIELD s GET u8 0", "BITFIELD s SET u8 0 115", "BITOP AND x y z",
		"DEL x", "UNLINK x y", "RENAME s s", "RENAMENX s n", "COPY s n", "COPY x y", "MOVE x 1", "MOVE s 1", "EXPIRE x 9",
		"EXPIRE s 9 XX", "EXPIRE s 9 GT", "PEXPIREAT t 1700000001000 GT", "EXPIRE t 9 NX", "PERSIST s", "PERSIST x",
		"FUNCTION FLUSH",
		// around transactions
		"MULTI ; EXEC", "MULTI ; GET s ; EXEC", "MULTI ; SET s 1 ; DISCARD", "MULTI ; SET s 1 ; BOGUS ; EXEC",
		"WATCH s ; UNWATCH", "SELECT 2", "PING",
	} {
		scripts = append(scripts, effectScript{line, "SET s string ; SET n 1 ; SET t v EX 60 ; SELECT 1 ; SET s 2 ; SELECT 0", line, ""})
	}
	runEffectScripts(t, scripts)
}

// TestLostTransaction: EXEC of a transaction that lost its WATCH has no effects.
func TestLostTransaction(t *testing.T) {
	f := newFixture(t)
	a, b := f.connect(), f.connect()
	log := f.record()
	a.ok("WATCH k")
	b.ok("SET k other")
	a.ok("MULTI")
	a.do("SET k mine")
	if got := a.do("EXEC"); got != "*nil" {
		t.Errorf("EXEC: %s", got)
	}
	if got := text(log.since(0)); got != "0:SET k other" {
		t.Errorf("the stream is %q", got)
	}
}

// TestReadsAreSilent: no command that only reads leaves a unit.
func TestReadsAreSilent(t *testing.T) {
	f := newFixture(t)
	c := f.connect()
	c.ok("SET s string")
	c.ok("XGROUP CREATE stream g 0 MKSTREAM")
	log := f.record()
	for _, name := range f.flagged(commands.ReadOnly) {
		args, known := readArguments[name]
		if !known {
			t.Errorf("%s reads, but there are no arguments to try it with", name)
			continue
		}
		line := commandLine(name, args)
		if answer := c.call(line...); strings.HasPrefix(answer, "-") && name != "object|freq" {
			t.Errorf("%q: %s", line, answer)
		}
		if n := log.len(); n > 0 {
			t.Fatalf("%q left %s", line, text(log.since(0)))
		}
	}
}

// TestRepliesWaitForEffects: the reply of a write is held for the number of its unit, that of a read is not, and the
// number is known before anything of the turn is written.
func TestRepliesWaitForEffects(t *testing.T) {
	f := newFixture(t)
	log := f.record()
	var seqs []uint64
	c := f.connectLoop(0)
	f.srv.holdReplies = func(conn transport.Conn, seq uint64) {
		if conn != transport.Conn(c) {
			t.Error("another connection's replies are held")
		}
		if c.received.Len() > 0 {
			t.Error("a reply left before the number of its unit was known")
		}
		if seq != uint64(log.len()) {
			t.Errorf("held for %d when %d was the last unit", seq, log.len())
		}
		seqs = append(seqs, seq)
		conn.Hold(seq)
	}
	for _, x := range []struct {
		lines   []string
		seqs    []uint64 // what the replies are held for
		replies int
	}{
		{[]string{"GET a", "PING", "DEL a"}, nil, 3},
		{[]string{"SET a 1"}, []uint64{1}, 1},
		{[]string{"SET a 1", "GET a", "INCR a", "INCR a x", "SET a 2 NX"}, []uint64{2, 3}, 5},
		{[]string{"MULTI", "INCR a", "INCR a", "EXEC", "GET a"}, []uint64{4}, 5},
		{[]string{"GET a"}, nil, 1},
	} {
		var raw strings.Builder
		for _, line := range x.lines {
			raw.WriteString(encode(t, line))
		}
		seqs = nil
		c.turn(raw.String())
		if !slices.Equal(seqs, x.seqs) {
			t.Errorf("%q: held for %v, want %v", x.lines, seqs, x.seqs)
		}
		if n := len(x.seqs); n > 0 {
			c.release(x.seqs[n-1] - 1)
			if got := c.answers(); len(got) > 0 {
				t.Errorf("%q: %q left too early", x.lines, got)
			}
			c.release(x.seqs[n-1])
		}
		if got := c.answers(); len(got) != x.replies {
			t.Errorf("%q: replies %q", x.lines, got)
		}
	}
}

// dawdler is a recorder that lets others go first: a unit that were handed over after its keys are unlocked would come
// too late.
type dawdler struct{ *recorder }

func (d dawdler) Append(u store.Unit) uint64 {
	runtime.Gosched()
	return d.recorder.Append(u)
}

// TestConcurrentReplay: sessions on several loops change the same keys while the expiry cycle runs; the stream has every
// key's changes in the order they were applied, or a replay would come out differently.
func TestConcurrentReplay(t *testing.T) {
	const loops, turns, batch = 4, 150, 8
	f := newFixture(t, "io-threads "+strconv.Itoa(loops), "databases 4")
	log := f.record()
	f.srv.store.SetSink(dawdler{log})
	held := make([][]uint64, loops) // by loop, so each goroutine writes its own
	f.srv.holdReplies = func(c transport.Conn, seq uint64) { held[c.Loop()] = append(held[c.Loop()], seq) }
	var sessions, cycle sync.WaitGroup
	stop := make(chan struct{})
	cycle.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				f.srv.expire()
			}
		}
	})
	for loop := range loops {
		c := f.connectLoop(loop)
		sessions.Go(func() {
			m := newMix(uint64(loop), f)
			m.keys = 5
			for turn := range turns {
				var raw strings.Builder
				for i := range batch {
					raw.WriteString(contend(m, fmt.Sprintf("<%d.%d.%d>", loop, turn, i)))
				}
				c.turn(raw.String())
			}
		})
	}
	sessions.Wait()
	close(stop)
	cycle.Wait()
	total := 0
	for loop, seqs := range held {
		if !slices.IsSorted(seqs) || len(slices.Compact(slices.Clone(seqs))) != len(seqs) {
			t.Errorf("the sequence numbers of loop %d do not ascend", loop)
		}
		total += len(seqs)
	}
	if units := log.len(); total > units || total < loops*turns {
		t.Errorf("%d replies were held for %d units", total, units)
	}
	replay(t, log.since(0), f.srv.store)
}

// contend makes commands whose order shows in the values: token is appended, copied, moved about. Some of the keys
// expire the moment they are made.
func contend(m *mix, token string) string {
	past := strconv.FormatInt(m.now()-1, 10)
	a, b := m.key(), m.key()
	switch m.IntN(9) {
	case 0:
		return request("SET", a, token)
	case 1:
		return request("COPY", a, b, "REPLACE")
	case 2:
		return request("RENAME", a, b)
	case 3:
		return request("MSET", a, token, b, token)
	case 4:
		return request("MULTI") + request("APPEND", a, token) + request("APPEND", b, token) + request("EXEC")
	case 5:
		return request("SET", a, token, "PXAT", past)
	case 6:
		return request("BITOP", "OR", a, a, b)
	}
	return request("APPEND", a, token)
}
