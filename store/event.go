package store

// EventClass is a class of keyspace events, one bit each
// (https://redis.io/docs/latest/develop/use/keyspace-notifications/).
type EventClass uint16

// The classes, by the letter that selects them in notify-keyspace-events.
const (
	EventGeneric   EventClass = 1 << iota // g
	EventString                           // $
	EventList                             // l
	EventSet                              // s
	EventHash                             // h
	EventSortedSet                        // z
	EventExpired                          // x
	EventEvicted                          // e
	EventStream                           // t
	EventKeyMiss                          // m
	EventModule                           // d
	EventNew                              // n
)

// Event says what happened to a key.
type Event struct {
	Class EventClass
	Name  string // as Redis calls it: "set", "lpush", "expired" ...
	DB    int
	Key   string
}

// OnEvents sets who is told of events at the end of the transaction they happened in, in order, with the shards still
// locked. Set it before the first transaction.
func (s *Store) OnEvents(f func(events []Event)) { s.onEvents = f }

// SelectEvents sets the classes of events that are wanted; the others cost one comparison.
func (s *Store) SelectEvents(classes EventClass) { s.events.Store(uint32(classes)) }

// Notify tells of an event of a key in the current database, if its class is wanted.
func (t *Txn) Notify(class EventClass, name string, key []byte) { t.notifyIn(t.db, class, name, key) }

func (t *Txn) notifyIn(db int, class EventClass, name string, key []byte) {
	if EventClass(t.s.events.Load())&class != 0 {
		t.events = append(t.events, Event{class, name, db, string(key)})
	}
}

// DeliverEvents hands over the events noted so far, for a command that sends messages of its own: order is kept so.
func (t *Txn) DeliverEvents() {
	if len(t.events) == 0 {
		return
	}
	if t.s.onEvents != nil {
		t.s.onEvents(t.events)
	}
	clear(t.events)
	t.events = t.events[:0]
}
