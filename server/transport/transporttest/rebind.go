package transporttest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"synap/server/transport"
)

// rebind changes the endpoints with the world stopped.
func (r *rig) rebind(e transport.Endpoints) (err error) {
	r.host.Alone(func() { err = r.srv.Rebind(e) })
	return err
}

// occupied listens at a port until the test ends, or until it is closed.
func occupied(t *testing.T) (port int, ln net.Listener) {
	t.Helper()
	// Below the range from which systems take the ports of outgoing connections: nobody else gets it meanwhile.
	for range 100 {
		if ln, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000))); err == nil {
			t.Cleanup(func() { ln.Close() })
			return ln.Addr().(*net.TCPAddr).Port, ln
		}
	}
	t.Fatal("no free port")
	return 0, nil
}

func refuses(addr string) bool {
	ok, err := dialOnce(addr)
	return !ok && err != nil
}

func testRebind(t *testing.T, r *rig) {
	r.start()
	first, e := r.srv.Addrs()[0], r.opt.Endpoints
	before := slices.Clone(r.srv.Addrs())
	old := []*Client{r.dial(), r.dialUnix()}
	ping := func() {
		t.Helper()
		for _, c := range old {
			c.Ping()
		}
	}
	if err := r.rebind(e); err != nil || !slices.Equal(r.srv.Addrs(), before) {
		t.Fatalf("the same endpoints: %v, %v", err, r.srv.Addrs())
	}
	ping()
	port, ln := occupied(t)
	ln.Close()
	e.Port, e.Unix = port, filepath.Join(t.TempDir(), "t")
	if err := r.rebind(e); err != nil {
		t.Fatal(err)
	}
	want := []string{fmt.Sprintf("127.0.0.1:%d", port), e.Unix}
	if got := r.srv.Addrs(); !slices.Equal(got, want) {
		t.Errorf("listens at %v, want %v", got, want)
	}
	if !refuses(first) {
		t.Error("the old address still accepts")
	}
	if _, err := os.Stat(r.opt.Unix); err == nil {
		t.Error("the old unix socket is still there")
	}
	for _, addr := range want {
		old = append(old, Dial(t, addr))
	}
	ping()
	// A client may ask for it: then its own turn is the only one.
	e.Port = 0
	var err error
	r.host.Sessions()[0].Alone(func() { err = r.srv.Rebind(e) })
	if err != nil || !slices.Equal(r.srv.Addrs(), want[1:]) || !refuses(want[0]) {
		t.Errorf("without TCP: %v, %v", err, r.srv.Addrs())
	}
	ping()
	e.Unix = ""
	if err := r.rebind(e); err != nil || len(r.srv.Addrs()) != 0 {
		t.Errorf("without any: %v, %v", err, r.srv.Addrs())
	}
	ping()
	if err := r.rebind(r.opt.Endpoints); err != nil {
		t.Fatal(err)
	}
	r.both(func(c *Client) { c.Ping() })
}

func testRebindFails(t *testing.T, r *rig) {
	r.start()
	c := r.dial()
	before := slices.Clone(r.srv.Addrs())
	taken, _ := occupied(t)
	path := filepath.Join(t.TempDir(), "t")
	for _, e := range []transport.Endpoints{
		{Bind: []string{"127.0.0.1"}, Port: taken, Unix: path},
		{Bind: []string{"127.0.0.1", "192.0.2.1"}, Port: transport.AnyPort, Unix: path},
		{Bind: []string{"-192.0.2.1"}, Port: transport.AnyPort, Unix: path},
		{Bind: []string{""}, Port: transport.AnyPort, Unix: path},
		{Bind: []string{"127.0.0.1"}, Port: transport.AnyPort, Unix: filepath.Join(path, "no", "such", "directory")},
	} {
		if err := r.rebind(e); err == nil {
			t.Errorf("%+v: no error", e)
		}
		if got := r.srv.Addrs(); len(got) != 2 || got[1] != before[1] {
			t.Errorf("%+v: listens at %v, before at %v", e, got, before)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%+v: the new unix socket is there", e)
		}
		c.Ping()
		r.both(func(c *Client) { c.Ping() })
	}
}

// testRebindInTheWay: the wildcard address and a single one cannot listen at the same port.
func testRebindInTheWay(t *testing.T, r *rig) {
	port, ln := occupied(t)
	ln.Close()
	r.opt.Bind, r.opt.Port = []string{"127.0.0.1"}, port
	r.open()
	c, e := r.dial(), r.opt.Endpoints
	c.Ping() // it is accepted: closing the socket would reset it otherwise
	e.Bind = []string{"*"}
	if err := r.rebind(e); err != nil || !slices.Equal(r.srv.Addrs(), []string{fmt.Sprintf("0.0.0.0:%d", e.Port)}) {
		t.Fatalf("%v: listens at %v", err, r.srv.Addrs())
	}
	loopback := fmt.Sprintf("127.0.0.1:%d", e.Port)
	Dial(t, loopback).Ping()
	e.Bind = []string{"127.0.0.1", "192.0.2.1"}
	if err := r.rebind(e); err == nil || !slices.Equal(r.srv.Addrs(), []string{fmt.Sprintf("0.0.0.0:%d", e.Port)}) {
		t.Errorf("%v: listens at %v", err, r.srv.Addrs())
	}
	Dial(t, loopback).Ping()
	c.Ping()
}

func testRebindStopping(t *testing.T, r *rig) {
	r.start()
	r.srv.Stop()
	if err := r.rebind(r.opt.Endpoints); !errors.Is(err, transport.ErrStopping) {
		t.Error(err)
	}
	r.srv.Shutdown(time.Now())
	if err := r.rebind(r.opt.Endpoints); !errors.Is(err, transport.ErrStopping) {
		t.Error(err)
	}
}
