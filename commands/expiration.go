package commands

import (
	"math"

	"synap/server/resp"
	"synap/store"
)

// expiryKind is how SET and GETEX say what becomes of the key's expiry.
type expiryKind uint8

const (
	expiryUnset expiryKind = iota
	expiryEX               // seconds from now
	expiryPX               // milliseconds from now
	expiryEXAT             // unix seconds
	expiryPXAT             // unix milliseconds
	expiryKeep             // KEEPTTL
	expiryPersist
)

var expiryWords = [...]string{expiryEX: "ex", expiryPX: "px", expiryEXAT: "exat", expiryPXAT: "pxat",
	expiryKeep: "keepttl", expiryPersist: "persist"}

// timed reports whether a time follows the option's word.
func (k expiryKind) timed() bool { return expiryEX <= k && k <= expiryPXAT }

// absolute reports whether the option names a point in time.
func (k expiryKind) absolute() bool { return k == expiryEXAT || k == expiryPXAT }

// expiration is the part of the syntax of SET and GETEX that deals with the expiry.
type expiration struct {
	kind expiryKind
	time int // position of the time, for the timed kinds
}

// parse reads the option at position i and returns the position after it. ok is false if there is no such option, its
// time is missing or an option of another kind went before. Repeating an option is allowed: the last one counts.
func (x *expiration) parse(c *Ctx, i int) (next int, ok bool) {
	kind := expiryUnset
	for k := expiryEX; k <= expiryPersist; k++ {
		if c.Is(i, expiryWords[k]) {
			kind = k
		}
	}
	if kind == expiryUnset || x.kind != expiryUnset && x.kind != kind {
		return i, false
	}
	x.kind = kind
	if !kind.timed() {
		return i + 1, true
	}
	x.time = i + 1
	return i + 2, i+1 < len(c.Args)
}

// resolve returns the expiry the options ask for in the terms of the store's setters: unix milliseconds,
// store.NoExpiry or store.KeepExpiry.
func (x *expiration) resolve(c *Ctx) (at int64, err error) {
	switch x.kind {
	case expiryUnset, expiryPersist:
		return store.NoExpiry, nil
	case expiryKeep:
		return store.KeepExpiry, nil
	case expiryEX:
		return c.deadline(x.time, 1000, c.Now)
	case expiryPX:
		return c.deadline(x.time, 1, c.Now)
	case expiryEXAT:
		return c.deadline(x.time, 1000, 0)
	}
	return c.deadline(x.time, 1, 0)
}

// deadline reads the i-th word as a positive number of units of the given length in milliseconds, counted from base,
// and returns the time in unix milliseconds.
func (c *Ctx) deadline(i int, unit, base int64) (at int64, err error) {
	n, err := c.Integer(i)
	if err != nil {
		return 0, err
	}
	if n <= 0 || n > math.MaxInt64/unit || n*unit > math.MaxInt64-base {
		return 0, ErrInvalidExpire(c.Cmd.FullName)
	}
	return n*unit + base, nil
}

// expireAtEffect records that the key expires at the given time.
func (c *Ctx) expireAtEffect(key []byte, at int64) {
	var digits [20]byte
	c.Effect(wordPExpireAt, key, resp.AppendInt(digits[:0], at))
}

// setEffect records a value with its expiry in the terms of the store's setters.
func (c *Ctx) setEffect(key, value []byte, at int64) {
	switch at {
	case store.NoExpiry:
		c.Effect(wordSet, key, value)
	case store.KeepExpiry:
		c.Effect(wordSet, key, value, wordKeepTTL)
	default:
		var digits [20]byte
		c.Effect(wordSet, key, value, wordPXAt, resp.AppendInt(digits[:0], at))
	}
}
