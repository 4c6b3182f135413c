//go:build linux

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestMain doubles as the program that TestDetach detaches.
func TestMain(m *testing.M) {
	if out := os.Getenv("DAEMON_TEST_OUT"); out != "" {
		detachAndReport(out)
		return
	}
	os.Exit(m.Run())
}

// detachAndReport detaches and lets the detached process write what it sees to a fifo, so that the test can wait for it.
func detachAndReport(out string) {
	stdin, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	parent, err := Detach(os.Getenv("DAEMON_TEST_DIR"), stdin)
	if err != nil {
		panic(err)
	}
	if parent {
		return
	}
	wd, _ := os.Getwd()
	tty, _ := os.Readlink("/proc/self/fd/1")
	sid, _, _ := syscall.RawSyscall(syscall.SYS_GETSID, 0, 0, 0)
	leader := int(sid) == os.Getpid()
	report := fmt.Sprintf("stdin=%s dir=%s args=%s stdout=%s leader=%v marker=%q", stdin, wd,
		strings.Join(os.Args[1:], ","), tty, leader, os.Getenv(marker))
	if err := os.WriteFile(out, []byte(report), 0o600); err != nil {
		panic(err)
	}
}

func TestDetach(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "report")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--port", "7777")
	cmd.Env = append(os.Environ(), "DAEMON_TEST_OUT="+fifo, "DAEMON_TEST_DIR="+dir)
	// More than a pipe holds: the detached process must get it all though its parent is gone.
	input := strings.Repeat("#", 1<<18)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("parent: %v\n%s", err, out)
	}
	got, err := os.ReadFile(fifo) // blocks until the detached process writes
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("stdin=%s dir=%s args=--port,7777 stdout=/dev/null leader=true marker=%q", input, dir, "")
	if string(got) != want {
		t.Errorf("detached process reports %.200q (%d bytes), want %.200q (%d bytes)", got, len(got), want, len(want))
	}
}

func TestPIDFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.pid")
	if err := RemovePIDFile(path); err != nil {
		t.Errorf("removing a missing file: %v", err)
	}
	if err := WritePIDFile(path); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != fmt.Sprintf("%d\n", os.Getpid()) {
		t.Errorf("file holds %q, %v", b, err)
	}
	if err := RemovePIDFile(path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("file is still there: %v", err)
	}
	if err := os.WriteFile(path, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := RemovePIDFile(path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("another process's file was removed: %v", err)
	}
	if err := WritePIDFile(filepath.Join(path, "below-a-file")); err == nil {
		t.Error("no error for an impossible path")
	}
}

func TestNotify(t *testing.T) {
	names := map[string]string{"path": filepath.Join(t.TempDir(), "notify"), "abstract": fmt.Sprintf("@synap-test-%d", os.Getpid())}
	for kind, name := range names {
		t.Run(kind, func(t *testing.T) {
			l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			t.Setenv("NOTIFY_SOCKET", name)
			t.Setenv("UPSTART_JOB", "")
			m := Detect()
			if m != Systemd {
				t.Fatalf("detected %v", m)
			}
			buf := make([]byte, 512)
			for _, step := range []struct {
				call func() error
				want string
			}{
				{m.Attach, "STATUS=Loading\n"},
				{m.Ready, "STATUS=Ready to accept connections\nREADY=1\n"},
				{m.Stopping, "STOPPING=1\n"},
			} {
				if err := step.call(); err != nil {
					t.Fatal(err)
				}
				n, err := l.Read(buf)
				if err != nil || string(buf[:n]) != step.want {
					t.Errorf("received %q, %v; want %q", buf[:n], err, step.want)
				}
			}
		})
	}
}

func TestNotifyWithoutManager(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("UPSTART_JOB", "")
	if err := Notify(Ready); !errors.Is(err, ErrNoSocket) {
		t.Errorf("Notify: %v", err)
	}
	if m := Detect(); m != None || m.Attach() != nil || m.Ready() != nil || m.Stopping() != nil {
		t.Errorf("detected %v", m)
	}
	if err := Upstart.Attach(); err == nil {
		t.Error("attached to an absent upstart")
	}
	t.Setenv("NOTIFY_SOCKET", "vsock:2:1234")
	if err := Notify(Ready); err == nil {
		t.Error("no error for another kind of socket")
	}
	t.Setenv("UPSTART_JOB", "redis")
	if m := Detect(); m != Upstart {
		t.Errorf("detected %v", m)
	}
}

func TestSignalContext(t *testing.T) {
	for _, tt := range []struct {
		sig  syscall.Signal
		name string
	}{{syscall.SIGTERM, "SIGTERM"}, {syscall.SIGINT, "SIGINT"}} {
		t.Run(tt.name, func(t *testing.T) {
			insisted := make(chan struct{}, 8)
			ctx, stop := SignalContext(context.Background(), func() { insisted <- struct{}{} })
			defer stop()
			send := func(sig syscall.Signal) {
				t.Helper()
				if err := syscall.Kill(os.Getpid(), sig); err != nil {
					t.Fatal(err)
				}
			}
			send(tt.sig)
			<-ctx.Done()
			var s Signal
			if !errors.As(context.Cause(ctx), &s) || s.SignalName() != tt.name {
				t.Errorf("cause %v, want %s", context.Cause(ctx), tt.name)
			}
			send(syscall.SIGTERM) // changes nothing; were it counted, there would be two
			send(syscall.SIGINT)
			<-insisted
			if len(insisted) > 0 {
				t.Error("a further SIGTERM counted as insisting")
			}
		})
	}
}
