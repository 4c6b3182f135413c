package server

import "synap/commands"

// docFlags are the flags of the documentation.
func docFlags(cmd *commands.Command) (flags []string) {
	if cmd.Deprecated != "" {
		flags = append(flags, "deprecated")
	}
	if cmd.Flags.Has(commands.SysCmd) {
		flags = append(flags, "syscmd")
	}
	return flags
}

// writeCommandDocs replies a command's documentation (https://redis.io/commands/command-docs). redis-cli builds its
// hints from it and gives up on types other than these.
func writeCommandDocs(w *commands.Writer, cmd *commands.Command) {
	hole, fields := w.MapHole(), 0
	field := func(name string) {
		w.BulkString(name)
		fields++
	}
	text := func(name, value string) {
		if value != "" {
			field(name)
			w.BulkString(value)
		}
	}
	text("summary", cmd.Summary)
	text("since", cmd.Since)
	text("group", string(cmd.Group))
	text("complexity", cmd.Complexity)
	if flags := docFlags(cmd); len(flags) > 0 {
		field("doc_flags")
		statusSet(w, flags)
	}
	text("deprecated_since", cmd.Deprecated)
	text("replaced_by", cmd.ReplacedBy)
	if len(cmd.History) > 0 {
		field("history")
		w.Set(len(cmd.History))
		for _, change := range cmd.History {
			w.Array(2)
			w.BulkString(change.Version)
			w.BulkString(change.What)
		}
	}
	if len(cmd.Args) > 0 {
		field("arguments")
		writeArguments(w, cmd.Args)
	}
	if len(cmd.Sub) > 0 {
		field("subcommands")
		w.Map(len(cmd.Sub))
		for i := range cmd.Sub {
			w.BulkString(cmd.Sub[i].FullName)
			writeCommandDocs(w, &cmd.Sub[i])
		}
	}
	w.FillMap(hole, fields)
}

func writeArguments(w *commands.Writer, args []commands.Arg) {
	w.Array(len(args))
	for i := range args {
		writeArgument(w, &args[i])
	}
}

// writeArgument replies one element of the syntax. Choices and blocks show their parts in place of a text.
func writeArgument(w *commands.Writer, a *commands.Arg) {
	hole, fields := w.MapHole(), 0
	text := func(name, value string) {
		w.BulkString(name)
		w.BulkString(value)
		fields++
	}
	compound := a.Type == commands.ArgOneOf || a.Type == commands.ArgBlock
	text("name", a.Name)
	text("type", string(a.Type))
	if !compound {
		text("display_text", a.DisplayText())
	}
	if a.KeySpec >= 0 {
		writeNumber(w, "key_spec_index", a.KeySpec)
		fields++
	}
	if a.Token != "" {
		text("token", a.Token)
	}
	if a.Since != "" {
		text("since", a.Since)
	}
	if a.Deprecated != "" {
		text("deprecated_since", a.Deprecated)
	}
	if flags := argumentFlags(a); len(flags) > 0 {
		w.BulkString("flags")
		statusSet(w, flags)
		fields++
	}
	if compound {
		w.BulkString("arguments")
		writeArguments(w, a.Sub)
		fields++
	}
	w.FillMap(hole, fields)
}

func argumentFlags(a *commands.Arg) (flags []string) {
	if a.Optional {
		flags = append(flags, "optional")
	}
	if a.Multiple {
		flags = append(flags, "multiple")
	}
	if a.MultipleToken {
		flags = append(flags, "multiple_token")
	}
	return flags
}
