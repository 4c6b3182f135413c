// Package transporttest is the test suite every transport passes: Run drives a transport with a small server of its own
// and real clients. It is imported by tests only.
package transporttest
