package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"synap/commands"
)

// blockingFixture is a fixture whose time passes by itself, timers included: the test sleeps in a bubble of its own.
func blockingFixture(t *testing.T, directives ...string) *fixture {
	f := newFixture(t, directives...)
	f.srv.clock = time.Now
	return f
}

// pass lets time pass.
func (f *fixture) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
	f.turn(func() {})
}

// blocked is what INFO says of blocked clients.
func (f *fixture) blocked() string {
	return fmt.Sprintf("%d/%d", f.srv.blocked.all.Load(), f.srv.blocked.limited.Load())
}

func (c *testClient) got(want string) {
	c.f.t.Helper()
	if got := strings.Join(c.answers(), " "); got != want {
		c.f.t.Errorf("got %q, want %q", got, want)
	}
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := blockingFixture(t)
		c, other := f.connect(), f.connect()
		c.expect([]exchange{
			{"WAIT 0 0", ":0"},
			{"WAIT 0 100", ":0"},
			{"WAIT -1 0", ":0"},
			{"WAIT x 0", "-ERR value is not an integer or out of range"},
			{"WAIT 1 x", "-ERR timeout is not an integer or out of range"},
			{"WAIT 1 -1", "-ERR timeout is negative"},
			{"WAIT 1 9223372036854775807", "-ERR timeout is out of range"},
		})
		c.send("PING\r\nWAIT 1 500\r\nPING\r\nECHO a\r\n")
		c.got("+PONG")
		if f.blocked() != "1/1" {
			t.Errorf("blocked %s", f.blocked())
		}
		line := string(other.tree("CLIENT LIST ID 1").Text)
		if field(line, "flags") != "b" || field(line, "cmd") != "wait" || field(line, "argv-mem") != "8" || field(line, "events") != "r" {
			t.Error(line)
		}
		f.pass(499 * time.Millisecond)
		c.got("")
		f.pass(time.Millisecond)
		c.got(`:0 +PONG "a"`)
		if f.blocked() != "0/0" {
			t.Errorf("blocked %s", f.blocked())
		}
		line = string(other.tree("CLIENT LIST ID 1").Text)
		if field(line, "flags") != "N" || field(line, "argv-mem") != "0" {
			t.Error(line)
		}
	})
}

func TestClientUnblock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := blockingFixture(t, "timeout 10")
		c, other := f.connect(), f.connect()
		for _, tc := range []struct{ command, reply string }{
			{"CLIENT UNBLOCK 1", ":0"},
			{"CLIENT UNBLOCK 1 timeout", ":0"},
			{"CLIENT UNBLOCK 1 ERROR", "-UNBLOCKED client unblocked via CLIENT UNBLOCK"},
		} {
			c.send("WAIT 1 0\r\nPING\r\n")
			f.pass(time.Minute) // no idle time
			f.turn(func() { c.session.Tick(time.Now().UnixMilli()) })
			c.got("")
			if f.blocked() != "1/0" {
				t.Errorf("blocked %s", f.blocked())
			}
			other.send(encode(t, tc.command) + encode(t, tc.command) + encode(t, "CLIENT LIST ID 1"))
			replies := other.answers()
			if !slices.Equal(replies[:2], []string{":1", ":0"}) || field(replies[2], "flags") != "N" {
				t.Errorf("%s twice: %v", tc.command, replies)
			}
			c.got(tc.reply + " +PONG")
		}
		other.expect([]exchange{
			{"CLIENT UNBLOCK 1", ":0"}, {"CLIENT UNBLOCK 2", ":0"}, {"CLIENT UNBLOCK 77", ":0"},
			{"CLIENT UNBLOCK x", "-ERR value is not an integer or out of range"},
			{"CLIENT UNBLOCK 1 x", "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"},
			{"CLIENT UNBLOCK 1 ERROR x", "-ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP."},
		})
	})
}

// A blocking command that CLIENT UNBLOCK or anything else has ended is over, however late its timer fires.
func TestBlockedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := blockingFixture(t)
		c, other := f.connect(), f.connect()
		c.send("WAIT 1 100\r\n")
		first := c.session.(*session).waiter
		other.do("CLIENT UNBLOCK 1")
		c.got(":0")
		c.send("WAIT 1 0\r\n")
		if first.end(func(w *commands.Writer) error { w.Simple("LATE"); return nil }) {
			t.Error("ended twice")
		}
		f.pass(time.Hour)
		c.got("")
		if f.blocked() != "1/0" {
			t.Errorf("blocked %s", f.blocked())
		}
		other.do("CLIENT UNBLOCK 1")
		c.got(":0")
	})
}

func TestBlockedInTransaction(t *testing.T) {
	c := newFixture(t).connect()
	c.expect([]exchange{
		{"MULTI", "+OK"}, {"WAIT 1 0", "+QUEUED"}, {"MONITOR", "+QUEUED"}, {"CLIENT INFO", "+QUEUED"},
		{"EXEC", "[:0, -ERR MONITOR isn't allowed for DENY BLOCKING client, *"},
	})
	if s := c.session.(*session); s.executing || s.waiter != nil || s.monitoring {
		t.Errorf("%+v", s)
	}
}

// A client that goes while it waits is not counted any more, and its timer is stopped.
func TestBlockedLeaves(t *testing.T) {
	for name, leave := range map[string]func(f *fixture, c *testClient){
		"killed":       func(f *fixture, c *testClient) { f.clients[0].do("CLIENT KILL ID 2") },
		"disconnected": func(f *fixture, c *testClient) { f.turn(c.Close) },
		"killed after UNBLOCK": func(f *fixture, c *testClient) {
			f.clients[0].send(encode(f.t, "CLIENT UNBLOCK 2") + encode(f.t, "CLIENT KILL ID 2"))
			f.clients[0].got(":1 :1")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := blockingFixture(t)
				f.connect()
				c := f.connect()
				c.send("WAIT 1 1000\r\nSET k v\r\n")
				leave(f, c)
				if f.blocked() != "0/0" {
					t.Errorf("blocked %s", f.blocked())
				}
				f.pass(time.Minute)
				if got := f.clients[0].do("EXISTS k"); got != ":0" {
					t.Error("the command behind was run")
				}
				if !c.closed {
					t.Error("still connected")
				}
			})
		})
	}
}

// The reply of a blocking command counts when it comes, for CLIENT REPLY too.
func TestBlockedReplyModes(t *testing.T) {
	for _, tc := range []struct{ before, during, after string }{
		{"CLIENT REPLY SKIP\r\n", "", "+PONG"},
		{"CLIENT REPLY OFF\r\n", "", ""},
		{"CLIENT REPLY OFF\r\nCLIENT REPLY ON\r\n", "+OK", ":0 +PONG"},
	} {
		t.Run(tc.before, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := blockingFixture(t)
				c := f.connect()
				c.send(tc.before + "WAIT 1 50\r\nPING\r\n")
				c.got(tc.during)
				f.pass(50 * time.Millisecond)
				c.got(tc.after)
			})
		})
	}
}

// CLIENT PAUSE holds back the commands behind a blocking one, but not its end.
func TestBlockedAndPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := blockingFixture(t)
		c, other := f.connect(), f.connect()
		c.send("WAIT 1 100\r\nPING\r\n")
		other.ok("CLIENT PAUSE 1000")
		f.pass(100 * time.Millisecond)
		c.got(":0")
		f.pass(899 * time.Millisecond)
		c.got("")
		f.pass(time.Millisecond)
		c.got("+PONG")
	})
}

// A blocking command is counted once, when it has replied, without the time it waited.
func TestBlockedStatistics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := blockingFixture(t, "slowlog-log-slower-than 0")
		c, other := f.connect(), f.connect()
		m := f.connect()
		m.ok("MONITOR")
		other.ok("SLOWLOG RESET")
		stats := func() commandStats { return f.srv.loops[0].stats.byCommand[f.srv.table.Named("wait").ID] }
		c.send("WAIT 1 5000\r\n")
		if st := stats(); st.calls != 0 {
			t.Errorf("%+v while it waits", st)
		}
		if got := len(m.answers()); got != 1 {
			t.Errorf("MONITOR shows %d commands", got)
		}
		f.pass(5 * time.Second)
		if st := stats(); st.calls != 1 || st.failed != 0 || st.nanos > int64(time.Second) {
			t.Errorf("%+v afterwards", st)
		}
		if got := other.do("SLOWLOG GET 1"); !strings.Contains(got, `["WAIT", "1", "5000"]`) {
			t.Errorf("the slow log has %s", got)
		}
		c.send("WAIT 1 0\r\n")
		other.do("CLIENT UNBLOCK 1 ERROR")
		if st := stats(); st.calls != 2 || st.failed != 1 || f.srv.loops[0].stats.errorCodes["UNBLOCKED"] != 1 {
			t.Errorf("%+v after an error", st)
		}
		if got := len(m.answers()); got != 1 {
			t.Errorf("MONITOR shows %d more commands", got)
		}
	})
}
