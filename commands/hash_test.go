package commands

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"synap/store"
)

// TestHashReplies is what the protocol version changes, and what a test against another server cannot show.
func TestHashReplies(t *testing.T) {
	scripts{
		"RESP2": {
			"HSET h a 1", ":1",
			"HGETALL h", "*2 $1 a $1 1",
			"HGETALL x", "*0",
			"HGET h x", "$-1",
			"HRANDFIELD h -2 WITHVALUES", "*4 $1 a $1 1 $1 a $1 1",
			"HRANDFIELD h 2 WITHVALUES", "*2 $1 a $1 1",
			"HSCAN h 0", "*2 $1 0 *2 $1 a $1 1",
		},
		"RESP3": {
			"@proto 3",
			"HSET h a 1", ":1",
			"HGETALL h", "%1 $1 a $1 1",
			"HGETALL x", "%0",
			"HKEYS x", "*0",
			"HGET h x", "_",
			"HRANDFIELD x", "_",
			"HRANDFIELD h -2 WITHVALUES", "*2 *2 $1 a $1 1 *2 $1 a $1 1",
			"HRANDFIELD h 2 WITHVALUES", "*1 *2 $1 a $1 1",
			"HRANDFIELD h 2", "*1 $1 a",
			"HSCAN h 0", "*2 $1 0 *2 $1 a $1 1",
		},
	}.run(t)
}

// TestHashTimes: fields go when their time is up, whoever meets them.
func TestHashTimes(t *testing.T) {
	scripts{
		"fields past their time are gone": {
			"HSET h a 1 b 2 c 3", ":3",
			"HPEXPIRE h 100 FIELDS 2 a b", "*2 :1 :1",
			"@+100",
			"HPTTL h FIELDS 2 a c", "*2 :0 :-1",
			"HMGET h a b c", "*3 $1 1 $1 2 $1 3",
			"@+1",
			"HGETALL h", "*2 $1 c $1 3",
			"HKEYS h", "*1 $1 c",
			"HVALS h", "*1 $1 3",
			"HSCAN h 0", "*2 $1 0 *2 $1 c $1 3",
			"HRANDFIELD h", "$1 c",
			"HRANDFIELD h 9", "*1 $1 c",
			"HRANDFIELD h -2", "*2 $1 c $1 c",
			"HLEN h", ":3", // those that nobody has named yet still count
			"HEXISTS h a", ":0",
			"HLEN h", ":2",
			"HSTRLEN h b", ":0",
			"HLEN h", ":1",
		},
		"fields past their time do not matter to writers": {
			"HSET h a 1 b 2 c 3 d 4 e 5", ":5",
			"HPEXPIRE h 100 FIELDS 5 a b c d e", "*5 :1 :1 :1 :1 :1",
			"@+101",
			"HINCRBY h a 5", ":5",
			"HINCRBYFLOAT h b 0.5", "$3 0.5",
			"HSETNX h c 7", ":1",
			"HDEL h d", ":0",
			"HEXPIRE h 10 FIELDS 1 e", "*1 :-2",
			"HTTL h FIELDS 3 a b c", "*3 :-1 :-1 :-1",
			"HGETALL h", "*6 $1 a $1 5 $1 b $3 0.5 $1 c $1 7",
		},
		"fields past their time that are written again are new": {
			"HSET h a 1 b 2", ":2",
			"HPEXPIRE h 100 FIELDS 1 a", "*1 :1",
			"@+101",
			"HSET h a 2", ":1",
			"HPERSIST h FIELDS 1 a", "*1 :-1",
			"HPEXPIRE h 100 FIELDS 1 a", "*1 :1",
			"@+101",
			"HPERSIST h FIELDS 1 a", "*1 :-2",
		},
		"the last field goes with the key": {
			"HSET h a 1", ":1",
			"HPEXPIRE h 100 FIELDS 1 a", "*1 :1",
			"@+101",
			"HGETALL h", "*0",
			"HRANDFIELD h", "$-1",
			"HRANDFIELD h 3", "*0",
			"HRANDFIELD h -3", "*0",
			"HGET h a", "$-1",
			"EXISTS h", ":0",
		},
		"times": {
			"HSET h a 1", ":1",
			"HPEXPIRE h 1500 FIELDS 1 a", "*1 :1",
			"HTTL h FIELDS 1 a", "*1 :2",
			"HPTTL h FIELDS 1 a", "*1 :1500",
			"HEXPIRETIME h FIELDS 1 a", fmt.Sprintf("*1 :%d", testNow/1000+2),
			"HPEXPIRETIME h FIELDS 1 a", fmt.Sprintf("*1 :%d", testNow+1500),
			"HPEXPIRE h 1500 GT FIELDS 1 a", "*1 :0",
			"HPEXPIRE h 1501 GT FIELDS 1 a", "*1 :1",
			"HPEXPIRE h 1501 LT FIELDS 1 a", "*1 :0",
			"HPEXPIRE h 1500 LT FIELDS 1 a", "*1 :1",
			fmt.Sprintf("HPEXPIREAT h %d FIELDS 1 a", testNow), "*1 :2",
		},
	}.run(t)
}

// TestHashesThatAreNone: every command of the group refuses keys of other types, and reads nothing from missing ones.
func TestHashesThatAreNone(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	f.do("SET s string")
	words := map[string]string{"hset": "a 1", "hmset": "a 1", "hsetnx": "a 1", "hget": "a", "hmget": "a b", "hdel": "a",
		"hexists": "a", "hstrlen": "a", "hincrby": "a 1", "hincrbyfloat": "a 1", "hscan": "0"}
	for cmd := range f.table.All() {
		if cmd.Group != GroupHash {
			continue
		}
		args, known := words[cmd.Name]
		switch {
		case known:
		case strings.Contains(cmd.Name, "expire") && cmd.Flags.Has(Write):
			args = "5 FIELDS 1 a"
		case cmd.Since == "7.4.0":
			args = "FIELDS 1 a"
		}
		line := cmd.Name + " s " + args
		if cmd.Name == "hscan" {
			line = "hscan s 0"
		}
		if got := f.do(line); got != "-"+string(ErrWrongType) {
			t.Errorf("%s: %s", line, got)
		}
	}
}

// TestHashEvents: keyspace events, in the order of Redis.
func TestHashEvents(t *testing.T) {
	for _, tt := range []struct{ before, line, want string }{
		{"", "HSET h a 1 b 2", "new h, hset h"},
		{"HSET h a 1", "HSET h a 1", "hset h"},
		{"", "HMSET h a 1", "new h, hset h"},
		{"", "HSETNX h a 1", "new h, hset h"},
		{"HSET h a 1", "HSETNX h a 1", ""},
		{"", "HINCRBY h a 1", "new h, hincrby h"},
		{"HSET h a x", "HINCRBY h a 1", ""},
		{"HSET h a 1", "HINCRBYFLOAT h a 1", "hincrbyfloat h"},
		{"HSET h a 1 b 2", "HDEL h a x", "hdel h"},
		{"HSET h a 1 b 2", "HDEL h a b", "hdel h, del h"},
		{"HSET h a 1", "HDEL h x", ""},
		{"", "HDEL h x", ""},
		{"", "HGET h a", "keymiss h"},
		{"", "HGETALL h", "keymiss h"},
		{"HSET h a 1 b 2", "HEXPIRE h 10 FIELDS 2 a b", "hexpire h"},
		{"HSET h a 1 b 2", "HPEXPIRE h 0 FIELDS 1 a", "hdel h"},
		{"HSET h a 1 b 2", "HEXPIREAT h 1 FIELDS 2 a b", "hdel h, del h"},
		{"HSET h a 1", "HEXPIRE h 10 XX FIELDS 1 a", ""},
		{"HSET h a 1", "HEXPIRE h 10 FIELDS 1 x", ""},
		{"HSET h a 1; HEXPIRE h 10 FIELDS 1 a", "HPERSIST h FIELDS 2 a a", "hpersist h"},
		{"HSET h a 1", "HPERSIST h FIELDS 1 a", ""},
		{"HSET h a 1 b 2; HPEXPIRE h 5 FIELDS 1 a; @+10", "HGET h a", "hexpired h"},
		{"HSET h a 1; HPEXPIRE h 5 FIELDS 1 a; @+10", "HGET h a", "hexpired h, del h"},
		{"HSET h a 1; HPEXPIRE h 5 FIELDS 1 a; @+10", "HINCRBY h a 1", "hexpired h, del h, new h, hincrby h"},
		{"HSET h a 1 b 2; HPEXPIRE h 5 FIELDS 1 a; @+10", "HSET h a 1", "hexpired h, hset h"},
		{"HSET h a 1 b 2; HPEXPIRE h 5 FIELDS 2 a b; @+10", "HDEL h a", "hexpired h"},
	} {
		t.Run(tt.before+";"+tt.line, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			for line := range strings.SplitSeq(tt.before, ";") {
				if line != "" {
					f.do(strings.TrimSpace(line))
				}
			}
			var got []string
			f.store.SelectEvents(^store.EventClass(0))
			f.store.OnEvents(func(events []store.Event) {
				for _, e := range events {
					got = append(got, e.Name+" "+e.Key)
				}
			})
			f.do(tt.line)
			if text := strings.Join(got, ", "); text != tt.want {
				t.Errorf("got %q, want %q", text, tt.want)
			}
			f.store.OnEvents(nil)
		})
	}
}

// TestHashesWatched: what EXEC of a client that watches the key notices.
func TestHashesWatched(t *testing.T) {
	runWatched(t, []watchCase{
		{"", "HSET k a 1", true},
		{"HSET k a 1", "HSET k a 1", true},
		{"HSET k a 1", "HSETNX k a 2", false},
		{"HSET k a 1", "HDEL k x", false},
		{"HSET k a 1", "HDEL k a", true},
		{"HSET k a 1", "HINCRBY k a 0", true},
		{"HSET k a 1", "HGETALL k", false},
		{"HSET k a 1", "HEXPIRE k 10 FIELDS 1 a", true},
		{"HSET k a 1", "HEXPIRE k 10 XX FIELDS 1 a", false},
		{"HSET k a 1; HEXPIRE k 10 FIELDS 1 a", "HPERSIST k FIELDS 1 a", true},
		{"HSET k a 1", "HPERSIST k FIELDS 1 a", false},
		{"HSET k a 1", "HEXPIRE k 0 FIELDS 1 a", true},
	})
}

// TestHashChanges: how many changes each command counts.
func TestHashChanges(t *testing.T) {
	for _, tt := range []struct {
		line string
		want int
	}{
		{"HSET h a 1", 1}, {"HSET h a 1 b 2 a 3", 3}, {"HMSET h x 1 y 2", 2}, {"HSETNX h a 1", 0}, {"HSETNX h x 1", 1},
		{"HDEL h a b x", 2}, {"HDEL h a b c d", 4}, {"HINCRBY h a 1", 1}, {"HINCRBYFLOAT h a 1", 1},
		{"HEXPIRE h 9 FIELDS 3 a b x", 2}, {"HEXPIRE h 0 FIELDS 3 a b x", 2}, {"HPERSIST h FIELDS 3 c d a", 1}, {"HGET h a", 0},
	} {
		f := newFixture(t)
		f.do("HSET h a 1 b 2 c 3 d 4")
		f.do("HEXPIRE h 100 FIELDS 2 c d")
		f.do(tt.line)
		if n := f.tx.Dirty(); n != tt.want {
			t.Errorf("%s counts %d changes, want %d", tt.line, n, tt.want)
		}
		f.audit()
	}
}

// TestHashNoAllocations: the commands of a hash's everyday life allocate nothing.
func TestHashNoAllocations(t *testing.T) {
	fields := func(n int) string {
		var b strings.Builder
		b.WriteString("HSET h")
		for i := range n {
			b.WriteString(" field:" + strconv.Itoa(i) + " value-" + strconv.Itoa(i))
		}
		return b.String()
	}
	for _, n := range []int{10, 1000} {
		noAllocs(t, []string{fields(n), "HSET h n 1 f 1.5"},
			"HSET h field:7 value", "HSET h field:7 another-longer-value field:8 5 new 1", "HSETNX h field:7 x", "HGET h field:7",
			"HMGET h field:1 field:2 none", "HDEL h field:7 new", "HEXISTS h field:1", "HLEN h", "HSTRLEN h field:1",
			"HINCRBY h n 5", "HGETALL h", "HKEYS h", "HVALS h", "HRANDFIELD h", "HRANDFIELD h -5", "HTTL h FIELDS 1 field:1")
	}
}

// TestHashRandomReplies: picks are of all fields, without bounds they are refused.
func TestHashRandomReplies(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	f.do("HSET h a 1 b 2 c 3")
	seen := make(map[string]int)
	for _, word := range strings.Fields(f.do("HRANDFIELD h -300")) {
		seen[word]++
	}
	if seen["a"] < 50 || seen["b"] < 50 || seen["c"] < 50 {
		t.Errorf("300 picks of three are %v", seen)
	}
	for _, line := range []string{"HRANDFIELD h -9223372036854775807", "HRANDFIELD h -4611686018427387903 WITHVALUES"} {
		if got := f.do(line); got != "-"+string(ErrReplyTooBig) {
			t.Errorf("%s: %.80s", line, got)
		}
	}
	f.env.OutputLimit = 1000
	if got := f.run([][]byte{[]byte("HRANDFIELD"), []byte("h"), []byte("-999999999"), []byte("WITHVALUES")}); len(got) > 1100 {
		t.Errorf("%d bytes for a client that is closed at 1000", len(got))
	}
}

// TestHashScan walks a table of many fields with the smallest count: each field comes once, for nothing changes.
func TestHashScan(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	for i := range 1000 {
		f.do(fmt.Sprintf("HSET h f%d v", i))
	}
	seen, cursor, calls := make(map[string]int), "0", 0
	for {
		words := strings.Fields(f.do("HSCAN h " + cursor + " COUNT 1 NOVALUES"))
		for i := 5; i < len(words); i += 2 {
			seen[words[i]]++
		}
		calls++
		if cursor = words[2]; cursor == "0" {
			break
		}
	}
	if len(seen) != 1000 || calls < 50 {
		t.Errorf("%d fields in %d calls", len(seen), calls)
	}
	for name, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", name, n)
		}
	}
}

// TestLargeHashesAsAWhole: HGETALL, HKEYS and HVALS reply the same, in the same order, however the fields are gone through.
func TestLargeHashesAsAWhole(t *testing.T) {
	for _, proto := range []int{2, 3} {
		f := newFixture(t)
		f.w.Proto = proto
		for i := range 300 {
			f.do(fmt.Sprintf("HSET h field:%d value-%d n%d %d", i, i, i, i*i*i-5000))
		}
		all, keys, vals := f.do("HGETALL h"), f.do("HKEYS h"), f.do("HVALS h")
		f.do("HPEXPIRE h 100000 FIELDS 1 n7")
		for line, want := range map[string]string{"HGETALL h": all, "HKEYS h": keys, "HVALS h": vals} {
			if got := f.do(line); got != want {
				t.Errorf("%s with an expiring field\n %s\nwithout\n %s", line, got, want)
			}
		}
		if n := strings.Count(all, " $"); n != 1200 || strings.Count(keys, " $") != 600 || strings.Count(vals, " $") != 600 {
			t.Errorf("HGETALL has %d elements of 1200: %.300s", n, all)
		}
		if !strings.Contains(all, " $7 field:7 $7 value-7 ") || !strings.Contains(keys, " $7 field:7 ") ||
			!strings.Contains(vals, " $5 -4657 ") {
			t.Errorf("%.300s\n%.300s\n%.300s", all, keys, vals)
		}
	}
}
