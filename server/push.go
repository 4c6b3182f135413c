package server

import (
	"math/bits"
	"sync"
	"sync/atomic"

	"synap/server/config"
	"synap/server/pubsub"
	"synap/server/transport"
)

// push is something that a client gets without asking: a message of a channel, an invalidation of keys it has read.
type push struct {
	m    *pubsub.Message
	kind pushKind
}

type pushKind uint8

const (
	plainPush    pushKind = iota
	invalidation          // of the client's own keys: only RESP3 has a way to tell it
	redirected            // of another client's: in RESP2 it comes as the message of a channel
)

// inbox is what other goroutines have for a client, in the order in which they had it. Its owner takes it out at the
// beginning of a Feed, after each command, and at the end of the turn. So whoever has seen the effect of a publication, such
// as its reply, and then makes the client do something, finds the message ahead of the answer.
//
// A client that waits is served on another's goroutine, and gets the reply some time later. What came before it was served
// comes ahead of the reply, what came since behind it: else a client that caches what it reads would hear that a key has
// changed, then get what was read before that, and keep it for good.
type inbox struct {
	filled atomic.Bool // the client is on the list of its loop, or sees to itself
	mu     struct {
		sync.Mutex
		queue    []push
		bytes    int64 // of the queue, as output
		counted  int64 // the part of bytes that is in the server's inboxMemory
		served   bool  // a reply is on its way that only the first ahead pushes come before
		ahead    int
		overflow bool // more than the client may have waiting: it is to be closed
		closed   bool
	}
	spare []push // the client's: storage for the next queue
}

// inboxStep is how much more has to wait in an inbox, in bytes, before the server's total is told of it: all publishers write
// to that. Output that is shorter is not counted either.
const inboxStep = transport.DrainedOutput

// countLocked returns by how much the server's total is to change.
func (b *inbox) countLocked() (d int64) {
	if d = b.mu.bytes - b.mu.counted; d > 0 && d < inboxStep {
		return 0
	}
	b.mu.counted = b.mu.bytes
	return d
}

// waiting is what there is in the inbox: pushes, and their length as output. Any goroutine.
func (b *inbox) waiting() (pushes int, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.mu.queue), b.mu.bytes
}

// Receive takes a message of a channel (pubsub.Receiver).
func (s *session) Receive(m *pubsub.Message) { s.push(push{m, plainPush}) }

// push puts something into the client's inbox. Any goroutine, with any locks held. A client whose loop is busy for long
// must not make the memory run out: what waits here is bounded as the output is.
func (s *session) push(p push) {
	b := &s.inbox
	b.mu.Lock()
	if b.mu.closed || b.mu.overflow {
		b.mu.Unlock()
		return
	}
	b.mu.queue = append(b.mu.queue, p)
	b.mu.bytes += int64(p.m.Len())
	if limit := s.srv.pushLimit(s); limit > 0 && b.mu.bytes >= limit {
		b.mu.overflow, b.mu.queue, b.mu.bytes = true, nil, 0
	}
	if d := b.countLocked(); d != 0 {
		s.srv.inboxMemory.Add(d)
	}
	first := !b.filled.Load()
	b.filled.Store(true)
	b.mu.Unlock()
	if first {
		s.srv.announce(s)
	}
}

// take empties the inbox, but for what a reply comes before. d is by how much the server's total changes.
func (b *inbox) take() (queue []push, d int64, overflow bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mu.served {
		queue = b.takeAheadLocked()
		return queue, b.countLocked(), b.mu.overflow
	}
	b.filled.Store(false)
	queue, b.mu.queue, b.mu.bytes = b.mu.queue, b.spare, 0
	b.spare = nil
	return queue, b.countLocked(), b.mu.overflow
}

// takeAheadLocked takes out what comes before the reply that is on its way. The rest stays, and the client is not put on its
// loop's list again: it sees to that itself when it replies.
func (b *inbox) takeAheadLocked() (queue []push) {
	n := min(b.mu.ahead, len(b.mu.queue)) // it is shorter after an overflow
	queue, b.mu.queue, b.mu.ahead = b.mu.queue[:n:n], append(b.spare, b.mu.queue[n:]...), 0
	b.spare = nil
	for _, p := range queue {
		b.mu.bytes -= int64(p.m.Len())
	}
	return queue
}

// serve notes that a reply is on its way: what comes from now on comes behind it. Any goroutine.
func (b *inbox) serve() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.served, b.mu.ahead = true, len(b.mu.queue)
	b.filled.Store(true)
}

// replied notes that the reply has been given.
func (b *inbox) replied() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.served = false
}

// A client to whom much is published would have its queue grow anew in every turn, so up to queueBusy elements of storage are
// kept. Once a second it is looked whether the client still needs more than queueKept.
const (
	queueKept = 64
	queueBusy = 4096
)

// recycle takes back the storage of an emptied queue.
func (b *inbox) recycle(queue []push) {
	if cap(queue) <= queueBusy {
		b.spare = queue[:0]
	}
}

// trim gives up storage that a client who gets little has left from a busier time.
func (b *inbox) trim() {
	if cap(b.spare) > queueKept {
		b.spare = nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.mu.queue) == 0 && cap(b.mu.queue) > queueKept {
		b.mu.queue = nil
	}
}

// close drops what is there and what may still come. d is as with take.
func (b *inbox) close() (d int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.closed, b.mu.queue, b.mu.bytes = true, nil, 0
	return b.countLocked()
}

// emptyInbox takes what is in the inbox. The client's own turn.
func (s *session) emptyInbox() (queue []push, overflow bool) {
	queue, d, overflow := s.inbox.take()
	if d != 0 {
		s.srv.inboxMemory.Add(d)
	}
	return queue, overflow
}

// closeInbox ends what comes from others. Any goroutine.
func (s *session) closeInbox() { s.srv.inboxMemory.Add(s.inbox.close()) }

// pushLimit is the hard limit of the output of a client's class.
func (s *Server) pushLimit(x *session) int64 {
	if x.listening.Load() {
		return s.pushLimits[config.ClientPubSub].Load()
	}
	return s.pushLimits[config.ClientNormal].Load()
}

// takePushes moves what is in the inbox to the output. The client's own turn; out.Tail is current.
func (s *session) takePushes(l *loop, out *transport.Output) {
	queue, overflow := s.emptyInbox() // it becomes output
	if s.closing {
		return
	}
	if overflow {
		s.overLimit()
		return
	}
	before := out.Len()
	for i, p := range queue {
		s.appendPush(out, p)
		queue[i] = push{}
	}
	s.inbox.recycle(queue)
	s.bytesOut += int64(out.Len() - before)
	s.checkOutput(l)
}

// appendPush appends a push in the form of the client's protocol, if it has one.
func (s *session) appendPush(out *transport.Output, p push) {
	if s.w.Proto != 3 && (p.kind == invalidation || p.kind == redirected && !s.listening.Load()) {
		return
	}
	p.m.AppendTo(out, s.w.Proto)
}

// takePushesInFeed is takePushes between two commands of a Feed.
func (s *session) takePushesInFeed(l *loop) {
	out := s.conn.Out()
	out.Tail = s.w.Buf
	s.takePushes(l, out)
	s.w.Buf = out.Tail
}

// settlePushes brings the client what has come for it until now. It runs in a Feed, between two commands: nothing gets into
// the middle of a reply, or of all those of a transaction. What the command itself caused comes last.
func (s *session) settlePushes(l *loop) {
	if s.inbox.filled.Load() {
		s.takePushesInFeed(l)
	}
	if len(s.late) == 0 {
		return
	}
	late := s.late
	s.late = nil
	for _, p := range late {
		if p.to == nil {
			s.push(p.push)
		} else {
			s.srv.sendInvalidation(s, p.to, p.m)
		}
	}
	if s.inbox.filled.Load() {
		s.takePushesInFeed(l)
	}
}

// latePush is what a command has for its own client, to be told when it is done.
type latePush struct {
	push
	to *tracker // whose keys have changed, nil: it is something else
}

// takeEarlierPushes brings the client what was meant for it before it unsubscribed, so that the confirmation is the last it
// hears. In a transaction messages follow the replies, as always.
func (s *session) takeEarlierPushes(l *loop) {
	if s.inbox.filled.Load() && !s.executing && !s.muted() {
		s.takePushesInFeed(l)
	}
}

// collect brings the client its pushes at the end of a turn, or in one of the loop it has moved to.
func (s *session) collect() {
	if !s.inbox.filled.Load() {
		return
	}
	l := s.loop()
	if s.closing { // it may be gone altogether, with its output and all it counted for
		s.emptyInbox()
		return
	}
	s.takePushes(l, s.conn.Out())
	s.account(l)
}

// postbag lists the clients of a loop that have something in their inboxes.
type postbag struct {
	any atomic.Bool
	mu  struct {
		sync.Mutex
		list []*session
	}
	spare []*session // the loop's: storage for the next list
}

// announce puts a client whose inbox has begun to fill on the list of its loop. The loop is woken at the end of the turn
// that caused it (ring): all that a turn publishes travels together.
func (s *Server) announce(x *session) {
	i := x.conn.Loop()
	bag := &s.loops[i].bag
	bag.mu.Lock()
	bag.mu.list = append(bag.mu.list, x)
	bag.mu.Unlock()
	bag.any.Store(true)
	s.toRing[i/64].Or(1 << (i % 64))
}

// postbagKept is the longest list whose storage is kept.
const postbagKept = 4096

// deliver brings the clients of a loop what their inboxes hold. It is the end of the loop's turn.
func (l *loop) deliver() {
	bag := &l.bag
	if !bag.any.Swap(false) {
		return
	}
	bag.mu.Lock()
	list := bag.mu.list
	bag.mu.list = bag.spare
	bag.mu.Unlock()
	bag.spare = nil
	for _, x := range list {
		if x.conn.Loop() == l.index {
			x.collect()
		} else {
			x.conn.Post(x.collect) // it has moved
		}
	}
	l.reportMemory()
	if cap(list) <= postbagKept {
		clear(list)
		bag.spare = list[:0]
	}
}

// ring wakes the loops whose clients got something since the last call, by whomever. self is the caller's loop, -1 if it has
// none: that one has just delivered.
func (s *Server) ring(self int) {
	for w := range s.toRing {
		if s.toRing[w].Load() == 0 {
			continue
		}
		for set := s.toRing[w].Swap(0); set != 0; set &= set - 1 {
			i := w*64 + bits.TrailingZeros64(set)
			if i == self && !s.loops[i].bag.any.Load() || s.transport == nil {
				continue
			}
			s.transport.Wake(i)
		}
	}
}

// endPushes sends what has gathered until the end of a turn.
func (l *loop) endPushes() {
	l.srv.broadcast(l)
	l.deliver()
	l.srv.ring(l.index)
}

// leave takes a client that goes away, or begins anew, out of everything that sends it pushes.
func (s *session) leave() {
	s.subs.Leave(s.srv.pubsub)
	s.listening.Store(false)
	s.stopTracking()
}
