package kernel

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

const (
	// InflateMaxBytes bounds every answer.
	InflateMaxBytes = 4_000_000
	// contentBytesAPoll take some 0.1 ms.
	contentBytesAPoll = 1 << 16
	// dataBytesAPoll take some 1 ms where they are nothing but the tables of empty blocks.
	dataBytesAPoll = 1 << 13
	// inflateMostRatio is the best that deflate data can do: 258 bytes in two bits.
	inflateMostRatio = 1032
	gzipFlags        = 3
	gzipReserved     = 0xE0
)

const (
	overMaxBytes = InvalidInput("max_bytes is over 4,000,000; ask for less, or for 0")
	tooLong      = InvalidInput("the content is longer than max_bytes; ask for more, or send less")
	notGzip      = InvalidInput("data is not one or more whole gzip members (RFC 1952)")
)

// Inflate unpacks all gzip members of data: at most maxBytes, of which 0 stands for InflateMaxBytes. It fails with
// InvalidInput where inflate.md refuses data, and where the checkpoint says so.
func Inflate(data []byte, maxBytes uint64, checkpoint Checkpoint) ([]byte, error) {
	return inflate(&fastInflaters, nil, data, maxBytes, checkpoint)
}

// InflateInto is Inflate into the memory of dst, which is empty, where it is large enough.
func InflateInto(dst, data []byte, maxBytes uint64, checkpoint Checkpoint) ([]byte, error) {
	return inflate(&fastInflaters, dst, data, maxBytes, checkpoint)
}

// gzipReader is what compress/gzip and its faster drop-in have.
type gzipReader interface {
	io.Reader
	// Reset reads the header of the member at r.
	Reset(r io.Reader) error
	Multistream(ok bool)
}

// inflater is the memory of one call, kept for the next.
type inflater struct {
	gzip   gzipReader
	source gzipSource
	// input never reads past a member's end out of its own buffer, since it is a reader of bytes.
	input *bufio.Reader
}

var fastInflaters = sync.Pool{New: func() any { return newInflater(new(gzip.Reader)) }}

func newInflater(reader gzipReader) *inflater {
	return &inflater{gzip: reader, input: bufio.NewReaderSize(nil, dataBytesAPoll)}
}

func inflate(pool *sync.Pool, dst, data []byte, maxBytes uint64, checkpoint Checkpoint) ([]byte, error) {
	if maxBytes > InflateMaxBytes {
		return nil, overMaxBytes
	}
	if maxBytes == 0 {
		maxBytes = InflateMaxBytes
	}
	i := pool.Get().(*inflater)
	defer pool.Put(i)
	i.source = gzipSource{data: data, checkpoint: checkpoint}
	i.input.Reset(&i.source)
	if likely := likelySize(data, int(maxBytes)); cap(dst) < likely {
		dst = make([]byte, 0, likely)
	}
	content, err := i.members(dst, int(maxBytes))
	stopped := i.source.stopped
	i.source = gzipSource{}
	if stopped != nil {
		return nil, stopped
	}
	if err != nil {
		return nil, err
	}
	plant(content)
	return content, nil
}

// likelySize is what the last member says of its content; with more members it grows later.
func likelySize(data []byte, most int) int {
	if len(data) < 4 {
		return 0
	}
	size := int(binary.LittleEndian.Uint32(data[len(data)-4:]))
	return min(size, most, len(data)*inflateMostRatio)
}

// members appends the content of each member.
func (i *inflater) members(content []byte, most int) ([]byte, error) {
	for {
		if err := i.header(); err != nil {
			return nil, err
		}
		var err error
		if content, err = i.member(content, most); err != nil {
			return nil, err
		}
		if _, err := i.input.Peek(1); err != nil {
			return content, nil
		}
	}
}

func (i *inflater) header() error {
	// The standard library lets reserved flags pass.
	start, err := i.input.Peek(gzipFlags + 1)
	if err != nil || start[gzipFlags]&gzipReserved != 0 {
		return notGzip
	}
	if err := i.gzip.Reset(i.input); err != nil {
		return notGzip
	}
	i.gzip.Multistream(false)
	return nil
}

// member appends the content of one member. Where there is no room it reads one byte beyond: mostly nothing comes but the
// end, with its checksums.
func (i *inflater) member(content []byte, most int) ([]byte, error) {
	var beyond [1]byte
	for {
		room, full := content[len(content):cap(content)], len(content) == cap(content)
		if full {
			room = beyond[:]
		}
		got, err := i.gzip.Read(room[:min(len(room), contentBytesAPoll)])
		if len(content)+got > most {
			return nil, tooLong
		}
		if full {
			content = append(content, beyond[:got]...)
		} else {
			content = content[:len(content)+got]
		}
		if errors.Is(err, io.EOF) {
			return content, nil
		}
		if err != nil {
			return nil, notGzip
		}
		if err := i.source.poll(); err != nil {
			return nil, err
		}
	}
}

// gzipSource gives data piece by piece and polls in front of each.
type gzipSource struct {
	data       []byte
	checkpoint Checkpoint
	// stopped is what the checkpoint said; the libraries may wrap it.
	stopped error
}

func (s *gzipSource) Read(into []byte) (int, error) {
	if err := s.poll(); err != nil {
		return 0, err
	}
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	count := copy(into, s.data)
	s.data = s.data[count:]
	return count, nil
}

func (s *gzipSource) poll() error {
	if s.stopped == nil {
		s.stopped = s.checkpoint.Poll()
	}
	return s.stopped
}
