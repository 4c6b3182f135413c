package transport

// Holds are the parts of an output that wait for a sequence number, oldest first. The zero value holds nothing.
type Holds struct {
	queue []hold
	free  uint64 // stream position up to which output was released
}

type hold struct {
	seq uint64
	end uint64 // stream position: everything before it waits
}

// Add holds the output up to stream position end until seq is released.
func (h *Holds) Add(seq, end uint64) {
	if n := len(h.queue); n > 0 && seq <= h.queue[n-1].seq {
		// Order of output is order of release: a smaller number behind a larger one waits with it.
		h.queue[n-1].end = max(end, h.queue[n-1].end)
		return
	}
	h.queue = append(h.queue, hold{seq, end})
}

// Any reports whether something may be held.
func (h *Holds) Any() bool { return len(h.queue) > 0 }

// Writable returns how many of the pending bytes of o may be written when everything up to seq is released.
func (h *Holds) Writable(o *Output, seq uint64) int {
	n := 0
	for n < len(h.queue) && h.queue[n].seq <= seq {
		h.free = h.queue[n].end
		n++
	}
	if n == len(h.queue) {
		h.queue = nil
		return o.Len()
	}
	h.queue = h.queue[n:]
	if h.free <= o.taken {
		return 0
	}
	return int(h.free - o.taken)
}
