package store

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"synap/store/stream"
)

// streamTuning makes many blocks.
var streamTuning = Tuning{StreamNodeMaxBytes: 4096, StreamNodeMaxEntries: 3}

// fill makes a stream of n entries with a group that has delivered them all.
func (f *fixture) fillStream(key string, n int) {
	f.on(0, key, func(t *Txn, k []byte) {
		l := t.Log(k)
		l.Create()
		for i := range n {
			l.Append(stream.ID{Ms: uint64(i + 1)}, [][]byte{[]byte("f"), strconv.AppendInt(nil, int64(i), 10)})
		}
		l.CreateGroup([]byte("g"), stream.MinID, 0)
		g, _ := l.Group([]byte("g"))
		c, _ := g.AddConsumer([]byte("c"), 1)
		for i := range n {
			g.Deliver(stream.ID{Ms: uint64(i + 1)}, c, 1, 1)
		}
		l.Save()
		l.Changed(n)
	})
}

// streamText is all a stream holds.
func streamText(e Entry) string {
	var b strings.Builder
	s := e.Log()
	for i := s.Range(stream.MinID, stream.MaxID, false); i.Next(); {
		_, value := i.Pair()
		fmt.Fprint(&b, i.ID, "=", string(value.Append(nil)), " ")
	}
	for i := range s.Groups() {
		g := s.GroupAt(i)
		fmt.Fprintf(&b, "%s:%d/%d ", g.Name(), g.Pending(), g.Consumers())
	}
	return b.String()
}

func (f *fixture) streamAt(db int, key string) (text string) {
	f.on(db, key, func(t *Txn, k []byte) {
		if e := t.Peek(k); e.Exists() {
			text = streamText(e)
		}
	})
	return text
}

// BenchmarkAppendBesideGroups adds to a stream that has an estate: the number of its groups must not matter.
func BenchmarkAppendBesideGroups(b *testing.B) {
	for _, groups := range []int{0, 10_000} {
		b.Run(strconv.Itoa(groups), func(b *testing.B) {
			f := newFixture(b, Tuning{StreamNodeMaxBytes: 4096, StreamNodeMaxEntries: 100})
			id, pair := stream.ID{}, [][]byte{[]byte("f"), make([]byte, 100)}
			add := func() {
				f.on(0, "k", func(t *Txn, k []byte) {
					l := t.Log(k)
					l.Edit()
					id.Ms++
					l.Append(id, pair)
					l.Save()
					l.Changed(1)
				})
			}
			f.on(0, "k", func(t *Txn, k []byte) {
				l := t.Log(k)
				l.Create()
				for i := range groups {
					l.CreateGroup(strconv.AppendInt(nil, int64(i), 10), stream.MinID, 0)
				}
				l.Save()
				l.Changed(1)
			})
			for range 5000 {
				add()
			}
			for b.Loop() {
				add()
			}
		})
	}
}

// TestStreamGoesInSteps: removing a large stream, or a group of one, frees a bounded part of it at once.
func TestStreamGoesInSteps(t *testing.T) {
	f := newFixture(t, streamTuning)
	f.fillStream("k", 20_000)
	f.on(0, "k", func(t *Txn, k []byte) {
		l := t.Log(k)
		g, _ := l.Group([]byte("g"))
		l.Edit()
		before := f.shardUsed("k")
		l.Destroy(g)
		l.Save()
		if freed := before - f.shardUsed("k"); freed > 300_000 {
			f.Errorf("destroying a group freed %d bytes at once", freed)
		}
		if l.Groups() != 0 {
			f.Error("the group is still there")
		}
	})
	f.on(0, "k", func(t *Txn, k []byte) {
		before := f.shardUsed("k")
		t.Delete(k)
		if freed := before - f.shardUsed("k"); freed > 300_000 {
			f.Errorf("deleting a stream freed %d bytes at once", freed)
		}
	})
	for f.s.Reclaim() {
	}
	if used := f.s.Used(); used != 0 {
		t.Errorf("%d bytes are left", used)
	}
}

func (f *fixture) shardUsed(key string) int64 {
	return f.s.shards[ShardOf([]byte(key))].mu.arena.Used()
}

// TestStreamCopies: copies in another shard, and moves, are whole and of their own.
func TestStreamCopies(t *testing.T) {
	f := newFixture(t, streamTuning)
	f.fillStream("k", 50)
	want := f.streamAt(0, "k")
	f.do(0, func(t *Txn) {
		t.Copy([]byte("k"), []byte("copy"), 0, false)
		t.Copy([]byte("k"), []byte("k"), 1, false)
		t.Rename([]byte("copy"), []byte("renamed"))
		t.Move([]byte("renamed"), 2)
	})
	f.on(0, "k", func(t *Txn, k []byte) {
		l := t.Log(k)
		l.Edit()
		l.Trim(stream.Trim{MaxLen: 1})
		g, _ := l.Group([]byte("g"))
		g.Acknowledge(stream.ID{Ms: 1})
		l.Save()
	})
	if got := f.streamAt(1, "k"); got != want {
		t.Errorf("the copy is %s", got)
	}
	if got := f.streamAt(2, "renamed"); got != want {
		t.Errorf("what was moved is %s", got)
	}
	if got := f.streamAt(0, "k"); got != "50-0=49 g:49/1 " {
		t.Errorf("the original is %s", got)
	}
	f.do(0, func(t *Txn) {
		for db, key := range []string{"k", "k", "renamed"} {
			t.Select(db)
			t.Delete([]byte(key))
		}
	})
	if used := f.s.Used(); used != 0 {
		t.Errorf("%d bytes are left", used)
	}
}

// TestStreamFootprint: MEMORY USAGE is what a key's removal frees, but for the slot in the table.
func TestStreamFootprint(t *testing.T) {
	f := newFixture(t, streamTuning)
	f.fillStream("k", 1)
	empty := f.s.Used()
	f.on(0, "k", func(t *Txn, k []byte) { empty -= t.Peek(k).Footprint() })
	f.on(0, "k", func(t *Txn, k []byte) { t.Delete(k) })
	f.fillStream("k", 500)
	used := f.s.Used()
	f.on(0, "k", func(t *Txn, k []byte) {
		if got := t.Peek(k).Footprint(); got != used-empty {
			f.Errorf("the footprint is %d, want %d", got, used-empty)
		}
	})
}

// TestStreamSnapshot: a snapshot has the stream as it was, whatever is done to it, its groups included.
func TestStreamSnapshot(t *testing.T) {
	changes := map[string]func(l *Log){
		"append": func(l *Log) { l.Append(stream.ID{Ms: 99}, [][]byte{[]byte("f"), []byte("v")}) },
		"delete": func(l *Log) { l.Delete(stream.ID{Ms: 3}) },
		"trim":   func(l *Log) { l.Trim(stream.Trim{MaxLen: 2}) },
		"acknowledge": func(l *Log) {
			g, _ := l.Group([]byte("g"))
			g.Acknowledge(stream.ID{Ms: 3})
		},
		"destroy": func(l *Log) {
			g, _ := l.Group([]byte("g"))
			l.Destroy(g)
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, streamTuning)
			f.fillStream("k", 20)
			want := f.streamAt(0, "k")
			sink := &streamSink{}
			n, err := f.s.NewSnapshot(sink, nil)
			if err != nil {
				t.Fatal(err)
			}
			f.on(0, "k", func(t *Txn, k []byte) {
				l := t.Log(k)
				l.Edit()
				change(&l)
				l.Save()
				l.Changed(1)
			})
			for n.Step(64) {
			}
			if len(sink.texts) != 1 || sink.texts[0] != want {
				t.Errorf("the snapshot is %q, want %q", sink.texts, want)
			}
			if got := f.streamAt(0, "k"); got == want {
				t.Error("nothing has changed")
			}
		})
	}
}

type streamSink struct{ texts []string }

func (s *streamSink) Save(_ int, e Entry) { s.texts = append(s.texts, streamText(e)) }

// TestStreamDefragment: blocks, deliveries and consumers move off sparse pages, and stay what they are.
func TestStreamDefragment(t *testing.T) {
	f := newFixture(t, streamTuning)
	const n = 60_000
	f.fillStream("k", n)
	f.on(0, "k", func(t *Txn, k []byte) {
		l := t.Log(k)
		l.Edit()
		g, _ := l.Group([]byte("g"))
		for i := range 3000 {
			g.AddConsumer([]byte("consumer"+strconv.Itoa(i)), 1)
		}
		for ms := range uint64(n) {
			if id := (stream.ID{Ms: ms + 1}); ms/3%50 != 0 {
				l.Delete(id)
				g.Acknowledge(id)
			}
		}
		for i := range 3000 {
			if c, _ := g.Consumer([]byte("consumer" + strconv.Itoa(i))); i%50 != 0 {
				g.RemoveConsumer(c)
			}
		}
		l.Save()
	})
	want := f.streamAt(0, "k")
	for range 200 {
		for !f.s.Defragment(1 << 16) {
		}
	}
	if moved := f.s.Moved(); moved < n/3/50/4 {
		t.Errorf("only %d blocks were moved", moved)
	}
	if got := f.streamAt(0, "k"); got != want {
		t.Errorf("%d bytes of text, want %d", len(got), len(want))
	}
	f.on(0, "k", func(tx *Txn, k []byte) {
		l := tx.Log(k)
		l.Edit()
		g, _ := l.Group([]byte("g"))
		for ms := range uint64(n) {
			if id := (stream.ID{Ms: ms + 1}); l.Has(id) != (ms/3%50 == 0) || g.Acknowledge(id) != (ms/3%50 == 0) {
				t.Fatalf("%v is not what it was", id)
			}
		}
		l.Save()
		tx.Delete(k)
	})
	for f.s.Reclaim() {
	}
	if used := f.s.Used(); used != 0 {
		t.Errorf("%d bytes are left", used)
	}
}

// TestTrimLimit follows the limit of approximate trimming through the values of stream-node-max-entries.
func TestTrimLimit(t *testing.T) {
	for entries, want := range map[int]uint64{0: 10_000, 1: 100, 100: 10_000, 9_999: 999_900, 10_000: 1_000_000,
		10_001: 1_000_000, 1 << 62: 10_000, 1<<63 - 1: 10_000} {
		f := newFixture(t, Tuning{StreamNodeMaxEntries: entries})
		f.on(0, "k", func(tx *Txn, _ []byte) {
			if got := tx.TrimLimit(); got != want {
				t.Errorf("%d entries: %d, want %d", entries, got, want)
			}
		})
	}
}
