package main

import (
	"bytes"
	"context"
	"encoding/binary"
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
	"time"
)

// process is a running server.
type process struct {
	name   string
	port   int
	dir    string // its own, removed at the end
	cmd    *exec.Cmd
	output lockedBuffer
	exited chan struct{} // closed when the process is gone
}

// lockedBuffer is what a process has said so far.
type lockedBuffer struct {
	mu struct {
		sync.Mutex
		b bytes.Buffer
	}
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mu.b.Write(b)
}

// end returns the last lines.
func (l *lockedBuffer) end() string {
	const most = 2000
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.mu.b.Bytes()
	return string(b[max(len(b)-most, 0):])
}

// Bounds of waiting for servers.
const (
	startTime = 15 * time.Second
	stopTime  = 10 * time.Second
	pollTime  = 10 * time.Millisecond
)

// start runs a server and waits until it answers. Between choosing a free port and its use somebody else may take it:
// then another one is tried.
func start(ctx context.Context, p program) (s *process, err error) {
	for range 3 {
		if s, err = launch(ctx, p); err == nil || ctx.Err() != nil {
			return s, err
		}
	}
	return nil, fmt.Errorf("starting %s: %w", p.name, err)
}

func launch(ctx context.Context, p program) (*process, error) {
	s := &process{name: p.name, exited: make(chan struct{})}
	var err error
	if s.port, err = freePort(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "synap-bench-"); err != nil {
		return nil, err
	}
	s.cmd = exec.Command(p.path, "--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--dir", s.dir, "--save", "",
		"--appendonly", "no")
	s.cmd.Stdout, s.cmd.Stderr, s.cmd.Dir = &s.output, &s.output, s.dir
	bindToParent(s.cmd)
	if err := s.cmd.Start(); err != nil {
		os.RemoveAll(s.dir)
		return nil, err
	}
	go func() {
		s.cmd.Wait() // how it ended does not matter: it has to be there
		close(s.exited)
	}()
	if err := s.await(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// await waits for the first PONG.
func (s *process) await(ctx context.Context) error {
	ctx, cancel := s.context(ctx)
	defer cancel(nil)
	ctx, stop := context.WithTimeout(ctx, startTime)
	defer stop()
	for {
		err := s.ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(pollTime):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

func (s *process) ping(ctx context.Context) error {
	c, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.ask("PING")
}

// context returns a context that ends with the process too.
func (s *process) context(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-s.exited:
			cancel(fmt.Errorf("%s exited\n%s", s.name, s.output.end()))
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// stop ends the server and removes its directory.
func (s *process) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM) // fails if it has gone, which is as good
	select {
	case <-s.exited:
	case <-time.After(stopTime):
		s.cmd.Process.Kill()
		<-s.exited
	}
	os.RemoveAll(s.dir)
}

// proc reads a file of the process's directory in /proc.
func (s *process) proc(file string) (string, error) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), file))
	return string(b), err
}

// cpu is the processor time the process has used.
func (s *process) cpu() (time.Duration, error) {
	text, err := s.proc("stat")
	if err != nil {
		return 0, err
	}
	auxv, err := os.ReadFile("/proc/self/auxv")
	if err != nil {
		return 0, err
	}
	return parseCPU(text, clockTicks(auxv))
}

// parseCPU reads utime and stime, fields 14 and 15 of /proc/PID/stat (proc_pid_stat(5)), in ticks of which there are perSecond.
// The second field is the program's name in parentheses, which may itself hold spaces and parentheses.
func parseCPU(stat string, perSecond int64) (time.Duration, error) {
	_, rest, found := cutLast(stat, ")")
	fields := strings.Fields(rest)
	if !found || len(fields) < 13 {
		return 0, fmt.Errorf("/proc: stat has %d fields", len(fields))
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	if err := errors.Join(err, err2); err != nil {
		return 0, err
	}
	return time.Duration(user+system) * time.Second / time.Duration(perSecond), nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// clockTicks finds the length of a tick in the auxiliary vector (getauxval(3)): pairs of machine words.
func clockTicks(auxv []byte) int64 {
	const atClockTick, usual = 17, 100
	word := strconv.IntSize / 8
	read := func(b []byte) uint64 {
		if word == 4 {
			return uint64(binary.NativeEndian.Uint32(b))
		}
		return binary.NativeEndian.Uint64(b)
	}
	for ; len(auxv) >= 2*word; auxv = auxv[2*word:] {
		if n := read(auxv[word:]); read(auxv) == atClockTick && n > 0 && n <= 1e6 {
			return int64(n)
		}
	}
	return usual
}

// resident is the process's resident memory in bytes.
func (s *process) resident() (int64, error) {
	text, err := s.proc("status")
	if err != nil {
		return 0, err
	}
	return parseResident(text)
}

// parseResident reads the line "VmRSS: N kB" of /proc/PID/status.
func parseResident(status string) (int64, error) {
	for line := range strings.Lines(status) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" && f[2] == "kB" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("/proc: status has no VmRSS")
}
