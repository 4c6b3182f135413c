package store

import (
	"bytes"
	"slices"

	"synap/store/packed"
)

// Commands that name several fields of a small hash look its entry up once, find the fields in one walk if they come in the
// hash's own order, and change the size of its block at most once.

// SetAll sets fields, given as names and values in turn, and returns how many of them are new. So many that the hash will be
// big if they all differ make it big in advance, as in Redis.
func (h Fields) SetAll(pairs [][]byte) (created int) {
	e := h.entry()
	switch many := len(pairs)/2 > h.t.s.tuning.Load().HashMaxListpackEntries; {
	case !e.Exists():
		if many {
			clear(h.create(Hash, EncHashtable, hashRootSize))
		} else if n, ok := h.build(pairs); ok {
			return n
		}
	case many && len(pairs) > 2 && e.Encoding() != EncHashtable:
		h.enlarge()
	}
	for len(pairs) > 0 {
		some := pairs[:min(len(pairs), 2*fieldsAtOnce)]
		pairs = pairs[len(some):]
		if n, ok := h.setSmall(some); ok {
			created += n
			continue
		}
		for i := 0; i < len(some); i += 2 {
			if h.Set(some[i], some[i+1]) {
				created++
			}
		}
	}
	return created
}

// build makes a new small hash in one piece, if that is what it will be, and returns the number of its fields.
func (h Fields) build(pairs [][]byte) (fields int, ok bool) {
	limits := h.t.s.tuning.Load()
	size := packed.HeaderSize
	for _, x := range pairs {
		if len(x) > limits.HashMaxListpackValue {
			return 0, false
		}
		if size += packed.SizeOf(x, packed.Forward); !h.smallFits(size) {
			return 0, false
		}
	}
	payload := h.create(Hash, EncListpack, size)
	packed.Init(payload, packed.Forward)
	n := packed.HeaderSize
	for i := 0; i < len(pairs); i += 2 {
		name, value := packed.Of(pairs[i]), packed.Of(pairs[i+1])
		if at := packed.FindElem(payload[:n], packed.First(payload[:n]), name, 1); at >= 0 {
			at += packed.SizeAt(payload, at)
			grow := value.Size(packed.Forward) - packed.SizeAt(payload, at)
			packed.ReplaceElem(payload[:n+max(grow, 0)], at, value)
			n += grow
			continue
		}
		n = appendElem(payload, n, name)
		n = appendElem(payload, n, value)
	}
	fields = packed.Len(payload) / 2
	if n < size {
		h.resize(n)
	}
	return fields, true
}

// appendElem puts a value behind a forward block of n bytes that has room behind it, and returns its new length.
func appendElem(room []byte, n int, e packed.Elem) (length int) {
	length = n + e.Size(packed.Forward)
	packed.InsertElem(room[:length], n, e)
	return length
}

// fieldsAtOnce is how many fields of a small hash are set in one change of its block: few enough to look for a field
// among those seen before one by one.
const fieldsAtOnce = 16

// setSmall sets fields, at most fieldsAtOnce, of a hash that is small and stays so. ok is false if it is not that simple: then
// they are to be set one by one, which comes to the same.
func (h Fields) setSmall(pairs [][]byte) (created int, ok bool) {
	e := h.entry()
	if !e.Exists() || e.Encoding() == EncHashtable {
		return 0, false
	}
	payload := e.payload()
	if e.Encoding() == EncListpackEx && earliest(payload) < h.t.now {
		return 0, false // fields past their time have to go first
	}
	longest, size := h.t.s.tuning.Load().HashMaxListpackValue, len(payload)
	for _, x := range pairs {
		if len(x) > longest {
			return 0, false
		}
		size += len(x) + mostAround
	}
	if !h.smallFits(size) {
		return 0, false
	}
	x := smallHashOf(e.Encoding(), h.edit())
	switch rest := pairs[x.overwrite(pairs):]; len(rest) {
	case 0:
		return 0, true
	case 2:
		if h.Set(rest[0], rest[1]) { // without a plan it is quicker
			created = 1
		}
		return created, true
	default:
		return h.rewrite(rest)
	}
}

// mostAround is the most bytes that an element of a forward block takes beyond its text.
const mostAround = 5

// overwrite sets fields that are there to values that take as many bytes as what they had, up to the first for which that is
// not so. It returns how many of pairs it has dealt with.
func (x smallHash) overwrite(pairs [][]byte) (done int) {
	for at := packed.HeaderSize; done < len(pairs); done += 2 {
		if at = x.findFrom(at, packed.Of(pairs[done])); at < 0 {
			break
		}
		ok := false
		at = packed.Skip(x.block, at, 1)
		if at, ok = packed.Overwrite(x.block, at, packed.Of(pairs[done+1])); !ok {
			break
		}
		if x.stride == 3 {
			if at, ok = packed.Overwrite(x.block, at, packed.OfInt(0)); !ok {
				break // the time takes more bytes than none
			}
		}
	}
	return done
}

// rewrite is setSmall for fields that change the size of the block. edit has been called.
func (h Fields) rewrite(pairs [][]byte) (created int, ok bool) {
	e := h.entry()
	x := smallHashOf(e.Encoding(), e.payload())
	p := &h.t.plan
	defer p.reset()
	p.make(x, pairs)
	created = len(p.added) / 2
	if x.len()+created > h.t.s.tuning.Load().HashMaxListpackEntries {
		return 0, false
	}
	was := len(x.block)
	kept := was + packed.Measure(x.block, p.replaced) // the length with the fields that are there
	now := kept
	for _, s := range p.added {
		now += packed.SizeOf(s, packed.Forward)
	}
	if x.stride == 3 {
		now += created * packed.SizeOfInt(0, packed.Forward)
	}
	payload := e.payload()
	if now > was {
		payload = h.resize(x.start + now)
	}
	room := payload[x.start:]
	n := packed.ReplaceAll(room[:max(was, kept)], p.replaced)
	for i, s := range p.added {
		n = appendElem(room, n, packed.Of(s))
		if x.stride == 3 && i%2 == 1 {
			n = appendElem(room, n, packed.OfInt(0))
		}
	}
	if now < was {
		h.resize(x.start + now)
	}
	return created, true
}

// fieldPlan is what setting fields of a small hash changes.
type fieldPlan struct {
	replaced []packed.Edit // of fields that are there, in the order of the block
	added    [][]byte      // the names and values of new fields in turn
}

// reset lets go of the values, and keeps the memory.
func (p *fieldPlan) reset() {
	clear(p.replaced)
	clear(p.added)
	p.replaced, p.added = p.replaced[:0], p.added[:0]
}

// make fills an empty plan. Of a field's values the last one counts.
func (p *fieldPlan) make(x smallHash, pairs [][]byte) {
	at := packed.HeaderSize
	for i := 0; i < len(pairs); i += 2 {
		found := x.findFrom(at, packed.Of(pairs[i]))
		if found < 0 {
			p.add(pairs[i], pairs[i+1])
			continue
		}
		at = packed.Skip(x.block, found, 1)
		p.replace(packed.Edit{Elem: packed.Of(pairs[i+1]), At: at})
		if at = packed.Skip(x.block, at, 1); x.stride == 3 {
			p.replace(packed.Edit{Elem: packed.OfInt(0), At: at})
			at = packed.Skip(x.block, at, 1)
		}
	}
}

// add notes a new field, or another value for it.
func (p *fieldPlan) add(name, value []byte) {
	for i := 0; i < len(p.added); i += 2 {
		if bytes.Equal(p.added[i], name) {
			p.added[i+1] = value
			return
		}
	}
	p.added = append(p.added, name, value)
}

// replace notes a value for an element that is there, or another one.
func (p *fieldPlan) replace(e packed.Edit) {
	i := len(p.replaced)
	for i > 0 && p.replaced[i-1].At > e.At {
		i--
	}
	if i > 0 && p.replaced[i-1].At == e.At {
		p.replaced[i-1] = e
		return
	}
	p.replaced = slices.Insert(p.replaced, i, e)
}

// DeleteAll removes fields and returns how many of them were there; with its last field the hash is gone. Fields past their
// time are removed, too, and were never there.
func (h Fields) DeleteAll(names [][]byte) (deleted int) {
	if e := h.entry(); e.Exists() && e.Encoding() == EncListpack {
		return h.cut(names)
	}
	for _, name := range names {
		if h.Delete(name) {
			deleted++
		}
	}
	return deleted
}

// cut is DeleteAll for a small hash without expiries.
func (h Fields) cut(names [][]byte) (deleted int) {
	x := smallHashOf(EncListpack, h.edit())
	at := packed.HeaderSize
	for _, name := range names {
		if found := x.findFrom(at, packed.Of(name)); found >= 0 {
			at, deleted = found, deleted+1
			x.block = x.block[:packed.Delete(x.block, at, x.stride)]
		}
	}
	switch {
	case deleted == 0:
	case len(x.block) == packed.HeaderSize:
		h.remove()
	default:
		h.resize(len(x.block))
	}
	return deleted
}

// FieldSearch looks for fields of a small hash without expiries. It is valid until the transaction changes the hash.
type FieldSearch struct {
	x  smallHash
	at int // where the next field is expected
}

// Search returns a search. ok is false if the hash is not of that kind.
func (h Fields) Search() (s FieldSearch, ok bool) {
	e := h.entry()
	if !e.Exists() || e.Encoding() != EncListpack {
		return s, false
	}
	return FieldSearch{smallHashOf(EncListpack, e.payload()), packed.HeaderSize}, true
}

// Find looks for a field and returns its value.
func (s *FieldSearch) Find(name []byte) (value packed.Elem, ok bool) {
	found := s.x.findFrom(s.at, packed.Of(name))
	if found < 0 {
		return value, false
	}
	f, next := s.x.field(found)
	s.at = next
	return f.Value, true
}
