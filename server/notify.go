package server

import (
	"strconv"

	"synap/server/config"
	"synap/store"
)

// eventClasses are the classes of events by the letters of notify-keyspace-events.
var eventClasses = map[config.NotifyFlags]store.EventClass{
	config.NotifyGeneric: store.EventGeneric, config.NotifyString: store.EventString, config.NotifyList: store.EventList,
	config.NotifySet: store.EventSet, config.NotifyHash: store.EventHash, config.NotifyZSet: store.EventSortedSet,
	config.NotifyExpired: store.EventExpired, config.NotifyEvicted: store.EventEvicted, config.NotifyStream: store.EventStream,
	config.NotifyKeyMiss: store.EventKeyMiss, config.NotifyModule: store.EventModule, config.NotifyNew: store.EventNew,
}

// notifyChannels are the two kinds of channels that events go to.
const notifyChannels = config.NotifyKeyspace | config.NotifyKeyevent

// selectEvents has the store tell of the events that the configuration wants published. Without a channel to publish them
// to nobody wants any.
func (s *Server) selectEvents(flags config.NotifyFlags) {
	var classes store.EventClass
	if flags&notifyChannels != 0 {
		for letter, class := range eventClasses {
			if flags&letter != 0 {
				classes |= class
			}
		}
	}
	s.notify.Store(int32(flags & notifyChannels))
	s.store.SelectEvents(classes)
}

// publishEvents publishes what happened to keys. Shards are locked, and the caller may be any goroutine.
func (s *Server) publishEvents(events []store.Event) {
	flags := config.NotifyFlags(s.notify.Load())
	var scratch [64]byte
	channel := scratch[:0]
	for _, e := range events {
		if flags&config.NotifyKeyspace != 0 {
			channel = append(appendDatabase(append(channel[:0], "__keyspace@"...), e.DB), e.Key...)
			s.pubsub.Publish(channel, []byte(e.Name))
		}
		if flags&config.NotifyKeyevent != 0 {
			channel = append(appendDatabase(append(channel[:0], "__keyevent@"...), e.DB), e.Name...)
			s.pubsub.Publish(channel, []byte(e.Key))
		}
	}
}

func appendDatabase(b []byte, db int) []byte {
	return append(strconv.AppendInt(b, int64(db), 10), "__:"...)
}
