package compat

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Positions in an entry of COMMAND's reply.
const (
	entryArity       = 1
	entryFlags       = 2
	entryTips        = 7
	entryKeySpecs    = 8
	entrySubcommands = 9
)

// newerEntries are the elements of COMMAND's entries that Redis 7.2 changed,
// with their canonical text there.
var newerEntries = map[string]map[int]string{
	"command|getkeys":         {entryArity: ":-3"},
	"command|getkeysandflags": {entryArity: ":-3"},
	"wait":                    {entryFlags: "[]"},
	"msetnx":                  {entryTips: "[]"},
	"randomkey":               {entryTips: `["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]`},
	"scan":                    {entryTips: `["nondeterministic_output", "request_policy:special", "response_policy:special"]`},
	"client|setname":          {entryTips: `["request_policy:all_nodes", "response_policy:all_succeeded"]`},
	"config|resetstat":        {entryTips: `["request_policy:all_nodes", "response_policy:all_succeeded"]`},
	"config|rewrite":          {entryTips: `["request_policy:all_nodes", "response_policy:all_succeeded"]`},
	"latency|reset":           {entryTips: `["request_policy:all_nodes", "response_policy:agg_sum"]`},
	"acl|deluser":             {entryTips: `["request_policy:all_nodes", "response_policy:all_succeeded"]`},
	"acl|save":                {entryTips: `["request_policy:all_nodes", "response_policy:all_succeeded"]`},
	"zrank":                   {entryArity: ":-3"},
	"zrevrank":                {entryArity: ":-3"},
	"bzpopmin":                {entryFlags: "[+blocking, +fast, +write]"},
	"bzpopmax":                {entryFlags: "[+blocking, +fast, +write]"},
	"blpop":                   {entryFlags: "[+blocking, +write]"},
	"brpop":                   {entryFlags: "[+blocking, +write]"},
	"blmove":                  {entryFlags: "[+blocking, +denyoom, +write]"},
	"brpoplpush":              {entryFlags: "[+blocking, +denyoom, +write]"},
	"acl|setuser":             {entryTips: `["request_policy:all_nodes", "response_policy:all_succeeded"]`},
}

// TestCommandTable compares what COMMAND says of each command both servers have:
// arity, flags, key positions, ACL categories, tips and key specifications.
// Cluster clients find keys by it and go-redis routes by the tips.
func TestCommandTable(t *testing.T) {
	p := startPair(t)
	for _, proto := range []string{"2", "3"} {
		t.Run("resp"+proto, func(t *testing.T) {
			oracle, subject := commandEntries(t, p.oracle, proto), commandEntries(t, p.subject, proto)
			for name, entry := range subject {
				if known, ok := oracle[name]; ok {
					compareEntries(t, name, known, entry)
				}
			}
		})
	}
}

func commandEntries(t *testing.T, s *server, proto string) map[string]reply {
	t.Helper()
	c := dial(t, s)
	defer c.close()
	c.do(t, "HELLO", proto)
	entries := make(map[string]reply)
	for _, e := range c.do(t, "COMMAND").elems {
		if len(e.elems) <= entrySubcommands {
			t.Fatalf("%s: COMMAND has a short entry: %s", s.name, e)
		}
		entries[e.elems[0].text] = e
		for _, sub := range e.elems[entrySubcommands].elems {
			entries[sub.elems[0].text] = sub
		}
	}
	return entries
}

// ownNotes matches the remarks in key specifications: each project words its own.
var ownNotes = regexp.MustCompile(`"notes"[:,] "[^"]*"`)

func compareEntries(t *testing.T, name string, oracle, subject reply) {
	t.Helper()
	for i := range entrySubcommands {
		check := rule{weakness: sorted}
		if i == entryKeySpecs {
			check = rule{weakness: masked, mask: ownNotes}
		}
		if want, changed := newerEntries[name][i]; changed && !selfMode {
			got := slices.Clone(subject.elems[i].elems)
			slices.SortFunc(got, func(a, b reply) int { return strings.Compare(a.text, b.text) })
			inOrder := subject.elems[i]
			inOrder.elems = got
			// RESP3 has sets here.
			if strings.TrimPrefix(inOrder.String(), "~") != want {
				t.Errorf("%s: element %d\nwant    %s\nsubject %s", name, i, want, inOrder)
			}
		} else if !changed {
			if d := check.check(oracle.elems[i], subject.elems[i]); d != "" {
				t.Errorf("%s: element %d\n%s", name, i, d)
			}
		}
	}
}

// lengthUnits are the units of GEO commands.
const lengthUnits = "(pure-token m)(pure-token km)(pure-token ft)(pure-token mi)"

// newerArguments are the argument shapes of COMMAND DOCS that 7.2 changed, as
// argumentShape renders them.
var newerArguments = map[string]string{
	"bitop":       "(oneof(pure-token AND)(pure-token OR)(pure-token XOR)(pure-token NOT))(key 0)(key 1 +multiple)",
	"client|list": "(oneof TYPE +optional(pure-token normal)(pure-token master)(pure-token replica)(pure-token pubsub))(integer ID +optional +multiple)",
	"client|kill": "(oneof(string)(oneof +multiple(integer ID +optional)(oneof TYPE +optional(pure-token normal)(pure-token master)" +
		"(pure-token slave)(pure-token replica)(pure-token pubsub))(string USER +optional)(string ADDR +optional)" +
		"(string LADDR +optional)(oneof SKIPME +optional(pure-token YES)(pure-token NO))))",
	"command|getkeys":         "(string)(string +optional +multiple)",
	"command|getkeysandflags": "(string)(string +optional +multiple)",
	"config|get":              "(string +multiple)",
	"zrank":                   "(key 0)(string)(pure-token WITHSCORE +optional)",
	"zrevrank":                "(key 0)(string)(pure-token WITHSCORE +optional)",
	// since 7.4
	"hscan":        "(key 0)(integer)(pattern MATCH +optional)(integer COUNT +optional)(pure-token NOVALUES +optional)",
	"xinfo|stream": "(key 0)(block +optional(pure-token FULL)(integer COUNT +optional))",
	"psubscribe":   "(pattern +multiple)",
	// 7.2 writes the units in lower case, and lets GEOHASH and GEOPOS go without members.
	"pfmerge":              "(key 0)(key 1 +optional +multiple)",
	"geodist":              "(key 0)(string)(string)(oneof +optional" + lengthUnits + ")",
	"geohash":              "(key 0)(string +optional +multiple)",
	"geopos":               "(key 0)(string +optional +multiple)",
	"georadius":            "(key 0)(double)(double)(double)(oneof" + lengthUnits + ")(pure-token WITHCOORD +optional)(pure-token WITHDIST +optional)(pure-token WITHHASH +optional)(block +optional(integer COUNT)(pure-token ANY +optional))(oneof +optional(pure-token ASC)(pure-token DESC))(oneof +optional(key STORE 1)(key STOREDIST 2))",
	"georadiusbymember":    "(key 0)(string)(double)(oneof" + lengthUnits + ")(pure-token WITHCOORD +optional)(pure-token WITHDIST +optional)(pure-token WITHHASH +optional)(block +optional(integer COUNT)(pure-token ANY +optional))(oneof +optional(pure-token ASC)(pure-token DESC))(oneof +optional(key STORE 1)(key STOREDIST 2))",
	"georadius_ro":         "(key 0)(double)(double)(double)(oneof" + lengthUnits + ")(pure-token WITHCOORD +optional)(pure-token WITHDIST +optional)(pure-token WITHHASH +optional)(block +optional(integer COUNT)(pure-token ANY +optional))(oneof +optional(pure-token ASC)(pure-token DESC))",
	"georadiusbymember_ro": "(key 0)(string)(double)(oneof" + lengthUnits + ")(pure-token WITHCOORD +optional)(pure-token WITHDIST +optional)(pure-token WITHHASH +optional)(block +optional(integer COUNT)(pure-token ANY +optional))(oneof +optional(pure-token ASC)(pure-token DESC))",
	"geosearch":            "(key 0)(oneof(string FROMMEMBER)(block FROMLONLAT(double)(double)))(oneof(block(double BYRADIUS)(oneof" + lengthUnits + "))(block(double BYBOX)(double)(oneof" + lengthUnits + ")))(oneof +optional(pure-token ASC)(pure-token DESC))(block +optional(integer COUNT)(pure-token ANY +optional))(pure-token WITHCOORD +optional)(pure-token WITHDIST +optional)(pure-token WITHHASH +optional)",
	"geosearchstore":       "(key 0)(key 1)(oneof(string FROMMEMBER)(block FROMLONLAT(double)(double)))(oneof(block(double BYRADIUS)(oneof" + lengthUnits + "))(block(double BYBOX)(double)(oneof" + lengthUnits + ")))(oneof +optional(pure-token ASC)(pure-token DESC))(block +optional(integer COUNT)(pure-token ANY +optional))(pure-token STOREDIST +optional)",
}

// newerSince are the versions COMMAND DOCS of 7.2 corrected.
var newerSince = map[string]string{"client|pause": "3.0.0"}

// TestCommandDocs compares the parts of COMMAND DOCS programs read: group, since
// and the shape of the arguments. Summaries are each project's own.
func TestCommandDocs(t *testing.T) {
	p := startPair(t)
	docs := func(s *server) reply {
		c := dial(t, s)
		defer c.close()
		c.do(t, "HELLO", "3")
		return c.do(t, "COMMAND", "DOCS")
	}
	oracle, subject := docs(p.oracle), docs(p.subject)
	if len(subject.elems) == 0 {
		t.Fatal("COMMAND DOCS is empty")
	}
	for i := 0; i+1 < len(subject.elems); i += 2 {
		name := subject.elems[i].text
		known, ok := oracle.field(name)
		if !ok {
			continue
		}
		compareDocs(t, name, known, subject.elems[i+1])
	}
}

func compareDocs(t *testing.T, name string, oracle, subject reply) {
	t.Helper()
	for _, key := range []string{"group", "since", "complexity"} {
		o, _ := oracle.field(key)
		s, ok := subject.field(key)
		if v := newerSince[name]; v != "" && key == "since" && !selfMode {
			o.text = v
		}
		switch {
		case !ok && o.text != "":
			t.Errorf("%s: no %s", name, key)
		case key != "complexity" && o.text != s.text:
			t.Errorf("%s: %s is %q, redis has %q", name, key, s.text, o.text)
		}
	}
	if s, _ := subject.field("summary"); s.kind != '$' || s.text == "" {
		t.Errorf("%s: the summary is %s", name, s)
	}
	oArgs, _ := oracle.field("arguments")
	sArgs, _ := subject.field("arguments")
	wanted, got := argumentShape(oArgs), argumentShape(sArgs)
	if newer, changed := newerArguments[name]; changed && !selfMode {
		wanted = newer
	}
	if got != wanted {
		t.Errorf("%s: arguments\nredis   %s\nsubject %s", name, wanted, got)
	}
	oSubs, _ := oracle.field("subcommands")
	sSubs, _ := subject.field("subcommands")
	for i := 0; i+1 < len(sSubs.elems); i += 2 {
		if o, ok := oSubs.field(sSubs.elems[i].text); ok {
			compareDocs(t, sSubs.elems[i].text, o, sSubs.elems[i+1])
		}
	}
}

// argumentShape renders arguments without their names, which 7.2 changed.
// redis-cli dies of flags that are not simple strings, so their kind shows.
func argumentShape(args reply) string {
	var b strings.Builder
	for _, a := range args.elems {
		kind, _ := a.field("type")
		token, _ := a.field("token")
		index, _ := a.field("key_spec_index")
		flags, _ := a.field("flags")
		inner, _ := a.field("arguments")
		fmt.Fprintf(&b, "(%s", kind.text)
		for _, x := range []string{token.text, index.text} {
			if x != "" {
				b.WriteString(" " + x)
			}
		}
		for _, f := range flags.elems {
			fmt.Fprintf(&b, " %c%s", f.kind, f.text)
		}
		b.WriteString(argumentShape(inner) + ")")
	}
	return b.String()
}

// ownParameters are the configuration parameters whose values belong to the
// instance or the platform, not to the protocol.
var ownParameters = strings.Fields("port dir logfile pidfile bind bind-source-addr oom-score-adj-values " +
	"disable-thp proc-title-template syslog-ident always-show-logo")

// ownDefaults are the parameters whose default differs by decision, with the default here. io-threads: Redis starts one
// thread, Synap as many loops as there are cores.
var ownDefaults = map[string]string{"io-threads": "0"}

// hiddenParameters are listed by the oracle and hidden by 7.2.
var hiddenParameters = []string{"aof-disable-auto-gc"}

// TestConfigParameters demands that every parameter of Redis exists, with the
// same value on a server started with the same flags.
func TestConfigParameters(t *testing.T) {
	p := startPair(t)
	params := func(s *server) map[string]string {
		c := dial(t, s)
		defer c.close()
		all := make(map[string]string)
		r := c.do(t, "CONFIG", "GET", "*")
		for i := 0; i+1 < len(r.elems); i += 2 {
			all[r.elems[i].text] = r.elems[i+1].text
		}
		return all
	}
	oracle, subject := params(p.oracle), params(p.subject)
	if len(oracle) < 150 {
		t.Fatalf("redis lists only %d parameters", len(oracle))
	}
	for name, want := range oracle {
		if own, differs := ownDefaults[name]; differs && !selfMode {
			want = own
		}
		got, ok := subject[name]
		switch {
		case slices.Contains(hiddenParameters, name):
		case !ok:
			t.Errorf("no parameter %s (redis has %q)", name, want)
		case got != want && !slices.Contains(ownParameters, name):
			t.Errorf("%s is %q, redis has %q", name, got, want)
		}
	}
}

// TestCounters runs the same commands on both servers and compares the counters
// INFO then shows.
func TestCounters(t *testing.T) {
	p := startPair(t)
	traffic := []string{
		"SET a 1", "GET a", "GET a", "GET nokey", "MGET a nokey nokey", "EXISTS a nokey", "TTL nokey",
		"INCRBY a x", "INCRBY a", "NOSUCH", "CONFIG NOSUCH", "CONFIG GET hz", "AUTH x", "SELECT 99",
		"MULTI", "GET a", "GET nokey", "EXEC", "MULTI", "SET a", "EXEC", "EXEC", "TOUCH a nokey",
		"STRLEN a", "OBJECT ENCODING a", "SETEX e 100 v", "EXPIRE a 0", "SET p v PXAT 1", "GET p", "DEL a e",
		"SET x 1", "GETDEL x", "GETEX x", "SETRANGE x 2 v", "SETBIT x 1 1", "BITCOUNT x", "BITCOUNT nokey",
		"RENAME x y", "COPY y z", "RANDOMKEY", "KEYS *", "TYPE nokey", "DUMMY", "PERSIST nokey", "UNLINK y z",
	}
	for _, s := range []*server{p.oracle, p.subject} {
		c := dial(t, s)
		c.do(t, "CONFIG", "RESETSTAT")
		for _, line := range traffic {
			c.do(t, strings.Fields(line)...)
		}
		c.close()
	}
	read := func(s *server, section string) map[string]string {
		c := dial(t, s)
		defer c.close()
		return infoFields(c.do(t, "INFO", section).payload())
	}
	oracle, subject := read(p.oracle, "stats"), read(p.subject, "stats")
	for _, name := range strings.Fields("keyspace_hits keyspace_misses expired_keys evicted_keys " +
		"total_error_replies total_commands_processed rejected_connections unexpected_error_replies") {
		if oracle[name] != subject[name] {
			t.Errorf("%s: %q, redis has %q", name, subject[name], oracle[name])
		}
	}
	compareFields(t, read(p.oracle, "errorstats"), read(p.subject, "errorstats"))
	oracle, subject = read(p.oracle, "commandstats"), read(p.subject, "commandstats")
	for _, m := range []map[string]string{oracle, subject} {
		for name, value := range m {
			m[name] = withoutTimes(value)
			if name == "cmdstat_info" {
				delete(m, name) // the readings above
			}
		}
	}
	compareFields(t, oracle, subject)
}

// TestInfoOrder demands every field of the oracle's INFO, in its order: some tools take the first line that fits.
func TestInfoOrder(t *testing.T) {
	p := startPair(t)
	names := func(s *server) (names []string) {
		c := dial(t, s)
		defer c.close()
		c.do(t, "SET", "a", "1")
		c.do(t, "INCR", "a", "b")
		for line := range strings.SplitSeq(c.do(t, "INFO", "default").payload(), "\r\n") {
			name, _, _ := strings.Cut(line, ":")
			names = append(names, name)
		}
		return names
	}
	want, got := names(p.oracle), names(p.subject)
	if len(want) < 180 {
		t.Fatalf("redis has only %d lines", len(want))
	}
	rest := got
	for _, name := range want {
		at := slices.Index(rest, name)
		if at < 0 {
			t.Fatalf("%q is missing, or not where redis has it:\nredis   %q\nsubject %q", name, want, got)
		}
		rest = rest[at+1:]
	}
}

func infoFields(text string) map[string]string {
	fields := make(map[string]string)
	for line := range strings.SplitSeq(text, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			fields[name] = value
		}
	}
	return fields
}

// withoutTimes drops the usec fields of a commandstats line.
func withoutTimes(value string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(value, ","), func(f string) bool {
		return strings.HasPrefix(f, "usec")
	}), ",")
}

func compareFields(t *testing.T, oracle, subject map[string]string) {
	t.Helper()
	for name, want := range oracle {
		if subject[name] != want {
			t.Errorf("%s: %q, redis has %q", name, subject[name], want)
		}
	}
	for name, got := range subject {
		if _, ok := oracle[name]; !ok {
			t.Errorf("%s: %q, redis has none", name, got)
		}
	}
}

func TestShutdown(t *testing.T) {
	for _, command := range []string{"SHUTDOWN", "SHUTDOWN NOSAVE", "shutdown nosave now force"} {
		t.Run(command, func(t *testing.T) {
			startPair(t).each(func(s *server) {
				idle, c := dial(t, s), dial(t, s)
				defer idle.close()
				defer c.close()
				if err := c.send(strings.Fields(command)); err != nil {
					t.Fatal(err)
				}
				for _, conn := range []*conn{c, idle} {
					if raw, err := conn.readRaw(); err == nil || !closedByPeer(err) {
						t.Errorf("%s answered %q, %v instead of closing the connection", s.name, raw, err)
					}
				}
				if code := s.awaitExit(t); code != 0 {
					t.Errorf("%s exited with code %d", s.name, code)
				}
			})
		})
	}
	t.Run("refused in MULTI", func(t *testing.T) {
		p := startPair(t)
		var replies []string
		p.each(func(s *server) {
			c := dial(t, s)
			defer c.close()
			for _, command := range []string{"MULTI", "SHUTDOWN NOSAVE", "EXEC", "PING"} {
				replies = append(replies, c.do(t, strings.Fields(command)...).String())
			}
		})
		if !slices.Equal(replies[:4], replies[4:]) {
			t.Errorf("redis   %s\nsubject %s", replies[:4], replies[4:])
		}
	})
	t.Run("SIGINT", func(t *testing.T) {
		startPair(t).each(func(s *server) {
			if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			if code := s.awaitExit(t); code != 0 {
				t.Errorf("%s exited with code %d", s.name, code)
			}
		})
	})
}

// TestConfigRewrite lets both servers rewrite a file of ours, then start from it.
func TestConfigRewrite(t *testing.T) {
	rewrite := func(start func(testing.TB, ...string) *server) {
		path := filepath.Join(t.TempDir(), "server.conf")
		if err := os.WriteFile(path, []byte("# kept comment\nhz 11\n\nmaxmemory-policy allkeys-lru\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := start(t, path)
		c := dial(t, s)
		defer c.close()
		for _, step := range [][2]string{
			{"CONFIG GET hz", `["hz", "11"]`},
			{"CONFIG SET hz 33 slowlog-max-len 77", "+OK"},
			{"CONFIG REWRITE", "+OK"},
		} {
			if got := c.do(t, strings.Fields(step[0])...).String(); got != step[1] {
				t.Errorf("%s: %s answered %s, want %s", s.name, step[0], got, step[1])
			}
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"# kept comment", "hz 33", "maxmemory-policy allkeys-lru", "slowlog-max-len 77"} {
			if strings.Count("\n"+string(text), "\n"+line+"\n") != 1 {
				t.Errorf("%s: the rewritten file lacks %q:\n%s", s.name, line, text)
			}
		}
		again := start(t, path)
		c2 := dial(t, again)
		defer c2.close()
		if got := c2.do(t, "CONFIG", "GET", "slowlog-max-len").String(); got != `["slowlog-max-len", "77"]` {
			t.Errorf("%s started from its own file has %s", s.name, got)
		}
	}
	rewrite(startOracle)
	rewrite(startSubject)
}
