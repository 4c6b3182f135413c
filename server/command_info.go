package server

import "synap/commands"

// The functions in this file write what COMMAND and COMMAND INFO tell of a command
// (https://redis.io/commands/command). Client libraries find keys by it, and redis-cli insists on the types: flags are
// sets of status replies, tips are strings.

// statusSet replies a set of status replies.
func statusSet(w *commands.Writer, names []string) {
	w.Set(len(names))
	for _, n := range names {
		w.Simple(n)
	}
}

// writeCommandInfo replies the ten elements of a command.
func writeCommandInfo(w *commands.Writer, cmd *commands.Command) {
	first, last, step := cmd.LegacyRange()
	w.Array(10)
	w.BulkString(cmd.FullName)
	w.Int(int64(cmd.Arity))
	statusSet(w, cmd.Flags.Names())
	w.Int(int64(first))
	w.Int(int64(last))
	w.Int(int64(step))
	statusSet(w, cmd.ACL.Names())
	w.Set(len(cmd.Tips))
	for _, tip := range cmd.Tips {
		w.BulkString(tip)
	}
	w.Set(len(cmd.Keys))
	for i := range cmd.Keys {
		writeKeySpec(w, &cmd.Keys[i])
	}
	if len(cmd.Sub) == 0 {
		w.Set(0)
		return
	}
	w.Array(len(cmd.Sub))
	for i := range cmd.Sub {
		writeCommandInfo(w, &cmd.Sub[i])
	}
}

// writeKeySpec replies one key specification (https://redis.io/docs/latest/develop/reference/key-specs/).
func writeKeySpec(w *commands.Writer, spec *commands.KeySpec) {
	if spec.Notes != "" {
		w.Map(4)
		w.BulkString("notes")
		w.BulkString(spec.Notes)
	} else {
		w.Map(3)
	}
	w.BulkString("flags")
	statusSet(w, spec.Flags.Names())
	w.BulkString("begin_search")
	if spec.Unknown {
		writeSearch(w, "unknown", 0)
		w.BulkString("find_keys")
		writeSearch(w, "unknown", 0)
		return
	}
	if spec.Keyword != "" {
		writeSearch(w, "keyword", 2)
		w.BulkString("keyword")
		w.BulkString(spec.Keyword)
		writeNumber(w, "startfrom", spec.From)
	} else {
		writeSearch(w, "index", 1)
		writeNumber(w, "index", spec.Index)
	}
	w.BulkString("find_keys")
	if spec.KeyNum {
		writeSearch(w, "keynum", 3)
		writeNumber(w, "keynumidx", spec.NumAt)
		writeNumber(w, "firstkey", spec.FirstAt)
		writeNumber(w, "keystep", spec.Step)
	} else {
		writeSearch(w, "range", 3)
		writeNumber(w, "lastkey", spec.Last)
		writeNumber(w, "keystep", spec.Step)
		writeNumber(w, "limit", spec.Limit)
	}
}

// writeSearch begins one half of a key specification: its kind, and a map of so many fields that follow.
func writeSearch(w *commands.Writer, kind string, fields int) {
	w.Map(2)
	w.BulkString("type")
	w.BulkString(kind)
	w.BulkString("spec")
	w.Map(fields)
}

func writeNumber(w *commands.Writer, name string, n int) {
	w.BulkString(name)
	w.Int(int64(n))
}
