package config

import "strings"

// NotifyFlags selects keyspace notifications: channels (K, E) and classes of events.
type NotifyFlags int

// Channels and classes of events, with the letter that selects each.
const (
	NotifyKeyspace NotifyFlags = 1 << iota // K
	NotifyKeyevent                         // E
	NotifyGeneric                          // g
	NotifyString                           // $
	NotifyList                             // l
	NotifySet                              // s
	NotifyHash                             // h
	NotifyZSet                             // z
	NotifyExpired                          // x
	NotifyEvicted                          // e
	NotifyStream                           // t
	NotifyModule                           // d
	NotifyNew                              // n; not part of A
	NotifyKeyMiss                          // m; not part of A

	// NotifyAll is what A stands for.
	NotifyAll = NotifyGeneric | NotifyString | NotifyList | NotifySet | NotifyHash | NotifyZSet | NotifyExpired |
		NotifyEvicted | NotifyStream | NotifyModule
)

// notifyLetters is in the order of the canonical form.
var notifyLetters = []struct {
	letter byte
	flag   NotifyFlags
}{
	{'A', NotifyAll}, {'g', NotifyGeneric}, {'$', NotifyString}, {'l', NotifyList}, {'s', NotifySet}, {'h', NotifyHash},
	{'z', NotifyZSet}, {'x', NotifyExpired}, {'e', NotifyEvicted}, {'t', NotifyStream}, {'d', NotifyModule},
	{'n', NotifyNew}, {'K', NotifyKeyspace}, {'E', NotifyKeyevent}, {'m', NotifyKeyMiss},
}

// ParseNotifyFlags reads letters in any order; ok is false if one is unknown.
func ParseNotifyFlags(s string) (flags NotifyFlags, ok bool) {
	for i := range len(s) {
		var found bool
		for _, l := range notifyLetters {
			if l.letter == s[i] {
				flags |= l.flag
				found = true
			}
		}
		if !found {
			return 0, false
		}
	}
	return flags, true
}

// String gives the canonical letters. As in Redis, "n" is not shown beside "A".
func (f NotifyFlags) String() string {
	var b strings.Builder
	all := f&NotifyAll == NotifyAll
	for _, l := range notifyLetters {
		switch {
		case l.letter == 'A' && !all:
		case l.letter != 'A' && all && l.flag&(NotifyAll|NotifyNew) != 0:
		case f&l.flag == l.flag:
			b.WriteByte(l.letter)
		}
	}
	return b.String()
}
