//go:build unix

package daemon

import (
	"bytes"
	"os"
	"os/exec"
	"syscall"
)

// marker is set in the environment of a detached process.
const marker = "SYNAP_DETACHED"

// Detach moves the server to the background. In the process that the user started it starts the detached one in dir,
// passes it stdin, and returns true: the caller exits. In the detached process it returns false.
func Detach(dir string, stdin []byte) (parent bool, err error) {
	if os.Getenv(marker) != "" {
		return false, os.Unsetenv(marker)
	}
	program, err := os.Executable()
	if err != nil {
		return false, err
	}
	cmd := &exec.Cmd{
		Path:        program,
		Args:        os.Args,
		Dir:         dir,
		Env:         append(os.Environ(), marker+"=1", "PWD="+dir),
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if stdin == nil {
		return true, cmd.Start()
	}
	// The child must be able to read all of it even after this process is gone, so a pipe fed by a goroutine is not
	// enough: an unlinked file is.
	f, err := os.CreateTemp("", "synap-config-")
	if err != nil {
		return false, err
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return false, err
	}
	if _, err := f.ReadFrom(bytes.NewReader(stdin)); err != nil {
		return false, err
	}
	if _, err := f.Seek(0, 0); err != nil {
		return false, err
	}
	cmd.Stdin = f
	return true, cmd.Start()
}

func stopSelf() error { return syscall.Kill(os.Getpid(), syscall.SIGSTOP) }
