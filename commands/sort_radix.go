package commands

// radixFrom is the number of items from which on sorting by digits beats comparing.
const radixFrom = 48

// sortByKey orders items by their keys and leaves those with equal keys as they are. It takes the eight digits of a byte in turn,
// the lowest first, and skips those that are the same everywhere: of numbers that is most of the mantissa. room is as long
// as items and is overwritten; what is returned is one of the two.
func sortByKey(items, room []sortItem) []sortItem {
	differ := uint64(0)
	for i := range items {
		differ |= items[i].key ^ items[0].key
	}
	for shift := 0; shift < 64; shift += 8 {
		if byte(differ>>shift) == 0 {
			continue
		}
		var count [256]int32
		for i := range items {
			count[byte(items[i].key>>shift)]++
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
