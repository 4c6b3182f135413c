package transport

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// sockets plays the system: what is open, what it refuses.
type sockets struct {
	open   []string
	fails  map[string]error
	blocks map[string]string // an address that cannot be opened while another is open
	calls  []string
}

func (s *sockets) listen(t Target) (string, error) {
	name := t.Path
	if name == "" {
		name = t.Addr.String()
	}
	s.calls = append(s.calls, "+"+name)
	if err := s.fails[name]; err != nil {
		return "", err
	}
	if slices.Contains(s.open, s.blocks[name]) || slices.Contains(s.open, name) {
		return "", fmt.Errorf("bind: %w", syscall.EADDRINUSE)
	}
	s.open = append(s.open, name)
	return name, nil
}

func (s *sockets) shut(name string) {
	s.calls = append(s.calls, "-"+name)
	s.open = slices.DeleteFunc(s.open, func(n string) bool { return n == name })
}

func TestRebind(t *testing.T) {
	missing, strange := syscall.EADDRNOTAVAIL, errors.New("strange")
	for _, c := range []struct {
		name, have, want string // addresses; "-" in front: optional
		fails            map[string]error
		blocks           map[string]string
		open, calls      string
		fail             bool
	}{
		{name: "first", want: "1.1.1.1:1 2.2.2.2:1 /s", open: "1.1.1.1:1 2.2.2.2:1 /s", calls: "+1.1.1.1:1 +2.2.2.2:1 +/s"},
		{name: "same", have: "1.1.1.1:1 /s", want: "1.1.1.1:1 /s", open: "1.1.1.1:1 /s"},
		{name: "order", have: "1.1.1.1:1 2.2.2.2:1", want: "3.3.3.3:1 2.2.2.2:1 1.1.1.1:1", open: "3.3.3.3:1 2.2.2.2:1 1.1.1.1:1", calls: "+3.3.3.3:1"},
		{name: "new first", have: "1.1.1.1:1", want: "1.1.1.1:2", open: "1.1.1.1:2", calls: "+1.1.1.1:2 -1.1.1.1:1"},
		{name: "none", have: "1.1.1.1:1 /s", calls: "-1.1.1.1:1 -/s"},
		{name: "skipped", want: "1.1.1.1:1 -2.2.2.2:1", fails: map[string]error{"2.2.2.2:1": missing}, open: "1.1.1.1:1", calls: "+1.1.1.1:1 +2.2.2.2:1"},
		{name: "not optional", have: "1.1.1.1:1", want: "1.1.1.1:2 2.2.2.2:2", fails: map[string]error{"2.2.2.2:2": missing},
			open: "1.1.1.1:1", calls: "+1.1.1.1:2 +2.2.2.2:2 -1.1.1.1:2", fail: true},
		{name: "no such protocol", want: "1.1.1.1:1 [::1]:1", fails: map[string]error{"[::1]:1": syscall.EAFNOSUPPORT}, open: "1.1.1.1:1", calls: "+1.1.1.1:1 +[::1]:1"},
		{name: "nothing left of TCP", have: "1.1.1.1:1", want: "-2.2.2.2:1 /s", fails: map[string]error{"2.2.2.2:1": missing},
			open: "1.1.1.1:1", calls: "+2.2.2.2:1 +/s -/s", fail: true},
		{name: "in the way", have: "0.0.0.0:1", want: "1.1.1.1:1", blocks: map[string]string{"1.1.1.1:1": "0.0.0.0:1"},
			open: "1.1.1.1:1", calls: "-0.0.0.0:1 +1.1.1.1:1"},
		{name: "in the way of the wildcard", have: "1.1.1.1:1 2.2.2.2:2", want: "0.0.0.0:1", blocks: map[string]string{"0.0.0.0:1": "1.1.1.1:1"},
			open: "0.0.0.0:1", calls: "-1.1.1.1:1 +0.0.0.0:1 -2.2.2.2:2"},
		{name: "other protocol", have: "0.0.0.0:1", want: "[::1]:1", open: "[::1]:1", calls: "+[::1]:1 -0.0.0.0:1"},
		{name: "in the way, in vain", have: "0.0.0.0:1 /s", want: "1.1.1.1:1 2.2.2.2:1 /s", blocks: map[string]string{"1.1.1.1:1": "0.0.0.0:1"},
			fails: map[string]error{"2.2.2.2:1": strange}, open: "/s 0.0.0.0:1",
			calls: "-0.0.0.0:1 +1.1.1.1:1 +2.2.2.2:1 -1.1.1.1:1 +0.0.0.0:1", fail: true},
		{name: "not again", have: "0.0.0.0:1 /s", want: "1.1.1.1:1 2.2.2.2:1", fails: map[string]error{"2.2.2.2:1": strange, "0.0.0.0:1": strange},
			open: "/s", calls: "-0.0.0.0:1 +1.1.1.1:1 +2.2.2.2:1 -1.1.1.1:1 +0.0.0.0:1", fail: true},
		{name: "somebody else's port", have: "1.1.1.1:1", want: "1.1.1.1:2", fails: map[string]error{"1.1.1.1:2": syscall.EADDRINUSE},
			open: "1.1.1.1:1", calls: "+1.1.1.1:2", fail: true},
		{name: "other errors close nothing", have: "1.1.1.1:1", want: "1.1.1.1:2", fails: map[string]error{"1.1.1.1:2": strange},
			open: "1.1.1.1:1", calls: "+1.1.1.1:2", fail: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &sockets{}
			have, err := Rebind(nil, targets(t, c.have), s.listen, s.shut)
			if err != nil {
				t.Fatal(err)
			}
			s.calls, s.fails, s.blocks = nil, c.fails, c.blocks
			got, err := Rebind(have, targets(t, c.want), s.listen, s.shut)
			if (err != nil) != c.fail {
				t.Errorf("error %v", err)
			}
			var list []string
			for _, l := range got {
				list = append(list, l.Socket)
			}
			if strings.Join(list, " ") != c.open || strings.Join(s.calls, " ") != c.calls {
				t.Errorf("open %v, want %s\ncalls %v, want %s", list, c.open, s.calls, c.calls)
			}
			slices.Sort(list)
			slices.Sort(s.open)
			if !slices.Equal(list, s.open) {
				t.Errorf("returned %v, but %v are open", list, s.open)
			}
		})
	}
}

func targets(t *testing.T, list string) (out []Target) {
	t.Helper()
	for _, name := range strings.Fields(list) {
		name, optional := strings.CutPrefix(name, "-")
		if strings.HasPrefix(name, "/") {
			out = append(out, Target{Path: name})
			continue
		}
		at, err := netip.ParseAddrPort(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Target{Addr: at, Optional: optional})
	}
	return out
}

func TestTargets(t *testing.T) {
	e := Endpoints{Bind: []string{"127.0.0.1", "-::1", "127.0.0.1"}, Port: 7, Unix: "/s"}
	got, err := e.Targets()
	if err != nil || len(got) != 3 || got[0].Addr.String() != "127.0.0.1:7" || got[1].Addr.String() != "[::1]:7" ||
		!got[1].Optional || got[0].Optional || got[2].Path != "/s" {
		t.Errorf("%+v, %v", got, err)
	}
	e = Endpoints{Bind: []string{""}, Port: 7}
	if _, err := e.Targets(); err == nil {
		t.Error("an empty address is no error")
	}
}
