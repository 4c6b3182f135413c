package reactor

import "testing"

// TestPatience counts how often a loop looks for more before it sleeps.
func TestPatience(t *testing.T) {
	const waits = 1 << 20
	tests := []struct {
		name        string
		helps       func(wait int) bool
		least, most int // tries
	}{
		{"always helps", func(int) bool { return true }, waits, waits},
		{"never helps", func(int) bool { return false }, 10, 12 + waits/mostSkipped},
		{"helps three times out of four", func(i int) bool { return i%4 != 0 }, waits / 2, waits},
		{"stops helping half way", func(i int) bool { return i < waits/2 }, waits / 2, waits/2 + 12 + waits/2/mostSkipped},
		{"begins to help half way", func(i int) bool { return i >= waits/2 }, waits/2 - 2*mostSkipped, waits/2 + 12 + waits/2/mostSkipped},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p patience
			tries := 0
			for i := range waits {
				if p.try() {
					tries++
					p.helped(tt.helps(i))
				}
			}
			if tries < tt.least || tries > tt.most {
				t.Errorf("%d tries in %d waits, want %d to %d", tries, waits, tt.least, tt.most)
			}
		})
	}
}
