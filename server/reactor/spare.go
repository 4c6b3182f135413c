//go:build linux

package reactor

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// clockTick is the unit of /proc/stat: USER_HZ is 100 on all of Linux's architectures (proc(5)).
const clockTick = 10 * time.Millisecond

// idleTime is how long the machine's processors have been idle since it started, all together, or at work on what is nicer
// than others and gives way. ok is false if that cannot be told.
func idleTime() (idle time.Duration, ok bool) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, false
	}
	return parseIdle(text)
}

// parseIdle finds the times nice, idle, and idle but for pending I/O in the first line of /proc/stat: the second, the fourth
// and the fifth number. All of them 0 come from a system that does not count.
func parseIdle(stat []byte) (idle time.Duration, ok bool) {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 6 || string(fields[0]) != "cpu" {
		return 0, false
	}
	for _, i := range [...]int{2, 4, 5} {
		ticks, err := strconv.ParseInt(string(fields[i]), 10, 64)
		if err != nil || ticks < 0 || ticks > int64(1<<61/clockTick) {
			return 0, false
		}
		idle += time.Duration(ticks) * clockTick
	}
	return idle, idle > 0
}

// spare watches whether the machine has processor time left, while somebody wants to know.
type spare struct {
	watching bool
	full     bool          // what the last whole period said; true until there is one
	since    time.Duration // the reactor's time when the present period began
	idle     time.Duration // as of then
}

const (
	// sparePeriod is long enough for the ticks that are counted in, and short enough to notice soon what has changed.
	sparePeriod = 300 * time.Millisecond
	// leastSpare is what has to be idle for another loop to be worth a try, in processors.
	leastSpare = 0.2
)

// taken reports that less than leastSpare was idle in the last period, or that it is not known yet. It looks at the idle time
// (idleTime) once a period.
func (s *spare) taken(now time.Duration, look func() (idle time.Duration, ok bool)) bool {
	if s.watching && now-s.since < sparePeriod {
		return s.full
	}
	idle, ok := look()
	full := ok && (!s.watching || float64(idle-s.idle) < leastSpare*float64(now-s.since))
	*s = spare{watching: true, full: full, since: now, idle: idle}
	return full
}
