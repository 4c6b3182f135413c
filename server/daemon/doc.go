// Package daemon is what a server owes the process manager that runs it: detaching from the terminal, the pid file,
// and telling systemd or upstart that it is ready.
//
// A Go process has threads before main starts and so cannot fork itself into the background. [Detach] starts the same
// program again, as a session leader with its standard streams on /dev/null, in the directory where the parent was
// started, so that the child reads the same configuration; what the parent read from standard input is passed on. A
// variable in the child's environment keeps it from detaching again.
//
// The readiness protocol is a datagram to the socket named by NOTIFY_SOCKET (sd_notify(3)); no library is needed.
package daemon
