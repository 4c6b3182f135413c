package server

import (
	"math"
	"slices"
	"sync/atomic"
	"time"

	"synap/commands"
	"synap/server/resp"
)

// errUnblocked is the reply of a command that CLIENT UNBLOCK ended with ERROR.
const errUnblocked commands.Error = "UNBLOCKED client unblocked via CLIENT UNBLOCK"

// blockedClients counts the clients that wait in blocking commands, and those among them whose wait is limited.
type blockedClients struct{ all, limited atomic.Int64 }

// waiter is one stay of a client in a blocking command. It begins when the handler finds nothing to reply and calls
// block; until it is over the client's further input waits, unread. What is waited for, the time limit, CLIENT UNBLOCK
// and the end of the connection compete to end it, on any goroutine: the one that settles it first replies, the others
// find it settled. Every stay has a waiter of its own, so a timer that fires late can only find its own settled waiter and
// never end the client's next stay.
type waiter struct {
	session  *session
	cmd      *commands.Command
	args     [][]byte // a copy: the input they were in is gone
	bytes    int      // of args
	redacted []int
	spent    time.Duration // what the command had worked before it began to wait
	expired  outcome
	limited  bool
	timer    *time.Timer // of a limited one; only the client's own loop uses it
	settled  atomic.Bool
}

// outcome ends a blocking command. It runs on the client's loop, in a turn, and like a handler writes one reply or returns
// the error to reply.
type outcome func(w *commands.Writer) error

// mayBlock reports whether a command of the client may wait. Inside a transaction it may not: it replies what it would
// when its time is up.
func (s *session) mayBlock() bool { return !s.executing }

// block makes the running command wait. It has not replied and will not before somebody ends the waiter; after limit
// (0: never) that is expired.
func (s *session) block(c *commands.Ctx, limit time.Duration, expired outcome) *waiter {
	w := &waiter{session: s, cmd: c.Cmd, redacted: slices.Clone(s.redacted), expired: expired}
	w.args, w.bytes = copyWords(c.Args)
	s.waiter, s.paused = w, true
	s.conn.PauseRead()
	s.srv.blocked.all.Add(1)
	if w.limited = limit > 0; w.limited {
		s.srv.blocked.limited.Add(1)
		w.timer = time.AfterFunc(limit, func() { w.end(expired) })
	}
	return w
}

// settle reports whether the caller is the one who ends the wait.
func (w *waiter) settle() bool {
	if !w.settled.CompareAndSwap(false, true) {
		return false
	}
	blocked := &w.session.srv.blocked
	blocked.all.Add(-1)
	if w.limited {
		blocked.limited.Add(-1)
	}
	return true
}

// end makes the command reply o, unless it has ended already. Any goroutine.
func (w *waiter) end(o outcome) bool {
	if !w.settle() {
		return false
	}
	w.session.conn.Post(func() { w.session.unblock(w, o) })
	return true
}

// waits reports whether the client is in a blocking command that nobody has ended.
func (s *session) waits() bool { return s.waiter != nil && !s.waiter.settled.Load() }

// abandonWait ends the wait of a client that goes away.
func (s *session) abandonWait() {
	if s.waiter != nil {
		s.waiter.settle()
		s.waiter.stopTimer()
	}
}

func (w *waiter) stopTimer() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// unblock replies for the command that has waited, counts it, and goes on with the client's input.
func (s *session) unblock(w *waiter, o outcome) {
	if s.closing {
		return // killed meanwhile: abandonWait has done the rest
	}
	w.stopTimer()
	l, out := s.loop(), s.conn.Out()
	l.beginFeed()
	s.waiter = nil
	s.active = l.nowMs()
	s.w.Buf = out.Tail
	mark := s.w.Mark()
	err := o(&s.w)
	if err != nil {
		s.w.Reset(mark)
		s.w.Error(err.Error())
	}
	s.redacted = w.redacted
	l.count(s, w.cmd, w.args, w.spent+l.lap(), err)
	l.show()
	s.settleReply(mark)
	out.Tail = s.w.Buf
	s.w.Buf = nil
	s.checkOutput(l)
	s.account(l)
	s.resume()
}

// timeLimit reads the i-th word as a number of milliseconds that can be added to the time of day.
func timeLimit(c *commands.Ctx, i int) (time.Duration, error) {
	ms, ok := resp.ParseInt(c.Args[i])
	switch {
	case !ok:
		return 0, errTimeoutNumber
	case ms < 0:
		return 0, errTimeoutNegative
	case ms > math.MaxInt64-c.Now:
		return 0, errTimeoutRange
	}
	return time.Duration(min(ms, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond, nil
}

// Error replies to a time limit, in Redis's words.
const (
	errTimeoutNumber   commands.Error = "ERR timeout is not an integer or out of range"
	errTimeoutNegative commands.Error = "ERR timeout is negative"
	errTimeoutRange    commands.Error = "ERR timeout is out of range"
)
