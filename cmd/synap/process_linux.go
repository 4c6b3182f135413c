package main

import (
	"os/exec"
	"syscall"
)

// bindToParent makes the process end with this one, however that ends. Linux ties this to the thread that starts the
// process: it is the main thread (see main).
func bindToParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
