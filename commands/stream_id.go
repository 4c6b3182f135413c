package commands

import (
	"bytes"
	"math"

	"synap/commands/number"
	"synap/store"
	"synap/store/stream"
)

// Errors of stream IDs, in Redis's words.
const (
	errStreamID      Error = "ERR Invalid stream ID specified as stream command argument"
	errIntervalStart Error = "ERR invalid start ID for the interval"
	errIntervalEnd   Error = "ERR invalid end ID for the interval"
)

// idMax is the longest text that is looked at as an ID.
const idMax = 127

// exactID reads the i-th word as an ID, "ms" or "ms-seq". A sequence number that is missing counts as missing.
func (c *Ctx) exactID(i int, missing uint64) (stream.ID, error) {
	id, ok := parseID(c.Args[i], missing)
	if !ok {
		return id, errStreamID
	}
	return id, nil
}

// anyID is exactID that also takes "-" and "+", the least and the greatest ID.
func (c *Ctx) anyID(i int, missing uint64) (stream.ID, error) {
	switch word := untilNUL(c.Args[i]); {
	case len(c.Args[i]) > idMax:
	case string(word) == "-":
		return stream.MinID, nil
	case string(word) == "+":
		return stream.MaxID, nil
	}
	return c.exactID(i, missing)
}

// intervalStart reads the i-th word as the first ID of an interval; "(" before an ID excludes it.
func (c *Ctx) intervalStart(i int) (stream.ID, error) {
	if word := c.Args[i]; len(word) > 1 && word[0] == '(' {
		id, ok := parseID(word[1:], 0)
		if !ok {
			return id, errStreamID
		}
		if id, ok = id.Next(); !ok {
			return id, errIntervalStart
		}
		return id, nil
	}
	return c.anyID(i, 0)
}

// intervalEnd reads the i-th word as the last ID of an interval; "(" before an ID excludes it.
func (c *Ctx) intervalEnd(i int) (stream.ID, error) {
	if word := c.Args[i]; len(word) > 1 && word[0] == '(' {
		id, ok := parseID(word[1:], math.MaxUint64)
		if !ok {
			return id, errStreamID
		}
		if id, ok = id.Prev(); !ok {
			return id, errIntervalEnd
		}
		return id, nil
	}
	return c.anyID(i, math.MaxUint64)
}

// untilNUL is a word as Redis sees it, where it takes words for C strings.
func untilNUL(word []byte) []byte {
	if i := bytes.IndexByte(word, 0); i >= 0 {
		return word[:i]
	}
	return word
}

func parseID(word []byte, missing uint64) (id stream.ID, ok bool) {
	if id, ok = parseWholeID(word); ok {
		return id, true
	}
	id, openSeq, ok := parseIDOrOpen(word, missing)
	return id, ok && !openSeq
}

// parseWholeID reads what nearly all IDs are: digits, a hyphen and digits, none of them more than certainly fit.
func parseWholeID(word []byte) (id stream.ID, ok bool) {
	ms, n := leadingDigits(word)
	if n == len(word) || word[n] != '-' {
		return id, false
	}
	seq, k := leadingDigits(word[n+1:])
	return stream.ID{Ms: ms, Seq: seq}, min(n, k) > 0 && max(n, k) <= surelyFits && n+1+k == len(word)
}

// surelyFits is a number of digits that no 64-bit number is too small for.
const surelyFits = 19

// leadingDigits reads the digits that word begins with as a number and counts them.
func leadingDigits(word []byte) (v uint64, n int) {
	for n < len(word) && word[n]-'0' <= 9 {
		v = v*10 + uint64(word[n]-'0')
		n++
	}
	return v, n
}

// parseIDOrOpen is parseID that also takes "ms-*", an ID whose sequence number is open.
func parseIDOrOpen(word []byte, missing uint64) (id stream.ID, openSeq, ok bool) {
	if len(word) > idMax {
		return id, false, false
	}
	ms, seq, found := bytes.Cut(untilNUL(word), []byte{'-'})
	if id.Ms, ok = number.ParseUint(ms); !ok {
		return id, false, false
	}
	switch {
	case !found:
		id.Seq = missing
	case string(seq) == "*":
		openSeq = true
	default:
		id.Seq, ok = number.ParseUint(seq)
	}
	return id, openSeq, ok
}

// replyID replies with an ID.
func (c *Ctx) replyID(id stream.ID) {
	var scratch [stream.IDText]byte
	c.W.Bulk(id.Append(scratch[:0]))
}

func (c *Ctx) replyText(t stream.Text) {
	if t.IsInt {
		c.W.IntBulk(t.Int)
	} else {
		c.W.Bulk(t.Bytes)
	}
}

// replyEntry replies with the entry that an iterator stands at: its ID, and its fields and values.
func (c *Ctx) replyEntry(i *stream.Iterator) {
	c.W.Array(2)
	c.replyID(i.ID)
	c.W.Array(2 * i.Pairs)
	for range i.Pairs {
		field, value := i.Pair()
		c.replyText(field)
		c.replyText(value)
	}
}

// replyEntries replies with up to count entries of a range, 0 for all.
func (c *Ctx) replyEntries(i stream.Iterator, count int64) {
	hole, n := c.W.ArrayHole(), int64(0)
	for (count == 0 || n < count) && i.Next() {
		c.replyEntry(&i)
		n++
	}
	c.W.FillArray(hole, int(n))
}

// readLog looks the stream at key up for reading. It returns an error for another type.
func (c *Ctx) readLog(key []byte) (l store.Log, found bool, err error) {
	return c.openLog(key, c.Tx.Read(key))
}

// writeLog looks the stream at key up in order to change it. It returns an error for another type.
func (c *Ctx) writeLog(key []byte) (l store.Log, found bool, err error) {
	return c.openLog(key, c.Tx.Write(key))
}

func (c *Ctx) openLog(key []byte, e store.Entry) (l store.Log, found bool, err error) {
	if e.Exists() && e.Type() != store.Stream {
		return l, false, ErrWrongType
	}
	return c.Tx.Log(key), e.Exists(), nil
}
