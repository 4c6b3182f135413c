package commands

import (
	"fmt"
	"iter"
	"strings"
)

// Table is the command table: every command and subcommand, found by name. It never changes once built, so any number
// of goroutines may use it.
type Table struct {
	all    []*Command  // by ID
	names  nameIndex   // commands
	subs   []nameIndex // subcommands, by ID of their container
	topLen int         // number of commands, subcommands not counted
}

// NewTable builds a table from families of commands. It works on copies: the families stay as they are. The error
// names the first entry that contradicts itself or another one, which is a mistake in the source, not in the input.
func NewTable(families ...[]Command) (*Table, error) {
	t := &Table{}
	var top []*Command
	for _, family := range families {
		for i := range family {
			c := family[i]
			if err := t.add(&c, nil); err != nil {
				return nil, err
			}
			top = append(top, &c)
		}
	}
	t.topLen = len(top)
	return t, t.names.build(top)
}

// add gives c its place, its derived fields and, in turn, its subcommands.
func (t *Table) add(c, parent *Command) error {
	c.FullName, c.Parent, c.ID = c.Name, parent, len(t.all)
	if parent != nil {
		c.FullName = parent.Name + "|" + c.Name
	}
	c.ACL |= impliedCategories(c)
	c.compileKeys()
	if err := c.check(); err != nil {
		return fmt.Errorf("command table: %s: %w", c.FullName, err)
	}
	t.all = append(t.all, c)
	t.subs = append(t.subs, nameIndex{})
	if len(c.Sub) == 0 {
		return nil
	}
	c.Sub = append([]Command(nil), c.Sub...)
	subs := make([]*Command, len(c.Sub))
	for i := range c.Sub {
		subs[i] = &c.Sub[i]
		if err := t.add(subs[i], c); err != nil {
			return err
		}
	}
	return t.subs[c.ID].build(subs)
}

// impliedCategories derives ACL categories from the flags, as Redis does: every command is either fast or slow, and
// scripting commands marked ReadOnly do not count as reading, since scripts may do anything.
func impliedCategories(c *Command) Categories {
	var cats Categories
	for _, implied := range []struct {
		flag Flags
		cats Categories
	}{
		{Write, CatWrite},
		{Admin, CatAdmin | CatDangerous},
		{PubSub, CatPubSub},
		{Fast, CatFast},
		{Blocking, CatBlocking},
	} {
		if c.Flags.Has(implied.flag) {
			cats |= implied.cats
		}
	}
	if c.Flags.Has(ReadOnly) && c.ACL&CatScripting == 0 {
		cats |= CatRead
	}
	if (c.ACL|cats)&CatFast == 0 {
		cats |= CatSlow
	}
	return cats
}

// Lookup finds the command that the words of a call name, whatever their case. A container called with a second word
// gives way to the subcommand of that name. Three outcomes: the command and true; nil and false when there is no such
// command; the container and false when it has no such subcommand. It does not allocate.
func (t *Table) Lookup(args [][]byte) (c *Command, ok bool) {
	if len(args) == 0 {
		return nil, false
	}
	if c = t.names.find(args[0]); c == nil {
		return nil, false
	}
	if len(c.Sub) == 0 || len(args) == 1 {
		return c, true
	}
	if sub := t.subs[c.ID].find(args[1]); sub != nil {
		return sub, true
	}
	return c, false
}

// Named finds a command by its full name ("get", "client|list"), whatever its case, or returns nil.
func (t *Table) Named(fullName string) *Command {
	name, subName, isSub := strings.Cut(fullName, "|")
	c := t.names.find([]byte(name))
	if c == nil || !isSub {
		return c
	}
	return t.subs[c.ID].find([]byte(subName))
}

// All iterates over all commands, each container directly followed by its subcommands, in the order of their IDs.
func (t *Table) All() iter.Seq[*Command] {
	return func(yield func(*Command) bool) {
		for _, c := range t.all {
			if !yield(c) {
				return
			}
		}
	}
}

// Top iterates over the commands without their subcommands.
func (t *Table) Top() iter.Seq[*Command] {
	return func(yield func(*Command) bool) {
		for _, c := range t.all {
			if c.Parent == nil && !yield(c) {
				return
			}
		}
	}
}

// Len returns the number of commands and subcommands: one more than the highest ID.
func (t *Table) Len() int { return len(t.all) }

// TopLen returns the number of commands without their subcommands.
func (t *Table) TopLen() int { return t.topLen }

// nameIndex finds commands by name: a hash table with open addressing, at most a quarter full, that never changes. It
// beats a map because the name on the wire needs no lower-casing first.
type nameIndex struct {
	slots   []*Command // a power of two of them
	longest int        // length of the longest name; longer words are not even hashed
}

func (x *nameIndex) build(cmds []*Command) error {
	size := 1
	for size < 4*len(cmds) {
		size *= 2
	}
	x.slots = make([]*Command, size)
	for _, c := range cmds {
		i := foldHash([]byte(c.Name)) & uint32(size-1)
		for x.slots[i] != nil {
			if x.slots[i].Name == c.Name {
				return fmt.Errorf("command table: %s stands there twice", c.FullName)
			}
			i = (i + 1) & uint32(size-1)
		}
		x.slots[i] = c
		x.longest = max(x.longest, len(c.Name))
	}
	return nil
}

func (x *nameIndex) find(name []byte) *Command {
	if len(name) > x.longest || len(x.slots) == 0 {
		return nil
	}
	mask := uint32(len(x.slots) - 1)
	for i := foldHash(name) & mask; ; i = (i + 1) & mask {
		c := x.slots[i]
		if c == nil || EqualFold(name, c.Name) {
			return c
		}
	}
}

// foldHash is FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/) over the bytes with the bit set that tells ASCII lower from
// upper case. Other bytes may come to share a hash by that, which costs a comparison and nothing else.
func foldHash(name []byte) uint32 {
	h := uint32(2166136261)
	for _, b := range name {
		h = (h ^ uint32(b|0x20)) * 16777619
	}
	return h ^ h>>15
}

// Rename gives a command another name, or with to empty removes it (rename-command). It belongs to start-up: the table
// must not be in use yet.
func (t *Table) Rename(from, to string) error {
	c := t.Named(from)
	if c == nil || c.Parent != nil {
		return fmt.Errorf("no such command '%s'", from)
	}
	var top []*Command
	for x := range t.Top() {
		if x != c && x.Name != "" {
			top = append(top, x)
		}
	}
	c.setName(strings.ToLower(to))
	if to != "" {
		top = append(top, c)
	} else {
		t.topLen--
	}
	return t.names.build(top)
}

func (c *Command) setName(name string) {
	c.Name, c.FullName = name, name
	for i := range c.Sub {
		c.Sub[i].FullName = name + "|" + c.Sub[i].Name
	}
}
