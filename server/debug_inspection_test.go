package server

import (
	"strings"
	"testing"
)

// small makes no encoding small, so that the same values are laid out in another way.
const small = "CONFIG SET list-max-listpack-size 1 set-max-intset-entries 0 set-max-listpack-entries 0 " +
	"zset-max-listpack-entries 0 hash-max-listpack-entries 0 stream-node-max-entries 1"

// TestDigestOfTypes: equal values have equal digests, whatever their layout and in whatever order what has none was added; values
// that differ have not.
func TestDigestOfTypes(t *testing.T) {
	for name, tc := range map[string]struct {
		base, same, other []string
	}{
		"list":       {[]string{"RPUSH k a 1 b"}, []string{"LPUSH k 1 a", "RPUSH k x b", "LREM k 1 x"}, []string{"RPUSH k a b 1"}},
		"set":        {[]string{"SADD k a 1 b"}, []string{"SADD k b 1 x a", "SREM k x"}, []string{"SADD k a 1"}},
		"intset":     {[]string{"SADD k 3 1 2"}, []string{"SADD k x 1 2 3", "SREM k x"}, []string{"SADD k 1 2 4"}},
		"sorted set": {[]string{"ZADD k 1 a 2.5 b"}, []string{"ZADD k 2.5 b 7 a", "ZADD k 1 a"}, []string{"ZADD k 1 b 2.5 a"}},
		"hash":       {[]string{"HSET k f v g 1"}, []string{"HSET k g 2 f v", "HINCRBY k g -1"}, []string{"HSET k f 1 g v"}},
		"stream":     {[]string{"XADD k 1-1 f v", "XADD k 2-1 g w"}, []string{"XADD k 1-0 x y", "XADD k 1-1 f v", "XADD k 2-1 g w", "XDEL k 1-0"}, []string{"XADD k 1-1 f v", "XADD k 2-2 g w"}},
		"string":     {[]string{"SET k 12"}, []string{"SET k 1", "APPEND k 2"}, []string{"SET k 13"}},
		"type":       {[]string{"SADD k a"}, []string{"SADD k a b", "SREM k b"}, []string{"RPUSH k a"}},
	} {
		t.Run(name, func(t *testing.T) {
			digests := func(lines []string) string {
				c := newFixture(t).connect()
				for _, line := range lines {
					if answer := c.do(line); strings.HasPrefix(answer, "-") {
						t.Fatalf("%s: %s", line, answer)
					}
				}
				return c.do("DEBUG DIGEST-VALUE k") + c.do("DEBUG DIGEST")
			}
			base := digests(tc.base)
			for _, lines := range [][]string{tc.same, append([]string{small}, tc.base...), append([]string{small}, tc.same...)} {
				if got := digests(lines); got != base {
					t.Errorf("%q: %s, want %s", lines, got, base)
				}
			}
			if digests(tc.other) == base {
				t.Errorf("%q has the same digest", tc.other)
			}
		})
	}
}

func TestDebugObjectOfTypes(t *testing.T) {
	c := newFixture(t).connect()
	for line, want := range map[string]string{
		"RPUSH l abc 1":           "1+4+2",
		"SADD s abc 1":            "1+4+2",
		"SADD i 1 1000":           "1+2+3",
		"ZADD z 1 abc":            "1+4+8",
		"HSET h f 70000":          "1+2+5",
		"XADD x 1-1 f v":          "1+16+1+2+2",
		"SET t " + longText(100):  "2+100",
		"SET u " + longText(2000): "2+2000",
		"SET v " + longText(20e3): "5+20000",
	} {
		c.do(line)
		sum := 0
		for part := range strings.SplitSeq(want, "+") {
			n := 0
			for _, d := range part {
				n = n*10 + int(d-'0')
			}
			sum += n
		}
		key := strings.Fields(line)[1]
		if got := field(strings.ReplaceAll(c.do("DEBUG OBJECT "+key), ":", "="), "serializedlength"); got != itoa(int64(sum)) {
			t.Errorf("%.20s: serialized length %s, want %s", line, got, want)
		}
	}
}

func longText(n int) string { return strings.Repeat("x", n) }

func TestDebugTables(t *testing.T) {
	c := newFixture(t).connect()
	c.do(small)
	for _, tc := range []struct{ make, key string }{{"SADD s a b", "s"}, {"ZADD z 1 a 2 b", "z"}, {"HSET h f 1 g 2", "h"}} {
		c.do(tc.make)
		if got := c.do("DEBUG HTSTATS-KEY " + tc.key); !strings.Contains(got, "number of elements: 2") {
			t.Errorf("%s: %s", tc.make, got)
		}
	}
	c.do("RPUSH l a b c")
	c.expect([]exchange{
		{"DEBUG HTSTATS-KEY l", "-ERR The value stored at the specified key is not represented using an hash table"},
		{"DEBUG HTSTATS-KEY none", "-ERR no such key"},
		{"DEBUG HTSTATS 16", "-ERR Out of range database"},
		{"DEBUG QUICKLIST-PACKED-THRESHOLD 5gb", "-ERR argument must be a memory value bigger than 1 and smaller than 4gb"},
		{"DEBUG QUICKLIST-PACKED-THRESHOLD 1kb", "+OK"},
		{"DEBUG REPLYBUFFER RESIZING 0", "+OK"},
		{"DEBUG REPLYBUFFER PEAK-RESET-TIME 100", "+OK"},
		{"DEBUG REPLYBUFFER PEAK-RESET-TIME never", "+OK"},
		{"DEBUG REPLYBUFFER PEAK-RESET-TIME reset", "+OK"},
		{"DEBUG REPLYBUFFER PEAK-RESET-TIME x", "-ERR value is not an integer or out of range"},
		{"DEBUG REPLYBUFFER SIZE 1", "-ERR unknown subcommand or wrong number of arguments for 'REPLYBUFFER'. Try DEBUG HELP."},
	})
	c.do("EXPIRE l 100")
	got := c.do("DEBUG HTSTATS 0 full")
	if !strings.Contains(got, "number of elements: 4") || !strings.Contains(got, "number of elements: 1") {
		t.Error(got)
	}
	if got := c.do("DEBUG HTSTATS 1"); !strings.Contains(got, "No stats available") {
		t.Error(got)
	}
}

// TestMemoryUsageOfTypes: a key costs more than its elements, and an element more makes it cost more.
func TestMemoryUsageOfTypes(t *testing.T) {
	c := newFixture(t).connect()
	for add, key := range map[string]string{
		"RPUSH l ": "l", "SADD s ": "s", "ZADD z 1 ": "z", "HSET h f ": "h", "XADD x * f ": "x", "SET t ": "t",
	} {
		usage := func() int {
			n := 0
			for _, d := range strings.TrimPrefix(c.do("MEMORY USAGE "+key+" SAMPLES 0"), ":") {
				n = n*10 + int(d-'0')
			}
			return n
		}
		c.do(add + longText(50))
		few := usage()
		for _, n := range []int{300, 3000, 100_000} {
			c.do(add + longText(n))
			if got := usage(); few < 50 || got <= few || got < n {
				t.Errorf("%s%d bytes: %d, before %d", add, n, got, few)
			} else {
				few = got
			}
		}
	}
}
