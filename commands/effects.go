package commands

// Words of effects.
var (
	wordSet       = []byte("SET")
	wordPXAt      = []byte("PXAT")
	wordKeepTTL   = []byte("KEEPTTL")
	wordDel       = []byte("DEL")
	wordPExpireAt = []byte("PEXPIREAT")
	wordPersist   = []byte("PERSIST")
	wordLPop      = []byte("LPOP")
	wordRPop      = []byte("RPOP")
	wordSRem      = []byte("SREM")

	wordHSet, wordHDel, wordHPExpireAt, wordFields = []byte("HSET"), []byte("HDEL"), []byte("HPEXPIREAT"), []byte("FIELDS")
)
