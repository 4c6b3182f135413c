package config

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// fakeSystem is a file system and working directory in memory. Calls are recorded; failing names the one that fails.
type fakeSystem struct {
	files   map[string]string
	modes   map[string]fs.FileMode
	dirs    map[string]bool
	wd      string
	calls   []string
	failing string
	reason  error
}

func newSystem(files map[string]string) *fakeSystem {
	if files == nil {
		files = map[string]string{}
	}
	return &fakeSystem{files: files, modes: map[string]fs.FileMode{}, dirs: map[string]bool{"/": true, "/start": true, "/data": true}, wd: "/start"}
}

func (s *fakeSystem) env() Env {
	return Env{
		Stdin: strings.NewReader(""),
		Chdir: func(dir string) error {
			dir = s.abs(dir)
			if !s.dirs[dir] {
				return &fs.PathError{Op: "chdir", Path: dir, Err: syscall.ENOENT}
			}
			s.wd = dir
			return nil
		},
		Getwd: func() (string, error) { return s.wd, nil },
		Files: s,
	}
}

func (s *fakeSystem) abs(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(s.wd, name)
}

func (s *fakeSystem) call(name string) error {
	s.calls = append(s.calls, name)
	if name == s.failing {
		return s.reason
	}
	return nil
}

func (s *fakeSystem) ReadFile(name string) ([]byte, error) {
	if err := s.call("read"); err != nil {
		return nil, err
	}
	text, ok := s.files[s.abs(name)]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.ENOENT}
	}
	return []byte(text), nil
}

func (s *fakeSystem) Glob(pattern string) []string {
	var found []string
	for name := range s.files {
		if ok, _ := path.Match(s.abs(pattern), name); ok {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

func (s *fakeSystem) TryAppend(name string) error {
	if !s.dirs[path.Dir(s.abs(name))] {
		return &fs.PathError{Op: "open", Path: name, Err: syscall.ENOENT}
	}
	return nil
}

func (s *fakeSystem) Mode(name string) (fs.FileMode, error) {
	if _, ok := s.files[name]; !ok {
		return 0, fs.ErrNotExist
	}
	if m, ok := s.modes[name]; ok {
		return m, nil
	}
	return 0o644, nil
}

type fakeFile struct {
	s    *fakeSystem
	name string
}

func (s *fakeSystem) Create(name string, perm fs.FileMode) (File, error) {
	if err := s.call("create"); err != nil {
		return nil, err
	}
	s.files[name], s.modes[name] = "", perm
	return fakeFile{s, name}, nil
}

func (f fakeFile) Write(b []byte) (int, error) {
	if err := f.s.call("write"); err != nil {
		return 0, err
	}
	f.s.files[f.name] += string(b)
	return len(b), nil
}

func (f fakeFile) Sync() error  { return f.s.call("sync") }
func (f fakeFile) Close() error { return f.s.call("close") }

func (s *fakeSystem) Rename(from, to string) error {
	if err := s.call("rename"); err != nil {
		return err
	}
	s.files[to], s.modes[to] = s.files[from], s.modes[from]
	delete(s.files, from)
	return nil
}

func (s *fakeSystem) Remove(name string) error {
	delete(s.files, name)
	return s.call("remove")
}

func (s *fakeSystem) SyncDir(string) error { return s.call("syncdir") }

func newConfig(t testing.TB, s *fakeSystem) *Config {
	t.Helper()
	c, err := New(s.env())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(c *Config, name string) string {
	found := c.Get(name)
	if len(found) != 1 {
		return "(none)"
	}
	return found[0].Value
}

// The values Redis 7.2.4 answers for a server without configuration.
func TestDefaults(t *testing.T) {
	c := newConfig(t, newSystem(nil))
	for name, want := range map[string]string{
		"save": "3600 1 300 100 60 10000", "bind": "* -::*", "port": "6379", "maxmemory": "0", "maxmemory-policy": "noeviction",
		"client-output-buffer-limit": "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
		"unixsocketperm":             "0", "oom-score-adj-values": "0 200 800", "latency-tracking-info-percentiles": "50 99 99.9",
		"notify-keyspace-events": "", "shutdown-on-sigterm": "default", "dir": "/start", "databases": "16",
		"proto-max-bulk-len": "536870912", "repl-backlog-size": "1048576", "list-max-ziplist-size": "-2", "hz": "10",
		"acl-pubsub-default": "resetchannels", "tls-auth-clients": "yes", "slowlog-log-slower-than": "10000",
		"lua-time-limit": "5000", "replicaof": "", "slaveof": "", "syslog-ident": "redis", "syslog-facility": "local0",
	} {
		if got := get(c, name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if names := c.Ineffective(); len(names) != 0 {
		t.Errorf("defaults reported as given: %q", names)
	}
}

func TestGet(t *testing.T) {
	c := newConfig(t, newSystem(nil))
	for _, tt := range []struct {
		name     string
		patterns []string
		want     []string
	}{
		{"exact, as spelled", []string{"MaxMemory"}, []string{"MaxMemory"}},
		{"pattern ignores case", []string{"MAXMEMORY-p*"}, []string{"maxmemory-policy"}},
		{"aliases", []string{"*-priority"}, []string{"replica-priority", "slave-priority"}},
		{"each name once", []string{"save", "SAVE", "sav*", "s[a]ve"}, []string{"save"}},
		{"several", []string{"port", "nothing", "hz"}, []string{"port", "hz"}},
		{"class", []string{"[^a-z]*"}, nil},
		{"question mark", []string{"h?"}, []string{"hz"}},
		{"hidden by pattern", []string{"use-exit*"}, nil},
		{"hidden by name", []string{"use-exit-on-panic"}, []string{"use-exit-on-panic"}},
		{"file-only directives", []string{"include", "rename-comman*"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, s := range c.Get(tt.patterns...) {
				got = append(got, s.Name)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	seen := map[string]bool{}
	for _, s := range c.Get("*") {
		if seen[s.Name] {
			t.Errorf("%s twice", s.Name)
		}
		seen[s.Name] = true
	}
	for i := range table {
		d := &table[i]
		visible := d.kind != nil && d.Flags&Hidden == 0
		if seen[d.Name] != visible || d.Alias != "" && seen[d.Alias] != visible {
			t.Errorf("CONFIG GET * shows %s: %v, want %v", d.Name, seen[d.Name], visible)
		}
	}
}

const failed = "ERR CONFIG SET failed (possibly related to argument '"

// Replies checked against redis-server.
func TestSetErrors(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"port", "ERR syntax error"},
		{"foo|bar", "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"},
		{"include|x", "ERR Unknown option or number of arguments for CONFIG SET - 'include'"},
		{"databases|4|foo|1", failed + "databases') - can't set immutable config"},
		{"foo|1|databases|4", "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"},
		{"hz|10|HZ|11", failed + "HZ') - duplicate parameter"},
		{"MaxMemory-Samples|0", failed + "maxmemory-samples') - argument must be between 1 and 2147483647 inclusive"},
		{"slave-priority|-1", failed + "slave-priority') - argument must be between 0 and 2147483647 inclusive"},
		{"maxmemory|-1", failed + "maxmemory') - argument must be a memory value"},
		{"maxmemory|1kk", failed + "maxmemory') - argument must be a memory value"},
		{"maxmemory|9223372036854775808", failed + "maxmemory') - argument must be between 0 and 9223372036854775807 inclusive"},
		{"maxmemory|9007199254740992kb", failed + "maxmemory') - argument must be between 0 and 9223372036854775807 inclusive"},
		{"maxmemory-clients|101%", failed + "maxmemory-clients') - percentage argument must be less or equal to 100"},
		{"maxmemory-clients|-1%", failed + "maxmemory-clients') - argument must be a memory or percent value"},
		{"maxmemory-clients|xx", failed + "maxmemory-clients') - argument must be a memory or percent value"},
		{"proto-max-bulk-len|1", failed + "proto-max-bulk-len') - argument must be between 1048576 and 9223372036854775807 inclusive"},
		{"maxclients|-1", failed + "maxclients') - argument must be between 1 and 4294967295 inclusive"},
		{"maxmemory-policy|foo", failed + "maxmemory-policy') - argument(s) must be one of the following: volatile-lru, " +
			"volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction"},
		{"appendonly|maybe", failed + "appendonly') - argument must be 'yes' or 'no'"},
		{"dir|/data", failed + "dir') - can't set protected config"},
		{"dbfilename|x", failed + "dbfilename') - can't set protected config"},
		{"save|1", failed + "save') - Invalid save parameters"},
		{"save|1 a", failed + "save') - Invalid save parameters"},
		{"save|  60 1", failed + "save') - Invalid save parameters"},
		{"save|60 9999999999", failed + "save') - Invalid save parameters"},
		{"client-output-buffer-limit|normal 1 2", failed + "client-output-buffer-limit') - Wrong number of arguments in buffer limit configuration."},
		{"client-output-buffer-limit|foo 1 2 3", failed + "client-output-buffer-limit') - Invalid client class specified in buffer limit configuration."},
		{"client-output-buffer-limit|master 1 2 3", failed + "client-output-buffer-limit') - Invalid client class specified in buffer limit configuration."},
		{"client-output-buffer-limit|normal a 2 3", failed + "client-output-buffer-limit') - Error in hard, soft or soft_seconds setting in buffer limit configuration."},
		{"shutdown-on-sigterm|save nosave", failed + "shutdown-on-sigterm') - shutdown options SAVE and NOSAVE can't be used simultaneously"},
		{"shutdown-on-sigterm|", failed + "shutdown-on-sigterm') - argument(s) must be one of the following: default, save, nosave, now, force"},
		{"notify-keyspace-events|q", failed + "notify-keyspace-events') - Invalid event class character. Use 'Ag$lshzxeKEtmdn'."},
		{"latency-tracking-info-percentiles|101", failed + "latency-tracking-info-percentiles') - latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"},
		{"latency-tracking-info-percentiles|a", failed + "latency-tracking-info-percentiles') - Invalid latency-tracking-info-percentiles parameters"},
		{"oom-score-adj-values|1 2", failed + "oom-score-adj-values') - wrong number of arguments"},
		{"oom-score-adj-values|1 2 99999", failed + "oom-score-adj-values') - Invalid oom-score-adj-values, elements must be between -2000 and 2000."},
		{"timeout|1x", failed + "timeout') - argument couldn't be parsed into an integer"},
		{"timeout| 1", failed + "timeout') - argument couldn't be parsed into an integer"},
		{"timeout|01", failed + "timeout') - argument couldn't be parsed into an integer"},
		{"timeout|+1", failed + "timeout') - argument couldn't be parsed into an integer"},
		{"timeout|", failed + "timeout') - argument couldn't be parsed into an integer"},
		{"timeout|99999999999", failed + "timeout') - argument must be between 0 and 2147483647 inclusive"},
		{"replicaof|no one", failed + "replicaof') - can't set immutable config"},
		{"proc-title-template|{foo}", failed + "proc-title-template') - template format is invalid or contains unknown variables"},
		{"proc-title-template|{title}", failed + "proc-title-template') - template format is invalid or contains unknown variables"},
		{"proc-title-template|a {", failed + "proc-title-template') - template format is invalid or contains unknown variables"},
		{"locale-collate|no locale", failed + "locale-collate') - Invalid locale name"},
		{"cluster-announce-hostname|a_b", failed + "cluster-announce-hostname') - Hostnames may only contain alphanumeric characters, hyphens or dots"},
		{"cluster-announce-human-nodename|a:b", failed + "cluster-announce-human-nodename') - Announced human node name contained invalid character"},
		{"bind|1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", failed + "bind') - Too many bind addresses specified."},
		{"bind|a  b", failed + "bind') - Failed to bind to specified addresses."},
		{"appendonly|yes", failed + "appendonly') - the append only file is not supported by this server"},
		{"tls-port|6380", failed + "tls-port') - TLS is not supported by this server"},
		{"min-slaves-to-write|1", failed + "min-slaves-to-write') - replication is not supported by this server"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			c := newConfig(t, newSystem(nil))
			before := c.Get("*")
			err := c.Set(Request{}, strings.Split(tt.args, "|")...)
			var reply ReplyError
			if !errors.As(err, &reply) || err.Error() != tt.want {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
			if !slices.Equal(before, c.Get("*")) {
				t.Error("a refused command changed something")
			}
		})
	}
}

func TestSet(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"maxmemory", "1k", "1000"}, {"maxmemory", "1KB", "1024"}, {"maxmemory", "3mb", "3145728"}, {"maxmemory", "2g", "2000000000"},
		{"maxmemory", "1gb", "1073741824"}, {"maxmemory", "7b", "7"}, {"maxmemory", "", "0"},
		{"maxmemory", "9223372036854775807", "9223372036854775807"},
		{"maxmemory-clients", "5%", "5%"}, {"maxmemory-clients", "100%", "100%"}, {"maxmemory-clients", "0%", "0"}, {"maxmemory-clients", "1mb", "1048576"},
		{"maxmemory-policy", "AllKeys-LRU", "allkeys-lru"}, {"protected-mode", "NO", "no"},
		{"hz", "0", "1"}, {"hz", "100000", "500"}, {"list-max-listpack-size", "-5", "-5"}, {"slowlog-log-slower-than", "-1", "-1"},
		{"save", "", ""}, {"save", "60 1", "60 1"}, {"save", "60 1 5 0", "60 1 5 0"},
		{"bind", "", ""}, {"bind", "127.0.0.1 -::1", "127.0.0.1 -::1"},
		{"shutdown-on-sigterm", "force NOSAVE", "nosave force"}, {"shutdown-on-sigint", "now", "now"},
		{"notify-keyspace-events", "KExg", "gxKE"}, {"notify-keyspace-events", "KEA", "AKE"}, {"notify-keyspace-events", "Anm", "Am"},
		{"notify-keyspace-events", "g$lshzxetd", "A"}, {"notify-keyspace-events", "ndE", "dnE"},
		{"latency-tracking-info-percentiles", "50 99 99.9 12.3456789", "50 99 99.9 12.345679"}, {"latency-tracking-info-percentiles", "", ""},
		{"client-output-buffer-limit", "normal 1mb 1kb 5", "normal 1048576 1024 5 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
		{"client-output-buffer-limit", "replica 1 2 3 pubsub 4 5 6", "normal 0 0 0 slave 1 2 3 pubsub 4 5 6"},
		{"client-output-buffer-limit", "", "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
		{"oom-score-adj-values", "-10 +20 30", "-10 20 30"}, {"oom-score-adj", "yes", "yes"}, {"oom-score-adj", "relative", "yes"},
		{"requirepass", "a b", "a b"}, {"proc-title-template", "x {{ {port}", "x {{ {port}"}, {"locale-collate", "de_DE.UTF-8", "de_DE.UTF-8"},
		{"cluster-announce-hostname", "a-1.b", "a-1.b"}, {"lua-time-limit", "7", "7"}, {"appendonly", "no", "no"}, {"tls-port", "0", "0"},
	} {
		t.Run(tt.name+" "+tt.value, func(t *testing.T) {
			c := newConfig(t, newSystem(nil))
			if err := c.Set(Request{}, tt.name, tt.value); err != nil {
				t.Fatal(err)
			}
			if got := get(c, tt.name); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSetRequest(t *testing.T) {
	for _, tt := range []struct {
		name   string
		permit ProtectedAction
		req    Request
		args   []string
		want   string
	}{
		{"allowed", ProtectedYes, Request{}, []string{"dbfilename", "x.rdb"}, ""},
		{"local client", ProtectedLocal, Request{Local: true}, []string{"dbfilename", "x.rdb"}, ""},
		{"remote client", ProtectedLocal, Request{}, []string{"dbfilename", "x.rdb"}, failed + "dbfilename') - can't set protected config"},
		{"path", ProtectedYes, Request{}, []string{"dbfilename", "a/b"}, failed + "dbfilename') - dbfilename can't be a path, just a filename"},
		{"missing directory", ProtectedYes, Request{}, []string{"dir", "/nonexist"}, failed + "dir') - No such file or directory"},
		{"directory", ProtectedYes, Request{}, []string{"dir", "/data"}, ""},
		{"loading", ProtectedYes, Request{Loading: true}, []string{"dir", "/data"}, "LOADING Redis is loading the dataset in memory"},
		{"loading, harmless", ProtectedNo, Request{Loading: true}, []string{"hz", "5"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newConfig(t, newSystem(nil))
			c.EnableProtectedConfigs = tt.permit
			got := ""
			if err := c.Set(tt.req, tt.args...); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if tt.want == "" && get(c, tt.args[0]) != tt.args[1] {
				t.Errorf("%s = %q", tt.args[0], get(c, tt.args[0]))
			}
		})
	}
}

// A bad pair undoes the good ones before it, the working directory included.
func TestSetIsAtomic(t *testing.T) {
	s := newSystem(nil)
	c := newConfig(t, s)
	c.EnableProtectedConfigs = ProtectedYes
	before := c.Get("*")
	hooks := 0
	c.OnChange(func(_, _ *Values) error { hooks++; return nil }, "dir", "save", "bind", "port")
	err := c.Set(Request{}, "dir", "/data", "save", "1 1", "bind", "::1", "port", "70000")
	if err == nil {
		t.Fatal("accepted")
	}
	if !slices.Equal(before, c.Get("*")) || s.wd != "/start" || hooks != 0 {
		t.Errorf("not undone: wd %s, hooks %d, values %v", s.wd, hooks, c.Get("dir", "save", "bind", "port"))
	}
}

func TestHooks(t *testing.T) {
	veto := errors.New("Unable to listen on this port. Check server logs.")
	for _, tt := range []struct {
		name string
		args []string
		veto bool
		log  []string
		err  string
	}{
		{"one hook for several directives", []string{"port", "1", "bind", "::1"}, false, []string{"net 6379>1"}, ""},
		{"both", []string{"port", "2", "maxclients", "5"}, false, []string{"clients 10000>5", "net 6379>2"}, ""},
		{"unchanged value", []string{"port", "6379"}, false, nil, ""},
		{"other directive", []string{"hz", "20"}, false, nil, ""},
		{"veto", []string{"port", "3", "hz", "20", "maxclients", "5"}, true,
			[]string{"clients 10000>5", "clients 5>10000"}, failed + "port') - " + veto.Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newConfig(t, newSystem(nil))
			var log []string
			c.OnChange(func(old, new *Values) error {
				log = append(log, "clients "+num(old.MaxClients)+">"+num(new.MaxClients))
				return nil
			}, "maxclients")
			c.OnChange(func(old, new *Values) error {
				if tt.veto {
					return veto
				}
				log = append(log, "net "+num(old.Port)+">"+num(new.Port))
				return nil
			}, "port", "bind")
			before := c.Get("*")
			got := ""
			if err := c.Set(Request{}, tt.args...); err != nil {
				got = err.Error()
			}
			if got != tt.err {
				t.Errorf("error %q, want %q", got, tt.err)
			}
			if !slices.Equal(log, tt.log) {
				t.Errorf("hooks %q, want %q", log, tt.log)
			}
			if tt.veto && !slices.Equal(before, c.Get("*")) {
				t.Error("values were not restored")
			}
		})
	}
}

// Certificates are read again when their path is set, even to what it was.
func TestVolatile(t *testing.T) {
	c := newConfig(t, newSystem(nil))
	calls := 0
	c.OnChange(func(_, _ *Values) error { calls++; return nil }, "tls-cert-file", "tls-ciphers")
	for _, args := range [][]string{{"tls-cert-file", ""}, {"tls-ciphers", ""}} {
		if err := c.Set(Request{}, args...); err != nil {
			t.Fatal(err)
		}
	}
	if calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
}

func TestIneffective(t *testing.T) {
	c := newConfig(t, newSystem(nil))
	if err := c.Load("hz 20\ndynamic-hz no\nio-threads-do-reads yes\nsave 60 1\nrdbcompression yes\n"); err != nil {
		t.Fatal(err)
	}
	if got, want := c.Ineffective(), []string{"io-threads-do-reads", "dynamic-hz", "save"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !c.Given("rdbcompression") || !c.Given("hz") || c.Given("port") {
		t.Error("Given is wrong")
	}
}

func TestSensitive(t *testing.T) {
	for name, want := range map[string]bool{"RequirePass": true, "masterauth": true, "port": false, "nothing": false} {
		if IsSensitive(name) != want {
			t.Errorf("IsSensitive(%s) = %v", name, !want)
		}
	}
}

func num(n int) string { return strconv.Itoa(n) }
