package transport

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// Target is what one listening socket is for: a TCP address or a unix socket's path.
type Target struct {
	Addr     netip.AddrPort // port 0: the kernel chooses one
	Path     string         // of a unix socket; else empty
	Optional bool           // an address the machine does not have is skipped
}

// same reports whether a socket for one target serves the other as well.
func (t Target) same(o Target) bool { return t.Addr == o.Addr && t.Path == o.Path }

// Targets are the sockets that the endpoints ask for.
func (e *Endpoints) Targets() ([]Target, error) {
	binds, err := e.Addresses()
	if err != nil {
		return nil, err
	}
	var out []Target
	for _, b := range binds {
		for _, addr := range b.Addrs {
			t := Target{Addr: netip.AddrPortFrom(addr, uint16(e.ListenPort())), Optional: b.Optional}
			if !slices.ContainsFunc(out, t.same) {
				out = append(out, t)
			}
		}
	}
	if e.Unix != "" {
		out = append(out, Target{Path: e.Unix})
	}
	return out, nil
}

// Listening is an open listening socket of type S.
type Listening[S any] struct {
	Target
	Socket S
}

// Rebind changes the sockets have into those for want and returns what is open then, in the order of want. Sockets that
// both have in common stay. open opens one, shut closes one; a target that open fails for is skipped if it can be (CanSkip).
//
// What is new is opened before anything is closed, so in general a failure leaves everything as it was. Only a socket
// that is in the way (the wildcard address and a single one cannot listen at the same port) is closed first, and opened again
// should one of the new ones fail. Then the result is what could be opened again.
func Rebind[S any](have []Listening[S], want []Target, open func(Target) (S, error), shut func(S)) ([]Listening[S], error) {
	var kept, gone, blocking []Listening[S]
	var missing []Target
	for _, t := range want {
		if !slices.ContainsFunc(have, func(l Listening[S]) bool { return l.same(t) }) {
			missing = append(missing, t)
		}
	}
	for _, l := range have {
		switch {
		case slices.ContainsFunc(want, l.same):
			kept = append(kept, l)
		case slices.ContainsFunc(missing, l.excludes):
			blocking = append(blocking, l)
		default:
			gone = append(gone, l)
		}
	}
	isTCP := func(t Target) bool { return t.Path == "" }
	needTCP := slices.ContainsFunc(want, isTCP) && !slices.ContainsFunc(kept, func(l Listening[S]) bool { return isTCP(l.Target) })
	shutAll(blocking, shut)
	added, err := openAll(missing, needTCP, open, shut)
	if err == nil {
		shutAll(gone, shut)
		return inOrder(want, append(kept, added...)), nil
	}
	if len(blocking) == 0 {
		return have, err
	}
	left := append(kept, gone...)
	for _, l := range blocking {
		s, again := open(l.Target)
		if again != nil {
			err = errors.Join(err, again)
			continue
		}
		left = append(left, Listening[S]{l.Target, s})
	}
	return left, err
}

// excludes reports whether sockets for both targets cannot be open at once.
func (t Target) excludes(o Target) bool {
	a, b := t.Addr, o.Addr
	return a.IsValid() && b.IsValid() && a.Port() == b.Port() && a.Port() != 0 && a.Addr().Is4() == b.Addr().Is4() &&
		(a.Addr().IsUnspecified() || b.Addr().IsUnspecified())
}

// openAll opens all targets or none.
func openAll[S any](targets []Target, needTCP bool, open func(Target) (S, error), shut func(S)) (out []Listening[S], err error) {
	for _, t := range targets {
		s, err := open(t)
		if err != nil && t.CanSkip(err) {
			continue
		}
		if err != nil {
			shutAll(out, shut)
			return nil, err
		}
		out = append(out, Listening[S]{t, s})
		needTCP = needTCP && t.Path != ""
	}
	if needTCP {
		shutAll(out, shut)
		return nil, fmt.Errorf("none of the addresses to listen on is available")
	}
	return out, nil
}

func shutAll[S any](list []Listening[S], shut func(S)) {
	for _, l := range list {
		shut(l.Socket)
	}
}

func inOrder[S any](want []Target, list []Listening[S]) []Listening[S] {
	place := func(l Listening[S]) int { return slices.IndexFunc(want, l.same) }
	slices.SortFunc(list, func(a, b Listening[S]) int { return place(a) - place(b) })
	return list
}

// CanSkip reports whether the target may be left out after a failure: its protocol is one that the machine does not
// speak, or it is optional and the machine does not have the address.
func (t Target) CanSkip(err error) bool {
	if t.Path != "" {
		return false
	}
	if t.Optional && errors.Is(err, syscall.EADDRNOTAVAIL) {
		return true
	}
	for _, missing := range []syscall.Errno{syscall.ENOPROTOOPT, syscall.EPROTONOSUPPORT, syscall.ESOCKTNOSUPPORT,
		syscall.EPFNOSUPPORT, syscall.EAFNOSUPPORT} {
		if errors.Is(err, missing) {
			return true
		}
	}
	return false
}
