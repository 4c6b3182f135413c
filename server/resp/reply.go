package resp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// Kind is a reply's type, named by its first byte on the wire.
type Kind byte

// The types of RESP2 and RESP3.
const (
	KindSimple    Kind = '+'
	KindError     Kind = '-'
	KindInt       Kind = ':'
	KindBulk      Kind = '$'
	KindArray     Kind = '*'
	KindNull      Kind = '_'
	KindBool      Kind = '#'
	KindDouble    Kind = ','
	KindBigNumber Kind = '('
	KindBlobError Kind = '!'
	KindVerbatim  Kind = '='
	KindMap       Kind = '%'
	KindSet       Kind = '~'
	KindPush      Kind = '>'
	KindAttribute Kind = '|' // only on the wire: it becomes Reply.Attributes
)

// Reply is one reply as a tree.
type Reply struct {
	Kind Kind
	Null bool // KindNull, and RESP2's null bulk string and null array

	Text   []byte // strings, errors, big numbers; a double as it was sent
	Format string // KindVerbatim: three characters
	Int    int64
	Double float64
	Bool   bool

	Elems      []Reply // of a KindMap: key, value, key, value ...
	Attributes []Reply // key, value, ... sent before the reply
}

// The caps NewReplyReader sets, besides DefaultMaxBulk, and fixed sizes.
const (
	DefaultMaxDepth   = 32
	DefaultMaxReplies = 16 << 20

	maxLine   = 1 << 20  // bytes of a simple string, an error or a header
	chunkSize = 64 << 10 // bytes reserved for a string before any arrived
)

// ReplyError is a malformed reply, or one beyond the reader's caps.
type ReplyError struct {
	text string
}

// Error describes what is wrong with the reply.
func (e *ReplyError) Error() string { return "resp: " + e.text }

func replyErrorf(format string, args ...any) error {
	return &ReplyError{text: fmt.Sprintf(format, args...)}
}

// ReplyReader parses replies of either protocol version. It takes exactly a
// reply's bytes from the underlying reader, and memory as they arrive.
type ReplyReader struct {
	MaxBulk    int64 // bytes of a string
	MaxReplies int   // replies in a tree, the outermost included
	MaxDepth   int   // levels of nesting, the outermost included

	r    *bufio.Reader
	left int // replies the tree being read may still have
}

// NewReplyReader returns a reader with the default caps.
func NewReplyReader(r *bufio.Reader) *ReplyReader {
	return &ReplyReader{MaxBulk: DefaultMaxBulk, MaxReplies: DefaultMaxReplies, MaxDepth: DefaultMaxDepth, r: r}
}

// Read reads one reply, pushes included. The error is io.EOF between replies,
// io.ErrUnexpectedEOF inside one, a *ReplyError if the bytes are not a reply
// within the caps, or what the underlying reader gave.
func (r *ReplyReader) Read() (Reply, error) {
	if _, err := r.r.Peek(1); err != nil {
		return Reply{}, err
	}
	r.left = r.MaxReplies
	v, err := r.read(1)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return v, err
}

func (r *ReplyReader) read(depth int) (Reply, error) {
	var attributes []Reply
	for {
		if depth > r.MaxDepth {
			return Reply{}, replyErrorf("more than %d levels of nesting", r.MaxDepth)
		}
		if r.left--; r.left < 0 {
			return Reply{}, replyErrorf("more than %d replies in one", r.MaxReplies)
		}
		line, err := r.line()
		if err != nil {
			return Reply{}, err
		}
		if len(line) == 0 {
			return Reply{}, replyErrorf("empty line where a reply starts")
		}
		v := Reply{Kind: Kind(line[0]), Attributes: attributes}
		if v.Kind != KindAttribute {
			err = r.body(&v, line[1:], depth)
			return v, err
		}
		if err = r.elements(&v, line[1:], 2, depth); err != nil {
			return Reply{}, err
		}
		attributes = append(attributes, v.Elems...)
	}
}

// body reads what v.Kind prescribes; rest is its first line without the type.
func (r *ReplyReader) body(v *Reply, rest []byte, depth int) (err error) {
	switch v.Kind {
	case KindSimple, KindError:
		v.Text = slices.Clone(rest)
	case KindInt:
		var ok bool
		if v.Int, ok = ParseInt(rest); !ok {
			return replyErrorf("invalid integer %q", rest)
		}
	case KindBulk, KindBlobError, KindVerbatim:
		return r.blob(v, rest)
	case KindArray, KindSet, KindPush:
		return r.elements(v, rest, 1, depth)
	case KindMap:
		return r.elements(v, rest, 2, depth)
	case KindNull:
		if v.Null = true; len(rest) > 0 {
			return replyErrorf("invalid null %q", rest)
		}
	case KindBool:
		if v.Bool = string(rest) == "t"; !v.Bool && string(rest) != "f" {
			return replyErrorf("invalid boolean %q", rest)
		}
	case KindDouble:
		v.Text = slices.Clone(rest)
		v.Double, err = parseDouble(rest)
	case KindBigNumber:
		v.Text = slices.Clone(rest)
		if !isBigNumber(rest) {
			return replyErrorf("invalid big number %q", rest)
		}
	default:
		return replyErrorf("unknown reply type %q", byte(v.Kind))
	}
	return err
}

// line reads up to CRLF. The result is valid until the next read.
func (r *ReplyReader) line() ([]byte, error) {
	line, err := r.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line = slices.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) && len(line) <= maxLine {
			var more []byte
			more, err = r.r.ReadSlice('\n')
			line = append(line, more...)
		}
	}
	if len(line) > maxLine {
		return nil, replyErrorf("line of more than %d bytes", maxLine)
	}
	if err != nil {
		return nil, err
	}
	end := len(line) - 2
	if end < 0 || bytes.IndexByte(line, '\r') != end {
		return nil, replyErrorf("line that does not end in its first CRLF: %q", line)
	}
	return line[:end], nil
}

// length reads the length of a string or an aggregate; null is RESP2's -1.
func (r *ReplyReader) length(v *Reply, text []byte, limit int64) (n int64, err error) {
	n, ok := ParseInt(text)
	if n == -1 && (v.Kind == KindBulk || v.Kind == KindArray) {
		v.Null = true
		return 0, nil
	}
	if !ok || n < 0 || n > limit {
		return 0, replyErrorf("invalid length %q of %q", text, byte(v.Kind))
	}
	return n, nil
}

func (r *ReplyReader) blob(v *Reply, header []byte) error {
	n, err := r.length(v, header, r.MaxBulk)
	if err != nil || v.Null {
		return err
	}
	text := make([]byte, 0, min(n, chunkSize))
	for int64(len(text)) < n {
		if len(text) == cap(text) {
			text = slices.Grow(text, int(min(int64(len(text)), n-int64(len(text)))))
		}
		from := len(text)
		text = text[:min(int64(cap(text)), n)]
		if _, err = io.ReadFull(r.r, text[from:]); err != nil {
			return err
		}
	}
	if end, err := r.line(); err != nil {
		return err
	} else if len(end) > 0 {
		return replyErrorf("string longer than its length %d", n)
	}
	if v.Kind == KindVerbatim {
		if n < 4 || text[3] != ':' {
			return replyErrorf("verbatim string without a format: %q", text)
		}
		v.Format, text = string(text[:3]), text[4:]
	}
	v.Text = text
	return nil
}

// elements reads an aggregate of width replies per item.
func (r *ReplyReader) elements(v *Reply, header []byte, width int64, depth int) error {
	n, err := r.length(v, header, int64(r.MaxReplies))
	if err != nil {
		return err
	}
	for range n * width {
		elem, err := r.read(depth + 1)
		if err != nil {
			return err
		}
		v.Elems = append(v.Elems, elem)
	}
	return nil
}

// parseDouble reads a RESP3 double: decimal, inf, -inf or nan.
func parseDouble(text []byte) (float64, error) {
	s := string(text)
	switch s {
	case "inf", "-inf", "nan":
	default:
		for _, c := range text {
			if (c < '0' || c > '9') && c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-' {
				return 0, replyErrorf("invalid double %q", text)
			}
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, replyErrorf("invalid double %q", text)
	}
	return f, nil
}

func isBigNumber(text []byte) bool {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) > 0
}

// String returns the reply's canonical form on one line, for comparing and for
// showing: +OK  -ERR text  :1  "bulk"  nil  *nil  _  #t  ,1.5  (123  !"blob"
// =txt:"text"  [1st, 2nd]  %{key: value}  ~[member]  >[push]  and attributes
// before their reply as |{key: value}. Text is quoted as by Quote.
func (v Reply) String() string { return string(v.appendTo(nil)) }

func (v Reply) appendTo(dst []byte) []byte {
	if len(v.Attributes) > 0 {
		dst = appendPairs(append(dst, '|'), v.Attributes)
		dst = append(dst, ' ')
	}
	switch {
	case v.Null && v.Kind == KindBulk:
		return append(dst, "nil"...)
	case v.Null && v.Kind == KindArray:
		return append(dst, "*nil"...)
	case v.Kind == KindBulk:
		return AppendQuote(dst, v.Text)
	case v.Kind == KindArray:
		return appendElems(dst, v.Elems)
	}
	dst = append(dst, byte(v.Kind))
	switch v.Kind {
	case KindNull:
		return dst
	case KindSimple, KindError, KindBigNumber:
		return append(dst, v.Text...)
	case KindInt:
		return AppendInt(dst, v.Int)
	case KindBool:
		return strconv.AppendBool(dst, v.Bool)[:len(dst)+1]
	case KindDouble:
		return AppendDouble(dst, v.Double)
	case KindVerbatim:
		dst = append(append(dst, v.Format...), ':')
		return AppendQuote(dst, v.Text)
	case KindBlobError:
		return AppendQuote(dst, v.Text)
	case KindMap:
		return appendPairs(dst, v.Elems)
	}
	return appendElems(dst, v.Elems)
}

func appendElems(dst []byte, elems []Reply) []byte {
	dst = append(dst, '[')
	for i, e := range elems {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = e.appendTo(dst)
	}
	return append(dst, ']')
}

func appendPairs(dst []byte, elems []Reply) []byte {
	dst = append(dst, '{')
	for i := 0; i+1 < len(elems); i += 2 {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(elems[i].appendTo(dst), ": "...)
		dst = elems[i+1].appendTo(dst)
	}
	return append(dst, '}')
}
