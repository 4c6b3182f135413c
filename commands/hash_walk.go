package commands

import (
	"math"
	"strconv"

	"synap/store"
)

// hashWalkCommands show parts of hashes: some fields, or all of them in small steps.
var hashWalkCommands = []Command{
	{
		Name: "hrandfield", Group: GroupHash, Since: "6.2.0", Arity: -2, Flags: ReadOnly, ACL: CatHash,
		Summary:    "Picks fields of a hash at random.",
		Complexity: "O(N) for N fields in the reply",
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Block("options", Int("count"), Tok("withvalues", "WITHVALUES").Opt()).Opt(),
		},
		Run: hrandField,
	},
	{
		Name: "hscan", Group: GroupHash, Since: "2.8.0", Arity: -3, Flags: ReadOnly, ACL: CatHash,
		Summary:    "Walks through the fields of a hash in small steps, by a cursor.",
		Complexity: "O(1) per call, O(N) for a full walk over N fields",
		History:    []Change{{"7.4.0", "Takes NOVALUES."}},
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Int("cursor"),
			Pattern("pattern").With("MATCH").Opt(),
			Int("count").With("COUNT").Opt(),
			Tok("novalues", "NOVALUES").Opt().From("7.4.0"),
		},
		Run: hscan,
	},
}

const errOutOfRange Error = "ERR value is out of range"

func hrandField(c *Ctx) error {
	if len(c.Args) > 2 {
		return c.randomFields()
	}
	h, _, err := c.hash()
	if err != nil {
		return err
	}
	if f, ok := h.Random(); ok {
		c.replyValue(f.Name)
	} else {
		c.W.Null()
	}
	return nil
}

// randomFields is HRANDFIELD with a count: so many different fields, or with a negative one so many picks.
func (c *Ctx) randomFields() error {
	count, err := c.IntegerWithin(2, -math.MaxInt64, math.MaxInt64)
	if err != nil {
		return err
	}
	withValues := len(c.Args) == 4
	switch {
	case len(c.Args) > 4 || withValues && !c.Is(3, "withvalues"):
		return ErrSyntax
	case withValues && (count < -math.MaxInt64/2 || count > math.MaxInt64/2):
		return errOutOfRange
	}
	h, _, err := c.hash()
	if err != nil {
		return err
	}
	if count < 0 {
		return c.repeatRandomFields(h, -count, withValues)
	}
	hole, n := c.W.ArrayHole(), 0
	h.Sample(int(min(count, int64(h.Len()))), func(f store.Field) {
		n++
		switch {
		case !withValues:
			c.replyValue(f.Name)
			return
		case c.W.Proto == 3:
			c.W.Array(2)
		default:
			n++
		}
		c.replyValue(f.Name)
		c.replyValue(f.Value)
	})
	c.W.FillArray(hole, n)
	return nil
}

// repeatRandomFields replies n random fields, each chosen among all.
func (c *Ctx) repeatRandomFields(h store.Fields, n int64, withValues bool) error {
	if _, ok := h.Random(); !ok {
		c.W.Array(0)
		return nil
	}
	if !withValues || c.W.Proto == 3 {
		return c.replyRepeated(n, 1, func() {
			f, _ := h.Random()
			if withValues {
				c.W.Array(2)
			}
			c.replyValue(f.Name)
			if withValues {
				c.replyValue(f.Value)
			}
		})
	}
	var f store.Field
	named := false
	return c.replyRepeated(2*n, 1, func() {
		if named = !named; named {
			f, _ = h.Random()
			c.replyValue(f.Name)
		} else {
			c.replyValue(f.Value)
		}
	})
}

func hscan(c *Ctx) error {
	cursor, ok := parseCursor(c.Args[2])
	if !ok {
		return errCursor
	}
	h, ok, err := c.hash()
	if err != nil {
		return err
	}
	if !ok { // before the options are looked at, as in Redis
		c.W.Array(2)
		c.W.BulkString("0")
		c.W.Array(0)
		return nil
	}
	o := scanOptions{fields: true}
	if err := o.parse(c, 3, false); err != nil {
		return err
	}
	found, n := Ctx{W: &Writer{Proto: c.W.Proto}}, 0
	var digits [20]byte
	next := h.Scan(cursor, o.count, func(f store.Field) {
		if o.filtered && !o.pattern.Match(f.Name.Bytes(digits[:])) {
			return
		}
		found.replyValue(f.Name)
		if n++; !o.noValues {
			found.replyValue(f.Value)
			n++
		}
	})
	c.W.Array(2)
	c.W.Bulk(strconv.AppendUint(digits[:0], next, 10))
	c.W.Array(n)
	c.W.Raw(found.W.Buf)
	return nil
}
