package commands

// ErrReplyTooBig is the reply in place of one that would be longer than the server is willing to build.
const ErrReplyTooBig Error = "ERR the reply would exceed the maximum allowed size"

const (
	// maxReply is the length, in bytes, up to which a reply is built whose length is whatever number the client wrote.
	maxReply = 1 << 30
	// leastElement is the least that an element of a reply takes.
	leastElement = len("$0\r\n\r\n")
)

// replyRepeated replies an array that next appends to n times, so many elements each time: as many as the client asks for,
// however few there are to choose from. A client that is closed once its output reaches a limit gets no more than that, as
// in Redis; without a limit, where Redis would use up the memory, the reply is refused.
func (c *Ctx) replyRepeated(n int64, elements int, next func()) error {
	limit := c.Env.OutputLimit
	if limit == 0 && n > int64(maxReply/leastElement) {
		return ErrReplyTooBig
	}
	start := c.W.Mark()
	c.W.Array(int(n) * elements)
	for range n {
		switch size := int64(c.W.Mark()); {
		case limit > 0 && size >= limit:
			return nil // the server is about to close the connection
		case size-int64(start) > maxReply:
			return ErrReplyTooBig
		}
		next()
	}
	return nil
}
