package wire_test

import (
	"bytes"
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func TestEveryCodecReadsWhatItWrites(t *testing.T) {
	for _, codec := range wire.Codecs {
		for _, size := range []int{0, 1, 4095, 4096, 100_000} {
			want := &kernelsv1.SpinRequest{Steps: 300, Seed: 7, Payload: bytes.Repeat([]byte("a"), size)}
			b, err := wire.Encode(codec, nil, want)
			if err != nil {
				t.Fatal(err)
			}
			got := new(kernelsv1.SpinRequest)
			if err := wire.Decode(codec, b, got); err != nil || !proto.Equal(got, want) {
				t.Errorf("%v, %d bytes: %v", codec, size, err)
			}
			if size > 0 && len(got.Payload) > 0 {
				b[bytes.LastIndexByte(b, 'a')] = 'b'
				if aliased := got.Payload[size-1] == 'b'; aliased && !codec.Aliases(len(b)) {
					t.Errorf("%v, %d bytes: the message holds parts of the input though Aliases denies it", codec, size)
				}
			}
		}
	}
}

func TestACodecOfAnUnknownNumberIsRefused(t *testing.T) {
	if _, err := wire.Encode(99, nil, new(kernelsv1.EchoRequest)); !errors.Is(err, wire.ErrUnknownCodec) {
		t.Errorf("Encode: %v", err)
	}
	if err := wire.Decode(99, nil, new(kernelsv1.EchoRequest)); !errors.Is(err, wire.ErrUnknownCodec) {
		t.Errorf("Decode: %v", err)
	}
}

// pieces are encoded fields, good and bad; any sequence of them is read as the library reads it.
func pieces(t testing.TB) [][]byte {
	t.Helper()
	long := bytes.Repeat([]byte("x"), 5000)
	encoded := func(message proto.Message) []byte {
		b, err := proto.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	all := [][]byte{
		encoded(&kernelsv1.SpinRequest{Steps: 3}),
		encoded(&kernelsv1.SpinRequest{Payload: []byte("short")}),
		encoded(&kernelsv1.SpinRequest{Payload: long}),
		encoded(&kernelsv1.SpinRequest{Seed: 9, Payload: long[:4500]}),
		append([]byte{0x7a, 0x88, 0x27}, long...), // unknown field 15, 5,000 bytes
		append([]byte{0x0a, 0x88, 0x27}, long...), // steps as bytes
		{0x1a, 0xff, 0xff, 0x03},                  // a length past the end
		{0x00},                                    // field number 0
	}
	for _, vector := range vectors.Messages(t) {
		if len(vector.Protobuf) > 0 && len(vector.Protobuf) < 10_000 {
			all = append(all, vector.Protobuf)
		}
	}
	return all
}

func TestProtobufIsReadAsItsLibraryReadsIt(t *testing.T) {
	all := pieces(t)
	for _, first := range all {
		for _, second := range all[:8] {
			for _, third := range all[:8] {
				sameAsLibrary(t, bytes.Join([][]byte{first, second, third}, nil))
			}
		}
	}
}

func sameAsLibrary(t *testing.T, b []byte) {
	t.Helper()
	got, want := new(kernelsv1.SpinRequest), new(kernelsv1.SpinRequest)
	gotErr, wantErr := wire.Decode(wire.CodecProtobuf, b, got), proto.Unmarshal(b, want)
	if (gotErr == nil) != (wantErr == nil) || wantErr == nil && !proto.Equal(got, want) {
		t.Errorf("%d bytes starting %x: got %v, the library %v", len(b), b[:min(len(b), 16)], gotErr, wantErr)
	}
}
