package commands

import (
	"synap/commands/number"
	"synap/store"
	"synap/store/packed"
)

// hashCounterCommands do arithmetic on fields of hashes.
var hashCounterCommands = []Command{
	{
		Name: "hincrby", Group: GroupHash, Since: "2.0.0", Arity: 4, Flags: Write | DenyOOM | Fast, ACL: CatHash,
		Summary:    "Adds the given amount to an integer in a field; a missing field counts as 0.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Str("field"), Int("increment")},
		Run:        hincrBy,
	},
	{
		Name: "hincrbyfloat", Group: GroupHash, Since: "2.6.0", Arity: 4, Flags: Write | DenyOOM | Fast, ACL: CatHash,
		Summary:    "Adds the given amount to a floating-point number in a field; a missing field counts as 0.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Str("field"), Dbl("increment")},
		Run:        hincrByFloat,
	},
}

// Errors of counters in hashes, in Redis's words.
const (
	errHashNotInteger Error = "ERR hash value is not an integer"
	errHashNotFloat   Error = "ERR hash value is not a float"
	errNotFinite      Error = "ERR value is NaN or Infinity"
)

func hincrBy(c *Ctx) error {
	by, err := c.Integer(3)
	if err != nil {
		return err
	}
	h, _, err := c.writeHash()
	if err != nil {
		return err
	}
	field := c.Args[2]
	f, ok := h.Get(field)
	n := f.Value.Int
	if ok && !f.Value.IsInt() { // what reads as an integer is stored as one
		return errHashNotInteger
	}
	if n, ok = number.Add(n, by); !ok {
		return errCounterOverflow
	}
	if !store.FieldFits(int64(len(field)), 8) {
		return ErrStringTooBig
	}
	h.Update(field, packed.OfInt(n))
	h.Changed(1)
	c.Notify(store.EventHash, "hincrby", c.Args[1])
	c.W.Int(n)
	return nil
}

func hincrByFloat(c *Ctx) error {
	by, ok := number.ParseLongDouble(c.Args[3])
	if !ok {
		return ErrNotFloat
	}
	if by.IsNaN() || by.IsInf() {
		return errNotFinite
	}
	h, _, err := c.writeHash()
	if err != nil {
		return err
	}
	field := c.Args[2]
	var sum number.LongDouble
	f, ok := h.Get(field)
	switch {
	case !ok:
	case f.Value.IsInt():
		sum = number.LongFromInt(f.Value.Int)
	default:
		if sum, ok = number.ParseLongDouble(f.Value.Text); !ok {
			return errHashNotFloat
		}
	}
	if sum = sum.Add(by); sum.IsNaN() || sum.IsInf() {
		return errFloatOverflow
	}
	var scratch [64]byte
	text := sum.Append(scratch[:0])
	if !store.FieldFits(int64(len(field)), int64(len(text))) {
		return ErrStringTooBig
	}
	h.Update(field, packed.Of(text))
	h.Changed(1)
	c.Notify(store.EventHash, "hincrbyfloat", c.Args[1])
	// As with INCRBYFLOAT replicas get the text. HSET ends the field's expiry, which stays in truth.
	c.Effect(wordHSet, c.Args[1], field, text)
	if f.ExpireAt != store.NoExpiry && ok {
		c.fieldExpiryEffect(f.ExpireAt, field)
	}
	c.W.Bulk(text)
	return nil
}
