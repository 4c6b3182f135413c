package commands

import (
	"bytes"
	"sync"

	"synap/store"
)

// The syntax of SORT, but for STORE.
var (
	sortNotes = "the names of keys are made of the elements that are sorted"
	sortArgs  = []Arg{
		KeyArg("key", 0),
		sortPattern("by-pattern").With("BY").Opt(),
		Block("limit", Int("offset"), Int("count")).With("LIMIT").Opt(),
		sortPattern("get-pattern").With("GET").Opt().ManyTokens(),
		OneOf("order", Tok("asc", "ASC"), Tok("desc", "DESC")).Opt(),
		Tok("sorting", "ALPHA").Opt(),
	}
)

func sortPattern(name string) Arg {
	a := Pattern(name).Shown("pattern")
	a.KeySpec = 1
	return a
}

const sortComplexity = "O(N+M*log(M)) for N elements of which M are returned; O(N) if they are not sorted"

// sortCommands order the elements of lists, sets and sorted sets.
var sortCommands = []Command{
	{
		Name: "sort", Group: GroupGeneric, Since: "1.0.0", Arity: -2, Flags: Write | DenyOOM,
		ACL:        CatSet | CatSortedSet | CatList | CatDangerous,
		Summary:    "Sorts the elements of a list, a set or a sorted set, and lists or stores them or what other keys say of them.",
		Complexity: sortComplexity,
		Keys: []KeySpec{
			KeyAt(1, KeyRO|KeyAccess),
			KeysUnknown(KeyRO|KeyAccess, sortNotes),
			KeysUnknown(KeyOW|KeyUpdate, "STORE can stand anywhere among the options"),
		},
		GetKeys: sortKeys,
		Reaches: sortReaches,
		Args:    append(sortArgs[:len(sortArgs):len(sortArgs)], KeyArg("destination", 2).With("STORE").Opt()),
		Run:     func(c *Ctx) error { return sortValue(c, true) },
	},
	{
		Name: "sort_ro", Group: GroupGeneric, Since: "7.0.0", Arity: -2, Flags: ReadOnly,
		ACL:        CatSet | CatSortedSet | CatList | CatDangerous,
		Summary:    "Sorts the elements of a list, a set or a sorted set, and lists them or what other keys say of them.",
		Complexity: sortComplexity,
		Keys:       []KeySpec{KeyAt(1, KeyRO|KeyAccess), KeysUnknown(KeyRO|KeyAccess, sortNotes)},
		GetKeys: func(args [][]byte, dst []KeyRef) ([]KeyRef, bool) {
			return append(dst, KeyRef{1, KeyRO | KeyAccess}), len(args) > 1
		},
		Reaches: sortReaches,
		Args:    sortArgs,
		Run:     func(c *Ctx) error { return sortValue(c, false) },
	},
}

// sortKeys finds the source, and the target after the last STORE.
func sortKeys(args [][]byte, dst []KeyRef) ([]KeyRef, bool) {
	if len(args) < 2 {
		return dst, false
	}
	dst, source := append(dst, KeyRef{1, KeyRO | KeyAccess}), len(dst)
	for i := 2; i < len(args); i++ {
		switch {
		case EqualFold(args[i], "limit"):
			i += 2
		case EqualFold(args[i], "by") || EqualFold(args[i], "get"):
			i++
		case EqualFold(args[i], "store") && i+1 < len(args):
			i++
			dst = append(dst[:source+1], KeyRef{i, KeyOW | KeyUpdate})
		}
	}
	return dst, true
}

// sortReaches tells the calls with a pattern that makes the name of a key.
func sortReaches(args [][]byte) bool {
	for i := 2; i+1 < len(args); i++ {
		if (EqualFold(args[i], "by") || EqualFold(args[i], "get")) && bytes.IndexByte(args[i+1], '*') >= 0 {
			return true
		}
	}
	return false
}

// sorting is what a SORT asks for.
type sorting struct {
	by     *keyPattern // nil: the elements themselves
	idle   bool        // BY something that is no pattern: as they are
	gets   []keyPattern
	desc   bool
	alpha  bool
	offset int64
	count  int64
	target []byte

	room  *sortRoom
	bySet bool // the elements are those of a set: they have no order of their own
	texts [][]byte
	// weights are the texts to sort by: the elements, or the values of other keys.
	weights [][]byte
	items   []sortItem
	first   int // the results: texts[items[first:last+1]], or if idle texts[first:last+1]
	last    int
}

func (s *sorting) parse(c *Ctx, mayStore bool) (err error) {
	for i := 2; i < len(c.Args); i++ {
		left := len(c.Args) - i - 1
		switch {
		case c.Is(i, "asc"):
			s.desc = false
		case c.Is(i, "desc"):
			s.desc = true
		case c.Is(i, "alpha"):
			s.alpha = true
		case c.Is(i, "limit") && left >= 2:
			if s.offset, err = c.Integer(i + 1); err != nil {
				return err
			}
			if s.count, err = c.Integer(i + 2); err != nil {
				return err
			}
			i += 2
		case c.Is(i, "store") && left >= 1 && mayStore:
			i++
			s.target = c.Args[i]
		case c.Is(i, "by") && left >= 1:
			i++
			p := parsePattern(c.Args[i])
			s.by = &p
			s.idle = s.idle || !p.varies
		case c.Is(i, "get") && left >= 1:
			i++
			s.gets = append(s.gets, parsePattern(c.Args[i]))
		default:
			return ErrSyntax
		}
	}
	return nil
}

// usualItems is how many elements are sorted without going to the heap for lists of them.
const usualItems = 128

// sortRoom is memory for the lists of a sorting.
type sortRoom struct {
	texts  [usualItems][]byte
	items  [2][usualItems]sortItem // they may be moved from one to the other and back
	digits [8 * usualItems]byte
}

var sortRooms = sync.Pool{New: func() any { return new(sortRoom) }}

// release gives the room back after the sorting of n elements. It forgets their texts: where they are, in the arena, there
// may be something else one day that must not be pointed into.
func (r *sortRoom) release(n int) {
	clear(r.texts[:min(n, usualItems)])
	sortRooms.Put(r)
}

const errSortScores Error = "ERR One or more scores can't be converted into double"

func sortValue(c *Ctx, mayStore bool) error {
	room := sortRooms.Get().(*sortRoom)
	s := sorting{count: -1, room: room, texts: room.texts[:0]}
	defer func() { room.release(len(s.texts)) }()
	if err := s.parse(c, mayStore); err != nil {
		return err
	}
	e := c.Tx.Read(c.Args[1])
	if e.Exists() && e.Type() != store.List && e.Type() != store.Set && e.Type() != store.SortedSet {
		return ErrWrongType
	}
	s.bySet = e.Exists() && e.Type() == store.Set
	if s.idle && s.bySet && s.target != nil { // what is stored must not depend on the order in which a set happens to lie
		s.idle, s.alpha, s.by = false, true, nil
	}
	s.load(e)
	if !s.idle {
		if !s.weigh(c) {
			return errSortScores
		}
		s.sort()
	}
	if s.target != nil {
		return s.store(c)
	}
	s.reply(c)
	return nil
}

// limit computes which of n elements are wanted.
func (s *sorting) limit(n int) {
	offset := int(min(max(s.offset, 0), int64(n)))
	count := int(min(max(s.count, -1), int64(n)))
	s.first, s.last = offset, n-1
	if count >= 0 {
		s.last = min(offset+count-1, n-1)
	}
	if offset >= n {
		s.first, s.last = n-1, n-2
	}
}

// load reads the elements: all of them, or if they stay in the order of a list or sorted set those that are wanted.
func (s *sorting) load(e store.Entry) {
	if !e.Exists() {
		s.first, s.last = 0, -1
		return
	}
	n := sortLength(e)
	s.limit(n)
	from, to, reverse := 0, n, false
	if s.idle && !s.bySet {
		from, to, reverse = s.first, max(s.last+1, s.first), s.desc
		s.first, s.last = 0, to-from-1
	}
	if to-from > cap(s.texts) {
		s.texts = make([][]byte, 0, to-from)
	}
	room := s.room.digits[:0] // of elements that are integers
	visitSorted(e, from, to, reverse, func(text []byte, scratch bool) {
		if scratch {
			if cap(room)-len(room) < len(text) {
				room = make([]byte, 0, max(4<<10, min(16*(to-from), 64<<10)))
			}
			room = append(room, text...)
			text = room[len(room)-len(text) : len(room) : len(room)]
		}
		s.texts = append(s.texts, text)
	})
}

// each visits the results.
func (s *sorting) each(visit func(text []byte)) {
	for i := s.first; i <= s.last; i++ {
		if s.idle {
			visit(s.texts[i])
		} else {
			visit(s.texts[s.items[i].index])
		}
	}
}

// results is how many values there are in all.
func (s *sorting) results() int { return (s.last - s.first + 1) * max(len(s.gets), 1) }

func (s *sorting) reply(c *Ctx) {
	c.W.Array(s.results())
	s.each(func(text []byte) {
		if len(s.gets) == 0 {
			c.W.Bulk(text)
		}
		for i := range s.gets {
			if value, ok := s.gets[i].value(c, text); ok {
				c.W.Bulk(value)
			} else {
				c.W.Null()
			}
		}
	})
}

// store makes the results a list.
func (s *sorting) store(c *Ctx) error {
	n := s.results()
	if n == 0 {
		if c.Tx.Delete(s.target) {
			c.Notify(store.EventGeneric, "del", s.target)
		}
		c.W.Int(0)
		return nil
	}
	values, onto := make([][]byte, 0, n), bytes.Equal(s.target, c.Args[1])
	s.each(func(text []byte) {
		if len(s.gets) == 0 && onto {
			text = append([]byte(nil), text...)
		}
		if len(s.gets) == 0 {
			values = append(values, text)
		}
		for i := range s.gets {
			value, _ := s.gets[i].value(c, text)
			values = append(values, append([]byte(nil), value...)) // of a missing key: empty
		}
	})
	if !store.ListFits(s.target, values...) {
		return ErrStringTooBig
	}
	c.Tx.StoreList(s.target, values)
	c.Notify(store.EventList, "sortstore", s.target)
	c.W.Int(int64(n))
	return nil
}
