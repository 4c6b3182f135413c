// Package metric measures the process and the rates at which things happen in it, for INFO and the limits derived from
// the machine.
//
// A Rate averages the last 16 readings of a counter, taken about every 100 ms, as Redis does for its instantaneous_
// fields: dashboards expect a value that is steady within a second and gone two seconds after the load. Exponential
// averages would never quite reach zero.
//
// Facts about the process come from /proc on Linux. Elsewhere the portable sources of the Go runtime and, on Unix,
// getrusage(2) stand in; what cannot be known is 0, which INFO shows as such. Nothing here fails: a missing or odd file
// is the same as an unknown fact.
//
// The memory limit is the tightest of the machine's memory and the limits of the control groups (version 1 or 2) around
// the process. In a container only the latter means anything.
//
// Functions are safe for concurrent use; a Rate is not, a Peak is.
package metric
