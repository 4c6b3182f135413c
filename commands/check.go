package commands

import (
	"errors"
	"fmt"
	"strings"
)

// check reports what is wrong with an entry of the table by itself. What can be derived from one part of an entry and
// is stated in another must agree, so that a gate, COMMAND DOCS and a client's hints cannot tell different stories.
func (c *Command) check() error {
	switch {
	case c.Name == "" || c.Name != strings.ToLower(c.Name) || strings.ContainsAny(c.Name, " |"):
		return errors.New("the name is not one lower-case word")
	case c.Summary == "" || c.Complexity == "" || c.Since == "":
		return errors.New("the documentation is incomplete")
	case !knownGroup(c.Group):
		return fmt.Errorf("unknown group %q", c.Group)
	case c.Run == nil && len(c.Sub) == 0:
		return errors.New("there is neither a handler nor a subcommand")
	case c.Parent != nil && len(c.Sub) > 0:
		return errors.New("a subcommand has subcommands")
	case c.Flags.Has(Write | ReadOnly):
		return errors.New("the flags say both write and readonly")
	case c.ReplacedBy != "" && c.Deprecated == "":
		return errors.New("there is a replacement for a command that is not deprecated")
	}
	if err := c.checkArity(); err != nil {
		return err
	}
	return c.checkKeys()
}

func knownGroup(g Group) bool {
	switch g {
	case GroupGeneric, GroupString, GroupBitmap, GroupConnection, GroupServer, GroupTransactions, GroupScripting,
		GroupList, GroupHash, GroupSet, GroupSortedSet, GroupStream, GroupHyperLogLog, GroupGeo, GroupPubSub:
		return true
	}
	return false
}

// checkArity compares the arity with the syntax. A bare container and a developers' command have no syntax.
func (c *Command) checkArity() error {
	least, exact := c.nameWords(), true
	for i := range c.Args {
		n, fixed := c.Args[i].words()
		least, exact = least+n, exact && fixed
	}
	switch {
	case c.Arity == 0:
		return errors.New("the arity is missing")
	case c.Run == nil:
		if c.Arity != -2 {
			return fmt.Errorf("a container has arity %d, want -2", c.Arity)
		}
	case c.Flags.Has(SysCmd):
	case c.Arity > 0 && (!exact || least != c.Arity), c.Arity < 0 && least != -c.Arity:
		return fmt.Errorf("arity %d, but the syntax has at least %d words", c.Arity, least)
	}
	return nil
}

// nameWords returns how many words of a call are the command's name.
func (c *Command) nameWords() int {
	if c.Parent != nil {
		return 2
	}
	return 1
}

// words returns how many words the element takes at least, and whether it always takes that many.
func (a *Arg) words() (least int, fixed bool) {
	fixed = !a.Optional && !a.Multiple
	switch a.Type {
	case ArgToken:
		return a.orNone(1), fixed
	case ArgBlock:
		for i := range a.Sub {
			n, f := a.Sub[i].words()
			least, fixed = least+n, fixed && f
		}
	case ArgOneOf:
		for i, alternative := range a.Sub {
			alternative.Optional = false // to choose is to choose something
			n, f := alternative.words()
			if i > 0 && n != least {
				fixed = false
			}
			if i == 0 || n < least {
				least = n
			}
			fixed = fixed && f
		}
	default:
		least = 1
	}
	if a.Token != "" {
		least++
	}
	return a.orNone(least), fixed
}

func (a *Arg) orNone(n int) int {
	if a.Optional {
		return 0
	}
	return n
}

// checkKeys makes sure that the shortest legal call has its keys where the specs say, and that the syntax refers to
// specs that exist.
func (c *Command) checkKeys() error {
	if n := maxKeySpec(c.Args); n >= len(c.Keys) {
		return fmt.Errorf("the syntax refers to key spec %d of %d", n, len(c.Keys))
	}
	if c.Run == nil {
		return nil
	}
	for _, s := range c.Keys {
		if s.Unknown && c.GetKeys == nil {
			return errors.New("a key spec is unknown and there is no key function")
		}
	}
	words := make([][]byte, max(c.Arity, -c.Arity))
	for i := range words {
		words[i] = []byte("1") // good for counts, too
	}
	for _, s := range c.Keys {
		if s.Step < 1 {
			return errors.New("a key spec has no step")
		}
		if s.Keyword == "" && !s.Unknown && s.Index < c.nameWords() {
			return errors.New("a key spec points at the name")
		}
		if _, ok := s.find(words, nil); !ok {
			return errors.New("a key spec points beyond the shortest call")
		}
	}
	if c.GetKeys != nil {
		if _, ok := c.GetKeys(words, nil); !ok {
			return errors.New("the key function refuses the shortest call")
		}
	}
	return nil
}

// maxKeySpec returns the highest key spec that the syntax refers to, -1 if none.
func maxKeySpec(args []Arg) int {
	n := -1
	for i := range args {
		n = max(n, args[i].KeySpec, maxKeySpec(args[i].Sub))
	}
	return n
}
