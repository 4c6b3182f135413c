package compat

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Bounds for hangs; nothing is timed against them.
const (
	patience      = 15 * time.Second // for a server to start, close or stop
	replyPatience = 5 * time.Second  // for a reply that may never come
)

// selfMode compares Redis with Redis.
var selfMode = os.Getenv("SYNAP_COMPAT_SELF") == "1"

// server is one running process under test.
type server struct {
	name     string // "redis" or "synap"
	port     int
	password string
	dir      string
	output   bytes.Buffer // of the process, whole once exited is closed
	cmd      *exec.Cmd
	exited   chan struct{} // closed when the process is gone
	gone     bool          // the test shut it down itself
}

// pair is the oracle and the subject, started with the same flags.
type pair struct {
	oracle, subject *server
}

// each calls f for the oracle, then for the subject.
func (p *pair) each(f func(*server)) {
	f(p.oracle)
	f(p.subject)
}

// startPair starts both servers and stops and audits them when the test ends.
func startPair(t testing.TB, flags ...string) *pair {
	t.Helper()
	return &pair{startOracle(t, flags...), startSubject(t, flags...)}
}

func startOracle(t testing.TB, flags ...string) *server {
	t.Helper()
	return start(t, "redis", redisBinary(t), flags...)
}

func startSubject(t testing.TB, flags ...string) *server {
	t.Helper()
	if selfMode {
		return start(t, "redis(subject)", redisBinary(t), flags...)
	}
	return start(t, "synap", synapBinary(t), flags...)
}

func redisBinary(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatalf("compatibility is measured against a real redis-server and none is in PATH: %v", err)
	}
	return path
}

// build is the one build of Synap all tests of a run share.
var build struct {
	once sync.Once
	dir  string
	path string
	err  error
}

func synapBinary(t testing.TB) string {
	t.Helper()
	build.once.Do(func() {
		if build.path = os.Getenv("SYNAP_SERVER"); build.path != "" {
			return
		}
		if build.dir, build.err = os.MkdirTemp("", "synap-compat-"); build.err != nil {
			return
		}
		build.path = filepath.Join(build.dir, "synap-server")
		out, err := exec.Command("go", "build", "-o", build.path, "synap/cmd/synap-server").CombinedOutput()
		if err != nil {
			build.err = fmt.Errorf("building synap-server: %w\n%s", err, out)
		}
	})
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.path
}

func TestMain(m *testing.M) {
	code := m.Run()
	if build.dir != "" {
		os.RemoveAll(build.dir)
	}
	os.Exit(code)
}

// start runs binary on a free port and waits until it answers PING. A port that
// somebody else took between choosing and binding is replaced by another one.
func start(t testing.TB, name, binary string, flags ...string) *server {
	t.Helper()
	for try := 1; ; try++ {
		s, err := launchServer(t, name, binary, flags)
		if err == nil {
			t.Cleanup(func() { s.stop(t) })
			return s
		}
		if try == 3 {
			t.Fatalf("starting %s: %v", name, err)
		}
	}
}

func launchServer(t testing.TB, name, binary string, flags []string) (*server, error) {
	t.Helper()
	s := &server{name: name, port: freePort(t), dir: t.TempDir(), exited: make(chan struct{})}
	var args []string
	if len(flags) > 0 && !strings.HasPrefix(flags[0], "--") {
		args, flags = flags[:1:1], flags[1:] // a configuration file comes first
	}
	args = append(args,
		"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--dir", s.dir,
		"--logfile", filepath.Join(s.dir, "log"), "--save", "", "--appendonly", "no",
		"--enable-debug-command", "yes",
	)
	for i := 0; i+1 < len(flags); i++ {
		if flags[i] == "--requirepass" {
			s.password = flags[i+1]
		}
	}
	s.cmd = exec.Command(binary, append(args, flags...)...)
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	if err := startBound(s.cmd); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait() // the exit code is read from ProcessState
		close(s.exited)
	}()
	if err := s.awaitPong(); err != nil {
		_ = s.cmd.Process.Kill()
		<-s.exited
		return nil, fmt.Errorf("%w\n%s%s", err, s.output.String(), s.log())
	}
	return s, nil
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *server) addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

func (s *server) awaitPong() error {
	for deadline := time.Now().Add(patience); ; {
		err := s.ping()
		if err == nil {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("exited at start: %v", s.cmd.ProcessState)
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no PONG: %w", err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// ping asks for a PONG over a connection of its own.
func (s *server) ping() error {
	nc, err := net.DialTimeout("tcp", s.addr(), patience)
	if err != nil {
		return err
	}
	c := newConn(nc)
	defer c.close()
	request := [][]string{{"PING"}}
	if s.password != "" {
		request = [][]string{{"AUTH", s.password}, {"PING"}}
	}
	if err := c.send(request...); err != nil {
		return err
	}
	var raw []byte
	for range request {
		if raw, err = c.readRaw(); err != nil {
			return err
		}
	}
	if string(raw) != "+PONG\r\n" {
		return fmt.Errorf("PING answered %q", raw)
	}
	return nil
}

func (s *server) log() string {
	b, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err.Error()
	}
	return string(b)
}

// audit checks that the server survived the test: it answers and its log holds
// no sign of a crash.
func (s *server) audit(t testing.TB) {
	t.Helper()
	if !s.gone {
		if err := s.ping(); err != nil {
			t.Errorf("%s is unwell after the test: %v", s.name, err)
		}
	}
	log := s.log()
	for _, sign := range []string{"panic", "fatal error:", "DATA RACE", "goroutine ", "REDIS BUG REPORT"} {
		if at := strings.Index(log, sign); at >= 0 {
			t.Errorf("%s logged a crash:\n%s", s.name, clip(log[at:], 4000))
			return
		}
	}
}

// awaitExit waits for a server the test has shut down and returns its exit code.
func (s *server) awaitExit(t testing.TB) int {
	t.Helper()
	select {
	case <-s.exited:
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		<-s.exited
		t.Errorf("%s did not exit", s.name)
	}
	s.gone = true
	return s.cmd.ProcessState.ExitCode()
}

func (s *server) stop(t testing.TB) {
	t.Helper()
	s.audit(t)
	if s.gone {
		return
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		<-s.exited
		t.Errorf("%s was gone before SIGTERM: %v\n%s\n%s", s.name, err, clip(s.log(), 4000), clip(s.output.String(), 4000))
		return
	}
	if code := s.awaitExit(t); code != 0 {
		t.Errorf("%s exited with code %d on SIGTERM\n%s", s.name, code, clip(s.log(), 4000))
	}
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "..."
}
