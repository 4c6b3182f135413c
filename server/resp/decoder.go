package resp

import (
	"errors"
	"math"
)

// Redis's limits, taken where a field of Limits is zero.
const (
	DefaultMaxBulk   = 512 << 20
	DefaultMaxArgs   = 1 << 20
	DefaultMaxInline = 64 << 10

	unauthenticatedMaxArgs = 10
	unauthenticatedMaxBulk = 16 << 10
)

const (
	minArgument = len("$0\r\n\r\n")
	minCommand  = len("*1\r\n") + minArgument

	// keepArgs is the number of arguments up to which scratch memory is kept
	// for the next command: enough for a batch client's usual variadic
	// commands, 8 KiB at most per connection.
	keepArgs = 256
)

// Limits bounds what a client may ask the decoder to accept. Zero fields take
// the defaults.
type Limits struct {
	MaxBulk   int64 // bytes of one argument (proto-max-bulk-len)
	MaxArgs   int   // arguments of one command
	MaxInline int   // bytes of an inline command or of a header line

	// Unauthenticated holds a client that has yet to authenticate to 10
	// arguments of 16 KiB.
	Unauthenticated bool
}

func (l *Limits) maxBulk() int {
	switch {
	case l.MaxBulk <= 0:
		return DefaultMaxBulk
	case l.MaxBulk > math.MaxInt-2: // room for the trailing CRLF
		return math.MaxInt - 2
	}
	return int(l.MaxBulk)
}

func (l *Limits) maxArgs() int {
	if l.MaxArgs <= 0 {
		return DefaultMaxArgs
	}
	return l.MaxArgs
}

func (l *Limits) maxInline() int {
	if l.MaxInline <= 0 {
		return DefaultMaxInline
	}
	return l.MaxInline
}

// ErrIncomplete says that the command goes on after the bytes given.
var ErrIncomplete = errors.New("resp: incomplete command")

// ProtocolError is input outside the grammar or the limits. The connection
// gets it as its last reply and is closed.
type ProtocolError struct {
	text string
}

// Error returns the text as Redis sends it, without the leading "ERR ".
func (e *ProtocolError) Error() string { return e.text }

func protocolError(reason string) *ProtocolError {
	return &ProtocolError{text: "Protocol error: " + reason}
}

var (
	errBigCount          = protocolError("too big mbulk count string")
	errCount             = protocolError("invalid multibulk length")
	errUnauthenticatedN  = protocolError("unauthenticated multibulk length")
	errBigLength         = protocolError("too big bulk count string")
	errLength            = protocolError("invalid bulk length")
	errUnauthenticatedSz = protocolError("unauthenticated bulk length")
	errBigInline         = protocolError("too big inline request")
	errQuotes            = protocolError("unbalanced quotes in request")
)

type phase uint8

const (
	phaseIdle    phase = iota // before a command's first byte
	phaseInline               // in the line of an inline command
	phaseCount                // in the "*count" line
	phaseLength               // in a "$length" line
	phasePayload              // in the payload of d.bulk bytes, or the two after it
)

// Decoder decodes the commands of one connection. Its zero value is ready.
type Decoder struct {
	args [][]byte // scratch for the arguments handed out, used up to its capacity
	lens []int    // lengths of the arguments of the unfinished command that are complete

	// Offsets from the first byte of the command.
	pos   int // next byte to look at
	line  int // where the header or inline line in progress starts
	first int // where the first "$length" line starts

	count int // arguments announced
	bulk  int // length of the payload in progress
	need  int

	phase phase
	nul   bool // the line in progress has a NUL, so its end will not be seen
}

// Next decodes one command. buf[0] must be the first byte of the command in
// progress; if earlier calls returned ErrIncomplete, buf starts with the bytes
// these saw, possibly moved, and the decoder resumes after them.
//
// A complete command gives its arguments, which are slices of buf valid until
// the next call or until buf is reused, and n, the bytes it took. Input that
// Redis ignores ("*0", "*-1", an empty line) gives no arguments and n > 0. If
// the command is not complete, the error is ErrIncomplete and n is 0. All other
// errors are a *ProtocolError; the decoder is then as after Reset.
func (d *Decoder) Next(buf []byte, l *Limits) (args [][]byte, n int, err error) {
	if d.phase == phaseIdle {
		if len(buf) == 0 {
			return nil, 0, ErrIncomplete
		}
		if buf[0] == '*' {
			if args, n = d.whole(buf, l); n > 0 {
				return args, n, nil
			}
			if d.phase == phaseIdle {
				d.phase, d.pos = phaseCount, 1
			}
		} else {
			d.phase = phaseInline
		}
	}
	if args, n, err = d.resume(buf, l); err != nil && err != ErrIncomplete {
		d.Reset()
	}
	return args, n, err
}

// Need returns how many bytes are known to be missing for the argument in
// progress, its CRLF included; 0 if that is unknown. It is a claim of the
// client: memory should be reserved only in proportion to what has arrived.
func (d *Decoder) Need() int { return d.need }

// Progress returns how many bytes of the command in progress are decoded, and
// how many of them are arguments' payload. The header of an argument whose
// payload is in progress is decoded.
func (d *Decoder) Progress() (decoded, payload int) {
	switch d.phase {
	case phaseLength:
		decoded = d.line
	case phasePayload:
		decoded = d.pos
	}
	for _, n := range d.lens {
		payload += n
	}
	return decoded, payload
}

// Reset forgets the command in progress and gives back all memory.
func (d *Decoder) Reset() { *d = Decoder{} }

// Release drops the references to the buffer of the last command. The caller
// does so when it is done with the arguments and may free or shrink the buffer;
// a command in progress is not affected.
func (d *Decoder) Release() { clear(d.args[:cap(d.args)]) }

// whole decodes a command that lies entirely in buf and has up to 99
// arguments, which is nearly all of them. Otherwise it returns 0; if the count
// was good, the decoder then stands behind the last complete argument, for
// resume to go on or to find the error, else it is still idle.
func (d *Decoder) whole(buf []byte, l *Limits) ([][]byte, int) {
	if len(buf) < minCommand || l.Unauthenticated {
		return nil, 0
	}
	count, pos := int(buf[1]-'0'), len("*1\r\n")
	if buf[2] != '\r' {
		units := buf[2] - '0'
		if units > 9 || buf[3] != '\r' {
			return nil, 0
		}
		count, pos = count*10+int(units), len("*10\r\n")
	}
	if buf[1]-'1' > 8 || count > l.maxArgs() || len(buf)-pos < count*minArgument {
		return nil, 0
	}
	if cap(d.args) < count {
		d.args = make([][]byte, max(count, 8))
	}
	first := pos
	args, maxBulk := d.args[:count], l.maxBulk()
	for i := range args {
		// pos never exceeds len(buf): each step below stays inside.
		b := buf[pos:]
		if len(b) < minArgument || b[0] != '$' {
			return nil, d.suspend(args, i, first, pos)
		}
		n, cr := int(b[1]-'0'), 2
		if b[2] != '\r' {
			n, cr = shortLength(b)
		} else if n > 9 {
			cr = 0
		}
		end := cr + 2 + n
		if cr == 0 || n > maxBulk || len(b) < end+2 {
			return nil, d.suspend(args, i, first, pos)
		}
		args[i] = b[cr+2 : end : end]
		pos += end + 2
	}
	return args, pos
}

// shortLength reads the "$length\r" at the head of b, of two to nine digits,
// and returns the length and where the CR is; 0 for the latter if b starts with
// anything else.
func shortLength(b []byte) (n, cr int) {
	if b[1]-'1' > 8 {
		return 0, 0
	}
	n = int(b[1] - '0')
	for i := 2; i < len(b) && i <= 10; i++ {
		c := b[i] - '0'
		if c > 9 {
			if b[i] == '\r' {
				return n, i
			}
			break
		}
		n = n*10 + int(c)
	}
	return 0, 0
}

// suspend turns the first n arguments of whole into the form resume works on.
// Header lines started at first, and the next one starts at pos. It returns 0,
// whole's "not complete".
func (d *Decoder) suspend(args [][]byte, n, first, pos int) int {
	for _, a := range args[:n] {
		d.lens = append(d.lens, len(a))
	}
	clear(args)
	d.count, d.phase = len(args), phaseLength
	d.first, d.pos, d.line = first, pos, pos
	return 0
}

// resume goes on where the last call stopped.
func (d *Decoder) resume(buf []byte, l *Limits) ([][]byte, int, error) {
	d.need = 0
	switch d.phase {
	case phaseInline:
		return d.inline(buf, l)
	case phaseCount:
		if err := d.readCount(buf, l); err != nil {
			return nil, 0, err
		}
	}
	for len(d.lens) < d.count {
		if d.phase == phaseLength {
			if err := d.readLength(buf, l); err != nil {
				return nil, 0, err
			}
		}
		if have := len(buf) - d.pos; have < d.bulk+2 {
			d.need = d.bulk + 2 - have
			return nil, 0, ErrIncomplete
		}
		d.lens = append(d.lens, d.bulk)
		d.pos += d.bulk + 2
		d.line, d.phase = d.pos, phaseLength
	}
	return d.finish(buf)
}

// finish returns the complete command and makes the decoder idle.
func (d *Decoder) finish(buf []byte) ([][]byte, int, error) {
	var args [][]byte
	switch count := len(d.lens); {
	case count > keepArgs:
		args = make([][]byte, count)
	case count > cap(d.args):
		d.args = make([][]byte, max(count, 8))
		fallthrough
	default:
		args = d.args[:count]
	}
	pos := d.first
	for i, n := range d.lens {
		pos += len("$\r\n") + decimalLen(n)
		args[i] = buf[pos : pos+n : pos+n]
		pos += n + 2
	}
	n := d.pos
	d.idle()
	if len(args) == 0 {
		args = nil
	}
	return args, n, nil
}

// idle readies the decoder for the next command, keeping modest scratch memory.
func (d *Decoder) idle() {
	if cap(d.lens) > keepArgs {
		d.lens = nil
	}
	*d = Decoder{args: d.args, lens: d.lens[:0]}
}

// readCount reads the "*count" line.
func (d *Decoder) readCount(buf []byte, l *Limits) error {
	end, err := d.header(buf, l, errBigCount)
	if err != nil {
		return err
	}
	n, ok := ParseInt(buf[1:end])
	switch {
	case !ok || n > int64(l.maxArgs()):
		return errCount
	case l.Unauthenticated && n > unauthenticatedMaxArgs:
		return errUnauthenticatedN
	}
	d.count = int(max(n, 0))
	d.first, d.line, d.phase = d.pos, d.pos, phaseLength
	return nil
}

// readLength reads a "$length" line.
func (d *Decoder) readLength(buf []byte, l *Limits) error {
	end, err := d.header(buf, l, errBigLength)
	if err != nil {
		return err
	}
	// Redis, too, looks at the first byte only when the line is complete.
	if c := buf[d.line]; c != '$' {
		return protocolError("expected '$', got '" + string([]byte{printable(c)}) + "'")
	}
	n, ok := ParseInt(buf[d.line+1 : end])
	switch {
	case !ok || n < 0 || n > int64(l.maxBulk()):
		return errLength
	case l.Unauthenticated && n > unauthenticatedMaxBulk:
		return errUnauthenticatedSz
	}
	d.bulk, d.phase = int(n), phasePayload
	return nil
}

// printable maps a byte to what an error may show of it.
func printable(c byte) byte {
	switch {
	case c == '\r' || c == '\n':
		return ' '
	case c < ' ' || c == 0x7f:
		return '.'
	}
	return c
}

// header finds the end of the header line in progress, the CR, and moves
// behind the two bytes that end it.
func (d *Decoder) header(buf []byte, l *Limits, tooBig error) (end int, err error) {
	end, err = d.scan(buf, '\r', l.maxInline(), tooBig)
	if err != nil {
		return 0, err
	}
	if len(buf)-end < 2 {
		return 0, ErrIncomplete
	}
	d.pos = end + 2
	return end, nil
}

// scan looks for the end of the line in progress among its first limit+1
// bytes, from where the last scan stopped.
func (d *Decoder) scan(buf []byte, eol byte, limit int, tooBig error) (int, error) {
	stop := min(len(buf), d.line+limit+1)
	for !d.nul && d.pos < stop {
		switch buf[d.pos] {
		case eol:
			return d.pos, nil
		case 0:
			d.nul = true
		}
		d.pos++
	}
	if len(buf)-d.line > limit {
		return 0, tooBig
	}
	return 0, ErrIncomplete
}

// inline reads an inline command: arguments separated by spaces up to LF.
func (d *Decoder) inline(buf []byte, l *Limits) ([][]byte, int, error) {
	end, err := d.scan(buf, '\n', l.maxInline(), errBigInline)
	if err != nil {
		return nil, 0, err
	}
	line := buf[:end]
	if end > 0 && line[end-1] == '\r' {
		line = line[:end-1]
	}
	args, err := appendArgs(d.args[:0], line)
	if err != nil {
		return nil, 0, errQuotes
	}
	if cap(args) <= keepArgs {
		d.args = args[:cap(args)]
	}
	d.idle()
	if len(args) == 0 {
		args = nil
	}
	return args, end + 1, nil
}
