// Command synap-server is the Synap daemon. Its command line is that of redis-server; see package config.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"synap/server"
	"synap/server/config"
	"synap/server/daemon"
	"synap/server/logging"
)

func main() { os.Exit(run(os.Args)) }

func run(argv []string) int {
	cfg, err := config.FromCommandLine(argv, config.System())
	if err != nil {
		return report(err)
	}
	log, err := newLogger(cfg)
	if err != nil {
		fmt.Fprintf(os.Stderr, "Can't connect to syslog: %v\n", err)
		return 1
	}
	defer log.Close()
	manager := supervise(cfg, log)
	background := cfg.Daemonize && manager == daemon.None
	if background {
		parent, err := daemon.Detach(cfg.StartDir, cfg.Stdin)
		if err != nil {
			log.Logf(logging.Warning, "Can't move to the background: %v", err)
			return 1
		}
		if parent {
			return 0
		}
	}
	announce(cfg, log, len(argv) == 1)
	if pidfile := pidFile(cfg, background); pidfile != "" {
		if err := daemon.WritePIDFile(pidfile); err != nil {
			log.Logf(logging.Warning, "Failed to write PID file: %v", err)
		}
		defer func() {
			if err := daemon.RemovePIDFile(pidfile); err != nil {
				log.Logf(logging.Warning, "Failed to remove PID file: %v", err)
			}
		}()
	}
	return serve(cfg, log, manager)
}

func serve(cfg *config.Config, log *logging.Logger, manager daemon.Manager) int {
	ctx, stop := daemon.SignalContext(context.Background(), func() {
		log.Logf(logging.Warning, "You insist... exiting now.")
		os.Exit(1)
	})
	defer stop()
	srv, err := server.New(cfg, log)
	if err != nil {
		log.Logf(logging.Warning, "Failed to start: %v", err)
		return 1
	}
	notify := func(send func() error) {
		if err := send(); err != nil {
			log.Logf(logging.Warning, "Can't notify the process manager: %v", err)
		}
	}
	go func() {
		select {
		case <-srv.Ready():
			notify(manager.Ready)
		case <-ctx.Done():
			return
		}
		<-ctx.Done()
		notify(manager.Stopping)
	}()
	if err := srv.Run(ctx); err != nil {
		log.Logf(logging.Warning, "%v", err)
		return 1
	}
	return 0
}

// report prints why there is no server to run.
func report(err error) int {
	var exit *config.Exit
	if !errors.As(err, &exit) {
		exit = &config.Exit{Code: 1, Stderr: err.Error() + "\n"}
	}
	fmt.Fprint(os.Stdout, exit.Stdout)
	fmt.Fprint(os.Stderr, exit.Stderr)
	if exit.Log != "" {
		logging.New(logging.Options{}).Logf(logging.Warning, "%s", exit.Log)
	}
	return exit.Code
}

func newLogger(cfg *config.Config) (*logging.Logger, error) {
	o := logging.Options{Path: cfg.LogFile, Level: logging.Level(cfg.LogLevel)}
	var err error
	if cfg.SyslogEnabled {
		o.Syslog, err = logging.DialSyslog(int(cfg.SyslogFacility), cfg.SyslogIdent)
	}
	return logging.New(o), err
}

// supervise returns the process manager to keep informed.
func supervise(cfg *config.Config, log *logging.Logger) daemon.Manager {
	manager := daemon.None
	switch cfg.Supervised {
	case config.SupervisedAuto:
		manager = daemon.Detect()
	case config.SupervisedSystemd:
		manager = daemon.Systemd
	case config.SupervisedUpstart:
		manager = daemon.Upstart
	}
	if err := manager.Attach(); err != nil {
		log.Logf(logging.Warning, "%s supervision requested, but: %v", manager, err)
		return daemon.None
	}
	return manager
}

func announce(cfg *config.Config, log *logging.Logger, bare bool) {
	log.Logf(logging.Notice, "Synap is starting: %s, pid=%d", config.VersionLine(), os.Getpid())
	if bare {
		log.Logf(logging.Warning, "Warning: no config file specified, using the default config. "+
			"In order to specify a config file use %s /path/to/redis.conf", os.Args[0])
	} else {
		log.Logf(logging.Notice, "Configuration loaded")
	}
	if names := cfg.Ineffective(); len(names) > 0 {
		log.Logf(logging.Warning, "These settings are accepted but have no effect: %s", strings.Join(names, ", "))
	}
}

// pidFile names the file absolutely, because CONFIG SET dir may move the process before the file is removed.
func pidFile(cfg *config.Config, background bool) string {
	switch {
	case cfg.PIDFile == "" && background:
		return daemon.DefaultPIDFile
	case cfg.PIDFile == "" || filepath.IsAbs(cfg.PIDFile):
		return cfg.PIDFile
	}
	return filepath.Join(cfg.Dir, cfg.PIDFile)
}
