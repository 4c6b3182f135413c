package bits

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestCountRange(t *testing.T) {
	tests := []struct {
		name       string
		p          string
		start, end int64
		unit       Unit
		want       int64
	}{
		{"whole", "foobar", 0, -1, Byte, 26},
		{"first byte", "foobar", 0, 0, Byte, 4},
		{"second byte", "foobar", 1, 1, Byte, 6},
		{"bits", "foobar", 5, 30, Bit, 17},
		{"one bit", "foobar", 1, 1, Bit, 1},
		{"same byte", "\xff", 2, 4, Bit, 3},
		{"negative bits", "foobar", -3, -1, Bit, 1},
		{"reversed", "foobar", 3, 1, Byte, 0},
		{"reversed negative", "foobar", -1, -3, Byte, 0},
		{"reversed negative before the start", "foobar", -10, -20, Byte, 0},
		{"negative before the start", "foobar", -20, -10, Byte, 4},
		{"past the end", "foobar", 6, 10, Byte, 0},
		{"end past the end", "foobar", 5, 1000, Byte, 4},
		{"extremes", "foobar", math.MinInt64, math.MaxInt64, Bit, 26},
		{"empty", "", 0, -1, Byte, 0},
		{"empty bits", "", -5, 5, Bit, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := CountRange([]byte(tt.p), tt.start, tt.end, tt.unit); got != tt.want {
				t.Errorf("= %d, want %d", got, tt.want)
			}
		})
	}
}

func TestPositionRange(t *testing.T) {
	tests := []struct {
		name       string
		p          string
		bit        int
		start, end int64
		endGiven   bool
		unit       Unit
		want       int64
	}{
		{"first one", "\x00\xff\xf0", 1, 0, 0, false, Byte, 8},
		{"one from byte", "\x00\xff\xf0", 1, 2, 0, false, Byte, 16},
		{"one in bits", "\x00\xff\xf0", 1, 7, 15, true, Bit, 8},
		{"no one", "\x00\x00\x00", 1, 0, 0, false, Byte, -1},
		{"no zero: the bit after", "\xff\xff\xff", 0, 0, 0, false, Byte, 24},
		{"no zero from byte: the bit after", "\xff\xff\xff", 0, 1, 0, false, Byte, 24},
		{"no zero, end given", "\xff\xff\xff", 0, 0, -1, true, Byte, -1},
		{"no zero in bits", "\xff\xf0", 0, 0, 11, true, Bit, -1},
		{"zero in bits", "\xff\xf0", 0, 0, 12, true, Bit, 12},
		{"zero in first byte", "\x7f\x00", 0, 0, 3, true, Bit, 0},
		{"zero masked out in first byte", "\x7f\xff\x00", 0, 1, 15, true, Bit, -1},
		{"one bit of a byte", "\x10", 1, 3, 3, true, Bit, 3},
		{"past the end", "\xff", 0, 5, 9, true, Byte, -1},
		{"start past the end", "\xff", 0, 5, 0, false, Byte, -1},
		{"empty", "", 0, 0, 0, false, Byte, -1},
		{"reversed", "\x00", 0, 1, 0, true, Byte, -1},
		{"many bytes", string(make([]byte, 100)) + "\x01", 1, 0, 0, false, Byte, 807},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := PositionRange([]byte(tt.p), tt.bit, tt.start, tt.end, tt.endGiven, tt.unit); got != tt.want {
				t.Errorf("= %d, want %d", got, tt.want)
			}
		})
	}
	if got := Position([]byte{0xff, 0x7f}, 0); got != 8 {
		t.Errorf("Position = %d, want 8", got)
	}
}

func TestCombine(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		sources := make([][]byte, 1+r.IntN(4))
		n := 0
		for i := range sources {
			sources[i] = make([]byte, r.IntN(100))
			n = max(n, len(sources[i]))
			for j := range sources[i] {
				sources[i][j] = byte(r.Uint32())
			}
		}
		for _, op := range []Operation{And, Or, Xor, Not} {
			in := sources
			size := n
			if op == Not {
				in = sources[:1]
				size = len(in[0])
			}
			dst := bytes.Repeat([]byte{0xa5}, size)
			Combine(op, dst, in...)
			if want := naiveCombine(op, in); !bytes.Equal(dst, want) {
				t.Fatalf("operation %d of %x: got %x, want %x", op, in, dst, want)
			}
		}
	}
	dst := []byte{1, 2}
	if Combine(Or, dst); !bytes.Equal(dst, []byte{0, 0}) {
		t.Errorf("no source: %x", dst)
	}
}

func TestParseField(t *testing.T) {
	tests := []struct {
		arg  string
		want Field
		err  error
	}{
		{"u8", Field{Width: 8}, nil},
		{"i16", Field{Width: 16, Signed: true}, nil},
		{"u1", Field{Width: 1}, nil},
		{"u63", Field{Width: 63}, nil},
		{"i64", Field{Width: 64, Signed: true}, nil},
		{"u64", Field{}, ErrType}, {"i65", Field{}, ErrType}, {"u0", Field{}, ErrType}, {"i-1", Field{}, ErrType},
		{"u", Field{}, ErrType}, {"", Field{}, ErrType}, {"8", Field{}, ErrType}, {"U8", Field{}, ErrType},
		{"u08", Field{}, ErrType}, {"u+8", Field{}, ErrType}, {"i8 ", Field{}, ErrType},
		{"i18446744073709551624", Field{}, ErrType},
	}
	for _, tt := range tests {
		t.Run(tt.arg, func(t *testing.T) {
			got, err := ParseField([]byte(tt.arg))
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("= %v, %v", got, err)
			}
		})
	}
}

func TestParseOffset(t *testing.T) {
	const limit = 512 << 20
	tests := []struct {
		name, arg string
		width     int
		max       int64
		want      int64
		err       error
	}{
		{"plain", "100", 0, limit, 100, nil},
		{"multiplied", "#100", 8, limit, 800, nil},
		{"multiplied zero", "#0", 63, limit, 0, nil},
		{"last", "4294967295", 0, limit, 4294967295, nil},
		{"beyond", "4294967296", 0, limit, 0, ErrOffset},
		{"beyond without limit", "4294967296", 0, 0, 4294967296, nil},
		{"multiplied beyond", "#536870912", 8, limit, 0, ErrOffset},
		{"multiplied beyond 64 bits", "#2305843009213693952", 8, 0, 0, ErrOffset},
		{"multiplied wraps to zero", "#288230376151711744", 64, 0, 0, ErrOffset},
		{"hash where it is not allowed", "#1", 0, limit, 0, ErrOffset},
		{"negative", "-1", 0, limit, 0, ErrOffset},
		{"negative multiplied", "#-1", 8, limit, 0, ErrOffset},
		{"empty", "", 8, limit, 0, ErrOffset},
		{"hash only", "#", 8, limit, 0, ErrOffset},
		{"text", "a", 8, limit, 0, ErrOffset},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseOffset([]byte(tt.arg), tt.width, tt.max)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("= %d, %v; want %d, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestSetBit(t *testing.T) {
	p := make([]byte, 2)
	if old := Set(p, 7, 1); old != 0 || !bytes.Equal(p, []byte{1, 0}) {
		t.Fatalf("old %d, %x", old, p)
	}
	if old := Set(p, 8, 1); old != 0 || !bytes.Equal(p, []byte{1, 0x80}) {
		t.Fatalf("old %d, %x", old, p)
	}
	if old := Set(p, 7, 0); old != 1 || !bytes.Equal(p, []byte{0, 0x80}) {
		t.Fatalf("old %d, %x", old, p)
	}
	if Get(p, 8) != 1 || Get(p, 9) != 0 || Get(p, 16) != 0 || Get(p, 1<<40) != 0 {
		t.Error("Get")
	}
}

// TestFieldOverflow covers every pair of edge values for every width.
func TestFieldOverflow(t *testing.T) {
	for width := uint8(1); width <= 64; width++ {
		for _, signed := range []bool{false, true} {
			if width == 64 && !signed {
				continue
			}
			f := Field{Width: width, Signed: signed}
			low, high := f.limits()
			values := []int64{low, low + 1, -1, 0, 1, high - 1, high}
			steps := append(values, math.MinInt64, math.MinInt64+1, -3, 2, 100, math.MaxInt64-1, math.MaxInt64)
			for _, mode := range []Overflow{Wrap, Saturate, Fail} {
				for _, old := range values {
					if old < low || old > high {
						continue
					}
					for _, by := range steps {
						checkIncrease(t, f, old, by, mode)
					}
				}
				for _, v := range steps {
					checkAssign(t, f, v, mode)
				}
			}
		}
	}
}

func checkIncrease(t *testing.T, f Field, old, by int64, mode Overflow) {
	t.Helper()
	want, wantOK := naiveFit(f, new(big.Int).Add(big.NewInt(old), big.NewInt(by)), mode)
	if got, ok := f.Increase(old, by, mode); got != want || ok != wantOK {
		t.Fatalf("%+v.Increase(%d, %d, %d) = %d, %v; want %d, %v", f, old, by, mode, got, ok, want, wantOK)
	}
}

func checkAssign(t *testing.T, f Field, v int64, mode Overflow) {
	t.Helper()
	exact := big.NewInt(v)
	if !f.Signed {
		exact.SetUint64(uint64(v))
	}
	want, wantOK := naiveFit(f, exact, mode)
	_, high := f.limits()
	if distance := new(big.Int).Sub(big.NewInt(high), exact); f.Signed && f.Width < 64 && !distance.IsInt64() && mode == Saturate {
		want = high // Redis takes what is that far below for too large
	}
	if got, ok := f.Assign(v, mode); got != want || ok != wantOK {
		t.Fatalf("%+v.Assign(%d, %d) = %d, %v; want %d, %v", f, v, mode, got, ok, want, wantOK)
	}
}

func TestNeed(t *testing.T) {
	for _, tt := range []struct {
		offset int64
		width  int
		want   int64
	}{{0, 1, 1}, {7, 1, 1}, {8, 1, 2}, {0, 8, 1}, {1, 8, 2}, {7, 64, 9}, {4294967295, 64, 536870920}} {
		if got := Need(tt.offset, tt.width); got != tt.want {
			t.Errorf("Need(%d, %d) = %d, want %d", tt.offset, tt.width, got, tt.want)
		}
	}
}

func FuzzRanges(f *testing.F) {
	f.Add([]byte("foobar"), int64(5), int64(30), true)
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), int64(-40), int64(-1), false)
	f.Fuzz(func(t *testing.T, p []byte, start, end int64, inBits bool) {
		if len(p) > 64 {
			return
		}
		unit := Byte
		if inBits {
			unit = Bit
		}
		if start < -1000 || start > 1000 || end < -1000 || end > 1000 {
			start, end = start%1000, end%1000
		}
		positions := naiveRange(p, start, end, unit)
		if got, want := CountRange(p, start, end, unit), naiveCount(p, positions); got != want {
			t.Fatalf("CountRange(%x, %d, %d, %d) = %d, want %d", p, start, end, unit, got, want)
		}
		if got := Count(p); got != naiveCount(p, naiveRange(p, 0, -1, Byte)) {
			t.Fatalf("Count(%x) = %d", p, got)
		}
		open := naiveRange(p, start, -1, Byte)
		if start < -int64(len(p)) { // Position clamps the start even when it is below the end
			open = naiveRange(p, 0, -1, Byte)
		}
		for bit := range 2 {
			if !(start < 0 && end < 0 && start > end) {
				got, want := PositionRange(p, bit, start, end, true, unit), naivePosition(p, bit, positions, true)
				if got != want {
					t.Fatalf("PositionRange(%x, %d, %d, %d, %d) = %d, want %d", p, bit, start, end, unit, got, want)
				}
			}
			got, want := PositionRange(p, bit, start, 0, false, Byte), naivePosition(p, bit, open, false)
			if got != want {
				t.Fatalf("PositionRange(%x, %d, %d) = %d, want %d", p, bit, start, got, want)
			}
		}
	})
}

func FuzzField(f *testing.F) {
	f.Add([]byte("abcdefghijklm"), uint8(13), true, uint16(7), int64(-100))
	f.Add([]byte("x"), uint8(63), false, uint16(9), int64(1))
	f.Fuzz(func(t *testing.T, p []byte, width uint8, signed bool, at uint16, v int64) {
		field := Field{Width: 1 + width%63, Signed: signed}
		if signed {
			field.Width = 1 + width%64
		}
		offset := int64(at % 1024)
		if got, want := field.Load(p, offset), naiveLoad(field, p, offset); got != want {
			t.Fatalf("%+v.Load(%x, %d) = %d, want %d", field, p, offset, got, want)
		}
		grown := make([]byte, max(int64(len(p)), Need(offset, int(field.Width))))
		copy(grown, p)
		before := bytes.Clone(grown)
		field.Store(grown, offset, v)
		if got, want := field.Load(grown, offset), naiveLoad(field, grown, offset); got != want {
			t.Fatalf("Load = %d, want %d", got, want)
		}
		if stored, _ := naiveFit(field, big.NewInt(v), Wrap); stored != field.Load(grown, offset) {
			t.Fatalf("%+v.Store(%d) at %d reads back as %d", field, v, offset, field.Load(grown, offset))
		}
		for i := range int64(len(grown)) * 8 {
			if (i < offset || i >= offset+int64(field.Width)) && naiveBit(before, i) != naiveBit(grown, i) {
				t.Fatalf("%+v.Store at %d changed bit %d", field, offset, i)
			}
		}
	})
}
