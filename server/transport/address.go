package transport

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

// AnyPort as Endpoints.Port lets the kernel choose a port for every address.
const AnyPort = -1

// Endpoints says where a transport listens, in the terms of redis.conf.
type Endpoints struct {
	Bind      []string      // addresses; see ParseBind. Empty: "*" and "-::*"
	Port      int           // 0: no TCP
	Unix      string        // path of the unix socket; empty: none
	UnixPerm  os.FileMode   // its permission; 0: as the umask leaves it
	Backlog   int           // 0: 511
	KeepAlive time.Duration // TCP keep-alive period, whole seconds; 0: off
}

// Addresses returns the parsed bind addresses; none if Port is 0.
func (e *Endpoints) Addresses() ([]Bind, error) {
	if e.Port == 0 {
		return nil, nil
	}
	list := e.Bind
	if len(list) == 0 {
		list = []string{"*", "-::*"}
	}
	var out []Bind
	for _, s := range list {
		b, err := ParseBind(s)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// ListenPort is the port for bind(2).
func (e *Endpoints) ListenPort() int {
	if e.Port == AnyPort {
		return 0
	}
	return e.Port
}

// ListenBacklog is the backlog for listen(2).
func (e *Endpoints) ListenBacklog() int {
	if e.Backlog <= 0 {
		return 511
	}
	return e.Backlog
}

// Bind is one address to listen on.
type Bind struct {
	Text     string // as configured
	Addrs    []netip.Addr
	Optional bool // "-" prefix: an address the machine does not have is skipped
}

// ParseBind reads an element of redis.conf's bind directive: "*" (any IPv4), "::*" (any IPv6), an address or a host
// name, each with an optional "-" in front (an unavailable address is no error).
func ParseBind(s string) (Bind, error) {
	b := Bind{Text: s}
	host, optional := strings.CutPrefix(s, "-")
	b.Optional = optional
	switch host {
	case "*":
		b.Addrs = []netip.Addr{netip.IPv4Unspecified()}
		return b, nil
	case "::*":
		b.Addrs = []netip.Addr{netip.IPv6Unspecified()}
		return b, nil
	case "":
		return b, fmt.Errorf("empty bind address")
	}
	if a, err := netip.ParseAddr(host); err == nil {
		b.Addrs = []netip.Addr{a.Unmap()}
		return b, nil
	}
	ips, err := net.LookupIP(host)
	if err != nil {
		if optional {
			return b, nil
		}
		return b, fmt.Errorf("bind %s: %w", s, err)
	}
	for _, ip := range ips {
		if a, ok := netip.AddrFromSlice(ip); ok {
			b.Addrs = append(b.Addrs, a.Unmap())
		}
	}
	return b, nil
}

// FormatTCP prints an address as Redis does.
func FormatTCP(a netip.AddrPort) string {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()).String()
}

// FormatUnix prints the address of both ends of a unix connection as Redis does.
func FormatUnix(path string) string { return path + ":0" }

// KeepAliveTimes are the values for TCP_KEEPIDLE, TCP_KEEPINTVL (seconds) and TCP_KEEPCNT: a dead peer is found
// after about twice the period.
func KeepAliveTimes(period time.Duration) (idle, interval, count int) {
	idle = max(1, int(period/time.Second))
	return idle, max(1, idle/3), 3
}

// JoinPort is addr:port for messages and net.Listen.
func JoinPort(a netip.Addr, port int) string { return net.JoinHostPort(a.String(), strconv.Itoa(port)) }
