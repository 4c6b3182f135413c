package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"synap/store/stream"
)

// collectionEncoding stands for the encoding of any collection in a record: when it changes is for the tests of its type.
const collectionEncoding = EncStream + 1

func (r record) collection() bool { return r.enc == collectionEncoding }

// contentOf is a collection as text that does not depend on how it is laid out: its type and its elements, one a line, in order
// where they have one.
func contentOf(e Entry) string {
	var lines []string
	add := func(parts ...string) { lines = append(lines, strings.Join(parts, " ")) }
	quote := func(b []byte) string { return strconv.Quote(string(b)) }
	switch e.Type() {
	case List:
		v := e.List()
		for c, left := v.At(0), v.Len(); left > 0; left-- {
			x := c.Elem()
			add(quote(x.Append(nil)))
			c.Next()
		}
	case Stream:
		log := e.Log()
		for i := log.Range(stream.MinID, stream.MaxID, false); i.Next(); {
			field, value := i.Pair()
			add(quote(fmt.Appendf(nil, "%d %s %s", i.ID.Ms, field.Append(nil), value.Append(nil))))
		}
	case Set:
		e.Set().Each(func(x Member) bool {
			add(quote(x.Bytes(nil)))
			return true
		})
		slices.Sort(lines)
	case SortedSet:
		e.SortedSet().Each(func(member []byte, score float64) bool {
			add(quote(member), strconv.FormatFloat(score, 'g', -1, 64))
			return true
		})
	case Hash:
		e.EachField(func(f Field) { add(quote(f.Name.Append(nil)), quote(f.Value.Append(nil))) })
		slices.Sort(lines)
	}
	return e.Type().String() + "\n" + strings.Join(lines, "\n")
}

// twin is a collection as the model knows it: elements in order, or the same with what belongs to them.
type twin struct {
	typ   Type
	order []string          // of a list, or the entries of a stream: the number that is the ID, field and value
	with  map[string]string // members of a set (with nothing), of a sorted set with their scores, fields with their values
}

func (w twin) len() int { return len(w.order) + len(w.with) }

// content is what contentOf says of the same collection.
func (w twin) content() string {
	lines := make([]string, 0, w.len())
	for _, x := range w.order {
		lines = append(lines, strconv.Quote(x))
	}
	for _, x := range slices.SortedFunc(maps.Keys(w.with), w.compare) {
		line := strconv.Quote(x)
		switch w.typ {
		case SortedSet:
			line += " " + w.with[x]
		case Hash:
			line += " " + strconv.Quote(w.with[x])
		}
		lines = append(lines, line)
	}
	if w.typ == Set || w.typ == Hash {
		slices.Sort(lines)
	}
	return w.typ.String() + "\n" + strings.Join(lines, "\n")
}

func (w twin) compare(a, b string) int {
	if w.typ == SortedSet {
		x, _ := strconv.ParseFloat(w.with[a], 64)
		y, _ := strconv.ParseFloat(w.with[b], 64)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}

// twinOf reads what content wrote.
func twinOf(content string) twin {
	name, rest, _ := strings.Cut(content, "\n")
	typ, _ := ParseType(name)
	w := twin{typ: typ, with: make(map[string]string)}
	if rest == "" {
		return w
	}
	for line := range strings.SplitSeq(rest, "\n") {
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			panic(err)
		}
		x, _ := strconv.Unquote(quoted)
		tail := strings.TrimPrefix(line[len(quoted):], " ")
		switch typ {
		case List, Stream:
			w.order = append(w.order, x)
			continue
		case Hash:
			tail, _ = strconv.Unquote(tail)
		}
		w.with[x] = tail
	}
	return w
}

// keep deletes the key unless there is none or it is as wanted.
func (m *model) keep(db int, key []byte, wanted func(r record) bool) {
	if r, ok := m.live(db, key); ok && !wanted(r) {
		m.tx(db, [][]byte{key}, func(t *Txn) { t.Delete(key) })
		delete(m.data[db], string(key))
	}
}

// member is an element of a collection: few enough that some meet, integers and texts, some of them long.
func (c *script) member() string {
	switch n := c.pick(256); {
	case n < 100:
		return strconv.Itoa(n - 50)
	case n < 250:
		return "element " + strconv.Itoa(n*int(c.pick(8)+1))
	}
	return strings.Repeat("long", 1+c.pick(100))
}

// collect changes a collection: mostly a few elements, now and then hundreds.
func (m *model) collect(db int, c *script) {
	key := c.key()
	types := []Type{List, Set, SortedSet, Hash, Stream}
	typ := types[c.pick(len(types))]
	m.keep(db, key, func(r record) bool { return r.collection() && twinOf(r.value).typ == typ })
	r, ok := m.live(db, key)
	if !ok {
		r = record{twin{typ: typ}.content(), collectionEncoding, NoExpiry}
	}
	w := twinOf(r.value)
	n, remove := 1+c.pick(6), c.pick(3) == 0
	if c.pick(12) == 0 {
		n *= 60
	}
	elements := make([][]byte, n)
	for i := range elements {
		if elements[i] = []byte(c.member()); !c.more() {
			elements[i] = strconv.AppendInt(nil, int64(i*i), 10)
		}
	}
	there := false
	m.tx(db, [][]byte{key}, func(t *Txn) {
		if remove {
			w = m.removeElements(t, key, w, elements)
		} else {
			w = m.addElements(t, key, w, elements)
		}
		there = w.len() > 0 || ok && typ == Stream // a stream may be empty
		if e := t.Peek(key); e.Exists() != there {
			m.Errorf("%s %.20q with %d elements: there %v", typ, key, w.len(), e.Exists())
		}
	})
	if r.value = w.content(); there {
		m.data[db][string(key)] = r
	} else if ok { // one past its time may be there still
		delete(m.data[db], string(key))
	}
}

func (m *model) addElements(t *Txn, key []byte, w twin, elements [][]byte) twin {
	switch w.typ {
	case List:
		front := len(elements)%2 == 0
		t.EditList(key).Push(front, elements)
		for _, x := range elements {
			if front {
				w.order = append([]string{string(x)}, w.order...)
			} else {
				w.order = append(w.order, string(x))
			}
		}
	case Stream:
		w.order = appendEntries(t, key, w.order, elements)
	case Set:
		t.EditSet(key).Add(elements)
		for _, x := range elements {
			w.with[string(x)] = ""
		}
	case SortedSet:
		z := t.EditSortedSet(key, len(elements))
		for i, x := range elements {
			score := float64(i*len(x)%40) / 4
			z.Add(x, score, 0)
			w.with[string(x)] = strconv.FormatFloat(score, 'g', -1, 64)
		}
	case Hash:
		h := t.Fields(key)
		for i, x := range elements {
			value := elements[(i*7+1)%len(elements)]
			h.Set(x, value)
			w.with[string(x)] = string(value)
		}
		h.Changed(len(elements))
	}
	return w
}

// appendEntries adds an entry to the stream for each element, with numbers one apart as IDs.
func appendEntries(t *Txn, key []byte, order []string, elements [][]byte) []string {
	log := t.Log(key)
	if t.Peek(key).Exists() {
		log.Edit()
	} else {
		log.Create()
	}
	for i, x := range elements {
		id, value := log.Last, elements[(i*7+1)%len(elements)]
		id.Ms++
		log.Append(id, [][]byte{x, value})
		order = append(order, fmt.Sprintf("%d %s %s", id.Ms, x, value))
	}
	log.Save()
	log.Changed(len(elements))
	return order
}

// removeElements removes elements by what they are; of a stream as many entries, here and there.
func (m *model) removeElements(t *Txn, key []byte, w twin, elements [][]byte) twin {
	for i, x := range elements {
		if w.len() == 0 {
			break
		}
		had, removed := true, false
		switch w.typ {
		case List:
			at := slices.Index(w.order, string(x))
			if had = at >= 0; had {
				w.order = slices.Delete(w.order, at, at+1)
			}
			n, _ := t.EditList(key).Remove(x, 1, false)
			removed = n > 0
		case Stream:
			at := i * len(x) % len(w.order)
			var id stream.ID
			_, _ = fmt.Sscan(w.order[at], &id.Ms)
			w.order = slices.Delete(w.order, at, at+1)
			log := t.Log(key)
			log.Edit()
			removed = log.Delete(id)
			log.Save()
			log.Changed(1)
		case Set:
			_, had = w.with[string(x)]
			n, _ := t.EditSet(key).Remove([][]byte{x})
			removed = n > 0
		case SortedSet:
			_, had = w.with[string(x)]
			removed = t.EditSortedSet(key, 0).Remove(x)
		case Hash:
			_, had = w.with[string(x)]
			if removed = t.Fields(key).Delete(x); removed {
				t.dirty++
			}
		}
		if delete(w.with, string(x)); removed != had {
			m.Errorf("%s %.20q: removal of %.20q: %v, want %v", w.typ, key, x, removed, had)
		}
	}
	return w
}

// collectionTuning makes small encodings end early, and has values of some hundred elements leave the shard's arena.
var collectionTuning = Tuning{HashMaxListpackEntries: 16, HashMaxListpackValue: 40, ListMaxListpackSize: 16, SetMaxIntsetEntries: 20,
	SetMaxListpackEntries: 16, SetMaxListpackValue: 40, ZSetMaxListpackEntries: 16, ZSetMaxListpackValue: 40,
	StreamNodeMaxBytes: 400, StreamNodeMaxEntries: 10, EstateBytes: 4000}

// TestTwins checks the model's own reading and writing.
func TestTwins(t *testing.T) {
	for _, w := range []twin{
		{typ: Set, with: map[string]string{"a b": "", "": "", "1": ""}},
		{typ: SortedSet, with: map[string]string{"\n": "1.5", "x": "-2", "y": "1.5"}},
		{typ: Hash, with: map[string]string{"f": "v w\x00", "\"": ""}},
		{typ: List, order: []string{"b", "", "a\n"}, with: map[string]string{}},
	} {
		back := twinOf(w.content())
		if back.typ != w.typ || !slices.Equal(back.order, w.order) || !maps.Equal(back.with, w.with) {
			t.Errorf("%v: %v", w, back)
		}
	}
}
