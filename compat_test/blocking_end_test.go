package compat

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestBlockedClientLeaves: a client that stops waiting takes nothing any more, and the next one gets what comes.
func TestBlockedClientLeaves(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, s *blockingStage, first *conn) string{
		"disconnects": func(_ *testing.T, _ *blockingStage, first *conn) string {
			first.close()
			return ""
		},
		"is killed": func(t *testing.T, s *blockingStage, _ *conn) string {
			return s.control.do(t, "CLIENT", "KILL", "ID", s.ids[0]).String()
		},
		"is unblocked": func(t *testing.T, s *blockingStage, first *conn) string {
			return s.control.do(t, "CLIENT", "UNBLOCK", s.ids[0]).String() + " " + first.read(t).String()
		},
		"is unblocked with TIMEOUT": func(t *testing.T, s *blockingStage, first *conn) string {
			return s.control.do(t, "CLIENT", "UNBLOCK", s.ids[0], "TIMEOUT").String() + " " + first.read(t).String()
		},
		"is unblocked with ERROR": func(t *testing.T, s *blockingStage, first *conn) string {
			return s.control.do(t, "CLIENT", "UNBLOCK", s.ids[0], "ERROR").String() + " " + first.read(t).String()
		},
		"waits no longer": func(t *testing.T, _ *blockingStage, first *conn) string { return first.read(t).String() },
	} {
		t.Run(name, func(t *testing.T) {
			var outcomes []string
			startPair(t).each(func(server *server) {
				s := newBlockingStage(t, server, "3")
				defer s.close()
				first, second := s.waiters[0], s.waiters[1]
				if err := first.send([]string{"BLPOP", "l", "k", "0.3"}); err != nil {
					t.Fatal(err)
				}
				s.awaitBlocked(t, 1)
				if err := second.send([]string{"BLMOVE", "k", "d", "LEFT", "LEFT", "0"}); err != nil {
					t.Fatal(err)
				}
				s.awaitBlocked(t, 2)
				outcome := leave(t, s, first)
				s.awaitBlocked(t, 1)
				outcome += " " + s.control.do(t, "RPUSH", "k", "a", "b").String() + " " + second.read(t).String()
				outcome += " " + s.control.do(t, "RPUSH", "l", "c").String() + " " + s.value(t, "k") + s.value(t, "l") + s.value(t, "d")
				outcomes = append(outcomes, outcome)
			})
			if outcomes[0] != outcomes[1] {
				t.Errorf("redis   %s\nsubject %s", outcomes[0], outcomes[1])
			}
		})
	}
}

// TestBlockedMultitude: ten thousand clients that wait on as many keys take little memory, and each is served.
func TestBlockedMultitude(t *testing.T) {
	const clients, most = 10_000, 8 << 10 // bytes per client
	s := startSubject(t, "--maxclients", strconv.Itoa(clients+100))
	control := dial(t, s)
	defer control.close()
	resident := func() int {
		n, err := strconv.Atoi(infoField(control.do(t, "INFO", "memory").payload(), "used_memory_rss"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := resident()
	waiting := make([]*conn, clients)
	for i := range waiting {
		waiting[i] = dial(t, s)
		defer waiting[i].close()
		if err := waiting[i].send([]string{"BLPOP", fmt.Sprint("queue:", i), "0"}); err != nil {
			t.Fatal(err)
		}
	}
	blocked := func() string { return infoField(control.do(t, "INFO", "clients").payload(), "blocked_clients") }
	for deadline := time.Now().Add(patience); blocked() != strconv.Itoa(clients); {
		if time.Now().After(deadline) {
			t.Fatalf("%s of %d clients wait", blocked(), clients)
		}
	}
	each := (resident() - before) / clients
	t.Logf("%d bytes for each client", each)
	if each > most && !selfMode {
		t.Errorf("%d bytes for each client, want at most %d", each, most)
	}
	for i := range waiting {
		if err := control.send([]string{"RPUSH", fmt.Sprint("queue:", i), strconv.Itoa(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range waiting {
		if got := control.read(t).String(); got != ":1" {
			t.Errorf("push %d: %s", i, got)
		}
		if got, want := c.read(t).String(), fmt.Sprintf(`["queue:%d", "%d"]`, i, i); got != want {
			t.Errorf("client %d got %s", i, got)
		}
	}
	if keys := control.do(t, "DBSIZE").String(); keys != ":0" || blocked() != "0" {
		t.Errorf("left: %s keys, %s clients that wait", keys, blocked())
	}
}

// infoField is the value of a line of INFO.
func infoField(text, name string) string {
	for _, line := range strings.Split(text, "\r\n") {
		if n, value, ok := strings.Cut(line, ":"); ok && n == name {
			return value
		}
	}
	return ""
}
