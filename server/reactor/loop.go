//go:build linux

package reactor

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"synap/server/transport"
)

const (
	inputSize  = 64 << 10 // the most one read takes into the loop's own memory
	eventBatch = 512
	vectorSize = 64

	baseInterest = unix.EPOLLIN | unix.EPOLLRDHUP
)

// loop is one event loop. Its own goroutine uses all fields but box, r, index, the atomics and those of start.
type loop struct {
	r     *Reactor
	index int
	host  transport.Host
	epfd  int
	bell  int // eventfd
	box   mailbox
	once  sync.Once

	events []unix.EpollEvent
	input  []byte
	kept   [][]byte // buffers of minInput bytes for what clients have sent of incomplete commands
	group  []arrival
	vec    [vectorSize]unix.Iovec
	parts  [vectorSize][]byte
	pool   transport.Pool

	byFD    []*conn
	conns   []*conn
	dirty   []*conn // may have output to write
	again   []*conn // have kept bytes to feed without a new event
	held    []*conn // wait for Release
	drained []*conn // whose large output was written; their sessions are told in the next turn
	gone    []*conn // closed outside of a turn; their sessions are told in the next
	spare   []*conn // storage for the next again

	dirtySpare  []*conn // storage for the next dirty
	seenRelease uint64  // the sequence number held was last looked at with

	now        time.Duration // at the start of the turn
	nextTick   time.Duration
	ticked     time.Duration
	active     int // clients fed since then
	patience   patience
	tickAt     int   // position in conns of the next session to tick
	atTick     int64 // commands run at the last tick
	tickCredit int   // TicksPerSession of it pay for one session's tick
	hot        bool  // the last wait brought something
	draining   bool
	ending     bool
	heldCount  atomic.Int32

	acceptable []int  // listening sockets with connections waiting
	moves      []move // to carry out at the end of the turn

	n     counters // the loop's own
	stats sharedCounters
}

// counters are counted without synchronisation and published once per turn.
type counters struct {
	commands, bytesIn, bytesOut, reads, writes, turns, adopted, given int64
	waited                                                            time.Duration
}

type sharedCounters struct {
	conns, commands, bytesIn, bytesOut, reads, writes, turns, adopted, given atomic.Int64
	waited, clock                                                            atomic.Int64 // nanoseconds
}

func newLoop(r *Reactor, index int) (*loop, error) {
	l := &loop{r: r, index: index, host: r.opt.Host}
	var err error
	if l.epfd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if l.bell, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		unix.Close(l.epfd)
		return nil, err
	}
	// Edge-triggered: every write to the eventfd is an event of its own and it need never be read.
	ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(l.bell)}
	if err = unix.EpollCtl(l.epfd, unix.EPOLL_CTL_ADD, l.bell, &ev); err != nil {
		l.free()
		return nil, err
	}
	return l, nil
}

// free closes the loop's descriptors; nobody rings it any more.
func (l *loop) free() {
	l.box.mu.Lock()
	defer l.box.mu.Unlock()
	l.box.mu.closed = true
	unix.Close(l.epfd)
	unix.Close(l.bell)
}

// start runs the loop's goroutine once.
func (l *loop) start() {
	l.once.Do(func() {
		l.r.running.Add(1)
		go l.run()
	})
}

// deepStack is about what commands need of a loop's stack, in bytes.
const deepStack = 24 << 10

// growStack makes the stack large at once, while there is little on it: every later growth, in the middle of a command, would
// copy it, and have the tables of all functions on it made resident.
//
//go:noinline
func growStack() int {
	var frame [deepStack]byte
	n := 0
	for i := range frame {
		n += int(frame[i])
	}
	return n
}

func (l *loop) run() {
	defer l.r.running.Done()
	// Else each yield may take the loop to another thread, and that to another processor than its clients were put beside.
	runtime.LockOSThread()
	growStack()
	l.events = make([]unix.EpollEvent, eventBatch)
	l.input = make([]byte, groupSize*slotSize)
	l.group = make([]arrival, 0, groupSize)
	l.nextTick = l.r.clock()
	yielded := l.nextTick
	for !l.ending {
		n := l.wait()
		if l.now-yielded > yieldPeriod {
			yielded = l.now
			runtime.Gosched()
		}
		l.turn(l.events[:n])
	}
}

// yieldPeriod is how often a busy loop lets other goroutines run between two turns. After 10 ms the runtime would interrupt
// it anywhere: in the middle of a command, with the locks of shards.
const yieldPeriod = 8 * time.Millisecond

// wait blocks until there is something to do.
func (l *loop) wait() int {
	before := l.r.clock()
	timeout := l.timeout(before)
	var n int
	switch {
	case timeout == 0:
		n = poll(l.epfd, l.events)
	case l.patient() && l.look(before, &n):
	default:
		n = l.sleep(timeout)
	}
	l.now = l.r.clock()
	l.n.waited += l.now - before
	return n
}

// patient reports whether the loop should look for more before it sleeps: only if few clients are active, and a processor
// is left for them.
func (l *loop) patient() bool {
	return l.index == 0 && l.hot && l.active > 0 && l.active <= patientClients && l.r.alone() && l.patience.try()
}

// look waits for patientTime from start on without sleeping. ok reports that it was not in vain: there are n events, or a
// message.
func (l *loop) look(start time.Duration, n *int) (ok bool) {
	for !ok && l.r.clock()-start < patientTime {
		*n = poll(l.epfd, l.events)
		ok = *n > 0 || l.box.full.Load() || l.released()
	}
	l.patience.helped(ok)
	return ok
}

// sleep blocks until something happens, or for timeout milliseconds. Whoever sends a message wakes it.
func (l *loop) sleep(timeout int) (n int) {
	l.box.sleeping.Store(true)
	if l.box.full.Load() || l.released() {
		timeout = 0
	}
	n = l.block(timeout)
	l.box.sleeping.Store(false)
	return n
}

// lingerTime is how long a loop that had work a moment ago waits on its processor for more, in milliseconds.
const lingerTime = 2

// block waits for events: at first on the processor, and when nothing comes without it.
func (l *loop) block(timeout int) (n int) {
	if l.hot && (timeout < 0 || timeout > lingerTime) {
		n, ok := linger(l.epfd, l.events, lingerTime)
		l.hot = n > 0 || !ok
		return n
	}
	n = await(l.epfd, l.events, timeout)
	l.hot = n > 0
	return n
}

// timeout is how long to wait, in milliseconds.
func (l *loop) timeout(now time.Duration) int {
	if len(l.again) > 0 || len(l.dirty) > 0 || len(l.gone) > 0 || l.box.full.Load() {
		return 0
	}
	if l.asleep() {
		return -1
	}
	until := l.nextTick - now
	if l.index == 0 {
		until = min(until, l.r.listeners.untilRetry(now))
	}
	if until <= 0 {
		return 0
	}
	return int((until + time.Millisecond - 1) / time.Millisecond)
}

// asleep reports that the loop has nothing, not even ticks: only a message wakes it.
func (l *loop) asleep() bool { return l.index != 0 && len(l.conns) == 0 }

// turn does everything between two waits.
func (l *loop) turn(events []unix.EpollEvent) {
	tick := l.now >= l.nextTick && !l.asleep()
	retry := l.index == 0 && l.r.listeners.untilRetry(l.now) <= 0
	if len(events) > 0 || tick || retry || len(l.again) > 0 || len(l.gone) > 0 || l.box.full.Load() {
		l.host.BeginTurn(l.index)
		l.tellDrained()
		if retry {
			l.r.listeners.retry(l)
		}
		l.bury()
		l.feedAgain()
		for i := range events {
			ev := &events[i]
			if fd := int(ev.Fd); fd < len(l.byFD) && l.byFD[fd] != nil {
				if c := l.byFD[fd]; c.gen == ev.Pad {
					l.ready(c, ev.Events)
				}
			} else if l.index == 0 && l.r.listeners.has(fd) {
				l.acceptable = append(l.acceptable, fd)
			}
		}
		l.feedGroup()
		for _, fd := range l.acceptable {
			l.r.listeners.accept(l, fd)
		}
		l.acceptable = l.acceptable[:0]
		l.readMail()
		if tick {
			l.tick()
		}
		l.host.EndTurn(l.index)
	}
	l.flushAll()
	l.publish()
	l.moveOut()
}

// tick is the periodic work.
func (l *loop) tick() {
	l.nextTick = l.now + transport.TickPeriod
	l.ticked, l.active = l.now, 0
	nowMs := time.Now().UnixMilli()
	l.host.LoopTick(l.index, nowMs)
	if l.index == 0 {
		l.r.rebalance()
	}
	if l.n.commands == l.atTick {
		l.pool.Shrink()
	}
	l.atTick = l.n.commands
	l.tickCredit += len(l.conns)
	for ; l.tickCredit >= transport.TicksPerSession; l.tickCredit -= transport.TicksPerSession {
		if len(l.conns) == 0 {
			l.tickCredit = 0
			return
		}
		if l.tickAt >= len(l.conns) {
			l.tickAt = 0
		}
		c := l.conns[l.tickAt]
		l.tickAt++
		l.tickConn(c, nowMs)
	}
}

func (l *loop) tickConn(c *conn, nowMs int64) {
	if c.session == nil {
		if l.now >= c.deadline {
			l.close(c)
		}
		return
	}
	if c.blocked&stalled != 0 && c.allow.Tick(&c.out) {
		l.unblock(c, stalled)
	}
	c.session.Tick(nowMs)
	l.settle(c)
}

// publish makes the counters visible to other goroutines.
func (l *loop) publish() {
	l.n.turns++
	s, n := &l.stats, &l.n
	s.turns.Store(n.turns)
	s.waited.Store(int64(n.waited))
	s.clock.Store(int64(l.now))
	if s.commands.Load() != n.commands {
		s.commands.Store(n.commands)
	}
	if s.bytesIn.Load() != n.bytesIn {
		s.bytesIn.Store(n.bytesIn)
		s.reads.Store(n.reads)
	}
	if s.bytesOut.Load() != n.bytesOut {
		s.bytesOut.Store(n.bytesOut)
		s.writes.Store(n.writes)
	}
	if s.conns.Load() != int64(len(l.conns)) {
		s.conns.Store(int64(len(l.conns)))
	}
	if s.adopted.Load() != n.adopted || s.given.Load() != n.given {
		s.adopted.Store(n.adopted)
		s.given.Store(n.given)
	}
}

// add makes the loop own c. Its socket joins the loop's epoll.
func (l *loop) add(c *conn) error {
	c.interest = baseInterest
	ev := unix.EpollEvent{Events: c.interest, Fd: int32(c.fd), Pad: c.gen}
	if err := unix.EpollCtl(l.epfd, unix.EPOLL_CTL_ADD, c.fd, &ev); err != nil {
		return err
	}
	if c.fd >= len(l.byFD) {
		l.byFD = append(l.byFD, make([]*conn, c.fd+1-len(l.byFD))...)
		l.byFD = l.byFD[:cap(l.byFD)]
	}
	l.byFD[c.fd] = c
	c.index = len(l.conns)
	l.conns = append(l.conns, c)
	return nil
}

// forget removes c from the loop's tables.
func (l *loop) forget(c *conn) {
	last := len(l.conns) - 1
	moved := l.conns[last]
	l.conns[c.index] = moved
	moved.index = c.index
	l.conns[last] = nil
	l.conns = l.conns[:last]
	l.byFD[c.fd] = nil
	same := func(o *conn) bool { return o == c }
	if c.lists&onDirty != 0 {
		l.dirty = slices.DeleteFunc(l.dirty, same)
	}
	if c.lists&onAgain != 0 {
		l.again = slices.DeleteFunc(l.again, same)
	}
	if c.lists&onHeld != 0 {
		l.held = slices.DeleteFunc(l.held, same)
		l.heldCount.Store(int32(len(l.held)))
	}
	if c.lists&onDrained != 0 {
		l.drained = slices.DeleteFunc(l.drained, same)
	}
	c.lists = 0
}

// setInterest tells epoll which events of c are wanted.
func (l *loop) setInterest(c *conn, events uint32) {
	if c.interest == events {
		return
	}
	c.interest = events
	ev := unix.EpollEvent{Events: events, Fd: int32(c.fd), Pad: c.gen}
	if err := unix.EpollCtl(l.epfd, unix.EPOLL_CTL_MOD, c.fd, &ev); err != nil {
		l.host.Log("warning", "epoll_ctl of client %s: %v", c.remote, err)
		c.Close()
	}
}

func (l *loop) markDirty(c *conn) {
	if c.lists&onDirty == 0 {
		c.lists |= onDirty
		l.dirty = append(l.dirty, c)
	}
}

func (l *loop) markAgain(c *conn) {
	if c.lists&onAgain == 0 {
		c.lists |= onAgain
		l.again = append(l.again, c)
	}
}

func (l *loop) markHeld(c *conn) {
	if c.lists&onHeld == 0 {
		c.lists |= onHeld
		l.held = append(l.held, c)
		l.heldCount.Store(int32(len(l.held)))
	}
}
