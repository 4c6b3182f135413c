package metric

import "strconv"

// AppendHuman appends a number of bytes as INFO's _human fields show it: "512B", "1.05M", with 1K = 1024 bytes.
func AppendHuman(dst []byte, bytes uint64) []byte {
	const units = "KMGTP"
	if bytes < 1<<10 || bytes >= 1<<60 {
		return append(strconv.AppendUint(dst, bytes, 10), 'B')
	}
	unit, size := 0, uint64(1<<10)
	for bytes >= size<<10 {
		unit, size = unit+1, size<<10
	}
	return append(strconv.AppendFloat(dst, float64(bytes)/float64(size), 'f', 2, 64), units[unit])
}

// Human returns a number of bytes as AppendHuman writes it.
func Human(bytes uint64) string { return string(AppendHuman(nil, bytes)) }
