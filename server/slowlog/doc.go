// Package slowlog keeps the latest commands that took longer than a threshold, for SLOWLOG.
//
// Entries are numbered from 0 for the life of the process, also across SLOWLOG RESET, so that a client that polls can
// tell which ones it has seen. The log is a ring that grows with the number of entries up to its limit: the limit is
// the user's (slowlog-max-len) and may be absurdly large.
//
// An entry keeps copies of the arguments, cut to a size that bounds it to some 5 KiB: a command with a megabyte of
// values must not stay in memory because it was slow. Arguments that are secret have to be blanked by the caller.
//
// A Log does not lock; it belongs to whoever holds the server's lock for it.
package slowlog
