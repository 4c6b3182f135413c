package commands

import (
	"math"

	"synap/store"
)

// expireCommands deal with times to live.
var expireCommands = []Command{
	{
		Name: "expire", Group: GroupGeneric, Since: "1.0.0", Arity: -3, Flags: Write | Fast, ACL: CatKeyspace,
		Summary:    "Makes a key expire after a number of seconds.",
		Complexity: "O(1)",
		History:    []Change{{"7.0.0", "Takes NX, XX, GT and LT."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args: []Arg{
			KeyArg("key", 0),
			Int("seconds"),
			OneOf("condition",
				Tok("nx", "NX"),
				Tok("xx", "XX"),
				Tok("gt", "GT"),
				Tok("lt", "LT")).Opt().From("7.0.0"),
		},
		Run: expire,
	},
	{
		Name: "pexpire", Group: GroupGeneric, Since: "2.6.0", Arity: -3, Flags: Write | Fast, ACL: CatKeyspace,
		Summary:    "Makes a key expire after a number of milliseconds.",
		Complexity: "O(1)",
		History:    []Change{{"7.0.0", "Takes NX, XX, GT and LT."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args: []Arg{
			KeyArg("key", 0),
			Int("milliseconds"),
			OneOf("condition",
				Tok("nx", "NX"),
				Tok("xx", "XX"),
				Tok("gt", "GT"),
				Tok("lt", "LT")).Opt().From("7.0.0"),
		},
		Run: pexpire,
	},
	{
		Name: "expireat", Group: GroupGeneric, Since: "1.2.0", Arity: -3, Flags: Write | Fast, ACL: CatKeyspace,
		Summary:    "Makes a key expire at a moment given in Unix seconds.",
		Complexity: "O(1)",
		History:    []Change{{"7.0.0", "Takes NX, XX, GT and LT."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args: []Arg{
			KeyArg("key", 0),
			UnixTime("unix-time-seconds"),
			OneOf("condition",
				Tok("nx", "NX"),
				Tok("xx", "XX"),
				Tok("gt", "GT"),
				Tok("lt", "LT")).Opt().From("7.0.0"),
		},
		Run: expireAt,
	},
	{
		Name: "pexpireat", Group: GroupGeneric, Since: "2.6.0", Arity: -3, Flags: Write | Fast, ACL: CatKeyspace,
		Summary:    "Makes a key expire at a moment given in Unix milliseconds.",
		Complexity: "O(1)",
		History:    []Change{{"7.0.0", "Takes NX, XX, GT and LT."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args: []Arg{
			KeyArg("key", 0),
			UnixTime("unix-time-milliseconds"),
			OneOf("condition",
				Tok("nx", "NX"),
				Tok("xx", "XX"),
				Tok("gt", "GT"),
				Tok("lt", "LT")).Opt().From("7.0.0"),
		},
		Run: pexpireAt,
	},
	{
		Name: "ttl", Group: GroupGeneric, Since: "1.0.0", Arity: 2, Flags: ReadOnly | Fast, ACL: CatKeyspace,
		Summary:    "Tells how many seconds a key has left to live.",
		Complexity: "O(1)",
		History:    []Change{{"2.8.0", "Answers -2 for a missing key."}},
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        ttl,
	},
	{
		Name: "pttl", Group: GroupGeneric, Since: "2.6.0", Arity: 2, Flags: ReadOnly | Fast, ACL: CatKeyspace,
		Summary:    "Tells how many milliseconds a key has left to live.",
		Complexity: "O(1)",
		History:    []Change{{"2.8.0", "Answers -2 for a missing key."}},
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        pttl,
	},
	{
		Name: "expiretime", Group: GroupGeneric, Since: "7.0.0", Arity: 2, Flags: ReadOnly | Fast, ACL: CatKeyspace,
		Summary:    "Tells when a key will expire, in Unix seconds.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        expireTime,
	},
	{
		Name: "pexpiretime", Group: GroupGeneric, Since: "7.0.0", Arity: 2, Flags: ReadOnly | Fast, ACL: CatKeyspace,
		Summary:    "Tells when a key will expire, in Unix milliseconds.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        pexpireTime,
	},
	{
		Name: "persist", Group: GroupGeneric, Since: "2.2.0", Arity: 2, Flags: Write | Fast, ACL: CatKeyspace,
		Summary:    "Makes a key live forever again.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        persistKey,
	},
}

// expireCondition says when EXPIRE and its kin change anything.
type expireCondition struct{ nx, xx, gt, lt bool }

// Errors of the conditions, in Redis's words.
const (
	errExpireNX   Error = "ERR NX and XX, GT or LT options at the same time are not compatible"
	errExpireGTLT Error = "ERR GT and LT options at the same time are not compatible"
)

func (x *expireCondition) parse(c *Ctx) error {
	for i := 3; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "nx"):
			x.nx = true
		case c.Is(i, "xx"):
			x.xx = true
		case c.Is(i, "gt"):
			x.gt = true
		case c.Is(i, "lt"):
			x.lt = true
		default:
			return Error("ERR Unsupported option " + string(c.Args[i]))
		}
	}
	if x.nx && (x.xx || x.gt || x.lt) {
		return errExpireNX
	}
	if x.gt && x.lt {
		return errExpireGTLT
	}
	return nil
}

// allows reports whether an expiry may be replaced by at. No expiry counts as the end of time.
func (x *expireCondition) allows(current, at int64) bool {
	has := current != store.NoExpiry
	return !(x.nx && has || x.xx && !has || x.gt && (!has || at <= current) || x.lt && has && at >= current)
}

func expire(c *Ctx) error { return c.expire(1000, c.Now) }

func pexpire(c *Ctx) error { return c.expire(1, c.Now) }

func expireAt(c *Ctx) error { return c.expire(1000, 0) }

func pexpireAt(c *Ctx) error { return c.expire(1, 0) }

// expire sets the expiry to the second argument, in units of the given length in milliseconds from base on. A time
// that has passed deletes the key.
func (c *Ctx) expire(unit, base int64) error {
	var when expireCondition
	if err := when.parse(c); err != nil {
		return err
	}
	at, err := c.Integer(2)
	if err != nil {
		return err
	}
	if at > math.MaxInt64/unit || at < math.MinInt64/unit || at*unit > math.MaxInt64-base {
		return ErrInvalidExpire(c.Cmd.FullName)
	}
	at = at*unit + base
	key := c.Args[1]
	e := c.Tx.Write(key)
	if !e.Exists() || !when.allows(e.ExpireAt(), at) {
		c.W.Int(0)
		return nil
	}
	if at <= c.Now {
		c.Tx.Delete(key)
		c.Notify(store.EventGeneric, "del", key)
		c.Effect(wordDel, key)
	} else {
		c.Tx.SetExpiry(key, at)
		c.Notify(store.EventGeneric, "expire", key)
		c.expireAtEffect(key, at)
	}
	c.W.Int(1)
	return nil
}

func ttl(c *Ctx) error { return c.replyExpiry(c.Now, 1000) }

func pttl(c *Ctx) error { return c.replyExpiry(c.Now, 1) }

func expireTime(c *Ctx) error { return c.replyExpiry(0, 1000) }

func pexpireTime(c *Ctx) error { return c.replyExpiry(0, 1) }

// replyExpiry replies with the time from base to the key's expiry, rounded to units of the given length in
// milliseconds, -1 if it does not expire and -2 if there is no key.
func (c *Ctx) replyExpiry(base, unit int64) error {
	e := c.examine(c.Args[1])
	if !e.Exists() {
		c.W.Int(-2)
		return nil
	}
	at := e.ExpireAt()
	if at == store.NoExpiry {
		c.W.Int(-1)
		return nil
	}
	left := max(at-base, 0)
	if whole, rest := left/unit, left%unit; unit > 1 && rest >= unit/2 {
		left = whole + 1
	} else {
		left = whole
	}
	c.W.Int(left)
	return nil
}

func persistKey(c *Ctx) error {
	persisted := c.Tx.Write(c.Args[1]).Exists() && c.Tx.SetExpiry(c.Args[1], store.NoExpiry)
	if persisted {
		c.Notify(store.EventGeneric, "persist", c.Args[1])
	}
	c.replyFlag(persisted)
	return nil
}
