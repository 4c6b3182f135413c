package pubsub

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"synap/server/transport"
)

// prefixMatcher is the tests' pattern: what begins with it, or anything if it is "*".
type prefixMatcher string

func (p prefixMatcher) Match(name []byte) bool {
	return p == "*" || strings.HasPrefix(string(name), string(p))
}

func newRegistry() *Registry {
	return New(func(pattern []byte) Matcher { return prefixMatcher(pattern) })
}

// wire is a message as RESP2 or RESP3 bytes.
func wire(m *Message, proto int) string {
	var out transport.Output
	m.AppendTo(&out, proto)
	pieces, _ := out.Vector(make([][]byte, 0, 8), 1<<30)
	return string(slices.Concat(pieces...))
}

// reader keeps what it receives.
type reader struct {
	Subscriber
	mu struct {
		sync.Mutex
		got []string
	}
}

func (r *reader) Receive(m *Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.got = append(r.mu.got, wire(m, 2))
}

func (r *reader) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.mu.got
	r.mu.got = nil
	return got
}

func TestMessageForms(t *testing.T) {
	long := bytes.Repeat([]byte("x"), shareMin)
	for _, tc := range []struct {
		name  string
		m     *Message
		resp2 string
		resp3 string
	}{
		{"channel", NewMessage([]byte("c"), []byte("hi")), "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n", ""},
		{"empty", NewMessage(nil, nil), "*3\r\n$7\r\nmessage\r\n$0\r\n\r\n$0\r\n\r\n", ""},
		{"shard", newShardMessage([]byte("c"), []byte("hi")), "*3\r\n$8\r\nsmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n", ""},
		{"pattern", newPatternMessage("c*", []byte("cc"), []byte("hi")), "*4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$2\r\ncc\r\n$2\r\nhi\r\n", ""},
		{"long", NewMessage([]byte("c"), long), fmt.Sprintf("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$%d\r\n%s\r\n", len(long), long), ""},
		{"prepared", Prepared("a", "b", []byte("c")), "ac", "bc"},
		{"prepared for RESP3 alone", Prepared("", "b", []byte("c")), "", "bc"},
		{"prepared, long", Prepared("a", "b", long), "a" + string(long), "b" + string(long)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.resp3 == "" {
				tc.resp3 = ">" + tc.resp2[1:]
			}
			if got := wire(tc.m, 2); got != tc.resp2 {
				t.Errorf("RESP2 %.200q", got)
			}
			if got := wire(tc.m, 3); got != tc.resp3 {
				t.Errorf("RESP3 %.200q", got)
			}
		})
	}
}

// A long payload is in memory once, however many outputs it is in; a short one is copied, so that it can be sent in one
// piece with its neighbours.
func TestLongPayloadsAreShared(t *testing.T) {
	for _, size := range []int{10, shareMin, 1 << 20} {
		m := NewMessage([]byte("c"), make([]byte, size))
		var total int
		for range 100 {
			var out transport.Output
			m.AppendTo(&out, 3)
			total += cap(out.Tail)
			if shared := out.Segments() > 0; shared != (size >= shareMin) {
				t.Fatalf("%d bytes: shared %v", size, shared)
			}
		}
		if size >= shareMin && total > 100*1024 {
			t.Errorf("%d bytes in 100 outputs took %d bytes more", size, total)
		}
	}
}

// naive is what a registry should do, done simply.
type naive struct {
	subscribed [kinds]map[int]map[string]bool
}

func (n *naive) receivers(kind Kind, channel string) (out map[int][]string) {
	out = map[int][]string{}
	for id, names := range n.subscribed[kind] {
		if names[channel] {
			out[id] = append(out[id], channel)
		}
	}
	if kind == Channel {
		for id, names := range n.subscribed[Pattern] {
			for _, p := range slices.Sorted(maps.Keys(names)) {
				if prefixMatcher(p).Match([]byte(channel)) {
					out[id] = append(out[id], p)
				}
			}
		}
	}
	return out
}

// TestRegistryModel compares a registry with a naive one over random operations.
func TestRegistryModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	r := newRegistry()
	readers := make([]*reader, 12)
	var model naive
	for kind := range kinds {
		model.subscribed[kind] = map[int]map[string]bool{}
		for id := range readers {
			model.subscribed[kind][id] = map[string]bool{}
		}
	}
	for id := range readers {
		readers[id] = new(reader)
	}
	name := func() string { return strings.Repeat("ab", rng.IntN(3)) + string(rune('a'+rng.IntN(3))) }
	for step := range 20_000 {
		id, kind, n := rng.IntN(len(readers)), Kind(rng.IntN(int(kinds))), name()
		x, mine := readers[id], model.subscribed[kind][id]
		switch op := rng.IntN(10); {
		case op < 3:
			if fresh := x.Subscribe(r, kind, []byte(n), x); fresh == mine[n] {
				t.Fatalf("step %d: subscribing said %v", step, fresh)
			}
			mine[n] = true
		case op < 5:
			if was := x.Unsubscribe(r, kind, []byte(n)); was != mine[n] {
				t.Fatalf("step %d: unsubscribing said %v", step, was)
			}
			delete(mine, n)
		case op == 5 && rng.IntN(20) == 0:
			x.Leave(r)
			for k := range kinds {
				clear(model.subscribed[k][id])
			}
		default:
			publishAndCompare(t, r, &model, readers, kind, n)
		}
		if got, want := x.Names(kind), slices.Sorted(maps.Keys(mine)); !slices.Equal(got, want) {
			t.Fatalf("step %d: names %q, want %q", step, got, want)
		}
		if step%100 == 0 {
			compareCounts(t, r, &model)
		}
	}
}

func publishAndCompare(t *testing.T, r *Registry, model *naive, readers []*reader, kind Kind, channel string) {
	t.Helper()
	publish, word := r.Publish, "message"
	if kind == Shard {
		publish, word = r.PublishShard, "smessage"
	} else {
		kind = Channel
	}
	want, total := model.receivers(kind, channel), 0
	n := publish([]byte(channel), []byte("m"))
	for id, x := range readers {
		got := x.take()
		total += len(want[id])
		if len(got) != len(want[id]) {
			t.Fatalf("%d got %q, want %q", id, got, want[id])
		}
		for _, m := range got {
			if !strings.Contains(m, word+"\r\n") || !strings.HasSuffix(m, "\r\n$1\r\nm\r\n") {
				t.Fatalf("%d got %q", id, m)
			}
		}
	}
	if n != total {
		t.Fatalf("%d receivers, want %d", n, total)
	}
}

func compareCounts(t *testing.T, r *Registry, model *naive) {
	t.Helper()
	for kind := range kinds {
		listeners := map[string]int{}
		for _, names := range model.subscribed[kind] {
			for n := range names {
				listeners[n]++
			}
		}
		if got := r.Count(kind); got != int64(len(listeners)) {
			t.Fatalf("kind %d: %d names, want %d", kind, got, len(listeners))
		}
		if kind == Pattern {
			continue
		}
		if got := r.Names(kind, nil); !slices.Equal(got, slices.Sorted(maps.Keys(listeners))) {
			t.Fatalf("kind %d: names %q, want %v", kind, got, listeners)
		}
		if got := r.Names(kind, prefixMatcher("ab")); slices.ContainsFunc(got, func(s string) bool { return !strings.HasPrefix(s, "ab") }) {
			t.Fatalf("names %q do not match", got)
		}
		for n, k := range listeners {
			if got := r.Subscribers(kind, []byte(n)); got != k {
				t.Fatalf("%q has %d subscribers, want %d", n, got, k)
			}
		}
		if r.Subscribers(kind, []byte("nobody's")) != 0 {
			t.Fatal("a channel nobody listens to has subscribers")
		}
	}
}

// Messages of one channel come to all in one order, whoever publishes them and however it is listened to.
func TestOneOrderForAll(t *testing.T) {
	const publishers, messages = 4, 500
	r := newRegistry()
	readers := make([]*reader, 6)
	for i := range readers {
		readers[i] = new(reader)
		if i%2 == 0 {
			readers[i].Subscribe(r, Channel, []byte("c"), readers[i])
		} else {
			readers[i].Subscribe(r, Pattern, []byte("*"), readers[i])
		}
	}
	var wg sync.WaitGroup
	for p := range publishers {
		wg.Go(func() {
			var coming reader // others come and go meanwhile
			for i := range messages {
				if n := r.Publish([]byte("c"), fmt.Appendf(nil, "%d:%d", p, i)); n < len(readers) {
					t.Errorf("%d receivers", n)
				}
				coming.Subscribe(r, Kind(i%int(kinds)), []byte("c"), &coming)
				if i%3 == 2 {
					coming.Leave(r)
				}
			}
			coming.Leave(r)
		})
	}
	wg.Wait()
	payloads := func(got []string) (out []string) {
		for _, m := range got {
			words := strings.Split(m, "\r\n")
			out = append(out, words[len(words)-2])
		}
		return out
	}
	first := payloads(readers[0].take())
	if len(first) != publishers*messages {
		t.Fatalf("%d messages", len(first))
	}
	for i, x := range readers[1:] {
		if got := payloads(x.take()); !slices.Equal(got, first) {
			t.Errorf("reader %d got another order", i+1)
		}
	}
	if r.Count(Channel) != 1 || r.Count(Pattern) != 1 || r.Count(Shard) != 0 {
		t.Errorf("left over: %d channels, %d patterns, %d shard channels", r.Count(Channel), r.Count(Pattern), r.Count(Shard))
	}
}

// discard receives and forgets.
type discard struct{ n int }

func (d *discard) Receive(*Message) { d.n++ }

// A publication costs its message, whatever the number of receivers.
func TestAllocations(t *testing.T) {
	r := newRegistry()
	var subscribers [1000]Subscriber
	to := new(discard)
	for i := range subscribers {
		subscribers[i].Subscribe(r, Channel, []byte("c"), to)
	}
	channel, payload := []byte("c"), []byte("hello")
	if n := testing.AllocsPerRun(100, func() { r.Publish(channel, payload) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
	other := []byte("d")
	if n := testing.AllocsPerRun(100, func() { r.Publish(other, payload) }); n != 0 {
		t.Errorf("%v allocations with nobody listening", n)
	}
	if to.n != 101*len(subscribers) {
		t.Errorf("%d messages", to.n)
	}
}

func TestSubscriberBytes(t *testing.T) {
	r := newRegistry()
	var s Subscriber
	to := new(discard)
	s.Subscribe(r, Channel, []byte("12345"), to)
	s.Subscribe(r, Pattern, []byte("1"), to)
	if s.Bytes() != 2*subscriptionBytes+6 || s.Total() != 2 {
		t.Errorf("%d bytes of %d", s.Bytes(), s.Total())
	}
	s.Unsubscribe(r, Channel, []byte("12345"))
	s.Unsubscribe(r, Pattern, []byte("1"))
	if s.Bytes() != 0 || s.Total() != 0 {
		t.Errorf("%d bytes of %d", s.Bytes(), s.Total())
	}
}
