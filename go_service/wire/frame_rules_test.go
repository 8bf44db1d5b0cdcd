package wire_test

import (
	"errors"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func sideOf(name string) wire.Side {
	if name == "worker" {
		return wire.SideWorker
	}
	return wire.SideClient
}

func TestEveryGoldenFrameMayBeSentByItsSender(t *testing.T) {
	for name, vector := range vectors.Frames(t) {
		frame, _, err := wire.ParseFrame(vector.Bytes, wire.MaxFrameBytes)
		if err == nil {
			err = frame.Check(sideOf(vector.Sender))
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryFrameThatBreaksARuleIsAProtocolError(t *testing.T) {
	for _, bad := range vectors.BadFrames(t) {
		frame, _, err := wire.ParseFrame(bad.Bytes, wire.MaxFrameBytes)
		if err == nil {
			err = frame.Check(sideOf(bad.Sender))
		}
		var protocol *wire.ProtocolError
		if !errors.As(err, &protocol) {
			t.Errorf("%s: %v", bad.Name, err)
		}
	}
}

func TestAPartOfAFrameWaitsForTheRest(t *testing.T) {
	whole := wire.AppendFrame(nil, wire.FramePing, 0, 7, nil, []byte("ping"))
	for n := range whole {
		if _, size, err := wire.ParseFrame(whole[:n], wire.MaxFrameBytes); size != 0 || err != nil {
			t.Errorf("%d of %d bytes gave a frame of %d and %v", n, len(whole), size, err)
		}
	}
}

func FuzzFrameReader(f *testing.F) {
	for _, vector := range vectors.Frames(f) {
		if len(vector.Bytes) < 1000 {
			f.Add([]byte(vector.Bytes))
		}
	}
	for _, bad := range vectors.BadFrames(f) {
		f.Add([]byte(bad.Bytes))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for len(data) > 0 {
			frame, size, err := wire.ParseFrame(data, wire.MaxFrameBytes)
			if err != nil || size == 0 {
				return
			}
			_ = frame.Check(wire.SideWorker)
			again := wire.AppendFrame(nil, frame.Type, frame.Flags, frame.CallID, frame.Header, frame.Payload)
			if string(again) != string(data[:size]) {
				t.Fatalf("a frame of %d bytes is written as another one", size)
			}
			data = data[size:]
		}
	})
}
