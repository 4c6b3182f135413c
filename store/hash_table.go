package store

import (
	"synap/store/arena"
	"synap/store/dict"
	"synap/store/packed"
)

// FieldTable reads the fields of a big hash, some at a time: to go through a table of slots, and to make something of what
// they refer to, takes half the time in two loops that it takes in a function called for every field. It is valid until the
// transaction changes the key.
type FieldTable struct {
	a     *arena.Arena
	table *dict.Table
}

// FieldBatch is room for the elements of a batch, unless a bucket is unusually full: a name and a value for each slot.
type FieldBatch [2 * slotBatch]packed.Elem

// Table reads a big hash without expiries. ok is false if it is not one.
func (h Fields) Table() (t FieldTable, ok bool) {
	e := h.entry()
	if !e.Exists() || e.Encoding() != EncHashtable || e.mayExpire() {
		return t, false
	}
	return FieldTable{e.arena(), &hashRootOf(e.payload()).table}, true
}

// Next appends the names and values, in turn, of a batch of fields to dst. The first batch is at 0; done comes with the last
// one.
func (t FieldTable) Next(at int, dst []packed.Elem) (next int, _ []packed.Elem, done bool) {
	var buf slotBuffer
	next, slots := nextBatch(t.a, t.table, at, buf[:0])
	for _, s := range slots {
		b := fieldBlock{p: t.a.Ptr(s.Handle())}
		name := int(*b.at(1))
		switch flags := b.flags(); {
		case flags == 0: // as most are: two short strings
			dst = append(dst, packed.Elem{Text: b.slice(3, name)}, packed.Elem{Text: b.slice(3+name, int(*b.at(2)))})
		case flags&(flagLongKey|flagLongValue|flagExpiry) == 0:
			n := loadInt(b.slice(2+name, int(flags>>intSizeShift)))
			dst = append(dst, packed.Elem{Text: b.slice(2, name)}, packed.OfInt(n))
		default:
			f := b.field()
			dst = append(dst, f.Name, f.Value)
		}
	}
	return next, dst, next == t.table.Buckets()
}
