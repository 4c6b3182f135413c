package commands

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"synap/store"
	"synap/store/stream"
)

// TestStreamTimes: what depends on the clock, which may go back.
func TestStreamTimes(t *testing.T) {
	scripts{
		"IDs follow the clock, and never go back": {
			"XADD s * f v", "$15 1700000000000-0",
			"XADD s * f v", "$15 1700000000000-1",
			"@+5",
			"XADD s * f v", "$15 1700000000005-0",
			"@+-10",
			"XADD s * f v", "$15 1700000000005-1",
			"XADD s 1700000000009-7 f v", "$15 1700000000009-7",
			"XADD s * f v", "$15 1700000000009-8",
			"XADD s 1700000000009-* f v", "$15 1700000000009-9",
		},
		"times of deliveries": {
			"XADD s 1-1 f v", "$3 1-1",
			"XGROUP CREATE s g 0", "+OK",
			"XREADGROUP GROUP g c STREAMS s >", "*1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v",
			"@+250",
			"XPENDING s g - + 9", "*1 *4 $3 1-1 $1 c :250 :1",
			"XPENDING s g IDLE 250 - + 9", "*1 *4 $3 1-1 $1 c :250 :1",
			"XPENDING s g IDLE 251 - + 9", "*0",
			"XCLAIM s g d 251 1-1", "*0",
			"XAUTOCLAIM s g d 251 0", "*3 $3 0-0 *0 *0",
			"XAUTOCLAIM s g d 250 0 JUSTID", "*3 $3 0-0 *1 $3 1-1 *0",
			"XPENDING s g - + 9", "*1 *4 $3 1-1 $1 d :0 :1",
			"@+100",
			"XCLAIM s g c 0 1-1 IDLE 30 JUSTID", "*1 $3 1-1",
			"XPENDING s g - + 9", "*1 *4 $3 1-1 $1 c :30 :1",
			"XREADGROUP GROUP g c STREAMS s 0", "*1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v",
			"XPENDING s g - + 9", "*1 *4 $3 1-1 $1 c :0 :2",
			"@+-5",
			"XPENDING s g - + 9", "*1 *4 $3 1-1 $1 c :0 :2",
		},
		"what consumers did last": {
			"XADD s 1-1 f v", "$3 1-1",
			"XGROUP CREATE s g 0", "+OK",
			"XGROUP CREATECONSUMER s g c", ":1",
			"@+10",
			"XINFO CONSUMERS s g", "*1 *8 $4 name $1 c $7 pending :0 $4 idle :10 $8 inactive :-1",
			"XREADGROUP GROUP g c STREAMS s >", "*1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v",
			"@+10",
			"XREADGROUP GROUP g c STREAMS s >", "*-1",
			"@+1",
			"XINFO CONSUMERS s g", "*1 *8 $4 name $1 c $7 pending :1 $4 idle :1 $8 inactive :11",
			"XCLAIM s g d 0 7-7", "*0",
			"@+1",
			"XINFO CONSUMERS s g", "*2 *8 $4 name $1 c $7 pending :1 $4 idle :2 $8 inactive :12 " +
				"*8 $4 name $1 d $7 pending :0 $4 idle :1 $8 inactive :-1",
			"XADD s 1-2 f v", "$3 1-2",
			"XREADGROUP GROUP g d NOACK STREAMS s >", "*1 *2 $1 s *1 *2 $3 1-2 *2 $1 f $1 v",
			"XINFO CONSUMERS s g", "*2 *8 $4 name $1 c $7 pending :1 $4 idle :2 $8 inactive :12 " +
				"*8 $4 name $1 d $7 pending :0 $4 idle :0 $8 inactive :-1",
		},
	}.run(t)
}

// TestStreamReads: what is told of a stream, and how in which protocol.
func TestStreamReads(t *testing.T) {
	scripts{
		"the full story": {
			"XADD s 1-1 f v", "$3 1-1",
			"XGROUP CREATE s g 0", "+OK",
			"@+10",
			"XREADGROUP GROUP g c STREAMS s >", "*1 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v",
			"@+10",
			"XREADGROUP GROUP g c STREAMS s >", "*-1",
			"@proto 3",
			"XINFO STREAM s FULL", "%9 $6 length :1 $15 radix-tree-keys :1 $16 radix-tree-nodes :2 " +
				"$17 last-generated-id $3 1-1 $20 max-deleted-entry-id $3 0-0 $13 entries-added :1 " +
				"$23 recorded-first-entry-id $3 1-1 $7 entries *1 *2 $3 1-1 *2 $1 f $1 v " +
				"$6 groups *1 %7 $4 name $1 g $17 last-delivered-id $3 1-1 $12 entries-read :1 $3 lag :0 $9 pel-count :1 " +
				"$7 pending *1 *4 $3 1-1 $1 c :1700000000010 :1 " +
				"$9 consumers *1 %5 $4 name $1 c $9 seen-time :1700000000020 $11 active-time :1700000000010 $9 pel-count :1 " +
				"$7 pending *1 *3 $3 1-1 :1700000000010 :1",
		},
		"reading in both protocols": {
			"XADD s 1-1 f v", "$3 1-1",
			"XADD t 1-1 f v", "$3 1-1",
			"XREAD STREAMS s t 0 0", "*2 *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v *2 $1 t *1 *2 $3 1-1 *2 $1 f $1 v",
			"XREAD BLOCK 0 STREAMS s $", "*-1",
			"@proto 3",
			"XREAD STREAMS s t 0 0", "%2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v $1 t *1 *2 $3 1-1 *2 $1 f $1 v",
			"XREAD STREAMS s $", "_",
		},
		"as many streams as a reply's header has to grow for": {
			"XADD s 1-1 f v", "$3 1-1",
			"XREAD STREAMS s s s s s s s s s s s 0 0 0 0 0 0 0 0 0 0 0",
			"*11" + strings.Repeat(" *2 $1 s *1 *2 $3 1-1 *2 $1 f $1 v", 11),
			"@proto 3",
			"XREAD STREAMS s s s s s s s s s s s 0 0 0 0 0 0 0 0 0 0 0",
			"%11" + strings.Repeat(" $1 s *1 *2 $3 1-1 *2 $1 f $1 v", 11),
		},
		"a COUNT that no memory would do for": {
			"XADD s 1-1 f v", "$3 1-1",
			"XGROUP CREATE s g 0", "+OK",
			"XAUTOCLAIM s g c 0 0 COUNT 8796093022208",
			"-ERR Insufficient memory, failed allocating transient memory, COUNT too high.",
			"XAUTOCLAIM s g c 0 0 COUNT 8796093022207", "*3 $3 0-0 *0 *0",
		},
	}.run(t)
}

// TestStreamWatch: what groups keep is none of a watcher's business.
func TestStreamWatch(t *testing.T) {
	const group = "XADD k 1-1 f v ; XADD k 1-2 f v ; XGROUP CREATE k g 0 ; XREADGROUP GROUP g c COUNT 1 STREAMS k >"
	var cases []watchCase
	for line, changed := range map[string]bool{
		"XADD k 2-2 f v": true, "XADD k 0-0 f v": false, "XADD k NOMKSTREAM 1-1 f v": false, "XDEL k 1-1": true, "XDEL k 7-7": false,
		"XTRIM k MAXLEN 1": true, "XTRIM k MAXLEN 5": false, "XSETID k 9-9": false, "XREADGROUP GROUP g c STREAMS k >": false,
		"XREADGROUP GROUP g c STREAMS k 0": false, "XACK k g 1-1": false, "XCLAIM k g d 0 1-1": false,
		"XAUTOCLAIM k g d 0 0": false, "XGROUP CREATE k h 0": false, "XGROUP CREATECONSUMER k g d": false,
		"XGROUP DELCONSUMER k g c": false, "XGROUP SETID k g 0": false, "XGROUP DESTROY k g": false, "XRANGE k - +": false,
	} {
		cases = append(cases, watchCase{strings.ReplaceAll(group, " ; ", ";"), line, changed})
	}
	cases = append(cases, watchCase{"", "XGROUP CREATE k g 0 MKSTREAM", true}, watchCase{"", "XADD k NOMKSTREAM 1-1 f v", false})
	runWatched(t, cases)
}

// TestStreamEvents: what is told of a key, and when.
func TestStreamEvents(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	var got []string
	f.store.OnEvents(func(events []store.Event) {
		for _, e := range events {
			got = append(got, e.Name)
		}
	})
	f.store.SelectEvents(store.EventStream | store.EventGeneric | store.EventNew)
	for _, x := range []struct{ line, want string }{
		{"XADD k NOMKSTREAM 1-1 f v", ""},
		{"XADD k 1-1 f v", "new xadd"},
		{"XADD k 1-1 f v", ""},
		{"XADD k MAXLEN 5 1-2 f v", "xadd"},
		{"XADD k MAXLEN 2 1-3 f v", "xadd xtrim"},
		{"XTRIM k MAXLEN 2", ""},
		{"XTRIM k MAXLEN ~ 1", ""},
		{"XTRIM k MAXLEN 1", "xtrim"},
		{"XDEL k 1-1", ""},
		{"XDEL k 1-3 1-3", "xdel"},
		{"XSETID k 1-3", "xsetid"},
		{"XGROUP CREATE k g 0", "xgroup-create"},
		{"XGROUP CREATE k g 0", ""},
		{"XGROUP CREATE new g 0 MKSTREAM", "new xgroup-create"},
		{"XGROUP SETID k g $", "xgroup-setid"},
		{"XGROUP CREATECONSUMER k g c", "xgroup-createconsumer"},
		{"XGROUP CREATECONSUMER k g c", ""},
		{"XADD k 2-1 f v", "xadd"},
		{"XREADGROUP GROUP g d STREAMS k >", "xgroup-createconsumer"},
		{"XREADGROUP GROUP g d STREAMS k 0", ""},
		{"XCLAIM k g e 0 2-1", "xgroup-createconsumer"},
		{"XAUTOCLAIM k g h 0 0", "xgroup-createconsumer"},
		{"XACK k g 2-1", ""},
		{"XGROUP DELCONSUMER k g c", "xgroup-delconsumer"},
		{"XGROUP DELCONSUMER k g c", ""},
		{"XGROUP DESTROY k g", "xgroup-destroy"},
		{"XGROUP DESTROY k g", ""},
	} {
		got = nil
		f.do(x.line)
		if strings.Join(got, " ") != x.want {
			t.Errorf("%s: %q, want %q", x.line, got, x.want)
		}
	}
	f.store.OnEvents(nil)
}

// TestStreamKeys: the words that are keys, whatever the words before them are.
func TestStreamKeys(t *testing.T) {
	for _, x := range []struct{ line, want string }{
		{"XREAD STREAMS a 0", "a"},
		{"XREAD STREAMS a b 0 1", "a b"},
		{"XREAD COUNT STREAMS STREAMS a 0", "a"},
		{"XREAD streams STREAMS 0", "STREAMS"},
		{"XREAD BLOCK 0 COUNT 1 STREAMS STREAMS b 0 1", "STREAMS b"},
		{"XREADGROUP GROUP STREAMS STREAMS STREAMS STREAMS >", "STREAMS"},
		{"XREADGROUP COUNT 1 GROUP streams streams NOACK STREAMS a >", "a"},
		{"XREAD FOO STREAMS a 0", ""},
		{"XREAD COUNT 1 BLOCK STREAMS", ""},
	} {
		args := strings.Fields(x.line)
		words := make([][]byte, len(args))
		for i, a := range args {
			words[i] = []byte(a)
		}
		refs, ok := streamKeys(words, nil)
		var got []string
		for _, r := range refs {
			got = append(got, args[r.Index])
		}
		if !ok || strings.Join(got, " ") != x.want {
			t.Errorf("%s: keys %q, want %q", x.line, got, x.want)
		}
	}
	if _, ok := streamKeys([][]byte{[]byte("XREAD"), []byte("STREAMS"), []byte("a"), []byte("b"), []byte("0")}, nil); ok {
		t.Error("an odd number of words is no list of keys")
	}
}

// parked takes note of what commands wait for.
type parked struct{ waits []Wait }

func (p *parked) Block(c *Ctx, w *Wait) bool {
	p.waits = append(p.waits, *w)
	return true
}

// TestStreamWait: what a reader waits for.
func TestStreamWait(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	p := &parked{}
	f.ctx.Blocker = p
	for _, line := range []string{"XADD s 3-4 f v", "XGROUP CREATE s g $"} {
		f.do(line)
	}
	for _, x := range []struct{ line, keys, words, timeout, rivals string }{
		{"XREAD BLOCK 0 STREAMS s 3-4", "s", "", "0s", ""},
		{"XREAD BLOCK 1500 STREAMS s t $ $", "s t", "XREAD BLOCK 1500 STREAMS s t 3-4 0-0", "1.5s", ""},
		{"XREAD COUNT 1 STREAMS s t 9 $ BLOCK 5", "", "", "", ""},
		{"XREADGROUP GROUP g c BLOCK 7 STREAMS s >", "s", "", "7ms", "g"},
	} {
		p.waits = nil
		f.do(x.line)
		if x.keys == "" {
			if len(p.waits) > 0 {
				t.Errorf("%s waits", x.line)
			}
			continue
		}
		if len(p.waits) != 1 {
			t.Fatalf("%s: %d waits", x.line, len(p.waits))
		}
		w := p.waits[0]
		join := func(words [][]byte) string { return strings.TrimSpace(fmt.Sprintf("%s", words)) }
		if join(w.Keys) != "["+x.keys+"]" || join(w.Words) != "["+x.words+"]" || w.Timeout.String() != x.timeout {
			t.Errorf("%s: %s %s %s", x.line, w.Keys, w.Words, w.Timeout)
		}
		if w.Type != store.Stream || w.Gone != strings.HasPrefix(x.line, "XREADGROUP") || w.Rivals != x.rivals {
			t.Errorf("%s: interest %+v", x.line, w.Interest)
		}
	}
	f.ctx.Blocker = nil
}

func TestStreamNoAllocations(t *testing.T) {
	group := []string{"XADD s 1-1 f v", "XADD s 1-2 f v g w", "XADD s 1-3 f v", "XGROUP CREATE s g 0",
		"XREADGROUP GROUP g c STREAMS s >"}
	noAllocs(t, group,
		"XADD s * temp 21 hum 33", "XADD s MAXLEN ~ 100 * temp 21 hum text", "XADD s MAXLEN 3 * temp 21", "XLEN s", "XDEL s 9-9",
		"XRANGE s - +", "XREVRANGE s + - COUNT 1", "XREAD COUNT 2 STREAMS s 0", "XREAD STREAMS s $", "XACK s g 7-7",
		"XREADGROUP GROUP g c STREAMS s >", "XREADGROUP GROUP g c STREAMS s 0", "XCLAIM s g c 0 1-1 JUSTID",
		"XPENDING s g", "XPENDING s g - + 10 c", "XTRIM s MAXLEN 1000", "XINFO STREAM s", "XINFO GROUPS s")
}

// What parseWholeID reads is what it means; what it leaves to others may be anything.
func TestWholeID(t *testing.T) {
	for _, word := range []string{
		"1-2", "0-0", "0-1", "1700000000000-0", "9999999999999999999-9999999999999999999", "007-08",
		"10000000000000000000-1", "1-10000000000000000000", "18446744073709551616-1",
		"", "-", "1", "1-", "-1", "1-2-3", "1--2", "1-*", "1-+2", " 1-2", "1-2 ", "1-2\x00", "a-1", "1-a", "+1-2", "1/2", "1:-2",
	} {
		id, ok := parseWholeID([]byte(word))
		want, openSeq, valid := parseIDOrOpen([]byte(word), 0)
		if ok && (!valid || openSeq || id != want) {
			t.Errorf("%q is %v, want %v (%v)", word, id, want, valid)
		}
		plain := regexp.MustCompile(`^[0-9]{1,19}-[0-9]{1,19}$`).MatchString(word)
		if ok != plain {
			t.Errorf("%q: %v, want %v", word, ok, plain)
		}
	}
}

// TestStreamID compares the forms of IDs that commands take.
func TestStreamID(t *testing.T) {
	c := &Ctx{}
	type read func(i int) (stream.ID, error)
	forms := map[string]read{
		"exact": func(i int) (stream.ID, error) { return c.exactID(i, 9) },
		"any":   func(i int) (stream.ID, error) { return c.anyID(i, 9) },
		"start": c.intervalStart,
		"end":   c.intervalEnd,
	}
	const bad = "!"
	for _, x := range []struct{ word, exact, any, start, end string }{
		{"1-2", "1-2", "1-2", "1-2", "1-2"},
		{"7", "7-9", "7-9", "7-0", "7-18446744073709551615"},
		{"-", bad, "0-0", "0-0", "0-0"},
		{"+", bad, stream.MaxID.String(), stream.MaxID.String(), stream.MaxID.String()},
		{"-\x00x", bad, "0-0", "0-0", "0-0"},
		{"(1-2", bad, bad, "1-3", "1-1"},
		{"(7", bad, bad, "7-1", "7-18446744073709551614"},
		{"(", bad, bad, bad, bad},
		{"(-", bad, bad, bad, bad},
		{"1-*", bad, bad, bad, bad},
		{"", bad, bad, bad, bad},
		{strings.Repeat("0", 126) + "1", "1-9", "1-9", "1-0", "1-18446744073709551615"},
		{strings.Repeat("0", 127) + "1", bad, bad, bad, bad},
		{"-" + strings.Repeat("\x00", 127), bad, bad, bad, bad},
	} {
		c.Args = [][]byte{[]byte(x.word)}
		for form, want := range map[string]string{"exact": x.exact, "any": x.any, "start": x.start, "end": x.end} {
			id, err := forms[form](0)
			got := id.String()
			if err != nil {
				got = bad
			}
			if got != want {
				t.Errorf("%s of %q: %s, want %s", form, x.word, got, want)
			}
		}
	}
	if !slices.Equal(untilNUL([]byte("a\x00b")), []byte("a")) {
		t.Error("a NUL ends a C string")
	}
}
