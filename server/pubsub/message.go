package pubsub

import (
	"strconv"

	"synap/server/transport"
)

// shareMin is the length of a payload, in bytes, that is shared by the receivers' outputs instead of being copied to each.
// Below it a copy costs less than the further piece that the system has to gather.
const shareMin = 4 << 10

// Message is an encoded message to any number of receivers. It does not change.
type Message struct {
	head2, head3 string // how it begins in RESP2 and RESP3; empty: there is nothing to be said in that version
	body         []byte
	shared       int // body[shared:] is shared
}

// The beginnings of messages, up to the kind: RESP3 has a type of its own for what is no reply.
const (
	channelHead = "3\r\n$7\r\nmessage\r\n"
	shardHead   = "3\r\n$8\r\nsmessage\r\n"
	patternHead = "4\r\n$8\r\npmessage\r\n"
)

// NewMessage encodes what subscribers of a channel get.
func NewMessage(channel, payload []byte) *Message {
	return encode("*"+channelHead, ">"+channelHead, channel, payload)
}

func newShardMessage(channel, payload []byte) *Message {
	return encode("*"+shardHead, ">"+shardHead, channel, payload)
}

func newPatternMessage(pattern string, channel, payload []byte) *Message {
	return encode("*"+patternHead, ">"+patternHead, []byte(pattern), channel, payload)
}

// Prepared is a message whose bytes in each version of the protocol are given: head2 or head3, then body. body must not change any
// more.
func Prepared(head2, head3 string, body []byte) *Message {
	m := &Message{head2: head2, head3: head3, body: body, shared: len(body)}
	if len(body) >= shareMin {
		m.shared = 0
	}
	return m
}

// encode makes a message of words, the last one being the payload.
func encode(head2, head3 string, words ...[]byte) *Message {
	const overhead = len("$1234567890\r\n\r\n")
	size := 0
	for _, w := range words {
		size += len(w) + overhead
	}
	m, b := newMessage(size)
	var payload int
	for _, w := range words {
		b = append(strconv.AppendInt(append(b, '$'), int64(len(w)), 10), '\r', '\n')
		payload = len(b)
		b = append(append(b, w...), '\r', '\n')
	}
	m.head2, m.head3, m.body, m.shared = head2, head3, b, len(b)
	if len(b)-payload >= shareMin {
		m.shared = payload
	}
	return m
}

// newMessage allocates a message with room for a body, in one piece if that is short: most are.
func newMessage(size int) (m *Message, body []byte) {
	const short = 64 // a message of this size fills a size class of the runtime's
	if size > short {
		return new(Message), make([]byte, 0, size)
	}
	x := new(struct {
		Message
		body [short]byte
	})
	return &x.Message, x.body[:0]
}

// Len is the number of bytes that the message takes up in a queue.
func (m *Message) Len() int { return len(m.head3) + len(m.body) }

// AppendTo appends the message to an output, in the form of protocol version proto: 3 for RESP3, anything else for RESP2.
func (m *Message) AppendTo(o *transport.Output, proto int) {
	head := m.head2
	if proto == 3 {
		head = m.head3
	}
	if head == "" {
		return
	}
	o.Tail = append(append(o.Tail, head...), m.body[:m.shared]...)
	o.Share(m.body[m.shared:])
	o.Freeze()
}
