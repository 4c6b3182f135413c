package server

import (
	"time"

	"synap/commands"
	"synap/server/resp"
	"synap/store"
)

// Error replies of the gates, in Redis's words.
const (
	errNoAuth        commands.Error = "NOAUTH Authentication required."
	errExecAbort     commands.Error = "EXECABORT Transaction discarded because of previous errors."
	errEvicted       commands.Error = "ERR client evicted" // nobody is left to read it
	errNotInMulti    commands.Error = "ERR Command not allowed inside a transaction"
	errDebugDisabled commands.Error = "ERR DEBUG command not allowed. If the enable-debug-command option is set to " +
		"\"local\", you can run it from a local connection, otherwise you need to set this option in the " +
		"configuration file, and then restart the server."
)

// dispatch takes one command through the gates and runs it, queues it, or replies why not. It reports false when the
// command must wait: then nothing has happened and it is dispatched again later. The order of the gates is Redis's; a
// client can tell.
func (l *loop) dispatch(s *session, u *upcoming) bool {
	s.active = l.nowMs()
	if s.last = nil; u.known {
		s.last = u.cmd
	}
	if err := l.admit(s, u); err != nil {
		l.reject(s, s.last, err)
		return true
	}
	s.settlePushes(l) // what making room has to tell
	cmd, args := u.cmd, u.args
	if s.srv.pause.active.Load() && s.srv.pause.stops(cmd, s.multi) {
		l.postpone(s)
		return false
	}
	if s.multi != nil && cmd.Flags&commands.NotQueued == 0 {
		s.multi.queue(cmd, args)
		l.finishReply(s, len(s.w.Buf), func() { s.w.Simple("QUEUED") })
		return true
	}
	if cmd.Flags&commands.World != 0 || s.multi != nil && s.multi.world && cmd.Flags&commands.RunsQueue != 0 {
		l.alone(func() {
			if !s.closing { // nobody killed it while it waited for the others
				l.call(s, u)
			}
		})
	} else {
		l.call(s, u)
	}
	return true
}

// admit checks what can be said before running a command.
func (l *loop) admit(s *session, u *upcoming) error {
	srv, cmd, args := s.srv, u.cmd, u.args
	if !u.known {
		if cmd == nil {
			if isHTTP(args[0]) {
				srv.log.Warning("Possible SECURITY ATTACK detected. It looks like somebody is sending POST or "+
					"Host: commands to Synap. Connection from %s aborted.", s.conn.RemoteAddr())
				s.kill()
				return commands.Error("ERR closed")
			}
			return errUnknownCommand(args)
		}
		return errUnknownSubcommand(cmd, args)
	}
	if !cmd.ArityOK(len(args)) {
		return commands.ErrArity(cmd)
	}
	if cmd.Flags&commands.ConfigGated != 0 && !srv.debugAllowed(s) {
		return errDebugDisabled
	}
	if !s.authenticated && cmd.Flags&commands.NoAuth == 0 {
		return errNoAuth
	}
	if s.multi != nil && cmd.Flags&commands.NoMulti != 0 {
		return errNotInMulti
	}
	if srv.clientLimit > 0 {
		if l.relieveClients(); s.closing {
			return errEvicted
		}
	}
	if srv.cfg.MaxMemory > 0 && !l.hasRoom() && refusedWhenFull(s, cmd) {
		return commands.ErrOOM
	}
	if srv.tracking.count.Load() > 0 {
		srv.limitTracked()
	}
	if s.listening.Load() && s.w.Proto != 3 && cmd.Flags&commands.InSubscribe == 0 {
		return errSubscribed(cmd)
	}
	return nil
}

// errSubscribed refuses what a RESP2 client cannot do while it listens: it could not tell replies from messages.
func errSubscribed(cmd *commands.Command) error {
	return commands.Error("ERR Can't execute '" + cmd.FullName + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / " +
		"RESET are allowed in this context")
}

// refusedWhenFull reports whether the command may not run beyond maxmemory. Queueing takes memory too; only the words
// that end a transaction pass, and EXEC not if it would run a refused command.
func refusedWhenFull(s *session, cmd *commands.Command) bool {
	if s.multi == nil {
		return cmd.Flags&commands.DenyOOM != 0
	}
	if cmd.Flags&commands.NotQueued == 0 {
		return true
	}
	return cmd.Flags&commands.RunsQueue != 0 && s.multi.flags&commands.DenyOOM != 0
}

// isHTTP recognises the first words of a web browser that was tricked into talking to us.
func isHTTP(word []byte) bool {
	return commands.EqualFold(word, "post") || commands.EqualFold(word, "host:")
}

// errUnknownCommand names the command and the beginning of its arguments, which clients and people look for.
func errUnknownCommand(args [][]byte) error {
	const cut = 128
	text := "ERR unknown command '" + resp.Excerpt(args[0], cut) + "', with args beginning with: "
	start := len(text)
	for _, a := range args[1:] {
		if len(text)-start >= cut {
			break
		}
		text += "'" + resp.Excerpt(a, cut-(len(text)-start)) + "' "
	}
	return commands.Error(text)
}

func errUnknownSubcommand(container *commands.Command, args [][]byte) error {
	return commands.Error("ERR unknown subcommand '" + resp.Excerpt(args[1], 128) + "'. Try " +
		upper(container.Name) + " HELP.")
}

// reject replies an error of the gates. cmd is nil if there is no such command. A transaction that met one cannot be
// executed any more.
func (l *loop) reject(s *session, cmd *commands.Command, err error) {
	if s.multi != nil {
		s.multi.aborted = true
	}
	if cmd != nil {
		l.stats.byCommand[cmd.ID].rejected++
	}
	if cmd != nil && cmd.Flags&commands.RunsQueue != 0 {
		// EXEC itself was refused: a transaction, if there is one, ends here.
		err = commands.Error("EXECABORT Transaction discarded because of: " + errorTail(err.Error()))
		s.endTransaction()
	}
	l.stats.countError(err.Error())
	l.finishReply(s, len(s.w.Buf), func() { s.w.Error(err.Error()) })
}

// errorTail is an error text as it is quoted in another one: without the general code ERR.
func errorTail(text string) string {
	if len(text) > 4 && text[:4] == "ERR " {
		return text[4:]
	}
	return text
}

// finishReply applies CLIENT REPLY to what reply appends.
func (l *loop) finishReply(s *session, mark int, reply func()) {
	reply()
	s.settleReply(mark)
}

// muted reports whether the client wants no reply to the command that runs.
func (s *session) muted() bool { return s.reply == replyOff || s.reply == replySkip }

// settleReply drops the reply written since mark if the client does not want it.
func (s *session) settleReply(mark int) {
	switch s.reply {
	case replyOn:
		return
	case replySkipNext:
		s.reply = replySkip
		s.w.Reset(mark)
	case replySkip:
		s.reply = replyOn
		s.w.Reset(mark)
	case replyOff:
		s.w.Reset(mark)
	}
}

// call runs a command on its own locks and replies.
func (l *loop) call(s *session, u *upcoming) {
	mark := len(s.w.Buf)
	l.tx.NoTouch, l.tx.Origin = s.noTouch, s
	l.begin(s, u)
	l.tx.Use(u.ahead)
	l.execute(s, u.cmd, u.args)
	seq := l.tx.End()
	l.changes += int64(l.tx.Dirty()) // those of the clients it has woken, too
	l.show()
	if s.reply != replyOn && s.waiter == nil {
		s.settleReply(mark)
	}
	if seq != 0 && s.srv.holdReplies != nil {
		s.holdOutput(seq)
	}
}

// begin locks the shards that the command needs, and those that serving the clients it may wake takes: so they are served
// before anybody else can see what the command has done.
func (l *loop) begin(s *session, u *upcoming) {
	st, mask := s.srv.store, l.maskOf(s, u)
	st.Begin(&l.tx, mask, s.db, l.nowMs())
	if !st.Feeding() || u.cmd.Flags&commands.ReadOnly != 0 {
		return
	}
	for {
		need := l.needs(s, u.cmd, u.args)
		if l.tx.Holds(need) {
			return
		}
		mask |= need
		l.tx.End()
		st.Begin(&l.tx, mask, s.db, l.nowMs())
	}
}

// needs is the set of shards that serving the clients takes who wait for keys of the command, or of what it runs.
func (l *loop) needs(s *session, cmd *commands.Command, args [][]byte) (need uint64) {
	if l.tx.Holds(store.AllShards) {
		return 0
	}
	if s.multi != nil && cmd.Flags&commands.RunsQueue != 0 {
		for _, q := range s.multi.queued {
			need |= l.needsOf(q.cmd, q.args)
		}
	}
	return need | l.needsOf(cmd, args)
}

func (l *loop) needsOf(cmd *commands.Command, args [][]byte) (need uint64) {
	l.keys, _ = cmd.FindKeys(args, l.keys[:0])
	for _, k := range l.keys {
		need |= l.tx.Needs(args[k.Index])
	}
	return need
}

// holdOutput has what was replied so far wait for the effect stream.
func (s *session) holdOutput(seq uint64) {
	out := s.conn.Out()
	out.Tail = s.w.Buf
	s.srv.holdReplies(s.conn, seq)
	s.w.Buf = out.Tail
}

// execute runs a command whose shards are locked and counts it.
func (l *loop) execute(s *session, cmd *commands.Command, args [][]byte) {
	c := &l.ctx
	c.Args, c.W, c.Now, c.Client, c.Blocker = args, &s.w, l.tx.Now(), s, s
	s.redacted = s.redacted[:0]
	err := c.Execute(cmd)
	if spent := l.lap(); s.waiter == nil {
		l.count(s, cmd, args, spent, err)
	} else {
		s.waiter.spent = spent // it is counted when it has replied
	}
	if t := s.tracker.Load(); t != nil && cmd.Flags&(commands.ReadOnly|commands.PubSub) == commands.ReadOnly {
		l.noteRead(s, t, cmd, args)
	}
	if s.srv.monitors.any.Load() && cmd.Flags&(commands.SkipMonitor|commands.Admin) == 0 {
		l.shown = append(l.shown, monitorLine(s, args, l.turn.Add(l.last)))
	}
}

// count adds a command that has replied to the statistics. err is what it replied, if that was an error.
func (l *loop) count(s *session, cmd *commands.Command, args [][]byte, spent time.Duration, err error) {
	st := &l.stats.byCommand[cmd.ID]
	st.calls++
	st.nanos += int64(spent)
	l.stats.commands++
	if s.srv.cfg.LatencyTracking {
		st.record(spent)
	}
	if err != nil {
		st.failed++
		l.stats.countError(err.Error())
	}
	if spent >= s.srv.slowest {
		l.noteSlow(s, cmd, args, spent)
	}
}

// maskOf is mask for a command that may have been prepared.
func (l *loop) maskOf(s *session, u *upcoming) uint64 {
	if len(u.ahead) == 1 && u.cmd.SingleKey() > 0 {
		return u.ahead[0].Mask()
	}
	return l.mask(s, u.cmd, u.args)
}

// mask is the set of shards a command needs.
func (l *loop) mask(s *session, cmd *commands.Command, args [][]byte) uint64 {
	if i := cmd.SingleKey(); i > 0 {
		return store.MaskOf(args[i])
	}
	switch {
	case cmd.ReachesAll(args):
		return store.AllShards
	case cmd.Flags&commands.WatchedShards != 0:
		return l.transactionMask(s, cmd, args)
	case !cmd.HasKeys():
		return 0
	}
	var err error
	if l.keys, err = cmd.FindKeys(args, l.keys[:0]); err != nil {
		return store.AllShards // the handler will refuse the words; what it looks at before is safe
	}
	var mask uint64
	for _, k := range l.keys {
		mask |= store.MaskOf(args[k.Index])
	}
	return mask
}

// noteSlow enters a slow command into SLOWLOG and the latency monitor.
func (l *loop) noteSlow(s *session, cmd *commands.Command, args [][]byte, spent time.Duration) {
	srv := s.srv
	if t := srv.cfg.SlowlogLogSlowerThan; t >= 0 && spent.Microseconds() >= t && cmd.Flags&commands.SkipSlowlog == 0 {
		srv.recordSlow(s, args, spent, l.turn.Add(l.last))
	}
	if t := srv.cfg.LatencyMonitorThreshold; t > 0 && spent.Milliseconds() >= t {
		event := "command"
		if cmd.Flags&commands.Fast != 0 {
			event = "fast-command"
		}
		srv.recordLatency(event, spent, l.turn.Add(l.last))
	}
}
