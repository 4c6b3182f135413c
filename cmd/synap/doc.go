// Command synap is the operator's tool: one subcommand per task. It knows servers from outside only, by their command
// line, their protocol and what the operating system tells of their process.
//
// # synap bench
//
// Two servers, Synap and a peer, run at the same time on the same machine, and redis-benchmark drives them in turn:
// first one, then the other, for every round of every workload, so that whatever else the machine does meets both
// alike. Of the rounds the median counts. Each workload starts on databases that hold the same keys; one that uses them
// up, or adds to them, gets them anew for every round. Both servers have their default settings, except that neither
// saves to disk: what is compared is serving.
//
// Memory is measured on fresh servers, one per kind of data, as the growth of the process's resident set: that is what
// the machine's owner pays for, whatever a server reports of itself.
//
// Rejected: a load generator of our own. It would have to be trusted as well; redis-benchmark is what everybody has.
package main
