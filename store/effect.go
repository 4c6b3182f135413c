package store

// Effect is one deterministic change of the data, in the words of a command: absolute times, resolved random choices,
// expired and evicted keys as DEL.
type Effect struct {
	DB   int
	Args [][]byte
	// Fleeting marks what changes no data and is told to replicas only (PUBLISH): a log to be read back leaves it out.
	Fleeting bool
}

// Unit is what must be applied whole or not at all: the effects of one command, of one EXEC, of one expired key.
type Unit []Effect

// NewEffect makes an effect that owns its words.
func NewEffect(db int, words ...[]byte) Effect {
	size := 0
	for _, w := range words {
		size += len(w)
	}
	buf, args := make([]byte, 0, size), make([][]byte, len(words))
	for i, w := range words {
		n := len(buf)
		buf = append(buf, w...)
		args[i] = buf[n:len(buf):len(buf)]
	}
	return Effect{DB: db, Args: args}
}

// Sink receives the effect stream. Append is called while the shards that the unit touches are locked, so the order of
// calls is the order of application for every key. It must copy what it keeps, must not block or do I/O, and returns
// the unit's sequence number: greater than every earlier one.
type Sink interface {
	Append(u Unit) (seq uint64)
}

// SetSink directs the effect stream to sink; nil drops it. Call it only while no transaction is open.
func (s *Store) SetSink(sink Sink) { s.sink = sink }

// Recording reports whether effects of this transaction are wanted; without a sink, building them is wasted work.
func (t *Txn) Recording() bool { return t.s.sink != nil }

// Record adds effects to the transaction's unit. The words must stay unchanged until End.
func (t *Txn) Record(effects ...Effect) {
	if t.s.sink != nil {
		t.unit = append(t.unit, effects...)
	}
}

var wordDel = []byte("DEL")

// recordDel records the removal of a key that no command asked for: it expired or was evicted.
func (t *Txn) recordDel(db int, key []byte) {
	if t.s.sink != nil {
		t.unit = append(t.unit, NewEffect(db, wordDel, key))
	}
}
