//go:build linux

package reactor

import (
	"testing"
	"time"
)

func TestParseIdle(t *testing.T) {
	for _, tt := range []struct {
		name, stat string
		want       time.Duration
		ok         bool
	}{
		{"two processors", "cpu  10 20 30 400 5 6 7 8 9 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n", 4050 * time.Millisecond, true},
		{"nothing else", "cpu 1 2 3 4 5", 90 * time.Millisecond, true},
		{"empty", "", 0, false},
		{"too few", "cpu 1 2 3 4\n", 0, false},
		{"another line", "intr 1 2 3 4 5 6\n", 0, false},
		{"no number", "cpu 1 2 3 x 5 6\n", 0, false},
		{"too large", "cpu 1 2 3 9223372036854775807 5 6\n", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := parseIdle([]byte(tt.stat)); got != tt.want || ok != tt.ok {
				t.Errorf("%v %v, want %v %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}
