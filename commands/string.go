package commands

import "synap/store"

// stringCommands read, write and swap whole strings.
var stringCommands = []Command{
	{
		Name: "get", Group: GroupString, Since: "1.0.0", Arity: 2, Flags: ReadOnly | Fast, ACL: CatString,
		Summary:    "Reads the string stored at a key.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        get,
	},
	{
		Name: "set", Group: GroupString, Since: "1.0.0", Arity: -3, Flags: Write | DenyOOM, ACL: CatString,
		Summary:    "Stores a string at a key, whatever it held, optionally on a condition and for a limited time.",
		Complexity: "O(1)",
		History: []Change{
			{"2.6.12", "Takes EX, PX, NX and XX."},
			{"6.0.0", "Takes KEEPTTL."},
			{"6.2.0", "Takes GET, EXAT and PXAT."},
			{"7.0.0", "NX and GET can be combined."},
		},
		Keys: []KeySpec{
			{Flags: KeyRW | KeyAccess | KeyUpdate | KeyVariable, Notes: "reads the old value only with GET", Index: 1, Step: 1},
		},
		GetKeys: setKeys,
		Args: []Arg{
			KeyArg("key", 0),
			Str("value"),
			OneOf("condition", Tok("nx", "NX"), Tok("xx", "XX")).Opt().From("2.6.12"),
			Tok("get", "GET").Opt().From("6.2.0"),
			OneOf("expiration",
				Int("seconds").With("EX").From("2.6.12"),
				Int("milliseconds").With("PX").From("2.6.12"),
				UnixTime("unix-time-seconds").With("EXAT").From("6.2.0"),
				UnixTime("unix-time-milliseconds").With("PXAT").From("6.2.0"),
				Tok("keepttl", "KEEPTTL").From("6.0.0")).Opt(),
		},
		Run: set,
	},
	{
		Name: "setnx", Group: GroupString, Since: "1.0.0", Arity: 3, Flags: Write | DenyOOM | Fast, ACL: CatString,
		Summary:    "Stores a string at a key that is not in use yet.",
		Complexity: "O(1)",
		Deprecated: "2.6.12", ReplacedBy: "`SET` with `NX`",
		Keys: []KeySpec{KeyAt(1, KeyOW|KeyInsert)},
		Args: []Arg{KeyArg("key", 0), Str("value")},
		Run:  setNx,
	},
	{
		Name: "setex", Group: GroupString, Since: "2.0.0", Arity: 4, Flags: Write | DenyOOM, ACL: CatString,
		Summary:    "Stores a string together with a time to live in seconds.",
		Complexity: "O(1)",
		Deprecated: "2.6.12", ReplacedBy: "`SET` with `EX`",
		Keys: []KeySpec{KeyAt(1, KeyOW|KeyUpdate)},
		Args: []Arg{KeyArg("key", 0), Int("seconds"), Str("value")},
		Run:  setEx,
	},
	{
		Name: "psetex", Group: GroupString, Since: "2.6.0", Arity: 4, Flags: Write | DenyOOM, ACL: CatString,
		Summary:    "Stores a string together with a time to live in milliseconds.",
		Complexity: "O(1)",
		Deprecated: "2.6.12", ReplacedBy: "`SET` with `PX`",
		Keys: []KeySpec{KeyAt(1, KeyOW|KeyUpdate)},
		Args: []Arg{KeyArg("key", 0), Int("milliseconds"), Str("value")},
		Run:  psetEx,
	},
	{
		Name: "getset", Group: GroupString, Since: "1.0.0", Arity: 3, Flags: Write | DenyOOM | Fast, ACL: CatString,
		Summary:    "Swaps the string at a key for a new one and gives back the old one.",
		Complexity: "O(1)",
		Deprecated: "6.2.0", ReplacedBy: "`SET` with `GET`",
		Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
		Args: []Arg{KeyArg("key", 0), Str("value")},
		Run:  getSet,
	},
	{
		Name: "getdel", Group: GroupString, Since: "6.2.0", Arity: 2, Flags: Write | Fast, ACL: CatString,
		Summary:    "Reads a string and removes its key in one step.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        getDel,
	},
	{
		Name: "getex", Group: GroupString, Since: "6.2.0", Arity: -2, Flags: Write | Fast, ACL: CatString,
		Summary:    "Reads a string and, if asked to, changes or clears its time to live.",
		Complexity: "O(1)",
		Keys: []KeySpec{
			{Flags: KeyRW | KeyAccess | KeyUpdate, Notes: "a change of the time to live is a write", Index: 1, Step: 1},
		},
		Args: []Arg{
			KeyArg("key", 0),
			OneOf("expiration",
				Int("seconds").With("EX"),
				Int("milliseconds").With("PX"),
				UnixTime("unix-time-seconds").With("EXAT"),
				UnixTime("unix-time-milliseconds").With("PXAT"),
				Tok("persist", "PERSIST")).Opt(),
		},
		Run: getEx,
	},
	{
		Name: "mget", Group: GroupString, Since: "1.0.0", Arity: -2, Flags: ReadOnly | Fast, ACL: CatString,
		Summary:    "Reads the strings of several keys in one step.",
		Complexity: "O(N) for N keys",
		Tips:       []string{"request_policy:multi_shard"},
		Keys:       []KeySpec{KeyRange(1, -1, 1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0).Many()},
		Run:        mget,
	},
	{
		Name: "mset", Group: GroupString, Since: "1.0.1", Arity: -3, Flags: Write | DenyOOM, ACL: CatString,
		Summary:    "Stores several strings in one step.",
		Complexity: "O(N) for N keys",
		Tips:       []string{"request_policy:multi_shard", "response_policy:all_succeeded"},
		Keys:       []KeySpec{KeyRange(1, -1, 2, KeyOW|KeyUpdate)},
		Args:       []Arg{Block("data", KeyArg("key", 0), Str("value")).Many()},
		Run:        mset,
	},
	{
		Name: "msetnx", Group: GroupString, Since: "1.0.1", Arity: -3, Flags: Write | DenyOOM, ACL: CatString,
		Summary:    "Stores several strings in one step, or none of them if any of the keys is in use.",
		Complexity: "O(N) for N keys",
		Keys:       []KeySpec{KeyRange(1, -1, 2, KeyOW|KeyInsert)},
		Args:       []Arg{Block("data", KeyArg("key", 0), Str("value")).Many()},
		Run:        msetNx,
	},
}

// setKeys tells whether SET reads the old value: only then does a caller need the right to read the key.
func setKeys(args [][]byte, dst []KeyRef) ([]KeyRef, bool) {
	if len(args) < 3 {
		return dst, false
	}
	for i := 3; i < len(args); i++ {
		if EqualFold(args[i], "get") {
			return append(dst, KeyRef{1, KeyRW | KeyAccess | KeyUpdate}), true
		}
	}
	return append(dst, KeyRef{1, KeyOW | KeyUpdate}), true
}

// replyString replies with the string under the first key, or null if there is none, which it reports.
func (c *Ctx) replyString() (found bool, err error) {
	e := c.Tx.Read(c.Args[1])
	if !e.Exists() {
		c.W.Null()
		return false, nil
	}
	if e.Type() != store.String {
		return false, ErrWrongType
	}
	var scratch [20]byte
	c.W.Bulk(e.Bytes(scratch[:]))
	return true, nil
}

// setString is storeString for the commands that set a string.
func (c *Ctx) setString(key, value []byte, at int64) error {
	err := c.storeString(key, value, at)
	if err == nil {
		c.Notify(store.EventString, "set", key)
	}
	return err
}

// storeString stores value under key; at is in the terms of the store's setters. The look-up before counts as a use of
// the key.
func (c *Ctx) storeString(key, value []byte, at int64) error {
	if !store.Fits(key, int64(len(value))) {
		return ErrStringTooBig
	}
	c.Tx.Write(key)
	c.Tx.SetString(key, value, at)
	return nil
}

func get(c *Ctx) error {
	_, err := c.replyString()
	return err
}

// setOptions is what follows key and value in SET.
type setOptions struct {
	expiration
	nx, xx, get bool
}

func (o *setOptions) parse(c *Ctx) error {
	for i := 3; i < len(c.Args); {
		switch {
		case c.Is(i, "nx") && !o.xx:
			o.nx = true
		case c.Is(i, "xx") && !o.nx:
			o.xx = true
		case c.Is(i, "get"):
			o.get = true
		default:
			next, ok := o.expiration.parse(c, i)
			if !ok || o.kind == expiryPersist {
				return ErrSyntax
			}
			i = next
			continue
		}
		i++
	}
	return nil
}

func set(c *Ctx) error {
	key, value := c.Args[1], c.Args[2]
	if len(c.Args) == 3 {
		if err := c.setString(key, value, store.NoExpiry); err != nil {
			return err
		}
		c.W.OK()
		return nil
	}
	var o setOptions
	if err := o.parse(c); err != nil {
		return err
	}
	at, err := o.resolve(c)
	if err != nil {
		return err
	}
	if o.get {
		if _, err = c.replyString(); err != nil {
			return err
		}
	}
	if o.nx || o.xx {
		if found := c.Tx.Write(key).Exists(); o.nx && found || o.xx && !found {
			if !o.get {
				c.W.Null()
			}
			return nil
		}
	}
	if err = c.setString(key, value, at); err != nil {
		return err
	}
	if o.kind.timed() {
		c.Notify(store.EventGeneric, "expire", key)
	}
	c.setEffect(key, value, at)
	if !o.get {
		c.W.OK()
	}
	return nil
}

func setNx(c *Ctx) error {
	if c.Tx.Write(c.Args[1]).Exists() {
		c.W.Int(0)
		return nil
	}
	if err := c.setString(c.Args[1], c.Args[2], store.NoExpiry); err != nil {
		return err
	}
	c.W.Int(1)
	return nil
}

func setEx(c *Ctx) error { return c.setFor(1000) }

func psetEx(c *Ctx) error { return c.setFor(1) }

// setFor is SETEX and PSETEX: a value for a number of units of the given length in milliseconds.
func (c *Ctx) setFor(unit int64) error {
	at, err := c.deadline(2, unit, c.Now)
	if err != nil {
		return err
	}
	if err := c.setString(c.Args[1], c.Args[3], at); err != nil {
		return err
	}
	c.Notify(store.EventGeneric, "expire", c.Args[1])
	c.setEffect(c.Args[1], c.Args[3], at)
	c.W.OK()
	return nil
}

func getSet(c *Ctx) error {
	if _, err := c.replyString(); err != nil {
		return err
	}
	if err := c.setString(c.Args[1], c.Args[2], store.NoExpiry); err != nil {
		return err
	}
	c.setEffect(c.Args[1], c.Args[2], store.NoExpiry)
	return nil
}

func getDel(c *Ctx) error {
	found, err := c.replyString()
	if found {
		c.Tx.Delete(c.Args[1])
		c.Notify(store.EventGeneric, "del", c.Args[1])
		c.Effect(wordDel, c.Args[1])
	}
	return err
}

func getEx(c *Ctx) error {
	var x expiration
	for i := 2; i < len(c.Args); {
		next, ok := x.parse(c, i)
		if !ok || x.kind == expiryKeep {
			return ErrSyntax
		}
		i = next
	}
	found, err := c.replyString()
	if !found {
		return err
	}
	at, err := x.resolve(c)
	if err != nil {
		return err
	}
	key := c.Args[1]
	switch {
	case x.kind.absolute() && at <= c.Now:
		c.Tx.Delete(key)
		c.Notify(store.EventGeneric, "del", key)
		c.Effect(wordDel, key)
	case x.kind.timed():
		c.Tx.SetExpiry(key, at)
		c.Notify(store.EventGeneric, "expire", key)
		c.expireAtEffect(key, at)
	case x.kind == expiryPersist && c.Tx.SetExpiry(key, store.NoExpiry):
		c.Notify(store.EventGeneric, "persist", key)
		c.Effect(wordPersist, key)
	}
	return nil
}

func mget(c *Ctx) error {
	c.W.Array(len(c.Args) - 1)
	var scratch [20]byte
	for _, key := range c.Args[1:] {
		if e := c.Tx.Read(key); e.Exists() && e.Type() == store.String {
			c.W.Bulk(e.Bytes(scratch[:]))
		} else {
			c.W.Null()
		}
	}
	return nil
}

func mset(c *Ctx) error {
	if err := c.checkPairs(); err != nil {
		return err
	}
	if err := c.setPairs(); err != nil {
		return err
	}
	c.W.OK()
	return nil
}

func msetNx(c *Ctx) error {
	if err := c.checkPairs(); err != nil {
		return err
	}
	for i := 1; i < len(c.Args); i += 2 {
		if c.Tx.Write(c.Args[i]).Exists() {
			c.W.Int(0)
			return nil
		}
	}
	if err := c.setPairs(); err != nil {
		return err
	}
	c.W.Int(1)
	return nil
}

// checkPairs makes sure before anything is changed that the words are pairs which can all be stored.
func (c *Ctx) checkPairs() error {
	if len(c.Args)%2 == 0 {
		return ErrArity(c.Cmd)
	}
	for i := 1; i < len(c.Args); i += 2 {
		if !store.Fits(c.Args[i], int64(len(c.Args[i+1]))) {
			return ErrStringTooBig
		}
	}
	return nil
}

func (c *Ctx) setPairs() error {
	for i := 1; i < len(c.Args); i += 2 {
		if err := c.setString(c.Args[i], c.Args[i+1], store.NoExpiry); err != nil {
			return err
		}
	}
	return nil
}
