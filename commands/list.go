package commands

import "synap/store"

// endArg is the choice of an end of a list.
func endArg(name string) Arg { return OneOf(name, Tok("left", "LEFT"), Tok("right", "RIGHT")) }

// listCommands look into lists and push to them; those that change them otherwise are listEditCommands and
// listMoveCommands.
var listCommands = []Command{
	{
		Name: "lpush", Group: GroupList, Since: "1.0.0", Arity: -3, Flags: Write | DenyOOM | Fast, ACL: CatList,
		Summary:    "Puts elements before the first of a list, one after another; a missing key is an empty list.",
		Complexity: "O(N) for N given elements",
		History:    []Change{{"2.4.0", "Takes several elements."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
		Args:       []Arg{KeyArg("key", 0), Str("element").Many()},
		Run:        lpush,
	},
	{
		Name: "rpush", Group: GroupList, Since: "1.0.0", Arity: -3, Flags: Write | DenyOOM | Fast, ACL: CatList,
		Summary:    "Puts elements behind the last of a list, one after another; a missing key is an empty list.",
		Complexity: "O(N) for N given elements",
		History:    []Change{{"2.4.0", "Takes several elements."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
		Args:       []Arg{KeyArg("key", 0), Str("element").Many()},
		Run:        rpush,
	},
	{
		Name: "lpushx", Group: GroupList, Since: "2.2.0", Arity: -3, Flags: Write | DenyOOM | Fast, ACL: CatList,
		Summary:    "Puts elements before the first of a list that exists.",
		Complexity: "O(N) for N given elements",
		History:    []Change{{"4.0.0", "Takes several elements."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
		Args:       []Arg{KeyArg("key", 0), Str("element").Many()},
		Run:        lpushX,
	},
	{
		Name: "rpushx", Group: GroupList, Since: "2.2.0", Arity: -3, Flags: Write | DenyOOM | Fast, ACL: CatList,
		Summary:    "Puts elements behind the last of a list that exists.",
		Complexity: "O(N) for N given elements",
		History:    []Change{{"4.0.0", "Takes several elements."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
		Args:       []Arg{KeyArg("key", 0), Str("element").Many()},
		Run:        rpushX,
	},
	{
		Name: "llen", Group: GroupList, Since: "1.0.0", Arity: 2, Flags: ReadOnly | Fast, ACL: CatList,
		Summary:    "Tells how many elements a list has.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRO)},
		Args:       []Arg{KeyArg("key", 0)},
		Run:        llen,
	},
	{
		Name: "lindex", Group: GroupList, Since: "1.0.0", Arity: 3, Flags: ReadOnly, ACL: CatList,
		Summary:    "Reads the element at an index; negative ones count from the end.",
		Complexity: "O(N) for N elements in a block of the list, O(1) at both ends",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Int("index")},
		Run:        lindex,
	},
	{
		Name: "lrange", Group: GroupList, Since: "1.0.0", Arity: 4, Flags: ReadOnly, ACL: CatList,
		Summary:    "Reads the elements between two indexes, both included.",
		Complexity: "O(N) for N elements replied, after finding the first as LINDEX does",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Int("start"), Int("stop")},
		Run:        lrange,
	},
	{
		Name: "lpos", Group: GroupList, Since: "6.0.6", Arity: -3, Flags: ReadOnly, ACL: CatList,
		Summary:    "Finds the indexes of elements that equal a value.",
		Complexity: "O(N) for N elements compared",
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args: []Arg{
			KeyArg("key", 0),
			Str("element"),
			Int("rank").With("RANK").Opt(),
			Int("num-matches").With("COUNT").Opt(),
			Int("len").With("MAXLEN").Opt(),
		},
		Run: lpos,
	},
}

// Errors of list commands, in Redis's words.
const (
	errRankZero Error = "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative " +
		"to start from the end of the list"
	errCountNegative  Error = "ERR COUNT can't be negative"
	errMaxLenNegative Error = "ERR MAXLEN can't be negative"
	errCountZero      Error = "ERR count should be greater than 0"
)

// integerFrom reads the i-th word as an integer that is at least least. Anything else is the given error.
func (c *Ctx) integerFrom(i int, least int64, refusal Error) (int64, error) {
	n, err := c.Integer(i)
	if err != nil || n < least {
		return 0, refusal
	}
	return n, nil
}

// listOf is the view of the list in an entry that was looked up; ok is false if there is none.
func listOf(e store.Entry) (v store.ListView, ok bool, err error) {
	switch {
	case !e.Exists():
		return v, false, nil
	case e.Type() != store.List:
		return v, false, ErrWrongType
	}
	return e.List(), true, nil
}

// replyElement appends an element to the reply.
func (c *Ctx) replyElement(e store.Element) {
	if e.IsInt() {
		c.W.IntBulk(e.Int)
	} else {
		c.W.Bulk(e.Text)
	}
}

func lpush(c *Ctx) error { return c.pushList(true, false) }

func rpush(c *Ctx) error { return c.pushList(false, false) }

func lpushX(c *Ctx) error { return c.pushList(true, true) }

func rpushX(c *Ctx) error { return c.pushList(false, true) }

// pushList is LPUSH and its kin; with existing set a missing key stays missing.
func (c *Ctx) pushList(front, existing bool) error {
	key, elements := c.Args[1], c.Args[2:]
	_, ok, err := listOf(c.Tx.Write(key))
	switch {
	case err != nil:
		return err
	case !ok && existing:
		c.W.Int(0)
		return nil
	case !store.ListFits(key, elements...):
		return ErrStringTooBig
	}
	n := c.Tx.EditList(key).Push(front, elements)
	c.notifyPush(front, key)
	c.W.Int(int64(n))
	return nil
}

func (c *Ctx) notifyPush(front bool, key []byte) {
	if front {
		c.Notify(store.EventList, "lpush", key)
	} else {
		c.Notify(store.EventList, "rpush", key)
	}
}

func llen(c *Ctx) error {
	v, ok, err := listOf(c.Tx.Read(c.Args[1]))
	if err != nil {
		return err
	}
	n := 0
	if ok {
		n = v.Len()
	}
	c.W.Int(int64(n))
	return nil
}

func lindex(c *Ctx) error {
	v, ok, err := listOf(c.Tx.Read(c.Args[1]))
	if err != nil {
		return err
	}
	if !ok { // before the index is looked at, as in Redis
		c.W.Null()
		return nil
	}
	i, err := c.Integer(2)
	if err != nil {
		return err
	}
	if i, ok = elementIndex(i, v.Len()); !ok {
		c.W.Null()
		return nil
	}
	at := v.At(int(i))
	c.replyElement(at.Elem())
	return nil
}

// elementIndex resolves an index that may count from the end, and reports whether there is such an element among n.
func elementIndex(i int64, n int) (int64, bool) {
	if i < 0 {
		i += int64(n)
	}
	return i, i >= 0 && i < int64(n)
}

// indexRange is a range of indexes as sent: both ends are in it, negative numbers count from the end.
type indexRange struct{ start, stop int64 }

// indexRange reads the i-th word and the next one as a range.
func (c *Ctx) indexRange(i int) (r indexRange, err error) {
	if r.start, err = c.Integer(i); err != nil {
		return r, err
	}
	r.stop, err = c.Integer(i + 1)
	return r, err
}

// within is the part of n elements that the range covers: from first to before end, which are equal if it is none.
func (r indexRange) within(n int) (first, end int) {
	start, stop, length := r.start, r.stop, int64(n)
	if start < 0 {
		start = max(start+length, 0)
	}
	if stop < 0 {
		stop += length
	}
	if stop = min(stop, length-1); start > stop {
		return 0, 0
	}
	return int(start), int(stop) + 1
}

func lrange(c *Ctx) error {
	r, err := c.indexRange(2)
	if err != nil {
		return err
	}
	v, ok, err := listOf(c.Tx.Read(c.Args[1]))
	if err != nil {
		return err
	}
	first, end := 0, 0
	if ok {
		first, end = r.within(v.Len())
	}
	c.replyElements(v, first, end-first, false)
	return nil
}

// replyElements replies n elements from the first-th on, or backwards from it.
func (c *Ctx) replyElements(v store.ListView, first, n int, backward bool) {
	c.W.Array(n)
	if n == 0 {
		return
	}
	at := v.At(first)
	if backward {
		at.Visit(n, true, c.replyElement)
		return
	}
	var batch [replyBatch]store.Element
	for n > 0 {
		k := at.Read(batch[:min(n, replyBatch)])
		c.replyBatch(batch[:k])
		n -= k
	}
}

// posOptions is what follows key and element in LPOS.
type posOptions struct {
	rank   int64 // the first match that counts, from 1 on; negative: from the end
	count  int64 // matches wanted, 0: all; -1: one, not in an array
	maxLen int64 // elements compared at most; 0: all
}

func (o *posOptions) parse(c *Ctx) (err error) {
	o.rank, o.count = 1, -1
	for i := 3; i < len(c.Args); i += 2 {
		switch hasValue := i+1 < len(c.Args); {
		case hasValue && c.Is(i, "rank"):
			if o.rank, err = c.IntegerWithin(i+1, -1<<63+1, 1<<63-1); err == nil && o.rank == 0 {
				err = errRankZero
			}
		case hasValue && c.Is(i, "count"):
			o.count, err = c.integerFrom(i+1, 0, errCountNegative)
		case hasValue && c.Is(i, "maxlen"):
			o.maxLen, err = c.integerFrom(i+1, 0, errMaxLenNegative)
		default:
			err = ErrSyntax
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func lpos(c *Ctx) error {
	var o posOptions
	if err := o.parse(c); err != nil {
		return err
	}
	v, ok, err := listOf(c.Tx.Read(c.Args[1]))
	if err != nil {
		return err
	}
	if o.count < 0 {
		o.count = 1
		index := -1
		if ok {
			o.matches(v, c.Args[2], func(i int) { index = i })
		}
		if index < 0 {
			c.W.Null()
		} else {
			c.W.Int(int64(index))
		}
		return nil
	}
	hole, n := c.W.ArrayHole(), 0
	if ok {
		o.matches(v, c.Args[2], func(i int) {
			c.W.Int(int64(i))
			n++
		})
	}
	c.W.FillArray(hole, n)
	return nil
}

// matches visits the indexes of the elements asked for.
func (o *posOptions) matches(v store.ListView, x []byte, visit func(i int)) {
	e, n := store.ElementOf(x), v.Len()
	length := n
	if o.maxLen > 0 {
		length = int(min(o.maxLen, int64(n)))
	}
	back, rank := o.rank < 0, max(o.rank, -o.rank)
	matches := int64(0)
	match := func(i int) (more bool) {
		if matches++; matches >= rank {
			visit(i)
		}
		return o.count == 0 || matches-rank+1 < o.count
	}
	if back {
		at := v.At(n - 1)
		at.FindBack(e, n-length, match)
		return
	}
	for at := v.At(0); at.Find(e, length) && match(at.Index()) && at.Next(); {
	}
}
