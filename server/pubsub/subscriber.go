package pubsub

import (
	"maps"
	"slices"
)

// Subscriber is what one receiver listens to. It belongs to one goroutine at a time. The zero value listens to nothing.
type Subscriber struct {
	topics [kinds]map[string]*subscription
	bytes  int // of the names
}

// subscriptionBytes is the fixed cost of a subscription: itself, its places in the topic's list and in the subscriber's
// map.
const subscriptionBytes = 112

// Subscribe makes the receiver to listen to a name, and reports whether it did not before.
func (s *Subscriber) Subscribe(r *Registry, kind Kind, name []byte, to Receiver) bool {
	if _, already := s.topics[kind][string(name)]; already {
		return false
	}
	if s.topics[kind] == nil {
		s.topics[kind] = make(map[string]*subscription)
	}
	x := r.join(kind, name, to)
	s.topics[kind][x.topic.name] = x
	s.bytes += len(name)
	return true
}

// Unsubscribe ends that, and reports whether there was something to end. When it returns the last message has been
// received.
func (s *Subscriber) Unsubscribe(r *Registry, kind Kind, name []byte) bool {
	x, subscribed := s.topics[kind][string(name)]
	if !subscribed {
		return false
	}
	delete(s.topics[kind], x.topic.name)
	s.bytes -= len(name)
	r.leave(kind, x)
	return true
}

// Names returns what is listened to, sorted.
func (s *Subscriber) Names(kind Kind) []string { return slices.Sorted(maps.Keys(s.topics[kind])) }

// Count is the number of names listened to.
func (s *Subscriber) Count(kind Kind) int { return len(s.topics[kind]) }

// Total is the number of names of all kinds.
func (s *Subscriber) Total() (n int) {
	for _, m := range s.topics {
		n += len(m)
	}
	return n
}

// Bytes is about the memory that the subscriptions take.
func (s *Subscriber) Bytes() int { return s.Total()*subscriptionBytes + s.bytes }

// Leave ends all subscriptions.
func (s *Subscriber) Leave(r *Registry) {
	for kind := range kinds {
		for _, x := range s.topics[kind] {
			r.leave(kind, x)
		}
	}
	*s = Subscriber{}
}
