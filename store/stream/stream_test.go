package stream

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"synap/store/arena"
)

func words(pairs []string) [][]byte {
	out := make([][]byte, len(pairs))
	for i, p := range pairs {
		out[i] = []byte(p)
	}
	return out
}

// trial runs the same operations on a stream and its twin.
type trial struct {
	t      testing.TB
	r      *rand.Rand
	a      *arena.Arena
	root   []byte
	w      *twin
	limits Limits
	now    int64
	names  []string
}

func newTrial(t testing.TB, seed1, seed2 uint64) *trial {
	x := &trial{t: t, r: rand.New(rand.NewPCG(seed1, seed2)), a: arena.New(new(arena.Pool)), root: make([]byte, RootSize),
		w: &twin{groups: map[string]*twinGroup{}}, limits: Limits{4096, 100}, names: []string{"", "a", "b", "\xff", "consumer"}}
	if seed1&1 == 1 {
		x.limits = Limits{[]int{0, 60, 300, 5000}[x.r.IntN(4)], []int{0, 1, 2, 7}[x.r.IntN(4)]}
	}
	return x
}

func (x *trial) word() string {
	switch x.r.IntN(8) {
	case 0:
		return strings.Repeat("x", x.r.IntN(70))
	case 1:
		return strings.Repeat("y", []int{63, 64, 255, 256, 4095, 4096, 16385, 65536}[x.r.IntN(8)]/(1+40*min(1, x.r.IntN(9))))
	case 2:
		return number(int64(x.r.Uint64()) >> x.r.IntN(64))
	case 3:
		return []string{"-0", "007", "-", "9223372036854775808", "-9223372036854775808", "127", "128", "-1"}[x.r.IntN(8)]
	}
	return number(int64(x.r.IntN(200)))
}

func (x *trial) pairs() (out []string) {
	if x.r.IntN(3) > 0 {
		return []string{"temp", number(int64(x.r.IntN(100))), "12", x.word()}
	}
	for range 1 + x.r.IntN(4) {
		out = append(out, []string{"temp", "12", "hum", ""}[x.r.IntN(4)], x.word())
	}
	return out
}

// nearby is an ID that may be in the stream.
func (x *trial) nearby() ID {
	if live := x.w.all(); len(live) > 0 && x.r.IntN(4) > 0 {
		id := live[x.r.IntN(len(live))].id
		if x.r.IntN(3) == 0 {
			id, _ = id.Next()
		}
		return id
	}
	return []ID{MinID, MaxID, x.w.last, {x.w.last.Ms, 0}, {x.r.Uint64N(x.w.last.Ms + 1), x.r.Uint64N(4)}}[x.r.IntN(5)]
}

func (x *trial) nextID() ID {
	id := x.w.last
	switch x.r.IntN(5) {
	case 0:
		return ID{id.Ms + 1 + x.r.Uint64N(300), x.r.Uint64N(3)}
	case 1:
		return ID{id.Ms + 1 + x.r.Uint64N(1<<20), x.r.Uint64() >> x.r.IntN(64)}
	}
	next, _ := id.Next()
	return next
}

// step does one random thing to both.
func (x *trial) step() {
	s := Open(x.a, x.root)
	switch p := x.r.IntN(100); {
	case p < 45:
		pairs, id := x.pairs(), x.nextID()
		s.Append(id, words(pairs), x.limits)
		x.w.append(id, pairs, x.limits)
	case p < 57:
		x.delete(&s)
	case p < 61:
		x.trim(&s)
	case p < 66:
		x.ranges(&s)
	case p < 70:
		s.Compact(x.r.Uint64(), 1+x.r.IntN(64))
	case p < 72:
		x.clone(&s)
	default:
		x.groups(&s)
	}
	s.Save(x.root)
}

func (x *trial) delete(s *Stream) {
	id := x.nearby()
	got, want := s.Delete(id), x.w.delete(id)
	if got != want {
		x.t.Fatalf("Delete(%v) = %t, want %t", id, got, want)
	}
	if s.Has(id) {
		x.t.Fatalf("Has(%v) after it was deleted", id)
	}
	if got {
		if x.r.IntN(2) == 0 && s.MaxDeleted.Less(id) {
			s.MaxDeleted, x.w.deleted = id, id
		}
		s.Settle()
		x.w.settle()
	}
}

func (x *trial) trim(s *Stream) {
	t := Trim{ByID: x.r.IntN(2) == 0, MaxLen: x.r.Uint64N(x.w.length + 2), MinID: x.nearby(), Whole: x.r.IntN(2) == 0}
	if t.Whole && x.r.IntN(2) == 0 {
		t.Limit = x.r.Uint64N(200)
	}
	if x.r.IntN(4) > 0 { // mostly a little
		t.ByID, t.MaxLen = false, x.w.length-x.w.length/uint64(2+x.r.IntN(20))
	}
	if got, want := s.Trim(t), x.w.trim(t); got != want {
		x.t.Fatalf("Trim(%+v) = %d, want %d", t, got, want)
	}
}

func read(i *Iterator) (out []twinEntry) {
	for i.Next() {
		e := twinEntry{id: i.ID}
		for range i.Pairs {
			field, value := i.Pair()
			e.pairs = append(e.pairs, string(field.Append(nil)), string(value.Append(nil)))
		}
		out = append(out, e)
	}
	return out
}

func (x *trial) ranges(s *Stream) {
	lo, hi, back := x.nearby(), x.nearby(), x.r.IntN(2) == 0
	if hi.Less(lo) && x.r.IntN(4) > 0 {
		lo, hi = hi, lo
	}
	i := s.Range(lo, hi, back)
	got := read(&i)
	var want []twinEntry
	for _, e := range x.w.all() {
		if !e.id.Less(lo) && !hi.Less(e.id) {
			want = append(want, e)
		}
	}
	if back {
		slices.Reverse(want)
	}
	if i.Next() {
		x.t.Fatal("an iterator goes on after its end")
	}
	x.sameEntries(fmt.Sprintf("range %v %v %t", lo, hi, back), got, want)
}

func (x *trial) sameEntries(what string, got, want []twinEntry) {
	if len(got) != len(want) {
		x.t.Fatalf("%s: %d entries, want %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i].id != want[i].id || !slices.Equal(got[i].pairs, want[i].pairs) {
			x.t.Fatalf("%s: entry %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// clone goes on with a copy, in the same arena.
func (x *trial) clone(s *Stream) {
	before := x.a.Used()
	c := s.Clone(x.a)
	if c.Bytes() != x.a.Used()-before {
		x.t.Fatalf("a copy counts %d bytes and took %d", c.Bytes(), x.a.Used()-before)
	}
	for !s.Free(1 + x.r.IntN(100)) {
		s.Save(x.root)
		*s = Open(x.a, x.root)
	}
	*s = c
}

func (x *trial) groups(s *Stream) {
	name := x.names[x.r.IntN(len(x.names))]
	g, found := s.Group([]byte(name))
	w := x.w.groups[name]
	if found != (w != nil) {
		x.t.Fatalf("group %q found: %t", name, found)
	}
	if !found {
		id, read := x.nearby(), int64(x.r.IntN(20))-1
		if !s.CreateGroup([]byte(name), id, read) {
			x.t.Fatalf("group %q cannot be created", name)
		}
		x.w.groups[name] = &twinGroup{id, read, map[ID]*twinDelivery{}, map[string]*twinConsumer{}}
		return
	}
	switch p := x.r.IntN(40); {
	case p == 0:
		rest := s.Destroy(g)
		for !rest.Free(1 + x.r.IntN(50)) {
		}
		delete(x.w.groups, name)
	case p == 1:
		if s.CreateGroup([]byte(name), MinID, 0) {
			x.t.Fatal("a group was created twice")
		}
	case p == 2:
		id := x.nearby()
		g.SetLast(id, UnknownRead)
		w.last, w.read = id, UnknownRead
	case p < 6:
		x.removeConsumer(&g, w)
	case p < 20:
		x.deliver(&g, w)
	default:
		x.acknowledge(&g, w)
	}
}

func (x *trial) consumer(g *Group, w *twinGroup) (Consumer, string) {
	name := x.names[x.r.IntN(len(x.names))]
	if x.r.IntN(50) == 0 {
		name = number(int64(x.r.IntN(300)))
	}
	x.now++
	c, added := g.AddConsumer([]byte(name), x.now)
	if old := w.consumers[name]; added != (old == nil) {
		x.t.Fatalf("consumer %q added: %t", name, added)
	}
	if added {
		w.consumers[name] = &twinConsumer{x.now, NeverActive}
	}
	return c, name
}

func (x *trial) deliver(g *Group, w *twinGroup) {
	c, name := x.consumer(g, w)
	c.See(x.now)
	w.consumers[name].seen = x.now
	count := x.r.Uint64() >> x.r.IntN(64)
	for range 1 + x.r.IntN(40) {
		id := x.nearby()
		if x.r.IntN(3) > 0 {
			id = ID{x.r.Uint64N(3000), 0}
		}
		g.Deliver(id, c, x.now, count)
		w.pending[id] = &twinDelivery{x.now, count, name}
		c.Act(x.now)
		w.consumers[name].active = x.now
	}
}

func (x *trial) acknowledge(g *Group, w *twinGroup) {
	ids := make([]ID, 0, len(w.pending))
	for id := range w.pending {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, ID.Compare)
	from := x.r.IntN(len(ids) + 1)
	for _, id := range append(ids[from:min(len(ids), from+x.r.IntN(40))], x.nearby()) {
		_, pending := w.pending[id]
		if got := g.Acknowledge(id); got != pending {
			x.t.Fatalf("Acknowledge(%v) = %t", id, got)
		}
		delete(w.pending, id)
	}
}

func (x *trial) removeConsumer(g *Group, w *twinGroup) {
	c, name := x.consumer(g, w)
	g.RemoveConsumer(c)
	delete(w.consumers, name)
	for id, d := range w.pending {
		if d.consumer == name {
			delete(w.pending, id)
		}
	}
}

// check compares everything.
func (x *trial) check() {
	s := Open(x.a, x.root)
	w := x.w
	if s.Length != w.length || s.Added != w.added || s.First != w.first || s.Last != w.last || s.MaxDeleted != w.deleted {
		x.t.Fatalf("got %+v, want %d %d %v %v %v", s.root, w.length, w.added, w.first, w.last, w.deleted)
	}
	if s.Blocks() != len(w.blocks) {
		x.t.Fatalf("%d blocks, want %d", s.Blocks(), len(w.blocks))
	}
	if used := x.a.Used(); used != s.Bytes() {
		x.t.Fatalf("%d bytes counted, %d used", s.Bytes(), used)
	}
	for _, back := range []bool{false, true} {
		i := s.Range(MinID, MaxID, back)
		want := w.all()
		if back {
			slices.Reverse(want)
		}
		x.sameEntries("all", read(&i), want)
	}
	if s.Groups() != len(w.groups) {
		x.t.Fatalf("%d groups, want %d", s.Groups(), len(w.groups))
	}
	for i := range s.Groups() {
		g := s.GroupAt(i)
		if i > 0 {
			if before := s.GroupAt(i - 1); bytes.Compare(before.Name(), g.Name()) >= 0 {
				x.t.Fatal("the groups are out of order")
			}
		}
		x.checkGroup(&g, w.groups[string(g.Name())])
	}
}

func (x *trial) checkGroup(g *Group, w *twinGroup) {
	if g.Last() != w.last || g.Read() != w.read || g.Pending() != len(w.pending) || g.Consumers() != len(w.consumers) {
		x.t.Fatalf("group %q: %+v, want %v %d, %d pending, %d consumers", g.Name(), g.p, w.last, w.read, len(w.pending),
			len(w.consumers))
	}
	var ids []ID
	all := g.PendingFrom(MinID)
	for d, ok := all.Next(); ok; d, ok = all.Next() {
		want := w.pending[d.ID]
		if want == nil || d.Time != want.time || d.Count != want.count || string(d.Consumer.Name()) != want.consumer {
			x.t.Fatalf("delivery %+v, want %+v", d, want)
		}
		ids = append(ids, d.ID)
	}
	if len(ids) != len(w.pending) || !slices.IsSortedFunc(ids, ID.Compare) {
		x.t.Fatalf("pending %v", ids)
	}
	if len(ids) > 0 {
		if first, last := g.PendingEnds(); first != ids[0] || last != ids[len(ids)-1] {
			x.t.Fatalf("pending from %v to %v, want %v", first, last, ids)
		}
	}
	sum := 0
	for i := range g.Consumers() {
		c := g.ConsumerAt(i)
		want := w.consumers[string(c.Name())]
		if want == nil || c.Seen() != want.seen || c.Active() != want.active {
			x.t.Fatalf("consumer %q: %+v, want %+v", c.Name(), c.p, want)
		}
		n := 0
		mine := c.PendingFrom(MinID)
		for d, ok := mine.Next(); ok; d, ok = mine.Next() {
			if !d.Consumer.Is(c) {
				x.t.Fatalf("consumer %q has what is pending for %q", c.Name(), d.Consumer.Name())
			}
			n++
		}
		if n != c.Pending() {
			x.t.Fatalf("consumer %q: %d pending, %d counted", c.Name(), n, c.Pending())
		}
		sum += n
	}
	if sum != len(w.pending) {
		x.t.Fatalf("%d pending for consumers, %d for the group", sum, len(w.pending))
	}
}

func (x *trial) end() {
	s := Open(x.a, x.root)
	for !s.Free(1 + x.r.IntN(30)) {
		s.Save(x.root)
		s = Open(x.a, x.root)
	}
	if used := x.a.Used(); used != 0 {
		x.t.Fatalf("%d bytes are left of a freed stream", used)
	}
	x.a.Reset()
}

// TestTwin: whatever is done to a stream, it holds what a naive one holds, in as many blocks, and counts its memory to the
// byte.
func TestTwin(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			x := newTrial(t, seed, 1)
			for i := range 3000 {
				if x.step(); i%100 == 0 {
					x.check()
				}
			}
			x.check()
			x.end()
		})
	}
}

func FuzzTwin(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint16(300))
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64, steps uint16) {
		x := newTrial(t, seed1, seed2)
		for i := range int(steps % 2000) {
			if x.step(); i%16 == 0 {
				x.check()
			}
		}
		x.check()
		x.end()
	})
}

// TestTree takes a tree through all heights with ascending, descending and random IDs.
func TestTree(t *testing.T) {
	const n = 60_000
	orders := map[string]func(i int) uint64{
		"ascending":  func(i int) uint64 { return uint64(i) },
		"descending": func(i int) uint64 { return uint64(n - i) },
		"mixed":      func(i int) uint64 { return uint64(i) * 0x9e3779b97f4a7c15 },
	}
	for name, key := range orders {
		for _, width := range []int{0, handleSize, deliverySize} {
			t.Run(fmt.Sprint(name, width), func(t *testing.T) {
				a := arena.New(new(arena.Pool))
				defer a.Reset()
				var used int64
				m := heap{a, &used}
				var tr tree
				for i := range n {
					if _, added := tr.insert(m, width, ID{key(i), 7}); !added {
						t.Fatal("added twice")
					}
				}
				if tr.height < 2 || tr.count != n {
					t.Fatalf("height %d, %d records", tr.height, tr.count)
				}
				if perRecord := float64(used) / n; name == "ascending" && perRecord > 1.1*float64(idSize+width) {
					t.Errorf("%.1f bytes per record", perRecord)
				}
				seen := 0
				last := MinID
				for c, ok := tr.first(m, width); ok; ok = c.next(m) {
					if seen > 0 && !last.Less(c.id()) {
						t.Fatal("out of order")
					}
					last = c.id()
					seen++
				}
				if seen != n {
					t.Fatalf("%d records seen", seen)
				}
				for i := range n {
					if !tr.remove(m, width, ID{key(i), 7}) || tr.get(m, width, ID{key(i), 7}) != nil {
						t.Fatal("not removed")
					}
					if i == n-n/100 && used > int64(n/100*(idSize+width)*6) {
						t.Errorf("%d bytes for %d records", used, n/100)
					}
				}
				if tr != (tree{}) || used != 0 || a.Used() != 0 {
					t.Fatalf("%+v, %d bytes", tr, used)
				}
			})
		}
	}
}

// TestBytesPerEntry: what a million small entries take.
func TestBytesPerEntry(t *testing.T) {
	a := arena.New(new(arena.Pool))
	defer a.Reset()
	s := Open(a, make([]byte, RootSize))
	const n = 100_000
	for i := range n {
		v := number(int64(i % 100))
		v2 := number(int64(i % 37))
		s.Append(ID{1_700_000_000_000 + uint64(i/20), uint64(i % 20)}, words([]string{"temp", v, "hum", v2}), Limits{4096, 100})
	}
	if per := float64(s.Bytes()) / n; per > 9.5 {
		t.Errorf("%.2f bytes per entry", per)
	}
}

// TestLongEntries: entries whose own lengths need more than one byte, in both directions.
func TestLongEntries(t *testing.T) {
	a := arena.New(new(arena.Pool))
	defer a.Reset()
	s := Open(a, make([]byte, RootSize))
	var want []twinEntry
	for i, n := range []int{0, 100, 117, 118, 119, 120, 121, 16_000, 16_379, 16_380, 70_000, 1 << 21, 17 << 20, 3} {
		e := twinEntry{id: ID{uint64(i), 1}, pairs: []string{"f", strings.Repeat("v", n), "g", number(int64(n))}}
		s.Append(e.id, words(e.pairs), Limits{})
		want = append(want, e)
	}
	if s.Blocks() != 1 {
		t.Errorf("%d blocks", s.Blocks())
	}
	x := &trial{t: t}
	i := s.Range(MinID, MaxID, false)
	x.sameEntries("forward", read(&i), want)
	slices.Reverse(want)
	i = s.Range(MinID, MaxID, true)
	x.sameEntries("backward", read(&i), want)
}

func TestFits(t *testing.T) {
	half := make([]byte, 1<<29)
	for _, tc := range []struct {
		pairs [][]byte
		want  bool
	}{
		{[][]byte{nil, nil}, true},
		{[][]byte{nil, half}, true},
		{[][]byte{nil, half, nil, half[:1<<28]}, true},
		{[][]byte{nil, half, nil, half}, false},
		{[][]byte{half, nil}, false}, // the first entry of a block has its fields twice
	} {
		if got := Fits(tc.pairs); got != tc.want {
			t.Errorf("Fits of %d words = %t", len(tc.pairs), got)
		}
	}
}

func TestID(t *testing.T) {
	for _, tc := range []struct {
		id         ID
		next, prev string
	}{
		{MinID, "0-1", ""},
		{ID{0, math.MaxUint64}, "1-0", "0-18446744073709551614"},
		{ID{5, 0}, "5-1", "4-18446744073709551615"},
		{MaxID, "", "18446744073709551615-18446744073709551614"},
	} {
		next, ok := tc.id.Next()
		if ok != (tc.next != "") || ok && next.String() != tc.next {
			t.Errorf("after %v: %v", tc.id, next)
		}
		prev, ok := tc.id.Prev()
		if ok != (tc.prev != "") || ok && prev.String() != tc.prev {
			t.Errorf("before %v: %v", tc.id, prev)
		}
	}
	if n := len(MaxID.String()); n != IDText {
		t.Errorf("the longest ID has %d bytes", n)
	}
}

// TestReadUpTo follows the cases in which the number of entries before an ID is known.
func TestReadUpTo(t *testing.T) {
	a := arena.New(new(arena.Pool))
	defer a.Reset()
	s := Open(a, make([]byte, RootSize))
	ask := func(what string, ms uint64, want int64) {
		t.Helper()
		if got := s.ReadUpTo(ID{ms, 0}); got != want {
			t.Errorf("%s: ReadUpTo(%d) = %d, want %d", what, ms, got, want)
		}
	}
	ask("new", 5, 0)
	for ms := range uint64(5) {
		s.Append(ID{ms + 1, 0}, words([]string{"a", "b"}), Limits{})
	}
	ask("first", 1, 1)
	ask("before the first", 0, 0)
	ask("last", 5, 5)
	ask("future", 6, UnknownRead)
	ask("middle", 3, UnknownRead)
	s.Trim(Trim{MaxLen: 3})
	ask("trimmed", 2, 2)
	ask("first of the rest", 3, 3)
	s.Delete(ID{4, 0})
	s.MaxDeleted = ID{4, 0}
	ask("tombstone ahead", 3, UnknownRead)
	ask("tombstone, last", 5, 5)
	s.Trim(Trim{MaxLen: 0})
	ask("empty", 3, 5)
	ask("empty, future", 6, UnknownRead)
}

func BenchmarkAppend(b *testing.B) {
	a := arena.New(new(arena.Pool))
	defer a.Reset()
	s := Open(a, make([]byte, RootSize))
	pairs := words([]string{"temp", "21", "hum", "33"})
	b.ReportAllocs()
	for i := range b.N {
		s.Append(ID{uint64(i/10 + 1), uint64(i % 10)}, pairs, Limits{4096, 100})
	}
}

func BenchmarkDeliverAcknowledge(b *testing.B) {
	a := arena.New(new(arena.Pool))
	defer a.Reset()
	s := Open(a, make([]byte, RootSize))
	s.CreateGroup([]byte("g"), MinID, 0)
	g, _ := s.Group([]byte("g"))
	c, _ := g.AddConsumer([]byte("c"), 1)
	b.ReportAllocs()
	for i := range b.N {
		g.Deliver(ID{uint64(i), 0}, c, 1, 1)
		if i >= 1000 {
			g.Acknowledge(ID{uint64(i - 1000), 0})
		}
	}
}
