package server

import (
	"synap/commands"
	"synap/server/resp"
)

// slowlogCommands show the log of slow commands.
var slowlogCommands = []commands.Command{
	{
		Name: "slowlog", Group: commands.GroupServer, Since: "2.2.12", Arity: -2,
		Summary:    "Groups the commands that deal with the log of slow commands.",
		Complexity: "Depends on the subcommand",
		Sub: []commands.Command{
			{
				Name: "get", Group: commands.GroupServer, Since: "2.2.12", Arity: -2,
				Flags:      commands.Admin | commands.Loading | commands.Stale | commands.World,
				Summary:    "Shows the newest entries of the slow log.",
				Complexity: "O(N) for N returned entries",
				History:    []commands.Change{{Version: "4.0.0", What: "Entries show the client's address and name."}},
				Tips:       []string{"request_policy:all_nodes", "nondeterministic_output"},
				Args:       []commands.Arg{commands.Int("count").Opt()},
				Run:        slowlogGet,
			},
			{
				Name: "len", Group: commands.GroupServer, Since: "2.2.12", Arity: 2,
				Flags:      commands.Admin | commands.Loading | commands.Stale | commands.World,
				Summary:    "Counts the entries of the slow log.",
				Complexity: "O(1)",
				Tips:       []string{"request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"},
				Run:        slowlogLen,
			},
			{
				Name: "reset", Group: commands.GroupServer, Since: "2.2.12", Arity: 2,
				Flags:      commands.Admin | commands.Loading | commands.Stale | commands.World,
				Summary:    "Empties the slow log.",
				Complexity: "O(N) for N entries",
				Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Run:        slowlogReset,
			},
			{
				Name: "help", Group: commands.GroupServer, Since: "6.2.0", Arity: 2,
				Flags:      commands.Loading | commands.Stale,
				Summary:    "Lists the SLOWLOG subcommands.",
				Complexity: "O(1)",
				Run:        commands.Help,
			},
		},
	},
}

func slowlogGet(c *commands.Ctx) error {
	if len(c.Args) > 3 {
		return errWrongUse(c)
	}
	count := int64(10)
	if len(c.Args) == 3 {
		n, ok := resp.ParseInt(c.Args[2])
		if !ok || n < -1 {
			return commands.Error("ERR count should be greater than or equal to -1")
		}
		count = n
	}
	o := &c.Client.(*session).srv.observed.mu
	o.Lock()
	defer o.Unlock()
	if count == -1 {
		count = int64(o.slow.Len())
	}
	entries := o.slow.Newest(count)
	c.W.Array(len(entries))
	for _, e := range entries {
		c.W.Array(6)
		c.W.Int(e.ID)
		c.W.Int(e.Unix)
		c.W.Int(e.Micros)
		c.W.Array(len(e.Args))
		for _, a := range e.Args {
			c.W.Bulk(a)
		}
		c.W.BulkString(e.Addr)
		c.W.BulkString(e.Name)
	}
	return nil
}

func slowlogLen(c *commands.Ctx) error {
	o := &c.Client.(*session).srv.observed.mu
	o.Lock()
	defer o.Unlock()
	c.W.Int(int64(o.slow.Len()))
	return nil
}

func slowlogReset(c *commands.Ctx) error {
	o := &c.Client.(*session).srv.observed.mu
	o.Lock()
	defer o.Unlock()
	o.slow.Reset()
	c.W.OK()
	return nil
}
