package server

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// clientScripts are what a client of its own says to a server and hears.
var clientScripts = []struct {
	name   string
	script []exchange
}{
	{"id and name", []exchange{
		{"CLIENT ID", ":1"},
		{"CLIENT GETNAME", "nil"},
		{"CLIENT SETNAME worker-1", "+OK"},
		{"client getname", `"worker-1"`},
		{`CLIENT SETNAME "a b"`, "-" + string(errClientName)},
		{`CLIENT SETNAME "a\nb"`, "-" + string(errClientName)},
		{`CLIENT SETNAME ""`, "+OK"},
		{"CLIENT GETNAME", "nil"},
		{"CLIENT ID x", "-ERR wrong number of arguments for 'client|id' command"},
	}},
	{"no name in RESP3", []exchange{
		{"HELLO 3", "%{*"},
		{"CLIENT GETNAME", "_"},
		{"CLIENT LIST", `=txt:"id=1 addr=127.0.0.1:50001 *`},
		{"CLIENT INFO", `=txt:"id=1 addr=127.0.0.1:50001 *`},
	}},
	{"library", []exchange{
		{"CLIENT SETINFO LIB-NAME redis.go", "+OK"},
		{"CLIENT SETINFO lib-ver 1.2.3", "+OK"},
		{`CLIENT SETINFO lib-name "redis py"`, "-ERR lib-name cannot contain spaces, newlines or special characters."},
		{`CLIENT SETINFO LIB-ver "1\n"`, "-ERR LIB-ver cannot contain spaces, newlines or special characters."},
		{"CLIENT SETINFO badger hamster", "-ERR Unrecognized option 'badger'"},
		{"CLIENT SETINFO lib-name", "-ERR wrong number of arguments for 'client|setinfo' command"},
	}},
	{"switches", []exchange{
		{"CLIENT NO-EVICT ON", "+OK"},
		{"CLIENT NO-EVICT off", "+OK"},
		{"CLIENT NO-EVICT maybe", "-ERR syntax error"},
		{"CLIENT NO-TOUCH on", "+OK"},
		{"CLIENT NO-TOUCH OFF", "+OK"},
		{"CLIENT NO-TOUCH maybe", "-ERR syntax error"},
		{"CLIENT GETREDIR", ":-1"},
	}},
	{"list", []exchange{
		{"CLIENT LIST TYPE", "-ERR syntax error"},
		{"CLIENT LIST TYPE normal", `"id=1 *`},
		{"CLIENT LIST TYPE NORMAL x", "-ERR syntax error"},
		{"CLIENT LIST TYPE pubsub", `""`},
		{"CLIENT LIST TYPE slave", `""`},
		{"CLIENT LIST TYPE master", `""`},
		{"CLIENT LIST TYPE foo", "-ERR Unknown client type 'foo'"},
		{"CLIENT LIST ID", "-ERR syntax error"},
		{"CLIENT LIST ID 1", `"id=1 *`},
		{"CLIENT LIST ID 77", `""`},
		{"CLIENT LIST ID 1 x", "-ERR Invalid client ID"},
	}},
	{"kill", []exchange{
		{"CLIENT KILL", "-ERR wrong number of arguments for 'client|kill' command"},
		{"CLIENT KILL 1.2.3.4:5", "-ERR No such client"},
		{"CLIENT KILL ID 10 wrong", "-ERR syntax error"},
		{"CLIENT KILL ID str", "-ERR client-id should be greater than 0"},
		{"CLIENT KILL ID -1", "-ERR client-id should be greater than 0"},
		{"CLIENT KILL ID 0", "-ERR client-id should be greater than 0"},
		{"CLIENT KILL TYPE wrong", "-ERR Unknown client type 'wrong'"},
		{"CLIENT KILL USER wrong", "-ERR No such user 'wrong'"},
		{"CLIENT KILL SKIPME perhaps", "-ERR syntax error"},
		{"CLIENT KILL MAXAGE 10", "-ERR syntax error"},
		{"CLIENT KILL ID 10", ":0"},
		{"CLIENT KILL USER default", ":0"},
	}},
	{"unblock", []exchange{
		{"CLIENT UNBLOCK 1", ":0"},
		{"CLIENT UNBLOCK 99 ERROR", ":0"},
		{"CLIENT UNBLOCK 1 timeout", ":0"},
		{"CLIENT UNBLOCK x", "-ERR value is not an integer or out of range"},
		{"CLIENT UNBLOCK x foo", "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"},
		{"CLIENT UNBLOCK 1 timeout x",
			"-ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP."},
	}},
	{"pause", []exchange{
		{"CLIENT PAUSE x", "-ERR timeout is not an integer or out of range"},
		{"CLIENT PAUSE x foo", "-ERR CLIENT PAUSE mode must be WRITE or ALL"},
		{"CLIENT PAUSE -1", "-ERR timeout is negative"},
		{"CLIENT PAUSE 9223372036854775807", "-ERR timeout is out of range"},
		{"CLIENT PAUSE 1 all x", "-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP."},
		{"CLIENT UNPAUSE", "+OK"},
	}},
	{"what there is not", []exchange{
		{"CLIENT", "-ERR wrong number of arguments for 'client' command"},
		{"CLIENT MAINT_NOTIFICATIONS ON", "-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP."},
	}},
}

func TestClientReplies(t *testing.T) {
	for _, tc := range clientScripts {
		t.Run(tc.name, func(t *testing.T) {
			newFixture(t).connect().expect(tc.script)
		})
	}
}

func TestClientInfoFields(t *testing.T) {
	f := newFixture(t)
	c := f.connect()
	c.ok("CLIENT SETNAME alice")
	c.ok("CLIENT SETINFO lib-name lib")
	c.ok("CLIENT SETINFO lib-ver 9.1")
	c.ok("SELECT 3")
	f.advance(90 * time.Second)
	text := string(c.tree("CLIENT INFO").Text)
	line, more, ended := strings.Cut(text, "\n")
	if !ended || more != "" {
		t.Fatalf("not one line: %q", text)
	}
	want := "id addr laddr fd name age idle flags db sub psub ssub multi qbuf qbuf-free argv-mem multi-mem rbs rbp obl oll " +
		"omem tot-mem events cmd user redir resp lib-name lib-ver"
	var names []string
	for _, f := range strings.Split(line, " ") {
		name, _, _ := strings.Cut(f, "=")
		names = append(names, name)
	}
	if got := strings.Join(names, " "); got != want {
		t.Errorf("fields\n got %s\nwant %s", got, want)
	}
	for name, want := range map[string]string{
		"id": "1", "addr": "127.0.0.1:50001", "laddr": "127.0.0.1:6379", "fd": "10", "name": "alice", "age": "90",
		"idle": "0", "flags": "N", "db": "3", "sub": "0", "multi": "-1", "argv-mem": "10", "multi-mem": "0", "obl": "0",
		"oll": "0", "omem": "0", "qbuf": "26", "events": "r", "cmd": "client|info", "user": "default", "redir": "-1",
		"resp": "2", "lib-name": "lib", "lib-ver": "9.1",
	} {
		if got := field(line, name); got != want {
			t.Errorf("%s=%s, want %s", name, got, want)
		}
	}
	if n, err := strconv.Atoi(field(line, "tot-mem")); err != nil || n < sessionBytes {
		t.Errorf("tot-mem=%s", field(line, "tot-mem"))
	}
}

func TestClientFlags(t *testing.T) {
	for _, tc := range []struct {
		name  string
		setup []string
		want  string
	}{
		{"none", nil, "N"},
		{"transaction", []string{"MULTI"}, "x"},
		{"spared and not touching", []string{"CLIENT NO-EVICT ON", "CLIENT NO-TOUCH ON"}, "eT"},
		{"transaction that cannot win", []string{"SET k 1", "WATCH k", "SET k 2", "MULTI"}, "xd"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			c, observer := f.connect(), f.connect()
			for _, line := range tc.setup {
				c.ok(line)
			}
			line := string(observer.tree("CLIENT LIST ID 1").Text)
			if got := field(line, "flags"); got != tc.want {
				t.Errorf("flags=%s, want %s", got, tc.want)
			}
		})
	}
	t.Run("unix socket", func(t *testing.T) {
		c := newFixture(t).connectFrom("/run/synap.sock:0", true)
		if got := field(string(c.tree("CLIENT INFO").Text), "flags"); got != "U" {
			t.Errorf("flags=%s, want U", got)
		}
	})
}

func TestClientListOfTransaction(t *testing.T) {
	f := newFixture(t)
	c, observer := f.connect(), f.connect()
	c.ok("MULTI")
	c.do("SET k v")
	c.do("GET k")
	f.advance(5 * time.Second)
	lines := strings.Split(string(observer.tree("CLIENT LIST").Text), "\n")
	if len(lines) != 3 || lines[2] != "" {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	if field(lines[0], "id") != "1" || field(lines[0], "multi") != "2" || field(lines[0], "multi-mem") == "0" ||
		field(lines[0], "idle") != "5" || field(lines[0], "argv-mem") != "0" || field(lines[0], "qbuf") != "0" {
		t.Error(lines[0])
	}
	if field(lines[1], "id") != "2" || field(lines[1], "cmd") != "client|list" {
		t.Error(lines[1])
	}
}

func TestClientKill(t *testing.T) {
	// Clients 1 to 3 have the ports 50001 to 50003; the third one sends the command.
	for _, tc := range []struct {
		command, reply string
		left           []int64
	}{
		{"CLIENT KILL 127.0.0.1:50001", "+OK", []int64{2, 3}},
		{"CLIENT KILL 127.0.0.1:50003", "+OK", []int64{1, 2}},
		{"CLIENT KILL ADDR 127.0.0.1:50002", ":1", []int64{1, 3}},
		{"CLIENT KILL ADDR 127.0.0.1:50003", ":0", []int64{1, 2, 3}},
		{"CLIENT KILL ADDR 127.0.0.1:50003 SKIPME no", ":1", []int64{1, 2}},
		{"CLIENT KILL LADDR 127.0.0.1:6379", ":2", []int64{3}},
		{"CLIENT KILL LADDR 127.0.0.1:6380", ":0", []int64{1, 2, 3}},
		{"CLIENT KILL ID 2", ":1", []int64{1, 3}},
		{"CLIENT KILL ID 1 ID 2", ":1", []int64{1, 3}},
		{"CLIENT KILL ID 1 ADDR 127.0.0.1:50002", ":0", []int64{1, 2, 3}},
		{"CLIENT KILL TYPE normal", ":2", []int64{3}},
		{"CLIENT KILL TYPE pubsub SKIPME no", ":0", []int64{1, 2, 3}},
		{"CLIENT KILL USER default SKIPME NO", ":3", nil},
		{"CLIENT KILL SKIPME yes", ":2", []int64{3}},
	} {
		t.Run(tc.command, func(t *testing.T) {
			f := newFixture(t)
			all := []*testClient{f.connect(), f.connect(), f.connect()}
			if got := all[2].do(tc.command); got != tc.reply {
				t.Errorf("got %s, want %s", got, tc.reply)
			}
			var left []int64
			for _, x := range f.srv.clients.all() {
				left = append(left, x.id)
			}
			if len(left) != len(tc.left) {
				t.Fatalf("left are %v, want %v", left, tc.left)
			}
			open := 0
			for i, c := range all {
				if !c.closed {
					if left[open] != tc.left[open] || left[open] != int64(i+1) {
						t.Errorf("left are %v, want %v", left, tc.left)
					}
					open++
				}
			}
			if open != len(left) || f.srv.clients.count.Load() != int64(len(left)) {
				t.Errorf("%d connections are open and %d counted, %d clients known", open, f.srv.clients.count.Load(), len(left))
			}
		})
	}
}

// A killed client must be gone for the next command already, though its loop has not closed it yet.
func TestClientKillIsSeenAtOnce(t *testing.T) {
	f := newFixture(t)
	f.connect()
	c := f.connect()
	c.send(encode(t, "CLIENT KILL ID 1") + encode(t, "CLIENT KILL ID 1") + encode(t, "CLIENT LIST ID 1"))
	if got := strings.Join(c.answers(), " "); got != `:1 :0 ""` {
		t.Error(got)
	}
}

func TestClientKillInTransaction(t *testing.T) {
	f := newFixture(t)
	other, c := f.connect(), f.connect()
	c.ok("MULTI")
	c.do("CLIENT KILL TYPE normal SKIPME no")
	c.do("SET k v")
	c.send(encode(t, "EXEC") + encode(t, "PING"))
	if got := c.received.String(); got != "*2\r\n:2\r\n" {
		t.Errorf("%q", got)
	}
	if !c.closed || !other.closed {
		t.Error("a killed client is still connected")
	}
	if got := f.connect().do("GET k"); got != `"v"` {
		t.Errorf("the command behind CLIENT KILL left %s", got)
	}
}

func TestClientReply(t *testing.T) {
	for _, tc := range []struct {
		name, commands, want string
	}{
		{"off and on", "CLIENT REPLY OFF|PING a|NOSUCH|CLIENT REPLY ON|PING b", `+OK "b"`},
		{"skip", "CLIENT REPLY SKIP|PING a|PING b", `"b"`},
		{"skip an error", "CLIENT REPLY SKIP|GET|PING b", `"b"`},
		{"skip, then on", "CLIENT REPLY SKIP|CLIENT REPLY ON|PING", "+OK +PONG"},
		{"skip twice", "CLIENT REPLY SKIP|CLIENT REPLY SKIP|PING a|PING b", `"b"`},
		{"skip while off", "CLIENT REPLY OFF|CLIENT REPLY SKIP|PING a|PING b|CLIENT REPLY ON", "+OK"},
		{"mistake", "CLIENT REPLY maybe|PING", "-ERR syntax error +PONG"},
		{"queueing", "MULTI|CLIENT REPLY OFF|CLIENT REPLY ON|EXEC", "+OK +QUEUED +QUEUED [+OK, +OK]"},
		{"off behind EXEC", "MULTI|CLIENT REPLY OFF|PING|EXEC|PING", "+OK +QUEUED +QUEUED"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newFixture(t).connect()
			for _, line := range strings.Split(tc.commands, "|") {
				c.send(encode(t, line))
			}
			if got := strings.Join(c.answers(), " "); got != tc.want {
				t.Errorf("got %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestClientPause(t *testing.T) {
	for _, tc := range []struct{ name, mode, read, write string }{
		{"all", "", "", ""},
		{"write", " WRITE", `"v"`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t)
				f.now = time.Now()
				f.srv.clock = time.Now
				c, reader, writer := f.connect(), f.connect(), f.connect()
				c.ok("SET k v")
				c.ok("CLIENT PAUSE 5000" + tc.mode)
				if got := reader.do("GET k"); got != tc.read {
					t.Errorf("during the pause GET replied %q, want %q", got, tc.read)
				}
				if got := writer.do("SET k w"); got != tc.write {
					t.Errorf("during the pause SET replied %q, want %q", got, tc.write)
				}
				time.Sleep(5001 * time.Millisecond)
				synctest.Wait()
				f.turn(func() {})
				if got := strings.Join(writer.answers(), " "); got != "+OK" {
					t.Errorf("after the pause SET replied %q", got)
				}
			})
		})
	}
}

// A timer that is already running when it is stopped must not end the pause that has begun since.
func TestClientPauseLateTimer(t *testing.T) {
	f := newFixture(t)
	f.srv.startPause(time.Hour, true)
	first := f.srv.pause.mu.generation
	f.srv.endPause()
	f.srv.startPause(time.Hour, true)
	f.srv.expirePause(first)
	if !f.srv.pause.active.Load() {
		t.Error("the first pause's timer ended the second pause")
	}
	f.srv.expirePause(f.srv.pause.mu.generation)
	if f.srv.pause.active.Load() {
		t.Error("the pause did not end")
	}
}

func TestClientUnpause(t *testing.T) {
	f := newFixture(t)
	c, writer := f.connect(), f.connect()
	c.ok("CLIENT PAUSE 100000000 WRITE")
	if got := writer.do("SET k v"); got != "" {
		t.Fatalf("SET replied %s during the pause", got)
	}
	if line := string(c.tree("CLIENT LIST ID 2").Text); field(line, "flags") != "b" {
		t.Error(line)
	}
	if got := c.do("INFO clients"); !strings.Contains(got, "blocked_clients:1\\r") {
		t.Errorf("during the pause: %s", got)
	}
	c.send("CLIENT UNPAUSE\r\nCLIENT LIST ID 2\r\nINFO clients\r\n")
	got := c.answers()
	if len(got) != 3 || field(got[1], "flags") != "N" || !strings.Contains(got[2], "blocked_clients:0\\r") {
		t.Errorf("right after the pause: %q", got)
	}
	if got := strings.Join(writer.answers(), " "); got != "+OK" {
		t.Errorf("SET replied %q after the pause", got)
	}
}

// A client that is closed while CLIENT PAUSE holds it back counts no longer.
func TestClientPauseClosed(t *testing.T) {
	f := newFixture(t)
	c, writer := f.connect(), f.connect()
	c.ok("CLIENT PAUSE 100000000 WRITE")
	writer.do("SET k v")
	c.send("CLIENT KILL ID 2\r\nINFO clients\r\n")
	if got := c.answers(); len(got) != 2 || got[0] != ":1" || !strings.Contains(got[1], "blocked_clients:0\\r") {
		t.Errorf("got %q", got)
	}
	c.ok("CLIENT UNPAUSE")
	if got := c.do("INFO clients"); !strings.Contains(got, "blocked_clients:0\\r") {
		t.Errorf("after the pause: %s", got)
	}
}

func TestClientNoTouch(t *testing.T) {
	for _, tc := range []struct{ name, commands, idle string }{
		{"touching", "GET k", ":0"},
		{"not touching", "CLIENT NO-TOUCH ON|GET k", ":30"},
		{"in a transaction", "MULTI|CLIENT NO-TOUCH ON|GET k|EXEC", ":30"},
		{"touching again", "CLIENT NO-TOUCH ON|CLIENT NO-TOUCH OFF|GET k", ":0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			c := f.connect()
			c.ok("SET k v")
			f.advance(30 * time.Second)
			for _, line := range strings.Split(tc.commands, "|") {
				c.do(line)
			}
			if got := c.do("OBJECT IDLETIME k"); got != tc.idle {
				t.Errorf("idle for %s, want %s", got, tc.idle)
			}
		})
	}
}

func TestResetKeepsLibrary(t *testing.T) {
	c := newFixture(t).connect()
	c.ok("CLIENT SETNAME n")
	c.ok("CLIENT SETINFO lib-name lib")
	c.do("RESET")
	line := string(c.tree("CLIENT INFO").Text)
	if field(line, "name") != "" || field(line, "lib-name") != "lib" {
		t.Error(line)
	}
}
