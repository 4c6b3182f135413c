package commands

import (
	"synap/server/resp"
	"synap/store"
)

// Writer builds replies.
type Writer = resp.Writer

// Execute runs cmd's handler on c, whose shards are locked, and leaves exactly one reply in c.W: the handler's, or its
// error. What the handler changed is recorded as effects. It returns the error that was replied, if any.
func (c *Ctx) Execute(cmd *Command) error {
	c.Cmd = cmd
	mark, dirty := c.W.Mark(), 0
	if c.Tx != nil {
		dirty = c.Tx.Dirty()
	}
	c.mode = effectVerbatim
	err := cmd.Run(c)
	if err != nil {
		c.W.Reset(mark)
		c.W.Error(err.Error())
	}
	if c.Tx != nil && c.Tx.Dirty() != dirty && c.Tx.Recording() {
		c.recordEffects()
	}
	if len(c.effects) > 0 {
		clear(c.effects)
		c.effects = c.effects[:0]
	}
	return err
}

// Announce has replicas hear of a command that changes no data, in the words as sent.
func (c *Ctx) Announce() {
	if c.Tx.Recording() {
		c.Tx.Record(store.Effect{DB: c.Tx.DB(), Args: c.Args, Fleeting: true})
	}
}

func (c *Ctx) recordEffects() {
	switch c.mode {
	case effectVerbatim:
		if c.Cmd.Flags&(Write|MayReplicate) != 0 {
			c.Tx.Record(store.Effect{DB: c.Tx.DB(), Args: c.Args})
		}
	case effectOverride:
		c.Tx.Record(c.effects...)
	}
}
