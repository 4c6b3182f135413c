package commands

import "math"

// objectCommands show how values are kept.
var objectCommands = []Command{
	{
		Name: "object", Group: GroupGeneric, Since: "2.2.3", Arity: -2,
		Summary:    "Groups the commands that look into how a value is kept.",
		Complexity: "Depends on the subcommand",
		Sub: []Command{
			{
				Name: "encoding", Group: GroupGeneric, Since: "2.2.3", Arity: 3, Flags: ReadOnly, ACL: CatKeyspace,
				Summary:    "Names the representation chosen for a value.",
				Complexity: "O(1)",
				Tips:       []string{"nondeterministic_output"},
				Keys:       []KeySpec{KeyAt(2, KeyRO)},
				Args:       []Arg{KeyArg("key", 0)},
				Run:        objectEncoding,
			},
			{
				Name: "freq", Group: GroupGeneric, Since: "4.0.0", Arity: 3, Flags: ReadOnly, ACL: CatKeyspace,
				Summary:    "Shows the logarithmic use counter kept for LFU eviction.",
				Complexity: "O(1)",
				Tips:       []string{"nondeterministic_output"},
				Keys:       []KeySpec{KeyAt(2, KeyRO)},
				Args:       []Arg{KeyArg("key", 0)},
				Run:        objectFreq,
			},
			{
				Name: "idletime", Group: GroupGeneric, Since: "2.2.3", Arity: 3, Flags: ReadOnly, ACL: CatKeyspace,
				Summary:    "Tells how many seconds ago a key was last used.",
				Complexity: "O(1)",
				Tips:       []string{"nondeterministic_output"},
				Keys:       []KeySpec{KeyAt(2, KeyRO)},
				Args:       []Arg{KeyArg("key", 0)},
				Run:        objectIdleTime,
			},
			{
				Name: "refcount", Group: GroupGeneric, Since: "2.2.3", Arity: 3, Flags: ReadOnly, ACL: CatKeyspace,
				Summary:    "Tells how many references a value has.",
				Complexity: "O(1)",
				Tips:       []string{"nondeterministic_output"},
				Keys:       []KeySpec{KeyAt(2, KeyRO)},
				Args:       []Arg{KeyArg("key", 0)},
				Run:        objectRefCount,
			},
			{
				Name: "help", Group: GroupGeneric, Since: "6.2.0", Arity: 2, Flags: Loading | Stale, ACL: CatKeyspace,
				Summary:    "Lists the OBJECT subcommands.",
				Complexity: "O(1)",
				Run:        Help,
			},
		},
	},
}

// Errors of OBJECT, in Redis's words.
const (
	errIdleUnderLFU Error = "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when " +
		"switching between policies at runtime LRU and LFU data will take some time to adjust."
	errFreqWithoutLFU Error = "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note " +
		"that when switching between policies at runtime LRU and LFU data will take some time to adjust."
)

func objectEncoding(c *Ctx) error {
	if e := c.Tx.Inspect(c.Args[2]); e.Exists() {
		c.W.BulkString(e.Encoding().String())
	} else {
		c.W.Null()
	}
	return nil
}

func objectFreq(c *Ctx) error {
	e := c.Tx.Inspect(c.Args[2])
	switch {
	case !e.Exists():
		c.W.Null()
	case !c.Tx.Policy().LFU():
		return errFreqWithoutLFU
	default:
		c.W.Int(c.Tx.Frequency(e))
	}
	return nil
}

func objectIdleTime(c *Ctx) error {
	e := c.Tx.Inspect(c.Args[2])
	switch {
	case !e.Exists():
		c.W.Null()
	case c.Tx.Policy().LFU():
		return errIdleUnderLFU
	default:
		c.W.Int(c.Tx.IdleSeconds(e))
	}
	return nil
}

// sharedIntegers is how many small integers Redis keeps one object for, from 0 on, and sharedCount what it says of their
// references.
const (
	sharedIntegers = 10000
	sharedCount    = math.MaxInt32
)

// objectRefCount replies 1, as a value belongs to its key alone; but tools tell shared integers by their count, so it is
// Redis's for those that Redis would share.
func objectRefCount(c *Ctx) error {
	e := c.Tx.Inspect(c.Args[2])
	if !e.Exists() {
		c.W.Null()
		return nil
	}
	if n, ok := e.Int(); ok && n >= 0 && n < sharedIntegers && c.Env.SharesIntegers {
		c.W.Int(sharedCount)
		return nil
	}
	c.W.Int(1)
	return nil
}
