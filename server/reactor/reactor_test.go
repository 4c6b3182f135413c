//go:build linux

package reactor

import (
	"testing"

	"synap/server/transport"
	"synap/server/transport/transporttest"
)

func newReactor(h transport.Host, opt transporttest.Options) (transport.Server, error) {
	return New(Options{Host: h, Loops: 2, Endpoints: opt.Endpoints, OutputPause: opt.OutputPause})
}

func TestTransport(t *testing.T) { transporttest.Run(t, newReactor) }

func TestKeepAlive(t *testing.T) { transporttest.RunKeepAlive(t, newReactor) }

func TestWithoutDescriptors(t *testing.T) { transporttest.RunWithoutDescriptors(t, newReactor) }
