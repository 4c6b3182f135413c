package server

import (
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"synap/server/resp"
)

// monitors are the clients that see every command (MONITOR).
type monitors struct {
	any atomic.Bool // so that commands pay one load when there are none
	mu  struct {
		sync.Mutex
		list []*session
	}
}

func (m *monitors) add(s *session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.list = append(m.mu.list, s)
	m.any.Store(true)
}

func (m *monitors) remove(s *session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.list = slices.DeleteFunc(m.mu.list, func(x *session) bool { return x == s })
	m.any.Store(len(m.mu.list) > 0)
}

// feed shows lines to all monitors. Each gets them on its own loop, so a slow one delays nobody. No shard is locked.
func (m *monitors) feed(lines [][]byte) {
	text := slices.Concat(lines...)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.mu.list {
		x.conn.Post(func() { x.deliver(text) })
	}
}

// show gives the monitors the lines of the command that has run.
func (l *loop) show() {
	if len(l.shown) > 0 {
		l.srv.monitors.feed(l.shown)
		clear(l.shown)
		l.shown = l.shown[:0]
	}
}

// monitorLine is the command as MONITOR prints it: time, database, address, quoted words. Words that hold credentials
// are hidden.
func monitorLine(s *session, args [][]byte, at time.Time) []byte {
	us := at.UnixMicro()
	b := strconv.AppendInt([]byte{'+'}, us/1e6, 10)
	frac := strconv.Itoa(int(us%1e6) + 1e6)
	b = append(append(append(b, '.'), frac[1:]...), " ["...)
	b = strconv.AppendInt(b, int64(s.db), 10)
	b = append(b, ' ')
	if s.isUnix {
		b = append(append(b, "unix:"...), s.srv.cfg.UnixSocket...)
	} else {
		b = append(b, s.conn.RemoteAddr()...)
	}
	b = append(b, ']')
	for i, a := range args {
		b = append(b, ' ')
		if s.isRedacted(i) {
			b = append(b, `"(redacted)"`...)
			continue
		}
		b = resp.AppendQuote(b, a)
	}
	return append(b, "\r\n"...)
}

// redact hides the i-th word of the command being run from MONITOR and SLOWLOG.
func (s *session) redact(i int) {
	s.redacted = append(s.redacted, i)
}

func (s *session) isRedacted(i int) bool { return slices.Contains(s.redacted, i) }
