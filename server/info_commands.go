package server

import (
	"synap/commands"
	"synap/server/config"
)

// infoCommands deal with the server as a whole: its state, its clock, its end.
var infoCommands = []commands.Command{
	{
		Name: "info", Group: commands.GroupServer, Since: "1.0.0", Arity: -1,
		Flags: commands.Loading | commands.Stale | commands.World, ACL: commands.CatDangerous,
		Summary:    "Reports the state and the statistics of the server.",
		Complexity: "O(1)",
		History:    []commands.Change{{Version: "7.0.0", What: "Takes several sections."}},
		Tips:       []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
		Args:       []commands.Arg{commands.Str("section").Opt().Many()},
		Run:        info,
	},
	{
		Name: "time", Group: commands.GroupServer, Since: "2.6.0", Arity: 1,
		Flags:      commands.Loading | commands.Stale | commands.Fast,
		Summary:    "Tells the server's clock as Unix seconds and microseconds.",
		Complexity: "O(1)",
		Tips:       []string{"nondeterministic_output"},
		Run:        serverTime,
	},
	{
		Name: "lolwut", Group: commands.GroupServer, Since: "5.0.0", Arity: -1,
		Flags:      commands.ReadOnly | commands.Fast,
		Summary:    "Draws a small picture and names the server's version.",
		Complexity: "O(1)",
		Args:       []commands.Arg{commands.Int("version").With("VERSION").Opt()},
		Run:        lolwut,
	},
	{
		Name: "role", Group: commands.GroupServer, Since: "2.8.12", Arity: 1,
		Flags:      commands.NoScript | commands.Loading | commands.Stale | commands.Fast,
		ACL:        commands.CatAdmin | commands.CatDangerous,
		Summary:    "Tells the server's part in replication.",
		Complexity: "O(1)",
		Run:        role,
	},
	{
		Name: "wait", Group: commands.GroupGeneric, Since: "3.0.0", Arity: 3, ACL: commands.CatConnection,
		Summary:    "Waits until enough replicas have confirmed the connection's writes.",
		Complexity: "O(1)",
		Tips:       []string{"request_policy:all_shards", "response_policy:agg_min"},
		Args:       []commands.Arg{commands.Int("numreplicas"), commands.Int("timeout")},
		Run:        wait,
	},
	{
		Name: "shutdown", Group: commands.GroupServer, Since: "1.0.0", Arity: -1,
		Flags: commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.NoMulti |
			commands.AllowBusy | commands.World,
		Summary:    "Stops the server, saving the data first if configured or asked to.",
		Complexity: "O(N) for N keys when saving, else O(1)",
		History:    []commands.Change{{Version: "7.0.0", What: "Takes NOW, FORCE and ABORT."}},
		Args: []commands.Arg{
			commands.OneOf("save-selector", commands.Tok("nosave", "NOSAVE"), commands.Tok("save", "SAVE")).Opt(),
			commands.Tok("now", "NOW").Opt().From("7.0.0"),
			commands.Tok("force", "FORCE").Opt().From("7.0.0"),
			commands.Tok("abort", "ABORT").Opt().From("7.0.0"),
		},
		Run: shutdown,
	},
	{
		Name: "monitor", Group: commands.GroupServer, Since: "1.0.0", Arity: 1,
		Flags:      commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.World,
		Summary:    "Streams every command the server runs to this connection.",
		Complexity: "O(1) per command run by the server",
		Run:        monitor,
	},
}

func info(c *commands.Ctx) error {
	wanted := make([]string, 0, len(c.Args)-1)
	for i := range c.Args[1:] {
		wanted = append(wanted, c.Arg(i+1))
	}
	c.W.Verbatim("txt", c.Client.(*session).srv.infoText(c.Tx, wanted))
	return nil
}

func serverTime(c *commands.Ctx) error {
	s := c.Client.(*session)
	l := s.loop()
	us := l.turn.Add(l.last).UnixMicro()
	c.W.Array(2)
	c.W.IntBulk(us / 1e6)
	c.W.IntBulk(us % 1e6)
	return nil
}

// lolwut answers with a picture and the version, as is the custom. The pictures of versions 5 and 6 have parameters, which
// must be numbers.
func lolwut(c *commands.Ctx) error {
	if len(c.Args) > 2 && c.Is(1, "version") {
		version, err := c.Integer(2)
		if err != nil {
			return err
		}
		parameters := map[int64]int{5: 3, 6: 2}[version]
		for i := 3; i < min(len(c.Args), 3+parameters); i++ {
			if _, err := c.Integer(i); err != nil {
				return err
			}
		}
	}
	c.W.Verbatim("txt", "      o\n     / \\\n  --o   o--o\n     \\ /\n      o\n\nSynap "+config.SynapVersion+", Redis ver. "+config.Version+"\n")
	return nil
}

func role(c *commands.Ctx) error {
	c.W.Array(3)
	c.W.BulkString("master")
	c.W.Int(0)
	c.W.Array(0)
	return nil
}

// wait replies how many replicas have the client's writes: none, as there are no replicas. A client that wants some waits
// for them until its time is up.
func wait(c *commands.Ctx) error {
	wanted, err := c.Integer(1)
	if err != nil {
		return err
	}
	limit, err := c.TimeoutMillis(2)
	if err != nil {
		return err
	}
	none := func(w *commands.Writer) { w.Int(0) }
	if wanted <= 0 {
		none(c.W)
		return nil
	}
	return c.Block(commands.Wait{Timeout: limit, Expired: none})
}

const errMonitorBlocks commands.Error = "ERR MONITOR isn't allowed for DENY BLOCKING client"

func monitor(c *commands.Ctx) error {
	s := c.Client.(*session)
	if !s.mayBlock() {
		return errMonitorBlocks
	}
	if !s.monitoring {
		s.monitoring = true
		s.srv.monitors.add(s)
	}
	c.W.OK()
	return nil
}

const errNothingToAbort commands.Error = "ERR No shutdown in progress."

// shutdown ends the server. There is nothing to save and no replica to wait for, so SAVE, NOSAVE and FORCE make no
// difference; NOW does not even wait for slow readers.
func shutdown(c *commands.Ctx) error {
	var save, noSave, now, abort bool
	for i := 1; i < len(c.Args); i++ {
		switch c.Arg(i) {
		case "save":
			save = true
		case "nosave":
			noSave = true
		case "now":
			now = true
		case "force":
		case "abort":
			abort = true
		default:
			return commands.ErrSyntax
		}
	}
	if save && noSave || abort && len(c.Args) > 2 {
		return commands.ErrSyntax
	}
	if abort {
		return errNothingToAbort
	}
	s := c.Client.(*session)
	if save {
		return commands.Error("ERR SHUTDOWN SAVE is not possible: this server has no persistence")
	}
	select {
	case s.srv.quit <- shutdownRequest{now}:
	default: // it was asked for already
	}
	s.kill()
	return nil
}
