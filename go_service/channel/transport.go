package channel

import "time"

// transport moves the bytes of a connection in their order: a socket, or a stream of gRPC messages. One goroutine at a
// time writes, and one reads.
type transport interface {
	// offer writes what goes out at once and never waits; fewer bytes than the batch has, without an error, mean that the
	// rest needs writeRest.
	offer(b *batch) (n int, err error)
	// writeRest writes what follows the first n bytes of the batch, however long that takes, and counts those too.
	writeRest(b *batch, n int) (int, error)
	// read waits for bytes; it fills first before second, which may be nil.
	read(first, second []byte) (n int, err error)
	// readBy bounds reads, also one that waits just now: they end with os.ErrDeadlineExceeded. The zero time lifts the
	// bound. Where interruptible says false the transport ends with it.
	readBy(deadline time.Time)
	interruptible() bool
	// close ends both directions; what waits returns with an error. quiet says that nobody writes.
	close(quiet bool)
}

// longAgo as a bound ends a blocked read at once.
var longAgo = time.Unix(1, 0)
