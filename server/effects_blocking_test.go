package server

import (
	"slices"
	"strings"
	"testing"

	"synap/commands"
)

// timeout is a time limit: none at all, as nobody waits in a random run (see effectRun.run).
func (m *mix) timeout() []string { return m.pick(one("0"), one("1"), one("0.5")) }

// blockingPop makes the arguments of a pop from the first of several keys.
func blockingPop(key func(m *mix) string) func(m *mix) []string {
	return func(m *mix) []string { return words(key(m), one(key(m)), m.timeout()) }
}

// blockingMultiPop makes the arguments of BLMPOP and BZMPOP, whose ends have names of their own.
func blockingMultiPop(key func(m *mix) string, ends ...string) func(m *mix) []string {
	return func(m *mix) []string {
		return slices.Concat(m.timeout(), []string{"2", key(m), key(m), ends[m.IntN(len(ends))]}, m.pick(nil, []string{"COUNT", "3"}))
	}
}

// blockingArguments are those of commands that may wait.
var blockingArguments = map[string]func(m *mix) []string{
	"bzpopmin": blockingPop((*mix).sortedKey),
	"bzpopmax": blockingPop((*mix).sortedKey),
	"bzmpop":   blockingMultiPop((*mix).sortedKey, "MIN", "MAX"),
	"blpop":    blockingPop((*mix).listKey),
	"brpop":    blockingPop((*mix).listKey),
	"blmpop":   blockingMultiPop((*mix).listKey, "LEFT", "RIGHT"),
	"blmove": func(m *mix) []string {
		return words(m.listKey(), one(m.listKey()), m.pick(one("LEFT"), one("RIGHT")), m.pick(one("LEFT"), one("RIGHT")),
			m.timeout())
	},
	"brpoplpush": func(m *mix) []string { return words(m.listKey(), one(m.listKey()), m.timeout()) },
}

// run sends a command and returns its reply. One that may wait is sent in a transaction, where it does not: nobody would
// ever serve it.
func (r *effectRun) run(name string, line []string) string {
	if r.f.srv.table.Named(name).Flags&commands.Blocking == 0 {
		return r.c.call(line...)
	}
	r.c.call("MULTI")
	r.c.call(line...)
	return strings.Trim(r.c.call("EXEC"), "[]")
}

// TestEffectsOfTheServed: the stream has the pop that a client waited for behind what made it possible, in the same unit
// and without the waiting.
func TestEffectsOfTheServed(t *testing.T) {
	for _, tc := range []struct{ waits, producer, effects string }{
		{"BZPOPMIN x k 0", "ZADD k 1 a", "0:ZADD k 1 a; 0:ZPOPMIN k"},
		{"BZPOPMAX k 0", "ZADD k 1 a 2 b", "0:ZADD k 1 a 2 b; 0:ZPOPMAX k"},
		{"BZMPOP 0 2 x k MIN COUNT 10", "ZADD k 1 a 2 b", "0:ZADD k 1 a 2 b; 0:ZPOPMIN k 2"},
		{"BZMPOP 0 2 x k MAX", "ZADD k 1 a 2 b", "0:ZADD k 1 a 2 b; 0:ZPOPMAX k 1"},
		{"BLPOP x k 0", "RPUSH k a b", "0:RPUSH k a b; 0:LPOP k"},
		{"BRPOP x k 0", "RPUSH k a b", "0:RPUSH k a b; 0:RPOP k"},
		{"BLMPOP 0 2 x k LEFT COUNT 10", "RPUSH k a b", "0:RPUSH k a b; 0:LPOP k 2"},
		{"BLMPOP 0 2 x k RIGHT", "RPUSH k a b", "0:RPUSH k a b; 0:RPOP k 1"},
		{"BLMOVE k l left RIGHT 0", "RPUSH k a b", "0:RPUSH k a b; 0:LMOVE k l left RIGHT"},
		{"BLMOVE k k left RIGHT 0", "RPUSH k a b", "0:RPUSH k a b; 0:LMOVE k k left RIGHT"},
		{"BRPOPLPUSH k l 0", "RPUSH k a b", "0:RPUSH k a b; 0:RPOPLPUSH k l"},
	} {
		t.Run(tc.waits, func(t *testing.T) {
			f := newFixture(t)
			log := f.record()
			c, p := f.connect(), f.connect()
			c.send(encode(t, tc.waits))
			p.do(tc.producer)
			if got := text(log.since(0)); got != tc.effects {
				t.Errorf("effects %s\nwant    %s", got, tc.effects)
			}
			if got := c.answers(); len(got) != 1 || strings.HasPrefix(got[0], "-") {
				t.Errorf("got %q", got)
			}
			replay(t, log.since(0), f.srv.store)
			// Without waiting the effect is the same.
			before := log.len()
			p.do(tc.producer)
			p.do(tc.waits)
			if got := strings.ReplaceAll(text(log.since(before)), "\n", "; "); got != tc.effects {
				t.Errorf("without waiting %s\nwant    %s", got, tc.effects)
			}
		})
	}
}
