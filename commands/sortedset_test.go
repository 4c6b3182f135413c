package commands

import (
	"fmt"
	"strings"
	"testing"
)

// scoredWords is n pairs of a score and a member of one form.
func scoredWords(format string, n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprintf("%d "+format, i, i)
	}
	return strings.Join(words, " ")
}

// TestSortedSetEncodings: when a sorted set changes its encoding, and when not. A small one has up to 128 members of
// up to 64 bytes.
func TestSortedSetEncodings(t *testing.T) {
	long := strings.Repeat("x", 64)
	for _, tt := range []struct {
		name  string
		lines string // separated by " ; "
		want  string
	}{
		{"as many as fit", "ZADD k " + scoredWords("m%d", 128), "listpack"},
		{"one more", "ZADD k " + scoredWords("m%d", 128) + " ; ZADD k 1 x", "skiplist"},
		{"more pairs in the call", "ZADD k " + strings.Repeat("1 a ", 129), "skiplist"},
		{"more pairs in a later call", "ZADD k 1 a ; ZADD k XX " + strings.Repeat("1 b ", 129), "skiplist"},
		{"longest short member", "ZADD k 1 " + long, "listpack"},
		{"long first member", "ZADD k 1 " + long + "x", "skiplist"},
		{"long member joins", "ZADD k 1 a ; ZADD k 1 " + long + "x", "skiplist"},
		{"long member is refused", "ZADD k 1 a ; ZADD k XX 1 " + long + "x", "listpack"},
		{"no way back", "ZADD k 1 a 1 " + long + "x ; ZREM k " + long + "x", "skiplist"},
		{"ZUNIONSTORE of little", "ZADD a 1 " + long + "x 1 b ; ZADD b 1 b ; ZINTERSTORE k 2 a b", "listpack"},
		{"ZUNIONSTORE of much", "ZADD a " + scoredWords("a%d", 70) + " ; ZADD b " + scoredWords("b%d", 70) +
			" ; ZUNIONSTORE k 2 a b", "skiplist"},
		{"ZUNIONSTORE of long members", "ZADD a 1 " + long + "x ; ZUNIONSTORE k 1 a", "skiplist"},
		{"ZRANGESTORE of little", "ZADD a " + scoredWords("m%d", 200) + " ; ZRANGESTORE k a 0 99", "listpack"},
		{"ZRANGESTORE of little by score", "ZADD a " + scoredWords("m%d", 200) + " ; ZRANGESTORE k a 0 9 BYSCORE", "listpack"},
		{"ZRANGESTORE of much", "ZADD a " + scoredWords("m%d", 200) + " ; ZRANGESTORE k a 0 128", "skiplist"},
		{"COPY keeps it", "ZADD a 1 " + long + "x ; COPY a k", "skiplist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			for line := range strings.SplitSeq(tt.lines, " ; ") {
				f.do(line)
			}
			if got, want := f.do("OBJECT ENCODING k"), fmt.Sprintf("$%d %s", len(tt.want), tt.want); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestSortedSetReplies are the shapes of replies that clients have got wrong answers for elsewhere.
func TestSortedSetReplies(t *testing.T) {
	scripts{
		"RESP2 is flat": {
			"ZADD k 1 a 2.5 b", ":2",
			"ZRANGE k 0 -1 WITHSCORES", "*4 $1 a $1 1 $1 b $3 2.5",
			"ZPOPMIN k 1", "*2 $1 a $1 1",
			"ZRANK k b WITHSCORE", "*2 :0 $3 2.5",
			"ZRANK k x WITHSCORE", "*-1",
			"ZMPOP 1 k MIN", "*2 $1 k *1 *2 $1 b $3 2.5",
			"ZMPOP 1 k MIN", "*-1",
			"ZPOPMIN k", "*0",
			"ZSCORE k a", "$-1",
		},
		"RESP3 has pairs and doubles": {
			"@proto 3",
			"ZADD k 1 a 2.5 b inf c", ":3",
			"ZRANGE k 0 -1 WITHSCORES", "*3 *2 $1 a ,1 *2 $1 b ,2.5 *2 $1 c ,inf",
			"ZRANGE k 0 -1", "*3 $1 a $1 b $1 c",
			"ZPOPMIN k", "*2 $1 a ,1",
			"ZPOPMIN k 1", "*1 *2 $1 b ,2.5",
			"ZMSCORE k c x", "*2 ,inf _",
			"ZUNION 1 k WITHSCORES", "*1 *2 $1 c ,inf",
			"ZRANDMEMBER k -1 WITHSCORES", "*1 *2 $1 c ,inf",
			"ZSCAN k 0", "*2 $1 0 *2 $1 c $3 inf",
			"ZINCRBY k 1 c", ",inf",
			"ZADD k XX INCR 1 x", "_",
			"ZRANK k x WITHSCORE", "_",
			"ZMPOP 1 x MIN", "_",
		},
		"scores are printed short": {
			"ZADD k 0.1 a 1e17 b 1e23 c -0 d 3.0 e", ":5",
			"ZMSCORE k a b c d e", "*5 $3 0.1 $18 100000000000000000 $5 1e+23 $1 0 $1 3",
			"ZINCRBY k 0.2 a", "$19 0.30000000000000004",
		},
		"negative zero stays in large sets": {
			"ZADD k 1 " + strings.Repeat("x", 65) + " -0 a", ":2",
			"ZSCORE k a", "$2 -0",
			"ZADD k 0 a", ":0",
			"ZSCORE k a", "$2 -0",
		},
		"a reply without end": {
			"ZADD k 1 a", ":1",
			"ZRANDMEMBER k -4611686018427387905 WITHSCORES", "-ERR value is out of range",
			"ZRANDMEMBER k -4611686018427387903 WITHSCORES", "-ERR the reply would exceed the maximum allowed size",
			"ZRANDMEMBER k 9223372036854775807", "*1 $1 a",
		},
	}.run(t)
}

func TestSortedSetWatches(t *testing.T) {
	const before = "ZADD k 1 a 2 b; ZADD o 1 a"
	var cases []watchCase
	for line, changed := range map[string]bool{
		"ZADD k 1 a": false, "ZADD k 2 a": true, "ZADD k NX 2 a": false, "ZADD k 3 c": true, "ZINCRBY k 0 a": false,
		"ZINCRBY k 1 a": true, "ZREM k x": false, "ZREM k a": true, "ZREM k a b": true, "ZPOPMIN k 0": false,
		"ZPOPMIN k": true, "ZMPOP 1 k MAX": true, "ZREMRANGEBYRANK k 5 6": false, "ZREMRANGEBYRANK k 0 0": true,
		"ZUNIONSTORE k 1 o": true, "ZUNIONSTORE k 1 x": true, "ZUNIONSTORE o 1 k": false, "ZRANGESTORE k k 0 -1": true,
		"ZRANGE k 0 -1": false, "ZRANDMEMBER k 1": false, "ZSCAN k 0": false,
	} {
		cases = append(cases, watchCase{before, line, changed})
	}
	runWatched(t, cases)
}

// TestSortedSetAllocations: what is done to one member allocates nothing, in both encodings.
func TestSortedSetAllocations(t *testing.T) {
	small := "ZADD k " + scoredWords("member:%d", 100)
	for name, before := range map[string][]string{
		"small": {small},
		"large": {small, "ZADD k " + scoredWords("more:%d", 100)},
	} {
		t.Run(name, func(t *testing.T) {
			noAllocs(t, before, "ZADD k 50.5 member:7", "ZADD k 7 member:7 9 member:9 11 member:10", "ZINCRBY k 1 member:8",
				"ZINCRBY k 0.1 member:8", "ZSCORE k member:50", "ZMSCORE k member:50 x", "ZRANK k member:50",
				"ZREVRANK k x", "ZCARD k", "ZCOUNT k 10 (40", "ZRANGE k 0 -1", "ZRANGE k 10 5 BYSCORE REV LIMIT 1 2 WITHSCORES",
				"ZREVRANGE k 0 10 WITHSCORES", "ZRANGEBYSCORE k 5 +inf", "ZRANGEBYLEX k - + LIMIT 0 5", "ZLEXCOUNT k - +",
				"ZREM k x", "ZRANDMEMBER k")
		})
	}
}
