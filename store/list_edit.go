package store

import (
	"slices"

	"synap/store/packed"
)

// ListEditor changes the list under a key, which is a list or, for the methods that add, may be missing. It is valid as long
// as the key's bytes are. The elements handed to it must not lie in the arena.
type ListEditor struct{ cell }

// EditList is the editor of the list under key.
func (t *Txn) EditList(key []byte) ListEditor { return ListEditor{cell{t, key}} }

// count counts n changes and tells of them.
func (l ListEditor) count(n int) {
	r := l.t.find(l.key)
	l.t.dirty += n
	l.t.changed(r.m, r.db, l.key, false)
}

// Push puts elements at an end, one after another, and returns how many there are then. Each counts as a change.
func (l ListEditor) Push(front bool, elements [][]byte) (length int) {
	length = l.push(front, elements)
	l.count(len(elements))
	return length
}

// Receive is Push of one element that counts no change: it has been counted where the element comes from.
func (l ListEditor) Receive(front bool, x []byte) {
	one := [1][]byte{x}
	l.push(front, one[:])
	l.count(0)
}

func (l ListEditor) push(front bool, elements [][]byte) (length int) {
	e := l.entry()
	if e.Exists() && e.Encoding() == EncQuicklist {
		return l.pushBig(e.m, front, elements)
	}
	m := l.t.find(l.key).m
	var b []byte
	if e.Exists() {
		b = e.payload()
	}
	var more addition
	for _, x := range elements {
		more.add(packed.Of(x))
	}
	if outgrown(m.listLimit(), b, &more) {
		l.makeBig(m)
		return l.pushBig(m, front, elements)
	}
	b, at := l.extend(b, more.sizes)
	layout := packed.LayoutOf(b)
	for end, i := at, 0; i < len(elements); i++ {
		e := packed.Of(elements[i])
		end += e.Size(layout)
		if front {
			at = packed.HeaderSize
		}
		packed.InsertElem(b[:end], at, e)
		at = end
	}
	return packed.Len(b)
}

// extend makes a small list, whose payload is b or nil if it is missing, longer by what is to be added. It returns its payload
// then, and the length of what is there of a block: that has another layout if it has become too long for the one it had.
func (l ListEditor) extend(b []byte, sizes [2]int) (longer []byte, old int) {
	layout, n := packed.Forward, packed.HeaderSize
	if b != nil {
		layout, n = packed.LayoutOf(b), len(b)
	}
	outgrows := layout == packed.Forward && n+sizes[layout] > forwardBlock
	if outgrows {
		layout = packed.TwoWay
	}
	switch {
	case b == nil:
		b = l.create(List, EncListpack, n+sizes[layout])
		packed.Init(b, layout)
		return b, n
	case outgrows:
		l.edit()
		n = packed.SizeIn(b, layout)
		return l.convert(EncListpack, n+sizes[layout], func(was, now []byte) {
			packed.Extract(now, layout, was, packed.HeaderSize, len(was), packed.Len(was))
		}), n
	}
	l.edit()
	return l.resize(n + sizes[layout]), n
}

// makeBig lays a small or missing list out as a deque.
func (l ListEditor) makeBig(m *shardState) {
	if !l.entry().Exists() {
		*listRootOf(l.create(List, EncQuicklist, listRootSize)) = listRoot{}
		return
	}
	l.edit()
	limit := m.listLimit()
	l.convert(EncQuicklist, listRootSize, func(was, now []byte) {
		*listRootOf(now) = listRoot{estate: m.room(int64(len(was)))}
		big := m.bigList(now)
		big.Adopt(big.a, was, limit)
		big.grown()
	})
}

func (l ListEditor) pushBig(m *shardState, front bool, elements [][]byte) (length int) {
	payload, limit := l.edit(), m.listLimit()
	big := m.bigList(payload)
	for _, x := range elements {
		pushTo(&big.Deque, big.a, front, packed.Of(x), limit)
		if big.estate == 0 && big.a.Used() > big.used {
			big.grown()
			big = m.bigList(payload)
		}
	}
	big.count()
	return big.Len()
}

// settle lays a large list that has lost elements out as a small one if it has become short.
//
// It ends a change that may have taken n elements away.
func (l ListEditor) settle(big bigList, n int) {
	d, a := &big.Deque, big.a
	if !d.Within(a, big.m.shortList()) {
		big.settle(n)
		return
	}
	layout, size := packed.Forward, d.JoinedSize(a, packed.Forward)
	if size > forwardBlock {
		layout, size = packed.TwoWay, d.JoinedSize(a, packed.TwoWay)
	}
	big.count()
	l.convert(EncListpack, size, func(was, now []byte) {
		listRootOf(was).Join(a, now, layout)
		big.m.discard(bigValue{List, slices.Clone(was), a})
	})
}

// Drop removes n elements from an end; there are that many. Each counts as a change. It reports whether none is left: then
// the key is gone.
func (l ListEditor) Drop(front bool, n int) (emptied bool) {
	if front {
		return l.Trim(n, 0)
	}
	return l.Trim(0, n)
}

// Trim is Drop at both ends.
func (l ListEditor) Trim(first, last int) (emptied bool) {
	e := l.entry()
	if first+last == e.List().Len() {
		l.t.dirty += first + last
		l.remove()
		return true
	}
	if b := l.edit(); e.Encoding() == EncListpack {
		if last > 0 {
			b = b[:packed.DropLast(b, last)]
		}
		if first > 0 {
			b = b[:packed.Delete(b, packed.HeaderSize, first)]
		}
		l.resize(len(b))
	} else {
		big := e.m.bigList(b)
		big.DropFront(big.a, first)
		big.DropBack(big.a, last)
		l.settle(big, first+last)
	}
	l.count(first + last)
	return false
}

// Rotate takes the element at one end, a copy of which is x, and puts it at an end. It counts as one change.
func (l ListEditor) Rotate(fromFront, toFront bool, x []byte) {
	if l.entry().List().Len() > 1 {
		l.Drop(fromFront, 1)
		l.Receive(toFront, x)
	} else {
		l.edit()
		l.count(1)
	}
}

// staysSmall reports whether the list is small and can take x as one more element; if not it is a deque then.
func (l ListEditor) staysSmall(e Entry, x packed.Elem) bool {
	if e.Encoding() != EncListpack {
		return false
	}
	var one addition
	one.add(x)
	if outgrown(e.m.listLimit(), e.payload(), &one) {
		l.makeBig(e.m)
		return false
	}
	return true
}

// Insert puts x before the i-th element, or behind the last, and returns how many there are then.
func (l ListEditor) Insert(i int, x []byte) (length int) {
	e, elem := l.entry(), packed.Of(x)
	if l.staysSmall(e, elem) {
		b, old := l.extend(e.payload(), [2]int{elem.Size(packed.Forward), elem.Size(packed.TwoWay)})
		at := old
		if i < packed.Len(b) {
			at = packed.Index(b[:old], i)
		}
		packed.InsertElem(b, at, elem)
		length = packed.Len(b)
	} else {
		big := e.m.bigList(l.edit())
		big.Insert(big.a, i, elem, e.m.listLimit())
		length = big.Len()
		big.grown()
	}
	l.count(1)
	return length
}

// Set makes the i-th element, which there is, x.
func (l ListEditor) Set(i int, x []byte) {
	e, elem := l.entry(), packed.Of(x)
	if l.staysSmall(e, elem) {
		l.setSmall(e.payload(), i, elem)
	} else {
		big := e.m.bigList(l.edit())
		big.Deque.Set(big.a, i, elem, e.m.listLimit())
		l.settle(big, 1)
	}
	l.count(1)
}

// setSmall is Set in a small list, whose payload is b.
func (l ListEditor) setSmall(b []byte, i int, x packed.Elem) {
	was := packed.At(b, packed.Index(b, i))
	var grow [2]int
	for layout := range grow {
		grow[layout] = x.Size(packed.Layout(layout)) - was.Size(packed.Layout(layout))
	}
	if grow[packed.LayoutOf(b)] > 0 {
		b, old := l.extend(b, grow)
		packed.ReplaceElem(b, packed.Index(b[:old], i), x)
		return
	}
	b = l.edit()
	if n := packed.ReplaceElem(b, packed.Index(b, i), x); n < len(b) {
		l.resize(n)
	}
}

// Remove removes the elements that are x, at most n of them (0: all), from the first on or from the last. It returns how many
// it has removed, each of which counts as a change, and whether none is left: then the key is gone.
func (l ListEditor) Remove(x []byte, n int, backward bool) (removed int, emptied bool) {
	e, elem := l.entry(), packed.Of(x)
	if !found(e.List(), elem) {
		return 0, false
	}
	b := l.edit()
	if e.Encoding() == EncListpack {
		if n == 0 {
			n = packed.Len(b)
		}
		var length int
		length, removed = packed.Remove(b, elem, n, backward)
		emptied = packed.Len(b) == 0
		if !emptied {
			l.resize(length)
		}
	} else {
		big := e.m.bigList(b)
		removed = big.Remove(big.a, elem, n, backward, e.m.listLimit())
		if emptied = big.Len() == 0; !emptied {
			l.settle(big, removed)
		} else {
			big.count()
		}
	}
	if emptied {
		l.t.dirty += removed
		l.remove()
		return removed, true
	}
	l.count(removed)
	return removed, false
}

// found reports whether the list has an element: what is not changed need not be saved for a snapshot.
func found(v ListView, e Element) bool {
	c := v.At(0)
	return c.Find(e, v.Len())
}
