package store

import "synap/store/packed"

// StoreList sets key to a list of the given elements, whatever was there, without expiry. There is at least one element, and
// none lies in what is under key now; they may lie in other values that the transaction sees.
func (t *Txn) StoreList(key []byte, elements [][]byte) {
	l := t.EditList(key)
	packed.Init(l.create(List, EncListpack, packed.HeaderSize), packed.Forward)
	l.Push(false, elements)
}
