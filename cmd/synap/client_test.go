package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"synap/server/resp"
)

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
	sh.elements = 2*loadBatch + 1
	c, got := serve(t, func(int) string { return "+OK\r\n" })
	if err := c.load(sh); err != nil {
		t.Error(err)
	}
	keys := got()
	if len(keys) != sh.elements {
		t.Errorf("%d commands arrived, want %d", len(keys), sh.elements)
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
	if err := c.load(strings64); !contains(err, "OOM command not allowed") {
		t.Errorf("error %v", err)
	}
	got()
}

// TestDiscard: all of a reply is read, whatever it is, and errors are found wherever they are.
func TestDiscard(t *testing.T) {
	for _, tc := range []struct {
		replies string
		n       int
		err     string
	}{
		{"+OK\r\n", 1, ""},
		{":12\r\n-ERR no\r\n", 2, "ERR no"},
		{"$5\r\na\r\nbc\r\n+OK\r\n", 2, ""},
		{"$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n", 4, ""},
		{"*2\r\n*2\r\n$1\r\na\r\n:1\r\n+b\r\n", 1, ""},
		{"*2\r\n:1\r\n-NOPERM\r\n", 1, "NOPERM"},
		{"$many\r\n", 1, "many"},
		{"*few\r\n", 1, "few"},
		{"$9223372036854775807\r\n", 1, "negative count"},
		{"$5\r\nab", 1, "EOF"},
		{"*2\r\n:1\r\n", 1, "EOF"},
		{"\r\n", 1, "the server replied"},
		{"+OK\r\n", 2, "EOF"},
	} {
		in := strings.NewReader(tc.replies)
		c := &client{in: bufio.NewReader(in)}
		err := c.discard(tc.n)
		if tc.err == "" && err != nil || tc.err != "" && !contains(err, tc.err) {
			t.Errorf("%q: error %v", tc.replies, err)
		}
		if left := c.in.Buffered() + in.Len(); err == nil && left > 0 {
			t.Errorf("%q: %d bytes are left", tc.replies, left)
		}
	}
}
