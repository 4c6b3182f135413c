package daemon

import (
	"errors"
	"net"
	"os"
	"strings"
)

// States for Notify.
const (
	Ready    = "READY=1"
	Stopping = "STOPPING=1"
)

// Status is a state for Notify: a line that systemctl shows.
func Status(text string) string { return "STATUS=" + strings.ReplaceAll(text, "\n", " ") }

// ErrNoSocket means that no process manager is listening.
var ErrNoSocket = errors.New("NOTIFY_SOCKET is not set")

// Notify sends states to the service manager (sd_notify(3)).
func Notify(states ...string) error {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return ErrNoSocket
	}
	if name[0] != '/' && name[0] != '@' {
		return errors.New("NOTIFY_SOCKET is not a unix socket: " + name)
	}
	// A leading @ is an abstract socket, to package net as well.
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return err
	}
	_, err = conn.Write([]byte(strings.Join(states, "\n") + "\n"))
	if cerr := conn.Close(); err == nil {
		err = cerr
	}
	return err
}

// Manager is a process manager.
type Manager int

// Process managers.
const (
	None Manager = iota
	Systemd
	Upstart
)

func (m Manager) String() string { return [...]string{"none", "systemd", "upstart"}[m] }

// Detect finds the process manager that started this process by what it left in the environment.
func Detect() Manager {
	switch {
	case os.Getenv("UPSTART_JOB") != "":
		return Upstart
	case os.Getenv("NOTIFY_SOCKET") != "":
		return Systemd
	}
	return None
}

// Attach tells the manager that the process is starting. With an error the process is not supervised after all.
func (m Manager) Attach() error {
	switch m {
	case Systemd:
		return Notify(Status("Loading"))
	case Upstart:
		if os.Getenv("UPSTART_JOB") == "" {
			return errors.New("UPSTART_JOB is not set")
		}
		// upstart takes a stopped process (expect stop) for a ready one and continues it.
		if err := stopSelf(); err != nil {
			return err
		}
		return os.Unsetenv("UPSTART_JOB")
	}
	return nil
}

// Ready tells the manager that the server accepts connections.
func (m Manager) Ready() error {
	if m != Systemd {
		return nil
	}
	return Notify(Status("Ready to accept connections"), Ready)
}

// Stopping tells the manager that shutdown has begun.
func (m Manager) Stopping() error {
	if m != Systemd {
		return nil
	}
	return Notify(Stopping)
}
