package stream

import (
	"cmp"
	"math"
	"strconv"
)

// ID names an entry: the unix time in milliseconds when it was added, and a number that tells the entries of one
// millisecond apart. IDs are ordered, first by the one, then by the other.
type ID struct{ Ms, Seq uint64 }

// The least and the greatest ID. No entry has the former.
var (
	MinID = ID{}
	MaxID = ID{math.MaxUint64, math.MaxUint64}
)

// Compare is negative, 0 or positive as i is before, equal to or after o.
func (i ID) Compare(o ID) int {
	if c := cmp.Compare(i.Ms, o.Ms); c != 0 {
		return c
	}
	return cmp.Compare(i.Seq, o.Seq)
}

// Less reports whether i is before o.
func (i ID) Less(o ID) bool { return i.Ms < o.Ms || i.Ms == o.Ms && i.Seq < o.Seq }

// Next returns the ID after i; there is none after MaxID.
func (i ID) Next() (next ID, ok bool) {
	switch {
	case i.Seq < math.MaxUint64:
		return ID{i.Ms, i.Seq + 1}, true
	case i.Ms < math.MaxUint64:
		return ID{i.Ms + 1, 0}, true
	}
	return ID{}, false
}

// Prev returns the ID before i; there is none before MinID.
func (i ID) Prev() (prev ID, ok bool) {
	switch {
	case i.Seq > 0:
		return ID{i.Ms, i.Seq - 1}, true
	case i.Ms > 0:
		return ID{i.Ms - 1, math.MaxUint64}, true
	}
	return ID{}, false
}

// IDText is the room that the text of an ID needs at most.
const IDText = 41

// Append appends the text of i, "ms-seq".
func (i ID) Append(dst []byte) []byte {
	dst = strconv.AppendUint(dst, i.Ms, 10)
	dst = append(dst, '-')
	return strconv.AppendUint(dst, i.Seq, 10)
}

// String is the text of i.
func (i ID) String() string { return string(i.Append(nil)) }
