package commands

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"synap/commands/number"
	"synap/commands/partial"
)

// sortItem stands for an element while they are sorted: sixteen bytes to move, and most comparisons need no more.
type sortItem struct {
	key   uint64 // orders as the element's number does, or as the first eight bytes of its text; equal keys leave it open
	index int32  // of the element
	none  bool   // sorted by a key that is missing: before all others
}

// weigh computes what to sort by. It reports false if a number is wanted and there is none; the rest is looked up all the
// same, for that is something others see: hits, misses, keymiss events, access times.
func (s *sorting) weigh(c *Ctx) bool {
	numbers := true
	s.items = s.newItems(0, len(s.texts))
	weights := s.texts
	if s.by != nil && s.alpha {
		weights = make([][]byte, len(s.texts))
	}
	for i, text := range s.texts {
		item := &s.items[i]
		*item = sortItem{index: int32(i)}
		weight, ok := text, true
		if s.by != nil {
			weight, ok = s.by.value(c, text)
		}
		switch {
		case !ok && s.alpha:
			item.none = true
		case !ok:
			item.key = numberKey(0)
		case s.alpha:
			if s.target == nil {
				weight = cString(weight)
			}
			if s.by != nil {
				weights[i] = append([]byte(nil), weight...)
			}
			item.key = textKey(weight)
		default:
			v, ok := sortNumber(weight)
			numbers = numbers && ok
			item.key = numberKey(v)
		}
	}
	s.weights = weights
	return numbers
}

// newItems is a list of n items, the first of two or the second. What they are is up to the caller.
func (s *sorting) newItems(list, n int) []sortItem {
	if n <= usualItems {
		return s.room.items[list][:n]
	}
	return make([]sortItem, n)
}

// cString is a text up to its first NUL byte: all that strcoll sees of it, by which Redis compares what is not to be stored.
func cString(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

// textKey is the first eight bytes of a text as a number.
func textKey(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.BigEndian.Uint64(b)
	}
	var first [8]byte
	copy(first[:], b)
	return binary.BigEndian.Uint64(first[:])
}

// numberKey maps numbers to integers of the same order.
func numberKey(v float64) uint64 {
	u := math.Float64bits(v + 0) // -0 is 0
	if u>>63 != 0 {
		return ^u
	}
	return u | 1<<63
}

// sortNumber reads a number as C's strtod does, and refuses those that a double cannot hold.
func sortNumber(b []byte) (float64, bool) {
	if v, ok := number.ParseInt(b); ok {
		return float64(v), true
	}
	v, ok := number.ParseBound(b)
	const smallest = 0x1p-1022 // below it doubles lose precision, for which strtod reports the same as for overflow
	if ok && (math.IsInf(v, 0) || math.Abs(v) < smallest) {
		if b = bytes.TrimLeft(cString(b), " \t\n\v\f\r"); len(b) > 0 {
			_, ok = number.ParseDouble(b)
			ok = ok && (v == 0 || math.IsInf(v, 0))
		}
	}
	return v, ok
}

// sort brings the items that are wanted into order. Elements of equal weight keep theirs, or are ordered by their text if
// numbers are sorted or the elements are those of a set. Sorted by other keys and limited, they come as Redis has them:
// see package partial.
func (s *sorting) sort() {
	if s.first > s.last {
		return
	}
	if s.desc {
		for i := range s.items {
			s.items[i].key = ^s.items[i].key
		}
	}
	if s.first == 0 && s.last == len(s.items)-1 {
		s.sortAll()
		return
	}
	compare := s.compareInPlace
	if s.by != nil {
		compare = s.compare
	}
	partial.Sort(s.items, s.first, s.last, compare)
}

// sortAll orders the items by their keys, and then those of equal keys.
func (s *sorting) sortAll() {
	compare := func(a, b sortItem) int { return s.compareInPlace(&a, &b) }
	if len(s.items) < radixFrom {
		slices.SortFunc(s.items, compare)
		return
	}
	s.items = sortByKey(s.items, s.newItems(1, len(s.items)))
	for from := 0; from < len(s.items); {
		to := from + 1
		for to < len(s.items) && s.items[to].key == s.items[from].key {
			to++
		}
		if to-from > 1 {
			slices.SortFunc(s.items[from:to], compare)
		}
		from = to
	}
}

// compareInPlace orders two items, equal ones by their places.
func (s *sorting) compareInPlace(a, b *sortItem) int {
	switch {
	case a.key < b.key:
		return -1
	case a.key > b.key:
		return 1
	}
	return cmp.Or(s.compare(a, b), cmp.Compare(a.index, b.index))
}

// compare orders two items without regard to their places.
func (s *sorting) compare(a, b *sortItem) int {
	if a.key != b.key {
		return cmp.Compare(a.key, b.key)
	}
	if s.desc {
		a, b = b, a
	}
	switch {
	case a.none != b.none && a.none:
		return -1
	case a.none != b.none:
		return 1
	case s.alpha && !a.none:
		if c := bytes.Compare(s.weight(a), s.weight(b)); c != 0 {
			return c
		}
	}
	if s.alpha && !s.bySet {
		return 0
	}
	return bytes.Compare(s.texts[a.index], s.texts[b.index])
}

// weight is the text by which an item is sorted.
func (s *sorting) weight(x *sortItem) []byte {
	if s.by == nil && s.target == nil {
		return cString(s.weights[x.index])
	}
	return s.weights[x.index]
}
