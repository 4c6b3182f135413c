package server

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"synap/server/config"
	"synap/server/latency"
	"synap/server/metric"
	"synap/server/slowlog"
	"synap/store"
)

func upper(s string) string { return strings.ToUpper(s) }
func itoa(n int64) string   { return strconv.FormatInt(n, 10) }

// observations are what all loops write to when something is remarkable: rarely.
type observations struct {
	mu struct {
		sync.Mutex
		slow    slowlog.Log
		latency latency.Monitor
	}
}

func (o *observations) configure(v *config.Values) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mu.slow.SetThreshold(v.SlowlogLogSlowerThan)
	o.mu.slow.SetLimit(v.SlowlogMaxLen)
	o.mu.latency.SetThreshold(v.LatencyMonitorThreshold)
}

// recordSlow enters a command into SLOWLOG.
func (s *Server) recordSlow(x *session, args [][]byte, spent time.Duration, at time.Time) {
	if len(x.redacted) > 0 {
		shown := make([][]byte, len(args))
		for i, a := range args {
			if shown[i] = a; x.isRedacted(i) {
				shown[i] = []byte("(redacted)")
			}
		}
		args = shown
	}
	o := &s.observed.mu
	o.Lock()
	defer o.Unlock()
	o.slow.Add(at, spent, args, x.conn.RemoteAddr(), x.name)
}

// recordLatency enters an event into the latency monitor if it took as long as the configuration asks for.
func (s *Server) recordLatency(event string, spent time.Duration, at time.Time) {
	o := &s.observed.mu
	o.Lock()
	defer o.Unlock()
	o.latency.Record(event, spent.Milliseconds(), at.Unix())
}

// recordEviction notes the time spent on evicting keys.
func (s *Server) recordEviction(start time.Time, spent time.Duration) {
	s.counters.evictionTime.Add(int64(spent))
	if spent >= time.Millisecond {
		s.recordLatency("eviction-cycle", spent, start)
	}
}

// record adds one call to a command's latency distribution.
func (st *commandStats) record(spent time.Duration) {
	if st.histogram == nil {
		st.histogram = new(latency.Histogram)
	}
	st.histogram.Record(int64(spent))
}

// sampler keeps the statistics that need the past.
type sampler struct {
	mu struct {
		sync.Mutex
		commands, in, out, turns, busy metric.Rate
	}
	peak metric.Peak // of used memory
}

// rates are the current per-second figures.
type rates struct {
	commands, in, out, turns int64
	turnTime                 time.Duration // mean length of a turn
}

// sample takes one sample. It needs no loop to stand still: what it reads is published.
func (s *Server) sample() {
	if s.cronOff.Load() {
		return
	}
	commands := int64(0)
	for _, l := range s.loops {
		commands += l.ran.Load()
	}
	if s.rest.begins(commands) {
		s.store.Trim()
		if s.rest.leaves(metric.ReadHeap()) {
			s.heapDropped.Store(true)
		}
	}
	m, t, us := &s.sampled.mu, trafficOf(s.transport.Stats()), s.clock().UnixMicro()
	const second = 1e6
	m.Lock()
	defer m.Unlock()
	m.commands.Sample(commands, us, second)
	m.in.Sample(t.in, us, second)
	m.out.Sample(t.out, us, second)
	m.turns.Sample(t.turns, us, second)
	m.busy.Sample(int64(t.busy), us, second)
	s.sampled.peak.Observe(s.usedMemory())
}

func (s *Server) rates() rates {
	m := &s.sampled.mu
	m.Lock()
	defer m.Unlock()
	r := rates{commands: m.commands.PerFactor(), in: m.in.PerFactor(), out: m.out.PerFactor(), turns: m.turns.PerFactor()}
	if r.turns > 0 {
		r.turnTime = time.Duration(m.busy.PerFactor() / r.turns)
	}
	return r
}

// reset forgets the past but for the peak.
func (m *sampler) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range []*metric.Rate{&m.mu.commands, &m.mu.in, &m.mu.out, &m.mu.turns, &m.mu.busy} {
		r.Reset()
	}
}

// memoryFigures is the memory as INFO and MEMORY STATS show it, in bytes.
type memoryFigures struct {
	used, peak, startup int64
	overhead, dataset   int64
	allocated, active   int64 // in the arenas: live blocks, pages held
	rss, system         int64
	program             int64 // resident at the start: the program and its runtime, which used does not count
	tables, clients     int64
	pending             int64 // of what was removed and is still to be freed
	keys                int64
	databases           []store.SpaceStats
}

func (s *Server) memoryFigures(tx *store.Txn) memoryFigures {
	m := memoryFigures{used: s.usedMemory(), allocated: s.store.Used(), active: s.store.Resident(),
		clients: s.clientsMemory(), rss: metric.RSS(), program: s.programMemory, system: metric.TotalMemory(), databases: tx.SpaceStats()}
	m.pending = tx.PendingBytes()
	m.peak = s.sampled.peak.Observe(m.used)
	for _, db := range m.databases {
		m.tables += db.TableBytes
		m.keys += int64(db.Keys)
	}
	m.overhead = m.startup + m.clients + m.tables + s.store.TrackedBytes()
	m.dataset = max(m.used-m.overhead, 0)
	return m
}

// held is what used and program account for: the resident memory beyond it is fragmentation.
func (m *memoryFigures) held() int64 { return m.used + m.program }

// changes is the number of changes since the last save; there are none yet, so since the start.
func (s *Server) changes() (n int64) {
	for _, l := range s.loops {
		n += l.changes
	}
	return n
}
