package server

import (
	"strconv"
	"strings"

	"synap/commands"
	"synap/server/pubsub"
	"synap/server/resp"
	"synap/server/transport"
)

// clientType is a client's type in CLIENT LIST and CLIENT KILL.
type clientType uint8

// The client types. There is no replication yet, so a client is pubsub if it subscribes to something, and normal otherwise;
// those that watch with MONITOR are, too.
const (
	anyClient clientType = iota
	normalClient
	masterClient
	replicaClient
	pubSubClient
)

var clientTypes = map[string]clientType{"normal": normalClient, "master": masterClient, "replica": replicaClient,
	"slave": replicaClient, "pubsub": pubSubClient}

// parseClientType reads a type's name.
func parseClientType(word []byte) (clientType, error) {
	if t, ok := clientTypes[strings.ToLower(string(word))]; ok {
		return t, nil
	}
	return anyClient, commands.Error("ERR Unknown client type '" + resp.Excerpt(word, resp.MaxExcerpt) + "'")
}

func (s *session) clientType() clientType {
	if s.listening.Load() {
		return pubSubClient
	}
	return normalClient
}

// describe is the client's line in CLIENT LIST and in the log, without a newline. The caller is in the client's own turn.
func (s *session) describe() string {
	return string(s.appendInfo(nil, s.srv.clock().UnixMilli(), s.usage()))
}

// usage is what the connection holds now, in the client's own turn. Others, even while the world is stopped, use the
// connection's Usage: a loop writes outside of its turns.
func (s *session) usage() transport.Usage {
	u := s.conn.Out().Usage()
	u.Input, u.InputCap = max(s.feeding, s.conn.InputLen()), s.conn.InputCap()
	if s.feeding > 0 { // the session is ahead of what the connection knows
		u.Tail, u.TailCap = len(s.w.Buf), cap(s.w.Buf)
	}
	return u
}

// infoLine is a line of CLIENT LIST in the making: name=value, separated by spaces.
type infoLine []byte

func (b infoLine) name(name string) infoLine {
	if n := len(b); n > 0 && b[n-1] != '\n' {
		b = append(b, ' ')
	}
	return append(append(b, name...), '=')
}

func (b infoLine) text(name, value string) infoLine { return append(b.name(name), value...) }
func (b infoLine) number(name string, n int64) infoLine {
	return strconv.AppendInt(b.name(name), n, 10)
}

// appendInfo appends the client's line (https://redis.io/commands/client-list), in the order of Redis's fields. The caller
// is in the client's own turn, or the world is stopped.
func (s *session) appendInfo(dst []byte, nowMs int64, u transport.Usage) []byte {
	queued, queuedBytes := -1, 0
	if s.multi != nil {
		queued, queuedBytes = len(s.multi.queued), s.multi.shown
	}
	last := "NULL"
	if s.last != nil {
		last = s.last.FullName
	}
	b := infoLine(dst).number("id", s.id).text("addr", s.conn.RemoteAddr()).text("laddr", s.conn.LocalAddr())
	b = b.number("fd", int64(s.conn.FD())).text("name", s.name)
	b = b.number("age", max(nowMs-s.created, 0)/1000).number("idle", max(nowMs-s.active, 0)/1000)
	b = b.text("flags", s.flags()).number("db", int64(s.db))
	b = b.number("sub", int64(s.subs.Count(pubsub.Channel))).number("psub", int64(s.subs.Count(pubsub.Pattern)))
	b = b.number("ssub", int64(s.subs.Count(pubsub.Shard))).number("multi", int64(queued))
	b = b.number("qbuf", int64(s.undecoded(u))).number("qbuf-free", int64(max(u.InputCap-u.Input, 0)))
	b = b.number("argv-mem", int64(s.argBytes())).number("multi-mem", int64(queuedBytes))
	// The reply buffer is given back when it has been sent, so its size is its peak.
	b = b.number("rbs", int64(u.TailCap)).number("rbp", int64(u.TailCap))
	pushes, waiting := s.inbox.waiting()
	b = b.number("obl", int64(u.Tail)).number("oll", int64(u.Segments+pushes)).number("omem", int64(u.Frozen)+waiting)
	b = b.number("tot-mem", s.footprintOf(u)).text("events", s.events(u))
	b = b.text("cmd", last).text("user", defaultUser).number("redir", s.redirection()).number("resp", int64(s.w.Proto))
	return b.text("lib-name", s.libName).text("lib-ver", s.libVersion)
}

// undecoded is the length of the received input but for the words of an incomplete command that are there.
func (s *session) undecoded(u transport.Usage) int {
	if s.feeding > 0 { // its commands are decoded ahead
		return u.Input
	}
	decoded, _ := s.dec.Progress()
	return max(u.Input-decoded, 0)
}

// argBytes is the length of the words of the command that is being run (of EXEC, not of those that it runs), or of those of
// an incomplete one that are there.
func (s *session) argBytes() (n int) {
	var args [][]byte
	switch {
	case s.executing:
		return len("EXEC")
	case s.waiter != nil:
		args = s.waiter.args
	case s.feeding > 0:
		args = s.loop().ctx.Args
	default:
		_, n = s.dec.Progress()
	}
	for _, a := range args {
		n += len(a)
	}
	return n
}

// flags are the letters of CLIENT LIST's flags.
func (s *session) flags() string {
	b, t := make([]byte, 0, 8), s.tracker.Load()
	for _, f := range []struct {
		letter byte
		set    bool
	}{
		{'O', s.monitoring},
		{'P', s.listening.Load()},
		{'x', s.multi != nil},
		{'b', s.postponed.Load() || s.waits()},
		{'t', t != nil},
		{'R', t != nil && t.broken.Load()},
		{'B', t != nil && t.broadcast},
		{'d', s.watcher.Changed()},
		{'c', s.closing && !s.killed},
		{'A', s.killed},
		{'U', s.isUnix},
		{'e', s.noEvict},
		{'T', s.noTouch},
	} {
		if f.set {
			b = append(b, f.letter)
		}
	}
	if len(b) == 0 {
		return "N"
	}
	return string(b)
}

// events are what the loop waits for on the client's socket: r to read, w to write.
func (s *session) events(u transport.Usage) (events string) {
	if !s.closing {
		events = "r"
	}
	if u.Pending > 0 {
		events += "w"
	}
	return events
}

func clientInfo(c *commands.Ctx) error {
	c.W.Verbatim("txt", c.Client.(*session).describe()+"\n")
	return nil
}

func clientList(c *commands.Ctx) error {
	s := c.Client.(*session)
	var chosen []*session
	switch {
	case len(c.Args) == 2:
		chosen = s.srv.clients.all()
	case len(c.Args) == 4 && c.Is(2, "type"):
		t, err := parseClientType(c.Args[3])
		if err != nil {
			return err
		}
		for _, x := range s.srv.clients.all() {
			if x.clientType() == t {
				chosen = append(chosen, x)
			}
		}
	case len(c.Args) > 3 && c.Is(2, "id"):
		for _, word := range c.Args[3:] {
			id, ok := resp.ParseInt(word)
			if !ok {
				return errClientID
			}
			if x := s.srv.clients.get(id); x != nil {
				chosen = append(chosen, x)
			}
		}
	default:
		return commands.ErrSyntax
	}
	nowMs := s.srv.clock().UnixMilli()
	var text []byte
	for _, x := range chosen {
		u := x.conn.Usage()
		if x == s {
			u = s.usage()
		}
		text = append(x.appendInfo(text, nowMs, u), '\n')
	}
	c.W.Verbatim("txt", string(text))
	return nil
}
