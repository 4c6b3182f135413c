package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

func contains(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }

func TestCommandLine(t *testing.T) {
	sh := script(t, "exit 0").path
	for name, tc := range map[string]struct {
		args []string
		path string // PATH; empty: as it is
		code int
		want string // part of what is printed
	}{
		"help":            {[]string{"--help"}, "", 0, "bench"},
		"nothing":         {nil, "", 0, "bench"},
		"unknown command": {[]string{"fly"}, "", 1, `unknown command "fly"`},
		"unknown flag":    {[]string{"bench", "--fast"}, "", 1, "fast"},
		"no rounds":       {[]string{"bench", "--rounds", "0"}, "", 1, "--rounds"},
		"unknown set":     {[]string{"bench", "--set", "huge"}, "", 1, `not "huge"`},
		"nothing to do":   {[]string{"bench", "--only", "FLY"}, "", 1, `"FLY"`},
		"an argument":     {[]string{"bench", "now"}, "", 1, `"now"`},
		"no server":       {[]string{"bench", "--server", "/nonexistent/server"}, "", 1, "make build"},
		"no peer":         {[]string{"bench", "--server", sh}, "/nonexistent", 1, "package redis-server"},
		"no redis-benchmark": {[]string{"bench", "--server", sh, "--peer", sh}, "/nonexistent", 1,
			"package redis-tools"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.path != "" {
				t.Setenv("PATH", tc.path)
			}
			var out bytes.Buffer
			if code := run(t.Context(), append([]string{"synap"}, tc.args...), &out, &out); code != tc.code {
				t.Errorf("exit status %d, want %d", code, tc.code)
			}
			if !strings.Contains(out.String(), tc.want) {
				t.Errorf("%q is not in:\n%s", tc.want, out.String())
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sleeper := script(t, "exec sleep 60").path
	t.Setenv("PATH", strings.TrimSuffix(sleeper, "/server")+":/bin:/usr/bin")
	var out bytes.Buffer
	if code := run(ctx, []string{"synap", "bench", "--server", sleeper, "--peer", sleeper}, &out, &out); code != interrupted {
		t.Errorf("exit status %d, and %s", code, out.String())
	}
}

func TestChoose(t *testing.T) {
	for _, tc := range []struct {
		set, word         string
		workloads, shapes int
	}{
		{"quick", "", 16, 3}, {"full", "", 44, 12}, {"quick", "P64", 1, 0}, {"full", "P64", 2, 0}, {"quick", "memory", 0, 3},
		{"full", "memory", 0, 12}, {"full", "integer", 0, 2}, {"quick", "integer", 0, 1}, {"quick", "hot", 3, 0},
		{"quick", "c1 P1", 2, 0}, {"full", "100k", 3, 0}, {"quick", "LRANGE_100", 1, 0},
	} {
		chosen, shapes, err := choose(tc.set, tc.word)
		if err != nil || len(chosen) != tc.workloads || len(shapes) != tc.shapes {
			t.Errorf("%s, %q: %d workloads, %d shapes, %v", tc.set, tc.word, len(chosen), len(shapes), err)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, tc := range []struct {
		w    workload
		want string
	}{
		{workload{"x", 1000, 50, 16, 99, 64, "get", nil, quick}, "-c 50 -n 1000 -P 16 --csv -r 99 -d 64 -t get"},
		{workload{"hot", 1000, 50, 1, 0, 0, "incr", nil, 0}, "-c 50 -n 1000 -P 1 --csv -t incr"},
		{workload{"command", 10, 1, 1, 7, 0, "hget h:__rand_int__ f", nil, anew},
			"-c 1 -n 10 -P 1 --csv -r 7 hget h:__rand_int__ f"},
	} {
		if got, want := strings.Join(tc.w.arguments(7000), " "), "-h 127.0.0.1 -p 7000 "+tc.want; got != want {
			t.Errorf("%s: got %s", tc.w.name, got)
		}
	}
}

// TestNothingRunsEmpty: workloads that use up what they find leave some of it, and find it again in the next round.
func TestNothingRunsEmpty(t *testing.T) {
	workloadsOf := map[string]int{"lpop": 0, "rpop": 0, "spop": 0, "xreadgroup": 0}
	for _, w := range workloads {
		command := strings.Fields(w.command)[0]
		if _, takes := workloadsOf[command]; !takes {
			continue
		}
		workloadsOf[command]++
		enough := w.requests + w.clients*w.pipeline // redis-benchmark sends whole pipelines, maybe more than it counts
		if w.keys > 0 {
			enough = w.requests * 5 / 2 // on average: of ten elements each, four are asked for, and rarely more than ten
		}
		if held := w.fill[len(w.fill)-1].elements; held < enough || w.traits&anew == 0 {
			t.Errorf("%s: %d elements, want %d; traits %b", w.name, held, enough, w.traits)
		}
	}
	for command, n := range workloadsOf {
		if n == 0 {
			t.Errorf("no workload of %s", command)
		}
	}
}
