package store

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"synap/store/packed"
)

// sortedTuning makes both encodings and the conversion frequent.
var sortedTuning = Tuning{ZSetMaxListpackEntries: 6, ZSetMaxListpackValue: 12, SetMaxListpackEntries: 4,
	SetMaxListpackValue: 12, SetMaxIntsetEntries: 4, EstateBytes: 2500}

// sortedTwin is what a sorted set must be.
type sortedTwin struct {
	enc    Encoding
	scores map[string]float64
}

func (w *sortedTwin) clone() *sortedTwin {
	c := &sortedTwin{w.enc, map[string]float64{}}
	for m, s := range w.scores {
		c.scores[m] = s
	}
	return c
}

// ordered is the twin's members in order.
func (w *sortedTwin) ordered() (out []Scored) {
	for m, s := range w.scores {
		out = append(out, Scored{[]byte(m), s})
	}
	slices.SortFunc(out, CompareScored)
	return out
}

// sortedModel drives sorted sets and their twins with the same operations.
type sortedModel struct {
	*fixture
	tuning Tuning
	rng    *rand.Rand
	keys   []string
	prefix string // of most members
	want   map[string]*sortedTwin
	seen   [2]bool // the layouts of small sets
}

// run carries out random operations, and compares everything now and then.
func (m *sortedModel) run(steps int) {
	m.Helper()
	for i := range steps {
		if m.step(); i%500 == 0 {
			for _, key := range m.keys {
				m.read(key)
			}
			m.audit()
		}
	}
}

// wideTuning lets small sets become larger than a forward block, with long members.
var wideTuning = Tuning{ZSetMaxListpackEntries: 40, ZSetMaxListpackValue: 40, SetMaxListpackEntries: 40}

func newSortedModel(t testing.TB, seed uint64) *sortedModel {
	return newTunedSortedModel(t, seed, sortedTuning)
}

func newTunedSortedModel(t testing.TB, seed uint64, tuning Tuning) *sortedModel {
	m := &sortedModel{fixture: newFixture(t, tuning), tuning: tuning, rng: rand.New(rand.NewPCG(seed, 3)),
		want: map[string]*sortedTwin{}}
	if tuning.ZSetMaxListpackValue == wideTuning.ZSetMaxListpackValue {
		m.prefix = "a member of some length "
	}
	for i := range 6 {
		m.keys = append(m.keys, "z:"+strconv.Itoa(i))
	}
	return m
}

func (m *sortedModel) key() string { return m.keys[m.rng.IntN(len(m.keys))] }

func (m *sortedModel) member() string {
	switch m.rng.IntN(12) {
	case 0:
		return strings.Repeat("long", 1+m.rng.IntN(4))
	case 1:
		return []string{"", "0", "-1", "01", "9223372036854775807", "\x00", "\xff"}[m.rng.IntN(7)]
	case 2:
		return strconv.Itoa(m.rng.IntN(30))
	}
	return m.prefix + "m" + strconv.Itoa(m.rng.IntN(40))
}

func (m *sortedModel) score() float64 {
	switch m.rng.IntN(8) {
	case 0:
		return []float64{math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 0.1, 1 << 62, 1 << 63, -1 << 62, 1e300,
			5e-324}[m.rng.IntN(9)]
	case 1:
		return m.rng.NormFloat64() * 1000
	case 2:
		return float64(m.rng.IntN(100)) / 8
	}
	return float64(m.rng.IntN(9)) - 4
}

// add is ZADD of some members under one condition.
func (m *sortedModel) add() {
	key, n := m.key(), 1+m.rng.IntN(3)
	if m.rng.IntN(20) == 0 {
		n = 8 // more than fit in a small set
	}
	cond := []Condition{0, 0, 0, IfAbsent, IfPresent, IfGreater, IfLess, IfPresent | IfGreater, IfPresent | IfLess,
		Increment, Increment | IfPresent, Increment | IfAbsent, Increment | IfGreater}[m.rng.IntN(13)]
	if cond&Increment != 0 {
		n = 1
	}
	if cond&Increment == 0 && m.rng.IntN(3) == 0 {
		m.addAll(key, n, cond)
		return
	}
	m.on(0, key, func(t *Txn, k []byte) {
		z := t.EditSortedSet(k, n)
		for range n {
			member, score := m.member(), m.score()
			wantScore, want := m.expectAdd(key, member, score, cond, n)
			got, outcome := z.Add([]byte(member), score, cond)
			if outcome != want || outcome != Refused && got != wantScore {
				m.Fatalf("%s: Add(%q, %v, %d) = %v, %d; want %v, %d", key, member, score, cond, got, outcome, wantScore, want)
			}
		}
	})
}

// addAll is add in one step.
func (m *sortedModel) addAll(key string, n int, cond Condition) {
	var pairs [][]byte
	var scores []float64
	var count [NotANumber + 1]int
	for range n {
		member, score := m.member(), m.score()
		pairs, scores = append(pairs, nil, []byte(member)), append(scores, score)
		_, outcome := m.expectAdd(key, member, score, cond, n)
		count[outcome]++
	}
	m.on(0, key, func(t *Txn, k []byte) {
		added, updated := t.EditSortedSet(k, n).AddAll(pairs, scores, cond)
		if added != count[Added] || updated != count[Updated] || t.Dirty() != added+updated {
			m.Fatalf("%s: %d added, %d updated, %d changes; want %d and %d", key, added, updated, t.Dirty(), count[Added],
				count[Updated])
		}
	})
}

// expectAdd is Redis's rule for one member.
func (m *sortedModel) expectAdd(key, member string, score float64, cond Condition, n int) (float64, Outcome) {
	w := m.want[key]
	if w == nil {
		if cond&IfPresent != 0 {
			return 0, Refused
		}
		w = &sortedTwin{EncListpack, map[string]float64{}}
		m.want[key] = w
	}
	if n > m.tuning.ZSetMaxListpackEntries {
		w.enc = EncSkiplist
	}
	old, there := w.scores[member]
	switch {
	case there && cond&IfAbsent != 0, !there && cond&IfPresent != 0:
		return old, Refused
	case !there:
		if len(w.scores) >= m.tuning.ZSetMaxListpackEntries || len(member) > m.tuning.ZSetMaxListpackValue {
			w.enc = EncSkiplist
		}
		w.scores[member] = score
		return score, Added
	}
	if cond&Increment != 0 {
		score += old
	}
	switch {
	case math.IsNaN(score):
		return old, NotANumber
	case cond&IfGreater != 0 && score <= old, cond&IfLess != 0 && score >= old:
		return old, Refused
	case score == old:
		return score, Unchanged
	}
	w.scores[member] = score
	return score, Updated
}

func (m *sortedModel) remove() {
	key := m.key()
	w := m.want[key]
	m.on(0, key, func(t *Txn, k []byte) {
		for range 1 + m.rng.IntN(3) {
			member, there := m.member(), false
			if w != nil {
				_, there = w.scores[member]
				delete(w.scores, member)
			}
			dirty := t.Dirty()
			if got := t.EditSortedSet(k, 0).Remove([]byte(member)); got != there || (t.Dirty() > dirty) != there {
				m.Fatalf("%s: Remove(%q) = %t and %d changes", key, member, got, t.Dirty()-dirty)
			}
		}
	})
	m.dropEmpty(key)
}

func (m *sortedModel) dropEmpty(key string) {
	if w := m.want[key]; w != nil && len(w.scores) == 0 {
		delete(m.want, key)
	}
}

func (m *sortedModel) removeRange() {
	key := m.key()
	w := m.want[key]
	if w == nil {
		return
	}
	all := w.ordered()
	from := m.rng.IntN(len(all))
	to := from + m.rng.IntN(len(all)-from+1)
	if m.rng.IntN(4) > 0 {
		to = min(to, from+3)
	}
	for _, s := range all[from:to] {
		delete(w.scores, string(s.Member))
	}
	m.on(0, key, func(t *Txn, k []byte) {
		if t.EditSortedSet(k, 0).RemoveRange(from, to); t.Dirty() != to-from {
			m.Fatalf("%d changes by removing %d to %d", t.Dirty(), from, to)
		}
	})
	m.dropEmpty(key)
}

// combine stores a union, an intersection or a difference.
func (m *sortedModel) combine() {
	target, op, aggregate := m.key(), m.rng.IntN(3), Aggregate(m.rng.IntN(3))
	var names []string
	for range 1 + m.rng.IntN(6) {
		names = append(names, m.key())
	}
	want := &sortedTwin{EncListpack, map[string]float64{}}
	m.do(0, func(t *Txn) {
		var sources []SortedSource
		for _, name := range names {
			s, ok := t.Read([]byte(name)).SortedSource()
			if !ok {
				m.Fatalf("%s is no source", name)
			}
			s.Weight = []float64{1, 1, 2, -0.5, 0, math.Inf(1)}[m.rng.IntN(6)]
			sources = append(sources, s)
		}
		m.expectCombined(want.scores, names, sources, op, aggregate)
		var got []Scored
		switch op {
		case 0:
			got = t.UniteSorted(sources, aggregate)
		case 1:
			got = t.IntersectSorted(sources, aggregate)
			for _, limit := range []int{0, 1, 3, 1000} {
				if n := t.CountIntersection(sources, limit); n != len(got) && (limit == 0 || n != min(limit, len(got))) {
					m.Fatalf("%d members in the intersection, counted %d of %d", len(got), n, limit)
				}
			}
		default:
			got = t.SubtractSorted(sources)
		}
		if !slices.EqualFunc(got, want.ordered(), sameScored) {
			m.Fatalf("operation %d of %q: %v, want %v", op, names, got, want.ordered())
		}
		if len(got) > 0 {
			t.StoreSortedSet([]byte(target), got)
		} else {
			t.Delete([]byte(target))
		}
	})
	m.stored(target, want)
}

// stored says that a sorted set has been stored whole.
func (m *sortedModel) stored(target string, want *sortedTwin) {
	if len(want.scores) > m.tuning.ZSetMaxListpackEntries {
		want.enc = EncSkiplist
	}
	for member := range want.scores {
		if len(member) > m.tuning.ZSetMaxListpackValue {
			want.enc = EncSkiplist
		}
	}
	m.want[target] = want
	m.dropEmpty(target)
}

// sameScored is equality in which -0 is 0.
func sameScored(a, b Scored) bool { return string(a.Member) == string(b.Member) && a.Score == b.Score }

// expectCombined works out a set operation by its definition.
func (m *sortedModel) expectCombined(out map[string]float64, names []string, sources []SortedSource, op int,
	agg Aggregate) {
	in := map[string]int{}
	for i, name := range names {
		w := m.want[name]
		if w == nil {
			continue
		}
		for member, score := range w.scores {
			in[member]++
			weighed := score * sources[i].Weight
			had, again := out[member]
			if math.IsNaN(weighed) && (op != 1 || i == 0) {
				weighed = 0
			}
			switch {
			case op == 2 && i == 0:
				out[member] = score
			case op == 2:
				delete(out, member)
			case !again:
				out[member] = weighed
			case agg == Sum:
				if out[member] = had + weighed; math.IsNaN(out[member]) {
					out[member] = 0
				}
			case agg == Min && weighed < had, agg == Max && weighed > had:
				out[member] = weighed
			}
		}
	}
	if op == 1 {
		for member := range out {
			if in[member] != len(names) {
				delete(out, member)
			}
		}
	}
}

// slice stores a part of a set.
func (m *sortedModel) slice() {
	from, target := m.key(), m.key()
	w := m.want[from]
	if w == nil {
		return
	}
	all := w.ordered()
	lo := m.rng.IntN(len(all))
	hi := lo + 1 + m.rng.IntN(len(all)-lo)
	want := &sortedTwin{EncListpack, map[string]float64{}}
	for _, s := range all[lo:hi] {
		want.scores[string(s.Member)] = s.Score
	}
	m.do(0, func(t *Txn) { t.StoreSortedSet([]byte(target), t.Read([]byte(from)).SortedSet().Slice(lo, hi)) })
	m.stored(target, want)
}

// transfer copies or renames a set.
func (m *sortedModel) transfer() {
	from, to := m.key(), m.key()
	w := m.want[from]
	if from == to || w == nil {
		return
	}
	move := m.rng.IntN(2) == 0
	m.do(0, func(t *Txn) {
		if move {
			t.Rename([]byte(from), []byte(to))
		} else {
			t.Copy([]byte(from), []byte(to), 0, true)
		}
	})
	m.want[to] = w.clone()
	if move {
		delete(m.want, from)
	}
}

// read compares all that can be read of a set with its twin.
func (m *sortedModel) read(key string) {
	m.Helper()
	m.on(0, key, func(t *Txn, k []byte) {
		e, w := t.Read(k), m.want[key]
		if e.Exists() != (w != nil) {
			m.Fatalf("%s exists: %t", key, e.Exists())
		}
		if w == nil {
			return
		}
		z, want := e.SortedSet(), w.ordered()
		if e.Encoding() != w.enc || z.Len() != len(want) || z.Big() != (w.enc == EncSkiplist) {
			m.Fatalf("%s is %v of %d, want %v of %d", key, e.Encoding(), z.Len(), w.enc, len(want))
		}
		if !z.Big() {
			l := packed.LayoutOf(z.block)
			if m.seen[l] = true; l == packed.Forward && len(z.block) > forwardBlock {
				m.Fatalf("%s is a forward block of %d bytes", key, len(z.block))
			}
		}
		if got := z.Slice(0, len(want)); !slices.EqualFunc(got, want, sameScored) {
			m.Fatalf("%s is %v, want %v", key, got, want)
		}
		for i, s := range want {
			rank, score, ok := z.Rank(s.Member)
			if !ok || rank != i || score != s.Score {
				m.Fatalf("%s: %q has rank %d and score %v, want %d and %v", key, s.Member, rank, score, i, s.Score)
			}
			if score, ok := z.Score(s.Member); !ok || score != s.Score {
				m.Fatalf("%s: %q has score %v, want %v", key, s.Member, score, s.Score)
			}
		}
		if _, _, ok := z.Rank([]byte("stranger")); ok {
			m.Fatalf("%s has a stranger", key)
		}
		m.walkBack(z, want)
		m.ranges(z, want)
		m.samples(t, z, w)
	})
}

func (m *sortedModel) walkBack(z SortedSetView, want []Scored) {
	var c SortedCursor
	if z.At(len(want)-1, &c); m.rng.IntN(2) == 0 {
		z.AtBack(len(want)-1, &c)
	}
	for i := len(want) - 1; i >= 0; i-- {
		if string(c.Member(nil)) != string(want[i].Member) {
			m.Fatalf("going back, rank %d is %q, want %q", i, c.Member(nil), want[i].Member)
		}
		if i > 0 && m.rng.IntN(8) == 0 {
			c.Prev()
			c.Next()
		}
		if c.Prev() != (i > 0) {
			m.Fatalf("going back, the end comes at %d or does not come", i)
		}
	}
}

// ranges compares ranges of scores with their definition, and ranges of members where all scores are equal.
func (m *sortedModel) ranges(z SortedSetView, want []Scored) {
	r := ScoreRange{Min: m.score(), Max: m.score(), MinOpen: m.rng.IntN(2) == 0, MaxOpen: m.rng.IntN(2) == 0}
	from, to := z.ScoreSpan(r)
	for i, s := range want {
		in := r.reaches(s.Score) && r.within(s.Score)
		if in != (i >= from && i < to) {
			m.Fatalf("%+v is %d to %d of %v", r, from, to, want)
		}
	}
	if want[0].Score != want[len(want)-1].Score {
		return
	}
	bound := func() LexBound {
		return LexBound{[]byte(m.member()), m.rng.IntN(2) == 0, []int{0, 0, 0, -1, 1}[m.rng.IntN(5)]}
	}
	l, skip := LexRange{bound(), bound()}, m.rng.IntN(3)
	for _, reverse := range []bool{false, true} {
		from, to := z.LexSpan(l, reverse, 0)
		for i, s := range want {
			if l.contains(s.Member) != (i >= from && i < to) {
				m.Fatalf("%+v is %d to %d of %v", l, from, to, want)
			}
		}
		skipped, end := z.LexSpan(l, reverse, skip)
		if n := max(to-from-skip, 0); end-skipped != n || n > 0 && (!reverse && end != to || reverse && skipped != from) {
			m.Fatalf("%+v without %d is %d to %d, with them %d to %d", l, skip, skipped, end, from, to)
		}
	}
}

// contains is the definition of a LexRange.
func (r *LexRange) contains(member []byte) bool {
	side := func(b LexBound) int {
		if b.End != 0 {
			return -b.End
		}
		return bytes.Compare(member, b.Member)
	}
	lo, hi := side(r.Min), side(r.Max)
	return (lo > 0 || lo == 0 && !r.Min.Open) && (hi < 0 || hi == 0 && !r.Max.Open)
}

func (m *sortedModel) samples(t *Txn, z SortedSetView, w *sortedTwin) {
	for _, n := range []int{1, z.Len() / 10, z.Len() - 1} {
		seen := map[string]bool{}
		if n >= z.Len() {
			continue
		}
		t.SampleScored(z, n, func(member []byte, score float64) {
			if s, ok := w.scores[string(member)]; !ok || s != score {
				m.Fatalf("%q with score %v is no member", member, score)
			}
			seen[string(member)] = true
		})
		if len(seen) != n {
			m.Fatalf("a sample of %d has %d", n, len(seen))
		}
	}
	scanned, cursor := map[string]bool{}, uint64(0)
	for {
		cursor = z.Scan(cursor, 3, func(member []byte, score float64) {
			if scanned[string(member)] || w.scores[string(member)] != score {
				m.Fatalf("scanned %q with score %v", member, score)
			}
			scanned[string(member)] = true
		})
		if cursor == 0 {
			break
		}
	}
	if len(scanned) != len(w.scores) {
		m.Fatalf("scanned %d of %d", len(scanned), len(w.scores))
	}
}

func (m *sortedModel) step() {
	switch op := m.rng.IntN(40); {
	case op < 22:
		m.add()
	case op < 27:
		m.remove()
	case op < 29:
		m.removeRange()
	case op < 31:
		m.combine()
	case op < 32:
		m.slice()
	case op < 34:
		m.transfer()
	case op < 36:
		m.s.Defragment(1 << 20)
	case op < 37:
		m.s.Reclaim()
	default:
		m.read(m.key())
	}
}
