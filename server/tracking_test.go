package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"synap/store"
)

// TestTrackingTableLimit: what is forgotten is told as changed, ahead of the reply to the command that noticed.
func TestTrackingTableLimit(t *testing.T) {
	f := newFixture(t, "tracking-table-max-keys 2")
	c, other := f.connect().speaks3(), f.connect()
	c.ok("CLIENT TRACKING ON")
	c.do("MGET a b")
	c.got("")
	c.do("GET c")
	c.send("PING\r\n")
	got := c.answers()
	if len(got) != 2 || !strings.HasPrefix(got[0], `>["invalidate", ["`) || got[1] != "+PONG" {
		t.Fatalf("got %q", got)
	}
	if keys, items := f.srv.store.Tracked(); keys != 2 || items != 2 {
		t.Errorf("%d keys, %d readers", keys, items)
	}
	other.ok("CONFIG SET tracking-table-max-keys 0")
	c.do("MGET a b c d e")
	other.do("PING")
	c.got("")
	if keys, _ := f.srv.store.Tracked(); keys != 5 {
		t.Errorf("%d keys without a limit", keys)
	}
	other.ok("CONFIG SET tracking-table-max-keys 1")
	f.srv.upkeep()
	f.turn(func() {})
	if got := c.answers(); len(got) != 4 {
		t.Errorf("upkeep told of %q", got)
	}
}

// Eviction and expiry without a command are told to readers and to those who want to know of all.
func TestTrackingWithoutCommands(t *testing.T) {
	f := newFixture(t)
	c, all, own := f.connect().speaks3(), f.connect().speaks3(), f.connect().speaks3()
	c.ok("CLIENT TRACKING ON NOLOOP")
	all.ok("CLIENT TRACKING ON BCAST")
	own.ok("CLIENT TRACKING ON BCAST NOLOOP")
	w := f.connect()
	w.ok("SET k v PX 10")
	all.got(`>["invalidate", ["k"]]`)
	own.got(`>["invalidate", ["k"]]`)
	c.do("GET k")
	f.advance(time.Second)
	f.srv.timed(func() { f.srv.expire() })
	f.turn(func() {})
	for _, x := range []*testClient{c, all, own} {
		x.got(`>["invalidate", ["k"]]`)
	}
	// NOLOOP is about a client's own changes; that a key's time has come is nobody's.
	own.ok("SET l v PX 10")
	all.got(`>["invalidate", ["l"]]`)
	f.advance(time.Second)
	own.send("GET l\r\n")
	own.got(`_ >["invalidate", ["l"]]`)
	all.got(`>["invalidate", ["l"]]`)
	w.ok("SET m v")
	for _, x := range []*testClient{all, own} {
		x.got(`>["invalidate", ["m"]]`)
	}
	c.do("GET m")
	w.ok("CONFIG SET maxmemory-policy allkeys-lru")
	w.ok("CONFIG SET maxmemory 1")
	w.do("PING")
	for _, x := range []*testClient{c, all, own} {
		x.got(`>["invalidate", ["m"]]`)
	}
}

// Broadcasts of a turn come together, sorted, each key once.
func TestBroadcastsAreBatched(t *testing.T) {
	f := newFixture(t)
	c, own := f.connect().speaks3(), f.connect().speaks3()
	c.ok("CLIENT TRACKING ON BCAST PREFIX a PREFIX b")
	own.ok("CLIENT TRACKING ON BCAST NOLOOP")
	f.connect().send("SET b 1\r\nSET a2 1\r\nMSET a1 1 a2 2 x 3\r\nDEL b\r\n")
	c.got(`>["invalidate", ["a1", "a2"]] >["invalidate", ["b"]]`)
	own.got(`>["invalidate", ["a1", "a2", "b", "x"]]`)
	own.send("SET a1 1\r\nSET y 1\r\n")
	own.got("+OK +OK")
	c.got(`>["invalidate", ["a1"]]`)
	own.ok("CLIENT TRACKING OFF")
	c.ok("CLIENT TRACKING OFF")
	f.connect().ok("SET a 1")
	c.got("")
}

// The messages of many clients can go to one, and the one may vanish.
func TestRedirection(t *testing.T) {
	f := newFixture(t)
	r3, r2, a, b, w := f.connect().speaks3(), f.connect(), f.connect().speaks3(), f.connect(), f.connect()
	a.ok("CLIENT TRACKING ON REDIRECT 1")
	b.ok("CLIENT TRACKING ON REDIRECT 2")
	read := func() {
		a.do("GET k")
		b.do("GET k")
	}
	read()
	w.ok("SET k 1")
	r3.got(`>["invalidate", ["k"]]`)
	r2.got("") // it does not listen
	r2.do("SUBSCRIBE other")
	read()
	w.ok("SET k 2")
	r3.got(`>["invalidate", ["k"]]`)
	r2.got(`["message", "__redis__:invalidate", ["k"]]`) // to whatever it listens
	read()
	a.ok("SET k 3") // its own change
	r3.got(`>["invalidate", ["k"]]`)
	r2.got(`["message", "__redis__:invalidate", ["k"]]`)
	w.ok("FLUSHALL")
	r3.got(`>["invalidate", _]`)
	r2.got(`["message", "__redis__:invalidate", nil]`)
	read()
	w.do("CLIENT KILL ID 1")
	w.do("CLIENT KILL ID 2")
	w.ok("SET k 4")
	a.got(`>["tracking-redir-broken", :1]`)
	b.got("")
	for id, flags := range map[int]string{3: "tR", 4: "tR"} {
		line := string(w.tree(fmt.Sprint("CLIENT LIST ID ", id)).Text)
		if field(line, "flags") != flags || field(line, "redir") != fmt.Sprint(id-2) {
			t.Errorf("%s", line)
		}
	}
	a.ok("CLIENT TRACKING ON")
	if got := a.do("CLIENT TRACKINGINFO"); got != `%{"flags": ~["on"], "redirect": :0, "prefixes": []}` {
		t.Error(got)
	}
}

// A command that was woken runs in another client's transaction: what it changes is its own client's doing, and is told to
// that one behind the reply.
func TestTrackingOfWokenCommands(t *testing.T) {
	f := newFixture(t)
	woken, quiet, pusher := f.connect().speaks3(), f.connect().speaks3(), f.connect().speaks3()
	woken.ok("CLIENT TRACKING ON")
	quiet.ok("CLIENT TRACKING ON NOLOOP")
	pusher.ok("CLIENT TRACKING ON")
	for _, tc := range []struct {
		client            *testClient
		late              int
		toQuiet, toPusher bool
	}{{woken, 1, true, true}, {quiet, 0, false, true}} {
		for _, c := range []*testClient{woken, quiet, pusher} {
			c.do("GET k")
		}
		w := &waiter{session: tc.client.session.(*session)}
		f.turn(func() {
			var tx store.Txn
			tx.Origin = w
			f.srv.store.Begin(&tx, store.MaskOf([]byte("k")), 0, f.now.UnixMilli())
			tx.SetInt([]byte("k"), 1, store.NoExpiry)
			tx.End()
		})
		if late := w.takeLate(); len(late) != tc.late {
			t.Errorf("%d messages behind the reply, want %d", len(late), tc.late)
		}
		if tc.toQuiet {
			quiet.got(`>["invalidate", ["k"]]`)
		}
		pusher.got(`>["invalidate", ["k"]]`)
		for _, c := range []*testClient{woken, quiet} {
			if c == tc.client {
				c.got("")
			} else {
				c.answers()
			}
		}
	}
	// To those who want to know of all it is the woken client's change, too.
	pusher.ok("CLIENT TRACKING OFF")
	quiet.ok("CLIENT TRACKING OFF")
	pusher.ok("CLIENT TRACKING ON BCAST NOLOOP")
	quiet.ok("CLIENT TRACKING ON BCAST NOLOOP")
	f.turn(func() {
		var tx store.Txn
		tx.Origin = &waiter{session: quiet.session.(*session)}
		f.srv.store.Begin(&tx, store.MaskOf([]byte("k")), 0, f.now.UnixMilli())
		tx.SetInt([]byte("k"), 2, store.NoExpiry)
		tx.End()
	})
	pusher.got(`>["invalidate", ["k"]]`)
	quiet.got("")
}

// A read that was woken is tracked anew: it was a change that woke it.
func TestWokenReadsAreTracked(t *testing.T) {
	f := newFixture(t)
	c, w := f.connect().speaks3(), f.connect()
	c.ok("CLIENT TRACKING ON")
	s := c.session.(*session)
	cmd, _ := f.srv.table.Lookup([][]byte{[]byte("mget")})
	x := &waiter{session: s, cmd: cmd, words: [][]byte{[]byte("MGET"), []byte("k"), []byte("elsewhere")}}
	for _, tracks := range []bool{false, true} {
		if x.tracks = nil; tracks {
			x.tracks = s.tracksReads()
		}
		var tx store.Txn
		f.srv.store.Begin(&tx, store.MaskOf([]byte("k")), 0, f.now.UnixMilli())
		x.noteRead(&tx)
		tx.End()
		w.ok("SET k v")
		if tracks {
			c.got(`>["invalidate", ["k"]]`)
		} else {
			c.got("")
		}
	}
}

// What changes before a waiting client is served is told ahead of the reply, what changes between that and the reply behind
// it, however the loop comes to deliver it: else the client would keep what is no longer so.
func TestPushesAroundServedReplies(t *testing.T) {
	f := newFixture(t, "io-threads 2")
	c, w := f.connectLoop(1), f.connectLoop(0)
	deliver := func() { // without running what is posted to the client
		f.srv.BeginTurn(1)
		f.srv.EndTurn(1)
		c.write()
	}
	c.turn("HELLO 3\r\n")
	c.answers()
	c.turn("CLIENT TRACKING ON\r\nSUBSCRIBE news\r\nXREAD BLOCK 0 STREAMS s $\r\n")
	c.answers()
	w.turn("PUBLISH news before\r\nXADD s 1-1 f v\r\n")
	w.turn("XADD s 1-2 f v\r\nPUBLISH news behind\r\n")
	deliver()
	w.turn("PUBLISH news last\r\n")
	deliver()
	c.turn("PING\r\n")
	want := []string{`>["message", "news", "before"]`, `>["invalidate", ["s"]]`, `%{"s": [["1-1", ["f", "v"]]]}`,
		`>["invalidate", ["s"]]`, `>["message", "news", "behind"]`, `>["message", "news", "last"]`, "+PONG"}
	if got := c.answers(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c.session.(*session).inbox.filled.Load() {
		t.Error("the inbox is not empty")
	}
	w.turn("XADD s 1-3 f v\r\n") // it was told of 1-2, and has not read since
	deliver()
	if got := c.answers(); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	w.turn("PUBLISH news x\r\n")
	deliver()
	if got := c.answers(); len(got) != 1 {
		t.Errorf("got %q, want a message", got)
	}
}

// A client that reads through MULTI, and one whose commands fail, are told all the same.
func TestTrackedReads(t *testing.T) {
	f := newFixture(t)
	c, w := f.connect().speaks3(), f.connect()
	c.ok("CLIENT TRACKING ON")
	for _, tc := range []struct {
		read string
		keys string
	}{
		{"GET k", "k"},
		{"MGET k l k", "k l"},
		{"STRLEN k", "k"},
		{"TOUCH k l", "k l"},
		{"OBJECT ENCODING k", "k"},
		{"BITCOUNT k 1", "k"}, // a syntax error
		{"LCS k l", "k l"},
		{"GETEX k", ""},
		{"BITFIELD k GET u8 0", ""},
		{"BITFIELD_RO k GET u8 0", "k"},
		{"KEYS *", ""},
		{"WATCH k", ""},
		{"SPUBLISH k l", ""},
	} {
		t.Run(tc.read, func(t *testing.T) {
			for _, script := range []string{tc.read + "\r\n", "MULTI\r\n" + tc.read + "\r\nEXEC\r\n"} {
				if strings.HasPrefix(tc.read, "WATCH") && strings.HasPrefix(script, "MULTI") {
					continue
				}
				c.send(script)
				c.answers()
				w.ok("MSET k 1 l 2")
				want := []string{}
				for key := range strings.FieldsSeq(tc.keys) {
					want = append(want, fmt.Sprintf(`>["invalidate", ["%s"]]`, key))
				}
				c.got(strings.Join(want, " "))
				c.send("UNWATCH\r\n")
				c.got("+OK")
			}
		})
	}
}
