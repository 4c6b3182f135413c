package compat

import (
	"strconv"
	"strings"
	"testing"
)

// keyWords are the words that calls are filled with behind the command's name. What they mean to a command, if anything, is
// up to it: a key, a count that fits or not, an option that moves keys or changes what is done with them.
var keyWords = []string{
	"a b c d e f g h i",
	"2 b c d e f g h i",
	"0 0 0 0 0 0 0 0 0",
	"a 1 c d e f g h i",
	"a 2 c d e f g h i",
	"a 9 c d e f g h i",
	"a -1 c d e f g h i",
	"0 2 c d e f g h i",
	"0 9 c d e f g h i",
	"a b 2 d e f g h i",
	"a get u8 0 set u8 0 1 x",
	"a get u8 0 get u8 0 get u8",
	"a b get d e f get h i",
	"a store c STORE e storedist g h i",
	"a b c d e store x storedist y",
	"streams b c d e f g h i",
	"group b c streams e f g h i",
	"GROUP b STREAMS streams e f g h i",
	"count 1 block 1 streams e f g h",
	"a b c keys e f g h i",
}

// TestKeysOfCalls asks both servers for the keys of calls of every command, from fewer words than it needs to some more.
func TestKeysOfCalls(t *testing.T) {
	p := startPair(t)
	known := commandEntries(t, p.oracle, "2")
	oracle, subject := dial(t, p.oracle), dial(t, p.subject)
	defer oracle.close()
	defer subject.close()
	asked := 0
	for name, entry := range commandEntries(t, p.subject, "2") {
		if _, ok := known[name]; !ok || newerEntries[name][entryArity] != "" {
			continue // what 7.2 takes more words for is refused by 7.0
		}
		arity, err := strconv.Atoi(entry.elems[entryArity].text)
		if err != nil {
			t.Fatal(err)
		}
		for _, fill := range keyWords {
			call := append(strings.Split(name, "|"), strings.Fields(fill)...)
			asks := keyQuestions(call, max(arity, -arity))
			wanted, got := oracle.pipeline(t, asks), subject.pipeline(t, asks)
			for i, ask := range asks {
				if want, got := wanted[i].String(), got[i].String(); got != want {
					t.Errorf("%s\nredis   %s\nsubject %s", quoteCommand(ask), want, got)
				}
			}
			asked += len(asks)
		}
	}
	if asked < 10000 {
		t.Errorf("only %d calls", asked)
	}
}

// keyQuestions ask for the keys of the call cut to one word less than the least up to six words more.
func keyQuestions(call []string, least int) (asks [][]string) {
	for n := max(least-1, 2); n <= min(least+6, len(call)); n++ {
		for _, how := range []string{"GETKEYS", "GETKEYSANDFLAGS"} {
			asks = append(asks, append([]string{"COMMAND", how}, call[:n]...))
		}
	}
	return asks
}

// pipeline sends all calls before it reads the first reply.
func (c *conn) pipeline(t testing.TB, calls [][]string) (replies []reply) {
	t.Helper()
	for _, call := range calls {
		if err := c.send(call); err != nil {
			t.Fatalf("sending %s: %v", quoteCommand(call), err)
		}
	}
	for range calls {
		replies = append(replies, c.read(t))
	}
	return replies
}
