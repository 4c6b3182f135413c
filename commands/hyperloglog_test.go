package commands

import (
	"testing"

	"synap/store"
)

func TestHyperLogLogs(t *testing.T) {
	const notOne, corrupt = "-WRONGTYPE Key is not a valid HyperLogLog string value.", "-INVALIDOBJ Corrupted HLL object detected"
	const empty, noRuns = `"HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xff"`, `"HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"`
	scripts{
		"counting": {
			`PFADD h`, ":1", `PFADD h`, ":0", `PFADD h a b c`, ":1", `PFADD h a b`, ":0", `PFCOUNT h`, ":3", `PFCOUNT h`, ":3",
			`PFADD g c d`, ":1", `PFCOUNT h g none`, ":4", `PFCOUNT none`, ":0", `PFMERGE m h g`, "+OK", `PFCOUNT m`, ":4",
			`OBJECT ENCODING h`, "$3 raw", `PFDEBUG TODENSE h`, ":1", `PFDEBUG ENCODING h`, "+dense", `PFCOUNT h`, ":3", `PFADD h d`, ":1",
			`PFCOUNT h`, ":4", `PFMERGE m h`, "+OK", `PFDEBUG ENCODING m`, "+dense",
		},
		"expiry stays": {
			`PFADD h a`, ":1", `EXPIRE h 10`, ":1", `PFADD h b`, ":1", `PFCOUNT h`, ":2", `PFMERGE h none`, "+OK", `PFDEBUG TODENSE h`, ":1", `TTL h`, ":10",
		},
		"strings": {
			`SET s v`, "+OK", `PFADD s a`, notOne, `PFCOUNT s`, notOne, `PFMERGE d s`, notOne, `PFMERGE s`, notOne, `PFDEBUG DECODE s`, notOne, `EXISTS d`, ":0",
			`SET s 12`, "+OK", `PFCOUNT s`, notOne, `SET s ` + empty, "+OK", `PFCOUNT s`, ":0", `PFDEBUG DECODE s`, "$7 Z:16384", `PFADD s a`, ":1",
			`SET s ` + noRuns, "+OK", `PFADD s a`, corrupt, `PFCOUNT s`, corrupt, `PFCOUNT s s`, corrupt, `PFMERGE d s`, corrupt, `PFDEBUG GETREG s`, corrupt,
			`PFDEBUG TODENSE s`, corrupt, `PFDEBUG DECODE s`, "$0 ", `EXISTS d`, ":0",
			`SETRANGE s 16 "\x7f"`, ":17", `PFDEBUG DECODE s`, corrupt,
		},
		"debugging": {
			`PFDEBUG FOO h`, "-ERR The specified key does not exist", `PFADD h a`, ":1", `PFDEBUG FOO h`, "-ERR Unknown PFDEBUG subcommand 'FOO'",
			`PFDEBUG todense h`, ":1", `PFDEBUG TODENSE h`, ":0", `PFDEBUG DECODE h`, "-ERR HLL encoding is not sparse",
		},
	}.run(t)
}

func TestHyperLogLogEffects(t *testing.T) {
	runEffects(t, []effectCase{
		{"", "PFADD k", "0:PFADD k"},
		{"PFADD k a", "PFADD k a", ""},
		{"PFADD k a", "PFADD k b", "0:PFADD k b"},
		{"PFADD k a; PFDEBUG TODENSE k", "PFADD k a", ""},
		{"PFADD k a; PFDEBUG TODENSE k", "PFADD k b", "0:PFADD k b"},
		{"PFADD k a", "PFCOUNT k", "0:PFCOUNT k"},
		{"PFADD k a; PFCOUNT k", "PFCOUNT k", ""},
		{"PFADD k a", "PFCOUNT k k", ""},
		{"PFADD a a", "PFMERGE k a", "0:PFMERGE k a"},
		{"PFADD k a", "PFDEBUG TODENSE k", "0:PFDEBUG TODENSE k"},
		{"PFADD k a", "PFDEBUG DECODE k", ""},
		{"PFADD k a", "PFDEBUG GETREG k", "0:PFDEBUG GETREG k"},
	})
	runWatched(t, []watchCase{
		{"PFADD k a", "PFADD k a", false},
		{"PFADD k a", "PFADD k b", true},
		{"PFADD k a", "PFCOUNT k", true},
		{"PFADD k a; PFCOUNT k", "PFCOUNT k", false},
		{"PFADD k a", "PFMERGE k", true},
	})
}

func TestHyperLogLogsDoNotAllocate(t *testing.T) {
	noAllocs(t, []string{`PFADD s a b c`, `PFADD d a b c`, `PFDEBUG TODENSE d`, `PFCOUNT d`}, `PFADD s a`, `PFADD d a x`, `PFCOUNT d`, `PFCOUNT s d`)
}

// TestHyperLogLogsGrow passes the default limit of the sparse form.
func TestHyperLogLogsGrow(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	f.store.SetTuning(store.Tuning{HLLSparseMaxBytes: 100})
	for i, want := range map[string]string{"a b c d": "+sparse", "a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5": "+dense"} {
		f.do("PFADD k " + i)
		if got := f.do("PFDEBUG ENCODING k"); got != want {
			t.Errorf("%s: %s", i, got)
		}
		f.do("DEL k")
	}
}
