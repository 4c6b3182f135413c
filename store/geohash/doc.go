// Package geohash is the arithmetic of the geo commands: positions as numbers of 52 bits, which are the scores of a sorted
// set, the cells to look for in order to find all positions in an area, and distances. It is pure: no state, no data.
//
// # Positions
//
// Longitude and latitude, in degrees, are cut into 2^26 steps each, and the bits of the two are interleaved, the longitude's
// above the latitude's: positions that share the first 2n bits lie in the same cell of the 4^n that the map has, so that a cell
// is a range of scores. The latitude ends at 85.05112878 degrees, that of the square Mercator map (EPSG:3857): positions
// beyond have no number. A double holds 52 bits exactly.
//
// Decoding gives the middle of the cell, at most some 30 cm from what was encoded.
//
// # Searching
//
// [Shape.Cells] picks the size of cells so that the one with the centre in it and its eight neighbours cover the shape, and leaves
// out those that the shape does not reach. The order of the cells is part of the contract: it is the order of unsorted
// results, and a client that asks for any few gets the same ones from Redis.
//
// # Distances
//
// Great circles on a sphere of 6372797.560856 m, by the haversine formula. That is Redis's earth, and so within half a percent of
// the real one. Products are rounded before they are added, lest a compiler that fuses the two gives other bits on another
// platform. Package math's sine, cosine and arcsine are a unit of the last digit off more often than a C library's, and three in
// ten distances with them; so there are some here that nearly always round to the nearest.
//
// # Rejected
//
//   - An index by area beside the sorted set (R-tree): members would be kept twice, and ZADD, ZREM and dumps of what GEOADD made
//     would have to keep the two in step. The sorted set is what clients see.
package geohash
