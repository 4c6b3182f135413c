package reactor

import (
	"testing"
	"time"
)

// machine simulates loops: perLoop commands per second for each loop that carries connections, until the machine's or
// the load's limit is reached.
type machine struct {
	b       *balancer
	perLoop float64 // what one loop can do
	limit   float64 // what all can do together
	load    float64 // what clients ask for
	conns   int
	extra   float64 // busy fraction of every loop on top
	full    bool    // no processor time is left
	last    decision
	moves   int
}

func (m *machine) window() decision {
	n := float64(m.b.loops)
	rate := min(m.load, m.perLoop*n, m.limit)
	s := sample{elapsed: 100 * time.Millisecond, commands: int64(rate / 10), conns: m.conns, full: m.full}
	for range m.b.loops {
		busy := rate / n / m.perLoop
		if m.load > rate {
			busy = 1
		}
		s.busy = append(s.busy, min(1, busy+m.extra))
	}
	before := m.b.loops
	m.last = m.b.step(s)
	if m.b.loops != before {
		m.moves++
	}
	if m.last.loops != m.b.loops {
		panic("the decision is the state")
	}
	return m.last
}

func (m *machine) windows(n int) {
	for range n {
		m.window()
	}
}

func TestBalancerStaysOnOneLoop(t *testing.T) {
	for name, m := range map[string]*machine{
		"one loop allowed": {b: newBalancer(1), perLoop: 1e5, limit: 1e6, load: 1e6, conns: 50},
		"not saturated":    {b: newBalancer(8), perLoop: 1e5, limit: 1e6, load: 0.9e5, conns: 50},
		"one connection":   {b: newBalancer(8), perLoop: 1e5, limit: 1e6, load: 1e6, conns: 1},
		"a full machine":   {b: newBalancer(8), perLoop: 1e5, limit: 1e6, load: 1e6, conns: 50, full: true},
		"idle":             {b: newBalancer(8), perLoop: 1e5, limit: 1e6, conns: 50},
	} {
		m.windows(200)
		if m.b.loops != 1 || m.moves != 0 {
			t.Errorf("%s: %d loops, %d moves", name, m.b.loops, m.moves)
		}
	}
}

func TestBalancerUsesCores(t *testing.T) {
	m := &machine{b: newBalancer(4), perLoop: 1e5, limit: 1e6, load: 1e6, conns: 50}
	m.windows(60)
	if m.b.loops != 4 || m.moves != 3 {
		t.Errorf("%d loops after %d moves, want 4 after 3", m.b.loops, m.moves)
	}
}

// Two loops are 5% better than one: not worth it. Tries get rarer.
func TestBalancerTakesBack(t *testing.T) {
	m := &machine{b: newBalancer(4), perLoop: 1e5, limit: 1.05e5, load: 1e6, conns: 50}
	tries := func(windows int) int {
		before := m.moves
		m.windows(windows)
		if m.b.loops > 2 {
			t.Fatalf("%d loops", m.b.loops)
		}
		return (m.moves - before + 1) / 2
	}
	first, later := tries(600), tries(6000)
	if first < 3 || first > 8 {
		t.Errorf("%d tries in the first minute", first)
	}
	if later < 7 || later > 11 {
		t.Errorf("%d tries in ten minutes", later)
	}
	m.limit = 1e6 // the clients moved to another machine
	m.windows(700)
	if m.b.loops != 4 {
		t.Errorf("%d loops, want 4", m.b.loops)
	}
}

func TestBalancerTriesAtOnceUnderAnotherLoad(t *testing.T) {
	m := &machine{b: newBalancer(2), perLoop: 1e5, limit: 1.05e5, load: 1e6, conns: 50}
	m.windows(3000) // long pauses by now
	m.windows(20)
	for m.b.loops != 1 {
		m.window()
	}
	m.perLoop, m.limit = 8e5, 1.6e6 // pipelining began
	m.load = 2e6
	m.windows(15)
	if m.b.loops != 2 {
		t.Errorf("%d loops, want 2", m.b.loops)
	}
}

func TestBalancerGivesBack(t *testing.T) {
	m := &machine{b: newBalancer(4), perLoop: 1e5, limit: 1e6, load: 1e6, conns: 50}
	m.windows(60)
	m.load = 1.5e5 // two loops' work
	m.windows(60)
	if m.b.loops != 3 {
		t.Errorf("%d loops for the work of 1.5, want 3 (load per loop at most 0.6 afterwards)", m.b.loops)
	}
	m.load = 0
	m.windows(60)
	if m.b.loops != 1 {
		t.Errorf("%d loops when idle", m.b.loops)
	}
}

func TestBalancerEvensOut(t *testing.T) {
	b := newBalancer(2)
	b.loops = 2
	s := sample{elapsed: 100 * time.Millisecond, commands: 1e4, conns: 50, busy: []float64{1, 0.2}}
	d := b.step(s)
	for i := 0; d.from < 0 && i < 10; i++ {
		d = b.step(s)
	}
	if d.from != 0 || d.to != 1 || d.loops != 2 {
		t.Errorf("%+v", d)
	}
	if d = b.step(s); d.from >= 0 {
		t.Error("moved again before the move could show")
	}
}
