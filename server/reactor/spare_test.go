//go:build linux

package reactor

import (
	"testing"
	"time"

	"synap/server/transport"
)

func TestParseIdle(t *testing.T) {
	for _, tt := range []struct {
		name, stat string
		want       time.Duration
		ok         bool
	}{
		{"two processors", "cpu  10 20 30 400 5 6 7 8 9 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n", 4250 * time.Millisecond, true},
		{"nothing else", "cpu 1 2 3 4 5", 110 * time.Millisecond, true},
		{"empty", "", 0, false},
		{"not counted", "cpu  0 0 0 0 0 0 0 0 0 0\n", 0, false},
		{"too few", "cpu 1 2 3 4\n", 0, false},
		{"another line", "intr 1 2 3 4 5 6\n", 0, false},
		{"no number", "cpu 1 2 3 x 5 6\n", 0, false},
		{"too large", "cpu 1 2 3 9223372036854775807 5 6\n", 0, false},
		{"negative", "cpu 1 2 3 -4 5 6\n", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := parseIdle([]byte(tt.stat)); got != tt.want || ok != tt.ok {
				t.Errorf("%v %v, want %v %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// TestSpareFollowsTheMachine: the answer is that of the last period, whatever was before.
func TestSpareFollowsTheMachine(t *testing.T) {
	var s spare
	var now, idle time.Duration
	known, looks := true, 0
	run := func(ticks int, idleProcessors float64) (full bool) {
		for range ticks {
			full = s.taken(now, func() (time.Duration, bool) { looks++; return idle, known })
			now += transport.TickPeriod
			idle += time.Duration(idleProcessors * float64(transport.TickPeriod))
		}
		return full
	}
	idle = time.Hour // since the machine started
	const hour = int(time.Hour / transport.TickPeriod)
	for _, step := range []struct {
		name  string
		ticks int
		idle  float64
		full  bool
	}{
		{"not known yet", 3, 1, true},
		{"idle", 3, 1, false},
		{"busy for an hour", hour, 0.1, true},
		{"idle again", 7, 0.5, false},
		{"idle for an hour", hour, 0.5, false},
		{"busy again", 7, 0, true},
	} {
		if full := run(step.ticks, step.idle); full != step.full {
			t.Errorf("%s: full is %v", step.name, full)
		}
	}
	if most := int(now/sparePeriod) + 1; looks > most {
		t.Errorf("%d looks, want at most %d", looks, most)
	}
	known = false
	if run(7, 0) {
		t.Error("full, without knowing")
	}
}
