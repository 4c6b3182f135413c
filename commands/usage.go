package commands

import "strings"

// Help is the handler of the HELP subcommand of every container in the table: it shows the syntax and the summary of
// each of the container's subcommands.
func Help(c *Ctx) error {
	container := c.Cmd.Parent
	var lines []string
	if container.Run != nil {
		lines = append(lines, "(no subcommand)", "    "+container.Summary)
	}
	for i := range container.Sub {
		if sub := &container.Sub[i]; sub.Name != c.Cmd.Name {
			lines = append(lines, sub.Usage(), "    "+sub.Summary)
		}
	}
	c.Help(lines...)
	return nil
}

// Usage is the command's syntax on one line, its own word first: words in capitals stand for themselves, <a> for a
// value, [a] for what may be left out, (a|b) for a choice.
func (c *Command) Usage() string {
	parts := []string{strings.ToUpper(c.Name)}
	for i := range c.Args {
		parts = append(parts, c.Args[i].usage())
	}
	return strings.Join(parts, " ")
}

func (a *Arg) usage() string {
	value := a.valueUsage()
	once := strings.TrimSpace(strings.ToUpper(a.Token) + " " + value)
	text := once
	if a.Multiple {
		again := once
		switch {
		case a.Type == ArgOneOf:
			again = "" // a choice is too long to be said twice
		case !a.MultipleToken && value != "":
			again = value
		}
		text += " [" + strings.TrimSpace(again+" ...") + "]"
	}
	if a.Optional {
		return "[" + text + "]"
	}
	return text
}

// valueUsage is the element without its literal word.
func (a *Arg) valueUsage() string {
	switch a.Type {
	case ArgToken:
		return ""
	case ArgOneOf, ArgBlock:
		parts := make([]string, len(a.Sub))
		for i, sub := range a.Sub {
			if a.Type == ArgOneOf {
				sub.Optional = false // to choose is to choose something
			}
			parts[i] = sub.usage()
		}
		if a.Type == ArgOneOf {
			return "(" + strings.Join(parts, "|") + ")"
		}
		return strings.Join(parts, " ")
	}
	return "<" + a.DisplayText() + ">"
}

// DisplayText is the text that stands for the element's value.
func (a *Arg) DisplayText() string {
	if a.Display != "" {
		return a.Display
	}
	return a.Name
}
