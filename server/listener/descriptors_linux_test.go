package listener

import (
	"testing"

	"synap/server/transport/transporttest"
)

func TestKeepAlive(t *testing.T) { transporttest.RunKeepAlive(t, newListener) }

func TestWithoutDescriptors(t *testing.T) { transporttest.RunWithoutDescriptors(t, newListener) }
