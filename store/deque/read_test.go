package deque

import (
	"slices"
	"strconv"
	"testing"

	"synap/store/packed"
)

// Read must give the elements from any place on, however few at a time and however many blocks they are in.
func TestRead(t *testing.T) {
	for _, setting := range []int{-2, 1, 3, 128} {
		w := newTwin(t, setting)
		for i := range 2*pageRefs + 50 {
			w.push(i%3 == 0, "item-"+strconv.Itoa(i))
		}
		for _, size := range []int{1, 7, 32, len(w.values), len(w.values) + 1} {
			for _, from := range []int{0, 1, len(w.values) / 2, len(w.values) - 1} {
				at := w.d.Seek(w.a, from)
				var got []string
				dst := make([]packed.Elem, size)
				for n := size; n == size; {
					n = at.Read(dst)
					for _, e := range dst[:n] {
						got = append(got, string(e.Append(nil)))
					}
				}
				if !slices.Equal(got, w.values[from:]) {
					t.Fatalf("limit %d: %d at a time from %d: %d elements of %d, or others", setting, size, from, len(got), len(w.values)-from)
				}
			}
		}
	}
	block := make([]byte, packed.HeaderSize)
	if n := (&Cursor{data: block, at: packed.HeaderSize}).Read(make([]packed.Elem, 4)); n != 0 {
		t.Errorf("%d elements of an empty block", n)
	}
}
