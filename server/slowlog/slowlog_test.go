package slowlog

import (
	"bytes"
	"fmt"
	"math"
	"testing"
	"time"
)

func newLog(threshold, limit int64) *Log {
	l := &Log{}
	l.SetThreshold(threshold)
	l.SetLimit(limit)
	return l
}

func add(l *Log, micros int64, args ...string) bool {
	raw := make([][]byte, len(args))
	for i, a := range args {
		raw[i] = []byte(a)
	}
	return l.Add(time.Unix(1700000000, 999), time.Duration(micros)*time.Microsecond, raw, "127.0.0.1:5", "n")
}

func TestThreshold(t *testing.T) {
	tests := []struct {
		name      string
		threshold int64
		micros    int64
		want      bool
	}{
		{"off", -1, math.MaxInt32, false},
		{"everything", 0, 0, true},
		{"below", 100, 99, false},
		{"at", 100, 100, true},
		{"above", 100, 101, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLog(tt.threshold, 10)
			if l.Threshold() != tt.threshold {
				t.Errorf("Threshold = %d", l.Threshold())
			}
			if got := add(l, tt.micros, "get", "k"); got != tt.want || (l.Len() == 1) != tt.want {
				t.Errorf("logged: %v, entries: %d", got, l.Len())
			}
		})
	}
}

func TestEntry(t *testing.T) {
	l := newLog(0, 10)
	arg := []byte("value")
	l.Add(time.Unix(1700000000, 999), 1500*time.Nanosecond, [][]byte{[]byte("set"), []byte("k"), arg}, "1.2.3.4:5", "me")
	arg[0] = 'X'
	e := l.Newest(1)[0]
	if e.ID != 0 || e.Unix != 1700000000 || e.Micros != 1 || e.Addr != "1.2.3.4:5" || e.Name != "me" {
		t.Errorf("%+v", e)
	}
	if got := fmt.Sprintf("%s", e.Args); got != "[set k value]" {
		t.Errorf("arguments %s", got)
	}
}

func TestShorten(t *testing.T) {
	long := bytes.Repeat([]byte("x"), maxArgLen)
	many := func(n int) (args [][]byte) {
		for i := range n {
			args = append(args, fmt.Append(nil, "a", i))
		}
		return args
	}
	tests := []struct {
		name string
		args [][]byte
		n    int
		last string
	}{
		{"none", nil, 0, ""},
		{"empty argument", [][]byte{{}}, 1, ""},
		{"longest kept", [][]byte{long}, 1, string(long)},
		{"one byte more", [][]byte{append(bytes.Clone(long), 'y')}, 1, string(long) + "... (1 more bytes)"},
		{"much longer", [][]byte{make([]byte, 1<<20)}, 1, string(make([]byte, maxArgLen)) + "... (1048448 more bytes)"},
		{"most kept", many(32), 32, "a31"},
		{"one argument more", many(33), 32, "... (2 more arguments)"},
		{"many more", many(1000), 32, "... (969 more arguments)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := shorten(tt.args)
			if len(got) != tt.n {
				t.Fatalf("%d arguments, want %d", len(got), tt.n)
			}
			if tt.n > 0 && string(got[tt.n-1]) != tt.last {
				t.Errorf("last argument %q, want %q", got[tt.n-1], tt.last)
			}
			for i := range max(0, min(tt.n, len(tt.args))-1) {
				if !bytes.Equal(got[i], tt.args[i]) {
					t.Errorf("argument %d is %q, want %q", i, got[i], tt.args[i])
				}
			}
		})
	}
	two := shorten(many(2))
	if _ = append(two[0], 'X'); string(two[1]) != "a1" {
		t.Error("appending to one argument reaches into the next")
	}
}

// ids lists the entries, the latest first.
func ids(l *Log, n int64) (out []int64) {
	for _, e := range l.Newest(n) {
		out = append(out, e.ID)
	}
	return out
}

func TestRing(t *testing.T) {
	for _, limit := range []int64{1, 2, 15, 16, 17, 40} {
		l := newLog(0, limit)
		for i := range int64(100) {
			add(l, 1, "c")
			if want := min(i+1, limit); int64(l.Len()) != want {
				t.Fatalf("limit %d: %d entries after %d", limit, l.Len(), i+1)
			}
			for k, id := range ids(l, -1) {
				if id != i-int64(k) {
					t.Fatalf("limit %d: entry %d has id %d after %d", limit, k, id, i+1)
				}
			}
		}
	}
}

func TestSetLimit(t *testing.T) {
	l := newLog(0, 5)
	for range 8 {
		add(l, 1, "c")
	}
	l.SetLimit(3)
	if got := fmt.Sprint(ids(l, -1)); got != "[7 6 5]" {
		t.Errorf("lowered: %s", got)
	}
	add(l, 1, "c")
	l.SetLimit(math.MaxInt64)
	for range 20 {
		add(l, 1, "c")
	}
	if got := ids(l, -1); len(got) != 23 || got[0] != 28 || got[22] != 6 {
		t.Errorf("raised: %v", got)
	}
	l.SetLimit(0)
	if l.Len() != 0 || !add(l, 1, "c") || l.Len() != 0 {
		t.Error("limit 0 keeps nothing")
	}
	l.SetLimit(1)
	add(l, 1, "c")
	if got := fmt.Sprint(ids(l, -1)); got != "[30]" {
		t.Errorf("entries not kept still count: %s", got)
	}
}

func TestLimitBetweenEntriesAndRing(t *testing.T) {
	l := newLog(0, 40)
	for range 3 {
		add(l, 1, "c")
	}
	l.SetLimit(5)
	for range 7 {
		add(l, 1, "c")
	}
	if got := fmt.Sprint(ids(l, -1)); got != "[9 8 7 6 5]" {
		t.Errorf("= %s", got)
	}
}

func TestNewestAndReset(t *testing.T) {
	l := newLog(0, 100)
	for range 10 {
		add(l, 1, "c")
	}
	for n, want := range map[int64]int{0: 0, 3: 3, 10: 10, 11: 10, -1: 10, math.MaxInt64: 10} {
		if got := len(l.Newest(n)); got != want {
			t.Errorf("Newest(%d): %d entries, want %d", n, got, want)
		}
	}
	l.Reset()
	if l.Len() != 0 || len(l.Newest(-1)) != 0 {
		t.Error("not empty after Reset")
	}
	add(l, 1, "c")
	if got := fmt.Sprint(ids(l, -1)); got != "[10]" {
		t.Errorf("numbering after Reset: %s", got)
	}
}
