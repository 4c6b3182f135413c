package compat

import (
	"slices"
	"testing"
)

// streamProducers are what may have entries, or bad news, for who waits for a stream.
var streamProducers = []string{
	"XADD k 2-1 f v",
	"XADD k 2-1 f v|XADD k 2-2 f w|XADD k 2-3 f x",
	"XADD k 2-1 f v|XADD l 3-1 f v",
	"XADD l 3-1 f v|XADD k 2-1 f v",
	"XADD k 2-1 f v|XDEL k 2-1",
	"XADD k MAXLEN 0 2-1 f v",
	"XADD k NOMKSTREAM 2-1 f v",
	"XADD o 1-1 f v",
	"XDEL k 1-1|XTRIM k MAXLEN 0|XSETID k 9-9",
	"XGROUP SETID k g 0",
	"XGROUP SETID k g 0|XADD k 2-1 f v",
	"XGROUP DELCONSUMER k g a|XADD k 2-1 f v",
	"XGROUP DESTROY k g",
	"XGROUP DESTROY k h|XADD k 2-1 f v",
	"XGROUP DESTROY k g|XGROUP CREATE k g $|XADD k 2-1 f v",
	"DEL k",
	"UNLINK k|XADD l 3-1 f v",
	"DEL k|XADD k 2-1 f v",
	"DEL k|XGROUP CREATE k g 0 MKSTREAM|XGROUP CREATE k h 0|XADD k 2-1 f v",
	"RENAME k o",
	"XADD o 5-1 f v => RENAME o k",
	"XADD o 5-1 f v|XGROUP CREATE o g 0|XGROUP CREATE o h 0 => RENAME o k",
	"XADD o 5-1 f v|XGROUP CREATE o g 0|XGROUP CREATE o h 0 => COPY o k REPLACE",
	"COPY k o|COPY k o DB 1|MOVE l 1",
	"MOVE k 1",
	"SWAPDB 0 1",
	"SELECT 1|XADD k 5-1 f v|XGROUP CREATE k g 0|XGROUP CREATE k h 0 => SWAPDB 0 1",
	"FLUSHALL",
	"FLUSHDB ASYNC",
	"SET k x",
	"SORT none STORE k",
	"SUNIONSTORE k none",
	"SADD o a => SUNIONSTORE k o",
	"ZADD o 1 a => ZUNIONSTORE k 1 o",
	"RPUSH o a => SORT o ALPHA STORE k",
	"PEXPIREAT k 1",
}

func TestBlockingOnStreams(t *testing.T) {
	const both = `[["l", [["3-1", ["f", "v"]]]], ["k", [["2-1", ["f", "v"]]]]]`
	m := blockingMatrix{
		setup: "XADD k 1-1 f v|XGROUP CREATE k g $|XGROUP CREATE k h $|XGROUP CREATE l g $ MKSTREAM",
		waiting: []string{
			"XREAD BLOCK 0 STREAMS k $",
			"XREAD COUNT 1 BLOCK 0 STREAMS l k 0-5 1-1",
			"XREADGROUP GROUP g a BLOCK 0 STREAMS k >",
			"XREADGROUP GROUP g a BLOCK 0 COUNT 1 NOACK STREAMS k >",
			"XREADGROUP GROUP g a BLOCK 0 STREAMS l k > >",
			"XREADGROUP GROUP g a BLOCK 0 STREAMS k >|XREADGROUP GROUP h b BLOCK 0 COUNT 1 STREAMS k >|XREAD BLOCK 0 STREAMS k $",
		},
		producing: streamProducers,
		newer: []newerOutcome{
			{"XREAD COUNT 1 BLOCK 0 STREAMS l k 0-5 1-1", "XADD k 2-1 f v|XADD l 3-1 f v", false, both + " " + both + " " + both, ""},
			{"XREAD COUNT 1 BLOCK 0 STREAMS l k 0-5 1-1", "XADD l 3-1 f v|XADD k 2-1 f v", false, both + " " + both + " " + both, ""},
			{"XREADGROUP GROUP g a BLOCK 0 STREAMS l k > >", "XADD k 2-1 f v|XADD l 3-1 f v", false, both + " " + errLeft + " " + errLeft, ""},
			{"XREADGROUP GROUP g a BLOCK 0 STREAMS l k > >", "XADD l 3-1 f v|XADD k 2-1 f v", false, both + " " + errLeft + " " + errLeft, ""},
		},
		translate: streamReplyOf72,
	}
	m.run(t)
}

// streamLGone are the producers that take the stream l away.
var streamLGone = []string{"COPY k o|COPY k o DB 1|MOVE l 1", "SWAPDB 0 1", "FLUSHALL", "FLUSHDB ASYNC",
	"SELECT 1|XADD k 5-1 f v|XGROUP CREATE k g 0|XGROUP CREATE k h 0 => SWAPDB 0 1"}

// streamRetyped are the producers that leave something else in place of the stream k.
var streamRetyped = []string{"SET k x", "SADD o a => SUNIONSTORE k o", "ZADD o 1 a => ZUNIONSTORE k 1 o",
	"RPUSH o a => SORT o ALPHA STORE k"}

// streamReplyOf72 is what Redis 7.2, where a client that is woken runs its command again, replies where 7.0 has texts of its
// own, or wakes for entries that are gone again.
func streamReplyOf72(words []string, producer, reply string) string {
	switch reply {
	case `[["k", []]]`, `{"k": []}`:
		return errLeft
	case "-UNBLOCKED the stream key no longer exists", "-NOGROUP the consumer group this client was blocked on no longer exists":
		if slices.Contains(streamRetyped, producer) {
			return "-WRONGTYPE Operation against a key holding the wrong kind of value"
		}
		key := "k"
		if slices.Contains(words, "l") && slices.Contains(streamLGone, producer) {
			key = "l" // it comes first in the command
		}
		return "-NOGROUP No such key '" + key + "' or consumer group '" + words[2] + "' in XREADGROUP with GROUP option"
	}
	return reply
}
