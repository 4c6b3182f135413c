package commands

import "synap/store"

// Notify tells of a keyspace event where Redis does: after the change, class and name as in Redis's documentation of
// keyspace notifications. Unless somebody asked for the class it costs a comparison.
func (c *Ctx) Notify(class store.EventClass, name string, key []byte) { c.Tx.Notify(class, name, key) }

// notifyIn tells of a generic event in another database than the current one.
func (c *Ctx) notifyIn(db int, name string, key []byte) {
	home := c.Tx.DB()
	c.Tx.Select(db)
	c.Notify(store.EventGeneric, name, key)
	c.Tx.Select(home)
}
