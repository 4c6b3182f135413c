package latency

import (
	"math"
	"slices"
	"strings"
)

// historyLen is the number of samples kept for each event.
const historyLen = 160

// Sample is the worst latency of one event within one second.
type Sample struct {
	Unix   int64 // seconds
	Millis int64
}

// Latest is the newest sample of an event and the worst one ever.
type Latest struct {
	Event string
	Sample
	MaxMillis int64
}

// Monitor collects the events that took longer than a threshold. The zero value is ready and disabled.
type Monitor struct {
	threshold int64
	events    []*series // in order of appearance
}

// series is the history of an event.
type series struct {
	event   string
	max     int64
	next    int // where the next sample goes
	samples []Sample
}

// SetThreshold sets the shortest duration worth a sample, in milliseconds (latency-monitor-threshold); 0 disables
// recording. Samples already taken stay.
func (m *Monitor) SetThreshold(millis int64) { m.threshold = millis }

// Threshold returns the shortest duration worth a sample, in milliseconds; 0 if the monitor is disabled.
func (m *Monitor) Threshold() int64 { return m.threshold }

// Record takes a sample of event if the duration reaches the threshold, and reports whether it did. Further samples
// within a second only raise the one there is.
func (m *Monitor) Record(event string, millis, unix int64) bool {
	if m.threshold <= 0 || millis < m.threshold {
		return false
	}
	s := m.find(event)
	if s == nil {
		s = &series{event: strings.Clone(event)}
		m.events = append(m.events, s)
	}
	s.add(Sample{Unix: unix, Millis: min(millis, math.MaxUint32)})
	return true
}

func (m *Monitor) find(event string) *series {
	for _, s := range m.events { // a dozen at most: the names are the server's own
		if s.event == event {
			return s
		}
	}
	return nil
}

func (s *series) add(sample Sample) {
	s.max = max(s.max, sample.Millis)
	if len(s.samples) > 0 {
		if last := s.last(); last.Unix == sample.Unix {
			last.Millis = max(last.Millis, sample.Millis)
			return
		}
	}
	if len(s.samples) < historyLen {
		s.samples = append(s.samples, sample)
		return
	}
	s.samples[s.next] = sample
	s.next = (s.next + 1) % historyLen
}

// last returns the newest sample, of which there is at least one.
func (s *series) last() *Sample {
	n := len(s.samples)
	return &s.samples[(s.next+n-1)%n]
}

// history returns the samples from the oldest to the newest.
func (s *series) history() []Sample {
	return slices.Concat(s.samples[s.next:], s.samples[:s.next])
}

// Latest returns the newest sample of each event.
func (m *Monitor) Latest() []Latest {
	out := make([]Latest, len(m.events))
	for i, s := range m.events {
		out[i] = Latest{Event: s.event, Sample: *s.last(), MaxMillis: s.max}
	}
	return out
}

// History returns the samples of an event from the oldest to the newest; none if it is unknown.
func (m *Monitor) History(event string) []Sample {
	if s := m.find(event); s != nil {
		return s.history()
	}
	return nil
}

// Reset forgets an event, whose name is taken without regard to case, and returns how many that were.
func (m *Monitor) Reset(event string) int {
	n := len(m.events)
	m.events = slices.DeleteFunc(m.events, func(s *series) bool { return strings.EqualFold(s.event, event) })
	return n - len(m.events)
}

// ResetAll forgets all events and returns how many there were.
func (m *Monitor) ResetAll() int {
	n := len(m.events)
	m.events = nil
	return n
}
