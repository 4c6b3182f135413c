//go:build !amd64 && !arm64

package dict

import "unsafe"

// prefetch is a hint; where it cannot be given, everything works without.
func prefetch(unsafe.Pointer) {}
