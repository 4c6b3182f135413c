package server

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"synap/server/daemon"
	"synap/server/transport"
)

func TestConfigReplies(t *testing.T) {
	for _, tc := range []struct {
		name   string
		script []exchange
	}{
		{"get", []exchange{
			{"CONFIG GET databases", `["databases", "16"]`},
			{"CONFIG GET nosuch", "[]"},
			{"CONFIG GET maxmemory timeout maxmemory", `["maxmemory", "0", "timeout", "0"]`},
			{"CONFIG GET slowlog-m*", `["slowlog-max-len", "128"]`},
			{"HELLO 3", "%{*"},
			{"CONFIG GET databases", `%{"databases": "16"}`},
			{"CONFIG GET nosuch", "%{}"},
			{"CONFIG GET", "-ERR wrong number of arguments for 'config|get' command"},
		}},
		{"set", []exchange{
			{"CONFIG SET timeout 30 maxmemory-policy allkeys-lru", "+OK"},
			{"CONFIG GET timeout maxmemory-policy", `["timeout", "30", "maxmemory-policy", "allkeys-lru"]`},
			{"CONFIG SET timeout 40 maxmemory-policy bogus", "-ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - *"},
			{"CONFIG GET timeout", `["timeout", "30"]`},
			{"CONFIG SET timeout", "-ERR wrong number of arguments for 'config|set' command"},
			{"CONFIG SET timeout 1 2", "-ERR syntax error"},
			{"CONFIG SET nosuch 1", "-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'"},
			{"CONFIG SET databases 1", "-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config"},
		}},
		{"the rest", []exchange{
			{"CONFIG REWRITE", "-ERR The server is running without a config file"},
			{"CONFIG RESETSTAT", "+OK"},
			{"CONFIG", "-ERR wrong number of arguments for 'config' command"},
			{"CONFIG FOO", "-ERR unknown subcommand 'FOO'. Try CONFIG HELP."},
			{"MODULE LIST", "[]"},
			{"MODULE LOAD x", "-ERR unknown subcommand 'LOAD'. Try MODULE HELP."},
			{"ACL WHOAMI", `"default"`},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			newFixture(t).connect().expect(tc.script)
		})
	}
}

// A change reaches what was derived from the configuration.
func TestConfigSetTakesEffect(t *testing.T) {
	f := newFixture(t)
	c := f.connect()
	c.ok("CONFIG SET proto-max-bulk-len 1mb client-output-buffer-limit \"normal 1mb 0 0\"")
	if f.srv.env.MaxBulkLen != 1<<20 || f.srv.decodeLimits[1].MaxBulk != 1<<20 || !f.srv.outputLimited {
		t.Error("the derived settings are the old ones")
	}
}

func TestConfigSetRequirePass(t *testing.T) {
	f := newFixture(t, "requirepass old")
	waiting, c := f.connect(), f.connect()
	c.ok("AUTH old")
	c.ok("CONFIG SET requirepass new")
	if got := c.do("PING"); got != "+PONG" {
		t.Errorf("a client that was logged in: %s", got)
	}
	if got := waiting.do("PING"); got != "-NOAUTH Authentication required." {
		t.Errorf("a client that was not: %s", got)
	}
	c.ok(`CONFIG SET requirepass ""`)
	if got := waiting.do("PING"); got != "+PONG" {
		t.Errorf("without a password: %s", got)
	}
}

// Secrets must not show in SLOWLOG, not even in a refused command.
func TestConfigSetHidesSecrets(t *testing.T) {
	for _, line := range []string{"CONFIG SET timeout 1 requirepass hush", "CONFIG SET nosuch 1 RequirePass hush"} {
		f := newFixture(t, "slowlog-log-slower-than 0")
		c := f.connect()
		c.do(line)
		f.srv.world.Lock()
		shown := ""
		for _, e := range f.srv.observed.mu.slow.Newest(1) {
			for _, a := range e.Args {
				shown += string(a) + " "
			}
		}
		f.srv.world.Unlock()
		if !strings.Contains(shown, "(redacted)") || strings.Contains(shown, "hush") {
			t.Errorf("%s is shown as %q", line, shown)
		}
		if strings.Contains(f.log.String(), "hush") {
			t.Errorf("%s is in the log: %s", line, f.log.String())
		}
	}
}

func TestConfigRewrite(t *testing.T) {
	f := newFixture(t)
	path := filepath.Join(t.TempDir(), "synap.conf")
	if err := os.WriteFile(path, []byte("# mine\ntimeout 5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.srv.cfg.Path = path
	c := f.connect()
	c.ok("CONFIG SET timeout 77")
	c.ok("CONFIG REWRITE")
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "# mine\ntimeout 77\n") {
		t.Errorf("%v: %s", err, text)
	}
	if !strings.Contains(f.log.String(), "CONFIG REWRITE executed with success.") {
		t.Error("the log does not tell")
	}
	f.srv.cfg.Path = filepath.Join(path, "not-a-directory")
	if got := c.do("CONFIG REWRITE"); !strings.HasPrefix(got, "-ERR Rewriting config file: ") {
		t.Error(got)
	}
	if !strings.Contains(f.log.String(), "CONFIG REWRITE failed: ") {
		t.Error("the log does not tell of the failure")
	}
}

// countingTransport has counters, and lets itself be rebound.
type countingTransport struct {
	transport.Server
	stats transport.Stats
	bound transport.Endpoints
	fail  error
}

func (c *countingTransport) Stats() transport.Stats { return c.stats }
func (c *countingTransport) Rebind(e transport.Endpoints) error {
	if c.fail == nil {
		c.bound = e
	}
	return c.fail
}

func TestConfigResetStat(t *testing.T) {
	f := newFixture(t, "latency-tracking yes")
	tr := &countingTransport{stats: transport.Stats{Accepted: 7, Loops: []transport.LoopStats{
		{BytesIn: 100, BytesOut: 10}, {BytesIn: 1, BytesOut: 2}}}}
	f.srv.transport = tr
	c := f.connect()
	c.ok("SET k v")
	c.do("GET k")
	c.do("GET missing")
	c.do("NOSUCH")
	n := &f.srv.counters
	n.rejected.Store(3)
	n.evictedClients.Store(3)
	n.outputLimitKills.Store(3)
	n.queryLimitKills.Store(3)
	n.evictionTime.Store(3)
	c.ok("CONFIG RESETSTAT")
	if n.rejected.Load()|n.evictedClients.Load()|n.outputLimitKills.Load()|n.queryLimitKills.Load()|n.evictionTime.Load() != 0 {
		t.Error("a counter stayed")
	}
	if got := f.srv.traffic(); got != (traffic{}) {
		t.Errorf("the transport's figures: %+v", got)
	}
	tr.stats.Accepted++
	tr.stats.Loops[1].BytesIn += 5
	if got := f.srv.traffic(); got.accepted != 1 || got.in != 5 || got.out != 0 {
		t.Errorf("the transport's figures afterwards: %+v", got)
	}
	st := &f.srv.loops[0].stats
	get := st.byCommand[f.srv.table.Named("get").ID]
	if get.calls != 0 || get.histogram != nil || st.errors != 0 || len(st.errorCodes) != 0 {
		t.Errorf("%+v", st)
	}
	if st.commands != 1 { // CONFIG RESETSTAT itself
		t.Errorf("%d commands", st.commands)
	}
}

func TestConfigSetPort(t *testing.T) {
	f := newFixture(t)
	tr := &countingTransport{}
	f.srv.transport = tr
	c := f.connect()
	c.ok("CONFIG SET port 6400 bind \"127.0.0.1 ::1\" tcp-keepalive 60")
	if tr.bound.Port != 6400 || len(tr.bound.Bind) != 2 || tr.bound.KeepAlive != time.Minute {
		t.Errorf("bound to %+v", tr.bound)
	}
	tr.fail = errors.New("address in use")
	c.expect([]exchange{
		{"CONFIG SET port 6401", "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs."},
		{"CONFIG SET bind 1.2.3.4", "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses."},
		{"CONFIG GET port bind", `["port", "6400", "bind", "127.0.0.1 ::1"]`},
	})
	if !strings.Contains(f.log.String(), "address in use") {
		t.Error("the log does not tell why")
	}
}

// TestOOMScore: CONFIG SET tells the kernel, and is refused if that fails.
func TestOOMScore(t *testing.T) {
	f := newFixture(t)
	path := filepath.Join(t.TempDir(), "oom_score_adj")
	kernel := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%q, %v, want %s", got, err, want)
		}
	}
	f.srv.oomScore = daemon.NewOOMScore(path)
	c := f.connect()
	const refused = "-ERR CONFIG SET failed (possibly related to argument 'oom-score-adj') - Failed to set current oom_score_adj. Check server logs."
	c.expect([]exchange{
		{"CONFIG SET oom-score-adj yes", refused},
		{"CONFIG GET oom-score-adj", `["oom-score-adj", "no"]`},
	})
	if err := os.WriteFile(path, []byte("222"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.ok(`CONFIG SET oom-score-adj-values "100 600 700"`)
	kernel("222")
	c.ok("CONFIG SET oom-score-adj yes")
	kernel("322")
	c.ok(`CONFIG SET oom-score-adj-values "200 600 700"`)
	kernel("422")
	c.ok("CONFIG SET oom-score-adj absolute")
	kernel("200")
	c.ok("CONFIG SET oom-score-adj no")
	kernel("222")
}
