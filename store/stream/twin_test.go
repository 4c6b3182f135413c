package stream

import (
	"math"
	"slices"
	"strconv"
)

// twin is a stream as one would write it without caring about memory.
type twin struct {
	blocks  []*twinBlock
	length  uint64
	added   uint64
	first   ID
	last    ID
	deleted ID
	groups  map[string]*twinGroup
}

type twinBlock struct {
	master  []string // fields
	entries []twinEntry
	weight  int // as a listpack, without the counters
}

type twinEntry struct {
	id    ID
	pairs []string
	dead  bool
}

type twinGroup struct {
	last      ID
	read      int64
	pending   map[ID]*twinDelivery
	consumers map[string]*twinConsumer
}

type twinDelivery struct {
	time     int64
	count    uint64
	consumer string
}

type twinConsumer struct{ seen, active int64 }

// listpackSize is the size of an element of a listpack, written down from the format's description.
func listpackSize(text string) int {
	body := 0
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		switch {
		case n >= 0 && n <= 127:
			body = 1
		case n >= -4096 && n <= 4095:
			body = 2
		case n >= math.MinInt16 && n <= math.MaxInt16:
			body = 3
		case n >= -1<<23 && n < 1<<23:
			body = 4
		case n >= math.MinInt32 && n <= math.MaxInt32:
			body = 5
		default:
			body = 9
		}
	} else {
		switch {
		case len(text) < 64:
			body = 1 + len(text)
		case len(text) < 4096:
			body = 2 + len(text)
		default:
			body = 5 + len(text)
		}
	}
	for back := 1; ; back++ {
		if body < 1<<(7*back) {
			return body + back
		}
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func (b *twinBlock) live() (n int) {
	for _, e := range b.entries {
		if !e.dead {
			n++
		}
	}
	return n
}

func (b *twinBlock) size() int {
	live := b.live()
	return 7 + b.weight + listpackSize(number(int64(live))) + listpackSize(number(int64(len(b.entries)-live)))
}

func (w *twin) append(id ID, pairs []string, l Limits) {
	total := 0
	for _, p := range pairs {
		total += len(p)
	}
	var b *twinBlock
	if n := len(w.blocks); n > 0 {
		b = w.blocks[n-1]
		if most := l.Bytes; most > 0 && b.size()+total >= most || l.Entries > 0 && len(b.entries) >= l.Entries {
			b = nil
		}
	}
	if b == nil {
		b = &twinBlock{}
		b.weight = listpackSize(number(int64(len(pairs)/2))) + listpackSize("0")
		for i := 0; i < len(pairs); i += 2 {
			b.master = append(b.master, pairs[i])
			b.weight += listpackSize(pairs[i])
		}
		w.blocks = append(w.blocks, b)
	}
	var fields []string
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, pairs[i])
	}
	master := id
	if len(b.entries) > 0 {
		master = b.entries[0].id
	}
	words := []string{"0", number(int64(id.Ms - master.Ms)), number(int64(id.Seq - master.Seq))}
	if slices.Equal(fields, b.master) {
		for i := 1; i < len(pairs); i += 2 {
			words = append(words, pairs[i])
		}
	} else {
		words = append(append(words, number(int64(len(fields)))), pairs...)
	}
	words = append(words, number(int64(len(words))))
	for _, word := range words {
		b.weight += listpackSize(word)
	}
	b.entries = append(b.entries, twinEntry{id: id, pairs: pairs})
	w.length++
	w.added++
	if w.last = id; w.length == 1 {
		w.first = id
	}
}

func (w *twin) delete(id ID) bool {
	for i, b := range w.blocks {
		for j := range b.entries {
			if e := &b.entries[j]; e.id == id && !e.dead {
				e.dead = true
				if w.length--; b.live() == 0 {
					w.blocks = slices.Delete(w.blocks, i, i+1)
				}
				return true
			}
		}
	}
	return false
}

func (w *twin) trim(t Trim) (removed uint64) {
	for t.ByID || w.length > t.MaxLen {
		if len(w.blocks) == 0 {
			break
		}
		b := w.blocks[0]
		live := uint64(b.live())
		if t.Limit > 0 && removed+live > t.Limit {
			break
		}
		whole := w.length-live >= t.MaxLen
		if t.ByID {
			whole = b.entries[len(b.entries)-1].id.Less(t.MinID)
		}
		if whole {
			w.blocks = w.blocks[1:]
			w.length -= live
			removed += live
			continue
		}
		for j := 0; !t.Whole && j < len(b.entries); j++ {
			e := &b.entries[j]
			if t.ByID && !e.id.Less(t.MinID) || !t.ByID && w.length <= t.MaxLen {
				break
			}
			if !e.dead {
				e.dead = true
				w.length--
				removed++
			}
		}
		break
	}
	if removed > 0 || w.length == 0 {
		w.settle()
	}
	return removed
}

func (w *twin) all() (live []twinEntry) {
	for _, b := range w.blocks {
		for _, e := range b.entries {
			if !e.dead {
				live = append(live, e)
			}
		}
	}
	return live
}

func (w *twin) settle() {
	w.first = ID{}
	if live := w.all(); len(live) > 0 {
		w.first = live[0].id
	}
}
