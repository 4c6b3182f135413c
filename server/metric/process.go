package metric

import (
	"os"
	"path/filepath"
	"time"
)

// Usage is processor time.
type Usage struct {
	User, System time.Duration
}

// CPU is the processor time used so far.
type CPU struct {
	Self       Usage // all threads of the process
	Children   Usage // child processes that have ended
	MainThread Usage // the first thread, in steps of 10 ms
}

// Executable returns the absolute path of the program, or what it was started as if that is unknown.
func Executable() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	path, err := filepath.Abs(os.Args[0])
	if err != nil {
		return os.Args[0]
	}
	return path
}
