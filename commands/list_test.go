package commands

import (
	"strings"
	"testing"

	"synap/store"
)

// TestListEffects: what a list command leaves in the stream.
func TestListEffects(t *testing.T) {
	runEffects(t, []effectCase{
		{"", "LPUSH k a b", "0:LPUSH k a b"},
		{"", "LPUSHX k a", ""},
		{"RPUSH k a b c", "LPOP k", "0:LPOP k"},
		{"RPUSH k a b c", "LPOP k 2", "0:LPOP k 2"},
		{"RPUSH k a b c", "LPOP k 0", ""},
		{"", "LPOP k", ""},
		{"RPUSH k a b c", "LMPOP 2 x k LEFT", "0:LPOP k 1"},
		{"RPUSH k a b c", "LMPOP 2 x k RIGHT COUNT 2", "0:RPOP k 2"},
		{"RPUSH k a b c", "LMPOP 1 k RIGHT COUNT 20", "0:RPOP k 3"},
		{"RPUSH k a b c", "LMPOP 1 x RIGHT", ""},
		{"RPUSH k a b", "LMOVE k d LEFT RIGHT", "0:LMOVE k d LEFT RIGHT"},
		{"RPUSH k a b", "LMOVE k k LEFT RIGHT", "0:LMOVE k k LEFT RIGHT"},
		{"RPUSH k a", "LMOVE k k LEFT RIGHT", "0:LMOVE k k LEFT RIGHT"},
		{"RPUSH k a b", "RPOPLPUSH k d", "0:RPOPLPUSH k d"},
		{"RPUSH k a b", "LSET k 0 x", "0:LSET k 0 x"},
		{"RPUSH k a b", "LSET k 0 a", "0:LSET k 0 a"},
		{"RPUSH k a b", "LSET k 2 x", ""},
		{"RPUSH k a b", "LINSERT k AFTER a x", "0:LINSERT k AFTER a x"},
		{"RPUSH k a b", "LINSERT k AFTER x a", ""},
		{"RPUSH k a b", "LREM k 0 a", "0:LREM k 0 a"},
		{"RPUSH k a b", "LREM k 0 x", ""},
		{"RPUSH k a b", "LTRIM k 1 1", "0:LTRIM k 1 1"},
		{"RPUSH k a b", "LTRIM k 0 -1", ""},
	})
}

// TestListsWatched: what counts as a change of a watched list.
func TestListsWatched(t *testing.T) {
	runWatched(t, []watchCase{
		{"", "RPUSH k a", true},
		{"RPUSH k a", "RPUSH k a", true},
		{"", "RPUSHX k a", false},
		{"RPUSH k a b", "LPOP k", true},
		{"RPUSH k a", "LPOP k", true},
		{"RPUSH k a b", "LPOP k 0", false},
		{"RPUSH k a b", "LMPOP 1 k LEFT", true},
		{"RPUSH k a b", "LMOVE k d LEFT LEFT", true},
		{"RPUSH d a b", "LMOVE d k LEFT LEFT", true},
		{"RPUSH k a", "LMOVE k k LEFT LEFT", true},
		{"RPUSH k a", "LSET k 0 a", true},
		{"RPUSH k a", "LSET k 1 a", false},
		{"RPUSH k a", "LINSERT k BEFORE b x", false},
		{"RPUSH k a", "LINSERT k BEFORE a x", true},
		{"RPUSH k a", "LREM k 0 b", false},
		{"RPUSH k a b", "LREM k 0 b", true},
		{"RPUSH k a", "LTRIM k 0 -1", true}, // so does Redis, although nothing changes
		{"RPUSH k a", "LTRIM k 1 -1", true},
		{"RPUSH k a", "LPOS k a", false},
		{"RPUSH k a", "LRANGE k 0 -1", false},
	})
}

// TestListEvents: keyspace events, in the order of Redis.
func TestListEvents(t *testing.T) {
	for _, tt := range []struct{ before, line, want string }{
		{"", "LPUSH k a b", "new k, lpush k"},
		{"RPUSH k a", "RPUSH k a b", "rpush k"},
		{"RPUSH k a", "LPUSHX k a b", "lpush k"},
		{"", "RPUSHX k a", ""},
		{"RPUSH k a b", "LPOP k", "lpop k"},
		{"RPUSH k a b", "RPOP k 1", "rpop k"},
		{"RPUSH k a b", "RPOP k 2", "rpop k, del k"},
		{"RPUSH k a", "LPOP k", "lpop k, del k"},
		{"RPUSH k a", "LPOP k 0", ""},
		{"RPUSH k a b", "LMPOP 2 x k RIGHT", "rpop k"},
		{"RPUSH k a b", "LMPOP 2 x k LEFT COUNT 9", "lpop k, del k"},
		{"RPUSH a 1 2", "LMOVE a k LEFT RIGHT", "new k, rpush k, lpop a"},
		{"RPUSH a 1", "LMOVE a k RIGHT LEFT", "new k, lpush k, rpop a, del a"},
		{"RPUSH k 1 2", "LMOVE k k RIGHT LEFT", "lpush k, rpop k"},
		{"RPUSH k 1", "RPOPLPUSH k k", "lpush k, rpop k"},
		{"", "LMOVE a k RIGHT LEFT", ""},
		{"RPUSH k a", "LINSERT k AFTER a b", "linsert k"},
		{"RPUSH k a", "LINSERT k AFTER b b", ""},
		{"RPUSH k a", "LSET k 0 b", "lset k"},
		{"RPUSH k a", "LSET k 1 b", ""},
		{"RPUSH k a b", "LREM k 0 a", "lrem k"},
		{"RPUSH k a a", "LREM k 0 a", "lrem k, del k"},
		{"RPUSH k a a", "LREM k 0 b", ""},
		{"RPUSH k a a", "LTRIM k 0 -1", "ltrim k"},
		{"RPUSH k a a", "LTRIM k 5 9", "ltrim k, del k"},
		{"", "LTRIM k 5 9", ""},
		{"", "LINDEX k 0", "keymiss k"},
	} {
		t.Run(tt.before+";"+tt.line, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			if tt.before != "" {
				f.do(tt.before)
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

// TestListChangesCounted: what INFO counts as changes since the last save.
func TestListChangesCounted(t *testing.T) {
	for _, tt := range []struct {
		before, line string
		want         int
	}{
		{"", "RPUSH k a b c", 3},
		{"RPUSH k a b c", "LPOP k 2", 2},
		{"RPUSH k a b c", "LPOP k 9", 3},
		{"RPUSH k a b c", "LMOVE k d LEFT LEFT", 1},
		{"RPUSH k a", "LMOVE k k LEFT LEFT", 1},
		{"RPUSH k a a b", "LREM k 0 a", 2},
		{"RPUSH k a a", "LREM k 0 a", 2},
		{"RPUSH k a b c d", "LTRIM k 1 2", 2},
		{"RPUSH k a b c d", "LTRIM k 9 9", 4},
	} {
		f := newFixture(t)
		if tt.before != "" {
			f.do(tt.before)
		}
		f.do(tt.line)
		if got := f.tx.Dirty(); got != tt.want {
			t.Errorf("%s; %s: %d changes, want %d", tt.before, tt.line, got, tt.want)
		}
		f.audit()
	}
}

// TestListNoAllocations: the commands of a list's everyday life allocate nothing.
func TestListNoAllocations(t *testing.T) {
	for name, before := range map[string][]string{
		"listpack":  {"RPUSH k item-17 " + numbered("item-%d", 100), "RPUSH d a"},
		"quicklist": {"RPUSH k item-17 " + numbered("item-%d", 5000), "RPUSH d " + numbered("item-%d", 5000)},
	} {
		t.Run(name, func(t *testing.T) {
			noAllocs(t, before, "LPUSH k abc 12", "RPUSH k abc", "LPOP d", "LPOP k", "RPOP k", "LPOP k 2", "LMOVE k d LEFT RIGHT", "LMOVE k k RIGHT LEFT",
				"LMPOP 2 x k LEFT", "LLEN k", "LINDEX k 50", "LRANGE k 0 99", "LPOS k item-90", "LPOS k item-90 RANK -1 COUNT 2",
				"LSET k 50 other", "LINSERT k BEFORE item-90 x", "LREM k 1 nosuch", "LREM k -1 x", "LTRIM k 0 -2")
		})
	}
}

// TestListElementsTooLong: what cannot be stored is refused before anything changes.
func TestListElementsTooLong(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	f.do("RPUSH k a")
	huge := make([]byte, 1<<30)
	words := func(line string) (args [][]byte) {
		for w := range strings.SplitSeq(line, " ") {
			if w == "*" {
				args = append(args, huge)
			} else {
				args = append(args, []byte(w))
			}
		}
		return args
	}
	for _, line := range []string{"RPUSH k b *", "LPUSH new *", "LSET k 0 *", "LINSERT k BEFORE a *"} {
		if got := flat(f.run(words(line))); got != "-"+string(ErrStringTooBig) {
			t.Errorf("%s: %.80s", line, got)
		}
	}
	if got := f.do("LRANGE k 0 -1"); got != "*1 $1 a" {
		t.Errorf("the list is %s", got)
	}
}
