package store

import (
	"slices"

	"synap/store/arena"
	"synap/store/intset"
	"synap/store/packed"
)

// SetBuilder makes a set that is under no key yet: the result of a set operation, whose sources stay readable meanwhile,
// even if it is to replace one of them. Blocks of its members are in the shard it is made for, or once there are many in an
// estate; what would be an entry's payload is outside the arena until the set is stored. A builder must end with Store or
// Discard.
type SetBuilder struct {
	m       *shardState
	key     []byte // that the set is for, nil if for none
	enc     Encoding
	small   []byte
	root    setRoot
	strings bool // a member was not an integer
}

// BuildSet starts a set that can be stored under key.
func (t *Txn) BuildSet(key []byte) *SetBuilder {
	b := &SetBuilder{m: t.shard(key), key: key}
	b.start(EncIntset)
	return b
}

// start makes the set an empty one of the given layout, which is a small one.
func (b *SetBuilder) start(enc Encoding) {
	b.enc = enc
	if enc == EncIntset {
		b.small = append(b.small[:0], make([]byte, intset.HeaderSize)...)
		intset.Init(b.small)
	} else {
		b.small = append(b.small[:0], make([]byte, packed.HeaderSize)...)
		packed.Init(b.small, packed.Forward)
	}
}

// view is the set so far.
func (b *SetBuilder) view() SetView {
	if b.enc == EncHashtable {
		return b.m.setView(b.enc, b.root.bytes())
	}
	return b.m.setView(b.enc, b.small)
}

// arena is where the blocks of a table lie.
func (b *SetBuilder) arena() *arena.Arena { return b.m.arenaOf(b.root.bytes()) }

// Len is the number of members.
func (b *SetBuilder) Len() int { return b.view().Len() }

// append adds a member that is not in the set.
func (b *SetBuilder) append(x Member) {
	if b.enc == EncHashtable {
		b.root.add(b.m, b.arena(), x)
		return
	}
	enc, size := b.m.setWith(b.enc, b.small, b.key, x)
	old := len(b.small)
	switch {
	case enc == b.enc:
		b.small = extended(b.small, size)
	case enc == EncHashtable:
		b.view().recode(enc, b.root.bytes())
		b.enc = enc
		b.root.add(b.m, b.arena(), x)
		return
	default:
		block := make([]byte, size)
		old = b.view().recode(enc, block)
		b.enc, b.small = enc, block
	}
	b.m.insertMember(enc, b.small, old, x)
}

// extended is b with a length of n bytes.
func extended(b []byte, n int) []byte {
	if n <= cap(b) {
		return b[:n]
	}
	return append(b, make([]byte, n-len(b))...)
}

// add adds a member unless it is there.
func (b *SetBuilder) add(x Member) {
	var digits [20]byte
	if b.enc == EncHashtable && !x.hashed {
		x.hash, x.hashed = b.m.hashOf(x.Bytes(digits[:])), true
	}
	if !b.view().has(x) {
		b.append(x)
	}
}

// remove removes a member if it is there.
func (b *SetBuilder) remove(x Member) {
	switch b.enc {
	case EncIntset:
		if n, ok := x.integer(); ok {
			if i, found := intset.Find(b.small, n); found {
				b.small = b.small[:intset.Delete(b.small, i)]
			}
		}
	case EncListpack:
		if at := packed.FindElem(b.small, packed.First(b.small), x.elem(), 0); at >= 0 {
			b.small = b.small[:packed.Delete(b.small, at, 1)]
		}
	default:
		var digits [20]byte
		text := x.Bytes(digits[:])
		if p, h := b.root.find(b.arena(), x.hashAs(b.m, text), text); h != 0 {
			b.root.remove(b.arena(), p, h)
		}
	}
}

// toIntset makes the set an intset; all its members are integers and there are not too many.
func (b *SetBuilder) toIntset() {
	v, width := b.view(), 0
	v.Each(func(x Member) bool {
		n, _ := x.integer()
		width = max(width, intset.Width(n))
		return true
	})
	size := intset.HeaderSize + width*v.Len()
	if b.enc == EncIntset || !Fits(b.key, int64(size)) {
		return
	}
	ints := make([]byte, size)
	v.recode(EncIntset, ints)
	b.discardTable()
	b.enc, b.small = EncIntset, ints
}

// Store puts the set, which is not empty, under the builder's key, in place of whatever was there. That counts as one
// change.
func (b *SetBuilder) Store(t *Txn) {
	payload := b.small
	if b.enc == EncHashtable {
		payload = b.root.bytes()
		b.m.shrunk(Set, payload, 0)
	}
	c := cell{t, b.key}
	copy(c.create(Set, b.enc, len(payload)), payload)
	c.changed()
}

// Discard gives the set's memory back.
func (b *SetBuilder) Discard() {
	if b.enc == EncHashtable {
		b.discardTable()
	}
}

func (b *SetBuilder) discardTable() {
	b.m.discard(bigValue{Set, slices.Clone(b.root.bytes()), b.arena()})
	b.root = setRoot{}
}
