package compat

import (
	"os/exec"
	"runtime"
	"syscall"
)

// launches receives processes to start; one thread starts them all, because
// Linux ties the parent-death signal to the thread that forked.
var launches = make(chan launch)

type launch struct {
	cmd  *exec.Cmd
	done chan error
}

func init() {
	go func() {
		runtime.LockOSThread()
		for l := range launches {
			l.done <- l.cmd.Start()
		}
	}()
}

// startBound starts cmd so that it dies with this process, whatever ends it.
func startBound(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	l := launch{cmd, make(chan error)}
	launches <- l
	return <-l.done
}
