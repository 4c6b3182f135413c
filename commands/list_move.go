package commands

import (
	"bytes"
	"strconv"

	"synap/store"
)

// listMoveCommands take elements from lists. Those that wait for one are blocking forms of the same logic.
var listMoveCommands = []Command{
	{
		Name: "lpop", Group: GroupList, Since: "1.0.0", Arity: -2, Flags: Write | Fast, ACL: CatList,
		Summary:    "Takes the first element out of a list, or some; an emptied list is deleted.",
		Complexity: "O(N) for N elements replied",
		History:    []Change{{"6.2.0", "Takes a count."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Int("count").Opt().From("6.2.0")},
		Run:        lpop,
	},
	{
		Name: "rpop", Group: GroupList, Since: "1.0.0", Arity: -2, Flags: Write | Fast, ACL: CatList,
		Summary:    "Takes the last element out of a list, or some; an emptied list is deleted.",
		Complexity: "O(N) for N elements replied",
		History:    []Change{{"6.2.0", "Takes a count."}},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Int("count").Opt().From("6.2.0")},
		Run:        rpop,
	},
	{
		Name: "lmpop", Group: GroupList, Since: "7.0.0", Arity: -4, Flags: Write, ACL: CatList,
		Summary:    "Takes some elements out of the first of several lists that exists; an emptied list is deleted.",
		Complexity: "O(N+M) for N given keys and M elements replied",
		Keys:       []KeySpec{KeyCount(1, KeyRW|KeyAccess|KeyDelete)},
		Args: []Arg{
			Int("numkeys"),
			KeyArg("key", 0).Many(),
			endArg("where"),
			Int("count").With("COUNT").Opt(),
		},
		Run: lmpop,
	},
	{
		Name: "lmove", Group: GroupList, Since: "6.2.0", Arity: 5, Flags: Write | DenyOOM, ACL: CatList,
		Summary:    "Takes an element from an end of a list and puts it at an end of another; an emptied list is deleted.",
		Complexity: "O(1)",
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyRW|KeyInsert)},
		Args:       []Arg{KeyArg("source", 0), KeyArg("destination", 1), endArg("wherefrom"), endArg("whereto")},
		Run:        lmove,
	},
	{
		Name: "rpoplpush", Group: GroupList, Since: "1.2.0", Arity: 3, Flags: Write | DenyOOM, ACL: CatList,
		Summary:    "Takes the last element of a list and puts it before the first of another; an emptied list is deleted.",
		Complexity: "O(1)",
		Deprecated: "6.2.0", ReplacedBy: "`LMOVE` with the `RIGHT` and `LEFT` arguments",
		Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyRW|KeyInsert)},
		Args: []Arg{KeyArg("source", 0), KeyArg("destination", 1)},
		Run:  rpopLPush,
	},
}

// listEnd reads the i-th word, LEFT or RIGHT.
func (c *Ctx) listEnd(i int) (front bool, err error) {
	switch {
	case c.Is(i, "left"):
		return true, nil
	case c.Is(i, "right"):
		return false, nil
	}
	return false, ErrSyntax
}

func lpop(c *Ctx) error { return c.popList(true) }

func rpop(c *Ctx) error { return c.popList(false) }

// popList is LPOP and RPOP.
func (c *Ctx) popList(front bool) error {
	counted, count := len(c.Args) == 3, int64(0)
	if len(c.Args) > 3 {
		return ErrArity(c.Cmd)
	}
	if counted {
		var err error
		if count, err = c.integerFrom(2, 0, errNotPositive); err != nil {
			return err
		}
	}
	key := c.Args[1]
	v, ok, err := listOf(c.Tx.Write(key))
	switch {
	case err != nil:
		return err
	case !ok && counted:
		c.W.NullArray()
	case !ok:
		c.W.Null()
	case counted:
		c.popElements(key, v, front, count)
	default:
		c.popElement(key, v, front)
	}
	return nil
}

// popElement takes the element at an end of the list v under key and replies it.
func (c *Ctx) popElement(key []byte, v store.ListView, front bool) {
	c.replyElement(v.End(front))
	c.dropElements(key, front, 1)
}

// popElements takes up to count elements from an end of the list v under key and replies them as an array. It returns how many.
func (c *Ctx) popElements(key []byte, v store.ListView, front bool, count int64) int {
	n := int(min(count, int64(v.Len())))
	if front {
		c.replyElements(v, 0, n, false)
	} else {
		c.replyElements(v, v.Len()-1, n, true)
	}
	if n > 0 {
		c.dropElements(key, front, n)
	}
	return n
}

// dropElements removes n elements, which there are, from an end of the list under key.
func (c *Ctx) dropElements(key []byte, front bool, n int) {
	c.notifyListRemoval(listPopEvent(front), key, c.Tx.EditList(key).Drop(front, n))
}

// listPopEffect records that n elements were taken from an end, whatever the command was; n 0 stands for LPOP or RPOP without
// a count.
func (c *Ctx) listPopEffect(key []byte, front bool, n int) {
	if !c.Tx.Recording() {
		return
	}
	word := wordRPop
	if front {
		word = wordLPop
	}
	if n == 0 {
		c.Effect(word, key)
	} else {
		c.Effect(word, key, strconv.AppendInt(nil, int64(n), 10))
	}
}

// firstList is the first of some keys at which there is a list, and the list. It skips keys that a command that has waited
// must leave alone.
func (c *Ctx) firstList(keys [][]byte) (key []byte, v store.ListView, ok bool, err error) {
	for _, key := range keys {
		if c.Skips(key) {
			continue
		}
		if v, ok, err := listOf(c.Tx.Write(key)); ok || err != nil {
			return key, v, ok, err
		}
	}
	return nil, v, false, nil
}

// listMultiPop is what LMPOP says, or from its second argument on BLMPOP.
type listMultiPop struct {
	keys  [][]byte
	front bool
	count int64
}

// listMultiPop reads the words of LMPOP from the number of keys on.
func (c *Ctx) listMultiPop(i int) (m listMultiPop, err error) {
	n, err := c.integerFrom(i, 1, errNumKeys)
	if err != nil {
		return m, err
	}
	rest := c.Args[i+1:]
	if n >= int64(len(rest)) {
		return m, ErrSyntax
	}
	m.keys, m.count = rest[:n], 1
	i += 1 + int(n)
	if m.front, err = c.listEnd(i); err != nil {
		return m, err
	}
	for counted := false; i+1 < len(c.Args); i += 2 {
		if counted || i+2 == len(c.Args) || !c.Is(i+1, "count") {
			return m, ErrSyntax
		}
		if m.count, err = c.integerFrom(i+2, 1, errCountZero); err != nil {
			return m, err
		}
		counted = true
	}
	return m, nil
}

// popFirstList takes elements from the first of the lists that there is and replies its key and them. It reports false if there
// is none; then it has replied nothing.
func (c *Ctx) popFirstList(m listMultiPop) (popped bool, err error) {
	key, v, ok, err := c.firstList(m.keys)
	if !ok {
		return false, err
	}
	c.W.Array(2)
	c.W.Bulk(key)
	n := c.popElements(key, v, m.front, m.count)
	c.listPopEffect(key, m.front, n)
	return true, nil
}

func lmpop(c *Ctx) error {
	m, err := c.listMultiPop(1)
	if err != nil {
		return err
	}
	popped, err := c.popFirstList(m)
	if err == nil && !popped {
		c.W.NullArray()
	}
	return err
}

func lmove(c *Ctx) error {
	from, err := c.listEnd(3)
	if err != nil {
		return err
	}
	to, err := c.listEnd(4)
	if err != nil {
		return err
	}
	return c.moveElementOrNull(from, to)
}

func rpopLPush(c *Ctx) error { return c.moveElementOrNull(false, true) }

func (c *Ctx) moveElementOrNull(from, to bool) error {
	moved, err := c.moveElement(c.Args[1], c.Args[2], from, to)
	if err == nil && !moved {
		c.W.Null()
	}
	return err
}

// moveElement takes the element at an end of the list under source, puts it at an end of that under target and replies it.
// It reports false if there is none; then it has replied nothing.
func (c *Ctx) moveElement(source, target []byte, from, to bool) (moved bool, err error) {
	v, ok, err := listOf(c.Tx.Write(source))
	if !ok {
		return false, err
	}
	var scratch [128]byte
	x := v.End(from).Append(scratch[:0]) // a copy: what follows moves the original
	if bytes.Equal(source, target) {
		c.Tx.EditList(source).Rotate(from, to, x)
		c.notifyPush(to, source)
		c.Notify(store.EventList, listPopEvent(from), source)
		c.W.Bulk(x)
		return true, nil
	}
	if _, _, err := listOf(c.Tx.Write(target)); err != nil {
		return false, err
	}
	if !store.ListFits(target, x) {
		return false, ErrStringTooBig
	}
	c.Tx.EditList(target).Receive(to, x)
	c.notifyPush(to, target)
	c.dropElements(source, from, 1)
	c.W.Bulk(x)
	return true, nil
}

func listPopEvent(front bool) string {
	if front {
		return "lpop"
	}
	return "rpop"
}
