package server

import (
	"strings"
	"testing"
)

// TestDigestOfHashes: the digest is that of the fields, whatever their order and layout.
func TestDigestOfHashes(t *testing.T) {
	f := newFixture(t)
	c := f.connect()
	c.do("HSET a x 1 y 2")
	digest := func(key string) string { return c.do("DEBUG DIGEST-VALUE " + key) }
	for _, tt := range []struct {
		name, before string
		same         bool
	}{
		{"another order", "HSET b y 2 x 1", true},
		{"a table", "HSET b z 0123456789012345678901234567890123456789012345678901234567890123456789 y 2 x 1", false},
		{"a table of the same fields", "HDEL b z", true},
		{"another value", "HSET b x 2", false},
		{"an expiring field", "HSET b x 1 ; HEXPIRE b 100 FIELDS 1 x", false},
		{"no longer expiring", "HPERSIST b FIELDS 1 x", true},
		{"a field more", "HSET b z 1", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for line := range strings.SplitSeq(tt.before, " ; ") {
				c.do(line)
			}
			if same := digest("a") == digest("b"); same != tt.same {
				t.Errorf("equal digests: %v", same)
			}
		})
	}
}
