package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const fatal = "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\n"

// Reports checked against redis-server.
func TestLineErrors(t *testing.T) {
	for _, tt := range []struct {
		text   string
		line   int
		reason string
	}{
		{"port 1\n# x\n foo bar \r\n", 3, "Bad directive or wrong number of arguments"},
		{"port 7432 1", 1, "wrong number of arguments"},
		{"port", 1, "wrong number of arguments"},
		{"port abc", 1, "argument couldn't be parsed into an integer"},
		{"hz 1\nmaxmemory-samples 0", 2, "argument must be between 1 and 2147483647 inclusive"},
		{"appendonly maybe", 1, "argument must be 'yes' or 'no'"},
		{"loglevel loud", 1, "argument(s) must be one of the following: debug, verbose, notice, warning, nothing"},
		{"shutdown-on-sigint foo", 1, "argument(s) must be one of the following: default, save, nosave, now, force"},
		{`bind "a`, 1, "Unbalanced quotes in configuration line"},
		{`bind "a"b`, 1, "Unbalanced quotes in configuration line"},
		{"maxmemory 1x", 1, "argument must be a memory value"},
		{"unixsocketperm 999", 1, "argument couldn't be parsed as an octal number"},
		{"unixsocketperm 1777", 1, "argument must be between 0 and 777 inclusive"},
		{"maxclients 0", 1, "argument must be between 1 and 4294967295 inclusive"},
		{"save 1", 1, "Invalid save parameters"},
		{"dbfilename a/b", 1, "dbfilename can't be a path, just a filename"},
		{`appendfilename ""`, 1, "appendfilename can't be empty"},
		{"appenddirname a/b", 1, "appenddirname can't be a path, just a dirname"},
		{"client-output-buffer-limit normal 1 2", 1, "Wrong number of arguments in buffer limit configuration."},
		{"notify-keyspace-events Q", 1, "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."},
		{"replicaof 1 2 3", 1, "wrong number of arguments"},
		{"slaveof h 99999", 1, "Invalid master port"},
		{"dir /nonexist", 1, "No such file or directory"},
		{"a.b", 1, "Module config specified without value"},
		{"user", 1, "Bad directive or wrong number of arguments"},
		{"include", 1, "Bad directive or wrong number of arguments"},
		{"include a b", 1, "Bad directive or wrong number of arguments"},
		{"rename-command a", 1, "Bad directive or wrong number of arguments"},
		{`rename-command foo ""`, 1, "No such command in rename-command"},
		{"rename-command get set", 1, "Target command name already exists"},
		{"rename-command GET \"\"\nrename-command get x", 2, "No such command in rename-command"},
		{"rename-command get fetch\nrename-command set FETCH", 2, "Target command name already exists"},
		{"sentinel monitor x", 1, "sentinel directive while not in sentinel mode"},
		{"list-max-ziplist-entries 1 2", 1, "Bad directive or wrong number of arguments"},
		{"replicaof h 6379", 1, "replication is not supported by this server"},
		{"appendonly yes", 1, "the append only file is not supported by this server"},
		{"cluster-enabled yes", 1, "cluster mode is not supported by this server"},
		{"tls-port 6380", 1, "TLS is not supported by this server"},
		{"loadmodule /x.so a", 1, "loading modules is not supported by this server"},
		{"a.b c", 1, "loading modules is not supported by this server"},
		{"aclfile /x.acl", 1, "ACL users are not supported by this server"},
		{"user alice on", 1, "ACL users are not supported by this server"},
		{`bind "'x"`, 1, "Unbalanced quotes in configuration line"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			s := newSystem(nil)
			env := s.env()
			env.KnownCommand = func(name string) bool { return name == "get" || name == "set" }
			c, err := New(env)
			if err != nil {
				t.Fatal(err)
			}
			err = c.Load(tt.text)
			line := strings.TrimSpace(strings.Split(tt.text, "\n")[tt.line-1])
			want := fmt.Sprintf("%sReading the configuration file, at line %d\n>>> '%s'\n%s\n", fatal, tt.line, line, tt.reason)
			if err == nil || err.Error() != want {
				t.Errorf("got %v\nwant %s", err, want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	s := newSystem(map[string]string{
		"/start/one.conf":         "hz 30\n",
		"/data/rel.conf":          "timeout 9",
		"/data/conf.d/a.conf":     "maxclients 11\n",
		"/data/conf.d/b.conf":     "maxclients 12\n",
		"/data/conf.d/ignored.db": "nonsense\n",
	})
	c := newConfig(t, s)
	text := strings.Join([]string{
		"# comment", "", "  \t", "PORT 7000", "include one.conf", "dir /data", "include rel.conf", "include conf.d/*.conf",
		"include nothing-?.conf", `bind "127.0.0.1 ::1"`, "save 60 1", "save 10 2 5 3", `requirepass "a\x41\n\"b"`,
		"slave-priority 7", "list-max-ziplist-entries 512", "shutdown-on-sigterm nosave now", "replicaof no one",
		`rename-command FLUSHALL ""`, "rename-command config secret", `unixsocketperm ""`, "lua-time-limit 1", "busy-reply-threshold 2",
	}, "\r\n")
	if err := c.Load(text); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"port": "7000", "hz": "30", "dir": "/data", "timeout": "9", "maxclients": "12", "bind": "127.0.0.1 ::1",
		"save": "60 1 10 2 5 3", "requirepass": "aA\n\"b", "replica-priority": "7", "shutdown-on-sigterm": "nosave now",
		"busy-reply-threshold": "2",
	} {
		if got := get(c, name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	want := []RenamedCommand{{"FLUSHALL", ""}, {"config", "secret"}}
	if !slices.Equal(c.RenamedCommands, want) {
		t.Errorf("renamed %v, want %v", c.RenamedCommands, want)
	}
}

// The first save line replaces the defaults, later ones add to it, and an empty one drops all before it.
func TestSaveLines(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "3600 1 300 100 60 10000",
		`save ""`:                           "",
		"save":                              "",
		"save 1 2\nsave 3 4":                "1 2 3 4",
		"save 1 2\nsave \"\"\nsave 3 4":     "3 4",
		"save 1 2\nsave '3 4 5 6'":          "1 2 3 4 5 6",
		"include save.conf\nsave 5 6":       "7 8 5 6",
		"save 1 2\ninclude save.conf\nhz 1": "1 2 7 8",
	} {
		c := newConfig(t, newSystem(map[string]string{"/start/save.conf": "save 7 8"}))
		if err := c.Load(text); err != nil {
			t.Errorf("%q: %v", text, err)
		} else if got := get(c, "save"); got != want {
			t.Errorf("%q: save = %q, want %q", text, got, want)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	s := newSystem(map[string]string{"/start/loop.conf": "include loop.conf", "/start/bad.conf": "hz 1\nfoo"})
	var open *OpenError
	err := newConfig(t, s).Load("include nope.conf")
	if !errors.As(err, &open) || err.Error() != "Fatal error, can't open config file 'nope.conf': No such file or directory" {
		t.Errorf("got %v", err)
	}
	var line *LineError
	if err := newConfig(t, s).Load("\n\ninclude bad.conf"); !errors.As(err, &line) || line.Line != 2 || line.Text != "foo" {
		t.Errorf("error inside an included file: %v", err)
	}
	if err := newConfig(t, s).Load("include loop.conf"); !errors.As(err, &line) || line.Reason != "Too many nested includes" {
		t.Errorf("endless include: %v", err)
	}
	err = newConfig(t, s).Load("logfile /nonexist/x")
	if err == nil || err.Error() != fatal+"Can't open the log file: No such file or directory\n" {
		t.Errorf("log file: %v", err)
	}
}

func TestCommandLine(t *testing.T) {
	files := map[string]string{"/start/my.conf": "port 1\nhz 20\nsave 9 9", "/data/abs.conf": "port 5"}
	for _, tt := range []struct {
		name  string
		args  []string
		stdin string
		want  map[string]string
	}{
		{"nothing", nil, "", map[string]string{"port": "6379"}},
		{"file", []string{"my.conf"}, "", map[string]string{"port": "1", "hz": "20"}},
		{"absolute file", []string{"/data/abs.conf"}, "", map[string]string{"port": "5"}},
		{"option wins over file", []string{"my.conf", "--port", "2"}, "", map[string]string{"port": "2", "hz": "20"}},
		{"last option wins", []string{"--port", "2", "--port", "3"}, "", map[string]string{"port": "3"}},
		{"option and value in one", []string{"--port 4"}, "", map[string]string{"port": "4"}},
		{"stdin", []string{"-"}, "port 7\nhz 30", map[string]string{"port": "7", "hz": "30"}},
		{"stdin first", []string{"-", "--port", "8"}, "port 7", map[string]string{"port": "8"}},
		{"stdin last", []string{"--port", "8", "-"}, "hz 30", map[string]string{"port": "8", "hz": "30"}},
		{"file, options, stdin", []string{"my.conf", "--hz", "40", "-"}, "\nport 9\nhz 30", map[string]string{"port": "9", "hz": "40"}},
		{"several values", []string{"--bind", "127.0.0.1", "::1", "--port", "2"}, "", map[string]string{"bind": "127.0.0.1 ::1", "port": "2"}},
		{"several values in one", []string{"--bind", "127.0.0.1 ::1"}, "", map[string]string{"bind": "127.0.0.1 ::1"}},
		{"empty save", []string{"--save", ""}, "", map[string]string{"save": ""}},
		{"save without value at the end", []string{"--port", "2", "--save"}, "", map[string]string{"save": "", "port": "2"}},
		{"save without value", []string{"--save", "--port", "2"}, "", map[string]string{"save": "", "port": "2"}},
		{"save values", []string{"--save", "3600", "1", "--save", "60 5"}, "", map[string]string{"save": "3600 1 60 5"}},
		{"save drops the file's", []string{"my.conf", "--save", "", "--save", "1 1"}, "", map[string]string{"save": "1 1"}},
		{"save adds to the file's", []string{"my.conf", "--save", "1 1"}, "", map[string]string{"save": "9 9 1 1"}},
		{"value that looks like an option", []string{"--requirepass", "--secret", "--port", "2"}, "", map[string]string{"requirepass": "--secret", "port": "2"}},
		{"quotes and spaces in a value", []string{"--requirepass", `a "b" 'c' \`}, "", map[string]string{"requirepass": `a "b" 'c' \`}},
		{"negative value", []string{"--slowlog-log-slower-than", "-1"}, "", map[string]string{"slowlog-log-slower-than": "-1"}},
		{"bare dashes", []string{"--port", "2", "--"}, "", map[string]string{"port": "2"}},
		{"upper case", []string{"--PORT", "2"}, "", map[string]string{"port": "2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSystem(files)
			env := s.env()
			env.Stdin = strings.NewReader(tt.stdin)
			c, err := FromCommandLine(append([]string{"/usr/bin/redis-server"}, tt.args...), env)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range tt.want {
				if got := get(c, name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
			if slices.Contains(tt.args, "-") != (c.Stdin != nil) || string(c.Stdin) != tt.stdin {
				t.Errorf("standard input %q", c.Stdin)
			}
		})
	}
}

func TestCommandLinePath(t *testing.T) {
	s := newSystem(map[string]string{"/start/my.conf": "dir /data"})
	c, err := FromCommandLine([]string{"synap-server", "my.conf"}, s.env())
	if err != nil || c.Path != "/start/my.conf" || c.StartDir != "/start" || c.Dir != "/data" {
		t.Errorf("path %q, start %q, dir %q, %v", c.Path, c.StartDir, c.Dir, err)
	}
}

func TestExit(t *testing.T) {
	report := func(line int, text, reason string) string {
		return fmt.Sprintf("%sReading the configuration file, at line %d\n>>> '%s'\n%s\n", fatal, line, text, reason)
	}
	const args = "wrong number of arguments"
	for _, tt := range []struct {
		name string
		argv []string
		want Exit
	}{
		{"bad value", []string{"s", "--port", "abc"}, Exit{1, "", report(2, `port "abc"`, "argument couldn't be parsed into an integer"), ""}},
		{"line numbers continue", []string{"s", "three.conf", "--port", "abc"}, Exit{1, "", report(4, `port "abc"`, "argument couldn't be parsed into an integer"), ""}},
		{"save without value before it", []string{"s", "--port", "7432", "--save", "--maxmemory", "1x"}, Exit{1, "", report(4, `maxmemory "1x"`, "argument must be a memory value"), ""}},
		{"one word", []string{"s", "--port 1", "--maxmemory 1x"}, Exit{1, "", report(3, "maxmemory 1x", "argument must be a memory value"), ""}},
		{"unknown short option", []string{"s", "--port", "7432", "-x"}, Exit{1, "", report(2, `port "7432" "-x"`, args), ""}},
		{"missing value", []string{"s", "--port"}, Exit{1, "", report(2, "port", args), ""}},
		{"missing value in between", []string{"s", "--port", "--maxmemory", "1"}, Exit{1, "", report(2, `port "--maxmemory" "1"`, args), ""}},
		{"dash in between", []string{"s", "--port", "1", "-", "--port", "7"}, Exit{1, "", report(2, `port "1" "-"`, args), ""}},
		{"unknown option", []string{"s", "--bind", "127.0.0.1", "::1", "--foo"}, Exit{1, "", report(3, "foo", "Bad directive or wrong number of arguments"), ""}},
		{"missing file", []string{"s", "foo", "--bar"}, Exit{1, "", "", "Fatal error, can't open config file '/start/foo': No such file or directory"}},
		{"help", []string{"s", "-h"}, Exit{1, "", usage, ""}},
		{"long help", []string{"s", "--help"}, Exit{1, "", usage, ""}},
		{"version", []string{"s", "-v"}, Exit{0, VersionLine() + "\n", "", ""}},
		{"long version", []string{"s", "--version"}, Exit{0, VersionLine() + "\n", "", ""}},
		{"sentinel", []string{"s", "three.conf", "--sentinel"}, Exit{1, "", errSentinel.Error() + ".\n", ""}},
		{"sentinel by name", []string{"/usr/bin/redis-sentinel", "three.conf"}, Exit{1, "", errSentinel.Error() + ".\n", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSystem(map[string]string{"/start/three.conf": "hz 1\nhz 2\nhz 3"})
			_, err := FromCommandLine(tt.argv, s.env())
			var exit *Exit
			if !errors.As(err, &exit) {
				t.Fatalf("error %v", err)
			}
			if *exit != tt.want {
				t.Errorf("got  %+v\nwant %+v", *exit, tt.want)
			}
		})
	}
	for _, option := range []string{"--test-memory", "--check-system"} {
		_, err := FromCommandLine([]string{"s", option, "100"}, newSystem(nil).env())
		var exit *Exit
		if !errors.As(err, &exit) || exit.Code != 1 || !strings.HasPrefix(exit.Stderr, option+" is not supported") {
			t.Errorf("%s: %v", option, err)
		}
	}
	if v := VersionLine(); !strings.HasPrefix(v, "Redis server v=7.2.4 sha=") || !strings.Contains(v, " bits=64 build=") {
		t.Errorf("version line %q", v)
	}
}

func TestSplitArgs(t *testing.T) {
	for _, tt := range []struct {
		line string
		want []string
		ok   bool
	}{
		{"", nil, true}, {" \t ", nil, true}, {"a b", []string{"a", "b"}, true}, {"a  b ", []string{"a", "b"}, true},
		{`""`, []string{""}, true}, {`a "" ''`, []string{"a", "", ""}, true}, {`"a b" 'c d'`, []string{"a b", "c d"}, true},
		{`"\n\r\t\b\a\x41\xzz\\\""`, []string{"\n\r\t\b\aAxzz\\\""}, true}, {`'a\'b\n'`, []string{`a'b\n`}, true},
		{`a"b c"`, []string{"ab c"}, true}, {`a\ b`, []string{`a\`, "b"}, true}, {"a\vb \vc", []string{"a\vb", "c"}, true},
		{`"a`, nil, false}, {`'a`, nil, false}, {`"a"b`, nil, false}, {`'a'b`, nil, false}, {`"a\`, nil, false}, {`"\x4"`, []string{"x4"}, true},
	} {
		got, ok := splitArgs(tt.line)
		if ok != tt.ok || !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, %v; want %q, %v", tt.line, got, ok, tt.want, tt.ok)
		}
	}
}

func FuzzSplitArgs(f *testing.F) {
	f.Add("a 'b c'", "d\x00\xff\"\\")
	f.Fuzz(func(t *testing.T, line, arg string) {
		splitArgs(line)
		got, ok := splitArgs(quote(arg) + " " + quote(line))
		if !ok || !slices.Equal(got, []string{arg, line}) {
			t.Errorf("%q and %q came back as %q, %v", arg, line, got, ok)
		}
	})
}

// Whatever a file says, loading it ends with an error or with a configuration that CONFIG REWRITE can write and that
// then loads to the same settings.
func FuzzLoad(f *testing.F) {
	f.Add("port 1\nsave 1 2\nsave ''\nbind \"a b\" c\n")
	f.Add("maxmemory 5%\nmaxmemory-clients 7%\nclient-output-buffer-limit normal 1kb 2 3 pubsub 0 0 0\r\n")
	f.Add("shutdown-on-sigint now force\nnotify-keyspace-events KA\nunixsocketperm 755\nlatency-tracking-info-percentiles 1 2.5")
	f.Add("\v\nport 2\n\f")
	f.Add("rename-command a b\ndir /data\nrequirepass \"\\xff\\n\"\ninclude x\nuser\n.\nslaveof no one")
	f.Fuzz(func(t *testing.T, text string) {
		s := newSystem(map[string]string{"/start/redis.conf": text})
		c, err := FromCommandLine([]string{"s", "redis.conf"}, s.env())
		if err != nil {
			return
		}
		if err := c.Rewrite(); err != nil {
			t.Fatalf("rewriting %q: %v", text, err)
		}
		again := newSystem(s.files)
		c2, err := FromCommandLine([]string{"s", "redis.conf"}, again.env())
		if err != nil {
			t.Fatalf("%q became %q: %v", text, s.files["/start/redis.conf"], err)
		}
		a, b := c.Get("*"), c2.Get("*")
		for i := range a {
			if a[i] != b[i] {
				t.Errorf("%q became %q: %v, then %v", text, s.files["/start/redis.conf"], a[i], b[i])
			}
		}
	})
}

func TestPattern(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true}, {"", "", true}, {"", "a", false}, {"a*c", "abbc", true}, {"a*c", "abb", false}, {"*a*b*", "xaxbx", true},
		{"h?", "hz", true}, {"h?", "h", false}, {"[a-c]x", "bx", true}, {"[c-a]x", "bx", true}, {"[^a]x", "ax", false}, {"[^a]x", "bx", true},
		{`\*`, "*", true}, {`\*`, "a", false}, {`[\]]`, "]", true}, {"[", "[", false}, {"[a", "a", true}, {"HZ", "hz", true},
		{"*****b", "aaaaaaaaab", true}, {`\`, `\`, true},
	} {
		if got := matches(tt.pattern, tt.name); got != tt.want {
			t.Errorf("matches(%q, %q) = %v", tt.pattern, tt.name, got)
		}
	}
}
