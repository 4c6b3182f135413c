package latency

import (
	"fmt"
	"slices"
	"strings"
)

// Facts is what the doctor has to know about the server.
type Facts struct {
	SlowlogMicros int64 // slowlog-log-slower-than; negative if the slow log is off
	FsyncAlways   bool  // appendfsync always
	ExpireEffort  int   // active-expire-effort
	HugePages     int64 // bytes of anonymous huge pages of the process
}

// statistics sums up the history of an event.
type statistics struct {
	samples   int
	mean      int64 // milliseconds
	deviation int64 // mean absolute, milliseconds
	period    int64 // seconds since the oldest sample, at least 1
}

func (s *series) statistics(unix int64) statistics {
	st := statistics{samples: len(s.samples)}
	oldest := unix
	for _, sample := range s.samples {
		st.mean += sample.Millis
		oldest = min(oldest, sample.Unix)
	}
	n := int64(st.samples)
	st.mean /= n
	for _, sample := range s.samples {
		st.deviation += max(st.mean-sample.Millis, sample.Millis-st.mean)
	}
	st.deviation /= n
	st.period = max(unix-oldest, 1)
	return st
}

// advice is one recommendation of the doctor. The order of the constants is that of the report.
type advice int

const (
	enableSlowlog advice = iota
	lowerSlowlog
	readSlowlog
	freeProcessor
	localDisk
	fasterDisk
	calmDisk
	relaxFsync
	fewerWrites
	lowerEffort
	smallerObjects
	steadyMemory
	disableHugePages
	adviceCount
)

// remedies maps an event, in lower case, to the advice it calls for.
var remedies = map[string][]advice{
	"command":                 {enableSlowlog, lowerSlowlog, readSlowlog, smallerObjects},
	"fast-command":            {freeProcessor},
	"aof-write-pending-fsync": {localDisk, calmDisk, fasterDisk},
	"aof-write-active-child":  {calmDisk, fasterDisk},
	"aof-write-alone":         {localDisk, fasterDisk},
	"aof-write":               {localDisk, fasterDisk},
	"aof-fsync-always":        {relaxFsync, fasterDisk},
	"aof-fstat":               {localDisk, calmDisk},
	"aof-rename":              {localDisk, fasterDisk, fewerWrites},
	"aof-rewrite-diff-write":  {localDisk, fasterDisk, fewerWrites},
	"rdb-unlink-temp-file":    {localDisk, calmDisk},
	"expire-cycle":            {freeProcessor, lowerEffort},
	"expire-del":              {smallerObjects},
	"eviction-del":            {smallerObjects},
	"eviction-lazyfree":       {smallerObjects},
	"eviction-cycle":          {steadyMemory},
	"active-defrag-cycle":     {freeProcessor},
	"while-blocked-cron":      {readSlowlog},
}

// applies reports whether an advice makes sense with these facts.
func (a advice) applies(f Facts, threshold int64) bool {
	switch a {
	case enableSlowlog:
		return f.SlowlogMicros < 0
	case lowerSlowlog:
		return f.SlowlogMicros >= 0 && f.SlowlogMicros/1000 > threshold
	case relaxFsync:
		return f.FsyncAlways
	case lowerEffort:
		return f.ExpireEffort > 1
	case disableHugePages:
		return f.HugePages > 0
	}
	return true
}

// text words an advice.
func (a advice) text(threshold int64) string {
	switch a {
	case enableSlowlog:
		return fmt.Sprintf("Some commands are slow, and the slow log that would name them is off. Turn it on with "+
			"'CONFIG SET slowlog-log-slower-than %d'.", threshold*1000)
	case lowerSlowlog:
		return fmt.Sprintf("The slow log leaves out commands that this monitor counts as slow. Make it record them with "+
			"'CONFIG SET slowlog-log-slower-than %d'.", threshold*1000)
	case readSlowlog:
		return "Look for the commands that take long with 'SLOWLOG GET', and at 'INFO commandstats' for their share."
	case freeProcessor:
		return "Even short work inside the server was delayed, so the process was probably kept waiting for a processor. " +
			"Reduce the load of the machine, give the server processors of its own, check whether the virtual machine " +
			"loses time to its neighbours, and compare with 'redis-cli --intrinsic-latency 100'."
	case localDisk:
		return "Keep the data directory on a local disk. Network volumes add latency of their own to every write."
	case fasterDisk:
		return "Consider a faster disk: solid state drives shorten both fsync and the writing of snapshots."
	case calmDisk:
		return "Other programs, or other servers, on this machine compete for the disk. Move or reschedule their work."
	case relaxFsync:
		return "With 'appendfsync always' each reply to a write waits for the disk. If losing up to a second of writes in " +
			"a power failure is acceptable, 'appendfsync everysec' avoids the wait."
	case fewerWrites:
		return "The append only file grew faster than it could be compacted. Send fewer or smaller writes, for instance " +
			"by doing in one command or script what now takes many."
	case lowerEffort:
		return "Expired keys are removed in slices that are longer than by default. Shorten them with " +
			"'CONFIG SET active-expire-effort 1'."
	case smallerObjects:
		return "Large values take long to walk, to copy or to rename. Split them into several keys."
	case steadyMemory:
		return "Much memory had to be freed at once. Avoid lowering 'maxmemory' in large steps and commands that store " +
			"very large results."
	case disableHugePages:
		return "The process uses transparent huge pages, which delay memory allocation. Turn them off with " +
			"'echo never > /sys/kernel/mm/transparent_hugepage/enabled', do so at boot as well, and restart the server."
	}
	return ""
}

// Doctor reports on the recorded events and what could be done about them, in plain text. unix is the current time in
// seconds.
func (m *Monitor) Doctor(f Facts, unix int64) string {
	if len(m.events) == 0 && m.threshold <= 0 {
		return "The latency monitor is disabled, so there is nothing to examine. Enable it with " +
			"'CONFIG SET latency-monitor-threshold <milliseconds>' and come back after a while.\n"
	}
	var b strings.Builder
	var called [adviceCount]bool
	called[disableHugePages] = true
	if len(m.events) > 0 {
		b.WriteString("These latency spikes were observed:\n\n")
	}
	for i, s := range m.events {
		st := s.statistics(unix)
		fmt.Fprintf(&b, "%d. %s: %d latency spikes (average %dms, mean deviation %dms, period %.2f sec). "+
			"Worst all time event %dms.\n",
			i+1, s.event, st.samples, st.mean, st.deviation, float64(st.period)/float64(st.samples), s.max)
		for _, a := range remedies[strings.ToLower(s.event)] {
			called[a] = true
		}
	}
	var lines []string
	for a := range adviceCount {
		if called[a] && a.applies(f, m.threshold) {
			lines = append(lines, "- "+a.text(m.threshold))
		}
	}
	switch {
	case len(lines) > 0:
		lines = slices.Insert(lines, 0, "\nAdvice:\n")
		b.WriteString(strings.Join(lines, "\n") + "\n")
	case len(m.events) > 0:
		b.WriteString("\nNone of these events has a remedy that could be named here.\n")
	default:
		fmt.Fprintf(&b, "No event has taken %d ms or longer so far.\n", m.threshold)
	}
	return b.String()
}
