package server

import (
	"strconv"

	"synap/store"
	"synap/store/stream"
)

// stream adds the entries in their order. What groups have read does not count, as in Redis.
func (d *digest) stream(e store.Entry) {
	s := e.Log()
	var text []byte
	for i := s.Range(stream.MinID, stream.MaxID, false); i.Next(); {
		text = append(strconv.AppendUint(text[:0], i.ID.Ms, 10), '.')
		d.follow(strconv.AppendUint(text, i.ID.Seq, 10))
		for range i.Pairs {
			field, value := i.Pair()
			d.follow(field.Append(text[:0]))
			d.follow(value.Append(text[:0]))
		}
	}
}
