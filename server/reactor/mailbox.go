//go:build linux

package reactor

import (
	"sync"
	"sync/atomic"
)

// mail is one message to a loop. Exactly one of the fields below c is set.
type mail struct {
	c     *conn  // the connection f is for; nil: the loop itself
	f     func() // runs in the turn
	adopt *conn  // joins the loop
	close *conn  // is to be closed
}

// mailbox is a loop's incoming messages.
type mailbox struct {
	mu struct {
		sync.Mutex
		list   []mail
		closed bool // the loop has ended
	}
	full     atomic.Bool // list is not empty
	sleeping atomic.Bool // the loop waits or is about to; it looks at full once more after setting this
	spare    []mail      // the loop's: storage for the next list
}

func (b *mailbox) putLocked(m mail) {
	b.mu.list = append(b.mu.list, m)
	b.full.Store(true)
}

// take returns the messages; the loop calls recycle when it has read them.
func (b *mailbox) take() []mail {
	if !b.full.Load() {
		return nil
	}
	b.mu.Lock()
	list := b.mu.list
	b.mu.list = b.spare
	b.spare = nil
	b.full.Store(false)
	b.mu.Unlock()
	return list
}

func (b *mailbox) recycle(list []mail) {
	if cap(list) > 4096 {
		return
	}
	clear(list)
	b.spare = list[:0]
}

// send puts a message for the loop itself and wakes it.
func (l *loop) send(m mail) {
	l.box.mu.Lock()
	l.box.putLocked(m)
	l.box.mu.Unlock()
	l.wake()
}

// sendTo puts a message about c into the mailbox of the loop that owns c.
func sendTo(c *conn, m mail) {
	for {
		l := c.loop.Load()
		l.box.mu.Lock()
		if c.loop.Load() != l { // moved meanwhile
			l.box.mu.Unlock()
			continue
		}
		l.box.putLocked(m)
		l.box.mu.Unlock()
		l.wake()
		return
	}
}

// wake makes a sleeping loop start a turn.
func (l *loop) wake() {
	if l.box.sleeping.Load() && l.box.sleeping.CompareAndSwap(true, false) {
		l.box.mu.Lock()
		if !l.box.mu.closed {
			l.ring()
		}
		l.box.mu.Unlock()
	}
}

// readMail runs what was posted up to now; what that posts runs in the next turn.
func (l *loop) readMail() {
	list := l.box.take()
	for i := range list {
		m := &list[i]
		switch {
		case m.adopt != nil:
			l.adopt(m.adopt)
		case m.close != nil:
			l.close(m.close)
		case m.c == nil:
			m.f()
		case m.c.session != nil:
			m.c.out.Prime(&l.pool)
			m.f()
			l.settle(m.c)
		}
	}
	if list != nil {
		l.box.recycle(list)
	}
}
