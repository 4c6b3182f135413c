package hyperloglog

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

const testLimit = 3000

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

func add(t testing.TB, b []byte, element string) []byte {
	t.Helper()
	b, _, err := Add(b, []byte(element), testLimit)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBytes compares with strings that redis-server makes of the same elements, one PFADD each.
func TestBytes(t *testing.T) {
	b, n := AppendEmpty(nil), 0
	for _, tc := range []struct {
		elements, size int
		count          int64
		digest         string
	}{
		{0, 18, 0, "a548e8daa487445a"},
		{1, 21, 1, "54bd0380d9e97039"},
		{2, 24, 2, "ac26b6472400d499"},
		{3, 27, 3, "64d5de102d6a2793"},
		{10, 48, 10, "de3df2c06f0e3389"},
		{100, 285, 99, "c15c62dba5d709e0"},
		{500, 1050, 502, "490d3e1923620f64"},
		{1000, 1897, 997, "2883d0548b52eabd"},
		{1500, 2722, 1500, "243337abc7905408"},
		{1600, 2886, 1604, "6bb2c6321ebded1f"},
		{2000, 12304, 2004, "7f2dfbfffae4e256"},
		{10000, 12304, 10017, "e755a6727ed97018"},
		{100000, 12304, 100039, "faacff680eeb0cf6"},
	} {
		for ; n < tc.elements; n++ {
			b = add(t, b, fmt.Sprint("element:", n))
		}
		if Invalidate(b); tc.size != len(b) || digest(b) != tc.digest {
			t.Errorf("%d elements: %d bytes, digest %s", n, len(b), digest(b))
		}
		if count, err := Count(b); err != nil || count != tc.count {
			t.Errorf("%d elements: count %d, %v; want %d", n, count, err, tc.count)
		}
		SetCached(b, tc.count)
	}
}

func TestUnion(t *testing.T) {
	var sketches [3][]byte
	for i := range sketches {
		sketches[i] = AppendEmpty(nil)
		for j := range 400 * (i + 1) {
			sketches[i] = add(t, sketches[i], fmt.Sprintf("x:%d:%d", i, j))
		}
	}
	var u Union
	b := AppendEmpty(nil)
	for _, tc := range []struct {
		merge  [][]byte
		size   int
		digest string
		count  int64
	}{
		{sketches[:2], 2242, "b17bc127fcc1c314", 1199},
		{sketches[2:], 12304, "4675496096fdf765", 2405},
	} {
		for _, s := range tc.merge {
			if err := u.Merge(s); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		if b, err = u.AddTo(b, testLimit); err != nil {
			t.Fatal(err)
		}
		if Invalidate(b); len(b) != tc.size || digest(b) != tc.digest {
			t.Errorf("%d bytes, digest %s; want %d, %s", len(b), digest(b), tc.size, tc.digest)
		}
		if got, err := Count(b); got != tc.count || u.Count() != tc.count || err != nil {
			t.Errorf("counts %d, %d, %v; want %d", got, u.Count(), err, tc.count)
		}
		SetCached(b, tc.count)
	}
}

// sparseOf is a sketch with the given runs.
func sparseOf(runs ...byte) []byte { return append(AppendEmpty(nil)[:headerSize], runs...) }

// registersOf is a slow decoder of its own. It returns nil for what does not have 16384 registers.
func registersOf(b []byte) (r []byte) {
	if Dense(b) {
		for i := range Registers {
			v := 0
			for bit := range 6 {
				at := i*6 + bit
				v |= int(b[headerSize+at/8]) >> (at % 8) & 1 << bit
			}
			r = append(r, byte(v))
		}
		return r
	}
	for p := b[headerSize:]; len(p) > 0 && len(r) <= Registers; {
		n, value, size := int(p[0]&63)+1, byte(0), 1
		switch {
		case p[0] >= 128:
			n, value = int(p[0]&3)+1, p[0]&127/4+1
		case p[0] >= 64:
			if len(p) < 2 {
				return nil
			}
			n, size = int(p[0]&63)*256+int(p[1])+1, 2
		}
		r = append(r, slices.Repeat([]byte{value}, n)...)
		p = p[size:]
	}
	if len(r) != Registers {
		return nil
	}
	return r
}

// runRaises raises registers as data says, in both forms and in a plain array.
func runRaises(t *testing.T, data []byte, limit int) {
	sparse, plain := AppendEmpty(nil), make([]byte, Registers)
	dense, err := AppendDense(nil, sparse)
	if err != nil {
		t.Fatal(err)
	}
	for ; len(data) >= 3; data = data[3:] {
		index, value := (int(data[0])<<8|int(data[1]))%Registers, data[2]%52
		if data[2] >= 52*2 {
			index, value = index%300, value%4+1 // neighbours with equal values
		}
		if value == 0 {
			continue
		}
		want := plain[index] < value
		plain[index] = max(plain[index], value)
		wasDense, size := Dense(sparse), len(sparse)
		var changed bool
		if sparse, changed, err = raise(sparse, index, value, limit); err != nil || changed != want {
			t.Fatalf("register %d to %d: changed %v, want %v, %v", index, value, changed, want, err)
		}
		if !Dense(sparse) && len(sparse) > max(limit, size) {
			t.Fatalf("%d bytes, limit %d", len(sparse), limit)
		}
		if wasDense && !Dense(sparse) {
			t.Fatal("a dense sketch became sparse")
		}
		if raiseDense(dense, index, value) != want {
			t.Fatalf("register %d to %d in the dense form: want %v", index, value, want)
		}
	}
	if !slices.Equal(registersOf(sparse), plain) || !slices.Equal(registersOf(dense), plain) {
		t.Fatal("the registers differ from what was set")
	}
	a, err := Count(sparse)
	b, _ := Count(dense)
	var u Union
	if mergeErr := u.Merge(sparse); err != nil || mergeErr != nil || a != b || u.Count() != a || !slices.Equal(u[:], plain) {
		t.Fatalf("counts %d, %d, %d; %v, %v", a, b, u.Count(), err, mergeErr)
	}
}

func TestRaises(t *testing.T) {
	for seed := range byte(20) {
		data := make([]byte, 30*int(seed)*int(seed)+30)
		_, _ = rand.NewChaCha8([32]byte{seed}).Read(data)
		for _, limit := range []int{0, 20, 100, 3000, 1 << 20} {
			runRaises(t, data, limit)
		}
	}
}

func FuzzRaises(f *testing.F) {
	f.Add([]byte("abcdefghijkl"))
	f.Fuzz(func(t *testing.T, data []byte) { runRaises(t, data[:min(len(data), 6000)], testLimit) })
}

func TestValid(t *testing.T) {
	dense, err := AppendDense(nil, AppendEmpty(nil))
	if err != nil {
		t.Fatal(err)
	}
	change := func(b []byte, at int, to byte) []byte {
		b = slices.Clone(b)
		b[at] = to
		return b
	}
	for name, tc := range map[string]struct {
		b    []byte
		want bool
	}{
		"empty sketch":     {AppendEmpty(nil), true},
		"dense":            {dense, true},
		"short":            {dense[:15], false},
		"no runs":          {sparseOf(), true},
		"magic":            {change(dense, 0, 'h'), false},
		"form":             {change(dense, 4, 2), false},
		"dense, too short": {dense[:len(dense)-1], false},
		"dense, too long":  {append(slices.Clone(dense), 0), false},
		"unused bytes":     {change(dense, 6, 9), true},
	} {
		if got := Valid(tc.b); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCorrupt(t *testing.T) {
	for name, b := range map[string][]byte{
		"no runs":         sparseOf(),
		"too few":         sparseOf(0x7f, 0xfe),
		"too many":        sparseOf(0x7f, 0xff, 0),
		"too many values": sparseOf(0x7f, 0xfd, 0x83),
		"half a run":      sparseOf(0x7f, 0xfe, 0x40),
	} {
		t.Run(name, func(t *testing.T) {
			var u Union
			if _, err := Count(b); err != ErrCorrupt {
				t.Errorf("Count: %v", err)
			}
			if err := u.Merge(b); err != ErrCorrupt {
				t.Errorf("Merge: %v", err)
			}
			if out, err := AppendDense([]byte("x"), b); err != ErrCorrupt || string(out) != "x" {
				t.Errorf("AppendDense: %q, %v", out, err)
			}
			if _, _, err := raise(slices.Clone(b), 16383, 40, testLimit); err != ErrCorrupt {
				t.Errorf("raise: %v", err)
			}
		})
	}
}

// FuzzHostile gives any string to every function: what has 16384 registers is read as them, anything else is refused.
func FuzzHostile(f *testing.F) {
	f.Add([]byte{0x7f, 0xff}, "x", 0)
	f.Add([]byte{0x40, 0x80, 0xff, 0x7f}, "y", 3000)
	f.Add(make([]byte, DenseSize-headerSize), "z", 0)
	f.Fuzz(func(t *testing.T, runs []byte, element string, limit int) {
		b := sparseOf(runs...)
		if len(b) == DenseSize && runs[0]&1 == 0 {
			b[formAt] = formDense
		}
		if !Valid(b) {
			t.Fatal("not valid")
		}
		registers := registersOf(b)
		_, err := Count(b)
		var u Union
		mergeErr := u.Merge(b)
		dense, denseErr := AppendDense(nil, b)
		if registers == nil {
			if err != ErrCorrupt || mergeErr != ErrCorrupt || denseErr != ErrCorrupt {
				t.Fatalf("accepted: %v, %v, %v", err, mergeErr, denseErr)
			}
			_, _, _ = Add(slices.Clone(b), []byte(element), limit)
			_, _ = AppendRuns(nil, b)
			return
		}
		if err != nil || mergeErr != nil || denseErr != nil {
			t.Fatalf("refused: %v, %v, %v", err, mergeErr, denseErr)
		}
		if !slices.Equal(u[:], registers) || !slices.Equal(registersOf(dense), registers) {
			t.Fatal("the registers differ")
		}
		index, value := rank([]byte(element))
		out, changed, err := Add(slices.Clone(b), []byte(element), limit)
		if err != nil || changed != (registers[index] < value) {
			t.Fatalf("Add: changed %v, %v", changed, err)
		}
		registers[index] = max(registers[index], value)
		if !slices.Equal(registersOf(out), registers) {
			t.Fatal("Add changed other registers")
		}
	})
}

func TestRuns(t *testing.T) {
	b := sparseOf(0x03, 0x86, 0x7f, 0xf8)
	text, err := AppendRuns(nil, b)
	if want := "z:4 v:2,3 Z:16377"; err != nil || string(text) != want {
		t.Errorf("%q, %v; want %q", text, err, want)
	}
	if _, err := AppendRuns(nil, sparseOf(0, 0x7f)); err != ErrCorrupt {
		t.Errorf("half a run: %v", err)
	}
}

func TestCache(t *testing.T) {
	b := AppendEmpty(nil)
	if n, ok := Cached(b); n != 0 || !ok {
		t.Errorf("empty: %d, %v", n, ok)
	}
	Invalidate(b)
	if _, ok := Cached(b); ok {
		t.Error("invalid, and still there")
	}
	SetCached(b, 1<<40+5)
	if n, ok := Cached(b); n != 1<<40+5 || !ok {
		t.Errorf("noted: %d, %v", n, ok)
	}
}

// TestEstimateOfImpossibleRegisters has registers that no hash gives.
func TestEstimateOfImpossibleRegisters(t *testing.T) {
	var u Union
	for i := range u {
		u[i] = 63
	}
	if n := u.Count(); n != -1<<63 {
		t.Errorf("%d", n)
	}
}

func TestSelfTest(t *testing.T) {
	if err := testRegisters(rand.New(rand.NewPCG(1, 1)), 3); err != nil {
		t.Error(err)
	}
	for seed := range uint64(5) {
		if err := testEstimates(seed*0x9e3779b97f4a7c15, 20_000, testLimit); err != nil {
			t.Error(err)
		}
	}
	if err := checkEstimate(sparseOf(0x7f, 0xff), sparseOf(0x7f, 0xff), 1000, 0); err == nil {
		t.Error("no elements pass for a thousand")
	}
}

func BenchmarkAddSparse(b *testing.B) {
	s := AppendEmpty(make([]byte, 0, 4096))
	for i := range 1000 {
		s = add(b, s, fmt.Sprint(i))
	}
	for b.Loop() {
		s = add(b, s, "999")
	}
}

func BenchmarkCountDense(b *testing.B) {
	s, _ := AppendDense(nil, AppendEmpty(nil))
	for i := range 100_000 {
		s = add(b, s, fmt.Sprint(i))
	}
	for b.Loop() {
		_, _ = Count(s)
	}
}

func BenchmarkMergeDense(b *testing.B) {
	s, _ := AppendDense(nil, AppendEmpty(nil))
	var u Union
	for b.Loop() {
		_ = u.Merge(s)
	}
}

// TestEightAtOnce: registers that are worked on eight at a time come out as one by one.
func TestEightAtOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 1000 {
		var a, b, want [8]byte
		word := uint64(0)
		for i := range a {
			a[i], b[i] = byte(rng.IntN(64)), byte(rng.IntN(64))
			if rng.IntN(4) == 0 {
				b[i] = a[i]
			}
			want[i] = max(a[i], b[i])
			word |= uint64(a[i]) << (6 * i)
		}
		wide := spread(word)
		if wide != binary.LittleEndian.Uint64(a[:]) {
			t.Fatalf("%x is spread to %x, want %x", word, wide, a)
		}
		if got := larger(wide, binary.LittleEndian.Uint64(b[:])); got != binary.LittleEndian.Uint64(want[:]) {
			t.Fatalf("the larger ones of %x and %x are %x, want %x", a, b, got, want)
		}
	}
}
