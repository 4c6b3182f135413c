package server

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// clients is the registry of connected clients.
type clients struct {
	nextID atomic.Int64
	count  atomic.Int64
	mu     struct {
		sync.Mutex
		byID map[int64]*session
	}
}

func (c *clients) init() { c.mu.byID = make(map[int64]*session) }

func (c *clients) add(s *session) {
	s.id = c.nextID.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.byID[s.id] = s
	c.count.Add(1)
}

// remove forgets a client. A killed one is removed when it is killed, so it may be gone already.
func (c *clients) remove(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.mu.byID[s.id]; known {
		delete(c.mu.byID, s.id)
		c.count.Add(-1)
	}
}

// get returns the client with the given id, or nil.
func (c *clients) get(id int64) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.byID[id]
}

// all returns the clients in the order they connected. Looking into them needs the world stopped.
func (c *clients) all() []*session {
	c.mu.Lock()
	out := make([]*session, 0, len(c.mu.byID))
	for _, s := range c.mu.byID {
		out = append(out, s)
	}
	c.mu.Unlock()
	slices.SortFunc(out, func(a, b *session) int { return cmp.Compare(a.id, b.id) })
	return out
}
