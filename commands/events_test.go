package commands

import (
	"strings"
	"testing"

	"synap/store"
)

// runEvents checks the keyspace events of commands: after the preparation (separated by semicolons) each line must tell of the
// given ones, as "name key" with commas between them.
func runEvents(t *testing.T, cases []effectCase) {
	for _, tc := range cases {
		t.Run(tc.line, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			var got []string
			f.store.OnEvents(func(events []store.Event) {
				for _, e := range events {
					got = append(got, e.Name+" "+e.Key)
				}
			})
			f.store.SelectEvents(1<<16 - 1)
			for line := range strings.SplitSeq(tc.before, ";") {
				if line = strings.TrimSpace(line); line != "" {
					f.do(line)
				}
			}
			got = nil
			f.do(tc.line)
			f.store.OnEvents(nil)
			if strings.Join(got, ", ") != tc.want {
				t.Errorf("got %q, want %q", strings.Join(got, ", "), tc.want)
			}
		})
	}
}

func TestEventsOfSketchesPlacesAndSorts(t *testing.T) {
	runEvents(t, []effectCase{
		{"", "PFADD k", "new k, pfadd k"},
		{"PFADD k a", "PFADD k a", ""},
		{"PFADD k a", "PFADD k b", "pfadd k"},
		{"PFADD k a", "PFCOUNT k", ""},
		{"", "PFCOUNT k", "keymiss k"},
		{"PFADD a a", "PFMERGE k a", "keymiss k, new k, pfadd k"},
		{"PFADD k a", "PFMERGE k", "pfadd k"},
		{"PFADD k a", "PFDEBUG TODENSE k", ""},
		{"", "GEOADD k 1 1 a", "new k, zadd k"},
		{"GEOADD k 1 1 a", "GEOADD k 1 1 a", ""},
		{"GEOADD k 1 1 a", "GEOADD k 2 2 a", "zadd k"},
		{"GEOADD k 1 1 a", "GEORADIUS k 1 1 1 km STORE d", "new d, georadiusstore d"},
		{"GEOADD k 1 1 a; SET d v", "GEORADIUSBYMEMBER k a 1 km STOREDIST d", "georadiusstore d"},
		{"GEOADD k 1 1 a; SET d v", "GEOSEARCHSTORE d k FROMLONLAT 1 1 BYRADIUS 1 km", "geosearchstore d"},
		{"GEOADD k 1 1 a; SET d v", "GEOSEARCHSTORE d k FROMLONLAT 9 9 BYRADIUS 1 km", "del d"},
		{"SET d v", "GEOSEARCHSTORE d k FROMLONLAT 9 9 BYRADIUS 1 km", "keymiss k, del d"},
		{"", "GEORADIUS k 9 9 1 km STORE d", "keymiss k"},
		{"RPUSH k 2 1", "SORT k", ""},
		{"RPUSH k 2 1", "SORT k STORE d", "new d, sortstore d"},
		{"RPUSH k 2 1; SET d v", "SORT k STORE d", "sortstore d"},
		{"RPUSH k 2 1", "SORT k STORE k", "sortstore k"},
		{"RPUSH k 2 1; SET d v", "SORT k LIMIT 5 5 STORE d", "del d"},
		{"RPUSH k 2 1", "SORT k BY w_*", "keymiss w_2, keymiss w_1"},
	})
	runEffects(t, []effectCase{
		{"RPUSH k 2 1", "SORT k", ""},
		{"RPUSH k 2 1", "SORT k STORE d", "0:SORT k STORE d"},
		{"SET d v", "SORT k STORE d", "0:SORT k STORE d"},
		{"", "SORT k STORE d", ""},
	})
	runWatched(t, []watchCase{
		{"RPUSH l 2 1", "SORT l STORE k", true},
		{"RPUSH k 2 1", "SORT k STORE d", false},
		{"GEOADD g 1 1 a", "GEORADIUS g 1 1 1 km STORE k", true},
		{"GEOADD g 1 1 a", "GEORADIUS g 9 9 1 km STORE k", false},
	})
}

// TestChangesCounted: what INFO counts as changes since the last save.
func TestChangesCounted(t *testing.T) {
	for _, tc := range []struct {
		before, line string
		want         int
	}{
		{"", "PFADD k a b c", 4},
		{"PFADD k a b", "PFADD k a b c", 1},
		{"PFADD k a b; PFDEBUG TODENSE k", "PFADD k a b c d", 2},
		{"PFADD k a", "PFADD k a", 0},
		{"PFADD k a", "PFCOUNT k", 1},
		{"PFADD k a", "PFMERGE d k", 1},
		{"", "GEOADD k 1 1 a 2 2 b", 2},
		{"GEOADD k 1 1 a 2 2 b", "GEORADIUS k 1 1 500 km STORE d", 2},
		{"GEOADD k 1 1 a; SET d v", "GEORADIUS k 9 9 1 km STORE d", 1},
		{"RPUSH k 3 1 2", "SORT k STORE d", 3},
		{"RPUSH k 3 1 2", "SORT k", 0},
		{"SET d v", "SORT k STORE d", 1},
	} {
		t.Run(tc.line, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			for line := range strings.SplitSeq(tc.before, ";") {
				if line = strings.TrimSpace(line); line != "" {
					f.do(line)
				}
			}
			if f.do(tc.line); f.tx.Dirty() != tc.want {
				t.Errorf("%d changes, want %d", f.tx.Dirty(), tc.want)
			}
		})
	}
}
