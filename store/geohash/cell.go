package geohash

// cell is one of the 4^step cells that the map is divided into.
type cell struct {
	bits uint64
	step uint
}

// none reports whether there is no cell.
func (c cell) none() bool { return c == cell{} }

// area is a part of the map, in degrees.
type area struct{ west, east, south, north float64 }

func areaOf(c cell) area {
	y, x, side := gather(c.bits), gather(c.bits>>1), float64(uint64(1)<<c.step)
	lat := func(y uint32) float64 {
		return MinLatitude + float64(float64(y)/side*(MaxLatitude-MinLatitude))
	}
	long := func(x uint32) float64 {
		return MinLongitude + float64(float64(x)/side*(MaxLongitude-MinLongitude))
	}
	return area{west: long(x), east: long(x + 1), south: lat(y), north: lat(y + 1)}
}

// around is the cell of a point and its neighbours. The map's edges meet: beyond the northernmost cells are the southernmost.
func around(p Point, step uint) (cells [coverSize]cell) {
	c := cell{encode(p, MaxLatitude, step), step}
	cells[middle] = c
	cells[north], cells[south] = c.move(0, 1), c.move(0, -1)
	cells[east], cells[west] = c.move(1, 0), c.move(-1, 0)
	cells[northEast], cells[northWest] = c.move(1, 1), c.move(-1, 1)
	cells[southEast], cells[southWest] = c.move(1, -1), c.move(-1, -1)
	return cells
}

// move goes some cells to the east and to the north.
func (c cell) move(dx, dy int32) cell {
	side := uint32(1)<<c.step - 1
	y, x := gather(c.bits)+uint32(dy), gather(c.bits>>1)+uint32(dx)
	if dx != 0 {
		x &= side
	}
	if dy != 0 {
		y &= side
	}
	return cell{interleave(y, x), c.step}
}
