package listener

import (
	"testing"

	"synap/server/transport"
	"synap/server/transport/transporttest"
)

func newListener(h transport.Host, opt transporttest.Options) (transport.Server, error) {
	return New(Options{Host: h, Loop: 3, Endpoints: opt.Endpoints, OutputPause: opt.OutputPause})
}

func TestTransport(t *testing.T) { transporttest.Run(t, newListener) }
