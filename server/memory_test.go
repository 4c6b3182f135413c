package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"synap/server/metric"
)

// newCrowdedFixture has 5 MB of keys under a limit of 11 MB, 3 MB of them for clients, and the client that made them, which is
// not to be evicted.
func newCrowdedFixture(t *testing.T) (*fixture, *testClient) {
	f := newFixture(t, "maxmemory 11mb", "maxmemory-clients 3mb", "maxmemory-policy allkeys-lru")
	c := f.connect()
	c.ok("CLIENT NO-EVICT on")
	for i := range 50 {
		c.do(fmt.Sprintf("SETRANGE k%d 100000 x", i))
	}
	return f, c
}

// TestClientsGoBeforeKeys has clients pile up replies: they lose their connections, and no key is evicted for them, within a
// single burst of commands, too.
func TestClientsGoBeforeKeys(t *testing.T) {
	f, c := newCrowdedFixture(t)
	c.do("SETRANGE big 100000 x")
	keys := c.do("DBSIZE")
	for range 3 {
		slow := f.connect()
		slow.stuck = true
		slow.send(strings.Repeat(encode(t, "GET big"), 60))
		if !slow.closed {
			t.Error("a client with 6 MB of replies was not evicted")
		}
	}
	if got := c.do("DBSIZE"); got != keys {
		t.Errorf("%s keys are left of %s", got, keys)
	}
	if n := f.srv.counters.evictedClients.Load(); n != 3 {
		t.Errorf("%d clients were evicted", n)
	}
	if n := f.srv.dying.Load(); n != 0 {
		t.Errorf("%d bytes of closed clients are still counted", n)
	}
}

// TestClientWithAClaimIsEvicted: whoever announces an argument with which it alone would exceed maxmemory-clients goes before
// that has arrived. What is announced counts for the order in which clients go, and for no key.
func TestClientWithAClaimIsEvicted(t *testing.T) {
	f, c := newCrowdedFixture(t)
	keys := c.do("DBSIZE")
	greedy, excused, modest := f.connect(), f.connect(), f.connect()
	excused.ok("CLIENT NO-EVICT on")
	excused.send("*1\r\n$100000000\r\nx")
	if excused.closed {
		t.Error("a client not to be evicted was evicted")
	}
	modest.send("*1\r\n$2000000\r\nx")
	if modest.closed {
		t.Error("a client below the limit was evicted")
	}
	if got := field(c.do("CLIENT LIST ID 4"), "tot-mem"); len(got) != len("2001024") {
		t.Errorf("it counts for %s bytes", got)
	}
	greedy.send("*1\r\n$3145728\r\nx")
	if !greedy.closed {
		t.Error("a client above the limit was not evicted")
	}
	if n := f.srv.counters.evictedClients.Load(); n != 1 {
		t.Errorf("%d clients were evicted", n)
	}
	if got := c.do("DBSIZE"); got != keys {
		t.Errorf("%s keys are left of %s", got, keys)
	}
}

// TestPrefixesCount: the prefixes of client-side caching are memory of the client that listens to them.
func TestPrefixesCount(t *testing.T) {
	f := newFixture(t, "maxmemory-clients 100000")
	c := f.connect()
	for i := range 1000 {
		if c.send(encode(t, fmt.Sprintf("CLIENT TRACKING on BCAST PREFIX a%09d PREFIX b%09d", i, i))); c.closed {
			break
		}
	}
	if !c.closed {
		t.Error("a client with many prefixes was not evicted")
	}
	if n := f.srv.tracking.prefixes.Len(); n != 0 {
		t.Errorf("it has left %d prefixes", n)
	}
}

// TestTrackedKeysCount: keys that need not exist are memory as long as it is remembered who has read them.
func TestTrackedKeysCount(t *testing.T) {
	f := newFixture(t)
	c := f.connect().speaks3()
	c.ok("CLIENT TRACKING ON")
	before := f.srv.usedMemory()
	const keys, length = 100, 10000
	for i := range keys {
		c.do(fmt.Sprintf("GET %0*d", length, i))
	}
	if got := f.srv.usedMemory() - before; got < keys*length || got > 2*keys*length {
		t.Errorf("%d keys of %d bytes count for %d", keys, length, got)
	}
	f.connect().ok("FLUSHALL")
	if got := f.srv.usedMemory() - before; got > keys*length/10 {
		t.Errorf("%d bytes are left of them", got)
	}
}

// TestWrittenOutputDoesNotCount: what a client was sent is no memory of the server's any more.
func TestWrittenOutputDoesNotCount(t *testing.T) {
	f, c := newCrowdedFixture(t)
	before := f.srv.clientMemory.Load()
	c.do("SETRANGE big 1000000 x")
	c.do("GET big")
	c.do("PING")
	if after := f.srv.clientMemory.Load(); after > before+64<<10 {
		t.Errorf("a client that has read its replies counts for %d bytes, %d before", after, before)
	}
	if got := c.do("GET big"); len(got) < 1000000 {
		t.Errorf("got %d bytes", len(got))
	}
	if after := f.srv.clientMemory.Load(); after > before+64<<10 {
		t.Errorf("and %d bytes without another command", after)
	}
}

func TestRest(t *testing.T) {
	var r rest
	total, began := int64(0), []int{}
	for i := range 100 {
		switch {
		case i < 20, i >= 40 && i < 45:
			total += 5000
		case i == 50:
			total += busySample // is not busy
		}
		if r.begins(total) {
			began = append(began, i)
		}
	}
	if want := []int{19 + restSamples, 44 + restSamples}; !slices.Equal(began, want) {
		t.Errorf("rests at samples %v, want %v", began, want)
	}
}

func TestRestLeaves(t *testing.T) {
	r := rest{start: 3 << 20}
	for name, x := range map[string]struct {
		heap metric.Heap
		want bool
	}{
		"nothing since the start":       {metric.Heap{Objects: 4 << 20}, false},
		"garbage before any collection": {metric.Heap{Objects: 5 << 20}, true},
		"a large part in use":           {metric.Heap{Objects: 50 << 20, Live: 49 << 20, Free: 1 << 19}, false},
		"free pages":                    {metric.Heap{Objects: 3 << 20, Live: 2 << 20, Free: 2 << 20}, true},
	} {
		if got := r.leaves(x.heap); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestDefragmentationRests: waste that a pass cannot move together does not keep it busy; new waste sets it to work again.
func TestDefragmentationRests(t *testing.T) {
	f := newFixture(t, "activedefrag yes", "active-defrag-ignore-bytes 1", "active-defrag-threshold-lower 1")
	c := f.connect()
	passes := func() (n int) {
		for f.srv.upkeep(); f.srv.defragRunning.Load(); f.srv.upkeep() {
			if n++; n > 10_000 {
				t.Fatal("it does not come to rest")
			}
		}
		return n
	}
	sparse := func(prefix string, count int) {
		for i := range count {
			c.do(fmt.Sprintf("SETRANGE %s%d 1500 x", prefix, i))
		}
		for i := range count {
			if i%8 != 0 {
				c.do(fmt.Sprintf("DEL %s%d", prefix, i))
			}
		}
	}
	sparse("k", 20_000)
	waste := f.srv.store.Resident() - f.srv.store.Used()
	if passes() == 0 {
		t.Fatal("it did not begin")
	}
	left := f.srv.store.Resident() - f.srv.store.Used()
	if left > waste/2 {
		t.Errorf("%d bytes of waste are left of %d", left, waste)
	}
	if left < f.srv.store.Used()/50 {
		t.Fatalf("%d bytes left are below the threshold and no reason not to rest", left)
	}
	if n := passes(); n != 0 {
		t.Errorf("at rest it ran %d times", n)
	}
	sparse("new", 20_000)
	if passes() == 0 {
		t.Error("it did not notice new waste")
	}
}

// TestPurgeFreesWhatWaits: MEMORY DOCTOR tells of memory that is left of removed data, and after MEMORY PURGE the upkeep frees
// it, within its time.
func TestPurgeFreesWhatWaits(t *testing.T) {
	for name, remove := range map[string]string{"all databases": "FLUSHALL ASYNC", "one database": "FLUSHDB ASYNC"} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			c := f.connect()
			c.ok("SELECT 1")
			c.ok("DEBUG POPULATE 1000 other") // in each shard some
			c.ok("SELECT 0")
			c.ok("DEBUG POPULATE 20000 key 1000")
			if got := c.do("MEMORY DOCTOR"); strings.Contains(got, "PURGE") {
				t.Errorf("the doctor says %q", got)
			}
			before := f.srv.usedMemory()
			c.ok(remove)
			if got := c.do("MEMORY DOCTOR"); !strings.Contains(got, "waits to be freed") {
				t.Errorf("the doctor says %q", got)
			}
			f.srv.upkeep()
			if got := f.srv.usedMemory(); got < before*9/10 {
				t.Errorf("the upkeep has freed %d of %d bytes unasked", before-got, before)
			}
			c.ok("MEMORY PURGE")
			f.srv.clock = func() time.Time { f.advance(time.Millisecond); return f.now }
			rounds := 1
			for f.srv.upkeep(); f.srv.purge.Load(); f.srv.upkeep() {
				rounds++
			}
			if rounds < 2 {
				t.Error("the first round did not heed its time")
			}
			if got := f.srv.usedMemory(); got > before/10 {
				t.Errorf("%d of %d bytes are left", got, before)
			}
			if got := c.do("MEMORY DOCTOR"); strings.Contains(got, "waits to be freed") {
				t.Errorf("the doctor says %q", got)
			}
		})
	}
}
