package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/urfave/cli/v2"
)

// The servers that bench starts die with the thread that started them (see bindToParent): that has to be the one thread
// that lasts as long as the process.
func init() { runtime.LockOSThread() }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// interrupted is the exit status of a program that ended because of SIGINT, as shells have it.
const interrupted = 130

func run(ctx context.Context, argv []string, stdout, stderr io.Writer) int {
	app := &cli.App{
		Name:            "synap",
		Usage:           "work with Synap servers",
		Writer:          stdout,
		ErrWriter:       stderr,
		HideHelpCommand: true,
		Commands:        []*cli.Command{benchCommand()},
		ExitErrHandler:  func(*cli.Context, error) {},
		OnUsageError:    usageError,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return fmt.Errorf("unknown command %q; see synap --help", c.Args().First())
			}
			return cli.ShowAppHelp(c)
		},
	}
	err := app.RunContext(ctx, argv)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "synap: interrupted")
		return interrupted
	case err != nil:
		fmt.Fprintf(stderr, "synap: %v\n", err)
		return 1
	}
	return 0
}

// usageError keeps the library from printing the whole help before the error.
func usageError(_ *cli.Context, err error, _ bool) error { return err }
