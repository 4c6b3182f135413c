package compat

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	defaultCommands  = 100_000
	defaultSeed      = 20240229
	batchEntries     = 200    // commands in flight before replies are read
	auditInterval    = 10_000 // commands between comparisons of the data set
	shrinkBudget     = 20 * time.Second
	shownHistory     = 60 // groups of an unshrunk history that are printed
	streamDatabases  = 4
	streamKeysAtMost = 1000
)

func envNumber(t *testing.T, name string, fallback uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// TestRandomCommands sends both servers the same long random stream.
func TestRandomCommands(t *testing.T) {
	commands := int(envNumber(t, "SYNAP_FUZZ_COMMANDS", defaultCommands))
	seed := envNumber(t, "SYNAP_FUZZ_SEED", defaultSeed)
	if seed == 0 {
		seed = rand.Uint64()
	}
	p := startPair(t)
	began := time.Now()
	r := newRunner(t, p)
	defer r.close()
	sent, history, difference := r.stream(newGenerator(seed, began), commands)
	if difference == nil {
		t.Logf("seed %d: %d commands, %.0f per second", seed, sent, float64(sent)/time.Since(began).Seconds())
		return
	}
	t.Errorf("seed %d, command %d:\n%v", seed, sent, difference)
	if shrunk, d := shrink(t, p, history, time.Now().Add(shrinkBudget)); d != nil {
		t.Errorf("from empty servers %d groups suffice:\n%s%v", len(shrunk), render(shrunk), d)
		return
	}
	history = history[max(0, len(history)-shownHistory):]
	t.Errorf("the history does not reproduce it from empty servers; its end:\n%s", render(history))
}

func render(history []group) string {
	var b strings.Builder
	for _, gr := range history {
		b.WriteString(gr.String())
	}
	return b.String()
}

// TestRandomCommandsFindAPlantedDifference checks the check: a value changed
// behind the stream's back must be noticed.
func TestRandomCommandsFindAPlantedDifference(t *testing.T) {
	p := startPair(t)
	r := newRunner(t, p)
	defer r.close()
	g := newGenerator(defaultSeed, time.Now())
	if _, _, d := r.stream(g, 1000); d != nil {
		t.Fatalf("before planting: %v", d)
	}
	c := dial(t, p.subject)
	defer c.close()
	for db := range streamDatabases {
		c.do(t, "SELECT", strconv.Itoa(db))
		c.do(t, "SET", "k3", "planted")
	}
	if _, _, d := r.stream(g, 1000); d == nil {
		t.Error("a planted value went unnoticed for 1000 commands")
	}
}

// TestShrink shrinks a difference that reproduces: two Redis servers of which
// one counts accesses where the other takes times.
func TestShrink(t *testing.T) {
	p := &pair{startOracle(t), startOracle(t, "--maxmemory-policy", "allkeys-lfu")}
	r := newRunner(t, p)
	defer r.close()
	_, history, d := r.stream(newGenerator(defaultSeed, time.Now()), 20_000)
	if d == nil {
		t.Fatal("OBJECT FREQ was the same under two policies")
	}
	shrunk, d := shrink(t, p, history, time.Now().Add(shrinkBudget))
	if d == nil || len(shrunk) > 3 || !strings.Contains(render(shrunk), "OBJECT") {
		t.Errorf("%d groups shrunk to %d, showing %v:\n%s", len(history), len(shrunk), d, render(shrunk))
	}
}

// runner sends streams to a pair and compares the replies.
type runner struct {
	conns [connCount]struct {
		oracle, subject *conn
		queued          []rule // of the open transaction
	}
	auditor struct{ oracle, subject *conn }
}

func newRunner(t testing.TB, p *pair) *runner {
	t.Helper()
	r := &runner{}
	for i := range r.conns {
		r.conns[i].oracle, r.conns[i].subject = dial(t, p.oracle), dial(t, p.subject)
	}
	for _, c := range []*conn{r.conns[connRESP3].oracle, r.conns[connRESP3].subject} {
		if hello := c.do(t, "HELLO", "3"); hello.kind != '%' {
			t.Fatalf("HELLO 3 answered %s", hello)
		}
	}
	r.auditor.oracle, r.auditor.subject = dial(t, p.oracle), dial(t, p.subject)
	return r
}

// close drops the connections.
func (r *runner) close() {
	for i := range r.conns {
		r.conns[i].oracle.close()
		r.conns[i].subject.close()
	}
	r.auditor.oracle.close()
	r.auditor.subject.close()
}

// stream sends n commands drawn from g. It returns how many were sent, what was
// sent, and the first difference.
func (r *runner) stream(g *generator, n int) (sent int, history []group, difference error) {
	audited := 0
	for sent < n {
		from := len(history)
		for size := 0; size < batchEntries && sent < n; {
			gr := g.next()
			history = append(history, gr)
			size += len(gr)
			sent += len(gr)
		}
		if err := r.run(history[from:]); err != nil {
			return sent, history, err
		}
		if sent-audited >= auditInterval || sent >= n {
			audited = sent
			if err := r.compareData(); err != nil {
				return sent, history, err
			}
		}
	}
	return sent, history, nil
}

// run sends groups, pipelining what follows each other on one connection.
func (r *runner) run(groups []group) error {
	var batch []entry
	for _, gr := range groups {
		for _, e := range gr {
			if len(batch) > 0 && batch[0].conn != e.conn {
				// Only within a group does the order between connections matter,
				// but keeping it everywhere makes every history replayable.
				if err := r.exchange(batch); err != nil {
					return err
				}
				batch = batch[:0]
			}
			batch = append(batch, e)
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return r.exchange(batch)
}

func (r *runner) exchange(batch []entry) error {
	c := &r.conns[batch[0].conn]
	commands := make([][]string, len(batch))
	for i, e := range batch {
		commands[i] = e.args
	}
	for _, conn := range []*conn{c.oracle, c.subject} {
		if err := conn.send(commands...); err != nil {
			return err
		}
	}
	for _, e := range batch {
		o, err := c.oracle.readRaw()
		if err != nil {
			return fmt.Errorf("%s: redis: %w", quoteCommand(e.args), err)
		}
		s, err := c.subject.readRaw()
		if err != nil {
			return fmt.Errorf("%s: subject: %w", quoteCommand(e.args), err)
		}
		if err := r.compare(e, o, s); err != nil {
			return err
		}
	}
	return nil
}

// compare compares two replies and follows the transaction they belong to.
func (r *runner) compare(e entry, oracle, subject []byte) error {
	c := &r.conns[e.conn]
	check := replyRule(e.args)
	elements := []rule(nil)
	switch {
	case bytes.Equal(oracle, []byte("+QUEUED\r\n")):
		c.queued = append(c.queued, check)
		check = rule{}
	case e.args[0] == "MULTI":
		c.queued = nil
	case e.args[0] == "EXEC":
		elements, c.queued = c.queued, nil
	case e.args[0] == "DISCARD":
		c.queued = nil
	}
	if bytes.Equal(oracle, subject) {
		return nil
	}
	o, _, err := parseReply(oracle)
	if err != nil {
		return err
	}
	s, _, err := parseReply(subject)
	if err != nil {
		return err
	}
	if e.args[0] == "EXEC" && o.kind == '*' && s.kind == '*' &&
		len(o.elems) == len(elements) && len(s.elems) == len(elements) {
		for i := range elements {
			if d := elements[i].check(o.elems[i], s.elems[i]); d != "" {
				return fmt.Errorf("%s, its command %d:\n%s", quoteCommand(e.args), i+1, d)
			}
		}
		return nil
	}
	if d := check.check(o, s); d != "" {
		return fmt.Errorf("%s\n%s", quoteCommand(e.args), d)
	}
	return nil
}

// compareData compares all keys of both servers: value, expiry and encoding.
func (r *runner) compareData() error {
	for db := range streamDatabases {
		names, err := r.both([]string{"SELECT", strconv.Itoa(db)}, []string{"KEYS", "*"})
		if err != nil {
			return fmt.Errorf("database %d: %w", db, err)
		}
		keys, _, err := parseReply(names[1])
		if err != nil {
			return err
		}
		if len(keys.elems) > streamKeysAtMost {
			return fmt.Errorf("database %d has %d keys", db, len(keys.elems))
		}
		var commands [][]string
		for _, k := range keys.elems {
			commands = append(commands, []string{"TYPE", k.text}, []string{"GET", k.text},
				[]string{"OBJECT", "ENCODING", k.text}, []string{"PEXPIRETIME", k.text}, []string{"SMEMBERS", k.text},
				[]string{"ZRANGE", k.text, "0", "-1", "WITHSCORES"}, []string{"HGETALL", k.text}, []string{"LRANGE", k.text, "0", "-1"},
				[]string{"XRANGE", k.text, "-", "+"}, []string{"XINFO", "STREAM", k.text, "FULL", "COUNT", "0"})
		}
		if _, err := r.both(append(commands, []string{"DBSIZE"})...); err != nil {
			return fmt.Errorf("database %d: %w", db, err)
		}
	}
	return nil
}

// both runs commands on the auditing connections, compares, and returns the
// oracle's replies.
func (r *runner) both(commands ...[]string) ([][]byte, error) {
	a := r.auditor
	for _, c := range []*conn{a.oracle, a.subject} {
		if err := c.send(commands...); err != nil {
			return nil, err
		}
	}
	var replies [][]byte
	for _, args := range commands {
		o, err := a.oracle.readRaw()
		if err != nil {
			return nil, err
		}
		s, err := a.subject.readRaw()
		if err != nil {
			return nil, err
		}
		if err := r.compare(entry{connOther, args}, o, s); err != nil {
			return nil, fmt.Errorf("comparing the data: %w", err)
		}
		replies = append(replies, o)
	}
	return replies, nil
}

// shrink looks for a short history that shows a difference on empty servers,
// first by its length from the end, then by leaving out ever smaller pieces.
// It returns the difference the result shows, nil if none did in time.
func shrink(t testing.TB, p *pair, history []group, deadline time.Time) ([]group, error) {
	var found error
	for n := 16; ; n *= 4 {
		tail := history[max(0, len(history)-n):]
		if found = replayGroups(t, p, tail); found != nil {
			history = tail
			break
		}
		if n >= len(history) || time.Now().After(deadline) {
			return nil, nil
		}
	}
	for size := len(history) / 2; size >= 1; size /= 2 {
		for at := 0; at < len(history) && time.Now().Before(deadline); {
			end := min(at+size, len(history))
			without := append(append([]group{}, history[:at]...), history[end:]...)
			if d := replayGroups(t, p, without); d != nil {
				history, found = without, d
				continue
			}
			at = end
		}
	}
	return history, found
}

// replayGroups runs a history on emptied servers over new connections.
func replayGroups(t testing.TB, p *pair, history []group) error {
	r := newRunner(t, p)
	defer r.close()
	if _, err := r.both([]string{"FLUSHALL"}); err != nil {
		return err
	}
	if err := r.run(history); err != nil {
		return err
	}
	return r.compareData()
}
