package commands

import (
	"math/rand/v2"

	"synap/store"
	"synap/store/hyperloglog"
)

// hyperLogLogCommands estimate the number of different elements. A sketch is a string; see package hyperloglog.
var hyperLogLogCommands = []Command{
	{
		Name: "pfadd", Group: GroupHyperLogLog, Since: "2.8.9", Arity: -2, Flags: Write | DenyOOM | Fast, ACL: CatHyperLogLog,
		Summary:    "Adds elements to a HyperLogLog, creating it if the key is missing.",
		Complexity: "O(1) per element",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
		Args:       []Arg{KeyArg("key", 0), Str("element").Opt().Many()},
		Run:        pfAdd,
	},
	{
		Name: "pfcount", Group: GroupHyperLogLog, Since: "2.8.9", Arity: -2, Flags: ReadOnly | MayReplicate, ACL: CatHyperLogLog,
		Summary:    "Estimates how many different elements were added to one or several HyperLogLogs.",
		Complexity: "O(1) for one key, as long as its last estimate holds; O(N) for N keys, with a large constant",
		Keys: []KeySpec{{
			Flags: KeyRW | KeyAccess, Notes: "the estimate for one key is kept in its value, which is a write",
			Index: 1, Last: -1, Step: 1,
		}},
		Args: []Arg{KeyArg("key", 0).Many()},
		Run:  pfCount,
	},
	{
		Name: "pfmerge", Group: GroupHyperLogLog, Since: "2.8.9", Arity: -2, Flags: Write | DenyOOM, ACL: CatHyperLogLog,
		Summary:    "Adds what was added to some HyperLogLogs to another one.",
		Complexity: "O(N) for N HyperLogLogs, with a large constant",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyInsert), KeyRange(2, -1, 1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("destkey", 0), KeyArg("sourcekey", 1).Opt().Many()},
		Run:        pfMerge,
	},
	{
		Name: "pfdebug", Group: GroupHyperLogLog, Since: "2.8.9", Arity: 3, Flags: Write | DenyOOM | Admin | SysCmd, ACL: CatHyperLogLog,
		Summary:    "Shows the registers or the form of a HyperLogLog, or changes the form.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(2, KeyRW|KeyAccess)},
		Args:       []Arg{Str("subcommand"), KeyArg("key", 0)},
		Run:        pfDebug,
	},
	{
		Name: "pfselftest", Group: GroupHyperLogLog, Since: "2.8.9", Arity: 1, Flags: Admin | SysCmd, ACL: CatHyperLogLog,
		Summary:    "Checks that estimates are as close as they should be.",
		Complexity: "O(1), about a second",
		Run:        pfSelfTest,
	},
}

// Errors of HyperLogLogs, in Redis's words.
const (
	errNotHyperLogLog     Error = "WRONGTYPE Key is not a valid HyperLogLog string value."
	errCorruptHyperLogLog Error = "INVALIDOBJ Corrupted HLL object detected"
	errNoHyperLogLog      Error = "ERR The specified key does not exist"
	errNotSparse          Error = "ERR HLL encoding is not sparse"
)

// sketchRoom is a size of buffer that holds most sparse sketches while they change.
const sketchRoom = 4 << 10

// sketch returns the bytes of the HyperLogLog in an entry that exists.
func sketch(e store.Entry) ([]byte, error) {
	if e.Type() != store.String {
		return nil, ErrWrongType
	}
	if e.Encoding() == store.EncInt {
		return nil, errNotHyperLogLog
	}
	b := e.Bytes(nil)
	if !hyperloglog.Valid(b) {
		return nil, errNotHyperLogLog
	}
	return b, nil
}

// sparseLimit is the length in bytes beyond which a sketch becomes dense.
func (c *Ctx) sparseLimit() int { return c.Tx.Tuning().HLLSparseMaxBytes }

func pfAdd(c *Ctx) error {
	key := c.Args[1]
	e := c.Tx.Write(key)
	if !e.Exists() {
		return c.addToSparse(hyperloglog.AppendEmpty(make([]byte, 0, sketchRoom)), 1)
	}
	b, err := sketch(e)
	if err != nil {
		return err
	}
	if !hyperloglog.Dense(b) {
		return c.addToSparse(append(make([]byte, 0, sketchRoom), b...), 0)
	}
	b, _ = c.Tx.Edit(key, len(b))
	changes := 0
	for _, element := range c.Args[2:] {
		if _, changed, err := hyperloglog.Add(b, element, 0); err != nil {
			return errCorruptHyperLogLog
		} else if changed {
			changes++
		}
	}
	if changes > 0 {
		hyperloglog.Invalidate(b)
		c.Tx.Changed(key)
	}
	c.replyAdded(changes)
	return nil
}

// addToSparse adds the elements to a copy of the sketch and stores it if that changed it. A new one is a change by itself.
func (c *Ctx) addToSparse(b []byte, changes int) error {
	limit := c.sparseLimit()
	for _, element := range c.Args[2:] {
		next, changed, err := hyperloglog.Add(b, element, limit)
		if err != nil {
			return errCorruptHyperLogLog
		}
		if b = next; changed {
			changes++
		}
	}
	if changes > 0 {
		hyperloglog.Invalidate(b)
		c.Tx.SetRaw(c.Args[1], b, store.KeepExpiry)
	}
	c.replyAdded(changes)
	return nil
}

// replyAdded tells whether there were changes, the first of which is counted.
func (c *Ctx) replyAdded(changes int) {
	if changes == 0 {
		c.W.Int(0)
		return
	}
	c.Tx.CountMore(changes - 1)
	c.Notify(store.EventString, "pfadd", c.Args[1])
	c.W.Int(1)
}

func pfCount(c *Ctx) error {
	if len(c.Args) > 2 {
		return pfCountUnion(c)
	}
	key := c.Args[1]
	e := c.Tx.Read(key)
	if !e.Exists() {
		c.W.Int(0)
		return nil
	}
	b, err := sketch(e)
	if err != nil {
		return err
	}
	n, ok := hyperloglog.Cached(b)
	if !ok {
		if n, err = hyperloglog.Count(b); err != nil {
			return errCorruptHyperLogLog
		}
		b, _ = c.Tx.Edit(key, len(b))
		hyperloglog.SetCached(b, n)
		c.Tx.Changed(key)
	}
	c.W.Int(n)
	return nil
}

func pfCountUnion(c *Ctx) error {
	var u hyperloglog.Union
	for _, key := range c.Args[1:] {
		if _, err := c.mergeInto(&u, key); err != nil {
			return err
		}
	}
	c.W.Int(u.Count())
	return nil
}

// mergeInto adds the sketch under key, if there is one, to a union, and reports whether it is dense.
func (c *Ctx) mergeInto(u *hyperloglog.Union, key []byte) (dense bool, err error) {
	e := c.Tx.Read(key)
	if !e.Exists() {
		return false, nil
	}
	b, err := sketch(e)
	if err != nil {
		return false, err
	}
	if u.Merge(b) != nil {
		return false, errCorruptHyperLogLog
	}
	return hyperloglog.Dense(b), nil
}

func pfMerge(c *Ctx) error {
	var u hyperloglog.Union
	anyDense := false
	for _, key := range c.Args[1:] {
		dense, err := c.mergeInto(&u, key)
		if err != nil {
			return err
		}
		anyDense = anyDense || dense
	}
	target := c.Args[1]
	b := make([]byte, 0, hyperloglog.DenseSize)
	if e := c.Tx.Write(target); e.Exists() {
		b = append(b, e.Bytes(nil)...)
	} else {
		b = hyperloglog.AppendEmpty(b)
	}
	var err error
	if anyDense {
		if b, err = hyperloglog.AppendDense(make([]byte, 0, hyperloglog.DenseSize), b); err != nil {
			return errCorruptHyperLogLog
		}
	}
	if b, err = u.AddTo(b, c.sparseLimit()); err != nil {
		return errCorruptHyperLogLog
	}
	hyperloglog.Invalidate(b)
	c.Tx.SetRaw(target, b, store.KeepExpiry)
	c.Notify(store.EventString, "pfadd", target)
	c.W.OK()
	return nil
}

func pfDebug(c *Ctx) error {
	e := c.Tx.Write(c.Args[2])
	if !e.Exists() {
		return errNoHyperLogLog
	}
	b, err := sketch(e)
	if err != nil {
		return err
	}
	switch {
	case c.Is(1, "getreg"):
		return pfRegisters(c, b)
	case c.Is(1, "decode"):
		return pfDecode(c, b)
	case c.Is(1, "encoding"):
		if hyperloglog.Dense(b) {
			c.W.Simple("dense")
		} else {
			c.W.Simple("sparse")
		}
		return nil
	case c.Is(1, "todense"):
		if hyperloglog.Dense(b) {
			c.W.Int(0)
			return nil
		}
		if _, err := c.makeDense(b); err != nil {
			return err
		}
		c.W.Int(1)
		return nil
	}
	return Error("ERR Unknown PFDEBUG subcommand '" + string(c.Args[1]) + "'")
}

// makeDense stores the sketch under PFDEBUG's key in the dense form, which it returns.
func (c *Ctx) makeDense(b []byte) ([]byte, error) {
	dense, err := hyperloglog.AppendDense(make([]byte, 0, hyperloglog.DenseSize), b)
	if err != nil {
		return nil, errCorruptHyperLogLog
	}
	c.Tx.SetRaw(c.Args[2], dense, store.KeepExpiry)
	return dense, nil
}

func pfRegisters(c *Ctx, b []byte) error {
	if !hyperloglog.Dense(b) {
		var err error
		if b, err = c.makeDense(b); err != nil {
			return err
		}
	}
	c.W.Array(hyperloglog.Registers)
	for i := range hyperloglog.Registers {
		c.W.Int(int64(hyperloglog.Register(b, i)))
	}
	return nil
}

func pfDecode(c *Ctx, b []byte) error {
	if hyperloglog.Dense(b) {
		return errNotSparse
	}
	text, err := hyperloglog.AppendRuns(nil, b)
	if err != nil {
		return errCorruptHyperLogLog
	}
	c.W.Bulk(text)
	return nil
}

func pfSelfTest(c *Ctx) error {
	if err := hyperloglog.SelfTest(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), c.sparseLimit()); err != nil {
		return Error(err.Error())
	}
	c.W.OK()
	return nil
}
