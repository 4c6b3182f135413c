package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"synap/store"
	"synap/store/stream"
)

// streamText is what a stream holds, but for the times: a server whose clock is behind, as the one that repeats effects
// here, takes a delivery in the future for one of just now, and when consumers asked for something is told to nobody.
func streamText(e store.Entry) string {
	var b strings.Builder
	s := e.Log()
	fmt.Fprintln(&b, s.Length, s.Added, s.First, s.Last, s.MaxDeleted)
	for i := s.Range(stream.MinID, stream.MaxID, false); i.Next(); {
		fmt.Fprint(&b, i.ID)
		for range i.Pairs {
			field, value := i.Pair()
			fmt.Fprintf(&b, " %q %q", field.Append(nil), value.Append(nil))
		}
		fmt.Fprintln(&b)
	}
	for i := range s.Groups() {
		g := s.GroupAt(i)
		fmt.Fprintln(&b, string(g.Name()), g.Last(), g.Read())
		for i := range g.Consumers() {
			c := g.ConsumerAt(i)
			fmt.Fprintln(&b, string(c.Name()), c.Pending())
		}
		pending := g.PendingFrom(stream.MinID)
		for d, ok := pending.Next(); ok; d, ok = pending.Next() {
			fmt.Fprintln(&b, d.ID, string(d.Consumer.Name()), d.Count)
		}
	}
	return b.String()
}

// streamTimes are when what is pending was delivered, by stream and group: all times that effects tell of. When consumers
// asked for something last is known to the server alone.
func streamTimes(s *store.Store) map[string]string {
	out := map[string]string{}
	var tx store.Txn
	for db := range s.Databases() {
		s.Begin(&tx, store.AllShards, db, 0)
		tx.Each(func(e store.Entry) {
			if e.Type() != store.Stream {
				return
			}
			log := e.Log()
			for i := range log.Groups() {
				g := log.GroupAt(i)
				pending := g.PendingFrom(stream.MinID)
				var times []string
				for d, ok := pending.Next(); ok; d, ok = pending.Next() {
					times = append(times, fmt.Sprint(d.ID, " ", d.Time))
				}
				out[fmt.Sprintf("%d:%s %s", db, e.Key(), g.Name())] = strings.Join(times, ", ")
			}
		})
		tx.End()
	}
	return out
}

// TestStreamReplayedLater: however much later the effects of reading and claiming are repeated, all deliveries have the times
// they had.
func TestStreamReplayedLater(t *testing.T) {
	for seed := range uint64(3) {
		r := newEffectRun(t, seed)
		r.writes = slices.DeleteFunc(r.writes, func(name string) bool { return !strings.HasPrefix(name, "x") })
		r.steps(4000)
		want := streamTimes(r.f.srv.store)
		pending := 0
		for _, times := range want {
			pending += len(strings.Split(times, ", "))
		}
		if pending < 20 {
			t.Fatalf("seed %d: only %d deliveries are pending", seed, pending)
		}
		for _, later := range []time.Duration{0, time.Second, 20 * 365 * 24 * time.Hour} {
			got := replayAt(t, r.f.now.Add(later), r.log.since(0), r.f.srv.store.Databases())
			compareDataSets(t, dataSet(got), dataSet(r.f.srv.store))
			compareDataSets(t, streamTimes(got), want)
		}
	}
}

// streamKey is one of few keys beside those of other types.
func (m *mix) streamKey() string {
	if m.IntN(8) == 0 {
		return m.key()
	}
	return "stream" + strconv.Itoa(m.IntN(3))
}

// entryID is one that "*" may have given to an entry, or any.
func (m *mix) entryID() string {
	if m.IntN(6) == 0 {
		return []string{"0", "1-1", "x", "99999999999999"}[m.IntN(4)]
	}
	return strconv.FormatInt(m.now(), 10) + "-" + strconv.Itoa(m.IntN(8))
}

func (m *mix) entryIDs() (out []string) {
	for range 1 + m.IntN(5) {
		out = append(out, m.entryID())
	}
	return out
}

func (m *mix) trimming() []string {
	n := strconv.Itoa(m.IntN(30))
	return m.pick([]string{"MAXLEN", n}, []string{"MAXLEN", "~", n}, []string{"MAXLEN", "~", n, "LIMIT", "9"},
		[]string{"LIMIT", "150", "MAXLEN", "~", n}, []string{"MINID", m.entryID()}, []string{"MINID", "~", m.entryID()},
		[]string{"MINID", "=", m.entryID()})
}

func (m *mix) group() string { return []string{"g", "h"}[m.IntN(2)] }

func (m *mix) reader() string { return []string{"a", "b", "c"}[m.IntN(3)] }

func (m *mix) add() []string {
	id := []string{"*", "*", "*", m.entryID(), strconv.FormatInt(m.now(), 10) + "-*"}[m.IntN(5)]
	return slices.Concat(one(m.streamKey()), m.pick(nil, nil, one("NOMKSTREAM")), m.pick(nil, nil, nil, m.trimming()), one(id),
		m.pick([]string{"f", m.value()}, []string{"f", m.value(), "g", m.value()}, []string{"x", "1", "f", m.value()}))
}

// streamArguments are those of commands on streams.
var streamArguments = map[string]func(m *mix) []string{
	"xadd":  (*mix).add,
	"xdel":  func(m *mix) []string { return words(m.streamKey(), m.entryIDs()) },
	"xtrim": func(m *mix) []string { return words(m.streamKey(), m.trimming()) },
	"xsetid": func(m *mix) []string {
		return words(m.streamKey(), one(strconv.FormatInt(m.now(), 10)+"-99"),
			m.pick(nil, []string{"ENTRIESADDED", "1000"}, []string{"MAXDELETEDID", "1-1"}))
	},
	"xgroup|create": func(m *mix) []string {
		return words(m.streamKey(), one(m.group()), one([]string{"$", "0", m.entryID()}[m.IntN(3)]), m.pick(nil, one("MKSTREAM")),
			m.pick(nil, []string{"ENTRIESREAD", "3"}))
	},
	"xgroup|setid": func(m *mix) []string {
		return words(m.streamKey(), one(m.group()), one([]string{"$", "0", m.entryID()}[m.IntN(3)]))
	},
	"xgroup|destroy":        func(m *mix) []string { return []string{m.streamKey(), m.group()} },
	"xgroup|createconsumer": func(m *mix) []string { return []string{m.streamKey(), m.group(), m.reader()} },
	"xgroup|delconsumer":    func(m *mix) []string { return []string{m.streamKey(), m.group(), m.reader()} },
	"xreadgroup": func(m *mix) []string {
		start := words("GROUP", one(m.group()), one(m.reader()), m.pick(nil, []string{"COUNT", "3"}), m.pick(nil, nil, one("NOACK")))
		if m.IntN(3) == 0 {
			return words(start[0], start[1:], []string{"STREAMS", "stream0", "stream1", ">", []string{">", "0"}[m.IntN(2)]})
		}
		return words(start[0], start[1:], []string{"STREAMS", m.streamKey(), []string{">", ">", "0"}[m.IntN(3)]})
	},
	"xack": func(m *mix) []string { return words(m.streamKey(), one(m.group()), m.entryIDs()) },
	"xclaim": func(m *mix) []string {
		return words(m.streamKey(), []string{m.group(), m.reader(), []string{"0", "500"}[m.IntN(2)]}, m.entryIDs(),
			m.pick(nil, one("FORCE"), []string{"FORCE", "JUSTID"}, one("JUSTID")),
			m.pick(nil, nil, []string{"RETRYCOUNT", "5"}, []string{"IDLE", "700"}, []string{"LASTID", m.entryID()}))
	},
	"xautoclaim": func(m *mix) []string {
		return words(m.streamKey(), []string{m.group(), m.reader(), []string{"0", "500"}[m.IntN(2)], "0"},
			m.pick(nil, []string{"COUNT", "2"}), m.pick(nil, one("JUSTID")))
	},
}

var streamReadArguments = map[string][]string{
	"xlen": {"x"}, "xrange": {"x", "-", "+"}, "xrevrange": {"x", "+", "-"}, "xread": {"STREAMS", "x", "0"},
	"xpending": {"stream", "g"}, "xinfo|stream": {"stream", "FULL"}, "xinfo|groups": {"stream"},
	"xinfo|consumers": {"stream", "g"},
}

// TestStreamUnits: what streams leave in the stream of effects.
func TestStreamUnits(t *testing.T) {
	const at = "1700000000000"
	claim := func(group, consumer, id, time, count, last string) string {
		return "0:XCLAIM s " + group + " " + consumer + " 0 " + id + " TIME " + time + " RETRYCOUNT " + count +
			" FORCE JUSTID LASTID " + last
	}
	const five = "XADD s 1-1 f 1 ; XADD s 1-2 f 2 ; XADD s 1-3 f 3 ; XADD s 1-4 f 4 ; XADD s 1-5 f 5 ; "
	const group = five + "XGROUP CREATE s g 0 ; "
	runEffectScripts(t, []effectScript{
		{"as sent", "", "XADD s 1-1 f v", "0:XADD s 1-1 f v"},
		{"IDs are resolved", "", "XADD s * f v ; XADD s " + at + "-* f v ; XADD s NOMKSTREAM * f v",
			"0:XADD s " + at + "-0 f v\n0:XADD s " + at + "-1 f v\n0:XADD s NOMKSTREAM " + at + "-2 f v"},
		{"exact trimming", five, "XADD s MAXLEN 3 2-1 f v ; XTRIM s MINID 1-5",
			"0:XADD s MAXLEN 3 2-1 f v\n0:XTRIM s MINID 1-5"},
		{"approximate trimming that does nothing", five, "XADD s MAXLEN ~ 2 LIMIT 9 2-1 f v ; XTRIM s MAXLEN ~ 3",
			"0:XADD s MAXLEN = 6 2-1 f v"},
		{"approximate trimming", "CONFIG SET stream-node-max-entries 2 ; " + five,
			"XTRIM s MAXLEN ~ 2 LIMIT 2 ; XADD s LIMIT 10 MINID ~ 1-4 2-1 f v ; XADD s MINID ~ 1-5 LIMIT 0 2-2 f v",
			"0:XTRIM s MAXLEN = 3\n0:XADD s MINID = 1-3 2-1 f v\n0:XADD s MINID = 1-5 2-2 f v"},
		{"trimming to nothing", five, "XADD s MINID ~ 9-9 2-1 f v",
			"0:XADD s MINID = 18446744073709551615-18446744073709551615 2-1 f v"},
		{"deleting", five, "XDEL s 1-1 7-7 ; XDEL s 7-7", "0:XDEL s 1-1 7-7"},
		{"groups", five, "XGROUP CREATE s g $ ; XGROUP CREATECONSUMER s g a ; XGROUP CREATECONSUMER s g a ; XGROUP SETID s g 0 ; " +
			"XGROUP DELCONSUMER s g a ; XGROUP DELCONSUMER s g a ; XGROUP DESTROY s g ; XGROUP DESTROY s g",
			"0:XGROUP CREATE s g $\n0:XGROUP CREATECONSUMER s g a\n0:XGROUP SETID s g 0\n0:XGROUP DELCONSUMER s g a\n" +
				"0:XGROUP DESTROY s g"},
		{"reading", group, "XREADGROUP GROUP g a COUNT 2 STREAMS s >",
			"0:XGROUP CREATECONSUMER s g a; " + claim("g", "a", "1-1", at, "1", "1-1") + "; " +
				claim("g", "a", "1-2", at, "1", "1-2") + "; 0:XGROUP SETID s g 1-2 ENTRIESREAD 2"},
		{"reading from several streams", group + "XADD t 1-1 f v ; XGROUP CREATE t g $", "XREADGROUP GROUP g a COUNT 1 STREAMS s t > >",
			"0:XGROUP CREATECONSUMER s g a; " + claim("g", "a", "1-1", at, "1", "1-1") +
				"; 0:XGROUP SETID s g 1-1 ENTRIESREAD 1; 0:XGROUP CREATECONSUMER t g a"},
		{"reading without keeping", group, "XREADGROUP GROUP g a NOACK STREAMS s > ; XREADGROUP GROUP g a NOACK STREAMS s >",
			"0:XGROUP CREATECONSUMER s g a; 0:XGROUP SETID s g 1-5 ENTRIESREAD 5"},
		{"reading nothing", five + "XGROUP CREATE s g $ ; XGROUP CREATECONSUMER s g a",
			"XREADGROUP GROUP g a STREAMS s > ; XREADGROUP GROUP g a STREAMS s 0", ""},
		{"reading again", group + "XREADGROUP GROUP g a COUNT 2 STREAMS s > ; XDEL s 1-1 ; @later",
			"XREADGROUP GROUP g a STREAMS s 0", claim("g", "a", "1-2", "1700000060000", "2", "1-2")},
		{"acknowledging", group + "XREADGROUP GROUP g a STREAMS s >", "XACK s g 1-1 7-7 ; XACK s g 1-1", "0:XACK s g 1-1 7-7"},
		{"claiming", group + "XREADGROUP GROUP g a COUNT 2 STREAMS s > ; XDEL s 1-2", "XCLAIM s g b 0 1-1 1-2 1-3 IDLE 1000",
			"0:XGROUP CREATECONSUMER s g b; " + claim("g", "b", "1-1", "1699999999000", "2", "1-2") + "; " +
				claim("g", "a", "1-2", at, "1", "1-2")},
		{"claiming by force", group, "XCLAIM s g b 0 1-1 FORCE JUSTID RETRYCOUNT 4 LASTID 1-3",
			"0:XGROUP CREATECONSUMER s g b; " + claim("g", "b", "1-1", at, "4", "1-3")},
		{"claiming nothing", group + "XGROUP CREATECONSUMER s g b", "XCLAIM s g b 0 1-1 ; XCLAIM s g b 0 1-1 LASTID 1-2",
			"0:XGROUP SETID s g 1-2 ENTRIESREAD -1"},
		{"claiming what is idle", group + "XREADGROUP GROUP g a COUNT 3 STREAMS s > ; XDEL s 1-2 ; @later",
			"XAUTOCLAIM s g a 1000 0 JUSTID",
			claim("g", "a", "1-1", "1700000060000", "1", "1-3") + "; " + claim("g", "a", "1-2", at, "1", "1-3") + "; " +
				claim("g", "a", "1-3", "1700000060000", "1", "1-3")},
		{"settings", five, "XSETID s 9-9 ENTRIESADDED 7 MAXDELETEDID 1-1", "0:XSETID s 9-9 ENTRIESADDED 7 MAXDELETEDID 1-1"},
	})
}

// TestStreamWaitersUnits: what a waiting consumer gets is in the unit of the command that brought it; a group that goes
// sends its consumers away.
func TestStreamWaitersUnits(t *testing.T) {
	f := newFixture(t)
	a, b, c := f.connect(), f.connect(), f.connect()
	a.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
	log := f.record()
	b.send(request("XREADGROUP", "GROUP", "g", "b", "BLOCK", "0", "STREAMS", "s", "t", ">", ">"))
	if got := b.answers(); len(got) != 1 || !strings.HasPrefix(got[0], "-NOGROUP") {
		t.Fatalf("a group that does not exist: %q", got)
	}
	b.send(request("XREADGROUP", "GROUP", "g", "b", "BLOCK", "0", "STREAMS", "s", ">"))
	c.send(request("XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", ">"))
	if n := len(b.answers()) + len(c.answers()); n > 0 {
		t.Fatalf("%d replies to those who wait", n)
	}
	a.call("XADD", "s", "1-1", "f", "v")
	if got := b.answers(); len(got) != 1 || !strings.Contains(got[0], "1-1") {
		t.Errorf("the first who waits gets %q", got)
	}
	if n := len(c.answers()); n > 0 {
		t.Error("the second is served, too")
	}
	a.call("XGROUP", "DELCONSUMER", "s", "g", "c")
	a.call("XACK", "s", "g", "1-1")
	a.call("XGROUP", "DESTROY", "s", "g")
	if got := c.answers(); len(got) != 1 || !strings.HasPrefix(got[0], "-NOGROUP") {
		t.Errorf("who waits in a group that goes gets %q", got)
	}
	want := "0:XGROUP CREATECONSUMER s g b\n0:XGROUP CREATECONSUMER s g c\n0:XADD s 1-1 f v; " +
		"0:XCLAIM s g b 0 1-1 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1-1; " +
		"0:XGROUP SETID s g 1-1 ENTRIESREAD 1\n0:XGROUP DELCONSUMER s g c\n0:XACK s g 1-1\n0:XGROUP DESTROY s g"
	if got := text(log.since(0)); got != want {
		t.Errorf("effects\n%s\nwant\n%s", got, want)
	}
}
