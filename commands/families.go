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
	}
}
