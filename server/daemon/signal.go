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

// SignalContext returns a context that SIGINT or SIGTERM cancels, with a Signal as the cause. A second signal ends the
// process at once, with exit code 1. SIGHUP is ignored, so that the server survives its terminal, as Redis does.
func SignalContext(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, syscall.SIGINT, syscall.SIGTERM)
	signal.Ignore(syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-ch:
			cancel(Signal{s})
		case <-done:
			return
		}
		select {
		case <-ch:
			os.Exit(1)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(ch)
		close(done)
		cancel(context.Canceled)
	}
}
