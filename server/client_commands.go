package server

import (
	"synap/commands"
	"synap/server/resp"
)

// clientCommands deal with connections as operators and client libraries see them.
var clientCommands = []commands.Command{
	{
		Name: "client", Group: commands.GroupConnection, Since: "2.4.0", Arity: -2,
		Summary:    "Groups the commands that deal with connections.",
		Complexity: "Depends on the subcommand",
		Sub: []commands.Command{
			{
				Name: "id", Group: commands.GroupConnection, Since: "5.0.0", Arity: 2,
				Flags: commands.NoScript | commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Tells the number that identifies this connection.",
				Complexity: "O(1)",
				Run:        clientID,
			},
			{
				Name: "info", Group: commands.GroupConnection, Since: "6.2.0", Arity: 2,
				Flags: commands.NoScript | commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Describes this connection in the format of CLIENT LIST.",
				Complexity: "O(1)",
				Tips:       []string{"nondeterministic_output"},
				Run:        clientInfo,
			},
			{
				Name: "list", Group: commands.GroupConnection, Since: "2.4.0", Arity: -2,
				Flags: commands.Admin | commands.NoScript | commands.Loading | commands.Stale |
					commands.World,
				ACL:        commands.CatConnection,
				Summary:    "Describes every connection, or those picked by type or ID, one per line.",
				Complexity: "O(N) for N connections",
				History: []commands.Change{
					{Version: "2.8.12", What: "Shows id."},
					{Version: "5.0.0", What: "Takes TYPE."},
					{Version: "6.0.0", What: "Shows user."},
					{Version: "6.2.0", What: "Shows argv-mem, tot-mem, laddr and redir; takes ID."},
					{Version: "7.0.0", What: "Shows resp, multi-mem, rbs and rbp."},
					{Version: "7.0.3", What: "Shows ssub."},
				},
				Tips: []string{"nondeterministic_output"},
				Args: []commands.Arg{
					commands.OneOf("client-type",
						commands.Tok("normal", "normal"),
						commands.Tok("master", "master"),
						commands.Tok("replica", "replica"),
						commands.Tok("pubsub", "pubsub")).With("TYPE").Opt().From("5.0.0"),
					commands.Int("client-id").With("ID").Opt().Many().From("6.2.0"),
				},
				Run: clientList,
			},
			{
				Name: "kill", Group: commands.GroupConnection, Since: "2.4.0", Arity: -3,
				Flags: commands.Admin | commands.NoScript | commands.Loading | commands.Stale |
					commands.World,
				ACL:        commands.CatConnection,
				Summary:    "Closes the connections that fit an address or a set of filters.",
				Complexity: "O(N) for N connections",
				History: []commands.Change{
					{Version: "2.8.12", What: "Takes filters in place of an address."},
					{Version: "2.8.12", What: "Takes ID."},
					{Version: "3.2.0", What: "TYPE knows master."},
					{Version: "5.0.0", What: "TYPE knows replica; slave stays as its synonym."},
					{Version: "6.2.0", What: "Takes LADDR."},
				},
				Args: []commands.Arg{
					commands.OneOf("filter",
						commands.Str("old-format").Shown("ip:port").Until("2.8.12"),
						commands.OneOf("new-format",
							commands.Int("client-id").With("ID").Opt().From("2.8.12"),
							commands.OneOf("client-type",
								commands.Tok("normal", "normal"),
								commands.Tok("master", "master").From("3.2.0"),
								commands.Tok("slave", "slave"),
								commands.Tok("replica", "replica").From("5.0.0"),
								commands.Tok("pubsub", "pubsub")).With("TYPE").Opt().From("2.8.12"),
							commands.Str("username").With("USER").Opt(),
							commands.Str("addr").With("ADDR").Shown("ip:port").Opt(),
							commands.Str("laddr").With("LADDR").Shown("ip:port").Opt().From("6.2.0"),
							commands.OneOf("skipme",
								commands.Tok("yes", "YES"),
								commands.Tok("no", "NO")).With("SKIPME").Opt()).Many()),
				},
				Run: clientKill,
			},
			{
				Name: "getname", Group: commands.GroupConnection, Since: "2.6.9", Arity: 2,
				Flags: commands.NoScript | commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Tells the name given to this connection.",
				Complexity: "O(1)",
				Run:        clientGetName,
			},
			{
				Name: "setname", Group: commands.GroupConnection, Since: "2.6.9", Arity: 3,
				Flags: commands.NoScript | commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Gives this connection a name.",
				Complexity: "O(1)",
				Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Args:       []commands.Arg{commands.Str("connection-name")},
				Run:        clientSetName,
			},
			{
				Name: "setinfo", Group: commands.GroupConnection, Since: "7.2.0", Arity: 4,
				Flags: commands.NoScript | commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Records the name or version of the client library.",
				Complexity: "O(1)",
				Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Args: []commands.Arg{
					commands.OneOf("attr",
						commands.Str("libname").With("lib-name"),
						commands.Str("libver").With("lib-ver")),
				},
				Run: clientSetInfo,
			},
			{
				Name: "no-evict", Group: commands.GroupConnection, Since: "7.0.0", Arity: 3,
				Flags:      commands.Admin | commands.NoScript | commands.Loading | commands.Stale,
				ACL:        commands.CatConnection,
				Summary:    "Exempts this connection from eviction for memory, or ends the exemption.",
				Complexity: "O(1)",
				Args:       []commands.Arg{commands.OneOf("enabled", commands.Tok("on", "ON"), commands.Tok("off", "OFF"))},
				Run:        clientNoEvict,
			},
			{
				Name: "no-touch", Group: commands.GroupConnection, Since: "7.2.0", Arity: 3,
				Flags: commands.NoScript | commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Keeps this connection's commands from counting as use of keys, or ends that.",
				Complexity: "O(1)",
				Args:       []commands.Arg{commands.OneOf("enabled", commands.Tok("on", "ON"), commands.Tok("off", "OFF"))},
				Run:        clientNoTouch,
			},
			{
				Name: "reply", Group: commands.GroupConnection, Since: "3.2.0", Arity: 3,
				Flags: commands.NoScript | commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Turns the replies on this connection off, on, or off for one command.",
				Complexity: "O(1)",
				Args: []commands.Arg{
					commands.OneOf("action",
						commands.Tok("on", "ON"),
						commands.Tok("off", "OFF"),
						commands.Tok("skip", "SKIP")),
				},
				Run: clientReply,
			},
			{
				Name: "pause", Group: commands.GroupConnection, Since: "3.0.0", Arity: -3,
				Flags: commands.Admin | commands.NoScript | commands.Loading | commands.Stale |
					commands.World,
				ACL:        commands.CatConnection,
				Summary:    "Holds back the commands of all clients, or only their writes, for some time.",
				Complexity: "O(1)",
				History:    []commands.Change{{Version: "6.2.0", What: "Can pause writes alone, by a mode."}},
				Args: []commands.Arg{
					commands.Int("timeout"),
					commands.OneOf("mode",
						commands.Tok("write", "WRITE"),
						commands.Tok("all", "ALL")).Opt().From("6.2.0"),
				},
				Run: clientPause,
			},
			{
				Name: "unpause", Group: commands.GroupConnection, Since: "6.2.0", Arity: 2,
				Flags: commands.Admin | commands.NoScript | commands.Loading | commands.Stale |
					commands.World,
				ACL:        commands.CatConnection,
				Summary:    "Ends a CLIENT PAUSE early.",
				Complexity: "O(N) for N paused connections",
				Run:        clientUnpause,
			},
			{
				Name: "unblock", Group: commands.GroupConnection, Since: "5.0.0", Arity: -3,
				Flags: commands.Admin | commands.NoScript | commands.Loading | commands.Stale |
					commands.World,
				ACL:        commands.CatConnection,
				Summary:    "Wakes a connection that waits in a blocking command.",
				Complexity: "O(1)",
				Args: []commands.Arg{
					commands.Int("client-id"),
					commands.OneOf("unblock-type",
						commands.Tok("timeout", "TIMEOUT"),
						commands.Tok("error", "ERROR")).Opt(),
				},
				Run: clientUnblock,
			},
			{
				Name: "getredir", Group: commands.GroupConnection, Since: "6.0.0", Arity: 2,
				Flags: commands.NoScript | commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Tells which connection receives this one's invalidation messages.",
				Complexity: "O(1)",
				Run:        clientGetRedir,
			},
			clientTrackingCommand, clientCachingCommand, clientTrackingInfoCommand,
			{
				Name: "help", Group: commands.GroupConnection, Since: "5.0.0", Arity: 2,
				Flags: commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Lists the CLIENT subcommands.",
				Complexity: "O(1)",
				Run:        commands.Help,
			},
		},
	},
}

// Error replies of CLIENT, in Redis's words.
const (
	errClientID      commands.Error = "ERR Invalid client ID"
	errKillID        commands.Error = "ERR client-id should be greater than 0"
	errNoSuchClient  commands.Error = "ERR No such client"
	errUnblockReason commands.Error = "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"
	errPauseMode     commands.Error = "ERR CLIENT PAUSE mode must be WRITE or ALL"
)

func clientID(c *commands.Ctx) error {
	c.W.Int(c.Client.(*session).id)
	return nil
}

func clientGetName(c *commands.Ctx) error {
	if name := c.Client.(*session).name; name != "" {
		c.W.BulkString(name)
	} else {
		c.W.Null()
	}
	return nil
}

// clientSetName names the connection; the empty name takes the name away.
func clientSetName(c *commands.Ctx) error {
	if !validName(c.Args[2]) {
		return errClientName
	}
	c.Client.(*session).name = string(c.Args[2])
	c.W.OK()
	return nil
}

func clientSetInfo(c *commands.Ctx) error {
	s := c.Client.(*session)
	var attribute *string
	switch {
	case c.Is(2, "lib-name"):
		attribute = &s.libName
	case c.Is(2, "lib-ver"):
		attribute = &s.libVersion
	default:
		return commands.Error("ERR Unrecognized option '" + resp.Excerpt(c.Args[2], resp.MaxExcerpt) + "'")
	}
	if !validName(c.Args[3]) {
		return commands.Error("ERR " + string(c.Args[2]) + " cannot contain spaces, newlines or special characters.")
	}
	*attribute = string(c.Args[3])
	c.W.OK()
	return nil
}

// onOff reads the i-th word as a switch.
func onOff(c *commands.Ctx, i int) (on bool, err error) {
	switch {
	case c.Is(i, "on"):
		return true, nil
	case c.Is(i, "off"):
		return false, nil
	}
	return false, commands.ErrSyntax
}

func clientNoEvict(c *commands.Ctx) error {
	on, err := onOff(c, 2)
	if err != nil {
		return err
	}
	c.Client.(*session).noEvict = on
	c.W.OK()
	return nil
}

// clientNoTouch takes effect at once, also for what follows in the same transaction.
func clientNoTouch(c *commands.Ctx) error {
	on, err := onOff(c, 2)
	if err != nil {
		return err
	}
	c.Client.(*session).noTouch, c.Tx.NoTouch = on, on
	c.W.OK()
	return nil
}

// clientReply always replies: what the client does not want is dropped behind the handler, which also keeps the reply
// of EXEC complete.
func clientReply(c *commands.Ctx) error {
	s := c.Client.(*session)
	switch {
	case c.Is(2, "on"):
		s.reply = replyOn
	case c.Is(2, "off"):
		s.reply = replyOff
	case c.Is(2, "skip"):
		if s.reply != replyOff {
			s.reply = replySkipNext
		}
	default:
		return commands.ErrSyntax
	}
	c.W.OK()
	return nil
}

func clientPause(c *commands.Ctx) error {
	all := true
	if len(c.Args) > 4 {
		return errWrongUse(c)
	}
	if len(c.Args) == 4 {
		switch {
		case c.Is(3, "write"):
			all = false
		case !c.Is(3, "all"):
			return errPauseMode
		}
	}
	d, err := c.TimeoutMillis(2)
	if err != nil {
		return err
	}
	c.Client.(*session).srv.startPause(d, all)
	c.W.OK()
	return nil
}

func clientUnpause(c *commands.Ctx) error {
	c.Client.(*session).srv.endPause()
	c.W.OK()
	return nil
}

// clientUnblock ends another client's blocking command as its time limit would, or with an error.
func clientUnblock(c *commands.Ctx) error {
	if len(c.Args) > 4 {
		return errWrongUse(c)
	}
	fail := len(c.Args) == 4 && c.Is(3, "error")
	if len(c.Args) == 4 && !fail && !c.Is(3, "timeout") {
		return errUnblockReason
	}
	id, err := c.Integer(2)
	if err != nil {
		return err
	}
	x := c.Client.(*session).srv.clients.get(id)
	if x == nil || x.waiter == nil {
		c.W.Int(0)
		return nil
	}
	o := x.waiter.expired
	if fail {
		o = func(*commands.Writer) error { return errUnblocked }
	}
	if x.waiter.end(o) {
		c.W.Int(1)
	} else {
		c.W.Int(0)
	}
	return nil
}

// errWrongUse refuses a call of a container with words that fit none of its subcommands.
func errWrongUse(c *commands.Ctx) error { return commands.ErrWrongUse(c) }
