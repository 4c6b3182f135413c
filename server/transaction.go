package server

import (
	"synap/commands"
	"synap/store"
)

// transaction is an open MULTI: the commands queued so far.
type transaction struct {
	queued  []queuedCommand
	flags   commands.Flags // of all queued commands together
	bytes   int            // memory of the queue
	shown   int            // the same as CLIENT LIST has it
	aborted bool           // a command was refused: EXEC will be too
	world   bool           // a queued command needs the world stopped
}

type queuedCommand struct {
	cmd  *commands.Command
	args [][]byte
}

// queuedBytes is the fixed cost of one queued command, wordBytes that of one word of a copy.
const (
	queuedBytes = 48
	wordBytes   = 24
	// shownWordBytes is what a word counts in CLIENT LIST besides its length, whatever it takes: a pointer, as in Redis.
	shownWordBytes = 8
)

// queue keeps a copy of a command for EXEC.
func (t *transaction) queue(cmd *commands.Command, args [][]byte) {
	words, size := copyWords(args)
	t.queued = append(t.queued, queuedCommand{cmd, words})
	t.flags |= cmd.Flags
	t.world = t.world || cmd.Flags&commands.World != 0
	t.bytes += queuedBytes + size
	t.shown += size - (wordBytes-shownWordBytes)*len(args)
}

// copyWords copies a command's words. It also returns the memory the copy takes.
func copyWords(args [][]byte) (words [][]byte, bytes int) {
	for _, a := range args {
		bytes += len(a)
	}
	buf := make([]byte, 0, bytes)
	words = make([][]byte, len(args))
	for i, a := range args {
		n := len(buf)
		buf = append(buf, a...)
		words[i] = buf[n:len(buf):len(buf)]
	}
	return words, bytes + wordBytes*len(args)
}

// transactionMask is the set of shards for the commands around transactions: EXEC needs those of everything queued and
// of the watched keys, the others those of the keys they watch or stop watching.
func (l *loop) transactionMask(s *session, cmd *commands.Command, args [][]byte) uint64 {
	mask := s.watcher.Mask()
	if s.multi == nil || cmd.Flags&commands.RunsQueue == 0 {
		l.keys, _ = cmd.FindKeys(args, l.keys[:0])
		for _, k := range l.keys {
			mask |= store.MaskOf(args[k.Index])
		}
		return mask
	}
	if s.multi.flags&(commands.AllShards|commands.ShardByShard|commands.World) != 0 {
		return store.AllShards // one that locks shards on its own must find them all locked already
	}
	for _, q := range s.multi.queued {
		mask |= l.mask(s, q.cmd, q.args)
	}
	return mask
}

// endTransaction leaves MULTI and forgets the watched keys. No shard may be locked.
func (s *session) endTransaction() {
	s.multi = nil
	s.srv.store.Unwatch(&s.watcher)
}
