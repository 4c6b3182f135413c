package compat

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pipelineMax bounds how many commands of a transcript go out in one write.
const pipelineMax = 128

// reportMax is how many differences of one replay are printed.
const reportMax = 15

func TestTranscripts(t *testing.T) {
	groups := make(map[string][]*transcript)
	for _, tr := range loadTranscripts(t) {
		group := filepath.Base(filepath.Dir(tr.path))
		groups[group] = append(groups[group], tr)
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		t.Run(group, func(t *testing.T) { replayGroup(t, groups[group]) })
	}
}

func replayGroup(t *testing.T, transcripts []*transcript) {
	shared := startPair(t)
	var subjects *pair // for transcripts of commands the oracle does not know
	for _, tr := range transcripts {
		if tr.newer != "" && subjects == nil {
			subjects = &pair{startSubject(t), startSubject(t)}
		}
		name := strings.TrimSuffix(filepath.Base(tr.path), ".txt")
		for _, proto := range tr.protos {
			for _, mode := range tr.modes {
				t.Run(fmt.Sprintf("%s/resp%d/%s", name, proto, mode), func(t *testing.T) {
					p := shared
					switch {
					case tr.newer != "":
						p = subjects
					case tr.flags != nil:
						p = startPair(t, tr.flags...)
					}
					replay(t, p, tr, mode, proto)
				})
			}
		}
	}
}

// player replays one transcript against a pair.
type player struct {
	t           *testing.T
	pair        *pair
	path        string
	proto       int
	wrap        bool // every command in MULTI/EXEC
	newer       bool // both servers are subjects, and every reply is known
	needIDs     bool
	started     time.Time
	clients     map[string]*client
	differences int
}

// client is a named client of a transcript: a connection to each server.
type client struct {
	oracle, subject     *conn
	oracleID, subjectID string // CLIENT ID, asked for at the start if the transcript needs it
}

func replay(t *testing.T, p *pair, tr *transcript, mode string, proto int) {
	pl := &player{t: t, pair: p, path: tr.path, proto: proto, wrap: mode == "multi", newer: tr.newer != "",
		needIDs: slices.ContainsFunc(tr.steps, func(s step) bool { return namesClient(s.args) }),
		started: time.Now(), clients: make(map[string]*client)}
	defer pl.closeAll()
	if tr.flags == nil {
		pl.wipe()
	}
	switch mode {
	case "single":
		for i := range tr.steps {
			pl.perform(&tr.steps[i])
		}
	case "pipelined", "multi":
		pl.performBatches(tr.steps)
	default:
		t.Fatalf("unknown mode %q", mode)
	}
	pl.checkAligned(tr.steps)
	p.each(func(s *server) {
		if err := s.ping(); err != nil {
			t.Fatalf("%s is unwell after the transcript: %v", s.name, err)
		}
	})
}

// checkAligned finds replies nobody read: without it, two servers that send the
// same surplus reply would have all later replies compared out of step.
func (pl *player) checkAligned(steps []step) {
	pl.t.Helper()
	const token = "aligned"
	for name, c := range pl.clients {
		monitors := slices.ContainsFunc(steps, func(s step) bool {
			return s.client == name && s.args != nil && strings.EqualFold(s.args[0], "MONITOR")
		})
		if monitors {
			continue
		}
		for _, conn := range []*conn{c.oracle, c.subject} {
			switch r := conn.do(pl.t, "ECHO", token); {
			case r.text == token, r.text == "QUEUED", r.isError() && errorCode(r) == "NOAUTH":
			default:
				pl.t.Errorf("%s: client %s has an unread reply: %s", pl.path, name, r)
			}
		}
	}
}

// wipe empties both servers, over connections of their own.
func (pl *player) wipe() {
	pl.pair.each(func(s *server) {
		c := dial(pl.t, s)
		defer c.close()
		if r := c.do(pl.t, "FLUSHALL"); r.String() != "+OK" {
			pl.t.Fatalf("%s: FLUSHALL answered %s", s.name, r)
		}
	})
}

func (pl *player) closeAll() {
	for _, c := range pl.clients {
		c.oracle.close()
		c.subject.close()
	}
}

func (pl *player) client(name string) *client {
	if c := pl.clients[name]; c != nil {
		return c
	}
	c := &client{oracle: dial(pl.t, pl.pair.oracle), subject: dial(pl.t, pl.pair.subject)}
	pl.clients[name] = c
	if pl.proto == 3 {
		for _, conn := range []*conn{c.oracle, c.subject} {
			if r := conn.do(pl.t, "HELLO", "3"); r.kind != '%' {
				pl.t.Fatalf("HELLO 3 answered %s", r)
			}
		}
	}
	// Asked for before the client may be blocked, paused or silenced.
	if pl.needIDs {
		c.oracleID, c.subjectID = c.oracle.do(pl.t, "CLIENT", "ID").text, c.subject.do(pl.t, "CLIENT", "ID").text
	}
	return c
}

func (pl *player) performBatches(steps []step) {
	for len(steps) > 0 {
		n := 0
		for n < len(steps) && n < pipelineMax && steps[n].client == steps[0].client &&
			!steps[n].alone() && (n == 0 || !namesClient(steps[n].args)) {
			n++
		}
		if n == 0 {
			pl.perform(&steps[0])
			n = 1
		} else {
			pl.performBatch(steps[:n])
		}
		steps = steps[n:]
	}
}

// performBatch sends the steps of one client in one write.
func (pl *player) performBatch(steps []step) {
	if pl.wrap && !pl.newer {
		steps = slices.DeleteFunc(slices.Clone(steps), func(s step) bool { return s.newer() })
		if len(steps) == 0 {
			return
		}
	}
	c := pl.client(steps[0].client)
	var toOracle, toSubject [][]string
	for i := range steps {
		s := &steps[i]
		toOracle = append(toOracle, pl.wrapped(s, pl.expand(pl.pair.oracle, s.args))...)
		toSubject = append(toSubject, pl.wrapped(s, pl.expand(pl.pair.subject, s.args))...)
	}
	pl.sendBoth(&steps[0], c, toOracle, toSubject)
	for i := range steps {
		s := &steps[i]
		switch {
		case s.noReply:
		case pl.wrap && !s.plain:
			for _, part := range []string{"MULTI", "queueing", "EXEC"} {
				o, sub := pl.readBoth(s, c)
				pl.compareWrapped(s, part, o, sub)
			}
		default:
			o, sub := pl.readBoth(s, c)
			pl.compare(s, o, sub)
		}
	}
}

func (pl *player) wrapped(s *step, args []string) [][]string {
	if pl.wrap && !s.plain {
		return [][]string{{"MULTI"}, args, {"EXEC"}}
	}
	return [][]string{args}
}

// compareWrapped compares the replies of a command inside MULTI/EXEC: the rule
// of the step is for the one reply inside EXEC's, or for the command's own if it
// was refused or MULTI was; all else is exact.
func (pl *player) compareWrapped(s *step, part string, oracle, subject reply) {
	executed := func(r reply) bool { return part == "EXEC" && r.kind == '*' && len(r.elems) == 1 }
	if executed(oracle) && executed(subject) {
		pl.compare(s, oracle.elems[0], subject.elems[0])
		return
	}
	whole := *s
	if part != "queueing" || oracle.String() == "+QUEUED" {
		whole.rule = rule{}
	}
	if pl.newer { // what is not the command's own reply is as good as another subject's
		whole.only72, whole.only72Match = "", nil
	}
	if !pl.compare(&whole, oracle, subject) {
		pl.t.Logf("(in %s)", part)
	}
}

// perform runs one step on its own.
func (pl *player) perform(s *step) {
	c := pl.client(s.client)
	switch {
	case s.args == nil:
		o, sub := pl.readBoth(s, c)
		pl.compare(s, o, sub)
	case s.scan:
		pl.performScan(s, c)
	case s.until != "":
		pl.performUntil(s, c)
	default:
		toOracle, toSubject := pl.expand(pl.pair.oracle, s.args), pl.expand(pl.pair.subject, s.args)
		pl.sendBoth(s, c, [][]string{toOracle}, [][]string{toSubject})
		if s.torn {
			pl.compareTorn(s, c)
			return
		}
		if !s.noReply && !s.sendOnly {
			o, sub := pl.readBoth(s, c)
			pl.compare(s, o, sub)
		}
		if s.closes {
			pl.awaitClose(s, "redis", c.oracle)
			pl.awaitClose(s, "subject", c.subject)
			delete(pl.clients, s.client)
		}
	}
}

// compareTorn compares what each server sends until it closes the connection.
func (pl *player) compareTorn(s *step, c *client) {
	pl.t.Helper()
	drain := func(who string, c *conn) []byte {
		_ = c.nc.SetReadDeadline(time.Now().Add(patience))
		b, err := io.ReadAll(c.br)
		if err != nil && !closedByPeer(err) {
			pl.t.Errorf("%s: %s did not close the connection: %v", pl.at(s), who, err)
		}
		c.close()
		return b
	}
	o, sub := drain("redis", c.oracle), drain("subject", c.subject)
	if !bytes.Equal(o, sub) {
		pl.differ(s, fmt.Sprintf("redis   %q\nsubject %q", o, sub))
	}
	delete(pl.clients, s.client)
}

func (pl *player) awaitClose(s *step, who string, c *conn) {
	pl.t.Helper()
	_ = c.nc.SetReadDeadline(time.Now().Add(patience))
	b, err := c.br.ReadByte()
	if err == nil {
		pl.t.Errorf("%s: %s sent %q instead of closing the connection", pl.at(s), who, b)
	} else if !closedByPeer(err) {
		pl.t.Errorf("%s: %s did not close the connection: %v", pl.at(s), who, err)
	}
	c.close()
}

func closedByPeer(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// performScan compares the keys a whole iteration returns.
func (pl *player) performScan(s *step, c *client) {
	o := pl.scanAll(s, c.oracle)
	sub := pl.scanAll(s, c.subject)
	if !slices.Equal(o, sub) {
		pl.differ(s, fmt.Sprintf("redis   %q\nsubject %q", o, sub))
	}
}

func (pl *player) scanAll(s *step, c *conn) []string {
	pl.t.Helper()
	args := slices.Clone(s.args)
	found := make(map[string]bool)
	cursor := 1
	if !strings.EqualFold(args[0], "SCAN") {
		cursor = 2 // behind the key
	}
	for range 10_000 {
		r := c.do(pl.t, args...)
		if len(r.elems) != 2 {
			return []string{r.String()}
		}
		for _, e := range r.elems[1].elems {
			found[e.text] = true
		}
		if args[cursor] = r.elems[0].text; args[cursor] == "0" {
			return slices.Sorted(maps.Keys(found))
		}
	}
	pl.t.Fatalf("%s: the iteration does not end", pl.at(s))
	return nil
}

// performUntil repeats a command until each server has given the wanted reply.
func (pl *player) performUntil(s *step, c *client) {
	for _, end := range []struct {
		srv *server
		c   *conn
	}{{pl.pair.oracle, c.oracle}, {pl.pair.subject, c.subject}} {
		for deadline := time.Now().Add(replyPatience); ; time.Sleep(time.Millisecond) {
			r := end.c.do(pl.t, pl.expand(end.srv, s.args)...)
			if r.String() == s.until {
				break
			}
			if time.Now().After(deadline) {
				pl.t.Fatalf("%s: %s still answers %s, not %s", pl.at(s), end.srv.name, r, s.until)
			}
		}
	}
}

func (pl *player) sendBoth(s *step, c *client, toOracle, toSubject [][]string) {
	pl.t.Helper()
	if err := c.oracle.send(toOracle...); err != nil {
		pl.t.Fatalf("%s: sending to redis: %v", pl.at(s), err)
	}
	if err := c.subject.send(toSubject...); err != nil {
		pl.t.Fatalf("%s: sending to the subject: %v", pl.at(s), err)
	}
}

func (pl *player) readBoth(s *step, c *client) (oracle, subject reply) {
	pl.t.Helper()
	read := func(who string, c *conn) reply {
		raw, err := c.readRaw()
		if err != nil {
			pl.t.Fatalf("%s: reading the reply of %s: %v (so far %q)", pl.at(s), who, err, clip(string(raw), 200))
		}
		return mustParse(pl.t, raw)
	}
	return read("redis", c.oracle), read("subject", c.subject)
}

func (pl *player) compare(s *step, oracle, subject reply) bool {
	pl.t.Helper()
	if s.newer() {
		return selfMode || pl.compareNewer(s, subject)
	}
	if d := s.rule.check(oracle, subject); d != "" {
		pl.differ(s, d)
		return false
	}
	return true
}

func (pl *player) compareNewer(s *step, subject reply) bool {
	pl.t.Helper()
	got := subject.String()
	if s.only72Match != nil && !s.only72Match.MatchString(got) {
		pl.differ(s, fmt.Sprintf("want    match of %s\nsubject %s", s.only72Match, clip(got, 2000)))
		return false
	}
	if s.only72Match == nil && got != s.only72 {
		pl.differ(s, fmt.Sprintf("want    %s\nsubject %s", s.only72, clip(got, 2000)))
		return false
	}
	return true
}

func (pl *player) differ(s *step, difference string) {
	pl.t.Helper()
	if pl.differences++; pl.differences > reportMax {
		pl.t.Fatalf("more than %d differences", reportMax)
	}
	pl.t.Errorf("%s\n%s", pl.at(s), difference)
}

func (pl *player) at(s *step) string {
	what := "@read"
	if s.args != nil {
		what = clip(quoteCommand(s.args), 300)
	}
	return fmt.Sprintf("%s:%d: [%s] %s", pl.path, s.line, s.client, what)
}

var variable = regexp.MustCompile(`\$\((now|nowms|id|addr)(?::([a-z]+)|([+-]\d+))?\)`)

// namesClient tells whether an argument refers to the id or address of a client.
func namesClient(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool {
		return strings.Contains(a, "$(id:") || strings.Contains(a, "$(addr:")
	})
}

// expand replaces the variables in args by their values on s.
func (pl *player) expand(s *server, args []string) []string {
	pl.t.Helper()
	if !slices.ContainsFunc(args, variable.MatchString) {
		return args
	}
	out := slices.Clone(args)
	for i := range out {
		out[i] = variable.ReplaceAllStringFunc(out[i], func(v string) string {
			m := variable.FindStringSubmatch(v)
			offset, _ := strconv.ParseInt(m[3], 10, 64) // absent: 0
			switch m[1] {
			case "now":
				return strconv.FormatInt(pl.started.Unix()+offset, 10)
			case "nowms":
				return strconv.FormatInt(pl.started.UnixMilli()+offset, 10)
			}
			end := pl.client(m[2])
			c, id := end.subject, end.subjectID
			if s == pl.pair.oracle {
				c, id = end.oracle, end.oracleID
			}
			if m[1] == "addr" {
				return c.nc.LocalAddr().String()
			}
			return id
		})
	}
	return out
}
