package tracking

import (
	"strconv"

	"synap/server/pubsub"
)

// Channel is where a client that speaks RESP2 hears of the keys of those that redirect their messages to it.
const Channel = "__redis__:invalidate"

// How messages begin. RESP2 has them as messages of the channel.
const (
	head3 = ">2\r\n$10\r\ninvalidate\r\n"
	head2 = "*3\r\n$7\r\nmessage\r\n$20\r\n" + Channel + "\r\n"
)

// Invalidation tells that keys have changed.
func Invalidation(keys ...string) *pubsub.Message {
	size := 16
	for _, key := range keys {
		size += len(key) + 16
	}
	b := append(strconv.AppendInt(append(make([]byte, 0, size), '*'), int64(len(keys)), 10), '\r', '\n')
	for _, key := range keys {
		b = append(strconv.AppendInt(append(b, '$'), int64(len(key)), 10), '\r', '\n')
		b = append(append(b, key...), '\r', '\n')
	}
	return pubsub.Prepared(head2, head3, b)
}

// Flushed tells that all keys have changed.
var Flushed = pubsub.Prepared(head2+"$-1\r\n", head3+"_\r\n", nil)

// BrokenRedirection tells a client that speaks RESP3 that the one it redirects its messages to is gone.
func BrokenRedirection(to int64) *pubsub.Message {
	return pubsub.Prepared("", ">2\r\n$21\r\ntracking-redir-broken\r\n", append(strconv.AppendInt([]byte{':'}, to, 10), '\r', '\n'))
}
