package server

import (
	"strings"
	"sync/atomic"
	"time"

	"synap/commands"
	"synap/server/latency"
	"synap/server/resp"
	"synap/server/tracking"
	"synap/store"
)

// loop is what one event loop needs to run commands: the reused command state, its clock and its share of the
// statistics. It is touched inside the loop's turns, and while all turns stand still.
type loop struct {
	srv   *Server
	index int
	ctx   commands.Ctx
	tx    store.Txn
	keys  []commands.KeyRef // scratch
	batch batch

	peek      resp.Decoder // looks at what Expect is shown
	expected  store.Lookahead
	expecting bool // expected's entry is still to be fetched

	inTurn bool
	ran    atomic.Int64 // commands run since the start, as of the last turn
	shown  [][]byte     // MONITOR's lines of the command being run

	bag     postbag
	altered tracking.Changes // of this turn, for the clients that want to know of all

	turn      time.Time     // the clock at the beginning of the Feed
	turnNanos int64         // the same since 1970
	last      time.Duration // since turn: when the previous command ended

	changes  int64 // of the data set, since the start
	memory   int64 // of this loop's clients
	reported int64 // as last added to the server's total
	stats    loopStats
}

// loopStats are counters that commands bump. INFO sums them over the loops.
type loopStats struct {
	commands   int64
	errors     int64
	byCommand  []commandStats // by Command.ID
	errorCodes map[string]int64

	turnStart   int64         // commands before the turn
	turnMost    int64         // most commands of a turn
	turnLongest time.Duration // longest turn
}

// commandStats are INFO's commandstats and latencystats of one command.
type commandStats struct {
	calls, nanos     int64
	rejected, failed int64
	histogram        *latency.Histogram
}

// errorCodesMax bounds the distinct error codes that are counted: scripts can make up any number.
const errorCodesMax = 128

func newLoop(srv *Server, index int) *loop {
	l := &loop{srv: srv, index: index}
	l.ctx.Tx, l.ctx.Env = &l.tx, &srv.env
	l.stats.reset(srv.table.Len())
	return l
}

func (st *loopStats) reset(commands int) {
	*st = loopStats{byCommand: make([]commandStats, commands), errorCodes: map[string]int64{}}
}

// endTurn notes the extremes of turns, for INFO's debug section, and returns the number of commands of this one.
func (st *loopStats) endTurn(length time.Duration) (ran int64) {
	ran = max(st.commands-st.turnStart, 0) // below 0: CONFIG RESETSTAT
	st.turnMost = max(st.turnMost, ran)
	st.turnLongest = max(st.turnLongest, length)
	st.turnStart = st.commands
	return ran
}

// errorCodeMax is the longest error code that is counted under its own name.
const errorCodeMax = 32

// countError counts an error reply by its code: its first word, if that looks like one. Whoever can make up errors must
// not be able to write into INFO.
func (st *loopStats) countError(text string) {
	st.errors++
	code, _, found := strings.Cut(text[:min(len(text), errorCodeMax+1)], " ")
	if !found || !validName([]byte(code)) || strings.Contains(code, ":") {
		code = "ERR"
	}
	if _, known := st.errorCodes[code]; known {
		st.errorCodes[code]++
	} else if len(st.errorCodes) < errorCodesMax {
		st.errorCodes[strings.Clone(code)] = 1
	}
}

// beginTurn reads the wall clock, once a turn.
func (l *loop) beginTurn() {
	l.turn = l.srv.clock()
	l.turnNanos, l.last = l.turn.UnixNano(), 0
}

// beginFeed moves the clock on: the time until now was spent on sockets, not on commands.
func (l *loop) beginFeed() { l.last = l.srv.since(l.turn) }

// nowMs is the time at the end of the previous command, in unix milliseconds: the one reading of the next command.
func (l *loop) nowMs() int64 { return (l.turnNanos + int64(l.last)) / int64(time.Millisecond) }

// lap returns how long the command that ends now has run.
func (l *loop) lap() time.Duration {
	now := l.srv.since(l.turn)
	d := now - l.last
	l.last = now
	return d
}

// BeginTurn keeps commands that stop the world out while the loop works.
func (s *Server) BeginTurn(index int) {
	s.world.RLock()
	l := s.loops[index]
	l.inTurn = true
	l.beginTurn()
}

// EndTurn lets them in again.
func (s *Server) EndTurn(index int) {
	l := s.loops[index]
	l.ran.Store(l.ran.Load() + l.stats.endTurn(l.last))
	l.reportMemory()
	if s.expiry.backlog.Load() {
		s.expireInTurn()
	}
	l.endPushes()
	l.inTurn = false
	s.world.RUnlock()
}

// reportMemory adds what the loop's clients occupy to the server's total.
func (l *loop) reportMemory() {
	if d := l.memory - l.reported; d != 0 {
		l.srv.clientMemory.Add(d)
		l.reported = l.memory
	}
}

// LoopTick has nothing to do: what is periodic belongs to no loop (cron) or to one session (Tick).
func (s *Server) LoopTick(int, int64) {}

// alone runs f while no other loop runs anything. The caller is in its turn and between two commands: it holds no lock
// but its own share of the world, which it gives up meanwhile.
func (l *loop) alone(f func()) {
	if !l.inTurn {
		f()
		return
	}
	l.srv.world.RUnlock()
	l.srv.world.Lock()
	l.inTurn = false
	defer func() {
		l.inTurn = true
		l.srv.world.Unlock()
		l.srv.world.RLock()
	}()
	f()
}
