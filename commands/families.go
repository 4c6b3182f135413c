package commands

// DataFamilies returns the commands that work on data, family by family. The server adds those that deal with itself.
func DataFamilies() [][]Command {
	return [][]Command{
		stringCommands,
		counterCommands,
		substringCommands,
		bitmapCommands,
		bitfieldCommands,
		keyCommands,
		expireCommands,
		keyspaceCommands,
		objectCommands,
		listCommands, listEditCommands, listMoveCommands, listBlockingCommands,
		streamCommands, streamReadCommands, streamGroupCommands, streamInfoCommands,
		setCommands, setRandomCommands, setOperationCommands,
		sortedSetCommands, sortedSetRangeCommands, sortedSetAlgebraCommands, sortedSetBlockingCommands,
		hashCommands, hashCounterCommands, hashWalkCommands, hashExpireCommands,
		hyperLogLogCommands, geoCommands, geoSearchCommands, sortCommands,
	}
}
