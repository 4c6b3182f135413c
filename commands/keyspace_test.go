package commands

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"synap/store"
)

func (f *fixture) stats() store.ShardStats {
	f.store.Begin(&f.tx, store.AllShards, 0, f.now)
	defer f.tx.End()
	return f.tx.Stats()
}

// bulks are the words of an array of bulk strings.
func bulks(t *testing.T, reply []byte) (out []string) {
	t.Helper()
	lines := strings.Split(string(reply), "\r\n")
	if lines[0] != fmt.Sprintf("*%d", (len(lines)-2)/2) {
		t.Fatalf("an array of %d words has the header %s", (len(lines)-2)/2, lines[0])
	}
	for i := 2; i < len(lines); i += 2 {
		out = append(out, lines[i])
	}
	slices.Sort(out)
	return out
}

func TestKeys(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	for i := range 25 {
		f.do(fmt.Sprintf(`SET key:%d v`, i))
	}
	f.do(`SET gone v PX 1`)
	f.do(`SET "" v`)
	f.do(`@+2`)
	for _, tc := range []struct {
		pattern string
		want    int
	}{{"*", 26}, {"key:*", 25}, {"key:?", 10}, {"key:1[0-3]", 4}, {"gone", 0}, {"key:7", 1}, {`\k*`, 25}} {
		if got := bulks(t, f.run([][]byte{[]byte("KEYS"), []byte(tc.pattern)})); len(got) != tc.want {
			t.Errorf("%s finds %d keys, want %d: %q", tc.pattern, len(got), tc.want, got)
		}
	}
	f.do(`@select 1`)
	if got := f.do(`KEYS *`); got != "*0" {
		t.Errorf("another database: %s", got)
	}
}

// scanAll walks the keyspace with the given options and returns the distinct keys found.
func scanAll(t *testing.T, f *fixture, options ...string) []string {
	t.Helper()
	seen := map[string]bool{}
	args := [][]byte{[]byte("SCAN"), []byte("0")}
	for _, o := range options {
		args = append(args, []byte(o))
	}
	for calls := 0; ; calls++ {
		reply := f.run(args)
		head, list, _ := bytes.Cut(reply, []byte("\r\n*"))
		cursor := head[bytes.LastIndexByte(head, '\n')+1:]
		for _, key := range bulks(t, append([]byte("*"), list...)) {
			seen[key] = true
		}
		if string(cursor) == "0" {
			break
		}
		if calls > 10000 {
			t.Fatal("the walk does not end")
		}
		args[1] = bytes.Clone(cursor)
	}
	out := make([]string, 0, len(seen))
	for key := range seen {
		out = append(out, key)
	}
	return out
}

func TestScan(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	const n = 1000
	for i := range n {
		f.do(fmt.Sprintf(`SET key:%d v`, i))
	}
	f.do(`SET gone v PX 1`)
	f.do(`@+2`)
	for _, tc := range []struct {
		options []string
		want    int
	}{
		{nil, n},
		{[]string{"COUNT", "1"}, n},
		{[]string{"COUNT", "9223372036854775807"}, n},
		{[]string{"MATCH", "key:1*", "COUNT", "100"}, 111},
		{[]string{"match", "*"}, n},
		{[]string{"MATCH", "key:7"}, 1},
		{[]string{"TYPE", "STRING"}, n},
		{[]string{"TYPE", "list"}, 0},
		{[]string{"TYPE", "nonsense"}, 0},
		{[]string{"MATCH", "gone"}, 0},
	} {
		if got := scanAll(t, f, tc.options...); len(got) != tc.want {
			t.Errorf("%q finds %d keys, want %d", tc.options, len(got), tc.want)
		}
	}
}

func TestScanErrors(t *testing.T) {
	const invalid = "-ERR invalid cursor"
	scripts{
		"cursor": {
			`SCAN x`, invalid, `SCAN " 0"`, invalid, `SCAN 0x`, invalid, `SCAN 1.5`, invalid, `SCAN -`, invalid,
			`SCAN 18446744073709551616`, invalid, `SCAN x COUNT 0`, invalid,
			`SCAN ""`, "*2 $1 0 *0", `SCAN +0`, "*2 $1 0 *0", `SCAN 00`, "*2 $1 0 *0",
			`SCAN 18446744073709551615`, "*2 $1 0 *0", `SCAN -1`, "*2 $1 0 *0",
		},
		"options": {
			`SCAN 0 COUNT 0`, syntaxError, `SCAN 0 COUNT -1`, syntaxError, `SCAN 0 COUNT x`, wrongNumber,
			`SCAN 0 COUNT`, syntaxError, `SCAN 0 MATCH`, syntaxError, `SCAN 0 TYPE`, syntaxError, `SCAN 0 FOO 1`, syntaxError,
			`SCAN 0`, "*2 $1 0 *0",
		},
	}.run(t)
}

// TestScanAnyCursor makes sure that a cursor nobody handed out does no harm.
func TestScanAnyCursor(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	for i := range 300 {
		f.do(fmt.Sprintf(`SET key:%d v`, i))
	}
	for cursor := uint64(1); cursor != 0; cursor <<= 1 {
		for _, c := range []uint64{cursor, cursor - 1, ^cursor, cursor | 63} {
			if got := f.do(fmt.Sprintf(`SCAN %d COUNT 5`, c)); got[:2] != "*2" {
				t.Fatalf("cursor %d: %s", c, got)
			}
		}
	}
}

func TestRandomKey(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	if got := f.do(`RANDOMKEY`); got != "$-1" {
		t.Errorf("empty: %s", got)
	}
	f.do(`MSET a 1 b 2`)
	f.do(`SET gone v PX 1`)
	f.do(`@+2`)
	seen := map[string]bool{}
	for range 200 {
		seen[f.do(`RANDOMKEY`)] = true
	}
	if len(seen) != 2 || !seen["$1 a"] || !seen["$1 b"] {
		t.Errorf("got %v", seen)
	}
}

func TestFlush(t *testing.T) {
	scripts{
		"flushdb": {`SET a 1`, "+OK", "@select 1", `SET a 1`, "+OK", `FLUSHDB`, "+OK", `DBSIZE`, ":0", "@select 0", `DBSIZE`, ":1",
			`FLUSHDB ASYNC`, "+OK", `DBSIZE`, ":0", `FLUSHDB sync`, "+OK"},
		"flushall": {`SET a 1`, "+OK", "@select 1", `SET a 1`, "+OK", `FLUSHALL SYNC`, "+OK", `DBSIZE`, ":0", "@select 0", `DBSIZE`, ":0"},
		"errors":   {`FLUSHDB FOO`, syntaxError, `FLUSHALL SYNC ASYNC`, syntaxError},
	}.run(t)
	for _, line := range []string{`FLUSHALL`, `FLUSHALL ASYNC`, `FLUSHALL SYNC`} {
		for _, lazy := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s lazy=%t", line, lazy), func(t *testing.T) {
				f := newFixture(t)
				f.env.LazyFlush = lazy
				for i := range 500 {
					f.do(fmt.Sprintf(`SET key:%d %d EX 100`, i, i))
				}
				f.do(line)
				for f.store.Reclaim() {
				}
				if used := f.store.Used(); used != 0 {
					t.Errorf("%d bytes are accounted for after a flush", used)
				}
				if got := f.do(`DBSIZE`); got != ":0" {
					t.Errorf("DBSIZE is %s", got)
				}
			})
		}
	}
}

func TestSwapDB(t *testing.T) {
	scripts{
		"swap": {`SET a 1`, "+OK", "@select 1", `SET b 2 EX 10`, "+OK", `SWAPDB 0 1`, "+OK", `GET a`, "$1 1", `EXISTS b`, ":0",
			"@select 0", `GET b`, "$1 2", `TTL b`, ":10", `SWAPDB 0 0`, "+OK", `GET b`, "$1 2"},
		"errors": {
			`SWAPDB x 1`, "-ERR invalid first DB index", `SWAPDB 0 x`, "-ERR invalid second DB index",
			`SWAPDB 2147483648 0`, "-ERR invalid first DB index",
			`SWAPDB 0 16`, "-ERR DB index is out of range", `SWAPDB -1 0`, "-ERR DB index is out of range",
		},
	}.run(t)
}
