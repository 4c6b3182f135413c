package server

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestDebugReplies(t *testing.T) {
	for _, tc := range []struct {
		name   string
		script []exchange
	}{
		{"mistakes", []exchange{
			{"DEBUG", "-ERR wrong number of arguments for 'debug' command"},
			{"DEBUG FOO", "-ERR unknown subcommand or wrong number of arguments for 'FOO'. Try DEBUG HELP."},
			{"DEBUG SLEEP", "-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP."},
			{"DEBUG SLEEP 1 2", "-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP."},
			{"DEBUG SLEEP abc", "-" + string(errSleepTime)},
			{"DEBUG SLEEP nan", "-" + string(errSleepTime)},
			{"DEBUG SLEEP 1e300", "-" + string(errSleepTime)},
			{"DEBUG SLEEP -1", "+OK"},
			{"DEBUG SLEEP 0", "+OK"},
			{"DEBUG SET-ACTIVE-EXPIRE x", "-ERR value is not an integer or out of range"},
			{"DEBUG RELOAD FOO", "-" + string(errReloadOptions)},
			{"DEBUG RELOAD NOSAVE merge", "-" + string(errNotPersistent)},
			{"DEBUG LOADAOF", "-" + string(errNotPersistent)},
		}},
		{"small ones", []exchange{
			{`DEBUG ERROR "CODE some\r\ntext"`, "-CODE some  text"},
			{"DEBUG LOG hello", "+OK"},
			{"DEBUG CHANGE-REPL-ID", "+OK"},
			{"DEBUG STRINGMATCH-LEN a*c abbc", ":1"},
			{"DEBUG STRINGMATCH-LEN a*c abbd", ":0"},
		}},
		{"protocol in RESP2", []exchange{
			{"DEBUG PROTOCOL string", `"Hello World"`},
			{"DEBUG PROTOCOL integer", ":12345"},
			{"DEBUG PROTOCOL double", `"3.141"`},
			{"DEBUG PROTOCOL bignum", `"1234567999999999999999999999999999999"`},
			{"DEBUG PROTOCOL null", "nil"},
			{"DEBUG PROTOCOL array", "[:0, :1, :2]"},
			{"DEBUG PROTOCOL set", "[:0, :1, :2]"},
			{"DEBUG PROTOCOL map", "[:0, :0, :1, :1, :2, :0]"},
			{"DEBUG PROTOCOL attrib", `"Some real reply following the attribute"`},
			{"DEBUG PROTOCOL push", "-ERR RESP2 is not supported by this command"},
			{"DEBUG PROTOCOL verbatim", `"This is a verbatim\nstring"`},
			{"DEBUG PROTOCOL TRUE", ":1"},
			{"DEBUG PROTOCOL false", ":0"},
			{"DEBUG PROTOCOL foo", "-" + string(errProtocolType)},
		}},
		{"protocol in RESP3", []exchange{
			{"HELLO 3", "%{*"},
			{"DEBUG PROTOCOL double", ",3.141"},
			{"DEBUG PROTOCOL bignum", "(1234567999999999999999999999999999999"},
			{"DEBUG PROTOCOL null", "_"},
			{"DEBUG PROTOCOL set", "~[:0, :1, :2]"},
			{"DEBUG PROTOCOL map", "%{:0: #f, :1: #t, :2: #f}"},
			{"DEBUG PROTOCOL attrib", `|{"key-popularity": ["key:123", :90]} "Some real reply following the attribute"`},
			{"DEBUG PROTOCOL verbatim", `=txt:"This is a verbatim\nstring"`},
			{"DEBUG PROTOCOL true", "#t"},
		}},
		{"populate", []exchange{
			{"DEBUG POPULATE x", "-ERR value is out of range, must be positive"},
			{"DEBUG POPULATE -1", "-ERR value is out of range, must be positive"},
			{"DEBUG POPULATE 1 k -5", "-ERR value is out of range, must be positive"},
			{"DEBUG POPULATE 1 k 99999999999", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)"},
			{"SET key:1 mine", "+OK"},
			{"DEBUG POPULATE 3", "+OK"},
			{"MGET key:0 key:1 key:2 key:3", `["value:0", "mine", "value:2", nil]`},
			{"DEBUG POPULATE 2 big 10", "+OK"},
			{"MGET big:0 big:1", `["value:0\x00\x00\x00", "value:1\x00\x00\x00"]`},
			{"DEBUG POPULATE 1 tiny 3", "+OK"},
			{"GET tiny:0", `"val"`},
			{"DBSIZE", ":6"},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			newFixture(t).connect().expect(tc.script)
		})
	}
}

func TestDebugPush(t *testing.T) {
	c := newFixture(t).connect()
	c.do("HELLO 3")
	c.send(encode(t, "DEBUG PROTOCOL push"))
	got := strings.Join(c.answers(), " ")
	if want := `>["server-cpu-usage", :42] "Some real reply following the push reply"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDebugNeedsPermission(t *testing.T) {
	for _, tc := range []struct {
		setting, addr string
		allowed       bool
	}{
		{"yes", "10.0.0.1:5", true},
		{"no", "127.0.0.1:5", false},
		{"local", "127.0.0.1:5", true},
		{"local", "10.0.0.1:5", false},
	} {
		t.Run(tc.setting+" from "+tc.addr, func(t *testing.T) {
			c := newFixture(t, "enable-debug-command "+tc.setting).connectFrom(tc.addr, false)
			got := c.do("DEBUG SLEEP 0")
			if (got == "+OK") != tc.allowed || !tc.allowed && got != "-"+string(errDebugDisabled) {
				t.Error(got)
			}
		})
	}
}

func TestDebugSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newFixture(t).connect()
		start := time.Now()
		c.ok("DEBUG SLEEP 1.5")
		if spent := time.Since(start); spent != 1500*time.Millisecond {
			t.Errorf("slept %v", spent)
		}
	})
}

func TestDebugStopsExpiry(t *testing.T) {
	for _, tc := range []struct{ off, on string }{
		{"DEBUG SET-ACTIVE-EXPIRE 0", "DEBUG SET-ACTIVE-EXPIRE 1"},
		{"DEBUG PAUSE-CRON 1", "DEBUG PAUSE-CRON 0"},
	} {
		t.Run(tc.off, func(t *testing.T) {
			f := newFixture(t)
			c := f.connect()
			c.ok("SET k v PX 10")
			c.ok(tc.off)
			f.advance(time.Second)
			f.srv.expire()
			if got := c.do("DBSIZE"); got != ":1" {
				t.Errorf("DBSIZE %s with the cycle off", got)
			}
			c.ok(tc.on)
			f.srv.expire()
			if got := c.do("DBSIZE"); got != ":0" {
				t.Errorf("DBSIZE %s with the cycle on", got)
			}
		})
	}
}

func TestDebugLogAndReplID(t *testing.T) {
	f := newFixture(t)
	before := f.srv.replID
	c := f.connect()
	c.ok(`DEBUG LOG "### test"`)
	c.ok("DEBUG CHANGE-REPL-ID")
	if !strings.Contains(f.log.String(), "DEBUG LOG: ### test") {
		t.Error(f.log.String())
	}
	if f.srv.replID == before || len(f.srv.replID) != 40 {
		t.Errorf("%s after %s", f.srv.replID, before)
	}
}

func TestDebugObject(t *testing.T) {
	for _, tc := range []struct{ name, setup, encoding, length string }{
		{"one byte", "SET k 12", "int", "2"},
		{"two bytes", "SET k -300", "int", "3"},
		{"four bytes", "SET k 70000", "int", "5"},
		{"larger numbers are text", "SET k 3000000000", "int", "11"},
		{"short", "SET k hello", "embstr", "6"},
		{"64 bytes", "SET k " + strings.Repeat("x", 64), "raw", "66"},
		{"16 KiB", "SET k " + strings.Repeat("x", 1<<14), "raw", "16389"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			c := f.connect()
			c.do(tc.setup)
			f.advance(20 * time.Second)
			got := strings.ReplaceAll(c.do("DEBUG OBJECT k"), ":", "=")
			if field(got, "encoding") != tc.encoding || field(got, "serializedlength") != tc.length ||
				field(got, "lru_seconds_idle") != "20" || !strings.HasPrefix(got, "+Value at=0x") || field(got, "refcount") != "1" {
				t.Error(got)
			}
		})
	}
	t.Run("number built by parts", func(t *testing.T) {
		c := newFixture(t).connect()
		c.do("APPEND k x")
		c.do("SETRANGE k 0 12")
		if got := strings.ReplaceAll(c.do("DEBUG OBJECT k"), ":", "="); field(got, "encoding") != "raw" || field(got, "serializedlength") != "2" {
			t.Error(got)
		}
	})
	t.Run("missing", func(t *testing.T) {
		newFixture(t).connect().expect([]exchange{{"DEBUG OBJECT k", "-ERR no such key"}})
	})
	t.Run("clock", func(t *testing.T) {
		f := newFixture(t)
		c := f.connect()
		c.ok("SET k v")
		first := field(strings.ReplaceAll(c.do("DEBUG OBJECT k"), ":", "="), "lru")
		f.advance(time.Minute)
		if again := field(strings.ReplaceAll(c.do("DEBUG OBJECT k"), ":", "="), "lru"); again != first || first == "0" {
			t.Errorf("lru %s, then %s", first, again)
		}
	})
}

func TestDebugDigest(t *testing.T) {
	digest := func(lines ...string) string {
		c := newFixture(t).connect()
		for _, line := range lines {
			c.do(line)
		}
		return c.do("DEBUG DIGEST")
	}
	const none = "+0000000000000000000000000000000000000000"
	if got := digest(); got != none {
		t.Errorf("without data: %s", got)
	}
	base := digest("SET a 1", "SET b x")
	if base == none || len(base) != len(none) {
		t.Fatalf("digest %s", base)
	}
	for _, tc := range []struct {
		name  string
		lines []string
		same  bool
	}{
		{"other order", []string{"SET b x", "SET a 1"}, true},
		{"after detours", []string{"SET c 1", "SET a 0", "SET b x", "DEL c", "INCR a"}, true},
		{"other encoding", []string{"SET a ''", "APPEND a 1", "SET b x"}, true},
		{"other value", []string{"SET a 2", "SET b x"}, false},
		{"other key", []string{"SET a 1", "SET c x"}, false},
		{"swapped values", []string{"SET a x", "SET b 1"}, false},
		{"other database", []string{"SET a 1", "SELECT 1", "SET b x"}, false},
		{"with an expiry", []string{"SET a 1", "SET b x EX 100"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := digest(tc.lines...); (got == base) != tc.same {
				t.Errorf("%s beside %s", got, base)
			}
		})
	}
	large := "RPUSH l" + strings.Repeat(" some_longer_element", 1000)
	if a, b := digest(large, "LPUSH l x"), digest(large, "RPUSH l x", "LMOVE l l RIGHT LEFT"); a != b || a == digest(large, "RPUSH l x") {
		t.Error("the layout of a list counts, or its order does not")
	}
	if digest("SET a 1 EX 10") != digest("SET a 1 EX 20") {
		t.Error("the time of expiry counts")
	}
}

func TestDebugDigestValue(t *testing.T) {
	c := newFixture(t).connect()
	c.do("MSET a 1 b 1 c 2")
	r := c.tree("DEBUG DIGEST-VALUE a b c missing")
	if len(r.Elems) != 4 {
		t.Fatal(r)
	}
	got := texts(r.Elems, 1)
	if got[0] != got[1] || got[0] == got[2] || got[3] != strings.Repeat("0", 40) || len(got[0]) != 40 {
		t.Errorf("%q", got)
	}
	if r := c.tree("DEBUG DIGEST-VALUE"); len(r.Elems) != 0 || r.Null {
		t.Error(r)
	}
}
