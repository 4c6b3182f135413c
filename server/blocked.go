package server

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"synap/commands"
	"synap/store"
)

// errUnblocked is the reply of a command that CLIENT UNBLOCK ended with ERROR.
const errUnblocked commands.Error = "UNBLOCKED client unblocked via CLIENT UNBLOCK"

// blockedClients counts the clients that wait in blocking commands, and those among them whose wait is limited.
type blockedClients struct{ all, limited atomic.Int64 }

// waiter is one stay of a client in a blocking command. It begins when the handler finds nothing to reply and calls
// Ctx.Block; until it is over the client's further input waits, unread. A transaction that makes a key ready, the time
// limit, CLIENT UNBLOCK and the end of the connection compete to end it, on any goroutine: the one that settles it first
// has its way, the others find it settled. Every stay has a waiter of its own, so a timer that fires late can only find
// its own settled waiter and never end the client's next stay.
type waiter struct {
	session  *session
	cmd      *commands.Command
	args     [][]byte // a copy: the input they were in is gone
	words    [][]byte // what is run when the client is woken: args, or what the handler put in their place
	bytes    int      // of memory
	redacted []int
	spent    time.Duration // what the command had worked before it began to wait
	expired  outcome
	limited  bool
	timer    *time.Timer // of a limited one
	wait     *store.Wait // on keys; nil: on something else

	waker *session // on whose loop, in whose transaction the command is being run again; nil: a transaction of nobody's

	// What running the command on somebody else's loop takes of the session and the settings.
	proto   int
	noTouch bool
	tracks  *tracker // of a command whose keys are tracked
	env     commands.Env

	mu struct {
		sync.Mutex // held while the command is run again: whoever comes meanwhile has to see how that ends
		settled    bool
		served     served
		late       []latePush // what the command, run again, has for its own client
	}
}

// served is what became of a command that was woken.
type served struct {
	reply []byte
	err   error
	spent time.Duration
	seq   uint64 // of the effects that the reply follows from
	left  bool   // it is in no queue any more
}

// outcome ends a blocking command. It runs on the client's loop, in a turn, and like a handler writes one reply or returns
// the error to reply.
type outcome func(w *commands.Writer) error

// Memory of a waiter, in bytes: without keys and words, and per key.
const (
	waiterBytes = 400
	linkBytes   = 200
)

// mayBlock reports whether a command of the client may wait. Inside a transaction it may not: it replies what it would
// when its time is up.
func (s *session) mayBlock() bool { return !s.executing }

// Block makes the running command wait (commands.Blocker).
func (s *session) Block(c *commands.Ctx, wait *commands.Wait) bool {
	if !s.mayBlock() {
		return false
	}
	w := &waiter{session: s, cmd: c.Cmd, redacted: slices.Clone(s.redacted), proto: s.w.Proto, noTouch: s.noTouch, env: *c.Env}
	w.args, w.bytes = copyWords(c.Args)
	w.bytes += waiterBytes
	if w.words = w.args; wait.Words != nil {
		size := 0
		w.words, size = copyWords(wait.Words)
		w.bytes += size
	}
	expiry := commands.Wait{Expired: wait.Expired}
	w.expired = func(out *commands.Writer) error {
		expiry.Expire(out)
		return nil
	}
	if c.Cmd.Flags&commands.ReadOnly != 0 {
		w.tracks = s.tracksReads()
	}
	s.waiter, s.paused = w, true
	s.conn.PauseRead()
	s.srv.blocked.all.Add(1)
	if len(wait.Keys) > 0 {
		w.wait = c.Tx.Await(w, wait.Interest, wait.Keys, wait.Targets)
		w.bytes += linkBytes * len(wait.Keys)
	}
	if w.limited = wait.Timeout > 0; w.limited {
		s.srv.blocked.limited.Add(1)
		w.timer = time.AfterFunc(wait.Timeout, func() { w.end(w.expired) })
	}
	return true
}

// settle reports whether the caller is the one who ends the wait.
func (w *waiter) settle() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.settleLocked()
}

func (w *waiter) settleLocked() bool {
	if w.mu.settled {
		return false
	}
	w.mu.settled = true
	blocked := &w.session.srv.blocked
	blocked.all.Add(-1)
	if w.limited {
		blocked.limited.Add(-1)
	}
	return true
}

// end makes the command reply o, unless it has ended already. Any goroutine that holds no shard.
func (w *waiter) end(o outcome) bool {
	if !w.settle() {
		return false
	}
	w.session.conn.Post(func() { w.session.unblock(w, o) })
	return true
}

// wakings are what commands that were woken run on: not on the state of the loop that has woken them.
var wakings = sync.Pool{New: func() any { return new(waking) }}

type waking struct {
	ctx commands.Ctx
	out commands.Writer
}

// Wake runs the command again, on the goroutine that ends the transaction t (store.Waiter).
func (w *waiter) Wake(t *store.Txn, _ []byte) store.Fate {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mu.settled {
		return store.Absent
	}
	srv, start := w.session.srv, w.session.srv.clock()
	k := wakings.Get().(*waking)
	k.out.Proto = w.proto
	k.ctx.Args, k.ctx.W, k.ctx.Tx, k.ctx.Now, k.ctx.Env = w.words, &k.out, t, t.Now(), &w.env
	quiet, origin := t.NoTouch, t.Origin
	w.waker, _ = origin.(*session)
	t.NoTouch, t.Origin = w.noTouch, w
	over, err := k.ctx.Wake(w.cmd, &w.wait.Interest)
	t.NoTouch, t.Origin, w.waker = quiet, origin, nil
	fate := store.Waiting
	if over {
		fate = store.Served
		w.settleLocked()
		w.noteRead(t)
		w.session.inbox.serve()
		w.mu.served = served{reply: k.out.Buf, err: err, spent: srv.since(start), left: t.Holds(w.wait.Mask())}
	}
	*k = waking{}
	wakings.Put(k)
	return fate
}

// noteRead has the store remember what a tracking client has read, as far as the keys are locked. It did so when the command
// began to wait, but what has woken it was a change.
func (w *waiter) noteRead(t *store.Txn) {
	if w.tracks == nil {
		return
	}
	keys, err := w.cmd.FindKeys(w.words, nil)
	if err != nil {
		return
	}
	for _, k := range keys {
		if key := w.words[k.Index]; t.Holds(store.MaskOf(key)) {
			t.Track(key, w.session.id)
		}
	}
}

// Woken sends the reply on its way (store.Waiter).
func (w *waiter) Woken(seq uint64) {
	w.mu.Lock()
	w.mu.served.seq = seq
	w.mu.Unlock()
	w.session.conn.Post(func() { w.session.unblock(w, w.deliver) })
}

// deliver is the outcome of a command that was woken.
func (w *waiter) deliver(out *commands.Writer) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := &w.mu.served
	if r.err == nil {
		out.Buf = append(out.Buf, r.reply...)
	}
	r.reply = nil
	return r.err
}

// takeLate returns what the command has for its client behind the reply.
func (w *waiter) takeLate() []latePush {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mu.late
}

// fate is what became of the command.
func (w *waiter) fate() (settled bool, r served) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mu.settled, w.mu.served
}

// waits reports whether the client is in a blocking command that nobody has ended.
func (s *session) waits() bool {
	if s.waiter == nil {
		return false
	}
	settled, _ := s.waiter.fate()
	return !settled
}

// abandonWait ends the wait of a client that goes away. It stays in the queues of its keys, where it is passed over, until
// leaveQueues.
func (s *session) abandonWait() {
	if s.waiter != nil {
		s.waiter.settle()
		s.waiter.stopTimer()
	}
}

// leaveQueues takes a client whose wait is over out of the queues of its keys. No shard may be locked.
func (s *session) leaveQueues() {
	if w := s.waiter; w != nil && w.wait != nil {
		if _, r := w.fate(); !r.left {
			s.srv.store.Forget(w.wait)
		}
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
		return // killed meanwhile: abandonWait and Closed do the rest
	}
	if s.inbox.filled.Load() {
		if s.collect(); s.closing {
			return
		}
	}
	w.stopTimer()
	l, out := s.loop(), s.conn.Out()
	l.beginFeed()
	s.leaveQueues()
	s.waiter = nil
	s.active = l.nowMs()
	s.w.Buf = out.Tail
	mark := s.w.Mark()
	err := o(&s.w)
	if err != nil {
		s.w.Reset(mark)
		s.w.Error(err.Error())
	}
	_, r := w.fate()
	s.redacted = w.redacted
	l.count(s, w.cmd, w.args, w.spent+r.spent+l.lap(), err)
	l.show()
	s.settleReply(mark)
	if r.seq != 0 && s.srv.holdReplies != nil {
		s.holdOutput(r.seq)
	}
	s.inbox.replied()
	s.late = append(s.late, w.takeLate()...)
	s.settlePushes(l)
	out.Tail = s.w.Buf
	s.w.Buf = nil
	s.checkOutput(l)
	s.account(l)
	s.resume()
}
