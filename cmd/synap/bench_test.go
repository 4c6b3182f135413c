package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"synap/server/resp"
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
		{"quick", "", 7, 3}, {"full", "", 14, 3}, {"quick", "P64", 1, 0}, {"full", "P64", 2, 0}, {"quick", "memory", 0, 3},
		{"full", "integer", 0, 1}, {"full", "hot", 3, 0},
	} {
		chosen, shapes, err := choose(tc.set, tc.word)
		if err != nil || len(chosen) != tc.workloads || len(shapes) != tc.shapes {
			t.Errorf("%s, %q: %d workloads, %d shapes, %v", tc.set, tc.word, len(chosen), len(shapes), err)
		}
	}
}

func TestArguments(t *testing.T) {
	got := strings.Join(workload{"x", 1000, 50, 16, 99, 64, "get", nil, true}.arguments(7000), " ")
	if want := "-h 127.0.0.1 -p 7000 -c 50 -n 1000 -P 16 -t get --csv -r 99 -d 64"; got != want {
		t.Errorf("got %s", got)
	}
	got = strings.Join(workload{"hot", 1000, 50, 1, 0, 0, "incr", nil, true}.arguments(7000), " ")
	if want := "-h 127.0.0.1 -p 7000 -c 50 -n 1000 -P 1 -t incr --csv"; got != want {
		t.Errorf("got %s", got)
	}
}

// TestShapes reads back what the shapes send.
func TestShapes(t *testing.T) {
	for _, tc := range []struct {
		shape shape
		want  []string
	}{
		{strings64, []string{"SET", "key:000000000007", value64}},
		{expiring, []string{"SET", "key:000000000007", value64, "EX", "86407"}},
		{integers, []string{"SET", "k7", "7"}},
		{strings4k, []string{"SET", "key:000000000007", value4k}},
	} {
		var w resp.Writer
		tc.shape.command(&w, 7)
		if got := decode(t, w.Buf); len(got) != 1 || !slices.Equal(got[0], tc.want) {
			t.Errorf("%s: %q", tc.shape.name, got)
		}
	}
	if len(value64) != 64 || len(value4k) != 4096 {
		t.Error("the values have other lengths than they say")
	}
}

func decode(t *testing.T, b []byte) (commands [][]string) {
	t.Helper()
	var d resp.Decoder
	for len(b) > 0 {
		args, n, err := d.Next(b, &resp.Limits{})
		if errors.Is(err, resp.ErrIncomplete) {
			return commands
		}
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, a := range args {
			words = append(words, string(a))
		}
		commands, b = append(commands, words), b[n:]
	}
	return commands
}

// serve answers every command on the other end of a pipe, and returns what it got.
func serve(t *testing.T, reply func(i int) string) (c *client, got func() [][]string) {
	ours, theirs := net.Pipe()
	done := make(chan [][]string)
	go func() {
		var commands [][]string
		var d resp.Decoder
		var kept []byte
		buf := make([]byte, 1<<16)
		for {
			n, err := theirs.Read(buf)
			if err != nil {
				done <- commands
				return
			}
			kept = append(kept, buf[:n]...)
			var replies string
			for {
				args, n, err := d.Next(kept, &resp.Limits{})
				if err != nil {
					break
				}
				commands = append(commands, []string{string(args[1])})
				replies += reply(len(commands))
				kept = kept[n:]
			}
			io.WriteString(theirs, replies)
		}
	}()
	c = newClient(t.Context(), ours)
	return c, func() [][]string {
		c.Close()
		return <-done
	}
}

func TestLoad(t *testing.T) {
	sh := integers
	sh.keys = 2*loadBatch + 1
	c, got := serve(t, func(int) string { return "+OK\r\n" })
	if err := c.load(&sh); err != nil {
		t.Error(err)
	}
	keys := got()
	if len(keys) != sh.keys {
		t.Errorf("%d commands arrived, want %d", len(keys), sh.keys)
	}
	for i, key := range keys {
		if key[0] != fmt.Sprintf("k%d", i) {
			t.Fatalf("command %d makes key %s", i, key[0])
		}
	}
}

func TestLoadRefused(t *testing.T) {
	c, got := serve(t, func(i int) string {
		if i == 3 {
			return "-OOM command not allowed\r\n"
		}
		return "+OK\r\n"
	})
	if err := c.load(&strings64); !contains(err, "OOM command not allowed") {
		t.Errorf("error %v", err)
	}
	got()
}
