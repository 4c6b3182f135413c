package reactor

import "time"

// Thresholds of the policy. A window is one transport.TickPeriod.
const (
	saturated     = 0.95 // busy fraction of a loop that has no time left
	saturatedFor  = 2    // windows in a row before a try
	settle        = 1    // windows ignored after connections moved
	measured      = 3    // windows averaged before and after
	worthwhile    = 1.10 // commands per second, after over before, to keep a loop
	idleFraction  = 0.60 // load per remaining loop at which one loop is given back
	idleFor       = 10   // windows in a row before that
	skewed        = 0.50 // busy fraction of the least busy loop worth evening out with a saturated one
	firstRetry    = time.Second
	lastRetry     = time.Minute
	differentLoad = 1.5 // commands per second over those of the failed try that make a new one reasonable
)

// sample is what one window measured.
type sample struct {
	elapsed  time.Duration
	commands int64     // executed on all loops
	busy     []float64 // busy fraction per active loop
	conns    int       // connections on all loops
	full     bool      // others leave the machine no processor time for another loop, or that is not known yet
}

// decision is what the loops shall do now.
type decision struct {
	loops    int // number of active loops
	from, to int // move half of the busy connections' difference; from < 0: nothing
}

// balancer decides how many loops carry connections. It has no clock and no side effects.
type balancer struct {
	max, loops int

	hot, idle int       // windows in a row
	rates     []float64 // commands per second of the last windows
	trying    bool
	skip      int     // windows to ignore
	before    float64 // rate before the try
	retry     time.Duration
	wait      time.Duration // until the next try
	failed    float64       // rate at the last failed try
}

func newBalancer(maxLoops int) *balancer {
	return &balancer{max: max(1, maxLoops), loops: 1, retry: firstRetry}
}

// step takes one window's sample and returns the decision.
func (b *balancer) step(s sample) decision {
	stay := decision{loops: b.loops, from: -1}
	if b.max == 1 || s.elapsed <= 0 {
		return stay
	}
	b.wait = max(0, b.wait-s.elapsed)
	rate := float64(s.commands) / s.elapsed.Seconds()
	if b.skip > 0 {
		b.skip--
		return stay
	}
	b.rates = append(b.rates, rate)
	if len(b.rates) > measured {
		b.rates = b.rates[1:]
	}
	least, most, total := spread(s.busy)
	b.count(s.busy, most, total)
	switch {
	case b.trying:
		return b.judge(stay)
	case b.loops > 1 && b.idle >= idleFor:
		b.moved(b.loops - 1)
		return decision{loops: b.loops, from: -1}
	case b.hot < saturatedFor || s.conns < 2:
		return stay
	case b.loops > 1 && s.busy[least] < skewed:
		b.moved(b.loops)
		return decision{loops: b.loops, from: most, to: least}
	case !s.full && len(b.rates) == measured && b.curious(s.conns):
		b.trying, b.before = true, mean(b.rates)
		b.moved(b.loops + 1)
		return decision{loops: b.loops, from: -1}
	}
	return stay
}

// curious reports whether step wants to know if the machine is full, with so many connections.
func (b *balancer) curious(conns int) bool {
	return b.hot > 0 && !b.trying && b.loops < b.max && conns > b.loops && b.mayTry()
}

// mayTry holds tries back after failures, unless the load has become another one.
func (b *balancer) mayTry() bool {
	return b.wait == 0 || b.failed > 0 && mean(b.rates) > b.failed*differentLoad
}

func (b *balancer) count(busy []float64, most int, total float64) {
	b.hot++
	if len(busy) == 0 || busy[most] < saturated {
		b.hot = 0
	}
	b.idle++
	if total > float64(b.loops-1)*idleFraction {
		b.idle = 0
	}
}

// judge ends a try when enough windows are measured.
func (b *balancer) judge(stay decision) decision {
	if len(b.rates) < measured {
		return stay
	}
	b.trying = false
	after := mean(b.rates)
	if after >= b.before*worthwhile {
		b.retry, b.failed, b.wait = firstRetry, 0, 0
		return stay
	}
	b.failed = b.before
	b.wait = b.retry
	b.retry = min(2*b.retry, lastRetry)
	b.moved(b.loops - 1)
	return decision{loops: b.loops, from: -1}
}

// moved starts new measurements after connections changed loops.
func (b *balancer) moved(loops int) {
	b.loops = loops
	b.skip = settle
	b.rates = b.rates[:0]
	b.hot, b.idle = 0, 0
}

func spread(busy []float64) (least, most int, total float64) {
	for i, f := range busy {
		if f < busy[least] {
			least = i
		}
		if f > busy[most] {
			most = i
		}
		total += f
	}
	return least, most, total
}

func mean(v []float64) float64 {
	var sum float64
	for _, f := range v {
		sum += f
	}
	return sum / float64(max(1, len(v)))
}
