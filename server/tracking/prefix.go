package tracking

import (
	"bytes"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Prefixes are the prefixes that clients listen to. A client is named by its ID. The zero value is ready.
type Prefixes struct {
	count atomic.Int64
	mu    struct {
		sync.Mutex
		clients map[string]map[int64]struct{} // by prefix
		lengths []int                         // of the prefixes, ascending
		ofLen   map[int]int                   // how many prefixes have a length
	}
}

// Len is the number of prefixes.
func (p *Prefixes) Len() int64 { return p.count.Load() }

// Add makes a client listen to a prefix.
func (p *Prefixes) Add(prefix string, client int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	clients := p.mu.clients[prefix]
	if clients == nil {
		if p.mu.clients == nil {
			p.mu.clients = make(map[string]map[int64]struct{})
			p.mu.ofLen = make(map[int]int)
		}
		clients = make(map[int64]struct{})
		p.mu.clients[prefix] = clients
		p.countLocked(len(prefix), 1)
	}
	clients[client] = struct{}{}
}

// Remove ends that.
func (p *Prefixes) Remove(prefix string, client int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	clients := p.mu.clients[prefix]
	if delete(clients, client); clients != nil && len(clients) == 0 {
		delete(p.mu.clients, prefix)
		p.countLocked(len(prefix), -1)
	}
}

// countLocked follows the coming (by is 1) or going (-1) of a prefix of the given length.
func (p *Prefixes) countLocked(length, by int) {
	p.count.Add(int64(by))
	p.mu.ofLen[length] += by
	at, known := slices.BinarySearch(p.mu.lengths, length)
	switch {
	case p.mu.ofLen[length] == 0:
		delete(p.mu.ofLen, length)
		p.mu.lengths = slices.Delete(p.mu.lengths, at, at+1)
	case !known:
		p.mu.lengths = slices.Insert(p.mu.lengths, at, length)
	}
}

// Changes are keys that have changed, each with the ID of the client who alone has changed it, 0 if there is none.
type Changes map[string]int64

// Note notes a change of key by a client, 0 for none.
func (c Changes) Note(key []byte, client int64) {
	if by, changed := c[string(key)]; changed && by != client {
		client = 0
	}
	c[string(key)] = client
}

// Batch is what one prefix has to tell: its clients, and the changed keys that begin with it, sorted.
type Batch struct {
	Prefix  string
	Clients []int64
	Keys    []string
}

// Match sorts changes by prefix. Batches come in the order of their prefixes.
func (p *Prefixes) Match(changes Changes) (batches []Batch) {
	byPrefix := map[string][]string{}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(changes)) {
		for _, n := range p.mu.lengths {
			if n > len(key) {
				break
			}
			if _, wanted := p.mu.clients[key[:n]]; wanted {
				byPrefix[key[:n]] = append(byPrefix[key[:n]], key)
			}
		}
	}
	for _, prefix := range slices.Sorted(maps.Keys(byPrefix)) {
		batches = append(batches, Batch{prefix, slices.Sorted(maps.Keys(p.mu.clients[prefix])), byPrefix[prefix]})
	}
	return batches
}

// Overlap finds a pair of prefixes one of which begins with the other, so that one key would be told of twice: one of the
// given ones and one that the client has already, or two of the given ones. have is sorted, and but for the empty prefix none
// of it begins with another.
func Overlap(have []string, given [][]byte) (prefix, other []byte, existing, found bool) {
	for i, x := range given {
		// What x begins with stands right before it in have, unless it is the empty prefix; what begins with x, behind it.
		at, _ := slices.BinarySearch(have, string(x))
		for _, k := range [...]int{0, at - 1, at} {
			if k >= 0 && k < len(have) && beginAlike(x, []byte(have[k])) {
				return x, []byte(have[k]), true, true
			}
		}
		for _, y := range given[i+1:] {
			if beginAlike(x, y) {
				return x, y, false, true
			}
		}
	}
	return nil, nil, false, false
}

func beginAlike(a, b []byte) bool {
	n := min(len(a), len(b))
	return bytes.Equal(a[:n], b[:n])
}

// Except returns those of keys that not the given client alone has changed.
func (c Changes) Except(keys []string, client int64) (others []string) {
	for _, key := range keys {
		if c[key] != client {
			others = append(others, key)
		}
	}
	return others
}
