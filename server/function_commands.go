package server

import "synap/commands"

// functionCommands deal with libraries of functions. There is no engine to load one into, so there are none to list and
// nothing to flush; tools that clean a server up call these and may.
var functionCommands = []commands.Command{
	{
		Name: "function", Group: commands.GroupScripting, Since: "7.0.0", Arity: -2,
		Summary:    "Groups the commands about libraries of functions.",
		Complexity: "Depends on the subcommand",
		Sub: []commands.Command{
			{
				Name: "flush", Group: commands.GroupScripting, Since: "7.0.0", Arity: -2,
				Flags: commands.NoScript | commands.Write, ACL: commands.CatScripting,
				Summary:    "Deletes all libraries.",
				Complexity: "O(N) for N libraries",
				Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
				Args:       []commands.Arg{commands.OneOf("flush-type", commands.Tok("async", "ASYNC"), commands.Tok("sync", "SYNC")).Opt()},
				Run:        functionFlush,
			},
			{
				Name: "list", Group: commands.GroupScripting, Since: "7.0.0", Arity: -2,
				Flags: commands.NoScript, ACL: commands.CatScripting,
				Summary:    "Describes the libraries.",
				Complexity: "O(N) for N libraries",
				Tips:       []string{"nondeterministic_output_order"},
				Args: []commands.Arg{commands.Str("library-name-pattern").With("LIBRARYNAME").Opt(),
					commands.Tok("withcode", "WITHCODE").Opt()},
				Run: functionList,
			},
			{
				Name: "help", Group: commands.GroupScripting, Since: "7.0.0", Arity: 2,
				Flags: commands.Loading | commands.Stale, ACL: commands.CatScripting,
				Summary:    "Prints the subcommands.",
				Complexity: "O(1)",
				Run:        commands.Help,
			},
		},
	},
}

func functionFlush(c *commands.Ctx) error {
	if len(c.Args) > 3 {
		return errWrongUse(c)
	}
	if len(c.Args) == 3 && !c.Is(2, "async") && !c.Is(2, "sync") {
		return commands.Error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
	}
	c.W.OK()
	return nil
}

// functionList takes each of its options once.
func functionList(c *commands.Ctx) error {
	var pattern, code bool
	for i := 2; i < len(c.Args); i++ {
		switch {
		case !code && c.Is(i, "withcode"):
			code = true
		case !pattern && c.Is(i, "libraryname"):
			if i++; i == len(c.Args) {
				return commands.Error("ERR library name argument was not given")
			}
			pattern = true
		default:
			return commands.Error("ERR Unknown argument " + string(c.Args[i]))
		}
	}
	c.W.Array(0)
	return nil
}
