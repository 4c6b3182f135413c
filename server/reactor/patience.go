package reactor

import "time"

// A loop that runs out of requests can sleep, which costs it and whoever wakes it some 5 µs of processor time each, and the next
// request 5 to 25 µs more, as much as all else together; or it can look again for a while. When few clients are active each
// of their requests would find the loop asleep; when many are, hardly any.
const (
	// patientTime is how long a loop looks for more before it sleeps: about what clients take to send the next request
	// after a reply.
	patientTime = 50 * time.Microsecond
	// patientClients is the most active clients in a tick for which it does.
	patientClients = 4
	// mostSkipped is the most waits that are not tried after failures.
	mostSkipped = 1 << 12
)

// patience decides which waits begin with looking instead of sleeping: those after waits where that has helped. Each failure
// in a row doubles the number of waits that are not tried, each success halves it, so that what is spent in vain is small
// beside what sleeping costs, whatever the clients do. It has no clock and no side effects.
type patience struct {
	penalty int // waits to skip after a failure
	skip    int // waits to skip now
}

// try reports whether the next wait should begin with looking. The caller tells helped of the outcome if so.
func (p *patience) try() bool {
	if p.skip > 0 {
		p.skip--
		return false
	}
	return true
}

// helped says whether something came while the loop was looking.
func (p *patience) helped(yes bool) {
	if yes {
		p.penalty /= 2
		return
	}
	p.penalty = min(2*p.penalty+1, mostSkipped)
	p.skip = p.penalty
}
