package slowlog

import (
	"math"
	"strconv"
	"time"
)

// Limits of an entry.
const (
	maxArgs   = 32  // with more, the last one tells how many are missing
	maxArgLen = 128 // bytes; what is cut off is replaced by a note
)

// Entry is one slow command.
type Entry struct {
	ID     int64
	Unix   int64 // when it was logged, in seconds
	Micros int64 // how long it ran
	Args   [][]byte
	Addr   string // of the client, as in CLIENT LIST
	Name   string // set by CLIENT SETNAME
}

// Log is a slow log. The zero value logs every command and keeps none; see SetThreshold and SetLimit.
type Log struct {
	threshold int64
	limit     int
	nextID    int64

	ring   []Entry
	oldest int // index in ring
	count  int
}

// SetThreshold sets the shortest duration that is logged, in microseconds (slowlog-log-slower-than): 0 logs every
// command, a negative value none.
func (l *Log) SetThreshold(micros int64) { l.threshold = micros }

// Threshold returns the shortest duration that is logged, in microseconds; negative if the log is off.
func (l *Log) Threshold() int64 { return l.threshold }

// SetLimit sets the number of entries kept (slowlog-max-len, at least 0) and drops the oldest beyond it.
func (l *Log) SetLimit(n int64) {
	l.limit = int(min(max(n, 0), math.MaxInt))
	if len(l.ring) > l.limit {
		l.resize(l.limit)
	}
}

// Slow reports whether a command that ran for d belongs in the log.
func (l *Log) Slow(d time.Duration) bool {
	return l.threshold >= 0 && d.Microseconds() >= l.threshold
}

// Add logs a command that ran for d if that is slow, and reports whether it was. The arguments are copied. now is the
// current time.
func (l *Log) Add(now time.Time, d time.Duration, args [][]byte, addr, name string) bool {
	if !l.Slow(d) {
		return false
	}
	id := l.nextID
	l.nextID++
	if l.limit == 0 {
		return true
	}
	l.push(Entry{
		ID: id, Unix: now.Unix(), Micros: d.Microseconds(), Args: shorten(args), Addr: addr, Name: name,
	})
	return true
}

func (l *Log) push(e Entry) {
	if l.count < l.limit && l.count == len(l.ring) {
		l.resize(int(min(max(int64(len(l.ring))*2, 16), int64(l.limit))))
	}
	if l.count == l.limit {
		l.ring[l.oldest] = e
		l.oldest = (l.oldest + 1) % len(l.ring)
		return
	}
	l.ring[(l.oldest+l.count)%len(l.ring)] = e
	l.count++
}

// resize moves the newest entries to a ring of n.
func (l *Log) resize(n int) {
	ring := make([]Entry, n)
	keep := min(l.count, n)
	for i := range keep {
		ring[i] = l.ring[(l.oldest+l.count-keep+i)%len(l.ring)]
	}
	l.ring, l.oldest, l.count = ring, 0, keep
}

// Len returns the number of entries.
func (l *Log) Len() int { return l.count }

// Newest returns up to n entries, the latest first; all of them if n is negative. The entries' arguments must not be
// modified.
func (l *Log) Newest(n int64) []Entry {
	if n < 0 || n > int64(l.count) {
		n = int64(l.count)
	}
	out := make([]Entry, n)
	for i := range out {
		out[i] = l.ring[(l.oldest+l.count-1-i)%len(l.ring)]
	}
	return out
}

// Reset drops all entries. Numbering goes on.
func (l *Log) Reset() { l.ring, l.oldest, l.count = nil, 0, 0 }

// shorten copies the arguments as far as an entry keeps them.
func shorten(args [][]byte) [][]byte {
	kept := args
	if len(args) > maxArgs {
		kept = args[:maxArgs-1]
	}
	size := 0
	for _, a := range kept {
		size += min(len(a), maxArgLen+40)
	}
	text := make([]byte, 0, size+40) // the notes fit in 40 bytes each
	out := make([][]byte, 0, min(len(args), maxArgs))
	closeArg := func(start int) { out = append(out, text[start:len(text):len(text)]) }
	for _, a := range kept {
		start := len(text)
		if len(a) <= maxArgLen {
			text = append(text, a...)
		} else {
			text = appendNote(append(text, a[:maxArgLen]...), len(a)-maxArgLen, "bytes")
		}
		closeArg(start)
	}
	if missing := len(args) - len(kept); missing > 0 {
		start := len(text)
		text = appendNote(text, missing, "arguments")
		closeArg(start)
	}
	return out
}

func appendNote(dst []byte, n int, what string) []byte {
	dst = strconv.AppendInt(append(dst, "... ("...), int64(n), 10)
	return append(append(append(dst, " more "...), what...), ')')
}
