//go:build unix

package logging

import "log/syslog"

type localSyslog struct{ w *syslog.Writer }

// DialSyslog connects to the local syslog daemon. facility is a code of RFC 5424, table 1 (16 is local0).
func DialSyslog(facility int, ident string) (Syslog, error) {
	w, err := syslog.New(syslog.Priority(facility<<3)|syslog.LOG_NOTICE, ident)
	if err != nil {
		return nil, err
	}
	return localSyslog{w}, nil
}

func (s localSyslog) Write(level Level, message string) error {
	switch level {
	case Debug:
		return s.w.Debug(message)
	case Verbose:
		return s.w.Info(message)
	case Notice:
		return s.w.Notice(message)
	default:
		return s.w.Warning(message)
	}
}

func (s localSyslog) Close() error { return s.w.Close() }
