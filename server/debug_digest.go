package server

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"synap/commands"
	"synap/store"
)

// digest is a hash of data, as long as the one of Redis, whose algorithm is another: digests are only ever compared
// with each other.
type digest [20]byte

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// digester computes digests. Each part of what is hashed is preceded by its length, so that no two contents look alike.
type digester struct {
	h       hash.Hash
	scratch [20]byte
}

func newDigester() *digester { return &digester{h: sha256.New()} }

func (g *digester) part(b []byte) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(b)))
	g.h.Write(n[:])
	g.h.Write(b)
}

func (g *digester) sum() (d digest) {
	var sum [sha256.Size]byte
	copy(d[:], g.h.Sum(sum[:0]))
	return d
}

// value is the digest of a value: its type, its content, and whether it expires. When it does, and under which key it
// stands, make no difference.
func (g *digester) value(e store.Entry) digest {
	g.h.Reset()
	g.part([]byte(e.Type().String()))
	g.part(e.Bytes(g.scratch[:]))
	if e.ExpireAt() != store.NoExpiry {
		g.part([]byte("expires"))
	}
	return g.sum()
}

// key is the digest of a key with its value in a database.
func (g *digester) key(db int, e store.Entry) digest {
	value := g.value(e)
	g.h.Reset()
	g.part(binary.LittleEndian.AppendUint64(nil, uint64(db)))
	g.part(e.Key())
	g.part(value[:])
	return g.sum()
}

// debugDigest combines the digests of all keys by exclusive or: their order must not count.
func debugDigest(c *commands.Ctx) error {
	g, all := newDigester(), digest{}
	home := c.Tx.DB()
	for db := range c.Tx.Databases() {
		c.Tx.Select(db)
		c.Tx.Each(func(e store.Entry) {
			for i, b := range g.key(db, e) {
				all[i] ^= b
			}
		})
	}
	c.Tx.Select(home)
	c.W.Simple(all.String())
	return nil
}

func debugDigestValue(c *commands.Ctx) error {
	g := newDigester()
	c.W.Array(len(c.Args) - 2)
	for _, key := range c.Args[2:] {
		var d digest
		if e := c.Tx.Peek(key); e.Exists() {
			d = g.value(e)
		}
		c.W.Simple(d.String())
	}
	return nil
}
