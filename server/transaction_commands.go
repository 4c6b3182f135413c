package server

import "synap/commands"

// transactionCommands group commands into transactions.
var transactionCommands = []commands.Command{
	{
		Name: "multi", Group: commands.GroupTransactions, Since: "1.2.0", Arity: 1,
		Flags: commands.NoScript | commands.Loading | commands.Stale | commands.Fast | commands.AllowBusy |
			commands.NotQueued,
		ACL:        commands.CatTransaction,
		Summary:    "Begins a transaction: what follows is queued until EXEC.",
		Complexity: "O(1)",
		Run:        multi,
	},
	{
		Name: "exec", Group: commands.GroupTransactions, Since: "1.2.0", Arity: 1,
		Flags: commands.WatchedShards | commands.NoScript | commands.Loading | commands.Stale | commands.RunsQueue | commands.SkipSlowlog |
			commands.NotQueued,
		ACL:        commands.CatTransaction,
		Summary:    "Runs the queued commands of a transaction as one step.",
		Complexity: "Depends on the queued commands",
		Run:        exec,
	},
	{
		Name: "discard", Group: commands.GroupTransactions, Since: "2.0.0", Arity: 1,
		Flags: commands.WatchedShards | commands.NoScript | commands.Loading | commands.Stale | commands.Fast | commands.AllowBusy |
			commands.NotQueued,
		ACL:        commands.CatTransaction,
		Summary:    "Drops the queued commands of a transaction and all watches.",
		Complexity: "O(N) for N queued commands",
		Run:        discard,
	},
	{
		Name: "watch", Group: commands.GroupTransactions, Since: "2.2.0", Arity: -2,
		Flags: commands.WatchedShards | commands.NoScript | commands.Loading | commands.Stale | commands.Fast | commands.AllowBusy |
			commands.NotQueued,
		ACL:        commands.CatTransaction,
		Summary:    "Makes the next transaction fail if one of the keys changes before it.",
		Complexity: "O(1) per key",
		Keys:       []commands.KeySpec{commands.KeyRange(1, -1, 1, commands.KeyRO)},
		Args:       []commands.Arg{commands.KeyArg("key", 0).Many()},
		Run:        watch,
	},
	{
		Name: "unwatch", Group: commands.GroupTransactions, Since: "2.2.0", Arity: 1,
		Flags:      commands.WatchedShards | commands.NoScript | commands.Loading | commands.Stale | commands.Fast | commands.AllowBusy,
		ACL:        commands.CatTransaction,
		Summary:    "Drops all watches of the connection.",
		Complexity: "O(1)",
		Run:        unwatch,
	},
}

const (
	errNestedMulti    commands.Error = "ERR MULTI calls can not be nested"
	errExecOutside    commands.Error = "ERR EXEC without MULTI"
	errDiscardOutside commands.Error = "ERR DISCARD without MULTI"
	errWatchInside    commands.Error = "ERR WATCH inside MULTI is not allowed"
)

func multi(c *commands.Ctx) error {
	s := c.Client.(*session)
	if s.multi != nil {
		return errNestedMulti
	}
	s.multi = &transaction{}
	c.W.OK()
	return nil
}

// exec runs the queued commands on the shards of all of them, so nobody sees a state in between.
func exec(c *commands.Ctx) error {
	s := c.Client.(*session)
	t := s.multi
	if t == nil {
		return errExecOutside
	}
	stale := c.Tx.Stale(&s.watcher)
	c.Tx.Unwatch(&s.watcher)
	switch {
	case t.aborted:
		s.multi = nil
		return errExecAbort
	case stale:
		s.multi = nil
		c.W.NullArray()
		return nil
	}
	s.loop().executeQueued(s, t.queued)
	s.multi = nil // CLIENT LIST shows the transaction until the last of its commands has run
	return nil
}

// executeQueued replies the array of a transaction's replies. Time stands still for all of them. It gives the command state
// back as it was: EXEC is still being counted. A client that closes itself (CLIENT KILL) gets no reply beyond that
// command's, but all commands run.
func (l *loop) executeQueued(s *session, queued []queuedCommand) {
	c := &l.ctx
	outer, args := c.Cmd, c.Args
	s.executing = true
	s.w.Array(len(queued))
	for _, q := range queued {
		l.tx.Select(s.db)
		mark, closing := s.w.Mark(), s.closing
		if l.execute(s, q.cmd, q.args); closing {
			s.w.Reset(mark)
		}
	}
	s.executing = false
	c.Cmd, c.Args = outer, args
	c.NoEffect()
}

func discard(c *commands.Ctx) error {
	s := c.Client.(*session)
	if s.multi == nil {
		return errDiscardOutside
	}
	s.multi = nil
	c.Tx.Unwatch(&s.watcher)
	c.W.OK()
	return nil
}

func watch(c *commands.Ctx) error {
	s := c.Client.(*session)
	if s.multi != nil {
		return errWatchInside
	}
	if !s.watcher.Changed() { // a client that lost already needs no more watches
		for _, key := range c.Args[1:] {
			c.Tx.Watch(&s.watcher, key)
		}
	}
	c.W.OK()
	return nil
}

func unwatch(c *commands.Ctx) error {
	c.Tx.Unwatch(&c.Client.(*session).watcher)
	c.W.OK()
	return nil
}
