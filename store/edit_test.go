package store

import (
	"bytes"
	"strings"
	"testing"
)

// begin starts a transaction over the whole keyspace.
func begin(s *Store) *Txn {
	t := new(Txn)
	s.Begin(t, AllShards, 0, 1_700_000_000_000)
	return t
}

func TestFits(t *testing.T) {
	long := make([]byte, 1<<20)
	for _, tc := range []struct {
		key  []byte
		n    int64
		want bool
	}{
		{nil, 0, true}, {nil, MaxString, true}, {nil, MaxString + 1, false}, {nil, -1, false}, {nil, 1 << 62, false},
		{nil, 1<<63 - 1, false}, {long, MaxString, false}, {long, MaxString - 1<<20, true}, {long, MaxString - 1<<20 + 1, false},
	} {
		if got := Fits(tc.key, tc.n); got != tc.want {
			t.Errorf("%d bytes under a key of %d: %t", tc.n, len(tc.key), got)
		}
	}
	if s := (shape{String, EncRaw, 0, MaxString, 1}); s.size() > maxEntry {
		t.Errorf("the longest string makes an entry of %d bytes", s.size())
	}
}

// TestEditCopiesSeldom appends byte by byte and counts how often the entry moves.
func TestEditCopiesSeldom(t *testing.T) {
	s := New(Options{Databases: 1})
	x := begin(s)
	key, moves, at := []byte("k"), 0, Entry{}
	const size = 1 << 20
	for n := 1; n <= size; n++ {
		b, grown := x.Edit(key, n)
		if !grown || len(b) != n || b[n-1] != 0 {
			t.Fatalf("step %d: %d bytes, grown is %t", n, len(b), grown)
		}
		b[n-1] = byte(n)
		if e := x.Peek(key); e != at {
			at = e
			moves++
		}
	}
	b := x.Peek(key).Bytes(nil)
	for i, c := range b {
		if c != byte(i+1) {
			t.Fatalf("byte %d is %d", i, c)
		}
	}
	if moves > 160 {
		t.Errorf("the entry moved %d times", moves)
	}
	if waste := x.s.shards[ShardOf(key)].mu.arena.Used() - size; waste > size/4 {
		t.Errorf("%d bytes more than the string needs are in use", waste)
	}
	x.Delete(key)
	x.End()
	if s.Used() != 0 {
		t.Errorf("%d bytes are accounted for in an empty store", s.Used())
	}
}

func TestEditKeepsValueAndExpiry(t *testing.T) {
	for _, value := range []string{"", "5", "-1234567", "short", strings.Repeat("x", 250), strings.Repeat("y", 256)} {
		for _, at := range []int64{NoExpiry, 1_800_000_000_000} {
			for _, more := range []int{0, 1, 10, 300, 70000} {
				s := New(Options{Databases: 1})
				x := begin(s)
				key := []byte("k")
				x.SetString(key, []byte(value), at)
				b, grown := x.Edit(key, len(value)+more)
				want := append([]byte(value), make([]byte, more)...)
				e := x.Peek(key)
				if grown != (more > 0) || !bytes.Equal(b, want) || !bytes.Equal(e.Bytes(nil), want) || e.Encoding() != EncRaw ||
					e.ExpireAt() != at || string(e.Key()) != "k" {
					t.Errorf("%q with %d more bytes: grown %t, %d bytes, %s, expiry %d", value, more, grown, len(b), e.Encoding(), e.ExpireAt())
				}
				x.Delete(key)
				x.End()
				if s.Used() != 0 {
					t.Errorf("%d bytes are accounted for in an empty store", s.Used())
				}
			}
		}
	}
}

// TestBuildReadsItsSources builds a string from itself, into a block of the same and of another size.
func TestBuildReadsItsSources(t *testing.T) {
	s := New(Options{Databases: 1})
	x := begin(s)
	key := []byte("k")
	x.SetString(key, []byte("abc"), 1_800_000_000_000)
	for range 12 {
		old := x.Peek(key).Bytes(nil)
		want := append(append([]byte(nil), old...), old...)
		x.Build(key, 2*len(old), func(b []byte) { copy(b[copy(b, old):], old) })
		if e := x.Peek(key); !bytes.Equal(e.Bytes(nil), want) || e.ExpireAt() != NoExpiry {
			t.Fatalf("got %d bytes, expiry %d", e.Len(), e.ExpireAt())
		}
	}
	x.Delete(key)
	x.End()
	if s.Used() != 0 {
		t.Errorf("%d bytes are accounted for in an empty store", s.Used())
	}
}

type savedStrings map[string]string

func (s savedStrings) Save(_ int, e Entry) { s[string(e.Key())] = string(e.Bytes(make([]byte, 0, 20))) }

// TestEditPreservesSnapshots changes strings in all ways while a snapshot is under way: it must see none of that.
func TestEditPreservesSnapshots(t *testing.T) {
	s := New(Options{Databases: 1})
	x := begin(s)
	for _, key := range []string{"same", "longer", "int", "text", "built"} {
		x.SetString([]byte(key), []byte("12x"), NoExpiry)
	}
	x.SetInt([]byte("int"), 77, NoExpiry)
	x.Edit([]byte("same"), 3)
	x.End()
	saved := savedStrings{}
	snap, err := s.NewSnapshot(saved, nil)
	if err != nil {
		t.Fatal(err)
	}
	x = begin(s)
	b, _ := x.Edit([]byte("same"), 3)
	copy(b, "???")
	x.Changed([]byte("same"))
	x.Edit([]byte("longer"), 3000)
	b, _ = x.Edit([]byte("int"), 2)
	copy(b, "??")
	x.SetText([]byte("text"), []byte("???"), NoExpiry)
	x.Build([]byte("built"), 3, func(b []byte) { copy(b, "???") })
	x.Build([]byte("new"), 3, func(b []byte) { copy(b, "???") })
	x.End()
	for snap.Step(64) {
	}
	want := savedStrings{"same": "12x", "longer": "12x", "int": "77", "text": "12x", "built": "12x"}
	if len(saved) != len(want) {
		t.Errorf("saved %q", saved)
	}
	for key, value := range want {
		if saved[key] != value {
			t.Errorf("%s was saved as %q, want %q", key, saved[key], value)
		}
	}
}
