package server

import (
	"strings"
	"testing"
)

// Replies of the gates, and of commands whose own checks of words are Redis's.
func TestRefusals(t *testing.T) {
	const wide = "-ERR value is out of range, value must between -2147483648 and 2147483647"
	for _, tc := range []struct {
		name, directives string
		script           []exchange
	}{
		{"SELECT", "", []exchange{
			{"SELECT 15", "+OK"}, {"SELECT 16", "-ERR DB index is out of range"}, {"SELECT -1", "-ERR DB index is out of range"},
			{"SELECT 2147483647", "-ERR DB index is out of range"}, {"SELECT 2147483648", wide}, {"SELECT -2147483649", wide},
			{"SELECT 9223372036854775807", wide}, {"SELECT 9223372036854775808", "-ERR value is not an integer or out of range"},
			{"SELECT x", "-ERR value is not an integer or out of range"}, {"MOVE k 2147483648", wide}, {"COPY a b DB 2147483648", wide},
		}},
		{"EXEC outside", "", []exchange{
			{"EXEC", "-ERR EXEC without MULTI"},
			{"EXEC x", "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command"},
		}},
		{"EXEC inside", "", []exchange{
			{"MULTI", "+OK"},
			{"EXEC x", "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command"},
			{"EXEC", "-ERR EXEC without MULTI"},
		}},
		{"EXEC before login", "requirepass secret", []exchange{
			{"EXEC", "-EXECABORT Transaction discarded because of: NOAUTH Authentication required."},
			{"MULTI", "-NOAUTH Authentication required."},
		}},
		{"EXEC beyond maxmemory", "maxmemory 1", []exchange{
			{"MULTI", "+OK"}, {"PING", "-OOM command not allowed when used memory > 'maxmemory'."},
			{"EXEC", "-EXECABORT Transaction discarded because of previous errors."},
		}},
		{"SLOWLOG", "slowlog-log-slower-than -1", []exchange{
			{"SLOWLOG GET 1", "[]"}, {"SLOWLOG GET -1", "[]"}, {"SLOWLOG GET -2", "-ERR count should be greater than or equal to -1"},
			{"slowlog get 1 2", "-ERR unknown subcommand or wrong number of arguments for 'get'. Try SLOWLOG HELP."},
		}},
		{"LOLWUT", "", []exchange{
			{"LOLWUT", `"*`}, {"LOLWUT FOO", `"*`}, {"LOLWUT VERSION", `"*`}, {"LOLWUT VERSION 5 1 2 3 x", `"*`}, {"LOLWUT VERSION 6 1 2 x", `"*`},
			{"LOLWUT VERSION 7 x", `"*`}, {"LOLWUT VERSION x", "-ERR value is not an integer or out of range"},
			{"LOLWUT VERSION 5 1 2 x", "-ERR value is not an integer or out of range"},
			{"LOLWUT VERSION 6 1 x", "-ERR value is not an integer or out of range"},
		}},
		{"FUNCTION", "", []exchange{
			{"FUNCTION LIST", "[]"}, {"FUNCTION LIST WITHCODE LIBRARYNAME x", "[]"},
			{"FUNCTION LIST LIBRARYNAME", "-ERR library name argument was not given"},
			{"FUNCTION LIST Foo", "-ERR Unknown argument Foo"}, {"FUNCTION LIST WITHCODE WithCode", "-ERR Unknown argument WithCode"},
			{"FUNCTION LIST LIBRARYNAME a LIBRARYNAME", "-ERR Unknown argument LIBRARYNAME"},
			{"FUNCTION FLUSH", "+OK"}, {"FUNCTION FLUSH sync", "+OK"},
			{"FUNCTION FLUSH x", "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option"},
			{"FUNCTION FLUSH SYNC x", "-ERR unknown subcommand or wrong number of arguments for 'FLUSH'. Try FUNCTION HELP."},
		}},
		{"DEBUG", "", []exchange{
			{"DEBUG CONFIG-REWRITE-FORCE-ALL", "-ERR The server is running without a config file"},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			newFixture(t, tc.directives).connect().expect(tc.script)
		})
	}
}

// A refused EXEC ends the transaction and its watches.
func TestRefusedExecForgetsWatches(t *testing.T) {
	f := newFixture(t)
	c, other := f.connect(), f.connect()
	c.ok("WATCH k")
	c.ok("MULTI")
	c.do("EXEC x")
	other.ok("SET k v")
	c.expect([]exchange{{"MULTI", "+OK"}, {"PING", "+QUEUED"}, {"EXEC", "[+PONG]"}})
}

// CLIENT LIST shows the command received last: one that is queued or refused too, and none if there is no such command.
func TestClientListLastCommand(t *testing.T) {
	f := newFixture(t)
	c, other := f.connect(), f.connect()
	for _, tc := range [][2]string{
		{"GET k", "get"}, {"GET", "get"}, {"CLIENT ID", "client|id"}, {"NOSUCH", "NULL"}, {"PING", "ping"}, {"CLIENT NOSUCH", "NULL"},
		{"MULTI", "multi"}, {"SET k v", "set"}, {"CLIENT INFO", "client|info"}, {"EXEC", "exec"},
	} {
		got := c.do(tc[0])
		if tc[0] == "EXEC" && field(strings.ReplaceAll(got, `"`, " "), "cmd") != "exec" {
			t.Errorf("inside of EXEC: %s", got)
		}
		if line := string(other.tree("CLIENT LIST ID 1").Text); field(line, "cmd") != tc[1] {
			t.Errorf("after %s: %s", tc[0], line)
		}
	}
}

// Rejections are counted for the command that was called; a container does not answer for subcommands that do not exist.
func TestRejectionsAreCounted(t *testing.T) {
	f := newFixture(t)
	c := f.connect()
	for _, line := range []string{"CLIENT NOSUCH", "CLIENT", "CLIENT ID x", "NOSUCH", "GET"} {
		c.do(line)
	}
	for name, want := range map[string]int64{"client": 1, "client|id": 1, "get": 1, "ping": 0} {
		got := f.srv.loops[0].stats.byCommand[f.srv.table.Named(name).ID].rejected
		if got != want {
			t.Errorf("%s: %d rejections, want %d", name, got, want)
		}
	}
}
