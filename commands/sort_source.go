package commands

import "synap/store"

// sortLength is the number of elements of a value that SORT takes.
func sortLength(e store.Entry) int {
	switch e.Type() {
	case store.List:
		return e.List().Len()
	case store.Set:
		return e.Set().Len()
	case store.SortedSet:
		return e.SortedSet().Len()
	}
	return 0
}

// visitSorted visits the elements at positions from to to (exclusive) of a value that SORT takes, in reverse counted from the
// end and backwards. Those of a set are visited all, in no particular order. scratch says that the text is overwritten by
// the next one.
func visitSorted(e store.Entry, from, to int, reverse bool, visit func(text []byte, scratch bool)) {
	var digits [20]byte
	switch e.Type() {
	case store.List:
		visitList(e.List(), from, to, reverse, visit)
	case store.Set:
		e.Set().Each(func(x store.Member) bool {
			visit(x.Bytes(digits[:]), x.IsInt)
			return true
		})
	case store.SortedSet:
		z := e.SortedSet()
		var at store.SortedCursor
		for i := from; i < to; i++ {
			switch {
			case i == from && reverse:
				z.AtBack(z.Len()-1-i, &at)
			case i == from:
				z.At(i, &at)
			case reverse:
				at.Prev()
			default:
				at.Next()
			}
			text := at.Member(digits[:])
			visit(text, len(text) <= len(digits))
		}
	}
}

func visitList(v store.ListView, from, to int, reverse bool, visit func(text []byte, scratch bool)) {
	if from == to {
		return
	}
	first := from
	if reverse {
		first = v.Len() - 1 - from
	}
	var digits [20]byte
	at := v.At(first)
	at.Visit(to-from, reverse, func(x store.Element) { visit(x.Bytes(digits[:]), x.IsInt()) })
}

// hashValue is the value of a field of the hash under c.scratch, where e is.
func hashValue(c *Ctx, e store.Entry, field []byte) (value []byte, ok bool) {
	if e.Type() != store.Hash {
		return nil, false
	}
	f, ok := c.Tx.Fields(c.scratch).Get(field)
	if !ok {
		return nil, false
	}
	return f.Value.Bytes(c.digits[:]), true
}
