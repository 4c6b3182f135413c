//go:build !unix

package metric

import "runtime"

// ReadCPU is unknown on this platform and returns zeros.
func ReadCPU() CPU { return CPU{} }

// OS returns the name and machine type of the operating system.
func OS() string { return runtime.GOOS + " " + runtime.GOARCH }
