package main

import (
	"encoding/binary"
	"os"
	"strconv"
	"testing"
	"time"
)

func TestParseCPU(t *testing.T) {
	const after = " S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 4 0 12345"
	for name, tc := range map[string]struct {
		stat string
		want time.Duration
		ok   bool
	}{
		"plain":            {"42 (redis-server)" + after, 3 * time.Second, true},
		"a hostile name":   {"42 (a) S 1 (b c)" + after, 3 * time.Second, true},
		"empty":            {"", 0, false},
		"cut off":          {"42 (x) S 1 2 3", 0, false},
		"no number":        {"42 (x) S 1 2 3 4 5 6 7 8 9 10 many 50 0", 0, false},
		"no name":          {"42 x" + after, 0, false},
		"no system number": {"42 (x) S 1 2 3 4 5 6 7 8 9 10 1 few 0", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseCPU(tc.stat, 100)
			if got != tc.want || (err == nil) != tc.ok {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestParseResident(t *testing.T) {
	for status, want := range map[string]int64{
		"Name:\tx\nVmHWM:\t    9 kB\nVmRSS:\t    1234 kB\nThreads:\t3\n": 1234 << 10,
		"Name:\tx\n":           -1,
		"VmRSS:\t 12 MB\n":     -1,
		"VmRSS:\t many kB\n":   -1,
		"Name:\tVmRSS: 1 kB\n": -1,
	} {
		got, err := parseResident(status)
		if want < 0 && err == nil || want >= 0 && (err != nil || got != want) {
			t.Errorf("%q: %d, %v", status, got, err)
		}
	}
}

func TestClockTicks(t *testing.T) {
	words := func(pairs ...uint64) (b []byte) {
		for _, w := range pairs {
			if strconv.IntSize == 32 {
				b = binary.NativeEndian.AppendUint32(b, uint32(w))
			} else {
				b = binary.NativeEndian.AppendUint64(b, w)
			}
		}
		return b
	}
	for name, tc := range map[string]struct {
		auxv []byte
		want int64
	}{
		"there":          {words(6, 4096, 17, 250, 0, 0), 250},
		"not there":      {words(6, 17, 0, 0), 100},
		"empty":          {nil, 100},
		"half a pair":    {words(17), 100},
		"beyond belief":  {words(17, 0, 0, 0), 100},
		"at the end":     {words(17, 1000), 1000},
		"trailing bytes": {append(words(17, 1000), 1), 1000},
	} {
		t.Run(name, func(t *testing.T) {
			if got := clockTicks(tc.auxv); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}

// TestOutputEnd: what is shown of a server that failed is the end of what it said.
func TestOutputEnd(t *testing.T) {
	var l lockedBuffer
	for i := range 1000 {
		l.Write([]byte(strconv.Itoa(i) + "\n"))
	}
	if got := l.end(); len(got) != 2000 || got[len(got)-5:] != "\n999\n" {
		t.Errorf("%d bytes, %q", len(got), got[len(got)-5:])
	}
}

// script makes an executable that stands for a server.
func script(t *testing.T, text string) program {
	t.Helper()
	path := t.TempDir() + "/server"
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return program{"server", path}
}

// TestStartFails: a server that ends at once is reported with its words, and leaves nothing behind.
func TestStartFails(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	_, err := start(t.Context(), script(t, "echo Fatal: no luck >&2; exit 1"))
	if err == nil || !contains(err, "no luck") || !contains(err, "exited") {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%s was left behind", left[0].Name())
	}
}
