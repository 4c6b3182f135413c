//go:build race || invariants

package arena

import "testing"

func TestChecker(t *testing.T) {
	for name, misuse := range map[string]func(a *Arena, h Handle){
		"double free":      func(a *Arena, h Handle) { a.Free(h); a.Free(h) },
		"use after free":   func(a *Arena, h Handle) { a.Free(h); a.Ptr(h) },
		"inside a block":   func(a *Arena, h Handle) { a.Ptr(h + 1) },
		"use after reset":  func(a *Arena, h Handle) { a.Reset(); a.Ptr(h) },
		"handle zero":      func(a *Arena, h Handle) { a.Free(0) },
		"unknown page":     func(a *Arena, h Handle) { a.Free(1 << 30) },
		"another's handle": func(a *Arena, h Handle) { New(a.pool).Bytes(h, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("not noticed")
				}
			}()
			a := New(new(Pool))
			misuse(a, a.Alloc(100))
		})
	}
}
