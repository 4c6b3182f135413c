package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"synap/store/packed"
)

// listModel drives lists and slices with the same operations.
type listModel struct {
	*fixture
	keys []string
	want map[string][]string
}

func newListModel(t testing.TB, setting int) *listModel {
	m := &listModel{fixture: newFixture(t, Tuning{ListMaxListpackSize: setting, EstateBytes: 3000}), want: map[string][]string{}}
	for i := range 6 {
		m.keys = append(m.keys, "list:"+strconv.Itoa(i))
	}
	return m
}

// edit changes one list and checks how many changes were counted.
func (m *listModel) edit(key string, changes int, change func(l ListEditor)) {
	m.Helper()
	m.on(0, key, func(t *Txn, k []byte) {
		change(t.EditList(k))
		if t.Dirty() != changes {
			m.Fatalf("%s: %d changes counted, want %d", key, t.Dirty(), changes)
		}
	})
}

func (m *listModel) push(key string, front bool, values []string) {
	m.Helper()
	for _, v := range values {
		if front {
			m.want[key] = slices.Insert(m.want[key], 0, v)
		} else {
			m.want[key] = append(m.want[key], v)
		}
	}
	m.edit(key, len(values), func(l ListEditor) {
		if n := l.Push(front, asBytes(values)); n != len(m.want[key]) {
			m.Fatalf("%s has %d elements after a push, want %d", key, n, len(m.want[key]))
		}
	})
}

func (m *listModel) trim(key string, first, last int) {
	m.Helper()
	n := len(m.want[key])
	m.want[key] = m.want[key][first : n-last]
	m.edit(key, first+last, func(l ListEditor) {
		if emptied := l.Trim(first, last); emptied != (first+last == n) {
			m.Fatalf("%s: %d and %d of %d removed, emptied: %v", key, first, last, n, emptied)
		}
	})
}

func (m *listModel) insert(key string, i int, v string) {
	m.Helper()
	m.want[key] = slices.Insert(m.want[key], i, v)
	m.edit(key, 1, func(l ListEditor) {
		if n := l.Insert(i, []byte(v)); n != len(m.want[key]) {
			m.Fatalf("%s has %d elements after an insertion, want %d", key, n, len(m.want[key]))
		}
	})
}

func (m *listModel) rotate(key string, from, to bool) {
	m.Helper()
	w := m.want[key]
	at := len(w) - 1
	if from {
		at = 0
	}
	v := w[at]
	if w = slices.Delete(w, at, at+1); to {
		w = slices.Insert(w, 0, v)
	} else {
		w = append(w, v)
	}
	m.want[key] = w
	m.edit(key, 1, func(l ListEditor) { l.Rotate(from, to, []byte(v)) })
}

func (m *listModel) remove(key, v string, n int, backward bool) {
	m.Helper()
	w, removed := m.want[key], 0
	if backward {
		slices.Reverse(w)
	}
	w = slices.DeleteFunc(w, func(x string) bool {
		if x != v || n > 0 && removed == n {
			return false
		}
		removed++
		return true
	})
	if backward {
		slices.Reverse(w)
	}
	m.want[key] = w
	m.edit(key, removed, func(l ListEditor) {
		if got, emptied := l.Remove([]byte(v), n, backward); got != removed || emptied != (len(w) == 0) {
			m.Fatalf("%s: %d of %q removed (emptied: %v), want %d of %d", key, got, v, emptied, removed, len(w)+removed)
		}
	})
}

func (m *listModel) verify() {
	m.Helper()
	for _, key := range m.keys {
		want := m.want[key]
		m.on(0, key, func(t *Txn, k []byte) {
			e := t.Peek(k)
			if e.Exists() != (len(want) > 0) {
				m.Fatalf("%s exists: %v, has %d elements", key, e.Exists(), len(want))
			}
			if !e.Exists() {
				return
			}
			if got := listTexts(e.List()); !slices.Equal(got, want) {
				m.Fatalf("%s (%s) is %.300q, want %.300q", key, e.Encoding(), got, want)
			}
			m.verifyLayout(e, want)
		})
	}
}

// verifyLayout checks the encoding against the limits: how it came to be decides between them.
func (m *listModel) verifyLayout(e Entry, want []string) {
	m.Helper()
	l := e.m.listLimit()
	size := 0
	for _, x := range want {
		e := ElementOf([]byte(x))
		size += e.Size(packed.TwoWay)
	}
	switch e.Encoding() {
	case EncListpack:
		if size > 2*l.Bytes || len(want) > l.Elements {
			m.Fatalf("a packed list of %d elements in %d bytes", len(want), size)
		}
		if b := e.payload(); packed.LayoutOf(b) == packed.Forward && len(b) > forwardBlock {
			m.Fatalf("a forward block of %d bytes", len(b))
		}
	case EncQuicklist:
		if short := e.m.shortList(); listRootOf(e.payload()).Within(e.arena(), short) && len(want) < short.Elements/2 && size < short.Bytes/2 {
			m.Fatalf("a deque of %d elements in %d bytes", len(want), size)
		}
	default:
		m.Fatalf("encoding %s", e.Encoding())
	}
}

func listTexts(v ListView) (out []string) {
	n := v.Len()
	for c, ok := v.At(0), true; ok; ok = c.Next() {
		e := c.Elem()
		out = append(out, string(e.Append(nil)))
	}
	var reversed []string
	back := v.At(n - 1)
	back.Visit(n, true, func(e Element) { reversed = append(reversed, string(e.Append(nil))) })
	if slices.Reverse(reversed); !slices.Equal(reversed, out) {
		return append(out, "differs from behind")
	}
	first, last := v.End(true), v.End(false)
	if len(out) != n || !first.Equal([]byte(out[0])) || !last.Equal([]byte(out[n-1])) {
		return append(out, "length or ends differ")
	}
	return out
}

func randomElement(r *rand.Rand) string {
	switch r.IntN(12) {
	case 0:
		return strings.Repeat("long", r.IntN(1500))
	case 1:
		return strings.Repeat("x", r.IntN(300))
	case 2:
		return strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10)
	default:
		return "item-" + strconv.Itoa(r.IntN(30))
	}
}

// step does one random operation.
func (m *listModel) step(r *rand.Rand) {
	key := m.keys[r.IntN(len(m.keys))]
	n := len(m.want[key])
	op := r.IntN(12)
	if n == 0 || op < 3 {
		values := make([]string, 1+r.IntN(3))
		if r.IntN(5) == 0 {
			values = make([]string, 1+r.IntN(400))
		}
		for i := range values {
			values[i] = randomElement(r)
		}
		m.push(key, r.IntN(2) == 0, values)
		return
	}
	switch op {
	case 3:
		i := r.IntN(n)
		v := randomElement(r)
		m.want[key][i] = v
		m.edit(key, 1, func(l ListEditor) { l.Set(i, []byte(v)) })
	case 4, 5:
		m.insert(key, r.IntN(n+1), randomElement(r))
	case 6:
		m.remove(key, m.want[key][r.IntN(n)], r.IntN(3), r.IntN(2) == 0)
	case 7:
		first := r.IntN(n + 1)
		m.trim(key, first, r.IntN(n-first+1))
	case 8:
		m.trim(key, 0, r.IntN(min(n, 5)+1))
	case 9:
		m.trim(key, r.IntN(min(n, 5)+1), 0)
	case 10:
		m.rotate(key, r.IntN(2) == 0, r.IntN(2) == 0)
	case 11:
		m.transfer(r, key)
	}
}

// transfer copies a list or renames it, or moves it to another database and back.
func (m *listModel) transfer(r *rand.Rand, key string) {
	to := m.keys[r.IntN(len(m.keys))]
	if to == key {
		return
	}
	m.do(0, func(t *Txn) {
		switch k, o := []byte(key), []byte(to); r.IntN(3) {
		case 0:
			t.Copy(k, o, 0, true)
			m.want[to] = slices.Clone(m.want[key])
		case 1:
			t.Rename(k, o)
			m.want[to] = m.want[key]
			delete(m.want, key)
		case 2:
			t.Move(k, 3)
			t.Select(3)
			t.Move(k, 0)
			t.Select(0)
		}
	})
}

func TestListsAgainstSlices(t *testing.T) {
	for _, setting := range []int{-1, -2, 3, 16, 128} {
		t.Run(strconv.Itoa(setting), func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, uint64(setting)))
			m := newListModel(t, setting)
			for i := range 1500 {
				m.step(r)
				if i%10 == 0 {
					m.verify()
				}
				if i%100 == 0 {
					m.audit()
					m.s.Defragment(1000)
				}
			}
			m.verify()
		})
	}
}

// TestListLayout: when lists change their layout, as Redis 7.2 does it.
func TestListLayout(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, tc := range []struct {
		name    string
		setting int
		steps   []any // a string is pushed, a number removed from the end; an encoding is expected
	}{
		{"bytes", -2, []any{x(8184), EncListpack, -1, "a", x(8182), EncListpack, -1, x(8183), EncQuicklist, -1, EncListpack}},
		{"half of the bytes", -1, []any{x(1000), x(1000), x(1000), x(1000), EncListpack, x(1000), EncQuicklist, -1,
			EncQuicklist, -1, EncQuicklist, -1, EncListpack}},
		{"elements", 4, []any{"a", "b", "c", "d", EncListpack, "e", EncQuicklist, -1, EncQuicklist, -1, EncQuicklist, -1, EncListpack}},
		{"one element", 1, []any{"a", EncListpack, "b", EncQuicklist, -1, EncQuicklist}},
		{"elements and many bytes", 100, []any{x(5000), EncListpack, x(5000), EncQuicklist, -1, EncListpack}},
		{"a large element", -2, []any{x(10_000), EncQuicklist, "a", EncQuicklist, -1, EncQuicklist}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newListModel(t, tc.setting)
			for i, s := range tc.steps {
				switch s := s.(type) {
				case string:
					m.push("list:0", false, []string{s})
				case int:
					m.trim("list:0", 0, -s)
				case Encoding:
					m.on(0, "list:0", func(tx *Txn, k []byte) {
						if e := tx.Peek(k); e.Encoding() != s {
							t.Errorf("step %d: %s, want %s", i, e.Encoding(), s)
						}
					})
				}
			}
		})
	}
}

// TestListSnapshot changes lists while a snapshot runs: it has them as they were.
func TestListSnapshot(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	m := newListModel(t, -1)
	for range 300 {
		m.step(r)
	}
	want := map[string]string{}
	for key, values := range m.want {
		if len(values) > 0 {
			want[key] = fmt.Sprint(values)
		}
	}
	saved := listSink{}
	snap, err := m.s.NewSnapshot(saved, nil)
	if err != nil {
		t.Fatal(err)
	}
	for more := true; more; more = snap.Step(1) {
		for range 3 {
			m.step(r)
		}
	}
	for key := range want {
		if saved[key] != want[key] {
			t.Errorf("%s was saved as %.200s, was %.200s", key, saved[key], want[key])
		}
	}
	if len(saved) != len(want) {
		t.Errorf("%d lists saved of %d", len(saved), len(want))
	}
	m.verify()
}

// listSink keeps the texts of lists.
type listSink map[string]string

func (s listSink) Save(db int, e Entry) { s[string(e.Key())] = fmt.Sprint(listTexts(e.List())) }

// TestLargeListIsFreedInSteps: the removal leaves the blocks to be freed a few at a time.
func TestLargeListIsFreedInSteps(t *testing.T) {
	m := newListModel(t, -1)
	values := make([]string, 1000)
	for i := range values {
		values[i] = "element number " + strconv.Itoa(i)
	}
	for range 60 {
		m.push("list:0", false, values)
	}
	used := m.s.Used()
	m.on(0, "list:0", func(t *Txn, k []byte) { t.Delete(k) })
	if left := m.s.Used(); left < used/2 {
		t.Errorf("%d of %d bytes were freed at once", used-left, used)
	}
	m.want = map[string][]string{}
	m.verify()
}

func TestListFits(t *testing.T) {
	if ListFits(nil, make([]byte, MaxString)) || !ListFits(nil, make([]byte, 1<<20)) || ListFits(make([]byte, MaxString)) {
		t.Error("an element or a key of any length fits")
	}
}
