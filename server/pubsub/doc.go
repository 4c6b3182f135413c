// Package pubsub knows who listens to which channel, and what messages look like. It knows no clients: whoever receives is
// a Receiver, and what a receiver does with a message is its own business.
//
// # Registry
//
// Channels are spread over 64 parts by a hash of their name; each part has a mutex and a map from names to topics. A topic
// is the list of its subscriptions. A subscription knows its place in the list, and the last one takes the place of one
// that goes, so subscribing and unsubscribing take the same time however many others listen. Shard channels have parts of
// their own; patterns are one list, since each publication looks at all of them.
//
// A publication holds the part of its channel while it hands the message to the receivers: so two messages of a channel
// come in the same order to all who listen to it, by name or by pattern, whichever threads published them, and who
// unsubscribes gets none afterwards. Receiving is therefore quick: append to a queue, and nothing else.
//
// What one Subscriber listens to is touched by its owner alone, without a lock.
//
// # Messages
//
// A Message is encoded once for all receivers. Only its beginning differs between the versions of the protocol; it is a
// constant. A long payload is not copied to each output but shared by all of them.
//
// # Rejected
//
//   - Reading the list without a lock, with a new copy for every subscription: 1,000 clients that subscribe to one channel
//     copy a million pointers.
//   - Finding the receivers when a message arrives at their thread: it would count receivers that are gone by then, and
//     reach those that came later.
//   - An index of patterns by their literal beginnings: there are few patterns, and comparing one costs some nanoseconds.
package pubsub
