package transporttest

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// testWake writes to connections at the end of turns that nothing but Wake causes. A tick would cause one, too, but there
// are not enough of them.
func testWake(t *testing.T, r *rig) {
	const rounds = 200
	r.start()
	clients := []*Client{r.dial(), r.dial(), r.dialUnix()}
	for _, c := range clients {
		c.Ping()
	}
	sessions := r.host.Sessions()
	var round atomic.Int64
	written := make([]int64, len(sessions)) // of each session, on its loop
	deliver := func(loop int) {
		for i, s := range sessions {
			if n := round.Load(); s.Conn.Loop() == loop && written[i] < n {
				written[i] = n
				s.Conn.Out().Append(fmt.Appendf(nil, ":%d\r\n", n))
			}
		}
	}
	r.host.AtEnd.Store(&deliver)
	ticks := r.host.loopTicks.Load()
	for n := range rounds {
		round.Store(int64(n + 1))
		for _, s := range sessions {
			r.srv.Wake(s.Conn.Loop())
		}
		for _, c := range clients {
			c.Line(fmt.Sprintf(":%d", n+1))
		}
	}
	if n := r.host.loopTicks.Load() - ticks; n >= rounds {
		t.Errorf("%d ticks in %d rounds: Wake does not wake", n, rounds)
	}
	r.host.AtEnd.Store(nil)
}
