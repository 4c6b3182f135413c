package server

import (
	"slices"
	"testing"

	"synap/commands"
	"synap/store"
)

// stringBlocking are blocking commands on strings, the simplest ones there can be: what holds for them holds for those on
// lists, sorted sets and streams.
var stringBlocking = []commands.Command{
	{
		// TAKE replies the first key that is there and its value, and removes it.
		Name: "take", Group: commands.GroupString, Since: "1.0.0", Arity: -3, Flags: commands.Write | commands.Blocking,
		Summary: "Takes.", Complexity: "O(1)", Keys: []commands.KeySpec{commands.KeyRange(1, -2, 1, commands.KeyRW)},
		Args: []commands.Arg{commands.KeyArg("key", 0).Many(), commands.Dbl("timeout")}, Run: take,
	},
	{
		// PASS moves a value from one key to another, which must be free, and replies it.
		Name: "pass", Group: commands.GroupString, Since: "1.0.0", Arity: 4, Flags: commands.Write | commands.Blocking,
		Summary: "Passes.", Complexity: "O(1)", Keys: []commands.KeySpec{commands.KeyRange(1, 2, 1, commands.KeyRW)},
		Args: []commands.Arg{commands.KeyArg("source", 0), commands.KeyArg("destination", 0), commands.Dbl("timeout")}, Run: pass,
	},
	{
		// SEEK waits until a key that is there gets a certain value, and fails if the key goes. @ is the value it has now.
		Name: "seek", Group: commands.GroupString, Since: "1.0.0", Arity: 4, Flags: commands.ReadOnly | commands.Blocking,
		Summary: "Seeks.", Complexity: "O(1)", Keys: []commands.KeySpec{commands.KeyAt(1, commands.KeyRO)},
		Args: []commands.Arg{commands.KeyArg("key", 0), commands.Str("value"), commands.Int("milliseconds")}, Run: seek,
	},
}

func take(c *commands.Ctx) error {
	keys := c.Args[1 : len(c.Args)-1]
	limit, err := c.TimeoutSeconds(len(c.Args) - 1)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if c.Skips(key) {
			continue
		}
		e := c.Tx.Write(key)
		if !e.Exists() {
			continue
		}
		c.W.Array(2)
		c.W.Bulk(key)
		c.W.Bulk(e.Bytes(nil))
		c.Tx.Delete(key)
		c.Effect([]byte("DEL"), key)
		return nil
	}
	return c.Block(commands.Wait{Interest: store.Interest{Type: store.String}, Keys: keys, Timeout: limit})
}

func pass(c *commands.Ctx) error {
	from, to := c.Args[1], c.Args[2]
	limit, err := c.TimeoutSeconds(3)
	if err != nil {
		return err
	}
	e := c.Tx.Write(from)
	if !e.Exists() {
		return c.Block(commands.Wait{Interest: store.Interest{Type: store.String}, Keys: [][]byte{from},
			Targets: [][]byte{to}, Timeout: limit, Refused: (*commands.Writer).Null})
	}
	value := slices.Clone(e.Bytes(nil)) // it goes with the entry
	if string(from) != string(to) && c.Tx.Peek(to).Exists() {
		return commands.Error("TAKEN the destination has a value")
	}
	c.Tx.Delete(from)
	c.Tx.SetString(to, value, store.NoExpiry)
	c.Effect([]byte("DEL"), from)
	c.Effect([]byte("SET"), to, value)
	c.W.Bulk(value)
	return nil
}

func seek(c *commands.Ctx) error {
	limit, err := c.TimeoutMillis(3)
	if err != nil {
		return err
	}
	e := c.Tx.Read(c.Args[1])
	if !e.Exists() {
		return commands.ErrNoSuchKey
	}
	value := slices.Clone(e.Bytes(nil))
	if c.Woken() && slices.Equal(value, c.Args[2]) {
		c.W.Bulk(value)
		return nil
	}
	words := slices.Clone(c.Args)
	if c.Is(2, "@") {
		words[2] = value
	}
	return c.Block(commands.Wait{Interest: store.Interest{Type: store.String, Gone: true}, Keys: c.Args[1:2], Words: words,
		Timeout: limit, Expired: func(w *commands.Writer) { w.Simple("LATE") }})
}

// enableBlocking adds the blocking commands on strings to the fixture's server. Call it before the first client comes.
func (f *fixture) enableBlocking() {
	f.t.Helper()
	table, err := commands.NewTable(append(append(commands.DataFamilies(), families()...), stringBlocking)...)
	if err != nil {
		f.t.Fatal(err)
	}
	f.srv.table = table
	for _, l := range f.srv.loops {
		l.stats.reset(table.Len())
	}
}

// keysApart returns n keys in different shards.
func keysApart(n int) (keys []string) {
	seen := map[int]bool{}
	for i := 0; len(keys) < n; i++ {
		key := "key:" + itoa(int64(i))
		if shard := store.ShardOf([]byte(key)); !seen[shard] {
			seen[shard] = true
			keys = append(keys, key)
		}
	}
	return keys
}

// nobodyWaits fails the test if somebody stands in a queue.
func (f *fixture) nobodyWaits(t testing.TB) {
	t.Helper()
	var tx store.Txn
	f.srv.store.Begin(&tx, store.AllShards, 0, 0)
	defer tx.End()
	if keys, _ := tx.Awaited(); keys != 0 || f.srv.store.Feeding() || f.blocked() != "0/0" {
		t.Errorf("somebody waits for %d keys; feeding: %v; blocked: %s", keys, f.srv.store.Feeding(), f.blocked())
	}
}
