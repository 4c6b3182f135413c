package server

import (
	"fmt"

	"synap/commands"
	"synap/server/config"
	"synap/server/resp"
	"synap/store"
	"synap/store/stream"
)

// Error replies of inspections, in Redis's words.
const (
	errNoTable       commands.Error = "ERR The value stored at the specified key is not represented using an hash table"
	errInspectedDB   commands.Error = "ERR Out of range database"
	errPackThreshold commands.Error = "ERR argument must be a memory value bigger than 1 and smaller than 4gb"
)

// debugTableStats shows the tables of a database, all shards together. Redis has a second one, of expiries.
func debugTableStats(c *commands.Ctx) error {
	db, err := c.Integer(2)
	if err != nil {
		return err
	}
	if db < 0 || db >= int64(c.Tx.Databases()) {
		return errInspectedDB
	}
	var of store.SpaceStats
	for _, st := range c.Tx.SpaceStats() {
		if int64(st.DB) == db {
			of = st
		}
	}
	c.W.Verbatim("txt", "[Dictionary HT]\n"+tableText(of)+fmt.Sprintf(
		"[Expires HT]\nno table of their own\n number of elements: %d\n", of.Expires))
	return nil
}

// debugValueTable shows the table of one big value.
func debugValueTable(c *commands.Ctx) error {
	e := c.Tx.Peek(c.Args[2])
	if !e.Exists() {
		return commands.ErrNoSuchKey
	}
	st, ok := e.TableOf()
	if !ok {
		return errNoTable
	}
	c.W.Verbatim("txt", tableText(st))
	return nil
}

// tableText says how full a table is. It grows and shrinks by one bucket at a time, so that there is no second table to move to.
func tableText(st store.SpaceStats) string {
	const slots = 8
	if st.Keys == 0 {
		return "No stats available for empty dictionaries\n"
	}
	return fmt.Sprintf("Hash table 0 stats (main hash table):\n table size: %d\n number of elements: %d\n buckets: %d\n bytes: %d\n",
		st.Buckets*slots, st.Keys, st.Buckets, st.TableBytes)
}

// debugPackedThreshold takes the size from which on Redis gives an element of a list a node of its own, so that tests which set
// it run. Here an element shares a block if it fits there, however long it is.
func debugPackedThreshold(c *commands.Ctx) error {
	const most = 1<<32 - 1<<20
	if n, err := config.ParseMemory(string(c.Args[2])); err != nil || n < 0 || n > most {
		return errPackThreshold
	}
	c.W.OK()
	return nil
}

func debugReplyBuffer(c *commands.Ctx) error {
	switch {
	case c.Is(2, "resizing"), c.Is(2, "peak-reset-time") && (c.Is(3, "never") || c.Is(3, "reset")):
	case c.Is(2, "peak-reset-time"):
		if _, err := c.Integer(3); err != nil {
			return err
		}
	default:
		return errWrongUse(c)
	}
	c.W.OK()
	return nil
}

// serializedLen is the length of a value in an RDB file without compression
// (https://rdb.fnordig.de/file_format.html), with a string for each element.
func serializedLen(e store.Entry) (n int) {
	var first, second [20]byte
	switch e.Type() {
	case store.String:
		return stringLen(e.Bytes(first[:]))
	case store.List:
		v := e.List()
		n = lengthLen(v.Len())
		for c, left := v.At(0), v.Len(); left > 0; left-- {
			x := c.Elem()
			n += stringLen(x.Bytes(first[:]))
			c.Next()
		}
	case store.Stream:
		return streamLen(e)
	case store.Set:
		n = lengthLen(e.Set().Len())
		e.Set().Each(func(x store.Member) bool {
			n += stringLen(x.Bytes(first[:]))
			return true
		})
	case store.SortedSet:
		const score = 8
		n = lengthLen(e.SortedSet().Len())
		e.SortedSet().Each(func(member []byte, _ float64) bool {
			n += stringLen(member) + score
			return true
		})
	case store.Hash:
		n = lengthLen(e.FieldCount())
		e.EachField(func(f store.Field) { n += stringLen(f.Name.Bytes(first[:])) + stringLen(f.Value.Bytes(second[:])) })
	}
	return n
}

// streamLen is the length of a stream's entries with an ID and all names of fields for each.
func streamLen(e store.Entry) (n int) {
	const id = 16
	s := e.Log()
	n = lengthLen(int(s.Length))
	var buf []byte
	for i := s.Range(stream.MinID, stream.MaxID, false); i.Next(); {
		n += id + lengthLen(i.Pairs)
		for range i.Pairs {
			field, value := i.Pair()
			n += stringLen(field.Append(buf[:0])) + stringLen(value.Append(buf[:0]))
		}
	}
	return n
}

// lengthLen is the size of a length in an RDB file.
func lengthLen(n int) int {
	switch {
	case n < 1<<6:
		return 1
	case n < 1<<14:
		return 2
	}
	return 5
}

// stringLen is the size of a string in an RDB file. Integers of up to 32 bits are stored as such.
func stringLen(text []byte) int {
	if n, ok := resp.ParseInt(text); ok && n == int64(int32(n)) {
		switch {
		case n == int64(int8(n)):
			return 2
		case n == int64(int16(n)):
			return 3
		}
		return 5
	}
	return lengthLen(len(text)) + len(text)
}
