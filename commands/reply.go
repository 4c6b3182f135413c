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

// fieldParts says what of each field is replied.
type fieldParts uint8

const (
	fieldNames fieldParts = 1 << iota
	fieldValues
)

// replyTable appends the fields of a big hash to the reply.
func (c *Ctx) replyTable(t store.FieldTable, parts fieldParts) {
	var room store.FieldBatch
	for at, done := 0, false; !done; {
		var batch []packed.Elem
		at, batch, done = t.Next(at, room[:0])
		c.replyBatch(parts.of(batch))
	}
}

// of moves what is wanted of the fields' names and values to the front.
func (p fieldParts) of(batch []packed.Elem) []packed.Elem {
	if p == fieldNames|fieldValues {
		return batch
	}
	from := 0
	if p == fieldValues {
		from = 1
	}
	n := len(batch) / 2
	for i := range n {
		batch[i] = batch[2*i+from]
	}
	return batch[:n]
}
