package pubsub

import (
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
)

// Kind is what a name is listened to as.
type Kind uint8

// The kinds.
const (
	Channel Kind = iota
	Shard        // shard channels: a world of names of their own
	Pattern
	kinds
)

// Receiver gets messages. Receive is called with parts of the registry locked, by any goroutine: it must neither block nor
// call the registry.
type Receiver interface{ Receive(m *Message) }

// Matcher is a compiled pattern.
type Matcher interface{ Match(name []byte) bool }

// parts is the number of independently locked parts of the channels.
const parts = 64

// part holds some of the channels of a kind.
type part struct {
	mu struct {
		sync.Mutex
		topics map[string]*topic
	}
	_ [64]byte // keeps neighbours' locks out of this one's cache lines
}

// topic is a channel or pattern that somebody listens to.
type topic struct {
	name    string
	matcher Matcher // of a pattern
	at      int     // of a pattern: its place in the list
	list    []*subscription
}

// subscription is one subscriber's interest in one topic.
type subscription struct {
	topic *topic
	to    Receiver
	at    int // its place in the topic's list
}

// Registry is the table of all subscriptions.
type Registry struct {
	seed     maphash.Seed
	compile  func(pattern []byte) Matcher
	channels [2][parts]part // of kinds Channel and Shard
	count    [kinds]atomic.Int64
	patterns struct {
		sync.RWMutex
		byName map[string]*topic
		list   []*topic
	}
}

// New makes an empty registry. compile makes a matcher of a pattern, whose bytes are its own.
func New(compile func(pattern []byte) Matcher) *Registry {
	r := &Registry{seed: maphash.MakeSeed(), compile: compile}
	r.patterns.byName = make(map[string]*topic)
	return r
}

// part is where a channel is.
func (r *Registry) part(kind Kind, name []byte) *part {
	return &r.channels[kind][maphash.Bytes(r.seed, name)%parts]
}

// Publish hands a message to everybody who listens to the channel, by name or by a pattern, and returns how many times it
// did. The words are copied.
func (r *Registry) Publish(channel, payload []byte) (receivers int) {
	patterns := r.count[Pattern].Load() > 0
	if !patterns && r.count[Channel].Load() == 0 {
		return 0
	}
	p := r.part(Channel, channel)
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.mu.topics[string(channel)]; t != nil {
		receivers = t.send(NewMessage(channel, payload))
	}
	if patterns {
		receivers += r.publishToPatterns(channel, payload)
	}
	return receivers
}

func (r *Registry) publishToPatterns(channel, payload []byte) (receivers int) {
	r.patterns.RLock()
	defer r.patterns.RUnlock()
	for _, t := range r.patterns.list {
		if t.matcher.Match(channel) {
			receivers += t.send(newPatternMessage(t.name, channel, payload))
		}
	}
	return receivers
}

// PublishShard is Publish for a shard channel.
func (r *Registry) PublishShard(channel, payload []byte) (receivers int) {
	if r.count[Shard].Load() == 0 {
		return 0
	}
	p := r.part(Shard, channel)
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.mu.topics[string(channel)]; t != nil {
		receivers = t.send(newShardMessage(channel, payload))
	}
	return receivers
}

// send hands a message to all subscribers of a topic.
func (t *topic) send(m *Message) (receivers int) {
	for _, s := range t.list {
		s.to.Receive(m)
	}
	return len(t.list)
}

// Count is the number of channels, shard channels or patterns that somebody listens to.
func (r *Registry) Count(kind Kind) int64 { return r.count[kind].Load() }

// Subscribers is how many listen to a channel by its name.
func (r *Registry) Subscribers(kind Kind, name []byte) int {
	p := r.part(kind, name)
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.mu.topics[string(name)]; t != nil {
		return len(t.list)
	}
	return 0
}

// Names returns the channels that somebody listens to and that match, all if m is nil, sorted.
func (r *Registry) Names(kind Kind, m Matcher) (names []string) {
	for i := range r.channels[kind] {
		p := &r.channels[kind][i]
		p.mu.Lock()
		for name := range p.mu.topics {
			if m == nil || m.Match([]byte(name)) {
				names = append(names, name)
			}
		}
		p.mu.Unlock()
	}
	slices.Sort(names)
	return names
}

// join adds a subscription to the topic of a name, which it makes if need be.
func (r *Registry) join(kind Kind, name []byte, to Receiver) *subscription {
	if kind == Pattern {
		return r.joinPattern(name, to)
	}
	p := r.part(kind, name)
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.mu.topics[string(name)]
	if t == nil {
		if p.mu.topics == nil {
			p.mu.topics = make(map[string]*topic)
		}
		t = &topic{name: string(name)}
		p.mu.topics[t.name] = t
		r.count[kind].Add(1)
	}
	return t.add(to)
}

func (r *Registry) joinPattern(name []byte, to Receiver) *subscription {
	r.patterns.Lock()
	defer r.patterns.Unlock()
	t := r.patterns.byName[string(name)]
	if t == nil {
		t = &topic{name: string(name), matcher: r.compile(slices.Clone(name)), at: len(r.patterns.list)}
		r.patterns.byName[t.name] = t
		r.patterns.list = append(r.patterns.list, t)
		r.count[Pattern].Add(1)
	}
	return t.add(to)
}

// leave ends a subscription, and its topic with the last one.
func (r *Registry) leave(kind Kind, s *subscription) {
	t := s.topic
	if kind == Pattern {
		r.patterns.Lock()
		defer r.patterns.Unlock()
		if t.remove(s); len(t.list) == 0 {
			delete(r.patterns.byName, t.name)
			last := len(r.patterns.list) - 1
			moved := r.patterns.list[last]
			r.patterns.list[t.at], moved.at = moved, t.at
			r.patterns.list[last] = nil
			r.patterns.list = r.patterns.list[:last]
			r.count[Pattern].Add(-1)
		}
		return
	}
	p := r.part(kind, []byte(t.name))
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.remove(s); len(t.list) == 0 {
		delete(p.mu.topics, t.name)
		r.count[kind].Add(-1)
	}
}

func (t *topic) add(to Receiver) *subscription {
	s := &subscription{topic: t, to: to, at: len(t.list)}
	t.list = append(t.list, s)
	return s
}

// remove takes a subscription off the list; the last one takes its place.
func (t *topic) remove(s *subscription) {
	last := len(t.list) - 1
	moved := t.list[last]
	t.list[s.at], moved.at = moved, s.at
	t.list[last] = nil
	t.list = t.list[:last]
	if cap(t.list) > 64 && len(t.list) < cap(t.list)/4 {
		t.list = slices.Clone(t.list)
	}
}
