package server

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// speaks3 makes the client speak RESP3.
func (c *testClient) speaks3() *testClient {
	c.f.t.Helper()
	c.tree("HELLO 3")
	return c
}

// Messages to the publisher itself come behind the reply, behind all replies of a transaction, and ahead of what is next in
// the pipeline.
func TestMessagesToOneself(t *testing.T) {
	f := newFixture(t)
	c := f.connect().speaks3()
	c.send("SUBSCRIBE a b\r\nPSUBSCRIBE a*\r\n")
	c.got(`>["subscribe", "a", :1] >["subscribe", "b", :2] >["psubscribe", "a*", :3]`)
	c.send("PUBLISH a 1\r\nPING\r\nPUBLISH b 2\r\nPING\r\n")
	c.got(`:2 >["message", "a", "1"] >["pmessage", "a*", "a", "1"] +PONG :1 >["message", "b", "2"] +PONG`)
	c.send("MULTI\r\nPUBLISH b 3\r\nPING\r\nUNSUBSCRIBE b\r\nEXEC\r\nPING\r\n")
	c.got(`+OK +QUEUED +QUEUED +QUEUED [:1, +PONG, >["unsubscribe", "b", :2]] >["message", "b", "3"] +PONG`)
}

// Without replies there are messages and confirmations still, in their order.
func TestMessagesWithoutReplies(t *testing.T) {
	f := newFixture(t)
	c, other := f.connect().speaks3(), f.connect()
	c.send("CLIENT REPLY OFF\r\nSUBSCRIBE a b\r\nPUBLISH a 1\r\nPING\r\nMULTI\r\nPING\r\nSUBSCRIBE d\r\nPUBLISH d 2\r\nEXEC\r\n")
	c.got(`>["subscribe", "a", :1] >["subscribe", "b", :2] >["message", "a", "1"] >["message", "d", "2"] >["subscribe", "d", :3]`)
	other.do("PUBLISH b 3")
	c.got(`>["message", "b", "3"]`)
	c.send("UNSUBSCRIBE a\r\nPING\r\nCLIENT REPLY ON\r\nPING\r\nCLIENT REPLY SKIP\r\nUNSUBSCRIBE b\r\nPING\r\n")
	c.got(`>["unsubscribe", "a", :2] +OK +PONG >["unsubscribe", "b", :1] +PONG`)
}

// What somebody published while the loop was at it is there before the confirmation that ends it.
func TestUnsubscribeHearsTheLast(t *testing.T) {
	for _, line := range []string{"UNSUBSCRIBE", "UNSUBSCRIBE c", "RESET"} {
		t.Run(line, func(t *testing.T) {
			f := newFixture(t)
			c := f.connect()
			c.do("SUBSCRIBE c")
			f.turn(func() {
				f.srv.pubsub.Publish([]byte("c"), []byte("last"))
				c.in = append(c.in, line+"\r\n"...)
			})
			if n := f.srv.pubsub.Publish([]byte("c"), []byte("too late")); n != 0 {
				t.Errorf("%d receivers", n)
			}
			got := strings.Join(c.answers(), " ")
			if !strings.HasPrefix(got, `["message", "c", "last"] `) || strings.Contains(got, "late") {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestEventsAndMessagesInOrder: in a transaction events come where they happened.
func TestEventsAndMessagesInOrder(t *testing.T) {
	f := newFixture(t, "notify-keyspace-events E$g")
	c, other := f.connect(), f.connect().speaks3()
	other.do("PSUBSCRIBE *")
	other.do("CLIENT TRACKING ON")
	other.do("MGET a b")
	c.send("MULTI\r\nSET a 1\r\nPUBLISH c x\r\nSET b 1\r\nDEL a\r\nEXEC\r\n")
	c.got("+OK +QUEUED +QUEUED +QUEUED +QUEUED [+OK, :1, +OK, :1]")
	other.got(`>["invalidate", ["a"]] >["pmessage", "*", "__keyevent@0__:set", "a"] >["pmessage", "*", "c", "x"] ` +
		`>["invalidate", ["b"]] >["pmessage", "*", "__keyevent@0__:set", "b"] >["pmessage", "*", "__keyevent@0__:del", "a"]`)
}

// A client that listens may do so in silence.
func TestListenersAreNotIdle(t *testing.T) {
	f := newFixture(t, "timeout 10")
	c, idle := f.connect(), f.connect()
	c.do("SUBSCRIBE a")
	f.advance(11 * time.Second)
	f.turn(func() {
		c.session.Tick(f.now.UnixMilli())
		idle.session.Tick(f.now.UnixMilli())
	})
	if c.closed || !idle.closed {
		t.Errorf("listener closed: %v, other closed: %v", c.closed, idle.closed)
	}
}

func TestPubSubInInfo(t *testing.T) {
	f := newFixture(t)
	f.srv.transport = &countingTransport{}
	c, s, g := f.connect(), f.connect(), f.connect().speaks3()
	info := func() string {
		var out []string
		text := string(c.tree("INFO everything").Text)
		for _, name := range []string{"pubsub_channels", "pubsub_patterns", "pubsubshard_channels", "tracking_clients",
			"tracking_total_keys", "tracking_total_items", "tracking_total_prefixes"} {
			_, rest, _ := strings.Cut(text, "\r\n"+name+":")
			value, _, _ := strings.Cut(rest, "\r\n")
			out = append(out, value)
		}
		return strings.Join(out, " ")
	}
	if got := info(); got != "0 0 0 0 0 0 0" {
		t.Errorf("at first %s", got)
	}
	s.send("SUBSCRIBE a b\r\nPSUBSCRIBE p\r\nSSUBSCRIBE x y z\r\n")
	g.send("CLIENT TRACKING ON\r\nMGET k l\r\n")
	other := f.connect().speaks3()
	other.send("CLIENT TRACKING ON\r\nGET k\r\n")
	f.connect().send("CLIENT TRACKING ON BCAST PREFIX a PREFIX b\r\n")
	if got := info(); got != "2 1 3 3 2 3 2" {
		t.Errorf("then %s", got)
	}
	before := c.tree("CLIENT LIST ID 2").Text
	s.send("SUBSCRIBE " + strings.Repeat("n", 10_000) + "\r\n")
	after := c.tree("CLIENT LIST ID 2").Text
	size := func(line []byte) int {
		n, err := strconv.Atoi(field(string(line), "tot-mem"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if d := size(after) - size(before); d < 10_000 {
		t.Errorf("a long channel's name took %d bytes", d)
	}
	if !bytes.Contains(after, []byte("flags=P db=0 sub=3 psub=1 ssub=3 ")) {
		t.Errorf("%s", after)
	}
	c.do("CLIENT KILL TYPE pubsub")
	c.do("FLUSHALL")
	if got := info(); got != "0 0 0 3 0 0 2" {
		t.Errorf("at last %s", got)
	}
}

// Replicas would have to hear of publications; a log would not.
func TestPublicationsAreFleetingEffects(t *testing.T) {
	f := newFixture(t)
	r := f.record()
	c := f.connect()
	c.do("PUBLISH c m")
	c.send("MULTI\r\nSET k v\r\nSPUBLISH s m\r\nEXEC\r\n")
	units := r.since(0)
	if got := text(units); got != "0:PUBLISH c m\n0:SET k v; 0:SPUBLISH s m" {
		t.Errorf("%s", got)
	}
	if len(units) == 2 && (!units[0][0].Fleeting || units[1][0].Fleeting || !units[1][1].Fleeting) {
		t.Error("the wrong ones are fleeting")
	}
}

// What a busy loop has not yet brought its clients is bounded as their output is.
func TestInboxIsBounded(t *testing.T) {
	f := newFixture(t, "client-output-buffer-limit pubsub 100kb 0 0")
	c, other := f.connect(), f.connect()
	c.do("SUBSCRIBE c")
	payload := make([]byte, 10<<10)
	for range 1000 { // no turn
		f.srv.pubsub.Publish([]byte("c"), payload)
	}
	s := c.session.(*session)
	if n := len(s.inbox.mu.queue); n > 10 {
		t.Errorf("%d messages wait", n)
	}
	other.do("PING")
	if !c.closed || f.srv.counters.outputLimitKills.Load() != 1 {
		t.Error("the client was not closed")
	}
	if n := other.do("PUBLISH c x"); n != ":0" {
		t.Errorf("%s receivers afterwards", n)
	}
}

// TestSlowSubscriber: one subscriber reads, one does not. The publisher is never held up, the reader gets everything, and the
// other one is closed when its output reaches the limit.
func TestSlowSubscriber(t *testing.T) {
	const messages, size, limit = 2000, 32 << 10, 4 << 20
	const ahead = limit / size / 2 // messages that the publisher may be ahead of the one that reads
	eachBackend(t, fmt.Sprintf("client-output-buffer-limit pubsub %d 0 0", limit), func(t *testing.T, s *socketServer) {
		fast, slow, publisher, watcher := s.dial(""), s.dial(""), s.dial(""), s.dial("")
		fast.expect("SUBSCRIBE c", `["subscribe", "c", :1]`)
		slow.expect("SUBSCRIBE c", `["subscribe", "c", :1]`)
		payload := strings.Repeat("x", size)
		read, room := make(chan int), make(chan struct{}, ahead)
		go func() {
			n := 0
			for ; n < messages; n++ {
				v, err := fast.replies.Read()
				if err != nil || len(v.Elems) != 3 || len(v.Elems[2].Text) != size {
					t.Errorf("message %d: %.100s, %v", n, v, err)
					break
				}
				<-room
			}
			read <- n
		}()
		command := encode(t, "PUBLISH c "+payload)
		both, most := 0, 0
		for i := range messages {
			select {
			case room <- struct{}{}:
			case n := <-read:
				t.Fatalf("the fast one got %d messages", n)
			}
			publisher.send(command)
			v, err := publisher.replies.Read()
			if err != nil || v.Int != 1 && v.Int != 2 {
				t.Fatalf("message %d: %s, %v", i, v, err)
			}
			if v.Int == 2 {
				both++
			}
			if i%50 == 0 {
				for line := range strings.Lines(watcher.text("CLIENT LIST TYPE pubsub")) {
					n, err := strconv.Atoi(field(line, "omem"))
					if err != nil {
						t.Fatal(err)
					}
					most = max(most, n)
				}
			}
		}
		if n := <-read; n != messages {
			t.Errorf("the fast one got %d messages", n)
		}
		if both == messages {
			t.Error("the slow one was never closed")
		}
		if most > limit+limit/2 {
			t.Errorf("%d bytes waited for one client", most)
		}
		got := 0
		for {
			if _, err := slow.replies.Read(); err != nil {
				break
			}
			got++
		}
		if got > both {
			t.Errorf("the slow one got %d messages of %d", got, both)
		}
	})
}
