package compat

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// need is what a client requires of one reply; it returns what is wrong, or "".
type need func(reply) string

// handshake is what a client library sends on a new connection, in wire order.
// Each element of trips is one round trip of pipelined commands.
type handshake struct {
	client   string
	password bool // the server demands one
	newer    bool // the oracle answers otherwise: needs Redis 7.2 or later, or what only Redis has
	trips    [][]exchange
}

type exchange struct {
	command string
	need    need
}

func ok(r reply) string {
	if r.String() != "+OK" {
		return "must be OK"
	}
	return ""
}

func text(wanted string) need {
	return func(r reply) string {
		if r.String() != wanted {
			return "must be " + wanted
		}
		return ""
	}
}

// tolerated is OK or an error: the client goes on after either.
func tolerated(r reply) string {
	if r.String() != "+OK" && !r.isError() {
		return "must be OK or an error"
	}
	return ""
}

func refused(r reply) string {
	if !r.isError() {
		return "must be an error"
	}
	return ""
}

func refusedWith(start string) need {
	return func(r reply) string {
		if !r.isError() || !strings.HasPrefix(r.text, start) {
			return "must be an error starting with " + start
		}
		return ""
	}
}

func integer(r reply) string {
	if _, err := strconv.ParseInt(r.text, 10, 64); err != nil || r.kind != ':' {
		return "must be an integer"
	}
	return ""
}

func null(r reply) string {
	if r.kind != '_' {
		return "must be null"
	}
	return ""
}

// hello is HELLO's reply in the protocol it switches to: exactly seven fields,
// names and texts as bulk strings (redis-cli asserts it), proto and id integers
// (Lettuce casts id), version plain digits (RQ parses it).
func hello(proto string) need {
	return func(r reply) string {
		if kind := map[string]byte{"2": '*', "3": '%'}[proto]; r.kind != kind {
			return fmt.Sprintf("must be of type %c", kind)
		}
		if len(r.elems) != 14 {
			return fmt.Sprintf("has %d elements, not 14", len(r.elems))
		}
		for i, name := range []string{"server", "version", "proto", "id", "mode", "role", "modules"} {
			key, value := r.elems[2*i], r.elems[2*i+1]
			kind := byte('$')
			switch name {
			case "proto", "id":
				kind = ':'
			case "modules":
				kind = '*'
			}
			if key.kind != '$' || key.text != name || value.kind != kind {
				return fmt.Sprintf("field %d is %s: %s", i, key, value)
			}
		}
		version, _ := r.field("version")
		for part := range strings.SplitSeq(version.text, ".") {
			if _, err := strconv.ParseUint(part, 10, 16); err != nil {
				return "version must be digits and points"
			}
		}
		for name, wanted := range map[string]string{"server": "redis", "proto": proto, "mode": "standalone", "role": "master"} {
			if value, _ := r.field(name); value.text != wanted {
				return fmt.Sprintf("%s is %s, not %s", name, value.text, wanted)
			}
		}
		return ""
	}
}

// info is an INFO text with these fields, none on its first line: redis-cli looks
// for "\nredis_version:".
func info(names ...string) need {
	return func(r reply) string {
		if r.kind != '$' && r.kind != '=' {
			return "must be a bulk or verbatim string"
		}
		for _, n := range names {
			if !strings.Contains(r.payload(), "\r\n"+n+":") {
				return "lacks " + n
			}
		}
		return ""
	}
}

// setting is CONFIG GET's reply for one parameter.
func setting(name string, kind byte) need {
	return func(r reply) string {
		if r.kind != kind || len(r.elems) != 2 || r.elems[0].text != name || r.elems[1].kind != '$' {
			return fmt.Sprintf("must be a %c of %s and a value", kind, name)
		}
		return ""
	}
}

func role(r reply) string {
	if len(r.elems) < 3 || r.elems[0].text != "master" || r.elems[1].kind != ':' || r.elems[2].kind != '*' {
		return `must be "master", an offset, replicas`
	}
	return ""
}

const unknownMaintenance = "ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP."

var handshakes = []handshake{
	{client: "go-redis 9 RESP3", password: true, trips: [][]exchange{
		{{"hello 3 auth default secret setname app", hello("3")}},
		{{"select 2", ok}, {"client setname app", ok}},
		{{"client maint_notifications on moving-endpoint-type internal-ip", refusedWith("ERR unknown subcommand 'maint_notifications'. Try CLIENT HELP.")}},
		{{"client setinfo LIB-NAME go-redis(,go1.26.0)", tolerated}, {"client setinfo LIB-VER 9.22.0", tolerated}},
		{{"ping", text("+PONG")}},
	}},
	{client: "go-redis 9 RESP2", trips: [][]exchange{
		{{"hello 2", hello("2")}},
		{{"select 2", ok}},
		{{"client setinfo LIB-NAME go-redis(,go1.26.0)", tolerated}, {"client setinfo LIB-VER 9.22.0", tolerated}},
	}},
	{client: "redis-py 8", password: true, trips: [][]exchange{
		{{"HELLO 3 AUTH default secret", hello("3")}},
		{{"CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip", refusedWith(unknownMaintenance)}},
		{{"CLIENT SETNAME app", ok}},
		{{"CLIENT SETINFO LIB-NAME redis-py", tolerated}},
		{{"CLIENT SETINFO LIB-VER 8.1.0", tolerated}},
		{{"SELECT 1", ok}},
	}},
	{client: "ioredis 6", password: true, trips: [][]exchange{
		{
			{"HELLO 3 AUTH default secret", hello("3")}, {"SELECT 1", ok}, {"CLIENT setname app", tolerated},
			{"READONLY", tolerated}, {"CLIENT SETINFO LIB-VER 6.0.0", tolerated}, {"CLIENT SETINFO LIB-NAME ioredis", tolerated},
		},
		{{"INFO", info("loading", "redis_version")}},
	}},
	{client: "ioredis 5", password: true, trips: [][]exchange{
		{
			{"AUTH secret", ok}, {"SELECT 1", ok}, {"CLIENT setname app", tolerated}, {"READONLY", tolerated},
			{"CLIENT SETINFO LIB-VER 5.11.0", tolerated}, {"CLIENT SETINFO LIB-NAME ioredis", tolerated},
		},
		{{"INFO", info("loading", "redis_version")}},
	}},
	{client: "ioredis 5, password where none is set", trips: [][]exchange{
		{{"AUTH secret", refusedWith("ERR AUTH <password> called without any password configured for the default user.")}},
	}},
	{client: "node-redis 6", password: true, trips: [][]exchange{
		{
			{"HELLO 3 AUTH default secret SETNAME app", hello("3")}, {"SELECT 1", ok},
			{"CLIENT SETINFO LIB-VER 6.2.0", tolerated}, {"CLIENT SETINFO LIB-NAME node-redis", tolerated},
			{"CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip", refusedWith(unknownMaintenance)},
		},
		{{"PING", text("+PONG")}},
	}},
	{client: "rueidis with DisableCache", newer: true, trips: [][]exchange{
		{
			{"HELLO 3 SETNAME app", hello("3")}, {"INFO SERVER", info("redis_version")}, {"SELECT 1", ok},
			{"CLIENT NO-TOUCH ON", ok}, {"CLIENT NO-EVICT ON", ok}, {"CLIENT CAPA redirect", tolerated},
			{"CLIENT SETINFO LIB-NAME rueidis", ok}, {"CLIENT SETINFO LIB-VER 1.0.70", ok},
		},
	}},
	{client: "rueidis with its cache", newer: true, trips: [][]exchange{
		{
			{"HELLO 3 SETNAME app", hello("3")}, {"INFO SERVER", info("redis_version")}, {"CLIENT TRACKING ON OPTIN", ok},
			{"SELECT 1", ok}, {"CLIENT NO-TOUCH ON", ok}, {"CLIENT SETINFO LIB-NAME rueidis", ok},
			{"CLIENT SETINFO LIB-VER 1.0.70", ok},
		},
		{ // a cached read
			{"CLIENT CACHING YES", ok}, {"MULTI", ok}, {"PTTL k", text("+QUEUED")}, {"GET k", text("+QUEUED")},
			{"EXEC", text("[:-2, nil]")},
		},
	}},
	{client: "Jedis 8", password: true, trips: [][]exchange{
		{{"HELLO 3 AUTH default secret", hello("3")}},
		{{"CLIENT SETNAME app", tolerated}, {"CLIENT SETINFO lib-name jedis", tolerated}, {"CLIENT SETINFO lib-ver 8.0.0", tolerated}},
		{{"SELECT 1", ok}},
	}},
	{client: "Lettuce 7", password: true, trips: [][]exchange{
		{{"HELLO 3 AUTH default secret SETNAME app", hello("3")}},
		{{"SELECT 1", ok}},
		{{"CLIENT SETINFO lib-name Lettuce", tolerated}, {"CLIENT SETINFO lib-ver 7.7.0", tolerated}},
		{{"CLIENT MAINT_NOTIFICATIONS on moving-endpoint-type internal-ip", refusedWith(unknownMaintenance)}},
	}},
	{client: "StackExchange.Redis, interactive connection", password: true, trips: [][]exchange{
		{
			{"AUTH secret", ok}, {"HELLO 3", hello("3")}, {"CLIENT SETNAME app", tolerated},
			{"CLIENT SETINFO lib-name SE.Redis", tolerated}, {"CLIENT SETINFO lib-ver 2.9.0", tolerated},
			{"CLIENT ID", integer}, {"CONFIG GET timeout", setting("timeout", '%')},
			{"CONFIG GET replica-read-only", setting("replica-read-only", '%')}, {"CONFIG GET databases", setting("databases", '%')},
			{"SENTINEL MASTERS", refused}, {"INFO replication", info("role")},
			{"INFO server", info("redis_version", "redis_mode", "run_id")}, {"CLUSTER NODES", refused},
			{"GET __Booksleeve_TieBreak", null}, {"ECHO 0123456789abcdef", text(`"0123456789abcdef"`)},
		},
	}},
	{client: "StackExchange.Redis, subscription connection", trips: [][]exchange{
		{{"HELLO 2", hello("2")}, {"CLIENT SETNAME app", tolerated}, {"ECHO 0123456789abcdef", text(`"0123456789abcdef"`)}},
	}},
	{client: "StackExchange.Redis, subscription", trips: [][]exchange{
		{{"HELLO 2", hello("2")}, {"SUBSCRIBE __Booksleeve_MasterChanged", text(`["subscribe", "__Booksleeve_MasterChanged", :1]`)}},
		{{"PING", text(`["pong", ""]`)}},
	}},
	{client: "StackExchange.Redis, wrong password", password: true, trips: [][]exchange{
		{
			{"AUTH wrong", refusedWith("WRONGPASS ")}, {"HELLO 3", refusedWith("NOAUTH ")}, {"CLIENT ID", refusedWith("NOAUTH ")},
			{"ECHO 0123456789abcdef", refusedWith("NOAUTH ")},
		},
	}},
	{client: "phpredis 6", password: true, trips: [][]exchange{
		{{"AUTH secret", ok}}, {{"SELECT 1", ok}}, {{"PING", text("+PONG")}},
	}},
	{client: "predis 3", password: true, trips: [][]exchange{
		{{"HELLO 2 AUTH default secret SETNAME predis", hello("2")}},
		{{"CLIENT SETINFO LIB-NAME predis", tolerated}}, {{"CLIENT SETINFO LIB-VER 3.6.0", tolerated}}, {{"SELECT 1", ok}},
	}},
	{client: "redis-client (Sidekiq 8)", password: true, trips: [][]exchange{
		{
			{"HELLO 3 AUTH default secret", hello("3")}, {"SELECT 1", ok},
			{"CLIENT SETINFO LIB-NAME redis-client(sidekiq_v8.1.7)", tolerated}, {"CLIENT SETINFO LIB-VER 0.30.0", tolerated},
			{"CLIENT SETNAME app", ok}, {"ROLE", role},
		},
	}},
	{client: "Redisson", password: true, trips: [][]exchange{
		{{"AUTH secret", ok}}, {{"HELLO 3", hello("3")}}, {{"SELECT 1", ok}}, {{"CLIENT SETNAME app", ok}},
		{{"CLIENT CAPA redirect", tolerated}}, {{"PING", text("+PONG")}},
	}},
	{client: "redis-cli", password: true, trips: [][]exchange{
		{{"AUTH secret", ok}}, {{"SELECT 1", ok}}, {{"HELLO 3", hello("3")}},
		{{"COMMAND DOCS", func(r reply) string {
			if r.kind != '%' {
				return "must be a map"
			}
			return ""
		}}},
		{{"CONFIG GET databases", setting("databases", '%')}}, {{"INFO", info("redis_version")}},
	}},
	{client: "version probe of an old client", trips: [][]exchange{
		{{"HELLO 4", refusedWith("NOPROTO unsupported protocol version")}, {"HELLO 2", hello("2")}},
	}},
}

// TestHandshakes replays what the client libraries send first and checks what
// they need of the replies.
func TestHandshakes(t *testing.T) {
	open, locked := startPair(t), startPair(t, "--requirepass", "secret")
	for _, h := range handshakes {
		p := open
		if h.password {
			p = locked
		}
		t.Run(h.client, func(t *testing.T) {
			if !h.newer {
				h.play(t, p.oracle)
			}
			if !h.newer || !selfMode {
				h.play(t, p.subject)
			}
		})
	}
}

func (h *handshake) play(t *testing.T, s *server) {
	t.Helper()
	c := dial(t, s)
	defer c.close()
	for _, trip := range h.trips {
		var commands [][]string
		for _, e := range trip {
			commands = append(commands, strings.Fields(e.command))
		}
		if err := c.send(commands...); err != nil {
			t.Fatal(err)
		}
		for _, e := range trip {
			if r := c.read(t); e.need(r) != "" {
				t.Errorf("%s: %s answered %s: %s", s.name, e.command, clip(r.String(), 500), e.need(r))
			}
		}
	}
}

// TestRedisCLI compares what redis-cli makes of both servers.
func TestRedisCLI(t *testing.T) {
	cli, err := exec.LookPath("redis-cli")
	if err != nil {
		t.Fatalf("redis-cli comes with redis-server, and is not in PATH: %v", err)
	}
	p := startPair(t)
	tests := []struct {
		name    string
		args    []string
		stdin   string
		compare bool // else only success counts
	}{
		{"argument", []string{"SET", "k", "v"}, "", true},
		{"RESP3", []string{"-3", "CONFIG", "GET", "databases"}, "", true},
		{"JSON", []string{"--json", "MGET", "k", "nokey"}, "", true},
		{"error", []string{"-e", "INCR"}, "", true},
		{"docs", []string{"-3", "COMMAND", "DOCS"}, "", false},
		{"session", nil, "SELECT 3\nSET a 1\nMULTI\nINCR a\nEXEC\nGET a\nnosuch x\n", true},
		{"repeat", []string{"-r", "3", "INCR", "n"}, "", true},
		{"binary", []string{"-x", "SET", "b"}, "\x00\xff\r\n", true},
		{"quoted input", []string{"--quoted-input", "GET", `"b"`}, "", true},
		{"scan", []string{"-n", "3", "--scan", "--pattern", "a*"}, "", true},
		{"mass insertion", []string{"--pipe"}, strings.Repeat("*3\r\n$3\r\nSET\r\n$1\r\nm\r\n$1\r\nv\r\n", 5000), true},
		{"eight hundred gets", []string{"-r", "800", "GET", "m"}, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := func(s *server) (string, int) {
				cmd := exec.Command(cli, append([]string{"-p", strconv.Itoa(s.port)}, tt.args...)...)
				cmd.Stdin = strings.NewReader(tt.stdin)
				out, err := cmd.CombinedOutput()
				if cmd.ProcessState == nil {
					t.Fatal(err)
				}
				return string(out), cmd.ProcessState.ExitCode()
			}
			wanted, wantedCode := run(p.oracle)
			got, code := run(p.subject)
			if code != wantedCode || tt.compare && got != wanted {
				t.Errorf("redis   exit %d: %s\nsubject exit %d: %s", wantedCode, clip(wanted, 1000), code, clip(got, 1000))
			}
		})
	}
}
