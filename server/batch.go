package server

import (
	"synap/commands"
	"synap/store"
)

// A pipelining client's commands are decoded a batch at a time, so that the memory of all their keys can be fetched
// before the first of them runs: see store.Lookahead.
const (
	batchCommands = 16
	batchKeys     = 64 // keys prepared per batch; further ones are looked up without
	batchWords    = 64 // words of a command whose storage is kept for the next batch
)

// upcoming is a decoded command of the batch.
type upcoming struct {
	args  [][]byte // nil: bytes to be skipped
	n     int      // bytes of input it took
	cmd   *commands.Command
	known bool // cmd is what the words name, and not just the container of an unknown subcommand
	ahead []store.Lookahead
}

// batch is the storage of the batch being run.
type batch struct {
	commands [batchCommands]upcoming
	keys     [batchKeys]store.Lookahead
	used     int // of keys
}

// decode takes the next commands from the beginning of in. err is why it stopped before the batch was full. A client
// that has not logged in gets one command at a time: logging in changes what the next one may be.
func (l *loop) decode(s *session, in []byte) (_ []upcoming, err error) {
	b := &l.batch
	limits, most := s.srv.limits(s), batchCommands
	if !s.authenticated {
		most = 1
	}
	b.used = 0
	count, pos := 0, 0
	for count < most && pos < len(in) {
		args, n, e := s.dec.Next(in[pos:], limits)
		if e != nil {
			err = e
			break
		}
		pos += n
		u := &b.commands[count]
		u.n, u.args, u.ahead = n, append(u.args[:0], args...), nil
		if len(args) > 0 {
			u.cmd, u.known = s.srv.table.Lookup(args)
		}
		count++
	}
	if count > 1 {
		l.prepare(s, b.commands[:count])
	}
	return b.commands[:count], err
}

// prepare starts fetching the memory of all keys of a batch.
func (l *loop) prepare(s *session, batch []upcoming) {
	b := &l.batch
	for i := range batch {
		u := &batch[i]
		if !u.known || len(u.args) == 0 || !u.cmd.ArityOK(len(u.args)) {
			continue
		}
		first := b.used
		if k := u.cmd.SingleKey(); k > 0 {
			if b.used < batchKeys {
				b.keys[b.used] = s.srv.store.Prepare(s.db, u.args[k])
				b.used++
			}
		} else if u.cmd.HasKeys() {
			l.prepareSeveral(s, u)
		}
		u.ahead = b.keys[first:b.used]
	}
	for i := range b.used {
		s.srv.store.Fetch(&b.keys[i])
	}
}

func (l *loop) prepareSeveral(s *session, u *upcoming) {
	b := &l.batch
	keys, err := u.cmd.FindKeys(u.args, l.keys[:0])
	l.keys = keys
	if err != nil {
		return
	}
	for _, k := range keys[:min(len(keys), batchKeys-b.used)] {
		b.keys[b.used] = s.srv.store.Prepare(s.db, u.args[k.Index])
		b.used++
	}
}

// Expect prepares the first key of what will be fed: a client that does not pipeline has just that one command, and by the
// time its turn comes the memory is there. The entry is fetched when the next client's key is prepared, or when the first
// of them is fed, for that needs the bucket.
func (s *session) Expect(in []byte) {
	l := s.loop()
	if s.paused || s.multi != nil || !s.authenticated || s.dec.Need() != 0 {
		return
	}
	args, _, err := l.peek.Next(in, s.srv.limits(s))
	if err != nil {
		l.peek.Reset()
		return
	}
	if len(args) == 0 {
		return
	}
	cmd, ok := s.srv.table.Lookup(args)
	if !ok || !cmd.ArityOK(len(args)) {
		return
	}
	if k := cmd.SingleKey(); k > 0 {
		next := s.srv.store.Prepare(s.db, args[k])
		l.fetchExpected()
		l.expected, l.expecting = next, true
	}
}

// fetchExpected starts fetching the entry of the key prepared last.
func (l *loop) fetchExpected() {
	if l.expecting {
		l.srv.store.Fetch(&l.expected)
		l.expecting = false
	}
}

// runBatch dispatches the commands of a batch until one of them stops the client: it has to wait, or is closing. It
// returns the bytes done with and the commands run. What was decoded behind a stop is decoded again later.
func (l *loop) runBatch(s *session, batch []upcoming) (consumed, ran int) {
	for i := range batch {
		u := &batch[i]
		if len(u.args) > 0 {
			if s.closing || s.paused || !l.dispatch(s, u) {
				s.dec.Reset()
				break
			}
			ran++
			if s.caching {
				s.endCaching()
			}
			s.settlePushes(l)
			s.afterCommand(l)
		}
		consumed += u.n
	}
	for i := range batch {
		u := &batch[i]
		if clear(u.args); cap(u.args) > batchWords {
			u.args = nil
		}
	}
	return consumed, ran
}
