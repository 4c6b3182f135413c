package server

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"synap/server/pubsub"
	"synap/server/transport"
)

// TestMessagesAcrossLoops lets clients on four loops publish and listen at the same time while connections move. Every
// listener gets every message once, in one order, which agrees with each publisher's; and what a publisher does after it
// has seen its reply comes later.
func TestMessagesAcrossLoops(t *testing.T) {
	const loops, publishers, listeners, batches, depth = 4, 3, 5, 60, 16
	r := newRig(t, loops)
	var listening []*rigConn
	for i := range listeners {
		c := r.connect(i%loops, fmt.Sprint("listener ", i))
		proto := 2 + i%2
		c.send(encode(t, fmt.Sprint("HELLO ", proto)))
		c.read()
		c.send(encode(t, "SUBSCRIBE c"))
		c.read()
		listening = append(listening, c)
	}
	var sending sync.WaitGroup
	for p := range publishers {
		c := r.connect((p+1)%loops, fmt.Sprint("publisher ", p))
		sending.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(p), 1))
			for b := range batches {
				var raw strings.Builder
				for i := range depth {
					raw.WriteString(encode(t, fmt.Sprintf("PUBLISH c %d:%d", p, b*depth+i)))
				}
				c.send(raw.String())
				for range depth {
					if got := c.read(); got != fmt.Sprint(":", listeners) {
						t.Errorf("%s got %s", c.name, got)
						return
					}
				}
				listening[rng.IntN(listeners)].move(rng.IntN(loops))
				c.move(rng.IntN(loops))
			}
		})
	}
	orders := make([][]string, listeners)
	var reading sync.WaitGroup
	for i, c := range listening {
		reading.Go(func() {
			for range publishers * batches * depth {
				got := c.read()
				payload, found := strings.CutPrefix(strings.TrimPrefix(got, ">"), `["message", "c", `)
				if !found {
					t.Errorf("%s got %s", c.name, got)
					return
				}
				orders[i] = append(orders[i], payload)
			}
		})
	}
	sending.Wait()
	// The publishers have their replies: whatever a listener is told now it hears behind all messages.
	for _, c := range listening {
		c.send(encode(t, "UNSUBSCRIBE c"))
	}
	reading.Wait()
	for i, c := range listening {
		if got := c.read(); !strings.HasSuffix(got, `["unsubscribe", "c", :0]`) {
			t.Errorf("%s got %s", c.name, got)
		}
		if !slices.Equal(orders[i], orders[0]) {
			t.Errorf("%s got another order", c.name)
		}
	}
	next := map[string]int{}
	for _, payload := range orders[0] {
		p, n, _ := strings.Cut(strings.Trim(payload, `"]`), ":")
		if n != fmt.Sprint(next[p]) {
			t.Fatalf("publisher %s: message %s, want %d", p, n, next[p])
		}
		next[p]++
	}
}

// A listener on another loop hears of a publication before the answer to anything it does later, and no more once it has
// unsubscribed.
func TestMessagesComeBeforeWhatFollows(t *testing.T) {
	r := newRig(t, 2)
	sender, listener := r.connect(0, "sender"), r.connect(1, "listener")
	for i := range 300 {
		listener.send(encode(t, "SUBSCRIBE c"))
		listener.read()
		sender.send(encode(t, fmt.Sprint("PUBLISH c ", i)))
		if got := sender.read(); got != ":1" {
			t.Fatalf("sender got %s", got)
		}
		want := []string{fmt.Sprintf(`["message", "c", "%d"]`, i)}
		switch i % 4 {
		case 3: // refused
			listener.send(encode(t, "GET k"))
			want = append(want, "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are "+
				"allowed in this context")
			listener.send(encode(t, "UNSUBSCRIBE c"))
			want = append(want, `["unsubscribe", "c", :0]`)
		case 0:
			listener.send(encode(t, "PING"))
			want = append(want, `["pong", ""]`)
			listener.send(encode(t, "UNSUBSCRIBE"))
			want = append(want, `["unsubscribe", "c", :0]`)
		case 1:
			listener.send(encode(t, "UNSUBSCRIBE"))
			want = append(want, `["unsubscribe", "c", :0]`)
		case 2:
			listener.send(encode(t, "RESET"))
			want = append(want, "+RESET")
		}
		for _, w := range want {
			if got := listener.read(); got != w {
				t.Fatalf("round %d: listener got %s, want %s", i, got, w)
			}
		}
	}
}

// Between the confirmation that a subscription has ended and that of the next one there is no message, however many are
// published just then.
func TestNothingAfterUnsubscribe(t *testing.T) {
	const rounds, others = 100, 300
	r := newRig(t, 2)
	sender, listener := r.connect(0, "sender"), r.connect(1, "listener")
	stop := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() {
		burst := strings.Repeat(encode(t, "PUBLISH c m"), 16)
		for {
			select {
			case <-stop:
				return
			default:
			}
			sender.send(burst)
			for range 16 {
				sender.read()
			}
		}
	})
	// Ending subscriptions that there are not gives the sender time for something in between.
	end := "UNSUBSCRIBE " + strings.Repeat("x ", others) + "c"
	for range rounds {
		listener.send(encode(t, "SUBSCRIBE c") + encode(t, end))
	}
	on, messages := false, 0
	for confirmations := 0; confirmations < 2*rounds; {
		switch got := listener.read(); got {
		case `["subscribe", "c", :1]`:
			on = true
			confirmations++
		case `["unsubscribe", "c", :0]`:
			on = false
			confirmations++
		case `["unsubscribe", "x", :1]`:
		case `["message", "c", "m"]`:
			messages++
			if !on {
				t.Fatal("a message without a subscription")
			}
		default:
			t.Fatalf("got %s", got)
		}
	}
	close(stop)
	sending.Wait()
	t.Logf("%d messages", messages)
}

// wakes counts the loops that are woken.
type wakes struct {
	transport.Server
	loops []int
}

func (w *wakes) Wake(loop int) { w.loops = append(w.loops, loop) }

// What comes when a loop has just delivered, and before it looks whom to wake, makes it take another turn.
func TestALoopWakesItself(t *testing.T) {
	f := newFixture(t)
	w := new(wakes)
	f.srv.transport = w
	c := f.connect()
	c.do("SUBSCRIBE c")
	w.loops = nil
	l := f.srv.loops[0]
	l.deliver()
	l.srv.ring(0)
	if len(w.loops) != 0 {
		t.Errorf("woke %d for nothing", w.loops)
	}
	l.deliver()
	f.srv.pubsub.Publish([]byte("c"), []byte("m"))
	l.srv.ring(0)
	if !slices.Equal(w.loops, []int{0}) {
		t.Errorf("woke %d", w.loops)
	}
	f.turn(func() {})
	c.got(`["message", "c", "m"]`)
}

// TestInvalidationsAcrossLoops: a reader that caches what it has read, and drops it when told to, never goes on believing
// in a value that a writer has replaced and told it of.
func TestInvalidationsAcrossLoops(t *testing.T) {
	for _, mode := range []string{"ON", "ON BCAST"} {
		t.Run(mode, func(t *testing.T) {
			const rounds = 400
			r := newRig(t, 3)
			reader, writer := r.connect(0, "reader"), r.connect(1, "writer")
			reader.send(encode(t, "HELLO 3"))
			reader.read()
			reader.send(encode(t, "CLIENT TRACKING "+mode))
			reader.read()
			for i := range rounds {
				reader.send(encode(t, "GET k"))
				for got := reader.read(); strings.HasPrefix(got, ">"); got = reader.read() {
					t.Fatalf("round %d: %s ahead of the value", i, got)
				}
				writer.send(encode(t, fmt.Sprint("SET k ", i)))
				if got := writer.read(); got != "+OK" {
					t.Fatalf("writer got %s", got)
				}
				// The writer knows it is done, so the reader hears of it whatever it does next.
				reader.send(encode(t, "PING"))
				if got := reader.read(); got != `>["invalidate", ["k"]]` {
					t.Fatalf("round %d: reader got %s", i, got)
				}
				if got := reader.read(); got != "+PONG" {
					t.Fatalf("round %d: reader got %s", i, got)
				}
				if i%20 == 19 {
					reader.move(i % 3)
				}
			}
		})
	}
}

// Clients come, listen, track, are killed and leave while others publish, write and look at them.
func TestPushesWhileClientsComeAndGo(t *testing.T) {
	r := newRig(t, 4, "notify-keyspace-events KEA", "tracking-table-max-keys 5")
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for k := range 40 {
				c := r.connect((i+k)%4, fmt.Sprint("guest ", i, k))
				c.send(encode(t, "HELLO 3") + encode(t, "SUBSCRIBE a b") + encode(t, "PSUBSCRIBE __key*") +
					encode(t, "CLIENT TRACKING ON") + encode(t, "GET k1") + encode(t, "MGET k2 k3 k4 k5 k6 k7") +
					encode(t, "SSUBSCRIBE s") + encode(t, fmt.Sprint("SET k", k%8, " v")))
				c.move(k % 4)
				c.send(encode(t, "CLIENT TRACKING OFF") + encode(t, "CLIENT TRACKING ON BCAST PREFIX k") + encode(t, "QUIT"))
				for c.read() != "" {
				}
			}
		})
		wg.Go(func() {
			c := r.connect(i, fmt.Sprint("busy ", i))
			for k := range 60 {
				c.send(encode(t, "PUBLISH a x") + encode(t, "SPUBLISH s x") + encode(t, fmt.Sprintf("MSET k%d 1 k%d 2", k%8, k%5)) +
					encode(t, "CLIENT LIST") + encode(t, "INFO all"))
				if k%20 == 0 {
					c.send(encode(t, "CLIENT KILL TYPE pubsub") + encode(t, "FLUSHALL"))
				} else {
					c.send(encode(t, "PING") + encode(t, "PING"))
				}
				for range 7 {
					if got := c.read(); got == "" || got[0] == '-' {
						t.Errorf("%s got %q", c.name, got)
						return
					}
				}
			}
			c.send(encode(t, "QUIT"))
			for c.read() != "" {
			}
		})
	}
	wg.Wait()
	for kind, n := range map[string]int64{"channels": r.srv.pubsub.Count(0), "shard channels": r.srv.pubsub.Count(1),
		"patterns": r.srv.pubsub.Count(2), "tracking clients": r.srv.tracking.count.Load(),
		"prefixes": r.srv.tracking.prefixes.Len()} {
		if n != 0 {
			t.Errorf("%d %s left", n, kind)
		}
	}
}

// What waits for a client's loop is memory from the moment it is published, counts once on its way through the client's
// output, and no more when it has gone, whichever way.
func TestWaitingPushesCount(t *testing.T) {
	const messages, length = 50, 10_000
	for _, tc := range []struct {
		name      string
		configure string
		end       func(f *fixture, listener, other *testClient)
		peak      int // how many of the messages wait at most
	}{
		{"taken", "", func(f *fixture, listener, other *testClient) {
			listener.stuck = true
			line := other.do("CLIENT LIST ID 1") // it sees what waits: that is taken at the turn's end
			for _, name := range []string{"omem", "tot-mem"} {
				if n, _ := strconv.Atoi(field(line, name)); n < messages*length || n > messages*length*5/4 {
					f.t.Errorf("%s is %d", name, n)
				}
			}
			if n := f.srv.usedMemory(); n < messages*length || n > messages*length*5/4 {
				f.t.Errorf("%d bytes count as output", n)
			}
			listener.stuck = false
			listener.flush()
			f.turn(func() {})
		}, messages},
		{"killed", "", func(_ *fixture, _, other *testClient) { other.do("CLIENT KILL TYPE pubsub") }, messages},
		{"gone", "", func(f *fixture, listener, _ *testClient) { f.turn(listener.Close) }, messages},
		{"too much", "client-output-buffer-limit pubsub 200000 0 0", func(f *fixture, _, _ *testClient) {
			f.turn(func() {})
		}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, tc.configure)
			listener, other := f.connect(), f.connect()
			listener.do("SUBSCRIBE c")
			other.do("PING")
			before, limited := f.srv.usedMemory(), f.srv.limitedMemory()
			for range messages {
				f.srv.pubsub.Publish([]byte("c"), make([]byte, length))
			}
			if got := f.srv.limitedMemory() - limited; got != 0 {
				t.Errorf("keys would be evicted for %d bytes of messages that are about to be delivered", got)
			}
			want := int64(tc.peak * length)
			if got := f.srv.usedMemory() - before; got < want || got > want+want/10 {
				t.Errorf("%d messages of %d bytes count for %d", messages, length, got)
			}
			tc.end(f, listener, other)
			if got := f.srv.usedMemory() - before; got > length {
				t.Errorf("%d bytes still count", got)
			}
		})
	}
}

// TestWaitingPushesInInfo: INFO tells what part of used_memory maxmemory is not compared with.
func TestWaitingPushesInInfo(t *testing.T) {
	f := newFixture(t)
	listener, other := f.connect(), f.connect()
	listener.do("SUBSCRIBE c")
	f.srv.pubsub.Publish([]byte("c"), make([]byte, 100_000))
	want := fmt.Sprintf("mem_not_counted_for_evict:%d\\r\\n", f.srv.usedMemory()-f.srv.limitedMemory())
	if info := other.do("INFO memory"); want < "mem_not_counted_for_evict:100000" || !strings.Contains(info, want) {
		t.Errorf("want %s in %s", want, info)
	}
	if info := other.do("INFO memory"); !strings.Contains(info, `mem_not_counted_for_evict:0\r\n`) {
		t.Errorf("messages still wait: %s", info)
	}
}

// TestPushesToClientsThatLeave: a client that goes while something waits for it leaves nothing behind that counts.
func TestPushesToClientsThatLeave(t *testing.T) {
	f := newFixture(t)
	other := f.connect()
	other.do("PING")
	before := f.srv.usedMemory()
	for range 20 {
		c := f.connect()
		c.do("SUBSCRIBE c")
		f.srv.pubsub.Publish([]byte("c"), []byte("m"))
		f.turn(c.Close)
	}
	if got := f.srv.usedMemory() - before; got != 0 {
		t.Errorf("20 clients that are gone count for %d bytes", got)
	}
}

// The storage of a queue stays while it is used, and goes when the client gets little.
func TestInboxStorage(t *testing.T) {
	m := pubsub.NewMessage([]byte("c"), []byte("m"))
	var b inbox
	fill := func(n int) {
		for range n {
			b.mu.queue = append(b.mu.queue, push{m: m})
		}
		queue, _, _ := b.take()
		if len(queue) != n {
			t.Fatalf("%d pushes, want %d", len(queue), n)
		}
		clear(queue)
		b.recycle(queue)
	}
	for range 3 { // both halves of the storage
		fill(1000)
	}
	if n := testing.AllocsPerRun(10, func() { fill(1000) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	b.trim()
	if cap(b.spare) > queueKept || cap(b.mu.queue) > queueKept {
		t.Errorf("room for %d and %d pushes is kept", cap(b.spare), cap(b.mu.queue))
	}
	fill(2 * queueBusy)
	if cap(b.spare) > queueBusy {
		t.Errorf("room for %d pushes is kept", cap(b.spare))
	}
	b.mu.queue = append(b.mu.queue, make([]push, 1000)...)
	if b.trim(); len(b.mu.queue) != 1000 {
		t.Errorf("%d pushes are left of 1000", len(b.mu.queue))
	}
}
