//go:build unix

package metric

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// ReadCPU returns the processor time used so far.
func ReadCPU() CPU {
	return CPU{Self: usage(unix.RUSAGE_SELF), Children: usage(unix.RUSAGE_CHILDREN), MainThread: mainThread()}
}

func usage(who int) Usage {
	var r unix.Rusage
	if err := unix.Getrusage(who, &r); err != nil {
		return Usage{}
	}
	return Usage{User: time.Duration(r.Utime.Nano()), System: time.Duration(r.Stime.Nano())}
}

// OS returns the name, release and machine type of the operating system: "Linux 6.1.0 x86_64".
func OS() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return runtime.GOOS + " " + runtime.GOARCH
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:]) + " " +
		unix.ByteSliceToString(u.Machine[:])
}
