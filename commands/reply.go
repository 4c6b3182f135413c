package commands

import (
	"synap/server/resp"
	"synap/store"
	"synap/store/packed"
)

// replyBatch is how many elements of a reply are decoded before they are encoded: two loops that each do one thing are faster
// than one that calls both for every element.
const replyBatch = 32

// replyBatch appends elements to the reply.
func (c *Ctx) replyBatch(batch []packed.Elem) {
	buf := c.W.Buf
	for i := range batch {
		if e := &batch[i]; e.IsInt() {
			buf = resp.AppendIntBulk(buf, e.Int)
		} else {
			buf = resp.AppendBulk(buf, e.Text)
		}
	}
	c.W.Buf = buf
}

// replyBlock appends all that a packed block holds to the reply.
func (c *Ctx) replyBlock(r store.BlockReader) {
	var batch [replyBatch]packed.Elem
	for n := replyBatch; n == replyBatch; {
		n = r.Read(batch[:])
		c.replyBatch(batch[:n])
	}
}
