package trace

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// tellEvery is how often dropped spans are told of: a receiver that is away is no news.
const tellEvery = time.Minute

// ledger counts dropped spans and tells of them: the first at once, then their number at most once in tellEvery.
type ledger struct {
	dropped atomic.Uint64
	told    atomic.Uint64 // of dropped, in the log
	quiet   atomic.Int64  // until this wall time, ns
}

// drop counts spans that will not arrive.
func (l *ledger) drop(count int, because error) {
	l.dropped.Add(uint64(count))
	now, until := time.Now().UnixNano(), l.quiet.Load()
	if now >= until && l.quiet.CompareAndSwap(until, now+int64(tellEvery)) {
		l.tell(because)
	}
}

// tell writes the number to the log when it has grown since the last time.
func (l *ledger) tell(because error) {
	dropped := l.dropped.Load()
	if l.told.Swap(dropped) == dropped {
		return
	}
	slog.Warn("spans are dropped, calls are not affected; check OTEL_EXPORTER_OTLP_ENDPOINT and its receiver",
		"dropped", dropped, "because", because)
}
