package server

import (
	"synap/commands"
	"synap/store/glob"
)

// commandCommands show the command table to clients.
var commandCommands = []commands.Command{
	{
		Name: "command", Group: commands.GroupServer, Since: "2.8.13", Arity: -1,
		Flags: commands.Loading | commands.Stale, ACL: commands.CatConnection,
		Summary:    "Describes every command the server knows.",
		Complexity: "O(N) for N known commands",
		Tips:       []string{"nondeterministic_output_order"},
		Sub: []commands.Command{
			{
				Name: "count", Group: commands.GroupServer, Since: "2.8.13", Arity: 2,
				Flags: commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Tells how many commands the server knows.",
				Complexity: "O(1)",
				Run:        commandCount,
			},
			{
				Name: "info", Group: commands.GroupServer, Since: "2.8.13", Arity: -2,
				Flags: commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Describes all or the named commands.",
				Complexity: "O(N) for N requested commands",
				History:    []commands.Change{{Version: "7.0.0", What: "Without names, describes all commands."}},
				Tips:       []string{"nondeterministic_output_order"},
				Args:       []commands.Arg{commands.Str("command-name").Opt().Many()},
				Run:        commandInfo,
			},
			{
				Name: "list", Group: commands.GroupServer, Since: "7.0.0", Arity: -2,
				Flags: commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Lists the names of the commands, optionally filtered.",
				Complexity: "O(N) for N known commands",
				Tips:       []string{"nondeterministic_output_order"},
				Args: []commands.Arg{
					commands.OneOf("filterby",
						commands.Str("module-name").With("MODULE"),
						commands.Str("category").With("ACLCAT"),
						commands.Pattern("pattern").With("PATTERN")).With("FILTERBY").Opt(),
				},
				Run: commandList,
			},
			{
				Name: "docs", Group: commands.GroupServer, Since: "7.0.0", Arity: -2,
				Flags: commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Shows the documentation of all or the named commands.",
				Complexity: "O(N) for N requested commands",
				Tips:       []string{"nondeterministic_output_order"},
				Args:       []commands.Arg{commands.Str("command-name").Opt().Many()},
				Run:        commandDocs,
			},
			{
				Name: "getkeys", Group: commands.GroupServer, Since: "2.8.13", Arity: -3,
				Flags: commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Picks the keys out of a complete command.",
				Complexity: "O(N) for N words",
				Args:       []commands.Arg{commands.Str("command"), commands.Str("arg").Opt().Many()},
				Run:        commandGetKeys,
			},
			{
				Name: "getkeysandflags", Group: commands.GroupServer, Since: "7.0.0", Arity: -3,
				Flags: commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Picks the keys out of a complete command and says what it does with each.",
				Complexity: "O(N) for N words",
				Args:       []commands.Arg{commands.Str("command"), commands.Str("arg").Opt().Many()},
				Run:        commandGetKeysAndFlags,
			},
			{
				Name: "help", Group: commands.GroupServer, Since: "5.0.0", Arity: 2,
				Flags: commands.Loading | commands.Stale, ACL: commands.CatConnection,
				Summary:    "Lists the COMMAND subcommands.",
				Complexity: "O(1)",
				Run:        commands.Help,
			},
		},
		Run: commandAll,
	},
}

// Error replies of COMMAND, in Redis's words.
const (
	errGetKeysUnknown commands.Error = "ERR Invalid command specified"
	errGetKeysNone    commands.Error = "ERR The command has no key arguments"
	errGetKeysArity   commands.Error = "ERR Invalid number of arguments specified for command"
	errGetKeysWords   commands.Error = "ERR Invalid arguments specified for command"
)

func commandTable(c *commands.Ctx) *commands.Table { return c.Client.(*session).srv.table }

// listed are the commands that can be called by some name: rename-command may have taken it away.
func listed(t *commands.Table, visit func(cmd *commands.Command)) {
	for cmd := range t.Top() {
		if cmd.Name != "" {
			visit(cmd)
		}
	}
}

func commandAll(c *commands.Ctx) error {
	t := commandTable(c)
	c.W.Array(t.TopLen())
	listed(t, func(cmd *commands.Command) { writeCommandInfo(c.W, cmd) })
	return nil
}

func commandCount(c *commands.Ctx) error {
	c.W.Int(int64(commandTable(c).TopLen()))
	return nil
}

func commandInfo(c *commands.Ctx) error {
	if len(c.Args) == 2 {
		return commandAll(c)
	}
	c.W.Array(len(c.Args) - 2)
	for _, name := range c.Args[2:] {
		if cmd := commandTable(c).Named(string(name)); cmd != nil {
			writeCommandInfo(c.W, cmd)
		} else {
			c.W.Null()
		}
	}
	return nil
}

func commandDocs(c *commands.Ctx) error {
	hole, n := c.W.MapHole(), 0
	write := func(cmd *commands.Command) {
		c.W.BulkString(cmd.FullName)
		writeCommandDocs(c.W, cmd)
		n++
	}
	if len(c.Args) == 2 {
		listed(commandTable(c), write)
	}
	for _, name := range c.Args[2:] {
		if cmd := commandTable(c).Named(string(name)); cmd != nil {
			write(cmd)
		}
	}
	c.W.FillMap(hole, n)
	return nil
}

// commandList replies the names of all commands and subcommands that pass the filter.
func commandList(c *commands.Ctx) error {
	accept := func(*commands.Command) bool { return true }
	if len(c.Args) > 2 {
		var err error
		if accept, err = commandFilter(c); err != nil {
			return err
		}
	}
	hole, n := c.W.ArrayHole(), 0
	write := func(cmd *commands.Command) {
		if accept(cmd) {
			c.W.BulkString(cmd.FullName)
			n++
		}
	}
	listed(commandTable(c), func(cmd *commands.Command) {
		write(cmd)
		for i := range cmd.Sub {
			write(&cmd.Sub[i])
		}
	})
	c.W.FillArray(hole, n)
	return nil
}

// commandFilter reads FILTERBY. No command belongs to a module, nor to a category that does not exist.
func commandFilter(c *commands.Ctx) (accept func(*commands.Command) bool, err error) {
	if len(c.Args) != 5 || !c.Is(2, "filterby") {
		return nil, commands.ErrSyntax
	}
	switch {
	case c.Is(3, "module"):
		return func(*commands.Command) bool { return false }, nil
	case c.Is(3, "aclcat"):
		var category commands.Categories
		for i, name := range commands.CategoryNames {
			if c.Is(4, name) {
				category = 1 << i
			}
		}
		return func(cmd *commands.Command) bool { return cmd.ACL&category != 0 }, nil
	case c.Is(3, "pattern"):
		pattern := glob.Compile(c.Args[4], true)
		return func(cmd *commands.Command) bool { return pattern.MatchString(cmd.FullName) }, nil
	}
	return nil, commands.ErrSyntax
}

func commandGetKeys(c *commands.Ctx) error {
	return getKeys(c, func(key []byte, _ commands.KeyFlags) { c.W.Bulk(key) })
}

func commandGetKeysAndFlags(c *commands.Ctx) error {
	return getKeys(c, func(key []byte, flags commands.KeyFlags) {
		c.W.Array(2)
		c.W.Bulk(key)
		statusSet(c.W, flags.Names())
	})
}

// getKeys replies an array with what write makes of each key of the call that is given as arguments.
func getKeys(c *commands.Ctx, write func(key []byte, flags commands.KeyFlags)) error {
	words := c.Args[2:]
	cmd, ok := commandTable(c).Lookup(words)
	switch {
	case !ok:
		return errGetKeysUnknown
	case !cmd.HasKeys():
		return errGetKeysNone
	case !cmd.ArityOK(len(words)):
		return errGetKeysArity
	}
	keys, err := cmd.NameKeys(words, nil)
	if (err != nil || len(keys) == 0) && cmd.Flags&commands.NoMandatoryKeys == 0 {
		return errGetKeysWords
	}
	if err != nil {
		keys = nil
	}
	c.W.Array(len(keys))
	for _, k := range keys {
		write(words[k.Index], k.Flags)
	}
	return nil
}
