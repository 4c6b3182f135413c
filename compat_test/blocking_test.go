package compat

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// blockingMatrix is what clients wait with and what others do meanwhile: every combination is tried on both servers, and
// who gets what, in which order, and what is left must be the same. Words are separated by spaces, commands by bars.
type blockingMatrix struct {
	waiting   []string // each is what three clients wait with, one after the other
	producing []string
	newer     []newerOutcome
}

// newerOutcome is what comes of a case in Redis 7.2 where the older oracle differs: there a client is served from the key
// that became ready first, and not from the first one of its command that is.
type newerOutcome struct {
	command, producer string
	always            bool   // not only if the producer's commands are a transaction
	served            string // replies of the waiters in RESP2, separated by spaces
	left              string // keys and values
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
					want, got := oracle.play(t, command, producer, how), subject.play(t, command, producer, how)
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

// double is a double's canonical text in RESP3.
var double = regexp.MustCompile(`,(\d+)`)

// renew replaces what the oracle says, and the form of what is compared with it, if Redis 7.2 differs.
func (m *blockingMatrix) renew(command, producer, how string, want, got *blockingOutcome) {
	for _, n := range m.newer {
		if n.command == command && n.producer == producer && (n.always || how == inMulti) {
			want.served, want.data = []string{n.served}, []string{n.left}
			got.served = []string{double.ReplaceAllString(strings.Join(got.served, " "), `"$1"`)}
			got.data = []string{strings.Join(got.data, " ")}
		}
	}
}

// blockingOutcome is what came of one case, as canonical text.
type blockingOutcome struct {
	served []string // by waiter
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
func (s *blockingStage) play(t *testing.T, command, producer, how string) *blockingOutcome {
	t.Helper()
	out := new(blockingOutcome)
	s.control.do(t, "FLUSHALL")
	prepare, act, found := strings.Cut(producer, " => ")
	if !found {
		prepare, act = "", producer
	}
	for _, line := range split(prepare) {
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
		out.served = append(out.served, served.String())
		out.around = append(out.around, before.String(), behind.String())
	}
	s.producer.do(t, "SELECT", "0")
	for _, key := range []string{"k", "l", "d", "o"} {
		out.data = append(out.data, key+": "+s.value(t, key))
	}
	return out
}

// value is what a key holds.
func (s *blockingStage) value(t *testing.T, key string) string {
	switch kind := s.control.do(t, "TYPE", key).text; kind {
	case "string":
		return s.control.do(t, "GET", key).String()
	case "list":
		return s.control.do(t, "LRANGE", key, "0", "-1").String()
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

func TestBlockingOnSortedSets(t *testing.T) {
	m := blockingMatrix{
		waiting: []string{"BZPOPMIN k 0", "BZPOPMAX l k 10", "BZPOPMIN k l k 0", "BZMPOP 0 1 k MIN", "BZMPOP 0 2 l k MAX COUNT 2"},
		producing: []string{
			"ZADD k 1 a",
			"ZADD k 1 a 2 b 3 c 4 d",
			"ZADD k 1 a|ZADD k 2 b",
			"ZADD k 1 a|ZADD l 2 b|ZADD k 3 c",
			"ZADD l 1 a 2 b|ZADD k 3 c 4 d",
			"ZADD k 1 a|ZREM k a",
			"ZADD k 1 a|DEL k",
			"ZADD k XX 1 a",
			"ZADD k 1 a|SET k x",
			"SET k x",
			"SET k x|ZADD l 1 a",
			"SET k x|DEL k|ZADD k 1 a",
			"SADD k a",
			"ZINCRBY k 5 a",
			"ZADD k INCR 5 a",
			"ZADD o 1 a 2 b => RENAME o k",
			"ZADD o 1 a 2 b => RENAMENX o k",
			"ZADD o 1 a 2 b => COPY o k",
			"ZADD o 1 a 2 b => ZUNIONSTORE k 1 o",
			"ZADD o 1 a 2 b => ZINTERSTORE k 1 o",
			"ZADD o 1 a 2 b => ZDIFFSTORE k 1 o",
			"ZADD o 1 a 2 b => ZRANGESTORE k o 0 0",
			"ZADD o 1 a 2 b => ZUNIONSTORE k 1 none",
			"SADD o a b => ZUNIONSTORE k 1 o",
			"SELECT 1|ZADD k 1 a 2 b => MOVE k 0",
			"SELECT 1|ZADD k 1 a 2 b => COPY k k DB 0",
			"SELECT 1|ZADD k 1 a 2 b => SWAPDB 0 1",
			"SELECT 1 => ZADD k 1 a",
			"SELECT 1 => ZADD k 1 a|MOVE k 0",
			"ZADD k 1 a|BZPOPMIN k 0.01",
			"ZADD k 1 a 2 b|ZPOPMIN k",
			"FLUSHALL",
		},
		newer: []newerOutcome{
			{"BZPOPMAX l k 10", "ZADD k 1 a|ZADD l 2 b|ZADD k 3 c", false, `["l", "b", "2"] ["k", "c", "3"] ["k", "a", "1"]`,
				"k: none l: none d: none o: none"},
			{"BZPOPMIN k l k 0", "ZADD l 1 a 2 b|ZADD k 3 c 4 d", false, `["k", "c", "3"] ["k", "d", "4"] ["l", "a", "1"]`,
				`k: none l: ["b", "2"] d: none o: none`},
			{"BZMPOP 0 2 l k MAX COUNT 2", "ZADD k 1 a|ZADD l 2 b|ZADD k 3 c", false,
				`["l", [["b", "2"]]] ["k", [["c", "3"], ["a", "1"]]] ` + errLeft, "k: none l: none d: none o: none"},
		},
	}
	m.run(t)
}

func TestBlockingOnLists(t *testing.T) {
	m := blockingMatrix{
		waiting: []string{"BLPOP k 0", "BRPOP l k 10", "BLPOP k l k 0", "BLMPOP 0 1 k LEFT", "BLMPOP 0 2 l k RIGHT COUNT 2",
			"BLMOVE k d LEFT RIGHT 0", "BLMOVE k k RIGHT LEFT 0", "BRPOPLPUSH k d 10", "BLMOVE k o LEFT LEFT 0"},
		producing: []string{
			"RPUSH k a",
			"LPUSH k a b c d",
			"RPUSH k a|LPUSH k b",
			"RPUSH k a|RPUSH l b|LPUSH k c",
			"RPUSH l a b|RPUSH k c d",
			"RPUSH k a|DEL k",
			"RPUSH k a|LREM k 0 a",
			"RPUSH k a b c|LTRIM k 1 1",
			"RPUSH k a b c|LPOP k",
			"RPUSH k a|SET k x",
			"RPUSHX k a|LPUSHX k b",
			"RPUSH k a|RPUSHX k b c",
			"RPUSH k a|LINSERT k BEFORE a b",
			"SET k x",
			"SET k x|RPUSH l a",
			"SET k x|DEL k|RPUSH k a",
			"ZADD k 1 a",
			"SET d x => RPUSH k a b",
			"SET o x => RPUSH k a b",
			"RPUSH o a b => RENAME o k",
			"RPUSH o a b => RENAMENX o k",
			"RPUSH o a b => COPY o k",
			"RPUSH o a b => LMOVE o k LEFT LEFT",
			"RPUSH o a b => RPOPLPUSH o k|RPOPLPUSH o k",
			"SELECT 1|RPUSH k a b => MOVE k 0",
			"SELECT 1|RPUSH k a b => COPY k k DB 0",
			"SELECT 1|RPUSH k a b => SWAPDB 0 1",
			"SELECT 1 => RPUSH k a",
			"SELECT 1 => RPUSH k a|MOVE k 0",
			"RPUSH k a|BLPOP k 0.01",
			"RPUSH k a|BLMOVE k l LEFT LEFT 0.01",
			"FLUSHALL",
		},
		newer: []newerOutcome{
			{"BRPOP l k 10", "RPUSH k a|RPUSH l b|LPUSH k c", false, `["l", "b"] ["k", "a"] ["k", "c"]`,
				"k: none l: none d: none o: none"},
			{"BLPOP k l k 0", "RPUSH l a b|RPUSH k c d", false, `["k", "c"] ["k", "d"] ["l", "a"]`,
				`k: none l: ["b"] d: none o: none`},
			{"BLMPOP 0 2 l k RIGHT COUNT 2", "RPUSH k a|RPUSH l b|LPUSH k c", false,
				`["l", ["b"]] ["k", ["a", "c"]] ` + errLeft, "k: none l: none d: none o: none"},
		},
	}
	m.run(t)
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
