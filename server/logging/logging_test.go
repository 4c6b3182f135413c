package logging

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func clock() time.Time { return time.Date(2026, 3, 7, 9, 5, 1, 42e6, time.Local) }

type recorder struct {
	lines  []string
	closed bool
}

func (r *recorder) Write(level Level, message string) error {
	r.lines = append(r.lines, level.String()+" "+message)
	return errors.New("no syslog")
}

func (r *recorder) Close() error { r.closed = true; return nil }

func TestLineFormat(t *testing.T) {
	tests := []struct {
		role  Role
		level string
		text  string
		want  string
	}{
		{0, "debug", "a", "77:C 07 Mar 2026 09:05:01.042 . a\n"},
		{Primary, "verbose", "b %d", "77:M 07 Mar 2026 09:05:01.042 - b 5\n"},
		{Replica, "notice", "c", "77:S 07 Mar 2026 09:05:01.042 * c\n"},
		{Primary, "warning", "d", "77:M 07 Mar 2026 09:05:01.042 # d\n"},
		{Primary, "gossip", "unknown levels are not lost", "77:M 07 Mar 2026 09:05:01.042 # unknown levels are not lost\n"},
		{Primary, "notice", "100%", "77:M 07 Mar 2026 09:05:01.042 * 100%\n"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			var b strings.Builder
			l := New(Options{Output: &b, Role: tt.role, PID: 77, Now: clock})
			var args []any
			if strings.Contains(tt.text, "%d") {
				args = []any{5}
			}
			l.Log(tt.level, tt.text, args...)
			if b.String() != tt.want {
				t.Errorf("got %q, want %q", b.String(), tt.want)
			}
		})
	}
}

func TestThreshold(t *testing.T) {
	for threshold := Debug; threshold <= Nothing; threshold++ {
		t.Run(threshold.String(), func(t *testing.T) {
			var b strings.Builder
			sys := &recorder{}
			l := New(Options{Output: &b, PID: 1, Now: clock, Syslog: sys})
			l.SetLevel(threshold)
			l.SetRole(Primary)
			var want []string
			for lv := Debug; lv <= Nothing; lv++ {
				l.Logf(lv, "at %s", lv)
				if lv >= threshold && lv < Nothing {
					want = append(want, fmt.Sprintf("%s at %s", lv, lv))
				}
				if l.Enabled(lv) != (lv >= threshold && lv < Nothing) {
					t.Errorf("Enabled(%s) is wrong", lv)
				}
			}
			if !slices.Equal(sys.lines, want) {
				t.Errorf("syslog got %q, want %q", sys.lines, want)
			}
			if n := strings.Count(b.String(), "\n"); n != len(want) {
				t.Errorf("%d lines, want %d", n, len(want))
			}
			if err := l.Close(); err != nil || !sys.closed {
				t.Errorf("Close: %v, syslog closed: %v", err, sys.closed)
			}
		})
	}
}

func TestParseLevel(t *testing.T) {
	for lv := Debug; lv <= Nothing; lv++ {
		if got, ok := ParseLevel(strings.ToUpper(lv.String())); !ok || got != lv {
			t.Errorf("ParseLevel(%s) = %v, %v", lv, got, ok)
		}
	}
	if _, ok := ParseLevel("loud"); ok {
		t.Error("unknown level accepted")
	}
}

// The log continues in a new file after the old one was renamed.
func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.log")
	l := New(Options{Path: path, PID: 1, Now: clock})
	l.Logf(Notice, "one")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	l.Logf(Notice, "two")
	for name, want := range map[string]string{path + ".1": "one", path: "two"} {
		b, err := os.ReadFile(name)
		if err != nil || !strings.HasSuffix(string(b), "* "+want+"\n") || strings.Count(string(b), "\n") != 1 {
			t.Errorf("%s: %q, %v", filepath.Base(name), b, err)
		}
	}
}

// A relative path does not follow the process into other directories.
func TestRelativePath(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	t.Chdir(first)
	l := New(Options{Path: "server.log"})
	t.Chdir(second)
	l.Logf(Notice, "here")
	if _, err := os.Stat(filepath.Join(first, "server.log")); err != nil {
		t.Error(err)
	}
}

// Lines of concurrent writers stay whole, in files and on a plain writer.
func TestConcurrentLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.log")
	var b strings.Builder
	loggers := map[string]*Logger{"file": New(Options{Path: path}), "writer": New(Options{Output: &b})}
	line := regexp.MustCompile(`^\d+:C \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} \* writer \d+ line \d+$`)
	for name, l := range loggers {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			for w := range 4 {
				wg.Go(func() {
					for i := range 50 {
						l.Logf(Notice, "writer %d line %d", w, i)
					}
				})
			}
			wg.Wait()
			text := b.String()
			if name == "file" {
				raw, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				text = string(raw)
			}
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			if len(lines) != 200 {
				t.Errorf("%d lines, want 200", len(lines))
			}
			for _, s := range lines {
				if !line.MatchString(s) {
					t.Errorf("broken line %q", s)
				}
			}
		})
	}
}

// A file that cannot be opened loses the line and nothing else.
func TestUnwritableFile(t *testing.T) {
	sys := &recorder{}
	l := New(Options{Path: filepath.Join(t.TempDir(), "missing", "server.log"), Syslog: sys})
	l.Logf(Warning, "lost")
	if !slices.Equal(sys.lines, []string{"warning lost"}) {
		t.Errorf("syslog got %q", sys.lines)
	}
}
