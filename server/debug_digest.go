package server

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"

	"synap/commands"
	"synap/commands/number"
	"synap/store"
)

// digest is a hash of data by the algorithm of Redis 7.2: a Synap and a Redis that hold the same data answer the same, which is
// how a move from one to the other is checked. SHA-1 (https://www.rfc-editor.org/rfc/rfc3174) is not there to withstand an
// attacker.
type digest [sha1.Size]byte

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// add adds a part whose place among the others does not count.
func (d *digest) add(b []byte) {
	for i, x := range sha1.Sum(b) {
		d[i] ^= x
	}
}

// follow adds a part that comes after all others so far.
func (d *digest) follow(b []byte) {
	d.add(b)
	*d = sha1.Sum(d[:])
}

// group is a digest of parts whose order counts among themselves. Groups are added to each other in any order.
func group(parts ...[]byte) (d digest) {
	for _, p := range parts {
		d.follow(p)
	}
	return d
}

// typeNumber is the number that Redis has for a type.
func typeNumber(t store.Type) uint32 {
	if t == store.Stream {
		return 6 // 5 is for the types of modules
	}
	return uint32(t)
}

// followNumber adds a number in network order.
func (d *digest) followNumber(n uint32) {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	d.follow(b[:])
}

// value adds a value: its type, its content, and whether it expires. How it is laid out makes no difference, nor do when it expires
// and the order of what has none.
func (d *digest) value(e store.Entry, now int64) {
	d.followNumber(typeNumber(e.Type()))
	var first, second [32]byte
	switch e.Type() {
	case store.String:
		d.follow(e.Bytes(first[:]))
	case store.Set:
		e.Set().Each(func(x store.Member) bool {
			d.add(x.Bytes(first[:]))
			return true
		})
	case store.SortedSet:
		e.SortedSet().Each(func(member []byte, score float64) bool {
			g := group(member, number.AppendShortest(second[:0], score))
			d.add(g[:])
			return true
		})
	case store.List:
		v := e.List()
		for c, left := v.At(0), v.Len(); left > 0; left-- {
			x := c.Elem()
			d.follow(x.Bytes(first[:]))
			c.Next()
		}
	case store.Stream:
		d.stream(e)
	case store.Hash:
		e.EachField(func(f store.Field) {
			if f.ExpireAt != store.NoExpiry && f.ExpireAt < now {
				return
			}
			g := group(f.Name.Bytes(first[:]), f.Value.Bytes(second[:]))
			if f.ExpireAt != store.NoExpiry {
				g.add([]byte("!!hexpire!!"))
			}
			d.add(g[:])
		})
	}
	if e.ExpireAt() != store.NoExpiry {
		d.add([]byte("!!expire!!"))
	}
}

// debugDigest combines all databases that have keys, one after the other, and in each the keys in any order.
func debugDigest(c *commands.Ctx) error {
	var all digest
	home := c.Tx.DB()
	for db := range c.Tx.Databases() {
		if c.Tx.Len(db) == 0 {
			continue
		}
		c.Tx.Select(db)
		all.followNumber(uint32(db))
		c.Tx.Each(func(e store.Entry) {
			var d digest
			d.follow(e.Key())
			d.value(e, c.Now)
			all.add(d[:])
		})
	}
	c.Tx.Select(home)
	c.W.Simple(all.String())
	return nil
}

func debugDigestValue(c *commands.Ctx) error {
	c.W.Array(len(c.Args) - 2)
	for _, key := range c.Args[2:] {
		var d digest
		if e := c.Tx.Peek(key); e.Exists() {
			d.value(e, c.Now)
		}
		c.W.Simple(d.String())
	}
	return nil
}
