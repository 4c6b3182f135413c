package listener

import (
	"testing"

	"synap/server/transport/transporttest"
)

func TestWithoutDescriptors(t *testing.T) { transporttest.RunWithoutDescriptors(t, newListener) }
