package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"synap/server/resp"
	"synap/store"
)

// numbered is n words of one form.
func numbered(format string, n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(words, " ")
}

// TestSetEncodings: when a set changes its layout, and when not. The limits are 512 integers in an intset, 128 members of
// up to 64 bytes in a packed block.
func TestSetEncodings(t *testing.T) {
	long := strings.Repeat("x", 64)
	for _, tt := range []struct {
		name  string
		lines string // separated by " ; "
		want  string
	}{
		{"integers", "SADD k 1 2 -3", "intset"},
		{"first an integer", "SADD k 1 a", "listpack"},
		{"first a string", "SADD k a 1", "listpack"},
		{"nearly integers", "SADD k 01", "listpack"},
		{"longest short member", "SADD k " + long, "listpack"},
		{"long first member", "SADD k " + long + "x", "hashtable"},
		{"long member joins strings", "SADD k a ; SADD k " + long + "x", "hashtable"},
		{"long member joins integers", "SADD k 1 ; SADD k " + long + "x", "hashtable"},
		{"as many integers as an intset takes", "SADD k " + numbered("%d", 512), "intset"},
		{"one integer more", "SADD k " + numbered("%d", 512) + " ; SADD k 512", "hashtable"},
		{"more integers in the call than an intset takes", "SADD k " + numbered("%d", 513), "hashtable"},
		{"more integers in the call, but the same", "SADD k " + strings.Repeat("1 ", 513), "hashtable"},
		{"as many strings as a block takes", "SADD k " + numbered("m%d", 128), "listpack"},
		{"one string more", "SADD k " + numbered("m%d", 128) + " ; SADD k x", "hashtable"},
		{"more strings in the call than a block takes", "SADD k " + strings.Repeat("a ", 129), "hashtable"},
		{"more strings for a block in the call", "SADD k a ; SADD k " + strings.Repeat("a ", 129), "hashtable"},
		{"more integers for an intset in the call", "SADD k 1 ; SADD k " + strings.Repeat("1 ", 513), "hashtable"},
		{"a string joins as many integers as fit a block", "SADD k " + numbered("%d", 127) + " ; SADD k x", "listpack"},
		{"a string joins more", "SADD k " + numbered("%d", 128) + " ; SADD k x", "hashtable"},
		{"no way back by SREM", "SADD k 1 a ; SREM k a", "listpack"},
		{"no way back from a table", "SADD k a " + long + "x ; SREM k " + long + "x", "hashtable"},
		{"SMOVE makes an intset", "SADD s 7 a ; SMOVE s k 7", "intset"},
		{"SMOVE makes a block", "SADD s 7 a ; SMOVE s k a", "listpack"},
		{"SPOP of little", "SADD k " + numbered("m%d", 200) + " ; SPOP k 100", "hashtable"},
		{"SPOP that leaves a sixth", "SADD k " + numbered("m%d", 600) + " ; SPOP k 500", "listpack"},
		{"SPOP that leaves a sixth, too much for a block", "SADD k " + numbered("m%d", 1200) + " ; SPOP k 1000", "hashtable"},
		{"SPOP that leaves nearly a sixth", "SADD k " + numbered("m%d", 600) + " ; SPOP k 499", "hashtable"},
		{"SPOP of integers in a table", "SADD k " + numbered("%d", 600) + " ; SPOP k 590", "listpack"},
		{"SPOP of an intset", "SADD k 1 2 3 4 5 6 7 8 9 ; SPOP k 8", "intset"},
		{"SINTERSTORE of integers", "SADD a 1 2 3 ; SADD b 2 3 x ; SINTERSTORE k a b", "intset"},
		{"SINTERSTORE of integers in blocks", "SADD a 1 2 y ; SADD b 2 3 x ; SINTERSTORE k a b", "intset"},
		{"SINTERSTORE of integers in tables", "SADD a " + numbered("%d", 600) + " ; SADD b " + numbered("%d", 700) + " x ; " +
			"SADD c " + numbered("%d", 130) + " y ; SINTERSTORE k a b c", "intset"},
		{"SINTERSTORE of many integers", "SADD a " + numbered("%d", 600) + " x ; SINTERSTORE k a a", "hashtable"},
		{"SINTERSTORE of strings", "SADD a a b " + long + "x ; SADD b a b ; SINTERSTORE k a b", "listpack"},
		{"SINTERSTORE of many strings", "SADD a " + numbered("m%d", 129) + " ; SINTERSTORE k a", "hashtable"},
		{"SUNIONSTORE of integers", "SADD a 1 ; SADD b 2 ; SUNIONSTORE k a b", "intset"},
		{"SUNIONSTORE of both", "SADD a 1 ; SADD b x ; SUNIONSTORE k a b", "listpack"},
		{"SUNIONSTORE of many integers", "SADD a " + numbered("1%03d", 300) + " ; SADD b " + numbered("2%03d", 300) +
			" ; SUNIONSTORE k a b", "hashtable"},
		{"SDIFFSTORE of a table", "SADD a " + numbered("m%d", 200) + " ; SADD b " + numbered("m%d", 199) +
			" ; SDIFFSTORE k a b", "listpack"},
		{"SDIFFSTORE of a table by removing", "SADD a " + numbered("m%d", 200) + " ; SADD b " + numbered("m%d", 50) +
			" ; SADD c m150 ; SADD d m151 ; SDIFFSTORE k a b c d", "hashtable"},
		{"COPY keeps it", "SADD a " + long + "x ; COPY a k", "hashtable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			for line := range strings.SplitSeq(tt.lines, " ; ") {
				if got := f.do(line); got[0] == '-' {
					t.Fatalf("%.60s: %s", line, got)
				}
			}
			if got := f.do("OBJECT ENCODING k"); got != fmt.Sprintf("$%d %s", len(tt.want), tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestSetLimitsOff: limits of zero leave nothing but tables, and an intset's own limit is not exceeded.
func TestSetLimitsOff(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	f.store.SetTuning(store.Tuning{})
	for _, line := range []string{"SADD k 1", "SADD k a", "SINTERSTORE d k k", "SUNIONSTORE d k", "SMOVE k d 1"} {
		if got := f.do(line); got[0] == '-' {
			t.Fatalf("%s: %s", line, got)
		}
	}
	for _, key := range []string{"k", "d"} {
		if got := f.do("OBJECT ENCODING " + key); got != "$9 hashtable" {
			t.Errorf("%s is %s", key, got)
		}
	}
}

// TestSetEffects: what is recorded leads to the same set whatever chance decides next time.
func TestSetEffects(t *testing.T) {
	runEffects(t, []effectCase{
		{"", "SADD k 1 2 1", "0:SADD k 1 2 1"},
		{"SADD k 1", "SADD k 1", ""},
		{"SADD k 1 2", "SREM k 1 3", "0:SREM k 1 3"},
		{"SADD k 1 2", "SREM k 3", ""},
		{"SADD k 1", "SMOVE k d 1", "0:SMOVE k d 1"},
		{"SADD k 1", "SMOVE k d 2", ""},
		{"SADD k 1", "SMOVE k k 1", ""},
		{"SADD k 7", "SPOP k", "0:SREM k 7"},
		{"SADD k 7 7 7", "SPOP k 1", "0:DEL k"},
		{"SADD k 1 2 3", "SPOP k 3", "0:DEL k"},
		{"SADD k 1 2 3", "SPOP k 100", "0:DEL k"},
		{"SADD k 1 2 3", "SPOP k 0", ""},
		{"", "SPOP k", ""},
		{"", "SPOP k 2", ""},
		{"SADD a 1 2; SADD b 2 3", "SINTERSTORE k a b", "0:SINTERSTORE k a b"},
		{"SADD a 1 2; SADD b 2 3", "SUNIONSTORE k a b", "0:SUNIONSTORE k a b"},
		{"SADD a 1 2; SADD b 2 3", "SDIFFSTORE k a b", "0:SDIFFSTORE k a b"},
		{"SADD a 1; SET k v", "SDIFFSTORE k a a", "0:SDIFFSTORE k a a"},
		{"SADD a 1", "SDIFFSTORE k a a", ""},
		{"SADD a 1", "SUNIONSTORE k x y", ""},
	})
}

// TestPopEffects: popped members are removed in the stream, a bounded number at a time.
func TestPopEffects(t *testing.T) {
	for _, tt := range []struct {
		members, pop string
		effects      []int // members in each
	}{
		{numbered("%d", 20), "5", []int{5}},
		{numbered("m%d", 20), "19", []int{19}},
		{numbered("m%d", 5000), "1024", []int{1024}},
		{numbered("m%d", 5000), "2049", []int{1024, 1024, 1}},
	} {
		f := newFixture(t)
		f.do("SADD k " + tt.members)
		f.record()
		reply := strings.Fields(f.do("SPOP k " + tt.pop))
		var effects []int
		var removed []string
		for effect := range strings.SplitSeq(strings.Join(f.log.units, " | "), "; ") {
			words := strings.Fields(effect)
			if words[0] != "0:SREM" || words[1] != "k" {
				t.Errorf("effect %.40s", effect)
			}
			effects = append(effects, len(words)-2)
			removed = append(removed, words[2:]...)
		}
		var replied []string
		for i := 2; i < len(reply); i += 2 {
			replied = append(replied, reply[i])
		}
		if !slices.Equal(effects, tt.effects) || !slices.Equal(removed, replied) || len(f.log.units) != 1 {
			t.Errorf("SPOP k %s: effects with %d members", tt.pop, effects)
		}
		f.audit()
	}
}

// TestSetsWatched: which commands change a set in the eyes of WATCH.
func TestSetsWatched(t *testing.T) {
	runWatched(t, []watchCase{
		{"", "SADD k 1", true},
		{"SADD k 1", "SADD k 1", false},
		{"SADD k 1", "SADD k 2", true},
		{"SADD k 1", "SREM k 2", false},
		{"SADD k 1", "SREM k 1", true},
		{"SADD k 1 2", "SPOP k", true},
		{"SADD k 1 2", "SPOP k 1", true},
		{"SADD k 1 2", "SPOP k 0", false},
		{"SADD k 1 2", "SPOP k 9", true},
		{"SADD k 1", "SMOVE k d 1", true},
		{"SADD d 1", "SMOVE d k 1", true},
		{"SADD d 1; SADD k 1", "SMOVE d k 1", false},
		{"SADD k 1", "SMOVE k k 1", false},
		{"SADD k 1; SADD a 1", "SINTERSTORE k k a", true},
		{"SADD k 1", "SINTERSTORE k x y", true},
		{"", "SINTERSTORE k x y", false},
		{"SADD k 1", "SMEMBERS k", false},
		{"SADD k 1 2", "SRANDMEMBER k 1", false},
	})
}

// TestSetEvents: keyspace events, in the order of Redis.
func TestSetEvents(t *testing.T) {
	for _, tt := range []struct{ before, line, want string }{
		{"", "SADD k 1", "new k, sadd k"},
		{"SADD k 1", "SADD k 1", ""},
		{"SADD k 1 2", "SREM k 1", "srem k"},
		{"SADD k 1 2", "SREM k 1 2 3", "srem k, del k"},
		{"SADD k 1", "SREM k 2", ""},
		{"SADD k 1 2", "SPOP k", "spop k"},
		{"SADD k 1", "SPOP k", "spop k, del k"},
		{"SADD k 1 2", "SPOP k 1", "spop k"},
		{"SADD k 1 2", "SPOP k 2", "spop k, del k"},
		{"SADD k 1 2", "SPOP k 0", ""},
		{"SADD a 1 2", "SMOVE a k 1", "srem a, new k, sadd k"},
		{"SADD a 1", "SMOVE a k 1", "srem a, del a, new k, sadd k"},
		{"SADD a 1; SADD k 1", "SMOVE a k 1", "srem a, del a"},
		{"SADD a 1", "SMOVE a k 2", ""},
		{"SADD a 1 2", "SINTERSTORE k a a", "new k, sinterstore k"},
		{"SADD a 1 2; SET k v", "SUNIONSTORE k a a", "sunionstore k"},
		{"SADD a 1 2; SADD b 1", "SDIFFSTORE a a b", "sdiffstore a"},
		{"SADD a 1 2", "SDIFFSTORE a a a", "del a"},
		{"SADD a 1 2; SADD k 1", "SINTERSTORE k a x", "keymiss x, del k"},
		{"", "SUNIONSTORE k a x", "keymiss a, keymiss x"},
		{"", "SMEMBERS k", "keymiss k"},
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

// TestSetNoAllocations: the commands of a set's everyday life allocate nothing.
func TestSetNoAllocations(t *testing.T) {
	for name, before := range map[string][]string{
		"intset":    {"SADD k " + numbered("%d", 300), "SADD d 1"},
		"listpack":  {"SADD k a " + numbered("%d", 100), "SADD d a"},
		"hashtable": {"SADD k a " + numbered("%d", 5000), "SADD d a " + numbered("x%d", 200)},
	} {
		t.Run(name, func(t *testing.T) {
			noAllocs(t, before, "SADD k 17 18", "SADD k 100000", "SISMEMBER k 5", "SISMEMBER k -5", "SMISMEMBER k 1 a 7777777",
				"SPOP k", "SPOP k 2", "SREM k 17 18", "SCARD k", "SRANDMEMBER k", "SRANDMEMBER k -5", "SMOVE k d 3")
			noAllocs(t, before, "SMEMBERS k", "SINTER k d", "SINTERCARD 2 k d", "SDIFF k d", "SUNION k d", "SDIFF d k")
		})
	}
}

// TestRepeatedReplies: a count without bounds is refused before anything is built, or built only up to the output limit.
func TestRepeatedReplies(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	f.do("SADD k a")
	for _, line := range []string{"SRANDMEMBER k -9223372036854775807", "SRANDMEMBER k -999999999"} {
		if got := f.do(line); got != string("-"+ErrReplyTooBig) {
			t.Errorf("%s: %.80s", line, got)
		}
	}
	f.env.OutputLimit = 10_000
	args, _ := resp.SplitArgs([]byte("SRANDMEMBER k -9223372036854775807"))
	if n := len(f.run(args)); n < 10_000 || n > 10_100 {
		t.Errorf("%d bytes were replied", n)
	}
	f.env.OutputLimit = 0
	if got := f.do("SRANDMEMBER k -3"); got != "*3 $1 a $1 a $1 a" {
		t.Errorf("got %s", got)
	}
}

// TestSetRandomReplies: counts, and members that are different or not.
func TestSetRandomReplies(t *testing.T) {
	for name, members := range map[string]string{"intset": numbered("%d", 100), "listpack": numbered("m%d", 100),
		"hashtable": numbered("m%d", 1000)} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			f.do("SADD k " + members)
			for _, tt := range []struct {
				line      string
				n, unique int // unique at least
			}{
				{"SRANDMEMBER k 10", 10, 10}, {"SRANDMEMBER k 90", 90, 90}, {"SRANDMEMBER k 400", 0, 0},
				{"SRANDMEMBER k -400", 400, 60}, {"SPOP k 10", 10, 10}, {"SPOP k 50", 50, 50},
			} {
				words := strings.Fields(f.do(tt.line))
				seen := map[string]bool{}
				for i := 2; i < len(words); i += 2 {
					seen[words[i]] = true
				}
				n := (len(words) - 1) / 2
				if tt.n == 0 {
					tt.n, tt.unique = n, n
				}
				if n != tt.n || len(seen) < tt.unique || words[0] != fmt.Sprintf("*%d", n) {
					t.Errorf("%s: %s, %d members, %d different", tt.line, words[0], n, len(seen))
				}
				if !strings.HasPrefix(tt.line, "SPOP") {
					continue
				}
				for x := range seen {
					if got := f.do("SISMEMBER k " + x); got != ":0" {
						t.Errorf("%s took %s, which is still there", tt.line, x)
					}
				}
			}
		})
	}
}
