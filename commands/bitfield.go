package commands

import (
	"synap/commands/bits"
	"synap/store"
)

// bitfieldCommands treat strings as packed integers.
var bitfieldCommands = []Command{
	{
		Name: "bitfield", Group: GroupBitmap, Since: "3.2.0", Arity: -2, Flags: Write | DenyOOM, ACL: CatBitmap,
		Summary:    "Reads, writes and increments integers of any width inside a string.",
		Complexity: "O(1) per operation",
		Keys: []KeySpec{
			{Flags: KeyRW | KeyUpdate | KeyAccess | KeyVariable, Notes: "reads alone without SET and INCRBY", Index: 1, Step: 1},
		},
		GetKeys: bitFieldKeys,
		Args: []Arg{
			KeyArg("key", 0),
			OneOf("operation",
				Block("get-block", Str("encoding"), Int("offset")).With("GET"),
				Block("write",
					OneOf("overflow-block",
						Tok("wrap", "WRAP"),
						Tok("sat", "SAT"),
						Tok("fail", "FAIL")).With("OVERFLOW").Opt(),
					OneOf("write-operation",
						Block("set-block", Str("encoding"), Int("offset"), Int("value")).With("SET"),
						Block("incrby-block", Str("encoding"), Int("offset"), Int("increment")).With("INCRBY")))).Opt().Many(),
		},
		Run: bitField,
	},
	{
		Name: "bitfield_ro", Group: GroupBitmap, Since: "6.0.0", Arity: -2, Flags: ReadOnly | Fast, ACL: CatBitmap,
		Summary:    "Reads integers of any width inside a string.",
		Complexity: "O(1) per operation",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Block("get-block", Str("encoding"), Int("offset")).With("GET").Opt().ManyTokens(),
		},
		Run: bitFieldRO,
	},
}

// bitFieldKeys tells whether BITFIELD only reads: a call that neither sets nor increments does. A call that makes no
// sense counts as writing.
func bitFieldKeys(args [][]byte, dst []KeyRef) ([]KeyRef, bool) {
	if len(args) < 2 {
		return dst, false
	}
	for i := 2; i < len(args); {
		switch {
		case EqualFold(args[i], "get") && i+2 < len(args):
			i += 3
		case EqualFold(args[i], "overflow") && i+1 < len(args):
			i += 2
		default:
			return append(dst, KeyRef{1, KeyRW | KeyAccess | KeyUpdate}), true
		}
	}
	return append(dst, KeyRef{1, KeyRO | KeyAccess}), true
}

// Errors of bit fields, in Redis's words.
const (
	errOverflowMode Error = "ERR Invalid OVERFLOW type specified"
	errBitFieldRO   Error = "ERR BITFIELD_RO only supports the GET subcommand"
)

// fieldOp is one operation of BITFIELD.
type fieldOp struct {
	kind   fieldOpKind
	mode   bits.Overflow
	field  bits.Field
	offset int64 // in bits
	arg    int64 // value to set, or increment
}

type fieldOpKind uint8

const (
	fieldGet fieldOpKind = iota
	fieldSet
	fieldIncr
)

func bitField(c *Ctx) error {
	var scratch [8]fieldOp
	ops, need, err := parseFieldOps(c, scratch[:0])
	if err != nil {
		return err
	}
	if need == 0 {
		return readFields(c, ops)
	}
	return writeFields(c, ops, need)
}

func bitFieldRO(c *Ctx) error {
	var scratch [8]fieldOp
	ops, need, err := parseFieldOps(c, scratch[:0])
	if err != nil {
		return err
	}
	if need > 0 {
		return errBitFieldRO
	}
	return readFields(c, ops)
}

// parseFieldOps appends the operations of a call to ops. need is the length in bytes that the writing ones require, 0
// if there are none.
func parseFieldOps(c *Ctx, ops []fieldOp) (_ []fieldOp, need int64, err error) {
	mode := bits.Wrap
	for i := 2; i < len(c.Args); {
		left := len(c.Args) - i - 1
		op := fieldOp{mode: mode}
		switch {
		case c.Is(i, "get") && left >= 2:
			op.kind = fieldGet
		case c.Is(i, "set") && left >= 3:
			op.kind = fieldSet
		case c.Is(i, "incrby") && left >= 3:
			op.kind = fieldIncr
		case c.Is(i, "overflow") && left >= 1:
			var ok bool
			if mode, ok = overflowMode(c, i+1); !ok {
				return nil, 0, errOverflowMode
			}
			i += 2
			continue
		default:
			return nil, 0, ErrSyntax
		}
		if err := op.parse(c, i+1); err != nil {
			return nil, 0, err
		}
		i += 3
		if op.kind != fieldGet {
			i++
			need = max(need, bits.Need(op.offset, int(op.field.Width)))
		}
		ops = append(ops, op)
	}
	return ops, need, nil
}

// parse reads type, offset and, of a writing operation, the value, from position i on.
func (op *fieldOp) parse(c *Ctx, i int) (err error) {
	if op.field, err = bits.ParseField(c.Args[i]); err != nil {
		return Error("ERR " + err.Error())
	}
	if op.offset, err = c.bitOffset(i+1, int(op.field.Width)); err != nil {
		return err
	}
	if op.kind != fieldGet {
		op.arg, err = c.Integer(i + 2)
	}
	return err
}

func overflowMode(c *Ctx, i int) (bits.Overflow, bool) {
	for mode, word := range [...]string{bits.Wrap: "wrap", bits.Saturate: "sat", bits.Fail: "fail"} {
		if c.Is(i, word) {
			return bits.Overflow(mode), true
		}
	}
	return 0, false
}

// readFields replies to a call that only reads.
func readFields(c *Ctx, ops []fieldOp) error {
	var scratch [20]byte
	var b []byte
	if e := c.Tx.Read(c.Args[1]); e.Exists() {
		if e.Type() != store.String {
			return ErrWrongType
		}
		b = e.Bytes(scratch[:])
	}
	c.W.Array(len(ops))
	for _, op := range ops {
		c.W.Int(op.field.Load(b, op.offset))
	}
	return nil
}

// writeFields runs a call that writes, on a string of at least need bytes. Operations that overflow and fail leave
// the effects of the others.
func writeFields(c *Ctx, ops []fieldOp, need int64) error {
	key := c.Args[1]
	b, grown, err := c.editBits(key, need*8-1, 1)
	if err != nil {
		return err
	}
	changed, written := false, false // written: perhaps what was there
	c.W.Array(len(ops))
	for _, op := range ops {
		old := op.field.Load(b, op.offset)
		value, reply, ok := op.apply(old)
		if !ok {
			c.W.Null()
			continue
		}
		c.W.Int(reply)
		written = written || op.kind != fieldGet
		if op.kind != fieldGet && value != old {
			op.field.Store(b, op.offset, value)
			changed = true
		}
	}
	if changed && !grown {
		c.Tx.Changed(key)
	}
	if changed || grown && written {
		c.Notify(store.EventString, "setbit", key)
	}
	return nil
}

// apply returns the field's value after the operation and the reply, given the value before. ok is false if the
// operation fails.
func (op *fieldOp) apply(old int64) (value, reply int64, ok bool) {
	switch op.kind {
	case fieldSet:
		value, ok = op.field.Assign(op.arg, op.mode)
		return value, old, ok
	case fieldIncr:
		value, ok = op.field.Increase(old, op.arg, op.mode)
		return value, value, ok
	}
	return old, old, true
}
