package commands

import (
	"strconv"

	"synap/store"
	"synap/store/stream"
)

// Words of effects on streams.
var (
	wordXClaim         = []byte("XCLAIM")
	wordXGroup         = []byte("XGROUP")
	wordSetID          = []byte("SETID")
	wordCreateConsumer = []byte("CREATECONSUMER")
	wordEntriesRead    = []byte("ENTRIESREAD")
	wordZero           = []byte("0")
	wordTime           = []byte("TIME")
	wordRetryCount     = []byte("RETRYCOUNT")
	wordForce          = []byte("FORCE")
	wordJustID         = []byte("JUSTID")
	wordLastID         = []byte("LASTID")
)

// claimEffect records what is pending: applied once or twice, it makes the entry pending in just that way. It removes one
// that is pending and does not exist. Unlike Redis, a delivery that is repeated (XREADGROUP with an ID) is recorded, too:
// else a copy would forget its time and count.
func (c *Ctx) claimEffect(log *store.Log, g *stream.Group, d stream.Delivery) {
	if !c.Tx.Recording() {
		return
	}
	c.Effect(wordXClaim, log.Key(), g.Name(), d.Consumer.Name(), wordZero, d.ID.Append(nil),
		wordTime, strconv.AppendInt(nil, d.Time, 10), wordRetryCount, strconv.AppendUint(nil, d.Count, 10),
		wordForce, wordJustID, wordLastID, g.Last().Append(nil))
}

// groupIDEffect records how far a group has read.
func (c *Ctx) groupIDEffect(log *store.Log, g *stream.Group) {
	if !c.Tx.Recording() {
		return
	}
	c.Effect(wordXGroup, wordSetID, log.Key(), g.Name(), g.Last().Append(nil), wordEntriesRead,
		strconv.AppendInt(nil, g.Read(), 10))
}

// useConsumer returns the consumer with the given name, which asks for something just now. It is created if need be.
func (c *Ctx) useConsumer(log *store.Log, g *stream.Group, name []byte) stream.Consumer {
	consumer, added := g.AddConsumer(name, c.Now)
	consumer.See(c.Now)
	if added {
		log.Altered(1)
		c.Effect(wordXGroup, wordCreateConsumer, log.Key(), g.Name(), name)
		c.Notify(store.EventStream, "xgroup-createconsumer", log.Key())
	}
	return consumer
}
