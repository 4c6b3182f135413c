package geohash

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// text is a coordinate as the commands reply it.
func text(v float64) string {
	s := strings.TrimRight(strconv.FormatFloat(v, 'f', 17, 64), "0")
	return strings.TrimSuffix(s, ".")
}

// places are positions with the score that redis-server gives them, and what it makes of that.
var places = []struct {
	p                         Point
	score                     float64
	hash, longitude, latitude string
}{
	{Point{13.361389, 38.115556}, 3479099956230698, "sqc8b49rny0", "13.36138933897018433", "38.11555639549629859"},
	{Point{15.087269, 37.502669}, 3479447370796909, "sqdtr74hyu0", "15.08726745843887329", "37.50266842333162032"},
	{Point{0, 0}, 3377699720527872, "s0000000000", "0.00000268220901489", "0.00000126736058093"},
	{Point{-180, -85.05112878}, 0, "00bh0hbj200", "-179.99999731779098511", "-85.05112751263942528"},
	{Point{180, 85.05112878}, 13510798882111488, "bp05b5048p0", "180", "85.0511287799999991"},
	{Point{-0.1257, 51.5085}, 2163557716552494, "gcpvj0u6yb0", "-0.12570172548294067", "51.50850084888449487"},
	{Point{179.9999, -16.5}, 3355687726873826, "rvpfpurbt90", "179.99990075826644897", "-16.49999931370297901"},
	{Point{-122.27652, 37.805186}, 1367952638197536, "9q9p1d0znt0", "-122.27652043104171753", "37.80518485897756165"},
	{Point{1e-09, -1e-09}, 2627099782632789, "kpbpbpbpbp0", "0.00000268220901489", "-0.00000126736058093"},
	{Point{100.123456789, -66.6}, 2839994000399842, "nhpjn7gdvs0", "100.12345880270004272", "-66.59999997196311483"},
}

func TestPlaces(t *testing.T) {
	for _, tc := range places {
		if got := float64(Encode(tc.p)); got != tc.score {
			t.Errorf("%v: score %.0f, want %.0f", tc.p, got, tc.score)
		}
		p := Decode(tc.score)
		if text(p.Longitude) != tc.longitude || text(p.Latitude) != tc.latitude {
			t.Errorf("%.0f: %s %s, want %s %s", tc.score, text(p.Longitude), text(p.Latitude), tc.longitude, tc.latitude)
		}
		if got := string(p.AppendString(nil)); got != tc.hash {
			t.Errorf("%v: %s, want %s", p, got, tc.hash)
		}
	}
}

// TestDistances has distances in km that GEORADIUS ... STOREDIST of redis-server stores, from a place as given to another as
// decoded.
func TestDistances(t *testing.T) {
	for _, tc := range []struct {
		from, to int
		want     float64
	}{
		{0, 3, 14784.257475556809},
		{2, 5, 5729.1121637535671},
		{3, 6, 7624.6884913581025},
		{5, 8, 5729.1122104849173},
		{6, 9, 7883.441760814243},
		{7, 0, 10431.665541322762},
		{8, 1, 4449.6961236247125},
		{9, 2, 10455.592383507577},
	} {
		got := Distance(places[tc.from].p, Decode(places[tc.to].score)) / 1000
		if got != tc.want {
			t.Errorf("%d to %d: %v km, want %v", tc.from, tc.to, got, tc.want)
		}
	}
	for _, p := range []Point{{0, 0}, {-180, 85}, {33, -85}} {
		if got := Distance(p, p); got != 0 {
			t.Errorf("%v: %v m from itself", p, got)
		}
	}
	if got, want := Distance(Point{-90, 0}, Point{90, 0}), math.Pi*earthRadius; math.Abs(got-want) > 1 {
		t.Errorf("antipodes: %v m, want %v", got, want)
	}
}

// TestForeignScores has scores that GEOADD does not make.
func TestForeignScores(t *testing.T) {
	for _, tc := range []struct {
		score                     float64
		longitude, latitude, hash string
	}{
		{-1, "180", "85.0511287799999991", "bp05b5048p0"},
		{-0.5, "-179.99999731779098511", "-85.05112751263942528", "00bh0hbj200"},
		{4503599627370496, "-179.99999731779098511", "85.0511287799999991", "bp05b5048p0"},
		{1e300, "-179.99999731779098511", "-85.05112751263942528", "00bh0hbj200"},
		{-1e300, "180", "-85.05112751263942528", "00bh0hbj200"},
		{math.Inf(1), "-179.99999731779098511", "-85.05112751263942528", "00bh0hbj200"},
		{math.Inf(-1), "180", "-85.05112751263942528", "00bh0hbj200"},
		{9223372036854775808, "180", "-85.05112751263942528", "00bh0hbj200"},
		{18446744073709551616, "-179.99999731779098511", "-85.05112751263942528", "00bh0hbj200"},
		{1.5, "-179.99999731779098511", "-85.05112497791824921", "00bh0hbj210"},
		{4503599627370495, "179.99999731779098511", "85.05112751263942528", "zzpgzgpfxz0"},
	} {
		p := Decode(tc.score)
		if text(p.Longitude) != tc.longitude || text(p.Latitude) != tc.latitude || string(p.AppendString(nil)) != tc.hash {
			t.Errorf("%v: %s %s %s, want %s %s %s", tc.score, text(p.Longitude), text(p.Latitude), p.AppendString(nil),
				tc.longitude, tc.latitude, tc.hash)
		}
	}
}

func TestInterleave(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		x, y := rng.Uint32(), rng.Uint32()
		want := uint64(0)
		for i := range 32 {
			want |= uint64(y>>i&1)<<(2*i) | uint64(x>>i&1)<<(2*i+1)
		}
		if got := interleave(y, x); got != want || gather(got) != y || gather(got>>1) != x {
			t.Fatalf("%x %x: %x, want %x; back %x %x", y, x, got, want, gather(got), gather(got>>1))
		}
	}
}

func randomPoint(rng *rand.Rand, latitude float64) Point {
	return Point{rng.Float64()*360 - 180, (rng.Float64()*2 - 1) * latitude}
}

func TestEncodeIsClose(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 3))
	for range 10_000 {
		p := randomPoint(rng, MaxLatitude)
		if d := Distance(p, Decode(float64(Encode(p)))); d > 0.4 {
			t.Fatalf("%v moves by %v m", p, d)
		}
	}
}

// near is a point at most so many metres east or west, north or south.
func near(rng *rand.Rand, c Point, east, north float64) Point {
	lat := c.Latitude + (rng.Float64()*2-1)*north/earthRadius/degree
	long := c.Longitude + (rng.Float64()*2-1)*east/earthRadius/degree/math.Cos(lat*degree)
	return Point{long, lat}
}

// TestCellsCover: whatever is in a shape is in its cells, as long as the shape does not reach the edge of the map.
func TestCellsCover(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 5))
	for range 3000 {
		s := Shape{Center: randomPoint(rng, 60), Unit: 1, Box: rng.IntN(2) == 0}
		reach := math.Pow(10, 1+5*rng.Float64())
		s.Radius, s.Width, s.Height = reach, reach*(0.1+rng.Float64()), reach*(0.1+rng.Float64())
		if math.Abs(s.Center.Longitude) > 170 || reach > 500_000 {
			continue
		}
		ranges, f := s.Cells(nil), s.Finder()
		for range 20 {
			p := near(rng, s.Center, reach, reach)
			if _, ok := f.Contains(p); !ok {
				continue
			}
			score, found := float64(Encode(p)), false
			for _, r := range ranges {
				found = found || r.Min <= score && score < r.Max
			}
			if !found {
				t.Fatalf("%v is in %+v and not in %v", p, s, ranges)
			}
		}
	}
}

// TestContains compares with the distance, and in a box with the distances along the meridian and the parallel.
func TestContains(t *testing.T) {
	center := Point{10, 45}
	for _, tc := range []struct {
		name string
		s    Shape
		p    Point
		want bool
	}{
		{"centre of nothing", Shape{Unit: 1}, center, true},
		{"beside nothing", Shape{Unit: 1}, Point{10.001, 45}, false},
		{"within km", Shape{Radius: 100, Unit: 1000}, Point{11, 45}, true},
		{"beyond m", Shape{Radius: 100, Unit: 1}, Point{11, 45}, false},
		{"everywhere", Shape{Radius: math.Inf(1), Unit: 1}, Point{-170, -45}, true},
		{"in the box", Shape{Box: true, Width: 200, Height: 2, Unit: 1000}, Point{11, 45}, true},
		{"too far east", Shape{Box: true, Width: 100, Height: 200, Unit: 1000}, Point{11, 45}, false},
		{"too far north", Shape{Box: true, Width: 200, Height: 200, Unit: 1000}, Point{10, 46}, false},
	} {
		tc.s.Center = center
		f := tc.s.Finder()
		d, ok := f.Contains(tc.p)
		if ok != tc.want || ok && d != Distance(center, tc.p) {
			t.Errorf("%s: %v, %v", tc.name, d, ok)
		}
	}
}

// TestContainsAtTheEdge: what is turned away by its latitude alone is farther than the radius.
func TestContainsAtTheEdge(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 7))
	for range 20_000 {
		center, east := randomPoint(rng, MaxLatitude), 0.0
		if rng.IntN(2) == 0 {
			east = math.Pow(10, -3+6*rng.Float64())
		}
		p := near(rng, center, east, math.Pow(10, -2+8*rng.Float64()))
		d := Distance(center, p)
		s := Shape{Center: center, Unit: 1, Radius: d}
		f := s.Finder()
		if got, ok := f.Contains(p); !ok || got != d {
			t.Fatalf("%v is %v m from %v: %v, %v", p, d, center, got, ok)
		}
		s.Radius = math.Nextafter(d, -1)
		if _, ok := f.Contains(p); ok {
			t.Fatalf("%v is %v m from %v and within less", p, d, center)
		}
	}
}

// FuzzShape searches with any numbers: there are at most nine ranges, none of them empty.
func FuzzShape(f *testing.F) {
	f.Add(13.36, 38.11, 200.0, 100.0, 50.0, 1000.0, false)
	f.Add(180.0, 85.05112878, math.Inf(1), math.Inf(1), 0.0, 1609.34, true)
	f.Add(-180.0, -85.05112878, 5e-324, 1e308, 1e308, 0.3048, true)
	f.Fuzz(func(t *testing.T, long, lat, radius, width, height, unit float64, box bool) {
		s := Shape{Point{long, lat}, box, radius, width, height, unit}
		if !s.Center.Valid() || !(radius >= 0 && width >= 0 && height >= 0 && unit > 0) {
			return
		}
		ranges := s.Cells(nil)
		if len(ranges) > coverSize {
			t.Fatal(ranges)
		}
		for _, r := range ranges {
			if !(r.Min >= 0 && r.Min < r.Max && r.Max <= 1<<55) {
				t.Fatal(ranges)
			}
		}
		finder := s.Finder()
		finder.Contains(Decode(radius))
	})
}

func BenchmarkContains(b *testing.B) {
	s := Shape{Center: Point{13.36, 38.11}, Radius: 200, Unit: 1000}
	f := s.Finder()
	for b.Loop() {
		f.Contains(Decode(3479447370796909))
	}
}
