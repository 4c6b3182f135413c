package commands

import (
	"errors"
	"strings"

	"synap/server/resp"
)

// KeyFlags say what a command does with the keys of one spec, as COMMAND shows them.
type KeyFlags uint16

// The key flags (https://redis.io/docs/latest/develop/reference/key-specs/).
const (
	KeyRO KeyFlags = 1 << iota
	KeyRW
	KeyOW
	KeyRM
	KeyAccess
	KeyUpdate
	KeyInsert
	KeyDelete
	KeyNotKey
	KeyIncomplete
	KeyVariable
)

var keyFlagNames = []string{"RO", "RW", "OW", "RM", "access", "update", "insert", "delete", "not_key", "incomplete",
	"variable_flags"}

// Names returns the flags as COMMAND shows them.
func (f KeyFlags) Names() []string {
	var out []string
	for i, n := range keyFlagNames {
		if f&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	return out
}

// KeySpec locates keys among a command's words: a beginning (a fixed index, or the word after a keyword) and from there
// a range or a counted list.
type KeySpec struct {
	Flags   KeyFlags
	Notes   string
	Index   int    // position of the first key; 0 when Keyword is used
	Keyword string // begin after this word ...
	From    int    // ... searched from this position (negative: from the end, backwards)
	// Range form: Last is relative to the first key (0: one key; negative: from the end), Step is the distance of keys,
	// Limit divides the range (0 and 1: all of it).
	Last, Step, Limit int
	// Counted form, when KeyNum is set: NumAt is the offset of the count, FirstAt that of the first key, from the beginning.
	KeyNum         bool
	NumAt, FirstAt int
	// Unknown: no rule says where the keys are. Command.GetKeys finds those that the words name.
	Unknown bool
}

// KeysUnknown is keys that no rule finds.
func KeysUnknown(f KeyFlags, notes string) KeySpec {
	return KeySpec{Flags: f, Notes: notes, Step: 1, Unknown: true}
}

// KeyAt is the single key at position i.
func KeyAt(i int, f KeyFlags) KeySpec { return KeySpec{Flags: f, Index: i, Step: 1} }

// KeyRange is the keys from position first to last (relative to first if >= 0, from the end if negative), step apart.
func KeyRange(first, last, step int, f KeyFlags) KeySpec {
	return KeySpec{Flags: f, Index: first, Last: last, Step: step}
}

// KeyCount is a count at position i, followed by that many keys.
func KeyCount(i int, f KeyFlags) KeySpec {
	return KeySpec{Flags: f, Index: i, KeyNum: true, FirstAt: 1, Step: 1}
}

// KeyRef is one key found among a command's words.
type KeyRef struct {
	Index int // position of the word
	Flags KeyFlags
}

// KeyFunc finds keys that no spec can describe. It reports false when the words make no sense.
type KeyFunc func(args [][]byte, dst []KeyRef) ([]KeyRef, bool)

// ReachFunc reports whether a call may touch keys that its words do not name. It may be wrong about calls that the handler
// refuses.
type ReachFunc func(args [][]byte) bool

// ErrKeys says that the keys cannot be found in the given words.
var ErrKeys = errors.New("invalid arguments specified for command")

// keyPlan is the compiled form of a command's specs: nearly all commands are one of three simple shapes.
type keyPlan struct {
	first, last, step int  // legacy triple: last negative counts from the end
	simple            bool // first/last/step is exact
	named             bool // a call may name keys
}

// compileKeys derives the plan and MovableKeys. A KeyFunc beside a spec with KeyVariable only refines the flags: the spec
// still says where the keys are. Any other KeyFunc is there because the specs fall short.
func (c *Command) compileKeys() {
	c.keys = legacyRange(c.Keys)
	exact, incomplete := c.GetKeys == nil, false
	c.keys.named = c.GetKeys != nil
	for _, s := range c.Keys {
		c.keys.named = c.keys.named || s.Flags&KeyNotKey == 0
		exact = exact || s.Flags&KeyVariable != 0
		incomplete = incomplete || s.Unknown || s.Flags&KeyIncomplete != 0
	}
	exact = exact && !incomplete
	c.keys.simple = exact && (len(c.Keys) == 0 ||
		(len(c.Keys) == 1 && c.Keys[0].Keyword == "" && !c.Keys[0].KeyNum && c.Keys[0].Limit <= 1))
	if !exact || !c.keys.simple && !legacyCovers(c.Keys) {
		c.Flags |= MovableKeys
	}
}

// legacyRange derives the first/last/step triple that COMMAND shows, from the index-and-range specs.
func legacyRange(specs []KeySpec) (p keyPlan) {
	for _, s := range specs {
		if s.Keyword != "" || s.KeyNum || s.Unknown {
			continue
		}
		last := s.Last
		if last >= 0 {
			last += s.Index
		}
		if p.first == 0 {
			p.first, p.last, p.step = s.Index, last, s.Step
			continue
		}
		p.first = min(p.first, s.Index)
		if p.last >= 0 && last >= 0 {
			p.last = max(p.last, last)
		} else if last < 0 {
			p.last = last
		}
	}
	return p
}

// legacyCovers reports whether the specs are plain ranges that join into one.
func legacyCovers(specs []KeySpec) bool {
	prev := 0
	for i, s := range specs {
		if s.Keyword != "" || s.KeyNum || s.Limit > 1 || s.Step != 1 {
			return false
		}
		if i > 0 && (prev < 0 || s.Index != prev+1) {
			return false
		}
		prev = s.Last
		if prev >= 0 {
			prev += s.Index
		}
	}
	return true
}

// LegacyRange returns COMMAND's first, last and step.
func (c *Command) LegacyRange() (first, last, step int) {
	return c.keys.first, c.keys.last, c.keys.step
}

// SingleKey returns the position of the one fixed key, or 0 when the command has none or several.
func (c *Command) SingleKey() int {
	if c.keys.simple && c.keys.named && c.keys.first > 0 && c.keys.first == c.keys.last {
		return c.keys.first
	}
	return 0
}

// FindKeys appends the keys of a call to dst. It returns ErrKeys when the words do not fit the command's syntax.
func (c *Command) FindKeys(args [][]byte, dst []KeyRef) ([]KeyRef, error) {
	if c.GetKeys != nil {
		out, ok := c.GetKeys(args, dst)
		if !ok {
			return dst, ErrKeys
		}
		return out, nil
	}
	for i := range c.Keys {
		if c.Keys[i].Flags&KeyNotKey != 0 {
			continue // a shard channel, which only cluster mode treats like a key
		}
		var ok bool
		if dst, ok = c.Keys[i].find(args, dst); !ok {
			return dst, ErrKeys
		}
	}
	return dst, nil
}

// NameKeys appends the keys that COMMAND GETKEYS names: those of the specs as they stand, and what GetKeys finds only if they
// do not fit or do not tell the flags. Where the words make no call, or no complete one, this differs from FindKeys, which
// finds what the command will touch: a spec that finds a beginning has to find a key, so PFMERGE of a destination alone has
// none, and XREAD's keys are half of what follows the first STREAMS, however many words that are.
func (c *Command) NameKeys(args [][]byte, dst []KeyRef) ([]KeyRef, error) {
	if out, ok := c.nameBySpecs(args, dst); ok {
		return out, nil
	}
	if c.GetKeys == nil {
		return dst, ErrKeys
	}
	return c.FindKeys(args, dst)
}

func (c *Command) nameBySpecs(args [][]byte, dst []KeyRef) (out []KeyRef, ok bool) {
	for i := range c.Keys {
		s := &c.Keys[i]
		switch {
		case s.Flags&KeyVariable != 0, s.Unknown, s.Flags&KeyIncomplete != 0:
			return dst, false
		case s.Flags&KeyNotKey != 0, s.Keyword != "" && s.findKeyword(args) == 0:
			continue
		}
		n := len(dst)
		if dst, ok = s.find(args, dst); !ok || len(dst) == n {
			return dst, false
		}
	}
	return dst, len(c.Keys) > 0
}

// find appends the keys of one spec. An absent keyword means no keys; a range outside the words is an error.
func (s *KeySpec) find(args [][]byte, dst []KeyRef) ([]KeyRef, bool) {
	if s.Unknown {
		return dst, true
	}
	first := s.Index
	if s.Keyword != "" {
		if first = s.findKeyword(args); first == 0 {
			return dst, true
		}
	}
	last := first + s.Last
	switch {
	case s.KeyNum:
		at := first + s.NumAt
		if at >= len(args) {
			return dst, false
		}
		n, ok := resp.ParseInt(args[at])
		if !ok || n < 0 || n > int64(len(args)) {
			return dst, false
		}
		first += s.FirstAt
		last = first + (int(n)-1)*s.Step
	case s.Last < 0:
		last = len(args) + s.Last
		if s.Limit > 1 {
			last = first + (len(args)-first)/s.Limit + s.Last
		}
	}
	if last >= len(args) || first >= len(args) && last >= first {
		return dst, false
	}
	for i := first; i <= last; i += s.Step {
		dst = append(dst, KeyRef{i, s.Flags})
	}
	return dst, true
}

func (s *KeySpec) findKeyword(args [][]byte) int {
	keyword, step, i, end := strings.ToLower(s.Keyword), 1, s.From, len(args)-1
	if s.From < 0 {
		step, i, end = -1, len(args)+s.From, 0
	}
	for ; i > 0 && i < len(args) && i != end+step; i += step {
		if EqualFold(args[i], keyword) {
			return i + 1
		}
	}
	return 0
}

// ReachesAll reports whether the call may touch keys that its words do not name, so that it needs the whole keyspace.
func (c *Command) ReachesAll(args [][]byte) bool {
	return c.Flags&AllShards != 0 || c.Reaches != nil && c.Reaches(args)
}

// HasKeys reports whether a call may name keys.
func (c *Command) HasKeys() bool { return c.keys.named }
