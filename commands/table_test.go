package commands

import (
	"slices"
	"strings"
	"testing"
)

func dataTable(t testing.TB) *Table {
	t.Helper()
	table, err := NewTable(DataFamilies()...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func words(line string) [][]byte {
	var out [][]byte
	for _, w := range strings.Fields(line) {
		out = append(out, []byte(w))
	}
	return out
}

func TestNewTableRefusesContradictions(t *testing.T) {
	run := func(*Ctx) error { return nil }
	sound := func() Command {
		return Command{Name: "a", Group: GroupString, Since: "1.0.0", Arity: 2, Summary: "Does.", Complexity: "O(1)",
			Keys: []KeySpec{KeyAt(1, KeyRO)}, Args: []Arg{KeyArg("key", 0)}, Run: run}
	}
	if _, err := NewTable([]Command{sound()}); err != nil {
		t.Fatalf("the sound entry is refused: %v", err)
	}
	for _, tc := range []struct {
		name  string
		spoil func(c *Command)
		want  string
	}{
		{"upper case", func(c *Command) { c.Name = "A" }, "lower-case"},
		{"two words", func(c *Command) { c.Name = "a b" }, "lower-case"},
		{"no name", func(c *Command) { c.Name = "" }, "lower-case"},
		{"no summary", func(c *Command) { c.Summary = "" }, "documentation"},
		{"no complexity", func(c *Command) { c.Complexity = "" }, "documentation"},
		{"no version", func(c *Command) { c.Since = "" }, "documentation"},
		{"group", func(c *Command) { c.Group = "strings" }, "unknown group"},
		{"no handler", func(c *Command) { c.Run = nil }, "handler"},
		{"write and readonly", func(c *Command) { c.Flags = Write | ReadOnly }, "both"},
		{"replacement", func(c *Command) { c.ReplacedBy = "b" }, "not deprecated"},
		{"no arity", func(c *Command) { c.Arity = 0 }, "arity is missing"},
		{"arity too low", func(c *Command) { c.Arity = -1 }, "at least 2"},
		{"arity too high", func(c *Command) { c.Arity = 3 }, "at least 2"},
		{"exact arity, optional word", func(c *Command) { c.Args = append(c.Args, Str("more").Opt()) }, "at least 2"},
		{"exact arity, repeated word", func(c *Command) { c.Args[0] = c.Args[0].Many() }, "at least 2"},
		{"exact arity, unequal choices",
			func(c *Command) { c.Args[0] = OneOf("x", Str("a"), Str("b").With("B")) }, "at least 2"},
		{"missing spec", func(c *Command) { c.Keys = nil }, "refers to key spec 0 of 0"},
		{"missing spec below", func(c *Command) { c.Args[0] = Block("x", KeyArg("key", 1)) }, "refers to key spec 1 of 1"},
		{"no step", func(c *Command) { c.Keys[0].Step = 0 }, "no step"},
		{"key is the name", func(c *Command) { c.Keys[0].Index = 0 }, "the name"},
		{"key out of range", func(c *Command) { c.Keys[0].Index = 2 }, "beyond"},
		{"last key out of range", func(c *Command) { c.Keys[0].Last = 1 }, "beyond"},
		{"key function", func(c *Command) {
			c.GetKeys = func(_ [][]byte, dst []KeyRef) ([]KeyRef, bool) { return dst, false }
		}, "key function"},
		{"container arity", func(c *Command) { c.Run, c.Sub = nil, []Command{sound()} }, "container has arity"},
		{"unsound subcommand", func(c *Command) { c.Sub = []Command{{Name: "b"}} }, "a|b: the documentation"},
		{"subcommand's key is its name", func(c *Command) { c.Sub = []Command{sound()} }, "a|a: "},
		{"third level", func(c *Command) {
			s := sound()
			s.Sub = []Command{sound()}
			c.Sub = []Command{s}
		}, "has subcommands"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := sound()
			tc.spoil(&c)
			_, err := NewTable([]Command{c})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want one with %q", err, tc.want)
			}
		})
	}
	if _, err := NewTable([]Command{sound()}, []Command{sound()}); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Fatalf("a second entry of the same name: error %v", err)
	}
}

func TestTableIsConsistent(t *testing.T) {
	table := dataTable(t)
	id, top := 0, 0
	seen := map[string]bool{}
	for c := range table.All() {
		if c.ID != id {
			t.Errorf("%s has ID %d, want %d", c.FullName, c.ID, id)
		}
		id++
		if seen[c.FullName] {
			t.Errorf("%s is there twice", c.FullName)
		}
		seen[c.FullName] = true
		if got := table.Named(strings.ToUpper(c.FullName)); got != c {
			t.Errorf("Named(%q) = %v", c.FullName, got)
		}
		if fast := c.ACL & (CatFast | CatSlow); fast != CatFast && fast != CatSlow {
			t.Errorf("%s is neither or both of fast and slow", c.FullName)
		}
		for i := range c.Sub {
			if sub := &c.Sub[i]; sub.Parent != c || table.Named(c.Name+"|"+sub.Name) != sub {
				t.Errorf("%s is not linked with its container", sub.FullName)
			}
		}
	}
	for c := range table.Top() {
		if c.Parent != nil {
			t.Errorf("%s is at the top", c.FullName)
		}
		top++
	}
	if id != table.Len() || top != table.TopLen() {
		t.Errorf("Len, TopLen = %d, %d, want %d, %d", table.Len(), table.TopLen(), id, top)
	}
}

// A write whose keys nobody knows cannot be locked by key: it must be known to take the whole keyspace.
func TestWritesWithoutKeys(t *testing.T) {
	var got []string
	for c := range dataTable(t).All() {
		if c.Flags.Has(Write) && len(c.Keys) == 0 {
			got = append(got, c.FullName)
			if !c.Flags.Has(AllShards) {
				t.Errorf("%s has neither keys nor AllShards", c.FullName)
			}
		}
	}
	slices.Sort(got)
	if want := []string{"flushall", "flushdb", "swapdb"}; !slices.Equal(got, want) {
		t.Errorf("writes without keys: %v, want %v", got, want)
	}
}

func TestBuildingDoesNotTouchTheFamilies(t *testing.T) {
	a, b := dataTable(t), dataTable(t)
	if a.Named("object|help") == b.Named("object|help") {
		t.Error("two tables share an entry")
	}
	if c := &objectCommands[0]; c.FullName != "" || c.Sub[0].Parent != nil {
		t.Error("building a table changed the family it was built from")
	}
}

func TestLookup(t *testing.T) {
	table := dataTable(t)
	for _, tc := range []struct {
		line string
		want string // full name of what is returned, "" for nil
		ok   bool
	}{
		{"get k", "get", true},
		{"GeT", "get", true},
		{"BITFIELD_RO k", "bitfield_ro", true},
		{"OBJECT", "object", true},
		{"object EncodinG k", "object|encoding", true},
		{"object nonsense k", "object", false},
		{"object " + strings.Repeat("x", 1000), "object", false},
		{"nonsense", "", false},
		{"object|encoding k", "", false},
		{"ge", "", false},
		{"gett", "", false},
		{"bitfield\x7fro k", "", false},
		{"g\x05t k", "", false},
		{strings.Repeat("x", 1000), "", false},
		{"", "", false},
	} {
		t.Run(tc.line, func(t *testing.T) {
			c, ok := table.Lookup(words(tc.line))
			name := ""
			if c != nil {
				name = c.FullName
			}
			if name != tc.want || ok != tc.ok {
				t.Errorf("got %q, %v, want %q, %v", name, ok, tc.want, tc.ok)
			}
		})
	}
	if c, ok := table.Lookup([][]byte{{}}); c != nil || ok {
		t.Errorf("an empty name finds %v", c)
	}
	for _, name := range []string{"get|", "get|x", "object|", "|encoding", "object|encoding|x", ""} {
		if c := table.Named(name); c != nil {
			t.Errorf("Named(%q) = %s", name, c.FullName)
		}
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	table := dataTable(t)
	calls := [][][]byte{words("SET k v"), words("OBJECT ENCODING k"), words("NONSENSE"), words("OBJECT NONSENSE")}
	if n := testing.AllocsPerRun(100, func() {
		for _, args := range calls {
			table.Lookup(args)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestImpliedCategories(t *testing.T) {
	table := dataTable(t)
	for name, want := range map[string]string{
		"get":      "@read @string @fast",
		"set":      "@write @string @slow",
		"flushall": "@keyspace @write @slow @dangerous",
		"keys":     "@keyspace @read @slow @dangerous",
		"object":   "@slow",
	} {
		if got := strings.Join(table.Named(name).ACL.Names(), " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for _, tc := range []struct {
		name  string
		flags Flags
		acl   Categories
		want  Categories
	}{
		{"admin", Admin, 0, CatAdmin | CatDangerous | CatSlow},
		{"pubsub", PubSub | Fast, 0, CatPubSub | CatFast},
		{"blocking", Blocking | Write, 0, CatBlocking | CatWrite | CatSlow},
		{"scripts do not count as reading", ReadOnly, CatScripting, CatSlow},
		{"explicitly fast", 0, CatFast, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := impliedCategories(&Command{Flags: tc.flags, ACL: tc.acl}); got != tc.want {
				t.Errorf("got %v, want %v", got.Names(), tc.want.Names())
			}
		})
	}
}

func TestFindKeys(t *testing.T) {
	table := dataTable(t)
	for _, tc := range []struct {
		line string
		want []KeyRef // nil: the call makes no sense
	}{
		{"get k", []KeyRef{{1, KeyRO | KeyAccess}}},
		{"set k v", []KeyRef{{1, KeyOW | KeyUpdate}}},
		{"set get get", []KeyRef{{1, KeyOW | KeyUpdate}}},
		{"set k v ex 1 GET", []KeyRef{{1, KeyRW | KeyAccess | KeyUpdate}}},
		{"mset a 1 b 2", []KeyRef{{1, KeyOW | KeyUpdate}, {3, KeyOW | KeyUpdate}}},
		{"rename a b", []KeyRef{{1, KeyRW | KeyAccess | KeyDelete}, {2, KeyOW | KeyUpdate}}},
		{"bitop and d a b", []KeyRef{{2, KeyOW | KeyUpdate}, {3, KeyRO | KeyAccess}, {4, KeyRO | KeyAccess}}},
		{"bitfield k", []KeyRef{{1, KeyRO | KeyAccess}}},
		{"bitfield k get u8 0 OVERFLOW sat get u8 8", []KeyRef{{1, KeyRO | KeyAccess}}},
		{"bitfield k get u8 0 set u8 0 1", []KeyRef{{1, KeyRW | KeyAccess | KeyUpdate}}},
		{"bitfield k get u8", []KeyRef{{1, KeyRW | KeyAccess | KeyUpdate}}},
		{"object encoding k", []KeyRef{{2, KeyRO}}},
		{"get", nil},
		{"set k", nil},
		{"rename a", nil},
	} {
		t.Run(tc.line, func(t *testing.T) {
			args := words(tc.line)
			c, ok := table.Lookup(args)
			if !ok {
				t.Fatal("no such command")
			}
			got, err := c.FindKeys(args, nil)
			if (err != nil) != (tc.want == nil) || err == nil && !slices.Equal(got, tc.want) {
				t.Errorf("got %v, %v, want %v", got, err, tc.want)
			}
		})
	}
}

func TestNameKeys(t *testing.T) {
	table := dataTable(t)
	for _, tc := range []struct{ line, want string }{
		{"get k", "k"},
		{"set k v get", "k"},
		{"mset a 1 b 2", "a b"},
		{"pfmerge d a", "d a"},
		{"pfmerge d", ""},
		{"zunionstore d 2 a b", "d a b"},
		{"zunionstore d 0 a b", ""},
		{"zunion 0 a", ""},
		{"xread streams a b c", "a"},
		{"xread group streams streams a b c d", "streams a"},
		{"xread count 1", ""},
	} {
		t.Run(tc.line, func(t *testing.T) {
			args := words(tc.line)
			c, ok := table.Lookup(args)
			if !ok {
				t.Fatal("no such command")
			}
			refs, _ := c.NameKeys(args, nil)
			var names []string
			for _, r := range refs {
				names = append(names, string(args[r.Index]))
			}
			if got := strings.Join(names, " "); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestLegacyRange(t *testing.T) {
	table := dataTable(t)
	for _, tc := range []struct {
		name                      string
		first, last, step, single int
	}{
		{"get", 1, 1, 1, 1},
		{"set", 1, 1, 1, 1},
		{"bitfield", 1, 1, 1, 1},
		{"mget", 1, -1, 1, 0},
		{"mset", 1, -1, 2, 0},
		{"rename", 1, 2, 1, 0},
		{"lcs", 1, 2, 1, 0},
		{"bitop", 2, -1, 1, 0},
		{"object|encoding", 2, 2, 1, 2},
		{"keys", 0, 0, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := table.Named(tc.name)
			first, last, step := c.LegacyRange()
			if first != tc.first || last != tc.last || step != tc.step || c.SingleKey() != tc.single {
				t.Errorf("got %d %d %d, single %d", first, last, step, c.SingleKey())
			}
			if c.Flags.Has(MovableKeys) {
				t.Error("the keys count as movable")
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	table := dataTable(b)
	for _, line := range []string{"GET k", "INCRBYFLOAT k 1", "OBJECT ENCODING k"} {
		args := words(line)
		b.Run(strings.ReplaceAll(line, " ", "_"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table.Lookup(args)
			}
		})
	}
}
