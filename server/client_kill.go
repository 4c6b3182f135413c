package server

import (
	"synap/commands"
	"synap/server/resp"
)

// killFilter is what CLIENT KILL was asked to close: clients that meet all its conditions.
type killFilter struct {
	addr, laddr     []byte
	byAddr, byLaddr bool
	id              int64 // 0: any
	kind            clientType
	skipMe          bool
}

// parseKill reads the words behind CLIENT KILL: an address alone, which may be the caller's own, or pairs of a filter
// and its value. Of a filter given twice the last one counts.
func parseKill(words [][]byte) (f killFilter, err error) {
	if len(words) == 1 {
		return killFilter{addr: words[0], byAddr: true}, nil
	}
	f.skipMe = true
	for ; len(words) > 0; words = words[2:] {
		if len(words) == 1 {
			return f, commands.ErrSyntax
		}
		if err := f.add(words[0], words[1]); err != nil {
			return f, err
		}
	}
	return f, nil
}

// add takes one filter.
func (f *killFilter) add(name, value []byte) (err error) {
	switch {
	case commands.EqualFold(name, "id"):
		id, ok := resp.ParseInt(value)
		if !ok || id < 1 {
			return errKillID
		}
		f.id = id
	case commands.EqualFold(name, "type"):
		f.kind, err = parseClientType(value)
	case commands.EqualFold(name, "addr"):
		f.addr, f.byAddr = value, true
	case commands.EqualFold(name, "laddr"):
		f.laddr, f.byLaddr = value, true
	case commands.EqualFold(name, "user"):
		if string(value) != defaultUser {
			return commands.Error("ERR No such user '" + resp.Excerpt(value, resp.MaxExcerpt) + "'")
		}
	case commands.EqualFold(name, "skipme") && commands.EqualFold(value, "yes"):
		f.skipMe = true
	case commands.EqualFold(name, "skipme") && commands.EqualFold(value, "no"):
		f.skipMe = false
	default:
		return commands.ErrSyntax
	}
	return err
}

// meets reports whether the client x is to be closed by a command of me.
func (f *killFilter) meets(x, me *session) bool {
	switch {
	case f.byAddr && x.conn.RemoteAddr() != string(f.addr),
		f.byLaddr && x.conn.LocalAddr() != string(f.laddr),
		f.kind != anyClient && f.kind != x.clientType(),
		f.id != 0 && f.id != x.id,
		f.skipMe && x == me:
		return false
	}
	return true
}

func clientKill(c *commands.Ctx) error {
	s := c.Client.(*session)
	f, err := parseKill(c.Args[2:])
	if err != nil {
		return err
	}
	killed, self := 0, false
	for _, x := range s.srv.clients.all() {
		if !f.meets(x, s) {
			continue
		}
		killed++
		if x == s {
			self = true
			continue
		}
		x.kill()
	}
	switch {
	case len(c.Args) > 3:
		c.W.Int(int64(killed))
	case killed == 0:
		return errNoSuchClient
	default:
		c.W.OK()
	}
	if self {
		s.endAfterReply() // the client still learns what it did
	}
	return nil
}
