package commands

import (
	"math"

	"synap/store"
)

// setRandomCommands leave the choice of members to chance.
var setRandomCommands = []Command{
	{
		Name: "spop", Group: GroupSet, Since: "1.0.0", Arity: -2, Flags: Write | Fast, ACL: CatSet,
		Summary:    "Takes random members out of a set; an emptied set is deleted.",
		Complexity: "O(1), or O(N) for N members",
		History:    []Change{{"3.2.0", "Takes a count."}},
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
		Args:       []Arg{KeyArg("key", 0), Int("count").Opt().From("3.2.0")},
		Run:        spop,
	},
	{
		Name: "srandmember", Group: GroupSet, Since: "1.0.0", Arity: -2, Flags: ReadOnly, ACL: CatSet,
		Summary:    "Picks random members of a set and leaves them in it.",
		Complexity: "O(1), or O(N) for a count of N or -N",
		History:    []Change{{"2.6.0", "Takes a count."}},
		Tips:       []string{"nondeterministic_output"},
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
		Args:       []Arg{KeyArg("key", 0), Int("count").Opt().From("2.6.0")},
		Run:        srandMember,
	},
}

const errNotPositive Error = "ERR value is out of range, must be positive"

func spop(c *Ctx) error {
	switch len(c.Args) {
	case 2:
		return c.popOne()
	case 3:
		return c.popSome()
	}
	return ErrSyntax
}

func (c *Ctx) popOne() error {
	key := c.Args[1]
	v, ok, err := c.writeSet(key)
	if err != nil {
		return err
	}
	if !ok {
		c.W.Null()
		return nil
	}
	s, emptied := c.Tx.EditSet(key), v.Len() == 1
	var member []byte
	take := func(x store.Member) { member = c.replyTaken(x) }
	if emptied {
		take(c.Tx.RandomMember(v))
		s.Clear()
	} else {
		s.Pop(1, take)
	}
	c.notifyRemoval("spop", key, emptied)
	c.Effect(wordSRem, key, member)
	return nil
}

// replyTaken is replyMember for a member that will be gone: it returns the text, in the reply.
func (c *Ctx) replyTaken(x store.Member) []byte {
	c.replyMember(x)
	var digits [20]byte
	end := len(c.W.Buf) - len("\r\n")
	return c.W.Buf[end-len(x.Bytes(digits[:])) : end : end]
}

func (c *Ctx) popSome() error {
	key := c.Args[1]
	count, err := c.Integer(2)
	if err != nil || count < 0 {
		return errNotPositive
	}
	v, ok, err := c.writeSet(key)
	switch {
	case err != nil:
		return err
	case !ok || count == 0:
		c.W.Set(0)
		return nil
	case count >= int64(v.Len()):
		c.replySet(v)
		c.Tx.EditSet(key).Clear()
		c.notifyRemoval("spop", key, true)
		c.Effect(wordDel, key)
		return nil
	}
	c.W.Set(int(count))
	gone := removedMembers{c: c, key: key}
	c.Tx.EditSet(key).Pop(int(count), func(x store.Member) {
		if member := c.replyTaken(x); c.Tx.Recording() {
			gone.add(member)
		}
	})
	gone.flush()
	c.Notify(store.EventSet, "spop", key)
	return nil
}

// removedMembers makes effects that remove the members a command has taken out, so many at a time that none gets long.
type removedMembers struct {
	c     *Ctx
	key   []byte
	words [][]byte
}

// removedAtOnce is how many members one of the effects removes.
const removedAtOnce = 1024

func (r *removedMembers) add(member []byte) {
	if len(r.words) == 0 {
		r.words = append(r.words, wordSRem, r.key)
	}
	if r.words = append(r.words, member); len(r.words) == removedAtOnce+2 {
		r.flush()
	}
}

func (r *removedMembers) flush() {
	if len(r.words) > 0 {
		r.c.Effect(r.words...)
		r.words = r.words[:0]
	}
}

func srandMember(c *Ctx) error {
	if len(c.Args) > 3 {
		return ErrSyntax
	}
	var count int64
	single := len(c.Args) == 2
	if !single {
		var err error
		if count, err = c.IntegerWithin(2, -math.MaxInt64, math.MaxInt64); err != nil {
			return err
		}
	}
	v, ok, err := c.readSet(c.Args[1])
	switch {
	case err != nil:
		return err
	case single && !ok:
		c.W.Null()
	case single:
		c.replyMember(c.Tx.RandomMember(v))
	case !ok || count == 0:
		c.W.Array(0)
	case count < 0:
		return c.replyRepeated(-count, 1, func() { c.replyMember(c.Tx.RandomMember(v)) })
	case count >= int64(v.Len()):
		c.W.Array(v.Len())
		v.Each(func(x store.Member) bool {
			c.replyMember(x)
			return true
		})
	default:
		c.W.Array(int(count))
		c.Tx.Sample(v, int(count), c.replyMember)
	}
	return nil
}
