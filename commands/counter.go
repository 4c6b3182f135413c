package commands

import (
	"math"

	"synap/commands/number"
	"synap/server/resp"
	"synap/store"
)

// counterCommands do arithmetic on numbers kept as strings.
var counterCommands = []Command{
	{
		Name: "incr", Group: GroupString, Since: "1.0.0", Arity: 2, Flags: Write | DenyOOM | Fast, ACL: CatString,
		Summary:    "Adds one to an integer; a missing key counts as 0.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        incr,
	},
	{
		Name: "decr", Group: GroupString, Since: "1.0.0", Arity: 2, Flags: Write | DenyOOM | Fast, ACL: CatString,
		Summary:    "Subtracts one from an integer; a missing key counts as 0.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        decr,
	},
	{
		Name: "incrby", Group: GroupString, Since: "1.0.0", Arity: 3, Flags: Write | DenyOOM | Fast, ACL: CatString,
		Summary:    "Adds the given amount to an integer; a missing key counts as 0.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Int("increment")},
		Run:        incrBy,
	},
	{
		Name: "decrby", Group: GroupString, Since: "1.0.0", Arity: 3, Flags: Write | DenyOOM | Fast, ACL: CatString,
		Summary:    "Subtracts the given amount from an integer; a missing key counts as 0.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Int("decrement")},
		Run:        decrBy,
	},
	{
		Name: "incrbyfloat", Group: GroupString, Since: "2.6.0", Arity: 3,
		Flags: Write | DenyOOM | Fast, ACL: CatString,
		Summary:    "Adds the given amount to a floating-point number; a missing key counts as 0.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Dbl("increment")},
		Run:        incrByFloat,
	},
}

// Errors of counters, in Redis's words.
const (
	errCounterOverflow   Error = "ERR increment or decrement would overflow"
	errDecrementOverflow Error = "ERR decrement would overflow"
	errFloatOverflow     Error = "ERR increment would produce NaN or Infinity"
)

func incr(c *Ctx) error { return c.increment(1) }

func decr(c *Ctx) error { return c.increment(-1) }

func incrBy(c *Ctx) error {
	by, err := c.Integer(2)
	if err != nil {
		return err
	}
	return c.increment(by)
}

func decrBy(c *Ctx) error {
	by, err := c.Integer(2)
	if err != nil {
		return err
	}
	if by == math.MinInt64 {
		return errDecrementOverflow
	}
	return c.increment(-by)
}

func (c *Ctx) increment(by int64) error {
	key := c.Args[1]
	e := c.Tx.Write(key)
	var n int64
	if e.Exists() {
		if e.Type() != store.String {
			return ErrWrongType
		}
		var ok bool
		if n, ok = e.Int(); !ok {
			if n, ok = resp.ParseInt(e.Bytes(nil)); !ok {
				return ErrNotInteger
			}
		}
	}
	n, ok := number.Add(n, by)
	if !ok {
		return errCounterOverflow
	}
	if !store.Fits(key, 8) {
		return ErrStringTooBig
	}
	c.Tx.SetInt(key, n, store.KeepExpiry)
	c.Notify(store.EventString, "incrby", key)
	c.W.Int(n)
	return nil
}

func incrByFloat(c *Ctx) error {
	key := c.Args[1]
	e := c.Tx.Write(key)
	var sum number.LongDouble
	if e.Exists() {
		if e.Type() != store.String {
			return ErrWrongType
		}
		if n, ok := e.Int(); ok {
			sum = number.LongFromInt(n)
		} else if sum, ok = number.ParseLongDouble(e.Bytes(nil)); !ok {
			return ErrNotFloat
		}
	}
	by, ok := number.ParseLongDouble(c.Args[2])
	if !ok {
		return ErrNotFloat
	}
	if sum = sum.Add(by); sum.IsNaN() || sum.IsInf() {
		return errFloatOverflow
	}
	var scratch [64]byte
	text := sum.Append(scratch[:0])
	if !store.Fits(key, int64(len(text))) {
		return ErrStringTooBig
	}
	// The sum stays text even when it is whole; and replicas get the text, so that no rounding of theirs can matter.
	c.Tx.SetText(key, text, store.KeepExpiry)
	c.Notify(store.EventString, "incrbyfloat", key)
	c.setEffect(key, text, store.KeepExpiry)
	c.W.Bulk(text)
	return nil
}
