package tracking

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"synap/server/pubsub"
	"synap/server/transport"
)

func wire(m *pubsub.Message, proto int) string {
	var out transport.Output
	m.AppendTo(&out, proto)
	pieces, _ := out.Vector(make([][]byte, 0, 8), 1<<30)
	return string(slices.Concat(pieces...))
}

func TestMessages(t *testing.T) {
	for _, tc := range []struct {
		name         string
		m            *pubsub.Message
		resp2, resp3 string
	}{
		{"one key", Invalidation("k"), "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$1\r\nk\r\n",
			">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"},
		{"keys", Invalidation("", "a\r\n"), "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*2\r\n$0\r\n\r\n$3\r\na\r\n\r\n",
			">2\r\n$10\r\ninvalidate\r\n*2\r\n$0\r\n\r\n$3\r\na\r\n\r\n"},
		{"all", Flushed, "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n$-1\r\n", ">2\r\n$10\r\ninvalidate\r\n_\r\n"},
		{"broken", BrokenRedirection(12), "", ">2\r\n$21\r\ntracking-redir-broken\r\n:12\r\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := wire(tc.m, 2); got != tc.resp2 {
				t.Errorf("RESP2 %q", got)
			}
			if got := wire(tc.m, 3); got != tc.resp3 {
				t.Errorf("RESP3 %q", got)
			}
		})
	}
}

func TestOverlap(t *testing.T) {
	for _, tc := range []struct {
		have, given string
		want        string // "prefix other existing"
	}{
		{"", "a,b", ""},
		{"", "a,ab", "a ab false"},
		{"", "ab,a", "ab a false"},
		{"", "x,a,a", "a a false"},
		{"", "|,a", ""},
		{"a", "b", ""},
		{"a", "ab", "ab a true"},
		{"ab,c", "a", "a ab true"},
		{"a", "b,bc,a", "b bc false"},
		{"", "~,a", "~ a false"}, // ~ stands for the empty prefix
		{"~", "a", "a ~ true"},
		{"~,b,d", "a", "a ~ true"},
		{"a,c,e", "b,d,f", ""},
		{"a,c,e", "b,dd,eef", "eef e true"},
		{"aa,ccc,e", "b,cc", "cc ccc true"},
	} {
		t.Run(tc.have+"+"+tc.given, func(t *testing.T) {
			split := func(s string) (out []string) {
				if s == "" {
					return nil
				}
				for w := range strings.SplitSeq(s, ",") {
					out = append(out, strings.ReplaceAll(w, "~", ""))
				}
				return out
			}
			var given [][]byte
			for _, g := range split(tc.given) {
				given = append(given, []byte(g))
			}
			got := ""
			if p, o, existing, found := Overlap(split(tc.have), given); found {
				name := func(b []byte) string {
					if len(b) == 0 {
						return "~"
					}
					return string(b)
				}
				got = fmt.Sprint(name(p), " ", name(o), " ", existing)
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// TestPrefixesModel compares Match with a look at every prefix and key.
func TestPrefixesModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var p Prefixes
	model := map[string]map[int64]bool{}
	word := func() string {
		b := make([]byte, rng.IntN(5))
		for i := range b {
			b[i] = "ab\x00"[rng.IntN(3)]
		}
		return string(b)
	}
	for range 5000 {
		prefix, client := word(), int64(1+rng.IntN(5))
		if rng.IntN(2) == 0 {
			p.Add(prefix, client)
			if model[prefix] == nil {
				model[prefix] = map[int64]bool{}
			}
			model[prefix][client] = true
		} else {
			p.Remove(prefix, client)
			if delete(model[prefix], client); len(model[prefix]) == 0 {
				delete(model, prefix)
			}
		}
		if p.Len() != int64(len(model)) {
			t.Fatalf("%d prefixes, want %d", p.Len(), len(model))
		}
		changes := Changes{}
		for range rng.IntN(6) {
			changes[word()] = int64(rng.IntN(3))
		}
		var want []string
		for _, prefix := range slices.Sorted(maps.Keys(model)) {
			var keys []string
			for _, key := range slices.Sorted(maps.Keys(changes)) {
				if strings.HasPrefix(key, prefix) {
					keys = append(keys, key)
				}
			}
			if len(keys) > 0 {
				want = append(want, fmt.Sprintf("%q %v %q", prefix, slices.Sorted(maps.Keys(model[prefix])), keys))
			}
		}
		var got []string
		for _, b := range p.Match(changes) {
			got = append(got, fmt.Sprintf("%q %v %q", b.Prefix, b.Clients, b.Keys))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
	}
}

// TestNote: a key belongs to who alone has changed it.
func TestNote(t *testing.T) {
	for _, tc := range []struct {
		by   []int64
		want int64
	}{{[]int64{1}, 1}, {[]int64{1, 1}, 1}, {[]int64{1, 2}, 0}, {[]int64{1, 2, 1}, 0}, {[]int64{0, 1}, 0}, {[]int64{0}, 0}} {
		c := Changes{}
		for _, client := range tc.by {
			c.Note([]byte("k"), client)
		}
		if by, changed := c["k"]; by != tc.want || !changed {
			t.Errorf("changed by %v: %d, want %d", tc.by, by, tc.want)
		}
	}
}

func TestExcept(t *testing.T) {
	c := Changes{"a": 1, "b": 2, "c": 0}
	if got := c.Except([]string{"a", "b", "c"}, 1); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("%q", got)
	}
	if got := c.Except([]string{"a"}, 1); got != nil {
		t.Errorf("%q", got)
	}
}
