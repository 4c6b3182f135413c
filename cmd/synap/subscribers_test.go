package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
)

// TestListen: only a server that says goodbye has let a subscriber hear everything.
func TestListen(t *testing.T) {
	const message = "*3\r\n$7\r\nmessage\r\n$7\r\nchannel\r\n$3\r\nabc\r\n"
	for name, tc := range map[string]struct {
		heard string
		err   string
	}{
		"everything":    {message + message + "+OK\r\n", ""},
		"no message":    {"+OK\r\n", ""},
		"dropped":       {message + message, "dropped"},
		"nothing":       {"", "dropped"},
		"only part":     {message + "+OK", "dropped"},
		"after the end": {"+OK\r\n" + message, "dropped"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(tc.heard), iotest.OneByteReader(strings.NewReader(tc.heard))} {
				c := &client{in: bufio.NewReader(in)}
				if err := c.listen(); tc.err == "" && err != nil || tc.err != "" && !contains(err, tc.err) {
					t.Errorf("error %v", err)
				}
			}
		})
	}
	c := &client{in: bufio.NewReader(iotest.ErrReader(io.ErrClosedPipe))}
	if err := c.listen(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v", err)
	}
}

// hall is a server that answers each client's first command, says the rest when the second one arrives, and hangs up.
func hall(t *testing.T, first, rest string) *process {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 1<<10)
				c.Read(buf)
				io.WriteString(c, first)
				c.Read(buf)
				io.WriteString(c, rest)
			}()
		}
	}()
	return &process{name: "hall", port: l.Addr().(*net.TCPAddr).Port, exited: make(chan struct{})}
}

func TestSubscribers(t *testing.T) {
	const subscribed = "*3\r\n$9\r\nsubscribe\r\n$7\r\nchannel\r\n:1\r\n"
	for name, tc := range map[string]struct {
		n           int
		first, rest string
		err         string
	}{
		"all hear everything": {10, subscribed, "+OK\r\n", ""},
		"nobody":              {0, "", "", ""},
		"refused":             {2, "-NOPERM no channel\r\n", "", "NOPERM no channel"},
		"dropped":             {2, subscribed, "", "dropped"},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := hall(t, tc.first, tc.rest).subscribe(t.Context(), tc.n)
			if err == nil {
				err = g.leave()
			}
			if tc.err == "" && err != nil || tc.err != "" && !contains(err, tc.err) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestAudience(t *testing.T) {
	for _, w := range workloads {
		want := 0
		if strings.HasPrefix(w.command, "publish ") {
			want = 10
		}
		if got := w.audience(); got != want {
			t.Errorf("%s has %d subscribers, want %d", w.name, got, want)
		}
	}
}
