package transport

// FreezeSize is the length in bytes beyond which Tail should become a segment: longer contiguous growth would copy
// the same bytes again and again.
const FreezeSize = 64 << 10

// Output is a connection's pending reply bytes: frozen segments, then Tail. It is used on the connection's loop only.
type Output struct {
	// Tail is appended to by the session: o.Tail = append(o.Tail, ...). After a long reply the session calls Freeze.
	// It may take back only what it appended in the same turn: earlier bytes may be on their way to the kernel.
	Tail []byte

	segs     []segment
	head     int    // bytes of segs[0] already taken
	segBytes int    // Σ len(segs), taken ones of segs[0] included
	taken    uint64 // bytes taken since the connection began
}

// segment is immutable; own means that its memory may be reused once it is taken.
type segment struct {
	b   []byte
	own bool
}

// Len is the number of bytes not yet taken by the kernel.
func (o *Output) Len() int { return o.segBytes - o.head + len(o.Tail) }

// Cap is the memory the output occupies, in bytes; shared segments count with their length.
func (o *Output) Cap() int {
	n := cap(o.Tail)
	for i := range o.segs {
		if o.segs[i].own {
			n += cap(o.segs[i].b)
		} else {
			n += len(o.segs[i].b)
		}
	}
	return n
}

// Segments is the number of frozen segments (the length of the reply list in Redis's terms).
func (o *Output) Segments() int { return len(o.segs) }

// Taken is the number of bytes taken by the kernel since the connection began.
func (o *Output) Taken() uint64 { return o.taken }

// End is the stream position behind the last pending byte: Taken()+Len().
func (o *Output) End() uint64 { return o.taken + uint64(o.Len()) }

// Share queues b behind Tail without copying it. b must never change afterwards.
func (o *Output) Share(b []byte) {
	if len(b) == 0 {
		return
	}
	o.split()
	o.segs = append(o.segs, segment{b: b})
	o.segBytes += len(b)
}

// splitMin is how much room is left of a Tail that is worth going on with, in bytes.
const splitMin = 512

// split freezes what is in Tail. If other segments wait already, the peer is slow, and the rest of Tail's memory goes on
// to be Tail: many short pieces between shared ones must not take a buffer each.
func (o *Output) split() {
	n := len(o.Tail)
	if len(o.segs) == 0 || cap(o.Tail)-n < splitMin {
		o.freeze()
		return
	}
	if n > 0 {
		o.segs = append(o.segs, segment{b: o.Tail[:n:n]})
		o.segBytes += n
		o.Tail = o.Tail[n:]
	}
}

// Freeze turns a Tail of FreezeSize or more into a segment.
func (o *Output) Freeze() {
	if len(o.Tail) >= FreezeSize {
		o.freeze()
	}
}

func (o *Output) freeze() {
	if len(o.Tail) == 0 {
		return
	}
	o.segs = append(o.segs, segment{b: o.Tail, own: true})
	o.segBytes += len(o.Tail)
	o.Tail = nil
}

// Append copies b to the output, freezing long tails.
func (o *Output) Append(b []byte) {
	o.Tail = append(o.Tail, b...)
	o.Freeze()
}

// Contiguous returns the pending bytes if they are one slice.
func (o *Output) Contiguous() (b []byte, ok bool) {
	switch {
	case len(o.segs) == 0:
		return o.Tail, true
	case len(o.segs) == 1 && len(o.Tail) == 0:
		return o.segs[0].b[o.head:], true
	}
	return nil, false
}

// Vector appends the pending slices in order to v, at most max bytes and cap(v) slices, and returns their total.
func (o *Output) Vector(v [][]byte, max int) (_ [][]byte, total int) {
	skip := o.head
	for i := 0; i <= len(o.segs) && total < max && len(v) < cap(v); i++ {
		b := o.Tail
		if i < len(o.segs) {
			b = o.segs[i].b
		}
		b = b[skip:]
		skip = 0
		if len(b) > max-total {
			b = b[:max-total]
		}
		if len(b) > 0 {
			v = append(v, b)
			total += len(b)
		}
	}
	return v, total
}

// Take removes the first n bytes, which the kernel has copied; memory that became free goes to p.
func (o *Output) Take(n int, p *Pool) {
	o.taken += uint64(n)
	if len(o.segs) == 0 && n == len(o.Tail) {
		p.Put(o.Tail)
		o.Tail = nil
		return
	}
	if n > o.segBytes-o.head {
		o.freeze() // a taken prefix of Tail: its bytes stay where they are
	}
	done := 0
	for n > 0 {
		s := &o.segs[done]
		left := len(s.b) - o.head
		if n < left {
			o.head += n
			break
		}
		n -= left
		o.head = 0
		o.segBytes -= len(s.b)
		if s.own {
			p.Put(s.b)
		}
		*s = segment{}
		done++
	}
	o.segs = o.segs[done:]
	if len(o.segs) == 0 {
		o.segs = nil
	}
	if len(o.segs) == 0 && len(o.Tail) == 0 {
		o.trim(p)
	}
}

// Prime gives an empty output a Tail from p, so that a session's first append need not allocate.
func (o *Output) Prime(p *Pool) {
	if o.Tail == nil {
		o.Tail = p.Get()
	}
}

// Trim returns an unused Tail to p.
func (o *Output) Trim(p *Pool) {
	if len(o.Tail) == 0 {
		o.trim(p)
	}
}

func (o *Output) trim(p *Pool) {
	if o.Tail != nil {
		p.Put(o.Tail)
		o.Tail = nil
	}
}

// Discard drops all pending bytes.
func (o *Output) Discard(p *Pool) {
	for _, s := range o.segs {
		if s.own {
			p.Put(s.b)
		}
	}
	p.Put(o.Tail)
	*o = Output{taken: o.taken}
}
