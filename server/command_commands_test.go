package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"synap/commands"
	"synap/server/resp"
)

func TestCommandReplies(t *testing.T) {
	newFixture(t).connect().expect([]exchange{
		{"COMMAND INFO nosuch", "[nil]"},
		{"COMMAND INFO get", "[[\"get\", :2, [+readonly, +fast], :1, :1, :1, [+@read, +@string, +@fast], [], " +
			"[[\"flags\", [+RO, +access], \"begin_search\", [\"type\", \"index\", \"spec\", [\"index\", :1]], \"find_keys\", " +
			"[\"type\", \"range\", \"spec\", [\"lastkey\", :0, \"keystep\", :1, \"limit\", :0]]]], []]]"},
		{"COMMAND INFO CLIENT|KILL", "[[\"client|kill\", :-3, [+admin, +noscript, +loading, +stale], :0, :0, :0, " +
			"[+@admin, +@slow, +@dangerous, +@connection], [], [], []]]"},
		{"COMMAND INFO client|nosuch get|x", "[nil, nil]"},
		{"COMMAND DOCS nosuch", "[]"},
		{"COMMAND DOCS debug", "[\"debug\", [\"summary\", *"},
		{"COMMAND GETKEYS GET k", `["k"]`},
		{"COMMAND GETKEYS MSET a 1 b 2", `["a", "b"]`},
		{"COMMAND GETKEYS SET k v EX 10", `["k"]`},
		{"COMMAND GETKEYS OBJECT ENCODING k", `["k"]`},
		{"COMMAND GETKEYS PING x", "-ERR The command has no key arguments"},
		{"COMMAND GETKEYS SPUBLISH c x", "-ERR The command has no key arguments"},
		{"COMMAND GETKEYS SSUBSCRIBE c", "-ERR The command has no key arguments"},
		{"COMMAND GETKEYS nosuch x", "-ERR Invalid command specified"},
		{"COMMAND GETKEYS client nosuch", "-ERR Invalid command specified"},
		{"COMMAND GETKEYS GET k x", "-ERR Invalid number of arguments specified for command"},
		{"COMMAND GETKEYS GET", "-ERR Invalid number of arguments specified for command"},
		{"COMMAND GETKEYS", "-ERR wrong number of arguments for 'command|getkeys' command"},
		{"COMMAND GETKEYSANDFLAGS SET k v", `[["k", [+OW, +update]]]`},
		{"COMMAND GETKEYSANDFLAGS SET k v GET", `[["k", [+RW, +access, +update]]]`},
		{"COMMAND LIST FILTERBY MODULE any", "[]"},
		{"COMMAND LIST FILTERBY ACLCAT nosuch", "[]"},
		{"COMMAND LIST FILTERBY PATTERN ECH*", `["echo"]`},
		{"COMMAND LIST FILTERBY PATTERN config|re*", `["config|resetstat", "config|rewrite"]`},
		{"COMMAND LIST FILTERBY", "-ERR syntax error"},
		{"COMMAND LIST FILTERBY PATTERN", "-ERR syntax error"},
		{"COMMAND LIST FILTERBY FOO x", "-ERR syntax error"},
		{"COMMAND LIST PATTERN x y", "-ERR syntax error"},
	})
}

// redis-cli and client libraries check the types of RESP3.
func TestCommandTypesInRESP3(t *testing.T) {
	c := newFixture(t).connect()
	c.do("HELLO 3")
	c.expect([]exchange{
		{"COMMAND INFO nosuch", "[_]"},
		{"COMMAND INFO get", "[[\"get\", :2, ~[+readonly, +fast], :1, :1, :1, ~[+@read, +@string, +@fast], ~[], " +
			"~[%{\"flags\": ~[+RO, +access], \"begin_search\": %{\"type\": \"index\", \"spec\": %{\"index\": :1}}, \"find_keys\": " +
			"%{\"type\": \"range\", \"spec\": %{\"lastkey\": :0, \"keystep\": :1, \"limit\": :0}}}], ~[]]]"},
		{"COMMAND GETKEYSANDFLAGS SET k v", `[["k", ~[+OW, +update]]]`},
		{"COMMAND DOCS nosuch", "%{}"},
		{"MODULE LIST", "[]"},
	})
	r := c.tree("COMMAND DOCS client|kill quit debug")
	for _, tc := range []struct{ path, want string }{
		{"client|kill summary", `"Closes the connections that fit an address or a set of filters."`},
		{"client|kill since", `"2.4.0"`},
		{"client|kill group", `"connection"`},
		{"client|kill complexity", `"O(N) for N connections"`},
		{"client|kill history 0", `["2.8.12", "Takes filters in place of an address."]`},
		{"client|kill arguments 0 name", `"filter"`},
		{"client|kill arguments 0 type", `"oneof"`},
		{"client|kill arguments 0 display_text", "none"},
		{"client|kill arguments 0 arguments 0 display_text", `"ip:port"`},
		{"client|kill arguments 0 arguments 0 deprecated_since", `"2.8.12"`},
		{"client|kill arguments 0 arguments 1 flags", "~[+multiple]"},
		{"client|kill arguments 0 arguments 1 arguments 0 token", `"ID"`},
		{"client|kill arguments 0 arguments 1 arguments 0 since", `"2.8.12"`},
		{"client|kill arguments 0 arguments 1 arguments 0 flags", "~[+optional]"},
		{"client|kill doc_flags", "none"},
		{"quit doc_flags", "~[+deprecated]"},
		{"quit deprecated_since", `"7.2.0"`},
		{"quit replaced_by", `"closing the connection"`},
		{"debug doc_flags", "~[+syscmd]"},
		{"debug arguments", "none"},
	} {
		if got := follow(r, tc.path); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.path, got, tc.want)
		}
	}
}

// follow walks a reply down along map keys and array indexes and returns what it finds in canonical form, or "none".
func follow(r resp.Reply, path string) string {
	for _, step := range strings.Fields(path) {
		at := -1
		if r.Kind == resp.KindMap {
			for i := 0; i < len(r.Elems); i += 2 {
				if string(r.Elems[i].Text) == step {
					at = i + 1
				}
			}
		} else if _, err := fmt.Sscan(step, &at); err != nil || at >= len(r.Elems) {
			at = -1
		}
		if at < 0 {
			return "none"
		}
		r = r.Elems[at]
	}
	return r.String()
}

// Every command must be shown in each of the ways, under the same name.
func TestCommandShowsWholeTable(t *testing.T) {
	for _, hello := range []string{"HELLO 2", "HELLO 3"} {
		t.Run(hello, func(t *testing.T) {
			f := newFixture(t)
			c := f.connect()
			c.do(hello)
			var top, all []string
			for cmd := range f.srv.table.All() {
				all = append(all, cmd.FullName)
				if cmd.Parent == nil {
					top = append(top, cmd.FullName)
				}
			}
			if got := c.do("COMMAND COUNT"); got != fmt.Sprintf(":%d", len(top)) {
				t.Errorf("COMMAND COUNT: %s, want %d", got, len(top))
			}
			if got := texts(c.tree("COMMAND LIST").Elems, 1); !slices.Equal(got, all) {
				t.Errorf("COMMAND LIST: %q\nwant %q", got, all)
			}
			for _, line := range []string{"COMMAND", "COMMAND INFO"} {
				elems := c.tree(line).Elems
				var got []string
				for _, e := range elems {
					if len(e.Elems) != 10 {
						t.Fatalf("%s: %d elements for %s", line, len(e.Elems), e.Elems[0].Text)
					}
					got = append(got, string(e.Elems[0].Text))
				}
				if !slices.Equal(got, top) {
					t.Errorf("%s: %q\nwant %q", line, got, top)
				}
			}
			if got := texts(c.tree("COMMAND DOCS").Elems, 2); !slices.Equal(got, top) {
				t.Errorf("COMMAND DOCS: %q\nwant %q", got, top)
			}
		})
	}
}

// texts returns every step-th text.
func texts(elems []resp.Reply, step int) (out []string) {
	for i := 0; i < len(elems); i += step {
		out = append(out, string(elems[i].Text))
	}
	return out
}

func TestCommandSubcommands(t *testing.T) {
	c := newFixture(t).connect()
	c.do("HELLO 3")
	info := c.tree("COMMAND INFO config").Elems[0]
	var names []string
	for _, sub := range info.Elems[9].Elems {
		names = append(names, string(sub.Elems[0].Text))
	}
	if want := []string{"config|get", "config|set", "config|resetstat", "config|rewrite", "config|help"}; !slices.Equal(names, want) {
		t.Errorf("subcommands %q, want %q", names, want)
	}
	docs := c.tree("COMMAND DOCS config")
	if got := follow(docs, "config subcommands config|get arguments 0 flags"); got != "~[+multiple]" {
		t.Errorf("documentation of config|get: %s", got)
	}
}

func TestRenamedCommands(t *testing.T) {
	f := newFixture(t, "rename-command CONFIG hidden", "rename-command FLUSHALL \"\"")
	c := f.connect()
	c.expect([]exchange{
		{"COMMAND INFO config flushall", "[nil, nil]"},
		{"COMMAND DOCS config flushall", "[]"},
		{"COMMAND LIST FILTERBY PATTERN flushall*", "[]"},
		{"COMMAND LIST FILTERBY PATTERN config*", "[]"},
		{"COMMAND LIST FILTERBY PATTERN hidden|g*", `["hidden|get"]`},
		{"COMMAND GETKEYS flushall x", "-ERR Invalid command specified"},
	})
	if got := c.do("HIDDEN HELP"); !strings.HasPrefix(got, "[+HIDDEN <subcommand> ") {
		t.Error(got)
	}
	if n := len(c.tree("COMMAND").Elems); n != f.srv.table.TopLen() {
		t.Errorf("COMMAND shows %d commands, COUNT says %d", n, f.srv.table.TopLen())
	}
}

func TestCommandListByCategory(t *testing.T) {
	f := newFixture(t)
	got := texts(f.connect().tree("COMMAND LIST FILTERBY ACLCAT Transaction").Elems, 1)
	want := []string{"multi", "exec", "discard", "watch", "unwatch"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Every container explains itself: a heading, a pair of lines for each subcommand, and HELP.
func TestHelp(t *testing.T) {
	f := newFixture(t)
	c := f.connect()
	containers := 0
	for cmd := range f.srv.table.Top() {
		if len(cmd.Sub) == 0 {
			continue
		}
		containers++
		r := c.tree(cmd.Name + " help")
		if r.Kind != resp.KindArray || len(r.Elems) < 5 {
			t.Errorf("%s: %s", cmd.Name, r)
			continue
		}
		for _, e := range r.Elems {
			if e.Kind != resp.KindSimple {
				t.Errorf("%s: a line is %s", cmd.Name, e)
			}
		}
		lines := texts(r.Elems, 1)
		if want := strings.ToUpper(cmd.Name) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"; lines[0] != want {
			t.Errorf("%s: heading %q", cmd.Name, lines[0])
		}
		if last := lines[len(lines)-2:]; last[0] != "HELP" || !strings.HasPrefix(last[1], "    ") {
			t.Errorf("%s: ends with %q", cmd.Name, last)
		}
	}
	if containers < 8 {
		t.Errorf("only %d containers", containers)
	}
	if got := c.do("DEBUG HELP"); !strings.HasPrefix(got, "[+DEBUG <subcommand> ") || !strings.Contains(got, "+SLEEP <seconds>") {
		t.Error(got)
	}
}

func TestUsage(t *testing.T) {
	table := newFixture(t).srv.table
	for name, want := range map[string]string{
		"client|id":    "ID",
		"client|pause": "PAUSE <timeout> [(WRITE|ALL)]",
		"client|list":  "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <client-id> [<client-id> ...]]",
		"client|kill": "KILL (<ip:port>|(ID <client-id>|TYPE (NORMAL|MASTER|SLAVE|REPLICA|PUBSUB)|USER <username>|" +
			"ADDR <ip:port>|LADDR <ip:port>|SKIPME (YES|NO)) [...])",
		"client|setinfo":  "SETINFO (LIB-NAME <libname>|LIB-VER <libver>)",
		"config|set":      "SET <parameter> <value> [<parameter> <value> ...]",
		"command|list":    "LIST [FILTERBY (MODULE <module-name>|ACLCAT <category>|PATTERN <pattern>)]",
		"command|getkeys": "GETKEYS <command> [<arg> [<arg> ...]]",
	} {
		if got := table.Named(name).Usage(); got != want {
			t.Errorf("%s\n got %s\nwant %s", name, got, want)
		}
	}
}

// What a search by keyword, a count and notes look like.
func TestKeySpecForms(t *testing.T) {
	for _, tc := range []struct {
		name string
		spec commands.KeySpec
		want string
	}{
		{"keyword", commands.KeySpec{Flags: commands.KeyRO, Keyword: "STREAMS", From: 1, Last: -1, Step: 1, Limit: 2},
			`%{"flags": ~[+RO], "begin_search": %{"type": "keyword", "spec": %{"keyword": "STREAMS", "startfrom": :1}}, ` +
				`"find_keys": %{"type": "range", "spec": %{"lastkey": :-1, "keystep": :1, "limit": :2}}}`},
		{"count", commands.KeyCount(2, commands.KeyRW),
			`%{"flags": ~[+RW], "begin_search": %{"type": "index", "spec": %{"index": :2}}, ` +
				`"find_keys": %{"type": "keynum", "spec": %{"keynumidx": :0, "firstkey": :1, "keystep": :1}}}`},
		{"notes", commands.KeySpec{Notes: "a note", Flags: commands.KeyOW, Index: 1, Step: 1},
			`%{"notes": "a note", "flags": ~[+OW], "begin_search": %{"type": "index", "spec": %{"index": :1}}, ` +
				`"find_keys": %{"type": "range", "spec": %{"lastkey": :0, "keystep": :1, "limit": :0}}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := resp.Writer{Proto: 3}
			writeKeySpec(&w, &tc.spec)
			if got := parse(t, w.Buf).String(); got != tc.want {
				t.Errorf("got %s\nwant %s", got, tc.want)
			}
		})
	}
}
