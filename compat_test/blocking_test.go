package compat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// blockingMatrix is what clients wait with and what others do meanwhile: every combination is tried on both servers, and
// who gets what, in which order, and what is left must be the same. Words are separated by spaces, commands by bars.
type blockingMatrix struct {
	setup     string   // by the producer, before the clients wait
	waiting   []string // each is what three clients wait with, one after the other
	producing []string
	newer     []newerOutcome
	own       []newerOutcome // what comes of a case here where Redis differs, by decision (docs/differences.md)
	// translate turns the oracle's reply to one who waits with words into that of Redis 7.2. nil: they are the same.
	translate func(words []string, producer, reply string) string
}

// newerOutcome is what comes of a case in Redis 7.2 where the older oracle differs: there a client is served from the key
// that became ready first, and not from the first one of its command that is.
type newerOutcome struct {
	command, producer string
	always            bool   // not only if the producer's commands are a transaction
	served            string // replies of the waiters in RESP2, separated by spaces
	left              string // keys and values, "": the same
}

// The ways a producer's commands are sent.
const (
	oneByOne  = "one by one"
	inMulti   = "in MULTI"
	pipelined = "pipelined"
)

// waitersPerCase is how many clients wait; the first one has the highest claim.
const waitersPerCase = 3

// errLeft is what a client gets that nobody has served.
const errLeft = "-UNBLOCKED client unblocked via CLIENT UNBLOCK"

func (m *blockingMatrix) run(t *testing.T) {
	p := startPair(t)
	for _, proto := range []string{"2", "3"} {
		oracle, subject := newBlockingStage(t, p.oracle, proto), newBlockingStage(t, p.subject, proto)
		for _, command := range m.waiting {
			for _, producer := range m.producing {
				for _, how := range []string{oneByOne, inMulti, pipelined} {
					want, got := oracle.play(t, m.setup, command, producer, how), subject.play(t, m.setup, command, producer, how)
					if !selfMode {
						m.renew(command, producer, how, want, got)
					}
					if d := want.difference(got); d != "" {
						t.Errorf("resp%s: %s, then %s %s:\n%s", proto, command, producer, how, d)
					}
				}
			}
		}
		oracle.close()
		subject.close()
	}
}

// renew replaces what the oracle says, and the form of what is compared with it, if Redis 7.2 differs, or Synap does.
func (m *blockingMatrix) renew(command, producer, how string, want, got *blockingOutcome) {
	if m.translate != nil {
		lines := split(command)
		for i, reply := range want.served {
			want.served[i] = m.translate(lines[i%len(lines)], producer, reply)
		}
	}
	for _, n := range slices.Concat(m.newer, m.own) {
		if n.command == command && n.producer == producer && (n.always || how == inMulti) {
			want.served, got.served = []string{n.served}, []string{strings.Join(got.plain, " ")}
			if n.left != "" {
				want.data, got.data = []string{n.left}, []string{strings.Join(got.data, " ")}
			}
		}
	}
}

// blockingOutcome is what came of one case, as canonical text.
type blockingOutcome struct {
	served []string // by waiter
	plain  []string // the same in RESP2
	around []string // replies to what the waiters sent before and behind
	replies,
	data []string
}

func (want *blockingOutcome) difference(got *blockingOutcome) string {
	var b strings.Builder
	for _, part := range []struct {
		name      string
		want, got []string
	}{{"served", want.served, got.served}, {"around", want.around, got.around}, {"producer", want.replies, got.replies},
		{"left", want.data, got.data}} {
		if !slices.Equal(part.want, part.got) {
			fmt.Fprintf(&b, "%s:\n  want    %q\n  subject %q\n", part.name, part.want, part.got)
		}
	}
	return b.String()
}

// blockingStage is the connections to one server.
type blockingStage struct {
	waiters           []*conn
	ids               []string
	producer, control *conn
}

func newBlockingStage(t *testing.T, s *server, proto string) *blockingStage {
	stage := &blockingStage{producer: dial(t, s), control: dial(t, s)}
	stage.producer.do(t, "HELLO", proto)
	for range waitersPerCase {
		c := dial(t, s)
		c.do(t, "HELLO", proto)
		stage.waiters = append(stage.waiters, c)
		stage.ids = append(stage.ids, strings.TrimPrefix(c.do(t, "CLIENT", "ID").String(), ":"))
	}
	return stage
}

func (s *blockingStage) close() {
	for _, c := range append(s.waiters, s.producer, s.control) {
		c.close()
	}
}

// play has the clients wait, all with the same command or each with its own, the producer act, and releases who is left.
func (s *blockingStage) play(t *testing.T, setup, command, producer, how string) *blockingOutcome {
	t.Helper()
	out := new(blockingOutcome)
	s.control.do(t, "FLUSHALL")
	prepare, act, found := strings.Cut(producer, " => ")
	if !found {
		prepare, act = "", producer
	}
	for _, line := range append(split(setup), split(prepare)...) {
		s.producer.do(t, line...)
	}
	commands := split(command)
	for i, c := range s.waiters {
		if err := c.send([]string{"PING"}, commands[i%len(commands)], []string{"ECHO", "behind"}); err != nil {
			t.Fatal(err)
		}
		s.awaitBlocked(t, i+1)
	}
	out.replies = s.produce(t, split(act), how)
	for _, id := range s.ids {
		s.control.do(t, "CLIENT", "UNBLOCK", id, "ERROR")
	}
	for _, c := range s.waiters {
		before, served, behind := c.read(t), c.read(t), c.read(t)
		out.served, out.plain = append(out.served, served.String()), append(out.plain, served.plain())
		out.around = append(out.around, before.String(), behind.String())
	}
	s.producer.do(t, "SELECT", "0")
	for _, key := range []string{"k", "l", "d", "o"} {
		out.data = append(out.data, key+": "+s.value(t, key))
	}
	return out
}

// plain is the canonical text that the reply of a blocking command has in RESP2.
func (r reply) plain() string {
	var parts []string
	for i, e := range r.elems {
		switch {
		case r.kind != '%':
			parts = append(parts, e.plain())
		case i%2 == 1: // of the streams that were read
			parts = append(parts, "["+r.elems[i-1].plain()+", "+e.plain()+"]")
		}
	}
	switch r.kind {
	case ',':
		return strconv.Quote(r.text)
	case '*', '%':
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return r.String()
}

// value is what a key holds.
func (s *blockingStage) value(t *testing.T, key string) string {
	switch kind := s.control.do(t, "TYPE", key).text; kind {
	case "string":
		return s.control.do(t, "GET", key).String()
	case "list":
		return s.control.do(t, "LRANGE", key, "0", "-1").String()
	case "set":
		return s.control.do(t, "SORT", key, "ALPHA").String()
	case "stream":
		entries := s.control.do(t, "XRANGE", key, "-", "+").String()
		for _, group := range []string{"g", "h"} {
			entries += " " + s.control.do(t, "XPENDING", key, group).String()
		}
		return entries
	case "zset":
		return s.control.do(t, "ZRANGE", key, "0", "-1", "WITHSCORES").String()
	default:
		return kind
	}
}

// split takes commands apart.
func split(text string) (lines [][]string) {
	if text == "" {
		return nil
	}
	for _, line := range strings.Split(text, "|") {
		lines = append(lines, strings.Fields(line))
	}
	return lines
}

// awaitBlocked waits until n clients wait.
func (s *blockingStage) awaitBlocked(t *testing.T, n int) {
	t.Helper()
	text := fmt.Sprintf("blocked_clients:%d\r\n", n)
	for deadline := time.Now().Add(replyPatience); ; {
		if strings.Contains(s.control.do(t, "INFO", "clients").payload(), text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d clients should wait: %s", n, s.control.do(t, "INFO", "clients"))
		}
	}
}

// produce sends the producer's commands and returns the replies.
func (s *blockingStage) produce(t *testing.T, lines [][]string, how string) (replies []string) {
	t.Helper()
	if how == inMulti {
		lines = append(append([][]string{{"MULTI"}}, lines...), []string{"EXEC"})
	}
	if how == oneByOne {
		for _, line := range lines {
			replies = append(replies, s.producer.do(t, line...).String())
		}
		return replies
	}
	if err := s.producer.send(lines...); err != nil {
		t.Fatal(err)
	}
	for range lines {
		replies = append(replies, s.producer.read(t).String())
	}
	return replies
}

// TestBlockingChains: what one client that is served hands on serves the next ones.
func TestBlockingChains(t *testing.T) {
	m := blockingMatrix{
		waiting: []string{
			"BLMOVE k l LEFT LEFT 0|BLMOVE l o LEFT LEFT 0|BLPOP o 0",
			"BLPOP o 0|BLMOVE l o LEFT LEFT 0|BLMOVE k l LEFT LEFT 0",
			"BLMOVE l k LEFT LEFT 0|BLMOVE k l LEFT LEFT 0|BLPOP k 0",
			"BRPOPLPUSH k k 0|BRPOPLPUSH k k 0|BRPOPLPUSH k k 0",
			"BRPOPLPUSH k l 0|BLMPOP 0 3 o l k LEFT COUNT 5|BLPOP l 0",
			"BLPOP l 0|BRPOPLPUSH k l 0|BRPOPLPUSH k l 0",
			"BZPOPMIN k 0|BLPOP k 0|BZPOPMIN k 0",
			"BLPOP k 0|BRPOP k 0|BLPOP k 0",
		},
		producing: []string{"RPUSH k a", "RPUSH k a b c d", "RPUSH k a|RPUSH l b", "RPUSH l a|RPUSH o b",
			"ZADD k 1 a|DEL k|RPUSH k a", "ZADD k 1 a 2 b"},
		newer: []newerOutcome{
			{"BRPOPLPUSH k l 0|BLMPOP 0 3 o l k LEFT COUNT 5|BLPOP l 0", "RPUSH k a b c d", true,
				`"d" ["l", ["d"]] ` + errLeft, `k: ["a", "b", "c"] l: none d: none o: none`},
			{"BRPOPLPUSH k l 0|BLMPOP 0 3 o l k LEFT COUNT 5|BLPOP l 0", "RPUSH l a|RPUSH o b", false,
				errLeft + ` ["o", ["b"]] ["l", "a"]`, `k: none l: none d: none o: none`},
		},
	}
	m.run(t)
}

// TestBlockingOnOverwritten: a key that gets the awaited type in place of another one serves who waits for it. Redis leaves
// the client and the value where they are until the key goes.
func TestBlockingOnOverwritten(t *testing.T) {
	const asList, asSortedSet = "SADD k a b|SORT k ALPHA STORE k", "SADD o a b|SET k x|ZUNIONSTORE k 1 o"
	m := blockingMatrix{
		waiting:   []string{"BLPOP k 0", "BLMOVE k d LEFT RIGHT 0", "BZPOPMIN k 0"},
		producing: []string{asList, asSortedSet},
		own: []newerOutcome{
			{"BLPOP k 0", asList, true, `["k", "a"] ["k", "b"] ` + errLeft, "k: none l: none d: none o: none"},
			{"BLMOVE k d LEFT RIGHT 0", asList, true, `"a" "b" ` + errLeft, `k: none l: none d: ["a", "b"] o: none`},
			{"BZPOPMIN k 0", asSortedSet, true, `["k", "a", "1"] ["k", "b", "1"] ` + errLeft,
				`k: none l: none d: none o: ["a", "b"]`},
		},
	}
	m.run(t)
}
