package compat

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// conn is a connection that hands replies over byte for byte.
type conn struct {
	nc  net.Conn
	br  *bufio.Reader
	buf []byte // request bytes, reused
}

func newConn(nc net.Conn) *conn {
	return &conn{nc: nc, br: bufio.NewReaderSize(nc, 64<<10)}
}

func dial(t testing.TB, s *server) *conn {
	t.Helper()
	nc, err := net.DialTimeout("tcp", s.addr(), patience)
	if err != nil {
		t.Fatalf("connecting to %s: %v", s.name, err)
	}
	return newConn(nc)
}

func (c *conn) close() { c.nc.Close() }

// send writes commands as one pipeline.
func (c *conn) send(commands ...[]string) error {
	c.buf = c.buf[:0]
	for _, args := range commands {
		c.buf = appendCommand(c.buf, args)
	}
	_ = c.nc.SetWriteDeadline(time.Now().Add(patience))
	_, err := c.nc.Write(c.buf)
	return err
}

func appendCommand(b []byte, args []string) []byte {
	b = append(b, '*')
	b = strconv.AppendInt(b, int64(len(args)), 10)
	b = append(b, "\r\n"...)
	for _, a := range args {
		b = append(b, '$')
		b = strconv.AppendInt(b, int64(len(a)), 10)
		b = append(b, "\r\n"...)
		b = append(b, a...)
		b = append(b, "\r\n"...)
	}
	return b
}

// readRaw returns the exact bytes of the next reply.
func (c *conn) readRaw() ([]byte, error) {
	_ = c.nc.SetReadDeadline(time.Now().Add(replyPatience))
	return appendReply(nil, c.br)
}

// do runs one command and parses its reply.
func (c *conn) do(t testing.TB, args ...string) reply {
	t.Helper()
	if err := c.send(args); err != nil {
		t.Fatalf("sending %s: %v", quoteCommand(args), err)
	}
	return c.read(t)
}

// read parses the next reply.
func (c *conn) read(t testing.TB) reply {
	t.Helper()
	raw, err := c.readRaw()
	if err != nil {
		t.Fatalf("reading a reply: %v", err)
	}
	return mustParse(t, raw)
}

// errReply reports bytes that are not a RESP reply.
var errReply = errors.New("malformed reply")

// appendReply reads one whole reply and appends its bytes to b.
func appendReply(b []byte, br *bufio.Reader) ([]byte, error) {
	start := len(b)
	for { // lines may exceed the reader's buffer
		part, err := br.ReadSlice('\n')
		b = append(b, part...)
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return b, err
		}
	}
	line := b[start:]
	if len(line) < 3 || !bytes.HasSuffix(line, []byte("\r\n")) {
		return b, fmt.Errorf("%w: line %q", errReply, line)
	}
	kind, body := line[0], string(line[1:len(line)-2])
	switch kind {
	case '+', '-', ':', '_', ',', '#', '(':
		return b, nil
	case '$', '=', '!':
		n, err := strconv.Atoi(body)
		if err != nil || n < -1 {
			return b, fmt.Errorf("%w: line %q", errReply, line)
		}
		if n == -1 {
			return b, nil
		}
		at := len(b)
		b = append(b, make([]byte, n+2)...)
		if _, err := io.ReadFull(br, b[at:]); err != nil {
			return b, err
		}
		if !bytes.HasSuffix(b, []byte("\r\n")) {
			return b, fmt.Errorf("%w: bulk of %d bytes lacks its CRLF", errReply, n)
		}
		return b, nil
	case '*', '~', '>', '%', '|':
		n, err := strconv.Atoi(body)
		if err != nil || n < -1 {
			return b, fmt.Errorf("%w: line %q", errReply, line)
		}
		if kind == '%' || kind == '|' {
			n *= 2
		}
		if kind == '|' {
			n++ // the reply the attributes belong to
		}
		for ; n > 0; n-- {
			if b, err = appendReply(b, br); err != nil {
				return b, err
			}
		}
		return b, nil
	}
	return b, fmt.Errorf("%w: line %q", errReply, line)
}

// reply is a parsed reply. Attributes are dropped.
type reply struct {
	kind  byte // RESP type byte; '_' for the nulls of either protocol
	text  string
	elems []reply // keys and values alternate in a map
	raw   []byte
}

func mustParse(t testing.TB, raw []byte) reply {
	t.Helper()
	r, rest, err := parseReply(raw)
	if err != nil || len(rest) != 0 {
		t.Fatalf("parsing %q: %v", raw, err)
	}
	return r
}

// parseReply parses what appendReply has found whole.
func parseReply(raw []byte) (r reply, rest []byte, err error) {
	end := bytes.Index(raw, []byte("\r\n"))
	if end < 1 {
		return r, nil, fmt.Errorf("%w: %q", errReply, raw)
	}
	r.kind, r.text = raw[0], string(raw[1:end])
	rest = raw[end+2:]
	switch r.kind {
	case '$', '=', '!', '*', '~', '>', '%', '|':
		n, err := strconv.Atoi(r.text)
		if err != nil {
			return r, nil, err
		}
		switch {
		case n < 0:
			r.kind, r.text = '_', ""
		case r.kind == '$' || r.kind == '=' || r.kind == '!':
			r.text, rest = string(rest[:n]), rest[n+2:]
		default:
			if r.kind == '%' || r.kind == '|' {
				n *= 2
			}
			r.text = ""
			for ; n > 0; n-- {
				var e reply
				if e, rest, err = parseReply(rest); err != nil {
					return r, nil, err
				}
				r.elems = append(r.elems, e)
			}
			if r.kind == '|' {
				return parseReply(rest)
			}
		}
	}
	r.raw = raw[:len(raw)-len(rest)]
	return r, rest, nil
}

// String is the canonical text of the reply.
func (r reply) String() string {
	switch r.kind {
	case '$':
		return strconv.Quote(r.text)
	case '=':
		return "=" + r.text[:min(3, len(r.text))] + strconv.Quote(r.text[min(4, len(r.text)):])
	case '_':
		return "nil"
	case '%':
		var b strings.Builder
		for i, e := range r.elems {
			switch {
			case i == 0:
			case i%2 == 1:
				b.WriteString(": ")
			default:
				b.WriteString(", ")
			}
			b.WriteString(e.String())
		}
		return "{" + b.String() + "}"
	case '*', '~', '>':
		parts := make([]string, len(r.elems))
		for i, e := range r.elems {
			parts[i] = e.String()
		}
		return strings.TrimPrefix(string(r.kind), "*") + "[" + strings.Join(parts, ", ") + "]"
	}
	return string(r.kind) + r.text
}

// payload is the text of a bulk or verbatim string.
func (r reply) payload() string {
	if r.kind == '=' && len(r.text) >= 4 {
		return r.text[4:]
	}
	return r.text
}

// field looks a key up in a map, or in the flat array RESP2 has for it.
func (r reply) field(key string) (reply, bool) {
	for i := 0; i+1 < len(r.elems); i += 2 {
		if r.elems[i].text == key {
			return r.elems[i+1], true
		}
	}
	return reply{}, false
}

func (r reply) isError() bool { return r.kind == '-' || r.kind == '!' }

func quoteCommand(args []string) string {
	parts := make([]string, len(args))
	for i, a := range args {
		if a != "" && strings.IndexFunc(a, func(c rune) bool {
			return c <= ' ' || c >= 127 || c == '"' || c == '\'' || c == '\\'
		}) < 0 {
			parts[i] = a
			continue
		}
		parts[i] = quoteArg(a)
	}
	return strings.Join(parts, " ")
}

// quoteArg quotes as splitArgs reads: bytes, not runes.
func quoteArg(a string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(a); i++ {
		switch c := a[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 127:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
