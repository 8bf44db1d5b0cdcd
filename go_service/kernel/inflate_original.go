package kernel

import (
	"compress/gzip"
	"sync"
)

var inflaters = sync.Pool{New: func() any { return newInflater(new(gzip.Reader)) }}

// InflateOriginal is Inflate by the standard library.
func InflateOriginal(data []byte, maxBytes uint64, checkpoint Checkpoint) ([]byte, error) {
	return inflate(&inflaters, nil, data, maxBytes, checkpoint)
}
