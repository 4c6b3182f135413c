package commands

import (
	"testing"

	"synap/store"
)

func TestDelete(t *testing.T) {
	scripts{
		"del":     {`MSET a 1 b 2`, "+OK", `DEL a b c a`, ":2", `EXISTS a b`, ":0"},
		"unlink":  {`MSET a 1 b 2`, "+OK", `UNLINK a x`, ":1", `EXISTS a b`, ":1"},
		"expired": {`SET k v PX 5`, "+OK", "@+6", `DEL k`, ":0"},
		"exists":  {`SET a 1`, "+OK", `EXISTS a a b`, ":2"},
		"type":    {`TYPE k`, "+none", `SET k v`, "+OK", `TYPE k`, "+string"},
		"touch":   {`MSET a 1 b 2`, "+OK", `TOUCH a b c a`, ":3"},
	}.run(t)
}

func TestRename(t *testing.T) {
	scripts{
		"rename": {
			`RENAME a b`, "-ERR no such key", `SET a 1 EX 10`, "+OK", `SET b 2`, "+OK",
			`RENAME a b`, "+OK", `EXISTS a`, ":0", `GET b`, "$1 1", `TTL b`, ":10",
		},
		"onto an expiring key": {`SET a 1`, "+OK", `SET b 2 EX 10`, "+OK", `RENAME a b`, "+OK", `TTL b`, ":-1"},
		"onto an expired key":  {`SET a 1`, "+OK", `SET b 2 PX 1`, "+OK", "@+2", `RENAMENX a b`, ":1", `GET b`, "$1 1"},
		"to itself":            {`RENAME a a`, "-ERR no such key", `SET a 1 EX 10`, "+OK", `RENAME a a`, "+OK", `RENAMENX a a`, ":0", `TTL a`, ":10"},
		"renamenx": {
			`RENAMENX a b`, "-ERR no such key", `MSET a 1 b 2`, "+OK", `RENAMENX a b`, ":0", `RENAMENX a c`, ":1",
			`MGET a b c`, "*3 $-1 $1 2 $1 1",
		},
	}.run(t)
}

func TestCopy(t *testing.T) {
	const intRange = "-ERR value is out of range, value must between -2147483648 and 2147483647"
	scripts{
		"copy": {
			`COPY a b`, ":0", `SET a 1 EX 10`, "+OK", `COPY a b`, ":1", `TTL b`, ":10", `SET a 2`, "+OK",
			`COPY a b`, ":0", `GET b`, "$1 1", `COPY a b REPLACE`, ":1", `GET b`, "$1 2", `TTL b`, ":-1",
		},
		"to another database": {
			`SET a 1 PX 1500`, "+OK", `COPY a a DB 1`, ":1", `COPY a b db 1 replace`, ":1", `COPY a a DB 1`, ":0",
			"@select 1", `MGET a b`, "*2 $1 1 $1 1", `PTTL b`, ":1500",
		},
		"errors": {
			`COPY a a`, "-ERR source and destination objects are the same",
			`COPY a a DB 0`, "-ERR source and destination objects are the same",
			`COPY a b DB 16`, "-ERR DB index is out of range",
			`COPY a b DB -1`, "-ERR DB index is out of range",
			`COPY a b DB x`, wrongNumber,
			`COPY a b DB 2147483648`, intRange,
			`COPY a b DB`, syntaxError,
			`COPY a b foo`, syntaxError,
			`COPY a b DB 1 DB 0 REPLACE REPLACE`, ":0",
		},
		"move": {
			`MOVE k 1`, ":0", `SET k v EX 10`, "+OK", `MOVE k 1`, ":1", `EXISTS k`, ":0", "@select 1", `TTL k`, ":10", "@select 0",
			`SET k w`, "+OK", `MOVE k 1`, ":0", `GET k`, "$1 w",
			`MOVE k 0`, "-ERR source and destination objects are the same",
			`MOVE k 16`, "-ERR DB index is out of range",
			`MOVE k x`, wrongNumber,
			`MOVE k 9999999999`, intRange,
		},
		"move onto an expired key": {"@select 1", `SET k old PX 1`, "+OK", "@select 0", "@+2", `SET k v`, "+OK", `MOVE k 1`, ":1",
			"@select 1", `GET k`, "$1 v"},
	}.run(t)
}

func TestKeyEffects(t *testing.T) {
	runEffects(t, []effectCase{
		{"SET a 1", `DEL a b`, "0:DEL a b"},
		{"", `DEL a b`, ""},
		{"SET a 1", `UNLINK a`, "0:UNLINK a"},
		{"SET a 1", `RENAME a b`, "0:RENAME a b"},
		{"SET a 1", `RENAME a a`, ""},
		{"SET a 1", `COPY a b DB 2`, "0:COPY a b DB 2"},
		{"MSET a 1 b 1", `COPY a b`, ""},
		{"SET a 1", `MOVE a 3`, "0:MOVE a 3"},
		{"SET a 1", `TOUCH a`, ""},
		{"SET a 1", `FLUSHALL`, "0:FLUSHALL"},
		{"", `FLUSHDB ASYNC`, "0:FLUSHDB ASYNC"},
		{"", `SWAPDB 0 1`, "0:SWAPDB 0 1"},
		{"SET a 1; SET b 1 PX 1; @+2", `RENAME a b`, "0:DEL b; 0:RENAME a b"},
	})
}

func TestKeyWatches(t *testing.T) {
	runWatched(t, []watchCase{
		{"SET k 1", `DEL k`, true},
		{"", `DEL k`, false},
		{"SET k 1", `UNLINK k`, true},
		{"SET k 1", `RENAME k k`, false},
		{"SET k 1", `RENAME k j`, true},
		{"SET j 1", `RENAME j k`, true},
		{"MSET j 1 k 1", `RENAMENX j k`, false},
		{"MSET j 1 k 1", `COPY j k`, false},
		{"MSET j 1 k 1", `COPY j k REPLACE`, true},
		{"MSET j 1 k 1", `COPY k j REPLACE`, false},
		{"SET k 1", `MOVE k 1`, true},
		{"SET k 1", `TOUCH k`, false},
		{"SET k 1", `FLUSHALL`, true},
		{"", `FLUSHALL`, false},
		{"SET j 1", `FLUSHDB`, false},
		{"SET k 1", `SWAPDB 0 1`, true},
		{"SET k 1", `SWAPDB 1 2`, false},
		{"", `EXPIRE k 10`, false},
		{"SET k 1", `EXPIRE k 10`, true},
		{"SET k 1", `EXPIRE k 10 XX`, false},
		{"SET k 1", `EXPIRE k -1`, true},
		{"SET k 1", `PERSIST k`, false},
		{"SET k 1 EX 10", `PERSIST k`, true},
	})
}

// TestKeyspaceStatistics checks which commands count hits and misses: those that read, even if they only ask whether
// a key exists, but none that look a key up in order to change it.
func TestKeyspaceStatistics(t *testing.T) {
	for _, tc := range []struct {
		line         string
		hits, misses int64
	}{
		{`GET k`, 1, 0}, {`GET n`, 0, 1}, {`MGET k n k`, 2, 1}, {`STRLEN k`, 1, 0}, {`GETRANGE n 0 1`, 0, 1},
		{`EXISTS k n`, 1, 1}, {`TYPE n`, 0, 1}, {`TTL k`, 1, 0}, {`PEXPIRETIME n`, 0, 1}, {`TOUCH k n`, 1, 1},
		{`OBJECT ENCODING k`, 1, 0}, {`OBJECT IDLETIME n`, 0, 1}, {`GETBIT n 1`, 0, 1}, {`BITCOUNT k`, 1, 0},
		{`BITOP AND d k n`, 1, 1}, {`BITFIELD k GET u8 0`, 1, 0}, {`BITFIELD k SET u8 0 1`, 0, 0}, {`LCS k n`, 1, 1},
		{`COPY n d`, 0, 1}, {`GETEX k`, 1, 0}, {`GETDEL n`, 0, 1}, {`GETSET k v`, 1, 0}, {`SET k v GET`, 1, 0},
		{`SET k v`, 0, 0}, {`SETNX n v`, 0, 0}, {`INCR n`, 0, 0}, {`APPEND n v`, 0, 0}, {`DEL k n`, 0, 0}, {`EXPIRE n 1`, 0, 0},
		{`PERSIST n`, 0, 0}, {`RENAME k j`, 0, 0}, {`MOVE k 1`, 0, 0}, {`SETBIT k 1 1`, 0, 0},
	} {
		t.Run(tc.line, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			f.do(`SET k v`)
			f.do(tc.line)
			if st := f.stats(); st.Hits != tc.hits || st.Misses != tc.misses {
				t.Errorf("%d hits and %d misses, want %d and %d", st.Hits, st.Misses, tc.hits, tc.misses)
			}
		})
	}
}

func TestIdleTime(t *testing.T) {
	for _, tc := range []struct {
		line    string
		touches bool
	}{
		{`GET k`, true}, {`TOUCH k`, true}, {`STRLEN k`, true}, {`SETRANGE k 0 ""`, true},
		{`EXISTS k`, false}, {`TYPE k`, false}, {`TTL k`, false}, {`OBJECT ENCODING k`, false}, {`OBJECT REFCOUNT k`, false},
	} {
		t.Run(tc.line, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			f.do(`SET k v`)
			f.do(`@+7000`)
			f.do(tc.line)
			want := ":7"
			if tc.touches {
				want = ":0"
			}
			if got := f.do(`OBJECT IDLETIME k`); got != want {
				t.Errorf("idle for %s, want %s", got, want)
			}
		})
	}
	t.Run("no touch", func(t *testing.T) {
		f := newFixture(t)
		defer f.audit()
		f.tx.NoTouch = true
		f.do(`SET k v`)
		f.do(`@+7000`)
		f.do(`GET k`)
		if got := f.do(`OBJECT IDLETIME k`); got != ":7" {
			t.Errorf("idle for %s, want :7", got)
		}
		f.do(`TOUCH k`)
		if got := f.do(`OBJECT IDLETIME k`); got != ":0" {
			t.Errorf("idle for %s after TOUCH, want :0", got)
		}
		if !f.tx.NoTouch {
			t.Error("TOUCH left the client's mode changed")
		}
	})
}

func TestObject(t *testing.T) {
	scripts{
		"missing": {`OBJECT ENCODING k`, "$-1", `OBJECT FREQ k`, "$-1", `OBJECT IDLETIME k`, "$-1", `OBJECT REFCOUNT k`, "$-1",
			"@proto 3", `OBJECT ENCODING k`, "_"},
		"present": {`SET k v`, "+OK", `OBJECT REFCOUNT k`, ":1", `OBJECT IDLETIME k`, ":0", `OBJECT FREQ k`,
			"-ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching " +
				"between policies at runtime LRU and LFU data will take some time to adjust."},
	}.run(t)
	t.Run("lfu", func(t *testing.T) {
		f := newFixture(t)
		defer f.audit()
		f.store.SetTuning(store.Tuning{Policy: store.AllKeysLFU, Samples: 5, LFULogFactor: 0, LFUDecayTime: 1})
		f.do(`SET k v`)
		if got := f.do(`OBJECT FREQ k`); got != ":5" {
			t.Errorf("a new key has frequency %s, want :5", got)
		}
		f.do(`GET k`)
		f.do(`SET k w`)
		f.do(`INCRBY n 1`)
		if got := f.do(`OBJECT FREQ k`); got != ":7" {
			t.Errorf("after two uses the frequency is %s, want :7", got)
		}
		f.do(`@+180000`)
		if got := f.do(`OBJECT FREQ k`); got != ":4" {
			t.Errorf("after three minutes the frequency is %s, want :4", got)
		}
		want := "-ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between " +
			"policies at runtime LRU and LFU data will take some time to adjust."
		if got := f.do(`OBJECT IDLETIME k`); got != want {
			t.Errorf("got %s", got)
		}
	})
	t.Run("help", func(t *testing.T) {
		f := newFixture(t)
		got := f.do(`OBJECT HELP`)
		const head = "*11 +OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are: +ENCODING <key> "
		if len(got) < len(head) || got[:len(head)] != head {
			t.Errorf("got %s", got)
		}
	})
}
