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

// idleTime is how long the machine's processors have been idle since it started, all together. ok is false if that cannot be
// told.
func idleTime() (idle time.Duration, ok bool) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, false
	}
	return parseIdle(text)
}

// parseIdle finds the times idle and idle but for pending I/O in the first line of /proc/stat: the fourth and the fifth number.
func parseIdle(stat []byte) (idle time.Duration, ok bool) {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 6 || string(fields[0]) != "cpu" {
		return 0, false
	}
	for _, f := range fields[4:6] {
		ticks, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil || ticks < 0 || ticks > int64(1<<62/clockTick) {
			return 0, false
		}
		idle += time.Duration(ticks) * clockTick
	}
	return idle, true
}

// spare watches whether the machine has processor time left, while somebody wants to know.
type spare struct {
	since time.Duration // the reactor's time of the first look; 0: nobody wanted to know
	idle  time.Duration // as of then
}

// leastSpare is what has to be idle for another loop to be worth a try, in processors.
const leastSpare = 0.2

// taken reports that less is idle than leastSpare, or that it is not known yet: it takes two looks.
func (s *spare) taken(now time.Duration) bool {
	idle, ok := idleTime()
	if !ok {
		return false
	}
	if s.since == 0 {
		*s = spare{now, idle}
		return true
	}
	return float64(idle-s.idle) < leastSpare*float64(now-s.since)
}
