package commands

import "strings"

// Help replies to the HELP subcommand of a container: a heading, the given lines (a syntax line is followed by
// indented text) and the entry of HELP itself.
func (c *Ctx) Help(lines ...string) {
	name := c.Cmd.Name
	if c.Cmd.Parent != nil {
		name = c.Cmd.Parent.Name
	}
	c.W.Array(len(lines) + 3)
	c.W.Simple(strings.ToUpper(name) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
	for _, line := range lines {
		c.W.Simple(line)
	}
	c.W.Simple("HELP")
	c.W.Simple("    Print this text.")
}
