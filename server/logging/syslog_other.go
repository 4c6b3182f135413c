//go:build !unix

package logging

import "errors"

// DialSyslog fails: this system has no syslog.
func DialSyslog(int, string) (Syslog, error) {
	return nil, errors.New("syslog is not available on this system")
}
