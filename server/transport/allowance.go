package transport

// Allowance is the pending output a connection may have and still be read (back-pressure). It doubles with every Tick
// that saw no byte leave: a client that writes its whole pipeline before it reads would otherwise wait for the server
// while the server waits for it.
type Allowance struct {
	base, now int
	taken     uint64
}

// NewAllowance starts with base bytes.
func NewAllowance(base int) Allowance { return Allowance{base: base, now: base} }

// Exceeded reports that pending bytes are too many to read more.
func (a *Allowance) Exceeded(pending int) bool { return pending > a.now }

// Drained reports that pending bytes are few enough to read again; it is half of what stops, so as not to flutter.
func (a *Allowance) Drained(pending int) bool {
	if pending > a.now/2 {
		return false
	}
	a.now = a.base
	return true
}

// Tick is called about once a second while the connection is stopped; it reports whether the allowance grew.
func (a *Allowance) Tick(o *Output) bool {
	progress := o.taken != a.taken
	a.taken = o.taken
	if progress || a.now > 1<<40 {
		return false
	}
	a.now *= 2
	return true
}
