package commands

import (
	"math"

	"synap/commands/lcs"
	"synap/store"
)

// substringCommands work on parts of strings, and compare strings.
var substringCommands = []Command{
	{
		Name: "append", Group: GroupString, Since: "2.0.0", Arity: 3, Flags: Write | DenyOOM | Fast, ACL: CatString,
		Summary:    "Extends a string at its end, starting from the empty string if the key is missing.",
		Complexity: "O(M) amortized for M appended bytes",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
		Args:       []Arg{KeyArg("key", 0), Str("value")},
		Run:        appendValue,
	},
	{
		Name: "strlen", Group: GroupString, Since: "2.2.0", Arity: 2, Flags: ReadOnly | Fast, ACL: CatString,
		Summary:    "Tells how many bytes a string has.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        strLen,
	},
	{
		Name: "getrange", Group: GroupString, Since: "2.4.0", Arity: 4, Flags: ReadOnly, ACL: CatString,
		Summary:    "Reads the bytes of a string between two positions, both included.",
		Complexity: "O(N) for N returned bytes",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Int("start"), Int("end")},
		Run:        getRange,
	},
	{
		Name: "substr", Group: GroupString, Since: "1.0.0", Arity: 4, Flags: ReadOnly, ACL: CatString,
		Summary:    "Former name of GETRANGE.",
		Complexity: "O(N) for N returned bytes",
		Deprecated: "2.0.0", ReplacedBy: "`GETRANGE`",
		Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{KeyArg("key", 0), Int("start"), Int("end")},
		Run:  getRange,
	},
	{
		Name: "setrange", Group: GroupString, Since: "2.2.0", Arity: 4, Flags: Write | DenyOOM, ACL: CatString,
		Summary:    "Replaces the bytes of a string from a position on, padding with zero bytes where needed.",
		Complexity: "O(M) for M written bytes, plus the padding",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
		Args:       []Arg{KeyArg("key", 0), Int("offset"), Str("value")},
		Run:        setRange,
	},
	{
		Name: "lcs", Group: GroupString, Since: "7.0.0", Arity: -3, Flags: ReadOnly, ACL: CatString,
		Summary:    "Compares two strings by their longest common subsequence.",
		Complexity: "O(N*M) for strings of N and M bytes",
		Keys:       []KeySpec{KeyRange(1, 1, 1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key1", 0),
			KeyArg("key2", 0),
			Tok("len", "LEN").Opt(),
			Tok("idx", "IDX").Opt(),
			Int("min-match-len").With("MINMATCHLEN").Opt(),
			Tok("withmatchlen", "WITHMATCHLEN").Opt(),
		},
		Run: commonSubsequence,
	},
}

const errOffsetRange Error = "ERR offset is out of range"

// checkLength checks the length of a string to be built under key: two parts of the given lengths.
func (c *Ctx) checkLength(key []byte, a, b int64) error {
	if a > math.MaxInt64-b || a+b > c.Env.MaxBulkLen || !store.Fits(key, a+b) {
		return ErrStringTooBig
	}
	return nil
}

func appendValue(c *Ctx) error {
	key, value := c.Args[1], c.Args[2]
	e := c.Tx.Write(key)
	if !e.Exists() {
		if err := c.storeString(key, value, store.NoExpiry); err != nil {
			return err
		}
		c.Notify(store.EventString, "append", key)
		c.W.Int(int64(len(value)))
		return nil
	}
	if e.Type() != store.String {
		return ErrWrongType
	}
	had := e.Len()
	if err := c.checkLength(key, int64(had), int64(len(value))); err != nil {
		return err
	}
	b, grown := c.Tx.Edit(key, had+len(value))
	copy(b[had:], value)
	if !grown { // appending nothing counts as a change all the same
		c.Tx.Changed(key)
	}
	c.Notify(store.EventString, "append", key)
	c.W.Int(int64(len(b)))
	return nil
}

func strLen(c *Ctx) error {
	e := c.Tx.Read(c.Args[1])
	if !e.Exists() {
		c.W.Int(0)
		return nil
	}
	if e.Type() != store.String {
		return ErrWrongType
	}
	c.W.Int(int64(e.Len()))
	return nil
}

func getRange(c *Ctx) error {
	start, err := c.Integer(2)
	if err != nil {
		return err
	}
	end, err := c.Integer(3)
	if err != nil {
		return err
	}
	e := c.Tx.Read(c.Args[1])
	if !e.Exists() {
		c.W.Bulk(nil)
		return nil
	}
	if e.Type() != store.String {
		return ErrWrongType
	}
	var scratch [20]byte
	b := e.Bytes(scratch[:])
	if from, to, ok := clampRange(start, end, int64(len(b))); ok {
		b = b[from : to+1]
	} else {
		b = nil
	}
	c.W.Bulk(b)
	return nil
}

// clampRange turns the ends of a range, negative ones counted from the end, into positions in a string of n elements.
// It reports false for a range without elements.
func clampRange(start, end, n int64) (from, to int64, ok bool) {
	if start < 0 && end < 0 && start > end {
		return 0, 0, false
	}
	if start < 0 {
		start = max(start+n, 0)
	}
	if end < 0 {
		end = max(end+n, 0)
	}
	end = min(end, n-1)
	return start, end, start <= end
}

func setRange(c *Ctx) error {
	key, value := c.Args[1], c.Args[3]
	offset, err := c.Integer(2)
	if err != nil {
		return err
	}
	if offset < 0 {
		return errOffsetRange
	}
	e, had := c.Tx.Write(key), 0
	if e.Exists() {
		if e.Type() != store.String {
			return ErrWrongType
		}
		had = e.Len()
	}
	if len(value) == 0 {
		c.W.Int(int64(had))
		return nil
	}
	if err := c.checkLength(key, offset, int64(len(value))); err != nil {
		return err
	}
	b, grown := c.Tx.Edit(key, int(offset)+len(value))
	copy(b[offset:], value)
	if !grown {
		c.Tx.Changed(key)
	}
	c.Notify(store.EventString, "setrange", key)
	c.W.Int(int64(len(b)))
	return nil
}

// Errors of LCS, in Redis's words.
const (
	errLCSTypes Error = "ERR The specified keys must contain string values"
	errLCSBoth  Error = "ERR If you want both the length and indexes, please just use IDX."
)

// lcsOptions is what follows the keys in LCS.
type lcsOptions struct {
	idx, length, withLen bool
	minLen               int64
}

func (o *lcsOptions) parse(c *Ctx) (err error) {
	for i := 3; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "idx"):
			o.idx = true
		case c.Is(i, "len"):
			o.length = true
		case c.Is(i, "withmatchlen"):
			o.withLen = true
		case c.Is(i, "minmatchlen") && i+1 < len(c.Args):
			i++
			if o.minLen, err = c.Integer(i); err != nil {
				return err
			}
			o.minLen = max(o.minLen, 0)
		default:
			return ErrSyntax
		}
	}
	if o.idx && o.length {
		return errLCSBoth
	}
	return nil
}

func commonSubsequence(c *Ctx) error {
	first, second := c.Tx.Read(c.Args[1]), c.Tx.Read(c.Args[2])
	if first.Exists() && first.Type() != store.String || second.Exists() && second.Type() != store.String {
		return errLCSTypes
	}
	var o lcsOptions
	if err := o.parse(c); err != nil {
		return err
	}
	var scratchA, scratchB [20]byte
	var a, b []byte
	if first.Exists() {
		a = first.Bytes(scratchA[:])
	}
	if second.Exists() {
		b = second.Bytes(scratchB[:])
	}
	if err := o.reply(c, a, b); err != nil {
		return Error("ERR " + err.Error())
	}
	return nil
}

func (o *lcsOptions) reply(c *Ctx, a, b []byte) error {
	switch {
	case o.idx:
		ranges, length, err := lcs.Matches(a, b, o.minLen, c.Env.MaxBulkLen)
		if err != nil {
			return err
		}
		c.W.Map(2)
		c.W.BulkString("matches")
		c.W.Array(len(ranges))
		for _, r := range ranges {
			o.replyRange(c, r)
		}
		c.W.BulkString("len")
		c.W.Int(length)
	case o.length:
		length, err := lcs.Length(a, b, c.Env.MaxBulkLen)
		if err != nil {
			return err
		}
		c.W.Int(length)
	default:
		common, err := lcs.Subsequence(a, b, c.Env.MaxBulkLen)
		if err != nil {
			return err
		}
		c.W.Bulk(common)
	}
	return nil
}

func (o *lcsOptions) replyRange(c *Ctx, r lcs.Range) {
	n := 2
	if o.withLen {
		n++
	}
	c.W.Array(n)
	for _, ends := range [][2]int64{r.A, r.B} {
		c.W.Array(2)
		c.W.Int(ends[0])
		c.W.Int(ends[1])
	}
	if o.withLen {
		c.W.Int(r.Len())
	}
}
