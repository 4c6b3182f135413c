package commands

import (
	"synap/commands/bits"
	"synap/server/resp"
	"synap/store"
)

// bitmapCommands treat strings as arrays of bits.
var bitmapCommands = []Command{
	{
		Name: "getbit", Group: GroupBitmap, Since: "2.2.0", Arity: 3, Flags: ReadOnly | Fast, ACL: CatBitmap,
		Summary:    "Reads one bit of a string.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Int("offset")},
		Run:        getBit,
	},
	{
		Name: "setbit", Group: GroupBitmap, Since: "2.2.0", Arity: 4, Flags: Write | DenyOOM, ACL: CatBitmap,
		Summary:    "Changes one bit of a string, padding with zero bits where needed, and gives back the old bit.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Int("offset"), Int("value")},
		Run:        setBit,
	},
	{
		Name: "bitcount", Group: GroupBitmap, Since: "2.6.0", Arity: -2, Flags: ReadOnly, ACL: CatBitmap,
		Summary:    "Tells how many bits of a string, or of a part of it, are 1.",
		Complexity: "O(N) for N examined bytes",
		History:    []Change{{"7.0.0", "The unit of the range can be given as BYTE or BIT."}},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Block("range",
				Int("start"),
				Int("end"),
				OneOf("unit", Tok("byte", "BYTE"), Tok("bit", "BIT")).Opt().From("7.0.0")).Opt(),
		},
		Run: bitCount,
	},
	{
		Name: "bitpos", Group: GroupBitmap, Since: "2.8.7", Arity: -3, Flags: ReadOnly, ACL: CatBitmap,
		Summary:    "Finds the position of the first bit with the given value.",
		Complexity: "O(N) for N examined bytes",
		History:    []Change{{"7.0.0", "The unit of the range can be given as BYTE or BIT."}},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Int("bit"),
			Block("range",
				Int("start"),
				Block("end-unit-block",
					Int("end"),
					OneOf("unit", Tok("byte", "BYTE"), Tok("bit", "BIT")).Opt().From("7.0.0")).Opt()).Opt(),
		},
		Run: bitPos,
	},
	{
		Name: "bitop", Group: GroupBitmap, Since: "2.6.0", Arity: -4, Flags: Write | DenyOOM, ACL: CatBitmap,
		Summary:    "Combines strings bit by bit (AND, OR, XOR, NOT) into a destination key.",
		Complexity: "O(N) for N bytes in the longest string times the number of strings",
		Keys:       []KeySpec{KeyAt(2, KeyOW|KeyUpdate), KeyRange(3, -1, 1, KeyRO|KeyAccess)},
		Args: []Arg{
			OneOf("operation", Tok("and", "AND"), Tok("or", "OR"), Tok("xor", "XOR"), Tok("not", "NOT")),
			KeyArg("destkey", 0),
			KeyArg("key", 1).Many(),
		},
		Run: bitOp,
	},
}

// Errors of bitmaps, in Redis's words.
const (
	errBitValue  Error = "ERR bit is not an integer or out of range"
	errBitPosArg Error = "ERR The bit argument must be 1 or 0."
	errBitOpNot  Error = "ERR BITOP NOT must be called with a single source key."
)

// bitOffset reads the i-th word as a bit offset; see bits.ParseOffset. Bits that no string can have are out of range.
func (c *Ctx) bitOffset(i, width int) (int64, error) {
	offset, err := bits.ParseOffset(c.Args[i], width, min(c.Env.MaxBulkLen, store.MaxString))
	if err != nil {
		return 0, Error("ERR " + err.Error())
	}
	return offset, nil
}

func getBit(c *Ctx) error {
	offset, err := c.bitOffset(2, 0)
	if err != nil {
		return err
	}
	e := c.Tx.Read(c.Args[1])
	if !e.Exists() {
		c.W.Int(0)
		return nil
	}
	if e.Type() != store.String {
		return ErrWrongType
	}
	var scratch [20]byte
	c.W.Int(int64(bits.Get(e.Bytes(scratch[:]), offset)))
	return nil
}

func setBit(c *Ctx) error {
	key := c.Args[1]
	offset, err := c.bitOffset(2, 0)
	if err != nil {
		return err
	}
	bit, ok := resp.ParseInt(c.Args[3])
	if !ok || bit != 0 && bit != 1 {
		return errBitValue
	}
	b, grown, err := c.editBits(key, offset, 1)
	if err != nil {
		return err
	}
	old := bits.Set(b, offset, int(bit))
	if !grown && old != int(bit) {
		c.Tx.Changed(key)
	}
	if grown || old != int(bit) {
		c.Notify(store.EventString, "setbit", key)
	}
	c.W.Int(int64(old))
	return nil
}

// editBits returns the string under key for writing, long enough for width bits at offset.
func (c *Ctx) editBits(key []byte, offset int64, width int) (b []byte, grown bool, err error) {
	if e := c.Tx.Write(key); e.Exists() && e.Type() != store.String {
		return nil, false, ErrWrongType
	}
	n := bits.Need(offset, width)
	if !store.Fits(key, n) {
		return nil, false, ErrStringTooBig
	}
	b, grown = c.Tx.Edit(key, int(n))
	return b, grown, nil
}

func bitCount(c *Ctx) error {
	e := c.Tx.Read(c.Args[1])
	if !e.Exists() {
		c.W.Int(0)
		return nil
	}
	if e.Type() != store.String {
		return ErrWrongType
	}
	var scratch [20]byte
	b := e.Bytes(scratch[:])
	if len(c.Args) == 2 {
		c.W.Int(bits.Count(b))
		return nil
	}
	if len(c.Args) != 4 && len(c.Args) != 5 {
		return ErrSyntax
	}
	start, err := c.Integer(2)
	if err != nil {
		return err
	}
	end, err := c.Integer(3)
	if err != nil {
		return err
	}
	if start < 0 && end < 0 && start > end {
		c.W.Int(0)
		return nil
	}
	unit, err := c.bitUnit(4)
	if err != nil {
		return err
	}
	c.W.Int(bits.CountRange(b, start, end, unit))
	return nil
}

// bitUnit reads the i-th word, if there is one, as the unit of a range.
func (c *Ctx) bitUnit(i int) (bits.Unit, error) {
	switch {
	case i >= len(c.Args) || c.Is(i, "byte"):
		return bits.Byte, nil
	case c.Is(i, "bit"):
		return bits.Bit, nil
	}
	return 0, ErrSyntax
}

func bitPos(c *Ctx) error {
	bit, err := c.Integer(2)
	if err != nil {
		return err
	}
	if bit != 0 && bit != 1 {
		return errBitPosArg
	}
	e := c.Tx.Read(c.Args[1])
	if !e.Exists() {
		c.W.Int(-bit) // without end all bits are clear
		return nil
	}
	if e.Type() != store.String {
		return ErrWrongType
	}
	if len(c.Args) > 6 {
		return ErrSyntax
	}
	var start, end int64
	if len(c.Args) > 3 {
		if start, err = c.Integer(3); err != nil {
			return err
		}
	}
	unit, err := c.bitUnit(5)
	if err != nil {
		return err
	}
	if len(c.Args) > 4 {
		if end, err = c.Integer(4); err != nil {
			return err
		}
	}
	var scratch [20]byte
	c.W.Int(bits.PositionRange(e.Bytes(scratch[:]), int(bit), start, end, len(c.Args) > 4, unit))
	return nil
}

func bitOp(c *Ctx) error {
	op, ok := bitOperation(c)
	if !ok {
		return ErrSyntax
	}
	if op == bits.Not && len(c.Args) != 4 {
		return errBitOpNot
	}
	sources, longest := make([][]byte, 0, len(c.Args)-3), 0
	for _, key := range c.Args[3:] {
		var b []byte
		if e := c.Tx.Read(key); e.Exists() {
			if e.Type() != store.String {
				return ErrWrongType
			}
			b = e.Bytes(make([]byte, 0, 20))
		}
		sources, longest = append(sources, b), max(longest, len(b))
	}
	target := c.Args[2]
	if !store.Fits(target, int64(longest)) {
		return ErrStringTooBig
	}
	if longest == 0 {
		if c.Tx.Delete(target) {
			c.Notify(store.EventGeneric, "del", target)
		}
	} else {
		c.Tx.Write(target)
		c.Tx.Build(target, longest, func(b []byte) { bits.Combine(op, b, sources...) })
		c.Notify(store.EventString, "set", target)
	}
	c.W.Int(int64(longest))
	return nil
}

func bitOperation(c *Ctx) (bits.Operation, bool) {
	for op, word := range [...]string{bits.And: "and", bits.Or: "or", bits.Xor: "xor", bits.Not: "not"} {
		if c.Is(1, word) {
			return bits.Operation(op), true
		}
	}
	return 0, false
}
