package transport

import "sync/atomic"

// Usage is the memory a connection holds, in bytes but for Segments.
type Usage struct {
	Input, InputCap  int // received and not consumed; the buffer it is in
	Pending          int // output not yet taken
	Tail, TailCap    int // of Output.Tail
	Segments, Frozen int // of Output: frozen segments and their memory
}

// Usage describes the output; the fields of the input are left 0.
func (o *Output) Usage() Usage {
	return Usage{Pending: o.Len(), Tail: len(o.Tail), TailCap: cap(o.Tail), Segments: len(o.segs), Frozen: o.Cap() - cap(o.Tail)}
}

// PublishedUsage is a Usage that one goroutine stores and any may load. A load during a store may mix old and new fields.
type PublishedUsage struct{ fields [7]atomic.Int64 }

// Store publishes u. It is cheap when little has changed.
func (p *PublishedUsage) Store(u Usage) {
	for i, n := range [...]int{u.Input, u.InputCap, u.Pending, u.Tail, u.TailCap, u.Segments, u.Frozen} {
		if f := &p.fields[i]; f.Load() != int64(n) {
			f.Store(int64(n))
		}
	}
}

// Load returns what was published last.
func (p *PublishedUsage) Load() Usage {
	n := func(i int) int { return int(p.fields[i].Load()) }
	return Usage{Input: n(0), InputCap: n(1), Pending: n(2), Tail: n(3), TailCap: n(4), Segments: n(5), Frozen: n(6)}
}
