package transporttest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"synap/server/resp"
	"synap/server/transport"
)

// maxLoops bounds the loop indexes the Host checks.
const maxLoops = 16

// Host is a server with a handful of commands: PING, ECHO x, FILL n, SHARE n, PAUSE, HOLD seq, LOGIN, QUIT and DIE. It
// checks the contract of package transport while it serves.
type Host struct {
	t testing.TB
	// Quantum is the number of commands after which Feed returns; 0: no bound.
	Quantum int
	// Anonymous makes the decoder treat clients as unauthenticated until they LOGIN.
	Anonymous bool
	// MaxInput is the longest incomplete command; a client that sends more is closed. 0: no bound.
	MaxInput int
	// Refuse makes Accept refuse with this error line.
	Refuse atomic.Pointer[string]
	// AtEnd, if set, runs at the end of every turn.
	AtEnd atomic.Pointer[func(loop int)]

	world     sync.RWMutex // held shared in every turn
	inTurn    [maxLoops]atomic.Bool
	turns     atomic.Int64
	loopTicks atomic.Int64

	mu struct {
		sync.Mutex
		sessions map[*Session]bool
		changed  chan struct{} // closed and replaced when sessions change or pause
		logs     []string
	}
}

// NewHost returns a host that reports violations to t.
func NewHost(t testing.TB) *Host {
	h := &Host{t: t}
	h.mu.sessions = map[*Session]bool{}
	h.mu.changed = make(chan struct{})
	return h
}

// Session is a client of the Host. Unsynchronised fields are deliberately so: the race detector proves that the
// transport serialises its calls.
type Session struct {
	Conn     transport.Conn
	h        *Host
	dec      resp.Decoder
	limits   resp.Limits
	closed   bool
	commands int
	left     []byte // the beginning of what the last Feed left
	leftLen  int

	Paused atomic.Bool
	Ticks  atomic.Int64

	DrainedCalls atomic.Int64
	Pending      atomic.Int64 // bytes the last Feed left
	Longest      atomic.Int64 // most bytes a Feed left
}

// Accept implements transport.Host.
func (h *Host) Accept(c transport.Conn) transport.Session {
	h.check(c, "Accept")
	if line := h.Refuse.Load(); line != nil {
		c.Out().Append([]byte(*line))
		return nil
	}
	s := &Session{Conn: c, h: h}
	s.limits.Unauthenticated = h.Anonymous
	h.mu.Lock()
	h.mu.sessions[s] = true
	h.changedLocked()
	h.mu.Unlock()
	return s
}

// BeginTurn implements transport.Host.
func (h *Host) BeginTurn(loop int) {
	h.world.RLock()
	if h.inTurn[loop].Swap(true) {
		h.t.Errorf("loop %d: BeginTurn inside of a turn", loop)
	}
	h.turns.Add(1)
}

// EndTurn implements transport.Host.
func (h *Host) EndTurn(loop int) {
	if f := h.AtEnd.Load(); f != nil {
		(*f)(loop)
	}
	if !h.inTurn[loop].Swap(false) {
		h.t.Errorf("loop %d: EndTurn outside of a turn", loop)
	}
	h.world.RUnlock()
}

// Alone runs f while no turn runs. The caller is in none.
func (h *Host) Alone(f func()) {
	h.world.Lock()
	defer h.world.Unlock()
	f()
}

// Alone runs f in a turn of the session while no other turn runs; any goroutine. It returns when f is done.
func (s *Session) Alone(f func()) {
	done := make(chan struct{})
	s.Conn.Post(func() {
		defer close(done)
		s.h.world.RUnlock()
		s.h.world.Lock()
		defer func() {
			s.h.world.Unlock()
			s.h.world.RLock()
		}()
		f()
	})
	<-done
}

// LoopTick implements transport.Host.
func (h *Host) LoopTick(loop int, nowMs int64) {
	if !h.inTurn[loop].Load() || nowMs <= 0 {
		h.t.Errorf("loop %d: LoopTick(%d) outside of a turn", loop, nowMs)
	}
	h.loopTicks.Add(1)
}

// Log implements transport.Host.
func (h *Host) Log(level, format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mu.logs = append(h.mu.logs, level+": "+fmt.Sprintf(format, args...))
}

// Turns is the number of turns begun.
func (h *Host) Turns() int64 { return h.turns.Load() }

// Logged reports whether a message of the level contains text.
func (h *Host) Logged(level, text string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.mu.logs {
		if strings.HasPrefix(l, level) && strings.Contains(l, text) {
			return true
		}
	}
	return false
}

// Sessions returns the live sessions.
func (h *Host) Sessions() []*Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []*Session
	for s := range h.mu.sessions {
		out = append(out, s)
	}
	return out
}

// Await waits until cond holds for the live sessions.
func (h *Host) Await(cond func([]*Session) bool) {
	for {
		h.mu.Lock()
		ch := h.mu.changed
		h.mu.Unlock()
		if cond(h.Sessions()) {
			return
		}
		<-ch
	}
}

// AwaitCount waits until n sessions live.
func (h *Host) AwaitCount(n int) {
	h.Await(func(s []*Session) bool { return len(s) == n })
}

func (h *Host) changedLocked() {
	close(h.mu.changed)
	h.mu.changed = make(chan struct{})
}

func (h *Host) check(c transport.Conn, call string) {
	if !h.inTurn[c.Loop()].Load() {
		h.t.Errorf("%s outside of a turn of loop %d", call, c.Loop())
	}
}

func (s *Session) check(call string) {
	s.h.check(s.Conn, call)
	if s.closed {
		s.h.t.Errorf("%s after Closed", call)
	}
}

// Expect implements transport.Session.
func (s *Session) Expect([]byte) {}

// Feed implements transport.Session.
func (s *Session) Feed(in []byte) (consumed, commands int) {
	s.check("Feed")
	if s.Paused.Load() {
		s.h.t.Error("Feed while paused")
	}
	if len(in) < s.leftLen || !bytes.HasPrefix(in, s.left) {
		s.h.t.Errorf("Feed of %d bytes, %.40q, after %d were left, %.40q", len(in), in, s.leftLen, s.left)
	}
	consumed, commands = s.feed(in)
	s.leave(in[consumed:])
	return consumed, commands
}

// leave notes the bytes that must come again, and closes a client that sent too many of them.
func (s *Session) leave(rest []byte) {
	s.left, s.leftLen = append(s.left[:0], rest[:min(len(rest), 1<<10)]...), len(rest)
	s.Pending.Store(int64(len(rest)))
	s.Longest.Store(max(s.Longest.Load(), int64(len(rest))))
	if s.h.MaxInput > 0 && len(rest) > s.h.MaxInput {
		s.Conn.Close()
	}
}

func (s *Session) feed(in []byte) (consumed, commands int) {
	for consumed < len(in) && (s.h.Quantum == 0 || commands < s.h.Quantum) {
		args, n, err := s.dec.Next(in[consumed:], &s.limits)
		if err == resp.ErrIncomplete {
			break
		}
		if err != nil {
			s.Conn.Out().Append([]byte("-ERR " + err.Error() + "\r\n"))
			s.Conn.CloseAfterFlush()
			break
		}
		consumed += n
		if len(args) == 0 {
			continue
		}
		commands++
		s.commands++
		if !s.run(args) {
			break
		}
	}
	return consumed, commands
}

// run executes a command; false: stop feeding.
func (s *Session) run(args [][]byte) bool {
	out := s.Conn.Out()
	w := resp.Writer{Buf: out.Tail}
	more := true
	number := func() int {
		if len(args) < 2 {
			return 0
		}
		n, _ := strconv.Atoi(string(args[1]))
		return n
	}
	switch strings.ToUpper(string(args[0])) {
	case "PING":
		w.Simple("PONG")
	case "ECHO":
		w.Bulk(args[1])
	case "FILL":
		w.Bulk(Pattern(number()))
	case "SHARE":
		n := number()
		w.Raw(fmt.Appendf(nil, "$%d\r\n", n))
		out.Tail = w.Buf
		out.Share(Pattern(n))
		w.Buf = append(out.Tail, "\r\n"...)
	case "PAUSE":
		s.Conn.PauseRead()
		s.setPaused()
		more = false
	case "HOLD":
		w.Simple("HELD")
		out.Tail = w.Buf
		s.Conn.Hold(uint64(number()))
		return true
	case "LOGIN":
		s.limits.Unauthenticated = false
		w.OK()
	case "QUIT":
		w.OK()
		s.Conn.CloseAfterFlush()
		more = false
	case "DIE":
		s.Conn.Close()
		more = false
	default:
		w.Error("ERR unknown command")
	}
	out.Tail = w.Buf
	out.Freeze()
	return more
}

func (s *Session) setPaused() {
	s.Paused.Store(true)
	s.h.mu.Lock()
	s.h.changedLocked()
	s.h.mu.Unlock()
}

// Resume ends a PAUSE; any goroutine.
func (s *Session) Resume() {
	s.Conn.Post(func() {
		s.check("posted function")
		s.Paused.Store(false)
		s.Conn.ResumeRead()
	})
}

// Say posts a line of output; any goroutine.
func (s *Session) Say(line string) {
	s.Conn.Post(func() {
		s.check("posted function")
		s.Conn.Out().Append([]byte(line + "\r\n"))
	})
}

// WantInput implements transport.Session.
func (s *Session) WantInput() int { return s.dec.Need() }

// Drained implements transport.Session.
func (s *Session) Drained() {
	s.check("Drained")
	s.DrainedCalls.Add(1)
}

// Tick implements transport.Session.
func (s *Session) Tick(nowMs int64) {
	s.check("Tick")
	s.Ticks.Add(1)
}

// Closed implements transport.Session.
func (s *Session) Closed() {
	s.check("Closed")
	s.closed = true
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	delete(s.h.mu.sessions, s)
	s.h.changedLocked()
}

var pattern = bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ."), 1+(64<<20)/64)

// Pattern is n bytes, at most 64 MiB, in which a lost or repeated piece shows. It must not be changed.
func Pattern(n int) []byte { return pattern[:n:n] }
