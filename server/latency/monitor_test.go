package latency

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestMonitorThreshold(t *testing.T) {
	var m Monitor
	if m.Record("command", 1<<40, 1) {
		t.Error("a disabled monitor took a sample")
	}
	m.SetThreshold(10)
	if m.Threshold() != 10 || m.Record("command", 9, 1) || !m.Record("command", 10, 1) {
		t.Error("the threshold is not the shortest duration recorded")
	}
	m.SetThreshold(0)
	if m.Record("command", 100, 2) || len(m.History("command")) != 1 {
		t.Error("disabling must stop recording and keep what was recorded")
	}
}

func TestMonitorSamples(t *testing.T) {
	var m Monitor
	m.SetThreshold(1)
	m.Record("command", 5, 100)
	m.Record("command", 9, 100)
	m.Record("command", 7, 100)
	m.Record("fork", 3, 100)
	m.Record("command", 2, 101)
	if got, want := m.History("command"), []Sample{{100, 9}, {101, 2}}; !slices.Equal(got, want) {
		t.Errorf("History = %v, want %v", got, want)
	}
	if m.History("Command") != nil || m.History("none") != nil {
		t.Error("history of an unknown event")
	}
	want := []Latest{
		{Event: "command", Sample: Sample{101, 2}, MaxMillis: 9},
		{Event: "fork", Sample: Sample{100, 3}, MaxMillis: 3},
	}
	if got := m.Latest(); !slices.Equal(got, want) {
		t.Errorf("Latest = %v, want %v", got, want)
	}
}

func TestMonitorRing(t *testing.T) {
	var m Monitor
	m.SetThreshold(1)
	const n = historyLen*2 + 7
	for i := int64(1); i <= n; i++ {
		m.Record("e", i, 1000+i)
		m.Record("e", i+1000, 1000+i)
		if got := m.Latest()[0]; got.Sample != (Sample{1000 + i, i + 1000}) {
			t.Fatalf("latest after %d samples: %v", i, got)
		}
	}
	got := m.History("e")
	if len(got) != historyLen {
		t.Fatalf("%d samples", len(got))
	}
	for i, s := range got {
		if want := int64(1000 + n - historyLen + 1 + i); s.Unix != want {
			t.Fatalf("sample %d is of %d, want %d", i, s.Unix, want)
		}
	}
}

func TestMonitorReset(t *testing.T) {
	var m Monitor
	m.SetThreshold(1)
	for _, e := range []string{"a", "b", "c"} {
		m.Record(e, 1, 1)
	}
	if m.Reset("B") != 1 || m.Reset("b") != 0 || len(m.Latest()) != 2 {
		t.Error("Reset")
	}
	if m.ResetAll() != 2 || m.ResetAll() != 0 || len(m.Latest()) != 0 {
		t.Error("ResetAll")
	}
	m.Record("b", 4, 2)
	if got := m.Latest(); len(got) != 1 || got[0].MaxMillis != 4 {
		t.Errorf("after a reset: %v", got)
	}
}

func TestGraph(t *testing.T) {
	var m Monitor
	if _, ok := m.Graph("command", 0); ok {
		t.Error("drew an unknown event")
	}
	m.SetThreshold(1)
	m.Record("command", 2, 100)
	m.Record("command", 50, 102)
	m.Record("command", 10, 103)
	got, ok := m.Graph("command", 105)
	want := "command - high 50 ms, low 2 ms (all time high 50 ms)\n" +
		strings.Repeat("-", 80) + "\n" +
		" # \n" +
		" | \n" +
		" | \n" +
		"_|#\n" +
		"   \n" +
		"532\n" +
		"sss\n"
	if !ok || got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestGraphWraps(t *testing.T) {
	var m Monitor
	m.SetThreshold(1)
	for i := int64(0); i < 100; i++ {
		m.Record("e", 5, 1000+i*3600)
	}
	got, _ := m.Graph("e", 1000+100*3600)
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	// Two of heading, then per part four rows, a gap and labels of up to three letters ("99h" is "4d").
	if len(lines[2]) != 80 || lines[2] != strings.Repeat(" ", 80) || lines[5] != strings.Repeat("_", 80) {
		t.Errorf("first part:\n%s", got)
	}
	if want := strings.Repeat("_", 20); !slices.Contains(lines, want) {
		t.Errorf("second part:\n%s", got)
	}
	if !slices.Contains(lines, "") {
		t.Errorf("no gap between the parts:\n%s", got)
	}
}

func TestAge(t *testing.T) {
	for s, want := range map[int64]string{
		0: "0s", 59: "59s", 60: "1m", 3599: "59m", 3600: "1h", 86399: "23h", 86400: "1d", 864000: "10d",
	} {
		if got := age(s); got != want {
			t.Errorf("age(%d) = %s, want %s", s, got, want)
		}
	}
}

func TestDoctor(t *testing.T) {
	calm := Facts{SlowlogMicros: 1000}
	tests := []struct {
		name      string
		threshold int64
		events    []string
		facts     Facts
		contain   []string
		lack      []string
	}{
		{"disabled", 0, nil, calm, []string{"disabled", "latency-monitor-threshold"}, []string{"Advice"}},
		{"nothing", 25, nil, calm, []string{"No event has taken 25 ms"}, []string{"Advice"}},
		{"nothing but huge pages", 25, nil, Facts{HugePages: 1}, []string{"Advice", "transparent_hugepage"}, []string{"1."}},
		{"unknown event", 25, []string{"x"}, calm, []string{"1. x: 2 latency spikes", "remedy"}, []string{"Advice"}},
		{
			"statistics", 1, []string{"x"}, calm,
			[]string{"1. x: 2 latency spikes (average 150ms, mean deviation 50ms, period 10.00 sec). " +
				"Worst all time event 200ms.\n"},
			nil,
		},
		{
			"commands with the slow log off", 25, []string{"command"}, Facts{SlowlogMicros: -1},
			[]string{"slowlog-log-slower-than 25000", "SLOWLOG GET", "Split them"},
			[]string{"leaves out"},
		},
		{
			"commands below the slow log", 25, []string{"command"}, Facts{SlowlogMicros: 26000},
			[]string{"slowlog-log-slower-than 25000", "leaves out"},
			[]string{"is off"},
		},
		{
			"commands in the slow log", 25, []string{"command"}, Facts{SlowlogMicros: 25000},
			[]string{"SLOWLOG GET"},
			[]string{"slowlog-log-slower-than"},
		},
		{"fsync", 25, []string{"aof-fsync-always"}, Facts{FsyncAlways: true}, []string{"everysec"}, nil},
		{"fsync relaxed meanwhile", 25, []string{"aof-fsync-always"}, Facts{}, nil, []string{"everysec"}},
		{"eager expiry", 25, []string{"Expire-Cycle"}, Facts{ExpireEffort: 2}, []string{"active-expire-effort 1"}, nil},
		{"expiry", 25, []string{"expire-cycle"}, Facts{ExpireEffort: 1}, []string{"processor"}, []string{"effort"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m Monitor
			m.SetThreshold(tt.threshold)
			for _, e := range tt.events {
				m.Record(e, 100, 1000)
				m.Record(e, 200, 1010)
			}
			got := m.Doctor(tt.facts, 1020)
			for _, s := range tt.contain {
				if !strings.Contains(got, s) {
					t.Errorf("lacks %q:\n%s", s, got)
				}
			}
			for _, s := range tt.lack {
				if strings.Contains(got, s) {
					t.Errorf("should not contain %q:\n%s", s, got)
				}
			}
			if !strings.HasSuffix(got, "\n") {
				t.Error("no newline at the end")
			}
		})
	}
}

func TestAdviceIsWorded(t *testing.T) {
	seen := map[string]bool{}
	for a := range adviceCount {
		text := a.text(1)
		if text == "" || seen[text] {
			t.Errorf("advice %d: %q", a, text)
		}
		seen[text] = true
	}
	if got := fmt.Sprint(adviceCount.text(1)); got != "" {
		t.Errorf("no such advice: %q", got)
	}
}
