package transport

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Random appends, shares and takes must give back exactly the bytes put in.
func TestOutputKeepsBytes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	shared := bytes.Repeat([]byte("shared!"), 8_000)
	for range 50 {
		var o Output
		var p Pool
		var put, got []byte
		for range 60 {
			switch rnd.IntN(5) {
			case 0:
				b := shared[:rnd.IntN(len(shared))]
				o.Share(b)
				put = append(put, b...)
			case 1, 2:
				b := bytes.Repeat([]byte{byte(rnd.IntN(256))}, rnd.IntN(40_000))
				o.Prime(&p)
				o.Append(b)
				put = append(put, b...)
			case 3:
				o.Freeze()
				o.Trim(&p)
			case 4:
				got = take(t, &o, &p, rnd.IntN(200_000), 1+rnd.IntN(8), got)
			}
			if o.Len() != len(put)-len(got) || o.End() != uint64(len(put)) || o.Taken() != uint64(len(got)) {
				t.Fatalf("Len %d End %d Taken %d after %d in and %d out", o.Len(), o.End(), o.Taken(), len(put), len(got))
			}
		}
		for o.Len() > 0 {
			got = take(t, &o, &p, 1+rnd.IntN(200_000), 1+rnd.IntN(8), got)
		}
		if !bytes.Equal(put, got) {
			t.Fatal("bytes differ")
		}
		if o.Tail != nil || o.Segments() != 0 || o.Cap() != 0 {
			t.Fatalf("an empty output owns memory: tail %d, %d segments", cap(o.Tail), o.Segments())
		}
	}
}

// take plays the kernel: it accepts a part of what it is offered.
func take(t *testing.T, o *Output, p *Pool, max, slices int, got []byte) []byte {
	v, total := o.Vector(make([][]byte, 0, slices), max)
	if total > max {
		t.Fatalf("vector of %d bytes, want at most %d", total, max)
	}
	if b, ok := o.Contiguous(); ok && len(b) != o.Len() {
		t.Fatalf("contiguous %d bytes of %d", len(b), o.Len())
	}
	n := 0
	for _, b := range v {
		got = append(got, b...)
		n += len(b)
	}
	o.Take(n, p)
	return got
}

func TestOutputDiscard(t *testing.T) {
	var o Output
	var p Pool
	o.Prime(&p)
	o.Append([]byte("abc"))
	o.Share([]byte("def"))
	o.Append([]byte("g"))
	o.Take(2, &p)
	o.Discard(&p)
	if o.Len() != 0 || o.Cap() != 0 || o.Taken() != 2 {
		t.Errorf("Len %d Cap %d Taken %d", o.Len(), o.Cap(), o.Taken())
	}
	if b := p.Get(); cap(b) < poolMinCap || len(b) != 0 {
		t.Errorf("pool gave len %d cap %d", len(b), cap(b))
	}
}

func TestPoolBounds(t *testing.T) {
	var p Pool
	p.Put(make([]byte, 10))
	p.Put(make([]byte, poolMaxCap+1))
	if len(p.free) != 0 {
		t.Errorf("odd sizes were kept")
	}
	for range 2 * poolMaxKept / poolMinCap {
		p.Put(make([]byte, poolMinCap))
	}
	if p.kept > poolMaxKept || p.kept != len(p.free)*poolMinCap {
		t.Errorf("kept %d bytes in %d buffers", p.kept, len(p.free))
	}
	for len(p.free) > 0 {
		p.Shrink()
	}
	if p.kept != 0 {
		t.Errorf("%d bytes counted in an empty pool", p.kept)
	}
}

func TestHolds(t *testing.T) {
	var o Output
	var p Pool
	var h Holds
	put := func(n int) { o.Append(make([]byte, n)) }
	want := func(seq uint64, n int) {
		t.Helper()
		if got := h.Writable(&o, seq); got != n {
			t.Fatalf("released %d: %d bytes writable, want %d", seq, got, n)
		}
	}
	put(10)
	want(0, 10)
	h.Add(5, o.End())
	put(7)
	h.Add(9, o.End())
	put(1) // behind both
	want(4, 0)
	want(5, 10)
	o.Take(4, &p)
	want(8, 6)
	o.Take(6, &p)
	want(8, 0)
	put(2)
	h.Add(7, o.End()) // a smaller number waits with the larger before it
	want(8, 0)
	want(9, 10)
	if h.Any() {
		t.Error("everything was released")
	}
	o.Take(10, &p)
	put(3)
	want(0, 3)
}

func TestAllowance(t *testing.T) {
	a := NewAllowance(100)
	var o Output
	if a.Exceeded(100) || !a.Exceeded(101) {
		t.Error("the base is the threshold")
	}
	o.taken = 50
	if a.Tick(&o) {
		t.Error("grew in spite of progress")
	}
	if !a.Tick(&o) || a.Exceeded(200) || !a.Exceeded(201) {
		t.Error("did not double without progress")
	}
	if a.Drained(101) || !a.Drained(100) {
		t.Error("half of the allowance is drained")
	}
	if !a.Exceeded(101) {
		t.Error("drained connections start from the base again")
	}
	for range 100 {
		a.Tick(&o)
	}
	if a.now <= 0 {
		t.Error("overflow")
	}
}
