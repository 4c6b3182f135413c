package order

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"synap/store/arena"
)

// item is an element of the naive twin.
type item struct {
	score  float64
	member string
	h      arena.Handle
}

func (i item) compare(j item) int {
	return cmp.Or(cmp.Compare(i.score+0, j.score+0), cmp.Compare(i.member, j.member)) // -0+0 is 0
}

// twin is an index and the same as a sorted slice.
type twin struct {
	testing.TB
	a     *arena.Arena
	x     Index
	items []item
	own   int64 // bytes of elements
}

func newTwin(t testing.TB) *twin {
	w := &twin{TB: t, a: arena.New(new(arena.Pool))}
	t.Cleanup(w.a.Reset)
	return w
}

func (w *twin) alloc(score float64, member string) item {
	h := NewElement(w.a, score, []byte(member))
	w.own += int64(w.a.Size(h))
	return item{score, member, h}
}

func (w *twin) free(i item) {
	w.own -= int64(w.a.Size(i.h))
	w.a.Free(i.h)
}

// has returns the position of a member in the twin.
func (w *twin) has(member string) int {
	return slices.IndexFunc(w.items, func(i item) bool { return i.member == member })
}

func (w *twin) set(score float64, member string) {
	if at := w.has(member); at >= 0 {
		i := w.items[at]
		w.x.SetScore(w.a, i.h, score)
		w.items = slices.Delete(w.items, at, at+1)
		i.score = score
		w.place(i)
		return
	}
	i := w.alloc(score, member)
	w.x.Insert(w.a, i.h)
	w.place(i)
}

func (w *twin) place(i item) {
	at, _ := slices.BinarySearchFunc(w.items, i, item.compare)
	w.items = slices.Insert(w.items, at, i)
}

func (w *twin) remove(at int) {
	w.x.Remove(w.a, w.items[at].h)
	w.free(w.items[at])
	w.items = slices.Delete(w.items, at, at+1)
}

func (w *twin) removeRange(from, to int) {
	var got []arena.Handle
	w.x.RemoveRange(w.a, from, to, func(h arena.Handle) { got = append(got, h) })
	for n, i := range w.items[from:to] {
		if n >= len(got) || got[n] != i.h {
			w.Fatalf("RemoveRange(%d, %d) dropped other elements", from, to)
		}
		w.free(i)
	}
	w.items = slices.Delete(w.items, from, to)
}

// replace moves an element to another block.
func (w *twin) replace(at int) {
	i := &w.items[at]
	h := Copy(w.a, i.h, w.a)
	w.x.Replace(w.a, i.h, h)
	w.a.Free(i.h)
	i.h = h
}

// seek compares all ways of finding places.
func (w *twin) seek(score float64) {
	less, most := 0, 0
	for _, i := range w.items {
		if i.score < score {
			less++
		}
		if i.score <= score {
			most++
		}
	}
	if got := w.x.RankOfScore(w.a, score, false); got != less {
		w.Fatalf("%d elements below %v, want %d", got, score, less)
	}
	if got := w.x.RankOfScore(w.a, score, true); got != most {
		w.Fatalf("%d elements up to %v, want %d", got, score, most)
	}
}

// compare compares all that the index says with the twin, and checks its structure.
func (w *twin) compare() {
	w.Helper()
	if w.x.Len() != len(w.items) {
		w.Fatalf("%d elements, want %d", w.x.Len(), len(w.items))
	}
	if got, want := w.a.Used(), w.x.Bytes()+w.own; got != want {
		w.Fatalf("%d bytes used, %d accounted for", got, want)
	}
	if len(w.items) == 0 {
		if w.x != (Index{}) {
			w.Fatalf("an empty index is %+v", w.x)
		}
		return
	}
	if err := w.check(); err != "" {
		w.Fatal(err)
	}
	var c Cursor
	w.x.At(w.a, 0, &c)
	for n, i := range w.items {
		if c.Element() != i.h || c.Score() != i.score || Score(w.a, i.h) != i.score || string(Member(w.a, i.h)) != i.member {
			w.Fatalf("rank %d is %v %q, want %v %q", n, c.Score(), Member(w.a, c.Element()), i.score, i.member)
		}
		if got := w.x.Rank(w.a, i.h); got != n {
			w.Fatalf("rank of %q is %d, want %d", i.member, got, n)
		}
		if c.Next() != (n < len(w.items)-1) {
			w.Fatalf("the cursor ends at %d or does not end", n)
		}
	}
	w.x.At(w.a, len(w.items)-1, &c)
	for n := len(w.items) - 1; n >= 0; n-- {
		if c.Element() != w.items[n].h {
			w.Fatalf("going back, rank %d is %q, want %q", n, Member(w.a, c.Element()), w.items[n].member)
		}
		if c.Prev() != (n > 0) {
			w.Fatalf("going back, the cursor ends at %d or does not end", n)
		}
	}
	w.seek(w.items[0].score)
	w.seek(w.items[len(w.items)/2].score)
	if w.items[0].score == w.items[len(w.items)-1].score {
		w.seekMember(w.items[len(w.items)/2].member)
		w.seekMember(w.items[0].member + "\x00")
		w.seekMember("")
	}
}

func (w *twin) seekMember(member string) {
	less, most := 0, 0
	for _, i := range w.items {
		if i.member < member {
			less++
		}
		if i.member <= member {
			most++
		}
	}
	a, b := w.x.RankOfMember(w.a, []byte(member), false), w.x.RankOfMember(w.a, []byte(member), true)
	if a != less || b != most {
		w.Fatalf("%q has %d elements before and %d up to it, want %d and %d", member, a, b, less, most)
	}
}

// check looks through the nodes.
func (w *twin) check() string {
	bytes, nodes := int64(0), 0
	var walk func(h arena.Handle, level int64) (count int64, first arena.Handle, err string)
	walk = func(h arena.Handle, level int64) (count int64, first arena.Handle, err string) {
		n, leaf := w.x.node(w.a, h), level == 1
		bytes += int64(w.a.Size(h))
		nodes++
		if n.len() == 0 || n.len() > n.room() || n.room() > nodeMax || headBytes+n.room()*entryBytes(leaf) > w.a.Size(h) {
			return 0, 0, fmt.Sprintf("a node of level %d has %d entries and room for %d in %d bytes", level, n.len(), n.room(),
				w.a.Size(h))
		}
		if leaf {
			return int64(n.len()), n.element(0), ""
		}
		for i := range n.len() {
			c, f, err := walk(*n.child(i), level-1)
			if err != "" {
				return 0, 0, err
			}
			if c != *n.count(i) || f != *n.first(i) || Score(w.a, f) != *n.score(i) {
				return 0, 0, fmt.Sprintf("child %d of a node of level %d has %d elements from %v, its entry says %d from %v", i,
					level, c, Score(w.a, f), *n.count(i), *n.score(i))
			}
			count += c
		}
		return count, *n.first(0), ""
	}
	count, _, err := walk(w.x.root, w.x.height)
	switch {
	case err != "":
		return err
	case count != w.x.count:
		return fmt.Sprintf("%d elements, the index says %d", count, w.x.count)
	case bytes != w.x.bytes:
		return fmt.Sprintf("%d bytes, the index says %d", bytes, w.x.bytes)
	case w.x.height > 1 && w.x.node(w.a, w.x.root).len() < 2:
		return "the root has one child"
	case nodes > w.x.Len()/12+4 && w.x.height > 1:
		return fmt.Sprintf("%d nodes for %d elements", nodes, w.x.Len())
	}
	return ""
}

// script is a source of choices.
type script struct{ data []byte }

func (s *script) pick(n int) int {
	if len(s.data) == 0 {
		return 0
	}
	v := int(s.data[0])
	s.data = s.data[1:]
	if n > 256 && len(s.data) > 0 {
		v = v<<8 | int(s.data[0])
		s.data = s.data[1:]
	}
	return v % n
}

func (s *script) score() float64 {
	switch s.pick(6) {
	case 0:
		return 0
	case 1:
		return float64(s.pick(7)) - 3
	case 2:
		return []float64{1e300, -1e300, 1 / (float64(s.pick(3)) - 1), math.Copysign(0, -1), 0.1}[s.pick(5)]
	}
	return float64(s.pick(4000)) / 4
}

func (s *script) member() string {
	m := strconv.Itoa(s.pick(3000))
	if s.pick(40) == 0 {
		m += string(bytes.Repeat([]byte{0xff}, 240+s.pick(60)))
	}
	return m
}

// run carries a script out on an index and its twin.
func run(t testing.TB, data []byte) {
	w, s := newTwin(t), &script{data}
	for n := 0; len(s.data) > 0; n++ {
		size := len(w.items)
		switch op := s.pick(32); {
		case op < 14:
			w.set(s.score(), s.member())
		case op < 16: // a run in order, at either end or in the middle
			from, step := s.score(), float64(s.pick(3)-1)
			for i := range s.pick(300) {
				w.set(from+step*float64(i), s.member()+":"+strconv.Itoa(i))
			}
		case op < 17 && size > 0:
			last := w.items[size-1]
			i := w.alloc(last.score, last.member+"\x00")
			if w.has(i.member) >= 0 {
				w.free(i)
				break
			}
			w.x.Append(w.a, i.h)
			w.items = append(w.items, i)
		case op < 22 && size > 0:
			w.remove(s.pick(size))
		case op < 24 && size > 0:
			from := s.pick(size)
			w.removeRange(from, from+s.pick(size-from+1))
		case op < 26 && size > 0:
			w.replace(s.pick(size))
		case op < 27 && size > 0:
			w.x.MoveSparse(w.a, s.pick(size))
		case op < 30:
			w.seek(s.score())
		case n%16 == 0:
			w.compare()
		}
	}
	w.compare()
	for i := range w.items {
		w.free(w.items[i])
	}
	for !w.x.Drain(w.a, 1+s.pick(3)) {
	}
	if used := w.a.Used(); used != 0 || w.x != (Index{}) {
		t.Fatalf("%d bytes are left of %+v", used, w.x)
	}
}
