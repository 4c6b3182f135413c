package geohash

import "math"

// Shape is an area to search: a circle or a box around a point.
type Shape struct {
	Center        Point
	Box           bool
	Radius        float64 // of a circle, in units
	Width, Height float64 // of a box, in units
	Unit          float64 // metres
}

// Finder tells which of many points are in a shape.
type Finder struct {
	shape  *Shape
	center origin
}

// Finder is the finder of points in the shape, which must not change meanwhile.
func (s *Shape) Finder() Finder { return Finder{s, originAt(s.Center)} }

// Contains reports whether a point is in the shape, and how many metres it is from the centre.
func (f *Finder) Contains(p Point) (distance float64, ok bool) {
	const rounding = 1 + 1e-9 // more than what a distance may lack
	s := f.shape
	north := latitudeDistance(p.Latitude, s.Center.Latitude)
	if !s.Box {
		radius := s.Radius * s.Unit
		if north > radius*rounding {
			return 0, false // no way is shorter than the part of it that leads north or south
		}
		distance = f.center.distance(p)
		return distance, !(distance > radius)
	}
	if north > s.Height*s.Unit/2 {
		return 0, false
	}
	if Distance(p, Point{s.Center.Longitude, p.Latitude}) > s.Width*s.Unit/2 {
		return 0, false
	}
	return f.center.distance(p), true
}

// Range is the scores of a cell, from Min to Max, which is not in it.
type Range struct{ Min, Max float64 }

// Cells appends the ranges of scores in which all points of the shape are, and others. Ranges may occur twice for shapes that
// go around the earth.
func (s *Shape) Cells(dst []Range) []Range {
	cells := s.cover()
	last := 0
	for i, c := range cells {
		if c.none() || last > 0 && c == cells[last] {
			continue
		}
		shift := 2 * (steps - c.step)
		dst = append(dst, Range{float64(c.bits << shift), float64((c.bits + 1) << shift)})
		last = i
	}
	return dst
}

// The places of the cells that cover a shape, in the order in which they are searched.
const (
	middle = iota
	north
	south
	east
	west
	northEast
	northWest
	southEast
	southWest
	coverSize
)

// cover is the cells that cover the shape; those that it does not need are none.
func (s *Shape) cover() (cells [coverSize]cell) {
	b := s.bounds()
	step := s.step()
	cells = around(s.Center, step)
	if step > 1 && !covers(&cells, b) {
		step--
		cells = around(s.Center, step)
	}
	if step < 2 {
		return cells
	}
	at := areaOf(cells[middle])
	for _, side := range [...]struct {
		idle  bool
		cells [3]int
	}{
		{at.south < b.south, [3]int{south, southWest, southEast}},
		{at.north > b.north, [3]int{north, northEast, northWest}},
		{at.west < b.west, [3]int{west, southWest, northWest}},
		{at.east > b.east, [3]int{east, southEast, northEast}},
	} {
		if side.idle {
			for _, i := range side.cells {
				cells[i] = cell{}
			}
		}
	}
	return cells
}

// covers reports whether the shape ends within the neighbours.
func covers(cells *[coverSize]cell, b area) bool {
	return !(areaOf(cells[north]).north < b.north || areaOf(cells[south]).south > b.south ||
		areaOf(cells[east]).east < b.east || areaOf(cells[west]).west > b.west)
}

// half is half the shape's width and height in metres.
func (s *Shape) half() (width, height float64) {
	if s.Box {
		return s.Unit * (s.Width / 2), s.Unit * (s.Height / 2)
	}
	return s.Unit * s.Radius, s.Unit * s.Radius
}

// bounds is a box of degrees around the shape. A degree of longitude is the shorter the farther from the equator, so that the
// side that faces the equator counts.
func (s *Shape) bounds() area {
	width, height := s.half()
	lat := height / earthRadius / degree
	edge := s.Center.Latitude + lat
	if s.Center.Latitude < 0 {
		edge = s.Center.Latitude - lat
	}
	long := width / earthRadius / math.Cos(edge*degree) / degree
	return area{
		west: s.Center.Longitude - long, east: s.Center.Longitude + long,
		south: s.Center.Latitude - lat, north: s.Center.Latitude + lat,
	}
}

// mapSize is half the width of the Mercator map in metres.
const mapSize = 20037726.37

// step is how finely the map must be divided for nine cells to be about as large as the shape.
func (s *Shape) step() uint {
	reach := s.Radius
	if s.Box {
		reach = math.Sqrt(float64(s.Width/2*(s.Width/2)) + float64(s.Height/2*(s.Height/2)))
	}
	reach *= s.Unit
	if reach == 0 {
		return steps
	}
	step := 1
	for ; reach < mapSize; reach *= 2 {
		step++
	}
	step -= 2
	switch lat := math.Abs(s.Center.Latitude); { // towards the poles cells are narrow
	case lat > 80:
		step -= 2
	case lat > 66:
		step--
	}
	return uint(min(max(step, 1), steps))
}
