// Package process is what every child of the supervisor owes its parent: the flags it takes, the line by which it
// announces itself, the private directory of its sockets, and how it notices that it must end.
// protos/HANDSHAKE.md is the specification.
package process
