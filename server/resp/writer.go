package resp

import (
	"slices"
	"strings"

	"github.com/tidwall/redcon"
)

// Writer appends replies to Buf in the form protocol version Proto has for
// them: 3 for RESP3, anything else for RESP2.
type Writer struct {
	Buf   []byte
	Proto int
}

// OK appends the simple string OK.
func (w *Writer) OK() { w.Buf = redcon.AppendOK(w.Buf) }

// Simple appends a simple string. CR and LF in s become spaces.
func (w *Writer) Simple(s string) { w.Buf = redcon.AppendString(w.Buf, s) }

// Error appends an error. text starts with the error's code ("ERR ...",
// "WRONGTYPE ..."): nothing is added. CR and LF at its ends are dropped, others
// become spaces, so text may hold what a client or a script sent.
func (w *Writer) Error(text string) {
	w.Buf = redcon.AppendError(w.Buf, strings.Trim(text, "\r\n"))
}

// Int appends an integer.
func (w *Writer) Int(n int64) { w.Buf = appendInt(w.Buf, n) }

// Bulk appends a bulk string; a nil b is an empty one.
func (w *Writer) Bulk(b []byte) { w.Buf = AppendBulk(w.Buf, b) }

// BulkString appends a bulk string.
func (w *Writer) BulkString(s string) { w.Buf = redcon.AppendBulkString(w.Buf, s) }

// IntBulk appends n as a bulk string.
func (w *Writer) IntBulk(n int64) { w.Buf = AppendIntBulk(w.Buf, n) }

// Null appends the null that stands for a missing string.
func (w *Writer) Null() {
	if w.Proto == 3 {
		w.Buf = append(w.Buf, "_\r\n"...)
		return
	}
	w.Buf = redcon.AppendNull(w.Buf)
}

// NullArray appends the null that stands for a missing array.
func (w *Writer) NullArray() {
	if w.Proto == 3 {
		w.Buf = append(w.Buf, "_\r\n"...)
		return
	}
	w.Buf = append(w.Buf, "*-1\r\n"...)
}

// Bool appends a boolean, in RESP2 the integer 1 or 0.
func (w *Writer) Bool(b bool) {
	form := "#f\r\n"
	switch {
	case w.Proto == 3 && b:
		form = "#t\r\n"
	case w.Proto == 3:
	case b:
		form = ":1\r\n"
	default:
		form = ":0\r\n"
	}
	w.Buf = append(w.Buf, form...)
}

// Double appends a double, in RESP2 a bulk string, laid out by AppendDouble.
func (w *Writer) Double(f float64) {
	if w.Proto == 3 {
		w.Buf = append(AppendDouble(append(w.Buf, ','), f), '\r', '\n')
		return
	}
	var scratch [32]byte
	w.Buf = AppendBulk(w.Buf, AppendDouble(scratch[:0], f))
}

// BigNumber appends an integer of any size, in RESP2 a bulk string. CR and LF
// in digits become spaces: scripts choose this text freely.
func (w *Writer) BigNumber(digits string) {
	digits = oneLine(digits)
	if w.Proto == 3 {
		w.Buf = append(append(append(w.Buf, '('), digits...), '\r', '\n')
		return
	}
	w.BulkString(digits)
}

// Verbatim appends text together with its format, three characters such as
// "txt" or "mkd" (shorter ones are padded with spaces); in RESP2 a bulk string
// of the text alone.
func (w *Writer) Verbatim(format, text string) {
	if w.Proto != 3 {
		w.BulkString(text)
		return
	}
	w.header('=', len(text)+4)
	w.Buf = append(w.Buf, (format + "   ")[:3]...)
	w.Buf = append(w.Buf, ':')
	w.Buf = append(append(w.Buf, text...), '\r', '\n')
}

// Array starts an array of n elements, which follow.
func (w *Writer) Array(n int) { w.Buf = redcon.AppendArray(w.Buf, n) }

// Map starts a map of n pairs, in RESP2 an array of 2n elements. Keys and
// values follow in turn.
func (w *Writer) Map(n int) {
	if w.Proto == 3 {
		w.header('%', n)
		return
	}
	w.Array(2 * n)
}

// Set starts a set of n elements, in RESP2 an array.
func (w *Writer) Set(n int) { w.aggregate('~', n) }

// Push starts an out-of-band message of n elements, in RESP2 an array.
func (w *Writer) Push(n int) { w.aggregate('>', n) }

// Attribute starts n pairs of attributes of the reply after them and returns
// true. RESP2 has no attributes: there it appends nothing and returns false,
// and the pairs must be left out.
func (w *Writer) Attribute(n int) bool {
	if w.Proto != 3 {
		return false
	}
	w.header('|', n)
	return true
}

// Raw appends RESP encoded before, in the right version.
func (w *Writer) Raw(b []byte) { w.Buf = append(w.Buf, b...) }

// Mark returns the place the next reply will start at, for Reset.
func (w *Writer) Mark() int { return len(w.Buf) }

// Reset takes back everything appended since Mark returned mark.
func (w *Writer) Reset(mark int) { w.Buf = w.Buf[:mark] }

func (w *Writer) aggregate(kind byte, n int) {
	if w.Proto != 3 {
		kind = '*'
	}
	w.header(kind, n)
}

func (w *Writer) header(kind byte, n int) {
	w.Buf = append(AppendInt(append(w.Buf, kind), int64(n)), '\r', '\n')
}

// ArrayHole starts an array whose length FillArray gives later. Holes may nest:
// the inner one must be filled first.
func (w *Writer) ArrayHole() (hole int) { return w.hole('*') }

// MapHole starts a map whose length FillMap gives later.
func (w *Writer) MapHole() (hole int) { return w.hole('%') }

// SetHole starts a set whose length FillSet gives later.
func (w *Writer) SetHole() (hole int) { return w.hole('~') }

// FillArray sets the number of elements appended since ArrayHole.
func (w *Writer) FillArray(hole, n int) { w.fill(hole, n) }

// FillMap sets the number of pairs appended since MapHole.
func (w *Writer) FillMap(hole, n int) {
	if w.Proto != 3 {
		n *= 2
	}
	w.fill(hole, n)
}

// FillSet sets the number of elements appended since SetHole.
func (w *Writer) FillSet(hole, n int) { w.fill(hole, n) }

// hole appends a header with room for a one-digit length.
func (w *Writer) hole(kind byte) int {
	mark := w.Mark()
	w.aggregate(kind, 0)
	return mark
}

func (w *Writer) fill(hole, n int) {
	if n < 10 {
		w.Buf[hole+1] = '0' + byte(n)
		return
	}
	var scratch [20]byte
	digits := AppendInt(scratch[:0], int64(n))
	w.Buf = slices.Insert(w.Buf, hole+2, digits[1:]...)
	w.Buf[hole+1] = digits[0]
}
