package daemon

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Signal is the cause of a context that a signal cancelled.
type Signal struct{ os.Signal }

func (s Signal) Error() string { return "received " + s.String() }

// SignalName is how the log names a signal.
func (s Signal) SignalName() string {
	switch s.Signal {
	case syscall.SIGINT:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	}
	return s.String()
}

// SignalContext returns a context that SIGINT or SIGTERM cancels, with a Signal as the cause. Further SIGTERMs change
// nothing: supervisors send several. A SIGINT after the first signal comes from somebody who insists: insist is called.
// SIGHUP is ignored, so that the server survives its terminal, as Redis does.
func SignalContext(parent context.Context, insist func()) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, syscall.SIGINT, syscall.SIGTERM)
	signal.Ignore(syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for first := true; ; first = false {
			select {
			case s := <-ch:
				if first {
					cancel(Signal{s})
				} else if s == syscall.SIGINT {
					insist()
				}
			case <-done:
				return
			}
		}
	}()
	return ctx, func() {
		close(done) // the signals stay caught: they must not kill a process that is on its way out
		cancel(context.Canceled)
	}
}
