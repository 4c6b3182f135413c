package commands

// radixFrom is the number of items from which on sorting by digits beats comparing.
const radixFrom = 64

// sortByKey orders items by their keys and leaves those with equal keys as they are. It takes the eight digits of a byte in turn,
// the lowest first, and skips those that are the same everywhere: of numbers that is most of the mantissa. room is as long
// as items and is overwritten; what is returned is one of the two.
func sortByKey(items, room []sortItem) []sortItem {
	var counts [8][256]int32
	for i := range items {
		key := items[i].key
		for d := range counts {
			counts[d][byte(key>>(8*d))]++
		}
	}
	for d := range counts {
		count, shift := &counts[d], 8*d
		if int(count[byte(items[0].key>>shift)]) == len(items) {
			continue
		}
		next := int32(0)
		for v, n := range count {
			count[v] = next
			next += n
		}
		for i := range items {
			at := &count[byte(items[i].key>>shift)]
			room[*at] = items[i]
			*at++
		}
		items, room = room, items
	}
	return items
}
