package resp

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestWriter(t *testing.T) {
	cases := []struct {
		name         string
		write        func(w *Writer)
		resp2, resp3 string
	}{
		{"OK", func(w *Writer) { w.OK() }, "+OK\r\n", "+OK\r\n"},
		{"simple", func(w *Writer) { w.Simple("PONG") }, "+PONG\r\n", "+PONG\r\n"},
		{"simple with line breaks", func(w *Writer) { w.Simple("a\r\n+b") }, "+a  +b\r\n", "+a  +b\r\n"},
		{"error", func(w *Writer) { w.Error("ERR no") }, "-ERR no\r\n", "-ERR no\r\n"},
		{"error without code", func(w *Writer) { w.Error("no") }, "-no\r\n", "-no\r\n"},
		{"error with line breaks", func(w *Writer) { w.Error("\nERR a\r\n:1\rb\nc\r\n") }, "-ERR a  :1 b c\r\n", "-ERR a  :1 b c\r\n"},
		{"int", func(w *Writer) { w.Int(7) }, ":7\r\n", ":7\r\n"},
		{"least int", func(w *Writer) { w.Int(math.MinInt64) }, ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"},
		{"bulk", func(w *Writer) { w.Bulk([]byte("a\r\nb")) }, "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n"},
		{"nil bulk", func(w *Writer) { w.Bulk(nil) }, "$0\r\n\r\n", "$0\r\n\r\n"},
		{"bulk string", func(w *Writer) { w.BulkString("0123456789") }, "$10\r\n0123456789\r\n", "$10\r\n0123456789\r\n"},
		{"int as bulk", func(w *Writer) { w.IntBulk(-12) }, "$3\r\n-12\r\n", "$3\r\n-12\r\n"},
		{"null", func(w *Writer) { w.Null() }, "$-1\r\n", "_\r\n"},
		{"null array", func(w *Writer) { w.NullArray() }, "*-1\r\n", "_\r\n"},
		{"true", func(w *Writer) { w.Bool(true) }, ":1\r\n", "#t\r\n"},
		{"false", func(w *Writer) { w.Bool(false) }, ":0\r\n", "#f\r\n"},
		{"double", func(w *Writer) { w.Double(1.5) }, "$3\r\n1.5\r\n", ",1.5\r\n"},
		{"infinity", func(w *Writer) { w.Double(math.Inf(-1)) }, "$4\r\n-inf\r\n", ",-inf\r\n"},
		{"not a number", func(w *Writer) { w.Double(math.NaN()) }, "$3\r\nnan\r\n", ",nan\r\n"},
		{"big number", func(w *Writer) { w.BigNumber("12345678901234567890") }, "$20\r\n12345678901234567890\r\n", "(12345678901234567890\r\n"},
		{"big number with line breaks", func(w *Writer) { w.BigNumber("1\r\n2") }, "$4\r\n1  2\r\n", "(1  2\r\n"},
		{"verbatim", func(w *Writer) { w.Verbatim("txt", "a\nb") }, "$3\r\na\nb\r\n", "=7\r\ntxt:a\nb\r\n"},
		{"verbatim of short format", func(w *Writer) { w.Verbatim("m", "") }, "$0\r\n\r\n", "=4\r\nm  :\r\n"},
		{"verbatim of long format", func(w *Writer) { w.Verbatim("text", "x") }, "$1\r\nx\r\n", "=5\r\ntex:x\r\n"},
		{"array", func(w *Writer) { w.Array(12) }, "*12\r\n", "*12\r\n"},
		{"map", func(w *Writer) { w.Map(6) }, "*12\r\n", "%6\r\n"},
		{"set", func(w *Writer) { w.Set(2) }, "*2\r\n", "~2\r\n"},
		{"push", func(w *Writer) { w.Push(3) }, "*3\r\n", ">3\r\n"},
		{"attribute", func(w *Writer) {
			if w.Attribute(1) {
				w.Simple("k")
				w.Int(1)
			}
			w.OK()
		}, "+OK\r\n", "|1\r\n+k\r\n:1\r\n+OK\r\n"},
		{"raw", func(w *Writer) { w.Raw([]byte(":1\r\n:2\r\n")) }, ":1\r\n:2\r\n", ":1\r\n:2\r\n"},
		{"reset", func(w *Writer) {
			w.OK()
			m := w.Mark()
			w.Array(2)
			w.Int(1)
			w.Reset(m)
			w.Null()
		}, "+OK\r\n$-1\r\n", "+OK\r\n_\r\n"},
		{"holes of none", func(w *Writer) { w.FillArray(w.ArrayHole(), 0); w.FillMap(w.MapHole(), 0); w.FillSet(w.SetHole(), 0) },
			"*0\r\n*0\r\n*0\r\n", "*0\r\n%0\r\n~0\r\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for proto, want := range map[int]string{0: c.resp2, 2: c.resp2, 3: c.resp3} {
				w := Writer{Proto: proto}
				c.write(&w)
				if string(w.Buf) != want {
					t.Errorf("RESP%d: %q, want %q", proto, w.Buf, want)
				}
			}
		})
	}
}

func TestWriterHoles(t *testing.T) {
	kinds := []struct {
		name  string
		hole  func(w *Writer) int
		fill  func(w *Writer, hole, n int)
		start func(w *Writer, n int)
		width int
	}{
		{"array", (*Writer).ArrayHole, (*Writer).FillArray, (*Writer).Array, 1},
		{"map", (*Writer).MapHole, (*Writer).FillMap, (*Writer).Map, 2},
		{"set", (*Writer).SetHole, (*Writer).FillSet, (*Writer).Set, 1},
	}
	for _, k := range kinds {
		for _, n := range []int{0, 1, 4, 5, 9, 10, 49, 50, 99, 100, 1000, 12345} {
			for _, proto := range []int{2, 3} {
				t.Run(fmt.Sprintf("%s of %d in RESP%d", k.name, n, proto), func(t *testing.T) {
					got, want := Writer{Proto: proto}, Writer{Proto: proto}
					got.OK()
					want.OK()
					outer := got.ArrayHole()
					want.Array(2)
					hole := k.hole(&got)
					k.start(&want, n)
					for i := range n * k.width {
						got.Int(int64(i))
						want.Int(int64(i))
					}
					k.fill(&got, hole, n)
					got.BulkString("tail")
					want.BulkString("tail")
					got.FillArray(outer, 2)
					if !bytes.Equal(got.Buf, want.Buf) {
						t.Errorf("%.60q, want %.60q", got.Buf, want.Buf)
					}
				})
			}
		}
	}
}

func TestWriterAllocations(t *testing.T) {
	for _, proto := range []int{2, 3} {
		w := Writer{Buf: make([]byte, 0, 4096), Proto: proto}
		n := testing.AllocsPerRun(100, func() {
			w.Reset(0)
			w.OK()
			w.Error("ERR no")
			w.Bulk(w.Buf[:0])
			w.Int(123456789)
			w.IntBulk(123456789)
			w.Double(3.14159)
			w.Verbatim("txt", "text")
			hole := w.MapHole()
			w.FillMap(hole, 100)
		})
		if n != 0 {
			t.Errorf("RESP%d: %v allocations", proto, n)
		}
	}
}

// writeReply writes v and returns what a reader of version w.Proto will see.
func writeReply(w *Writer, v Reply) Reply {
	resp3 := w.Proto == 3
	seen := v
	if len(v.Attributes) > 0 {
		seen.Attributes = nil
		if w.Attribute(len(v.Attributes) / 2) {
			seen.Attributes = writeReplies(w, v.Attributes)
		}
	}
	as := func(kind Kind) {
		if !resp3 {
			seen.Kind = kind
		}
	}
	switch v.Kind {
	case KindSimple:
		w.Simple(string(v.Text))
		seen.Text = []byte(oneLine(string(v.Text)))
	case KindError:
		w.Error(string(v.Text))
		seen.Text = []byte(oneLine(strings.Trim(string(v.Text), "\r\n")))
	case KindInt:
		w.Int(v.Int)
	case KindBulk:
		w.Bulk(v.Text)
	case KindNull:
		w.Null()
		as(KindBulk)
	case KindBool:
		w.Bool(v.Bool)
		if as(KindInt); v.Bool {
			seen.Int = 1
		}
	case KindDouble:
		w.Double(v.Double)
		as(KindBulk)
		seen.Text = AppendDouble(nil, v.Double)
	case KindBigNumber:
		w.BigNumber(string(v.Text))
		as(KindBulk)
	case KindVerbatim:
		w.Verbatim(v.Format, string(v.Text))
		as(KindBulk)
	case KindArray:
		w.Array(len(v.Elems))
		seen.Elems = writeReplies(w, v.Elems)
	case KindSet:
		hole := w.SetHole()
		seen.Elems = writeReplies(w, v.Elems)
		w.FillSet(hole, len(v.Elems))
		as(KindArray)
	case KindMap:
		hole := w.MapHole()
		seen.Elems = writeReplies(w, v.Elems)
		w.FillMap(hole, len(v.Elems)/2)
		as(KindArray)
	case KindPush:
		w.Push(len(v.Elems))
		seen.Elems = writeReplies(w, v.Elems)
		as(KindArray)
	default:
		panic("no writer method for " + string(rune(v.Kind)))
	}
	return seen
}

func writeReplies(w *Writer, elems []Reply) []Reply {
	seen := make([]Reply, 0, len(elems))
	for _, e := range elems {
		seen = append(seen, writeReply(w, e))
	}
	return seen
}

// randomReply makes texts of bytes that break careless framing.
func randomReply(rng *rand.Rand, depth int) Reply {
	text := make([]byte, rng.IntN(12))
	for i := range text {
		text[i] = "\r\n\r\n$*-+:_,1a\x00\xff"[rng.IntN(15)]
	}
	kinds := []Kind{KindSimple, KindError, KindInt, KindBulk, KindNull, KindBool, KindDouble, KindBigNumber,
		KindVerbatim, KindArray, KindSet, KindMap, KindPush}
	if depth == 0 {
		kinds = kinds[:9]
	}
	v := Reply{Kind: kinds[rng.IntN(len(kinds))]}
	if depth > 0 && rng.IntN(10) == 0 {
		v.Attributes = []Reply{randomReply(rng, depth-1), randomReply(rng, depth-1)}
	}
	switch v.Kind {
	case KindSimple, KindError, KindBulk:
		v.Text = text
	case KindVerbatim:
		v.Text, v.Format = text, "txt"
	case KindInt:
		v.Int = int64(rng.Uint64())
	case KindNull:
		v.Null = true
	case KindBool:
		v.Bool = rng.IntN(2) == 0
	case KindDouble:
		v.Double = math.Float64frombits(rng.Uint64())
	case KindBigNumber:
		v.Text = fmt.Appendf(nil, "%d%019d", rng.Uint32(), rng.Uint32())
	default:
		n := rng.IntN(14)
		if v.Kind == KindMap {
			n *= 2
		}
		for range n {
			v.Elems = append(v.Elems, randomReply(rng, depth-1))
		}
	}
	return v
}

// TestWriterRoundTrip: every reply parses to exactly itself in the version it
// was written for, and a stream of replies to as many as were written.
func TestWriterRoundTrip(t *testing.T) {
	for _, proto := range []int{2, 3} {
		t.Run(fmt.Sprintf("RESP%d", proto), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, uint64(proto)))
			w := Writer{Proto: proto}
			var want []string
			for range 2000 {
				want = append(want, writeReply(&w, randomReply(rng, 3)).String())
			}
			r := NewReplyReader(bufio.NewReader(bytes.NewReader(w.Buf)))
			for i, s := range want {
				v, err := r.Read()
				if err != nil {
					t.Fatalf("reply %d: %v, want %s", i, err, s)
				}
				if v.String() != s {
					t.Fatalf("reply %d: %s, want %s", i, v, s)
				}
			}
			if _, err := r.Read(); err != io.EOF {
				t.Fatalf("after the last reply: %v", err)
			}
		})
	}
}
