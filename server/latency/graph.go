package latency

import (
	"bytes"
	"fmt"
	"strings"
)

const (
	graphColumns = 80
	graphRows    = 4
	glyphs       = "_o#" // heights within a row; '|' fills the rows below
)

// Graph draws the history of an event with the age of each sample below it, in the layout of LATENCY GRAPH. It reports
// false if there are no samples. unix is the current time in seconds.
func (m *Monitor) Graph(event string, unix int64) (text string, ok bool) {
	s := m.find(event)
	if s == nil {
		return "", false
	}
	samples := s.history()
	low, high := bounds(samples)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s - high %d ms, low %d ms (all time high %d ms)\n", s.event, high, low, s.max)
	b.WriteString(strings.Repeat("-", graphColumns) + "\n")
	for from := 0; from < len(samples); from += graphColumns {
		if from > 0 {
			b.WriteByte('\n')
		}
		part := samples[from:min(from+graphColumns, len(samples))]
		drawBars(&b, part, low, high)
		drawAges(&b, part, unix)
	}
	return b.String(), true
}

func bounds(samples []Sample) (low, high int64) {
	low, high = samples[0].Millis, samples[0].Millis
	for _, s := range samples {
		low, high = min(low, s.Millis), max(high, s.Millis)
	}
	return low, high
}

func drawBars(b *bytes.Buffer, samples []Sample, low, high int64) {
	const steps = graphRows * len(glyphs)
	span := max(high-low, 1)
	for row := range graphRows {
		base := int64(graphRows-row-1) * int64(len(glyphs))
		for _, s := range samples {
			step := min((s.Millis-low)*int64(steps)/span, int64(steps)-1)
			switch at := step - base; {
			case at < 0:
				b.WriteByte(' ')
			case at < int64(len(glyphs)):
				b.WriteByte(glyphs[at])
			default:
				b.WriteByte('|')
			}
		}
		b.WriteByte('\n')
	}
}

// drawAges writes an empty line and then, letter by letter from the top, how long ago each sample was taken.
func drawAges(b *bytes.Buffer, samples []Sample, unix int64) {
	labels := make([]string, len(samples))
	longest := 0
	for i, s := range samples {
		labels[i] = age(unix - s.Unix)
		longest = max(longest, len(labels[i]))
	}
	b.WriteString(strings.Repeat(" ", len(samples)) + "\n")
	for at := range longest {
		for _, label := range labels {
			if at < len(label) {
				b.WriteByte(label[at])
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
}

// age names a number of seconds by its largest unit.
func age(seconds int64) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%dm", seconds/60)
	case seconds < 24*3600:
		return fmt.Sprintf("%dh", seconds/3600)
	}
	return fmt.Sprintf("%dd", seconds/(24*3600))
}
