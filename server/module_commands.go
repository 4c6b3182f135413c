package server

import "synap/commands"

// moduleCommands answer what client libraries ask about modules and users.
var moduleCommands = []commands.Command{
	{
		Name: "module", Group: commands.GroupServer, Since: "4.0.0", Arity: -2,
		Summary:    "Groups the commands that deal with loadable modules.",
		Complexity: "Depends on the subcommand",
		Sub: []commands.Command{
			{
				Name: "list", Group: commands.GroupServer, Since: "4.0.0", Arity: 2,
				Flags:      commands.Admin | commands.NoScript,
				Summary:    "Lists the loaded modules.",
				Complexity: "O(N) for N modules",
				Tips:       []string{"nondeterministic_output_order"},
				Run:        moduleList,
			},
			{
				Name: "help", Group: commands.GroupServer, Since: "5.0.0", Arity: 2,
				Flags:      commands.Loading | commands.Stale,
				Summary:    "Lists the MODULE subcommands.",
				Complexity: "O(1)",
				Run:        commands.Help,
			},
		},
	},
	{
		Name: "acl", Group: commands.GroupServer, Since: "6.0.0", Arity: -2,
		Summary:    "Groups the commands that deal with users and their rights.",
		Complexity: "Depends on the subcommand",
		Sub: []commands.Command{
			{
				Name: "whoami", Group: commands.GroupServer, Since: "6.0.0", Arity: 2,
				Flags:      commands.NoScript | commands.Loading | commands.Stale,
				Summary:    "Tells which user this connection is logged in as.",
				Complexity: "O(1)",
				Run:        aclWhoAmI,
			},
			{
				Name: "help", Group: commands.GroupServer, Since: "6.0.0", Arity: 2,
				Flags:      commands.Loading | commands.Stale,
				Summary:    "Lists the ACL subcommands.",
				Complexity: "O(1)",
				Run:        commands.Help,
			},
		},
	},
}

// moduleList replies that there are no modules.
func moduleList(c *commands.Ctx) error {
	c.W.Array(0)
	return nil
}

func aclWhoAmI(c *commands.Ctx) error {
	c.W.BulkString(defaultUser)
	return nil
}
