package store

import (
	"slices"

	"synap/store/intset"
	"synap/store/packed"
)

// SetEditor changes the set under a key, which is a set or missing. It is valid as long as the key's bytes are.
type SetEditor struct{ cell }

// EditSet is the editor of the set under key.
func (t *Txn) EditSet(key []byte) SetEditor { return SetEditor{cell{t, key}} }

// intsetLimit is the most members that an intset may have.
func (n *Tuning) intsetLimit() int { return min(n.SetMaxIntsetEntries, 1<<30) }

// startSet is the layout that a set begins with if n members are to be added, first before the others.
func (n *Tuning) startSet(first Member, members int) Encoding {
	if _, isInt := first.integer(); isInt && members <= n.SetMaxIntsetEntries {
		return EncIntset
	}
	if members <= n.SetMaxListpackEntries {
		return EncListpack
	}
	return EncHashtable
}

// setWith says how a set under a key is laid out once x, which is not in it, has been added: the encoding, and the length
// of the payload.
func (m *shardState) setWith(enc Encoding, b, key []byte, x Member) (Encoding, int) {
	tuning := m.tuning.Load()
	switch enc {
	case EncIntset:
		n, isInt := x.integer()
		if !isInt {
			if size, ok := tuning.blockOfIntset(b, x); ok && Fits(key, int64(size)) {
				return EncListpack, size
			}
		} else if intset.Len(b) < tuning.intsetLimit() {
			if size := intset.SizeWith(b, n); Fits(key, int64(size)) {
				return EncIntset, size
			}
		}
	case EncListpack:
		e := x.elem()
		if packed.Len(b) < tuning.SetMaxListpackEntries && e.Len() <= tuning.SetMaxListpackValue {
			if size := len(b) + e.Size(packed.Forward); size <= packed.MaxSize && Fits(key, int64(size)) {
				return EncListpack, size
			}
		}
	}
	return EncHashtable, setRootSize
}

// blockOfIntset is the length of a packed block of the integers in b and of x, if the limits allow one.
func (n *Tuning) blockOfIntset(b []byte, x Member) (size int, ok bool) {
	e, count := x.elem(), intset.Len(b)
	if count >= n.SetMaxListpackEntries || e.Len() > n.SetMaxListpackValue {
		return 0, false
	}
	size = packed.HeaderSize + e.Size(packed.Forward)
	for i := range count {
		size += packed.SizeOfInt(intset.At(b, i), packed.Forward)
	}
	if count > 0 { // the longest number is the first or the last
		longest := max(packed.OfInt(intset.At(b, 0)).Len(), packed.OfInt(intset.At(b, count-1)).Len())
		ok = longest <= n.SetMaxListpackValue
	}
	return size, (ok || count == 0) && size <= packed.MaxSize
}

// recode lays the members of v out anew in the front of b, and returns how much of b they take.
func (v SetView) recode(enc Encoding, b []byte) (size int) {
	switch enc {
	case EncIntset:
		intset.Init(b)
		size = intset.HeaderSize
	case EncListpack:
		packed.Init(b, packed.Forward)
		size = packed.HeaderSize
	default:
		*setRootOf(b) = setRoot{estate: v.m.room(int64(len(v.b)))}
		size = setRootSize
	}
	v.Each(func(x Member) bool {
		switch enc {
		case EncIntset:
			n, _ := x.integer()
			old := size
			size = intset.SizeWith(b[:old], n)
			i, _ := intset.Find(b[:old], n)
			intset.Insert(b[:size], old, i, n)
		case EncListpack:
			old, e := size, x.elem()
			size += e.Size(packed.Forward)
			packed.InsertElem(b[:size], old, e)
		default:
			setRootOf(b).add(v.m, v.m.arenaOf(b[:setRootSize]), x)
		}
		return true
	})
	return size
}

// insertMember adds x, which is not in the set, to a payload that has the right layout and length; b[:old] is what it was.
func (m *shardState) insertMember(enc Encoding, b []byte, old int, x Member) {
	switch enc {
	case EncIntset:
		n, _ := x.integer()
		i, _ := intset.Find(b[:old], n)
		intset.Insert(b, old, i, n)
	case EncListpack:
		packed.InsertElem(b, old, x.elem())
	default:
		setRootOf(b).add(m, m.arenaOf(b), x)
	}
}

// Add adds members and returns how many were new. A missing set is made; there is at least one member then. Each new one
// counts as a change.
//
// A set is made as an intset if the first of the members is an integer. It becomes a packed block with the first that is
// not, and a table with one that is too long, or more than the limits allow; also if the call has more than the limits
// allow. It does not go back when it gets smaller.
func (s SetEditor) Add(members [][]byte) (added int) {
	m, e := s.t.shard(s.key), s.entry()
	if !e.Exists() {
		x := Member{Text: members[0]}
		start := m.tuning.Load().startSet(x, len(members))
		s.begin(m, start, x)
		members, added = members[1:], 1
	} else if v := e.Set(); v.enc == EncListpack && len(members) > m.tuning.Load().SetMaxListpackEntries ||
		v.enc == EncIntset && len(members) > m.tuning.Load().SetMaxIntsetEntries {
		s.edit()
		s.convert(EncHashtable, setRootSize, func(_, now []byte) { v.recode(EncHashtable, now) })
	}
	for _, text := range members {
		if s.add(Member{Text: text}) {
			added++
		}
	}
	s.count(m, added)
	return added
}

// begin makes the set with its first member.
func (s SetEditor) begin(m *shardState, start Encoding, x Member) {
	var header [packed.HeaderSize]byte // of an empty block, or of an empty intset
	empty := header[:]
	if start == EncIntset {
		empty = header[:intset.HeaderSize]
		intset.Init(empty)
	}
	enc, size := m.setWith(start, empty, s.key, x)
	b := s.create(Set, enc, size)
	if enc == start && enc != EncHashtable {
		copy(b, empty)
		m.insertMember(enc, b, len(empty), x)
		return
	}
	*setRootOf(b) = setRoot{}
	m.insertMember(EncHashtable, b, 0, x)
}

// add adds a member and reports whether it was new.
func (s SetEditor) add(x Member) bool {
	v := s.entry().Set()
	if v.enc == EncHashtable {
		hash, root := v.m.hashOf(x.Text), setRootOf(v.b)
		if _, h := root.find(v.a, hash, x.Text); h != 0 {
			return false
		}
		s.edit()
		root.insert(v.a, hash, x.Text)
		v.m.grown(Set, v.b, root.blockBytes())
		return true
	}
	if v.has(x) {
		return false
	}
	s.edit()
	enc, size := v.m.setWith(v.enc, v.b, s.key, x)
	if enc == v.enc {
		old := len(v.b)
		v.m.insertMember(enc, s.resize(size), old, x)
		return true
	}
	old := 0
	b := s.convert(enc, size, func(_, now []byte) { old = v.recode(enc, now) })
	v.m.insertMember(enc, b, old, x)
	return true
}

// count tells of n changes. It is changed without a search for the key, which a set just made would cost.
func (s SetEditor) count(m *shardState, n int) {
	if n > 0 {
		s.t.dirty += n
		s.t.changed(m, s.t.db, s.key, false)
	}
}

// Remove removes members and returns how many were there, and whether none is left: then the key is gone, too. Each one
// removed counts as a change.
func (s SetEditor) Remove(members [][]byte) (removed int, emptied bool) {
	m := s.t.shard(s.key)
	for _, text := range members {
		v := s.entry().Set()
		if !v.Has(text) {
			continue
		}
		if removed++; v.Len() == 1 {
			s.count(m, removed)
			s.remove()
			return removed, true
		}
		s.removeOne(Member{Text: text})
	}
	s.count(m, removed)
	return removed, false
}

// removeOne removes a member that is there and not the only one.
func (s SetEditor) removeOne(x Member) {
	s.edit()
	v := s.entry().Set()
	switch v.enc {
	case EncIntset:
		n, _ := x.integer()
		i, _ := intset.Find(v.b, n)
		s.resize(intset.Delete(v.b, i))
	case EncListpack:
		s.resize(packed.Delete(v.b, packed.FindElem(v.b, packed.First(v.b), x.elem(), 0), 1))
	default:
		var digits [20]byte
		text, root := x.Bytes(digits[:]), setRootOf(v.b)
		p, h := root.find(v.a, x.hashAs(v.m, text), text)
		root.remove(v.a, p, h)
		v.m.shrunk(Set, v.b, 1)
	}
}

// Clear removes the set and its key, which counts as as many changes as it had members.
func (s SetEditor) Clear() {
	v := s.entry().Set()
	s.count(v.m, v.Len())
	s.remove()
}

// manyPopped is how many times more members than are left Pop must have removed for what is left to be laid out anew.
const manyPopped = 5

// Pop removes n members, each choice of n equally likely, and hands each to visit before it goes. The set has more than
// n, and n is not 0. Each counts as a change.
func (s SetEditor) Pop(n int, visit func(x Member)) {
	s.edit()
	v := s.entry().Set()
	d := drawing{t: s.t, left: v.Len(), need: n}
	switch {
	case v.enc == EncHashtable:
		root := setRootOf(v.b)
		for range n {
			slot := root.table.RandomSlot(v.a, s.t.s.rand)
			visit(v.member(slot))
			root.removeSlot(v.a, slot)
		}
		if left := v.Len(); left > n/manyPopped || !s.settle(v) {
			v.m.shrunk(Set, v.b, n)
		}
	case n == 1 && v.enc == EncIntset:
		i := s.t.below(d.left)
		visit(intMember(intset.At(v.b, i)))
		s.resize(intset.Delete(v.b, i))
	case n == 1:
		at := packed.Index(v.b, s.t.below(d.left))
		visit(elemMember(packed.At(v.b, at)))
		s.resize(packed.Delete(v.b, at, 1))
	case v.enc == EncIntset:
		s.resize(intset.DeleteFunc(v.b, func(x int64) bool {
			if !d.next() {
				return false
			}
			visit(intMember(x))
			return true
		}))
	default:
		s.resize(popPacked(v.b, &d, visit))
	}
	s.count(v.m, n)
}

// popPacked takes the elements that d picks out of a block and returns its new length.
func popPacked(b []byte, d *drawing, visit func(x Member)) (length int) {
	n, to, sizes := d.need, packed.HeaderSize, packed.SizesIn(b)
	for at := to; at < len(b); {
		end := at + sizes.At(b, at)
		if d.next() {
			visit(elemMember(packed.At(b, at)))
		} else {
			to += copy(b[to:], b[at:end])
		}
		at = end
	}
	return packed.Cut(b, to, len(b), n)
}

// settle makes a packed block of a table that has lost most of its members, if the limits allow it, and reports whether they do.
func (s SetEditor) settle(v SetView) bool {
	tuning := v.m.tuning.Load()
	if v.Len() > tuning.SetMaxListpackEntries {
		return false
	}
	size := packed.HeaderSize
	v.Each(func(x Member) bool {
		size += x.elem().Size(packed.Forward)
		if len(x.Text) > tuning.SetMaxListpackValue {
			size = packed.MaxSize + 1
		}
		return size <= packed.MaxSize
	})
	if size > packed.MaxSize || !Fits(s.key, int64(size)) {
		return false
	}
	s.convert(EncListpack, size, func(was, now []byte) {
		v.recode(EncListpack, now)
		v.m.discard(bigValue{Set, slices.Clone(was), v.a})
	})
	return true
}
