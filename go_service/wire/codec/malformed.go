// Package codec has what the generated msgpack and raw codecs call: readers that refuse what
// protos/CODEC.md refuses, and appenders that allocate only to grow the given slice.
package codec

import "fmt"

// Malformed says that bytes are no message; protos/CODEC.md lists what is refused.
type Malformed struct {
	// Codec is "msgpack" or "raw".
	Codec string
	// Message is the full name of the message, such as "kernels.v1.SpinRequest".
	Message string
	// Problem says what is wrong, without a byte of the input.
	Problem string
	// Offset is where, in bytes from the start.
	Offset int
}

// Error implements error.
func (e *Malformed) Error() string {
	return fmt.Sprintf("%s as %s: %s at byte %d", e.Message, e.Codec, e.Problem, e.Offset)
}

// The problems of both codecs.
const (
	problemTruncated = "the bytes end too early"
	problemPastEnd   = "a length runs past the end"
	problemRange     = "a number is out of its type's range"
	problemForm      = "a value has another type than its field"
	problemArray     = "the message does not start with an array"
	problemUnknown   = "a value behind the known fields has a form of no field"
	problemTrailing  = "bytes follow the end"
	problemElements  = "a length is no multiple of its element's size"
	problemGap       = "a gap between contents is not zero"
)
