package commands

import (
	"bytes"

	"synap/store"
)

// keyPattern makes the name of a key out of an element, and perhaps names a field of the hash there.
type keyPattern struct {
	element       bool   // "#": the element itself
	varies        bool   // there is a place for the element
	before, after []byte // what stands around it
	field         []byte // nil: the key holds a string
}

// parsePattern reads "before*after" or "before*after->field". As in Redis, what follows a NUL byte is no syntax.
func parsePattern(b []byte) (p keyPattern) {
	syntax := cString(b)
	if string(syntax) == "#" {
		return keyPattern{element: true}
	}
	star := bytes.IndexByte(syntax, '*')
	if star < 0 {
		return p
	}
	p.varies, p.before, p.after = true, b[:star], b[star+1:]
	arrow := bytes.Index(syntax[star+1:], []byte("->"))
	if arrow >= 0 && star+1+arrow+2 < len(syntax) {
		p.after, p.field = b[star+1:star+1+arrow], b[star+1+arrow+2:]
	}
	return p
}

// value is what the pattern finds for an element. It is valid until the next call.
func (p *keyPattern) value(c *Ctx, element []byte) (value []byte, ok bool) {
	if p.element {
		return element, true
	}
	if !p.varies {
		return nil, false
	}
	c.scratch = append(append(append(c.scratch[:0], p.before...), element...), p.after...)
	c.Tx.Forget() // the key's memory was another's before
	e := c.Tx.Read(c.scratch)
	switch {
	case !e.Exists():
		return nil, false
	case p.field != nil:
		return hashValue(c, e, p.field)
	case e.Type() != store.String:
		return nil, false
	}
	return e.Bytes(c.digits[:]), true
}
