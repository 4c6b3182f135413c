package compat

// pubsub draws what a client that listens to nothing may do about channels.
func (g *generator) pubsub() []string {
	switch g.rng.IntN(6) {
	case 0:
		return []string{"PUBLISH", g.key(), g.value()}
	case 1:
		return []string{"SPUBLISH", g.key(), g.value()}
	case 2:
		return []string{"PUBSUB", g.pick("CHANNELS", "SHARDCHANNELS"), g.pattern()}
	case 3:
		return append([]string{"PUBSUB", g.pick("NUMSUB", "SHARDNUMSUB", "numsub")}, g.keys()...)
	case 4:
		return []string{"CLIENT", g.pick("GETREDIR", "TRACKINGINFO", "CACHING", "TRACKING"), g.pick("YES", "NO", "OFF", "x")}
	default:
		return []string{"PUBSUB", g.pick("NUMPAT", "CHANNELS", "NUMSUB", "FOO")}
	}
}
