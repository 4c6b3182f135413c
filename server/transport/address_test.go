package transport

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

func TestParseBind(t *testing.T) {
	for _, c := range []struct {
		in, addr string
		optional bool
	}{
		{"*", "0.0.0.0", false},
		{"::*", "::", false},
		{"-::*", "::", true},
		{"-::1", "::1", true},
		{"127.0.0.1", "127.0.0.1", false},
		{"-192.168.1.100", "192.168.1.100", true},
		{"::ffff:10.0.0.1", "10.0.0.1", false},
	} {
		t.Run(c.in, func(t *testing.T) {
			b, err := ParseBind(c.in)
			if err != nil || len(b.Addrs) != 1 || b.Addrs[0].String() != c.addr || b.Optional != c.optional || b.Text != c.in {
				t.Errorf("%+v, %v", b, err)
			}
		})
	}
	for _, in := range []string{"", "-"} {
		if _, err := ParseBind(in); err == nil {
			t.Errorf("%q: no error", in)
		}
	}
}

func TestEndpoints(t *testing.T) {
	none, err := (&Endpoints{}).Addresses()
	if err != nil || none != nil {
		t.Errorf("port 0 listens on %v, %v", none, err)
	}
	all, err := (&Endpoints{Port: 6379}).Addresses()
	if err != nil || fmt.Sprint(all) != "[{* [0.0.0.0] false} {-::* [::] true}]" {
		t.Errorf("%v, %v", all, err)
	}
	if p := (&Endpoints{Port: AnyPort}).ListenPort(); p != 0 {
		t.Errorf("port %d", p)
	}
	if n := (&Endpoints{}).ListenBacklog(); n != 511 {
		t.Errorf("backlog %d", n)
	}
}

func TestFormat(t *testing.T) {
	for in, want := range map[string]string{
		"127.0.0.1:1": "127.0.0.1:1", "[::1]:6379": "[::1]:6379", "[::ffff:10.0.0.1]:5": "10.0.0.1:5",
	} {
		if got := FormatTCP(netip.MustParseAddrPort(in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if got := FormatUnix("/tmp/s"); got != "/tmp/s:0" {
		t.Error(got)
	}
}

func TestKeepAliveTimes(t *testing.T) {
	for _, c := range []struct {
		period                time.Duration
		idle, interval, count int
	}{{300 * time.Second, 300, 100, 3}, {time.Second, 1, 1, 3}, {time.Millisecond, 1, 1, 3}} {
		if a, b, n := KeepAliveTimes(c.period); a != c.idle || b != c.interval || n != c.count {
			t.Errorf("%v: %d %d %d", c.period, a, b, n)
		}
	}
}

func TestBackoff(t *testing.T) {
	var b Backoff
	if !b.First() {
		t.Error("nothing failed yet")
	}
	var sum time.Duration
	for i, ms := range []int{5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000} {
		d := b.Pause()
		if d != time.Duration(ms)*time.Millisecond {
			t.Errorf("pause %d is %v", i, d)
		}
		sum += d
	}
	b.Reset()
	if !b.First() || b.Pause() != backoffMin || sum < 3*time.Second {
		t.Error("Reset starts anew")
	}
}

func TestStatsTotal(t *testing.T) {
	s := Stats{Loops: []LoopStats{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {Conns: 10}}}
	if got := s.Total(); got != (LoopStats{11, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
		t.Errorf("%+v", got)
	}
}
