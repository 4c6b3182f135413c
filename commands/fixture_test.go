package commands

import (
	"strconv"
	"strings"
	"testing"

	"synap/server/resp"
	"synap/store"
)

// fixture runs commands on a keyspace of its own, at a time that stands still.
type fixture struct {
	t     testing.TB
	store *store.Store
	table *Table
	tx    store.Txn
	ctx   Ctx
	w     Writer
	env   Env
	now   int64
	db    int
	log   effectLog
}

const testNow = 1_700_000_000_000

// testTuning is the default configuration of the limits of small encodings.
var testTuning = store.Tuning{HashMaxListpackEntries: 128, HashMaxListpackValue: 64, ListMaxListpackSize: -2,
	SetMaxIntsetEntries: 512, SetMaxListpackEntries: 128, SetMaxListpackValue: 64, ZSetMaxListpackEntries: 128,
	ZSetMaxListpackValue: 64, HLLSparseMaxBytes: 3000, StreamNodeMaxBytes: 4096, StreamNodeMaxEntries: 100}

// effectLog keeps the effects of each unit as text.
type effectLog struct{ units []string }

func (l *effectLog) Append(u store.Unit) uint64 {
	var effects []string
	for _, e := range u {
		words := make([]string, len(e.Args))
		for i, w := range e.Args {
			words[i] = string(w)
		}
		effects = append(effects, strconv.Itoa(e.DB)+":"+strings.Join(words, " "))
	}
	l.units = append(l.units, strings.Join(effects, "; "))
	return uint64(len(l.units))
}

func newFixture(t testing.TB) *fixture {
	table, err := NewTable(DataFamilies()...)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, table: table, now: testNow, store: store.New(store.Options{Databases: 16, Tuning: testTuning})}
	f.env.MaxBulkLen = 512 << 20
	f.ctx = Ctx{W: &f.w, Tx: &f.tx, Env: &f.env}
	return f
}

// record starts logging effects.
func (f *fixture) record() { f.store.SetSink(&f.log) }

// run executes one command and returns its reply.
func (f *fixture) run(args [][]byte) []byte {
	cmd, ok := f.table.Lookup(args)
	if !ok || !cmd.ArityOK(len(args)) {
		f.t.Fatalf("no such command: %q", args)
	}
	mask := uint64(0)
	switch refs, err := cmd.FindKeys(args, nil); {
	case err != nil:
		f.t.Fatalf("%q: %v", args, err)
	case cmd.ReachesAll(args):
		mask = store.AllShards
	default:
		for _, r := range refs {
			mask |= store.MaskOf(args[r.Index])
		}
	}
	f.store.Begin(&f.tx, mask, f.db, f.now)
	f.ctx.Args, f.ctx.Now, f.w.Buf = args, f.now, f.w.Buf[:0]
	f.ctx.Execute(cmd)
	f.tx.End()
	return f.w.Buf
}

// do executes a line and returns the reply with its line ends as spaces. A few lines are for the fixture: "@+500" moves
// the clock on by so many milliseconds, "@select 1" changes the database, "@proto 3" the protocol.
func (f *fixture) do(line string) string {
	args, err := resp.SplitArgs([]byte(line))
	if err != nil {
		f.t.Fatalf("%q: %v", line, err)
	}
	word := func(i int) int64 {
		n, _ := strconv.ParseInt(strings.TrimPrefix(string(args[i]), "@+"), 10, 64)
		return n
	}
	switch {
	case line[0] != '@':
		return flat(f.run(args))
	case line[1] == '+':
		f.now += word(0)
	case string(args[0]) == "@select":
		f.db = int(word(1))
	case string(args[0]) == "@proto":
		f.w.Proto = int(word(1))
	}
	return ""
}

// flat is a reply on one line.
func flat(reply []byte) string {
	return strings.TrimSuffix(strings.ReplaceAll(string(reply), "\r\n", " "), " ")
}

// audit deletes all keys one by one and checks that no memory stays accounted for.
func (f *fixture) audit() {
	f.t.Helper()
	f.w.Proto = 2
	for f.db = range 16 {
		var names [][]byte
		f.store.Begin(&f.tx, store.AllShards, f.db, 0) // before anything has expired
		f.tx.Each(func(e store.Entry) { names = append(names, append([]byte(nil), e.Key()...)) })
		for _, name := range names {
			if !f.tx.Delete(name) {
				f.t.Errorf("key %q of database %d was listed but cannot be deleted", name, f.db)
			}
		}
		f.tx.End()
	}
	for f.store.Reclaim() { // large values go in steps
	}
	if used := f.store.Used(); used != 0 {
		f.t.Errorf("%d bytes are accounted for in an empty store", used)
	}
}

// scripts are named sequences of a line and the reply to it in turn; "@" lines have no reply.
type scripts map[string][]string

func (s scripts) run(t *testing.T) {
	for name, lines := range s {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			for i := 0; i < len(lines); i++ {
				line := lines[i]
				got := f.do(line)
				if line[0] == '@' {
					continue
				}
				if i++; i == len(lines) {
					t.Fatalf("the script ends with a command, %s", line)
				}
				if got != lines[i] {
					t.Errorf("%s\n got %s\nwant %s", line, got, lines[i])
				}
			}
		})
	}
}

// runEffects checks the effects of commands: after the preparation (separated by semicolons) each line must leave the
// given unit of effects, "" for none.
func runEffects(t *testing.T, cases []effectCase) {
	for _, tc := range cases {
		t.Run(tc.line, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			for line := range strings.SplitSeq(tc.before, ";") {
				if line = strings.TrimSpace(line); line != "" {
					f.do(line)
				}
			}
			f.record()
			f.do(tc.line)
			if got := strings.Join(f.log.units, " | "); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

type effectCase struct{ before, line, want string }

// runWatched checks which commands count as a change of the key k: after the preparation each line either does or not.
func runWatched(t *testing.T, cases []watchCase) {
	for _, tc := range cases {
		t.Run(tc.line, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			for line := range strings.SplitSeq(tc.before, ";") {
				if line = strings.TrimSpace(line); line != "" {
					f.do(line)
				}
			}
			var w store.Watcher
			key := []byte("k")
			f.store.Begin(&f.tx, store.MaskOf(key), 0, f.now)
			f.tx.Watch(&w, key)
			f.tx.End()
			f.do(tc.line)
			if w.Changed() != tc.changed {
				t.Errorf("changed is %t, want %t", w.Changed(), tc.changed)
			}
			f.store.Unwatch(&w)
		})
	}
}

type watchCase struct {
	before, line string
	changed      bool
}

// allocsRounds is how often allocations are counted: the fewest count, for others allocate meanwhile (the runtime's own work).
const allocsRounds = 3

// noAllocs checks that lines run without allocating once buffers have their size.
func noAllocs(t *testing.T, before []string, lines ...string) {
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			f := newFixture(t)
			defer f.audit()
			for _, b := range before {
				f.do(b)
			}
			args, err := resp.SplitArgs([]byte(line))
			if err != nil {
				t.Fatal(err)
			}
			cmd, _ := f.table.Lookup(args)
			refs := make([]KeyRef, 0, 8)
			run := func() {
				refs, _ = cmd.FindKeys(args, refs[:0])
				mask := uint64(0)
				for _, r := range refs {
					mask |= store.MaskOf(args[r.Index])
				}
				f.store.Begin(&f.tx, mask, 0, f.now)
				f.ctx.Args, f.ctx.Now, f.w.Buf = args, f.now, f.w.Buf[:0]
				f.ctx.Execute(cmd)
				f.tx.End()
			}
			fewest := testing.AllocsPerRun(100, run)
			for round := 1; round < allocsRounds && fewest > 0; round++ {
				fewest = min(fewest, testing.AllocsPerRun(100, run))
			}
			if fewest != 0 {
				t.Errorf("%v allocations", fewest)
			}
		})
	}
}
