package geohash

import "math"

// The limits of positions, in degrees.
const (
	MinLongitude = -180
	MaxLongitude = 180
	MinLatitude  = -85.05112878
	MaxLatitude  = 85.05112878
)

// steps is the finest division: 26 bits a coordinate.
const steps = 26

// Point is a position, in degrees.
type Point struct {
	Longitude, Latitude float64
}

// Valid reports whether the point has a number.
func (p Point) Valid() bool {
	return p.Longitude >= MinLongitude && p.Longitude <= MaxLongitude && p.Latitude >= MinLatitude && p.Latitude <= MaxLatitude
}

// Encode is the number of a valid point.
func Encode(p Point) uint64 { return encode(p, MaxLatitude, steps) }

// encode numbers the cell of a point on a map that ends at the given latitude and has 2^step cells a side.
func encode(p Point, latitude float64, step uint) uint64 {
	side := float64(uint64(1) << step)
	x := (p.Longitude - MinLongitude) / (MaxLongitude - MinLongitude) * side
	y := (p.Latitude + latitude) / (latitude + latitude) * side
	return interleave(uint32(y), uint32(x))
}

// Decode is the point that a sorted set's score stands for. Every score gives one, near the edge of the map if no point has that
// number.
func Decode(score float64) Point {
	a := areaOf(cell{scoreBits(score), steps})
	return Point{
		min(max((a.west+a.east)/2, MinLongitude), MaxLongitude),
		min(max((a.south+a.north)/2, MinLatitude), MaxLatitude),
	}
}

// scoreBits is a score as a number. What no point has is converted as the processors that Redis mostly runs on do: modulo
// 2^64 from -2^63 to 2^64, and beyond to the lowest integer.
func scoreBits(score float64) uint64 {
	switch {
	case score >= 1<<64:
		return 0
	case score >= 1<<63:
		return uint64(score-1<<63) + 1<<63
	case score >= -1<<63:
		return uint64(int64(score))
	}
	return 1 << 63
}

const alphabet = "0123456789bcdefghjkmnpqrstuvwxyz"

// AppendString appends the point's geohash in the usual letters (http://geohash.org), 11 of them. It is that of a map that
// ends at the poles. 52 bits are ten letters and a half: the last letter is always 0.
func (p Point) AppendString(dst []byte) []byte {
	bits := encode(p, 90, steps)
	for shift := 52 - 5; shift >= 0; shift -= 5 {
		dst = append(dst, alphabet[bits>>shift&31])
	}
	return append(dst, '0')
}

// interleave puts the bits of y in the even places and those of x in the odd ones.
func interleave(y, x uint32) uint64 { return spread(y) | spread(x)<<1 }

// spread moves bit i to bit 2i.
func spread(v uint32) uint64 {
	x := uint64(v)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	x = (x | x<<2) & 0x3333333333333333
	return (x | x<<1) & 0x5555555555555555
}

// gather is the inverse of spread; it ignores the odd bits.
func gather(x uint64) uint32 {
	x &= 0x5555555555555555
	x = (x | x>>1) & 0x3333333333333333
	x = (x | x>>2) & 0x0f0f0f0f0f0f0f0f
	x = (x | x>>4) & 0x00ff00ff00ff00ff
	x = (x | x>>8) & 0x0000ffff0000ffff
	return uint32(x | x>>16)
}

// earthRadius is the earth's quadratic mean radius in metres, as Redis has it.
const earthRadius = 6372797.560856

const degree = math.Pi / 180

// Distance is the length of the way between two points, in metres.
func Distance(a, b Point) float64 {
	o := originAt(a)
	return o.distance(b)
}

// origin is a point with what all distances from it have in common.
type origin struct {
	Point
	long, lat, cos float64 // in radians, and the latitude's cosine
}

func originAt(p Point) origin {
	lat := float64(p.Latitude * degree)
	return origin{p, float64(p.Longitude * degree), lat, cosine(lat)}
}

func (o *origin) distance(p Point) float64 {
	v := sine((float64(p.Longitude*degree) - o.long) / 2)
	if v == 0 {
		return latitudeDistance(o.Latitude, p.Latitude)
	}
	lat := float64(p.Latitude * degree)
	u := sine((lat - o.lat) / 2)
	h := float64(u*u) + float64(o.cos*cosine(lat)*v*v)
	return 2 * earthRadius * arcsine(math.Sqrt(min(h, 1))) // of opposite points h may be rounded beyond 1
}

// latitudeDistance is the distance of two points of one meridian.
func latitudeDistance(a, b float64) float64 {
	return earthRadius * math.Abs(float64(b*degree)-float64(a*degree))
}
