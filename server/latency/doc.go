// Package latency holds what the server knows about time spent: a histogram of run times per command, for INFO
// latencystats and LATENCY HISTOGRAM, and the monitor of slow events behind the other LATENCY subcommands.
//
// # Histogram
//
// Run times from 1 ns to 1 s are counted in buckets of at least two significant digits: 128 equal buckets for every
// power of two from 128 on, one per nanosecond below 256. These are the buckets of an HDR histogram with two digits,
// which Redis uses, so percentiles and the ranges of LATENCY HISTOGRAM agree with what its users are used to.
// Recording is a shift and an increment. Buckets are allocated by power of two when first needed, with 32-bit counters
// and a spill map for those that overflow: a command whose run times vary by a factor of 32 costs 2.5 KiB rather than
// the 24 KiB of a flat table, and every event loop has its own.
//
// # Monitor
//
// An event is a name ("command", "fork", "expire-cycle", ...) with a ring of its latest 160 samples, at most one per
// second: the worst of that second. Events appear with their first sample and keep the order of their appearance.
// Doctor turns the samples into a report in plain text, Graph into a drawing of four lines.
//
// Neither type locks: a Histogram belongs to one event loop, a Monitor to whoever holds the server's lock for it.
package latency
