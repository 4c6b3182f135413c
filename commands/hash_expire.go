package commands

import (
	"strconv"

	"synap/server/resp"
	"synap/store"
)

// hashExpireCommands deal with times to live of single fields.
var hashExpireCommands = []Command{
	{
		Name: "hexpire", Group: GroupHash, Since: "7.4.0", Arity: -6, Flags: Write | DenyOOM | Fast, ACL: CatHash,
		Summary:    "Makes fields of a hash expire after a number of seconds.",
		Complexity: "O(N) for N fields",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Int("seconds"), fieldCondition, fieldList},
		Run:        hexpire,
	},
	{
		Name: "hpexpire", Group: GroupHash, Since: "7.4.0", Arity: -6, Flags: Write | DenyOOM | Fast, ACL: CatHash,
		Summary:    "Makes fields of a hash expire after a number of milliseconds.",
		Complexity: "O(N) for N fields",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Int("milliseconds"), fieldCondition, fieldList},
		Run:        hpexpire,
	},
	{
		Name: "hexpireat", Group: GroupHash, Since: "7.4.0", Arity: -6, Flags: Write | DenyOOM | Fast, ACL: CatHash,
		Summary:    "Makes fields of a hash expire at a moment given in Unix seconds.",
		Complexity: "O(N) for N fields",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), UnixTime("unix-time-seconds"), fieldCondition, fieldList},
		Run:        hexpireAt,
	},
	{
		Name: "hpexpireat", Group: GroupHash, Since: "7.4.0", Arity: -6, Flags: Write | DenyOOM | Fast, ACL: CatHash,
		Summary:    "Makes fields of a hash expire at a moment given in Unix milliseconds.",
		Complexity: "O(N) for N fields",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), UnixTime("unix-time-milliseconds"), fieldCondition, fieldList},
		Run:        hpexpireAt,
	},
	{
		Name: "httl", Group: GroupHash, Since: "7.4.0", Arity: -5, Flags: ReadOnly | Fast, ACL: CatHash,
		Summary:    "Tells how many seconds fields of a hash have left to live.",
		Complexity: "O(N) for N fields",
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), fieldList},
		Run:        httl,
	},
	{
		Name: "hpttl", Group: GroupHash, Since: "7.4.0", Arity: -5, Flags: ReadOnly | Fast, ACL: CatHash,
		Summary:    "Tells how many milliseconds fields of a hash have left to live.",
		Complexity: "O(N) for N fields",
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), fieldList},
		Run:        hpttl,
	},
	{
		Name: "hexpiretime", Group: GroupHash, Since: "7.4.0", Arity: -5, Flags: ReadOnly | Fast, ACL: CatHash,
		Summary:    "Tells when fields of a hash will expire, in Unix seconds.",
		Complexity: "O(N) for N fields",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), fieldList},
		Run:        hexpireTime,
	},
	{
		Name: "hpexpiretime", Group: GroupHash, Since: "7.4.0", Arity: -5, Flags: ReadOnly | Fast, ACL: CatHash,
		Summary:    "Tells when fields of a hash will expire, in Unix milliseconds.",
		Complexity: "O(N) for N fields",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), fieldList},
		Run:        hpexpireTime,
	},
	{
		Name: "hpersist", Group: GroupHash, Since: "7.4.0", Arity: -5, Flags: Write | Fast, ACL: CatHash,
		Summary:    "Makes fields of a hash live forever again.",
		Complexity: "O(N) for N fields",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), fieldList},
		Run:        hpersist,
	},
}

// Common parts of the syntax.
var (
	fieldList      = Block("fields", Int("numfields"), Str("field").Many()).With("FIELDS")
	fieldCondition = OneOf("condition", Tok("nx", "NX"), Tok("xx", "XX"), Tok("gt", "GT"), Tok("lt", "LT")).Opt()
)

// Errors of these commands, in Redis's words.
const (
	errFieldsMissing   Error = "ERR Mandatory argument FIELDS is missing or not at the right position"
	errFieldCount      Error = "ERR The `numfields` parameter must match the number of arguments"
	errFieldsPositive  Error = "ERR Number of fields must be a positive integer"
	errNumFields       Error = "ERR Parameter `numFields` should be greater than 0"
	errNegativeExpiry  Error = "ERR invalid expire time, must be >= 0"
	fieldExpiryLatest        = 1<<46 - 1 // unix milliseconds: Redis keeps no later expiry of a field
	replyNoField             = -2
	replyNoFieldExpiry       = -1
)

// What HEXPIRE and its kin reply for a field that is there.
const (
	replyConditionNotMet = 0
	replyExpirySet       = 1
	replyFieldDeleted    = 2
)

// fieldNames reads FIELDS, a count and so many names from word i on, to the end. notPositive is the error for the count.
func (c *Ctx) fieldNames(i int, notPositive error) ([][]byte, error) {
	if !c.Is(i, "fields") {
		return nil, errFieldsMissing
	}
	n, err := c.Integer(i + 1)
	if err != nil || n < 1 {
		return nil, notPositive
	}
	if n != int64(len(c.Args)-i-2) {
		return nil, errFieldCount
	}
	return c.Args[i+2:], nil
}

func hexpire(c *Ctx) error { return c.expireFields(1000, c.Now) }

func hpexpire(c *Ctx) error { return c.expireFields(1, c.Now) }

func hexpireAt(c *Ctx) error { return c.expireFields(1000, 0) }

func hpexpireAt(c *Ctx) error { return c.expireFields(1, 0) }

// expireFields sets the expiry of fields to the second argument, in units of the given length in milliseconds from base
// on. A time that has passed deletes them.
func (c *Ctx) expireFields(unit, base int64) error {
	h, _, err := c.writeHash()
	if err != nil {
		return err
	}
	at, err := c.Integer(2)
	switch {
	case err != nil:
		return err
	case at < 0:
		return errNegativeExpiry
	case at > fieldExpiryLatest/unit || at*unit > fieldExpiryLatest-base:
		return ErrInvalidExpire(c.Cmd.FullName)
	}
	at = at*unit + base
	when, i := c.fieldCondition(3)
	names, err := c.fieldNames(i, errNumFields)
	if err != nil {
		return err
	}
	var expiring, deleted [][]byte
	c.W.Array(len(names))
	for _, name := range names {
		f, ok := h.Get(name)
		switch {
		case !ok:
			c.W.Int(replyNoField)
		case !when.allows(f.ExpireAt, at):
			c.W.Int(replyConditionNotMet)
		case at <= c.Now:
			h.Delete(name)
			deleted = append(deleted, name)
			c.W.Int(replyFieldDeleted)
		default:
			h.SetExpiry(name, at)
			expiring = append(expiring, name)
			c.W.Int(replyExpirySet)
		}
	}
	switch {
	case len(deleted) > 0:
		h.Changed(len(deleted))
		c.Notify(store.EventHash, "hdel", c.Args[1])
		c.notifyIfGone(h)
		c.Effect(append([][]byte{wordHDel, c.Args[1]}, deleted...)...)
	case len(expiring) > 0:
		h.Changed(len(expiring))
		c.Notify(store.EventHash, "hexpire", c.Args[1])
		c.fieldExpiryEffect(at, expiring...)
	}
	return nil
}

// fieldCondition reads the condition at word i, if there is one, and returns the position behind it.
func (c *Ctx) fieldCondition(i int) (when expireCondition, next int) {
	switch {
	case c.Is(i, "nx"):
		when.nx = true
	case c.Is(i, "xx"):
		when.xx = true
	case c.Is(i, "gt"):
		when.gt = true
	case c.Is(i, "lt"):
		when.lt = true
	default:
		return when, i
	}
	return when, i + 1
}

// fieldExpiryEffect records that fields expire at the given time.
func (c *Ctx) fieldExpiryEffect(at int64, names ...[]byte) {
	var time, count [20]byte
	words := [][]byte{wordHPExpireAt, c.Args[1], resp.AppendInt(time[:0], at), wordFields,
		strconv.AppendInt(count[:0], int64(len(names)), 10)}
	c.Effect(append(words, names...)...)
}

func httl(c *Ctx) error { return c.replyFieldExpiries(c.Now, 1000) }

func hpttl(c *Ctx) error { return c.replyFieldExpiries(c.Now, 1) }

func hexpireTime(c *Ctx) error { return c.replyFieldExpiries(0, 1000) }

func hpexpireTime(c *Ctx) error { return c.replyFieldExpiries(0, 1) }

// replyFieldExpiries replies, for each field, the time from base to its expiry, rounded up to units of the given length in
// milliseconds.
func (c *Ctx) replyFieldExpiries(base, unit int64) error {
	h, _, err := c.hash()
	if err != nil {
		return err
	}
	names, err := c.fieldNames(2, errFieldsPositive)
	if err != nil {
		return err
	}
	c.W.Array(len(names))
	for _, name := range names {
		switch f, ok := h.Get(name); {
		case !ok:
			c.W.Int(replyNoField)
		case f.ExpireAt == store.NoExpiry:
			c.W.Int(replyNoFieldExpiry)
		default:
			c.W.Int((f.ExpireAt - base + unit - 1) / unit)
		}
	}
	return nil
}

func hpersist(c *Ctx) error {
	h, _, err := c.writeHash()
	if err != nil {
		return err
	}
	names, err := c.fieldNames(2, errFieldsPositive)
	if err != nil {
		return err
	}
	changed := false
	c.W.Array(len(names))
	for _, name := range names {
		switch f, ok := h.Get(name); {
		case !ok:
			c.W.Int(replyNoField)
		case f.ExpireAt == store.NoExpiry:
			c.W.Int(replyNoFieldExpiry)
		default:
			h.SetExpiry(name, store.NoExpiry)
			changed = true
			c.W.Int(1)
		}
	}
	if changed {
		h.Changed(1)
		c.Notify(store.EventHash, "hpersist", c.Args[1])
	}
	return nil
}
