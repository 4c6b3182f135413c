package server

import (
	"errors"
	"sync/atomic"

	"synap/commands"
	"synap/server/config"
	"synap/server/pubsub"
	"synap/server/resp"
	"synap/server/transport"
	"synap/store"
)

// feedQuantum is how many commands a connection may run in one turn before the others get theirs.
const feedQuantum = 1000

// unauthenticatedOutput bounds what may wait to be sent to a client that has not logged in.
const unauthenticatedOutput = 64 << 10

// unauthenticatedInput bounds an incomplete command of such a client.
const unauthenticatedInput = 1 << 20

// replyMode is what CLIENT REPLY chose.
type replyMode uint8

const (
	replyOn replyMode = iota
	replyOff
	replySkipNext // the next command's reply is dropped
	replySkip     // this command's reply is dropped
)

// session is one client. It is touched inside its connection's turns and, by commands flagged World, while all turns
// stand still; so it has no lock of its own.
type session struct {
	srv  *Server
	conn transport.Conn
	id   int64
	dec  resp.Decoder
	w    resp.Writer // Buf is the connection's tail during a Feed

	db            int
	authenticated bool
	name          string
	libName       string
	libVersion    string
	reply         replyMode
	noTouch       bool
	noEvict       bool
	monitoring    bool
	isUnix        bool

	subs      pubsub.Subscriber
	listening atomic.Bool // it subscribes to something
	inbox     inbox
	late      []latePush              // what the running command has for its own client
	tracker   atomic.Pointer[tracker] // client-side caching, nil: off
	caching   bool                    // CLIENT CACHING was said for what comes next

	multi   *transaction // open MULTI, or nil
	watcher store.Watcher

	paused    bool              // its input waits: for CLIENT PAUSE to end or, with a waiter, in a blocking command
	postponed atomic.Bool       // CLIENT PAUSE holds it back; its end, on any goroutine, clears it
	waiter    *waiter           // of the blocking command it is in, or nil
	executing bool              // EXEC runs the queue
	closing   bool              // no further command is run
	killed    bool              // closed by another client's command
	redacted  []int             // words of the command being run that MONITOR and SLOWLOG must not show
	last      *commands.Command // the last one received, nil if there is none of its name

	created, active int64 // unix milliseconds
	softSince       int64 // the second in which the output passed its soft limit, 0: it has not
	memory          int64 // as last added to the loop's total
	dying           int64 // the part of it that the server knows will be gone: the client was killed
	feeding         int   // bytes of the Feed in progress, 0: there is none
	bytesIn         int64
	bytesOut        int64
}

// Feed runs the complete commands at the start of in.
func (s *session) Feed(in []byte) (consumed, ran int) {
	l := s.loop()
	out := s.conn.Out()
	s.w.Buf = out.Tail
	s.feeding = len(in)
	l.fetchExpected()
	l.beginFeed()
	s.settlePushes(l)
	for consumed < len(in) && ran < feedQuantum && !s.closing && !s.paused {
		batch, err := l.decode(s, in[consumed:])
		n, k := l.runBatch(s, batch)
		consumed, ran = consumed+n, ran+k
		if err != nil && !s.closing && !s.paused {
			if !errors.Is(err, resp.ErrIncomplete) {
				s.protocolError(l, err, in)
				consumed = len(in)
			}
			break
		}
	}
	if s.closing {
		consumed = len(in)
	}
	out.Tail = s.w.Buf
	s.w.Buf, s.feeding = nil, 0
	s.dec.Release()
	s.bytesIn += int64(consumed)
	if left := len(in) - consumed; left > 0 {
		s.checkInput(l, left)
		s.checkClaim(left)
	}
	s.account(l)
	return consumed, ran
}

// frozenOutput is how much output gathers in one piece: copying a longer one to make room would be slow.
const frozenOutput = 64 << 10

// afterCommand bounds the output after a command.
func (s *session) afterCommand(l *loop) {
	if len(s.w.Buf) < frozenOutput && !s.srv.outputLimited {
		return
	}
	out := s.conn.Out()
	out.Tail = s.w.Buf
	s.checkOutput(l)
	if !s.closing {
		out.Freeze()
	}
	s.account(l) // the next command's gates are to know of it
	s.w.Buf = out.Tail
}

// WantInput tells how many bytes the command in progress still needs.
func (s *session) WantInput() int { return s.dec.Need() }

func (s *session) loop() *loop { return s.srv.loops[s.conn.Loop()] }

// protocolError answers bytes that are no command and ends the connection.
func (s *session) protocolError(l *loop, err error, in []byte) {
	l.stats.countError("ERR")
	s.srv.log.Verbose("Protocol error (%s) from client: %s. Query buffer: %s", err, s.conn.RemoteAddr(),
		resp.Excerpt(in, 128))
	s.w.Error("ERR " + err.Error())
	s.dec.Reset()
	s.endAfterReply()
}

// endAfterReply closes the connection once what has been replied is written.
func (s *session) endAfterReply() {
	s.closing = true
	s.conn.CloseAfterFlush()
}

// kill closes the connection at once. From now on the client counts as gone, though its connection lives until its loop
// gets to it.
func (s *session) kill() {
	s.closing = true
	if !s.killed {
		s.killed = true
		s.dying = s.memory
		s.srv.dying.Add(s.dying)
	}
	s.stopWaiting()
	s.leave()
	s.closeInbox()
	s.srv.clients.remove(s)
	s.conn.Close()
}

// stopWaiting takes a client that goes away off the blocking command or the pause that it waits for.
func (s *session) stopWaiting() {
	s.abandonWait()
	if s.postponed.Load() {
		s.srv.pause.forget(s)
	}
}

// class is the client's class for output limits.
func (s *session) class() config.ClientClass {
	if s.listening.Load() {
		return config.ClientPubSub
	}
	return config.ClientNormal
}

// checkOutput enforces client-output-buffer-limit. Out().Tail must be current.
func (s *session) checkOutput(l *loop) {
	pending := int64(s.conn.Out().Len())
	if !s.authenticated && pending > unauthenticatedOutput {
		s.overLimit()
		return
	}
	limit := s.srv.cfg.ClientOutputBufferLimit[s.class()]
	if limit.Soft == 0 || pending < limit.Soft {
		s.softSince = 0
	} else if s.softSince == 0 {
		s.softSince = l.nowMs() / 1000
	}
	switch {
	case limit.Hard > 0 && pending >= limit.Hard:
		s.overLimit()
	case s.softSince > 0 && l.nowMs()/1000-s.softSince > limit.SoftSeconds:
		s.overLimit()
	}
}

func (s *session) overLimit() {
	s.srv.log.Warning("Client %s scheduled to be closed ASAP for overcoming of output buffer limits.", s.describe())
	s.srv.counters.outputLimitKills.Add(1)
	s.kill() // which drops what is pending: a writer may be at work on it, so it is not for the session to take away
}

// checkInput enforces client-query-buffer-limit on the bytes of an incomplete command.
func (s *session) checkInput(l *loop, left int) {
	limit := s.srv.cfg.ClientQueryBufferLimit
	if !s.authenticated {
		limit = min(limit, unauthenticatedInput)
	}
	if int64(left) > limit {
		s.srv.log.Warning("Closing client that reached max query buffer length: %s", s.describe())
		s.srv.counters.queryLimitKills.Add(1)
		s.kill()
	}
}

// checkClaim evicts a client, of which left bytes of an incomplete command are kept, for an argument with which it alone
// would exceed what all clients may occupy.
func (s *session) checkClaim(left int) {
	limit := s.srv.clientLimit
	if limit == 0 || s.noEvict || s.closing || s.stateBytes()+int64(left+s.dec.Need()) <= limit {
		return
	}
	s.srv.log.Notice("Evicting client: %s", s.describe())
	s.srv.counters.evictedClients.Add(1)
	s.kill()
}

// Drained counts the client's memory anew, in time for the commands of the turn.
func (s *session) Drained() {
	l := s.loop()
	s.account(l)
	l.reportMemory()
}

// Tick closes idle clients and renews what depends on time.
func (s *session) Tick(nowMs int64) {
	l := s.loop()
	if t := int64(s.srv.cfg.Timeout); t > 0 && !s.monitoring && !s.listening.Load() && !s.paused && nowMs-s.active > t*1000 {
		s.srv.log.Verbose("Closing idle client")
		s.kill()
		return
	}
	if s.conn.Out().Len() > 0 {
		s.checkOutput(l)
	}
	s.inbox.trim()
	s.account(l)
}

// Closed forgets the client.
func (s *session) Closed() {
	l := s.loop()
	s.closing = true
	s.srv.store.Unwatch(&s.watcher)
	s.multi = nil
	if s.monitoring {
		s.srv.monitors.remove(s)
	}
	s.stopWaiting()
	s.leave()
	s.closeInbox()
	s.leaveQueues()
	l.memory -= s.memory
	s.srv.dying.Add(-s.dying)
	s.memory, s.dying = 0, 0
	s.srv.clients.remove(s)
}

// sessionBytes is the fixed cost of a client: session, connection, kernel objects not counted.
const sessionBytes = 1024

// footprint is the memory the client occupies. It runs in the client's own turn.
func (s *session) footprint() int64 {
	buffers := s.conn.InputCap()
	if out := s.conn.Out(); out.Len() >= transport.DrainedOutput { // else it is gone, unnoticed, with the end of the turn
		buffers += out.Cap()
	}
	return s.stateBytes() + int64(buffers)
}

// footprintOf is what maxmemory-clients charges the client for: the memory it occupies with the given buffers, what waits to
// get there, and the rest of an argument whose beginning has arrived. That will follow at once, and Redis has allocated it by
// then.
func (s *session) footprintOf(u transport.Usage) int64 {
	_, waiting := s.inbox.waiting()
	return s.stateBytes() + int64(max(u.InputCap, u.Input+s.dec.Need())+u.TailCap+u.Frozen) + waiting
}

// stateBytes is the memory the client occupies apart from its buffers.
func (s *session) stateBytes() int64 {
	n := int64(sessionBytes + len(s.name) + len(s.libName) + len(s.libVersion) + s.subs.Bytes())
	if t := s.tracker.Load(); t != nil {
		n += int64(t.bytes)
	}
	if s.multi != nil {
		n += int64(s.multi.bytes)
	}
	if s.waiter != nil {
		n += int64(s.waiter.bytes)
	}
	if s.watcher.Watching() {
		keys, bytes := s.watcher.Keys()
		n += int64(keys*watchBytes + bytes)
	}
	return n
}

// watchBytes is the fixed cost of one watched key.
const watchBytes = 128

// largeBuffer is a client's memory, in bytes, that is given back to the system as soon as it is no longer needed. The
// runtime would keep it for minutes.
const largeBuffer = 16 << 20

func (s *session) account(l *loop) {
	if s.killed {
		return // Closed takes off what was counted
	}
	n := s.footprint()
	l.memory += n - s.memory
	if s.memory-n > largeBuffer {
		s.srv.heapDropped.Store(true)
	}
	s.memory = n
}

// deliver appends bytes that are no reply to a command: MONITOR lines. It runs on the loop, outside of Feed.
func (s *session) deliver(b []byte) {
	if s.closing {
		return
	}
	s.conn.Out().Append(b)
	s.bytesOut += int64(len(b))
	s.checkOutput(s.loop())
}
