package stream

// Trim says what to remove from the beginning of a stream.
type Trim struct {
	ByID   bool   // everything before MinID, else all but MaxLen entries
	MaxLen uint64 // entries to keep
	MinID  ID     // first ID to keep
	Whole  bool   // remove whole blocks only, and so perhaps less
	Limit  uint64 // remove no more entries than that, 0: any number
}

// Trim removes entries from the beginning and returns how many that were.
func (s *Stream) Trim(t Trim) (removed uint64) {
	for t.ByID || s.Length > t.MaxLen {
		master, h := s.blockFrom(MinID)
		if h == 0 {
			break
		}
		b := s.load(h)
		live := uint64(b.live())
		if t.Limit > 0 && removed+live > t.Limit {
			break
		}
		if t.covers(s, b, master) {
			s.removeBlock(master, h)
			s.Length -= live
			removed += live
			continue
		}
		if !t.Whole {
			removed += s.trimBlock(b, master, t)
		}
		break
	}
	if removed > 0 || s.Length == 0 {
		s.Settle()
	}
	return removed
}

// covers reports whether a block goes as a whole.
func (t Trim) covers(s *Stream, b block, master ID) bool {
	if t.ByID {
		return b.lastID(master).Less(t.MinID)
	}
	return s.Length-uint64(b.live()) >= t.MaxLen
}

// trimBlock marks the first entries of a block as deleted. The block stays even if none is left.
func (s *Stream) trimBlock(b block, master ID, t Trim) (removed uint64) {
	for at := b.firstEntry(); at < len(b); {
		e := b.entryAt(at, master)
		if t.ByID && !e.id.Less(t.MinID) || !t.ByID && s.Length <= t.MaxLen {
			break
		}
		if !e.dead {
			b.kill(e)
			s.Length--
			removed++
		}
		at = e.end
	}
	return removed
}
