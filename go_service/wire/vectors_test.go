package wire_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/sidecar-ipc/gateway/go_service/gen/faults/v1"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	testv1 "github.com/sidecar-ipc/gateway/go_service/gen/test/v1"
	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// form is one codec as the test sees it.
type form struct {
	name   string
	golden func(vectors.Encoded) []byte
	append func(wire.Message, []byte) []byte
	read   func(wire.Message, []byte) error
}

var forms = []form{
	{
		"protobuf", func(v vectors.Encoded) []byte { return v.Protobuf }, appendProtobuf,
		func(m wire.Message, b []byte) error { return proto.Unmarshal(b, m) },
	},
	{
		"msgpack", func(v vectors.Encoded) []byte { return v.Msgpack },
		wire.Message.AppendMsgpack, wire.Message.UnmarshalMsgpack,
	},
	{
		"raw", func(v vectors.Encoded) []byte { return v.Raw },
		wire.Message.AppendRaw, wire.Message.UnmarshalRaw,
	},
}

func appendProtobuf(m wire.Message, b []byte) []byte {
	b, err := proto.MarshalOptions{Deterministic: true}.MarshalAppend(b, m)
	if err != nil {
		panic(err)
	}
	return b
}

func formOf(t *testing.T, name string) form {
	t.Helper()
	for _, form := range forms {
		if form.name == name {
			return form
		}
	}
	t.Fatalf("no codec %q", name)
	return form{}
}

func newMessage(t testing.TB, name string) wire.Message {
	t.Helper()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name))
	if err != nil {
		t.Fatal(err)
	}
	return kind.New().Interface().(wire.Message)
}

func TestMessagesAreWrittenAsTheOracleWritesThem(t *testing.T) {
	for name, vector := range vectors.Messages(t) {
		message := messageOf(t, vector)
		for _, form := range forms {
			if got := form.append(message, nil); !bytes.Equal(got, form.golden(vector)) {
				t.Errorf("%s as %s: %s", name, form.name, difference(got, form.golden(vector)))
			}
		}
	}
}

func TestMessagesAreAppendedBehindWhatIsThere(t *testing.T) {
	for name, vector := range vectors.Messages(t) {
		for _, form := range forms {
			got := form.append(messageOf(t, vector), []byte("abc"))
			if want := append([]byte("abc"), form.golden(vector)...); !bytes.Equal(got, want) {
				t.Errorf("%s as %s: %s", name, form.name, difference(got, want))
			}
		}
	}
}

func TestGoldenBytesAreReadAsTheMessageByAMessageThatIsUsedAgain(t *testing.T) {
	used := map[string]wire.Message{}
	for name, vector := range vectors.Messages(t) {
		for _, form := range forms {
			if used[vector.Message] == nil {
				used[vector.Message] = newMessage(t, vector.Message)
			}
			got := used[vector.Message]
			if err := form.read(got, form.golden(vector)); err != nil {
				t.Errorf("%s as %s: %v", name, form.name, err)
			} else if want := messageOf(t, vector); !proto.Equal(got, want) {
				t.Errorf("%s as %s: another message", name, form.name)
			}
		}
	}
}

func TestMalformedBytesAreRefused(t *testing.T) {
	for _, file := range vectors.MalformedMessages(t) {
		form := formOf(t, file.Codec)
		for _, bad := range file.Refused {
			err := form.read(newMessage(t, file.Message), bad.Bytes)
			var malformed *wire.Malformed
			if err == nil {
				t.Errorf("%s as %s: %s is taken", file.Message, file.Codec, bad.Name)
			} else if form.name != "protobuf" && !errors.As(err, &malformed) {
				t.Errorf("%s as %s: %s gives %T", file.Message, file.Codec, bad.Name, err)
			}
		}
	}
}

func TestOddBytesAreReadAsTheSameMessage(t *testing.T) {
	for _, file := range vectors.MalformedMessages(t) {
		form := formOf(t, file.Codec)
		for _, odd := range file.Accepted {
			message := newMessage(t, file.Message)
			if err := form.read(message, odd.Bytes); err != nil {
				t.Errorf("%s: %s: %v", file.Message, odd.Name, err)
			} else if got := message.AppendRaw(nil); !bytes.Equal(got, odd.Raw) {
				t.Errorf("%s as %s: %s: %s", file.Message, file.Codec, odd.Name, difference(got, odd.Raw))
			}
		}
	}
}

func TestEveryCutOfAMessageIsRefused(t *testing.T) {
	for name, vector := range vectors.Messages(t) {
		if len(vector.Raw) > 400 {
			continue
		}
		for _, form := range forms[1:] {
			golden := form.golden(vector)
			for length := range golden {
				if form.read(newMessage(t, vector.Message), golden[:length]) == nil {
					t.Errorf("%s as %s: the first %d bytes are taken", name, form.name, length)
				}
			}
		}
	}
}

func TestBytesFieldsAliasTheInputAndLeaveNoRoomBehind(t *testing.T) {
	vector := vectors.Messages(t)["wire/call_header_traced"]
	for _, form := range forms[1:] {
		input, header := bytes.Clone(form.golden(vector)), &wirev1.CallHeader{}
		if err := form.read(header, input); err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(input, header.Kernel); &input[at] != &header.Kernel[0] {
			t.Errorf("%s copies", form.name)
		}
		if room := cap(header.Kernel) - len(header.Kernel); room != 0 {
			t.Errorf("%s leaves %d bytes to append into the input", form.name, room)
		}
	}
}

func TestLongBytesFieldsLeaveNoRoomBehindEither(t *testing.T) {
	vector := vectors.Messages(t)["every/256_bytes"]
	for _, form := range forms[1:] {
		every := &testv1.Every{}
		if err := form.read(every, bytes.Clone(form.golden(vector))); err != nil {
			t.Fatal(err)
		}
		if room := cap(every.SomeBytes) - len(every.SomeBytes); room != 0 {
			t.Errorf("%s leaves %d bytes to append into the input", form.name, room)
		}
	}
}

func TestAnEmptyBytesFieldKeepsNoInputAlive(t *testing.T) {
	for _, form := range forms[1:] {
		request := &kernelsv1.EchoRequest{Payload: []byte("before")}
		if err := form.read(request, form.append(&kernelsv1.EchoRequest{}, nil)); err != nil {
			t.Fatal(err)
		}
		if request.Payload != nil {
			t.Errorf("%s gives an empty slice of the input", form.name)
		}
	}
}

func TestCodecsAllocateNothing(t *testing.T) {
	for name, vector := range vectors.Messages(t) {
		message := messageOf(t, vector)
		for _, form := range forms[1:] {
			golden, out := form.golden(vector), make([]byte, 0, len(form.golden(vector)))
			_ = form.read(message, golden)
			if got := testing.AllocsPerRun(5, func() { _ = form.read(message, golden) }); got != 0 {
				t.Errorf("%s: reading %s allocates %v times", name, form.name, got)
			}
			if got := testing.AllocsPerRun(5, func() { _ = form.append(message, out) }); got != 0 {
				t.Errorf("%s: writing %s allocates %v times", name, form.name, got)
			}
		}
	}
}

func TestAnErrorNamesMessageCodecProblemAndPlace(t *testing.T) {
	cases := []struct {
		read func([]byte) error
		data string
		want string
	}{
		{new(wirev1.Goaway).UnmarshalMsgpack, "9201cf00", "wire.v1.Goaway as msgpack: the bytes end too early at byte 3"},
		{new(wirev1.Goaway).UnmarshalMsgpack, "92c301", "wire.v1.Goaway as msgpack: a value has another type than its field at byte 1"},
		{new(kernelsv1.EchoRequest).UnmarshalRaw, "0900000000000000ff", "kernels.v1.EchoRequest as raw: a length runs past the end at byte 0"},
	}
	for _, test := range cases {
		data, _ := hex.DecodeString(test.data)
		if err := test.read(data); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.data, err, test.want)
		}
	}
}

func TestFramesAreReadAndWrittenAsTheOracleWritesThem(t *testing.T) {
	for name, vector := range vectors.Frames(t) {
		frame, size, err := wire.ParseFrame(vector.Bytes, wire.MaxFrameBytes)
		if err != nil || size != len(vector.Bytes) {
			t.Errorf("%s: %d of %d bytes are read: %v", name, size, len(vector.Bytes), err)
			continue
		}
		same := uint8(frame.Type) == vector.Type && frame.Flags == vector.Flags && frame.CallID == vector.CallID
		if !same || !bytes.Equal(frame.Header, vector.Header) || !bytes.Equal(frame.Payload, vector.Payload) {
			t.Errorf("%s is read as another frame", name)
		}
		got := wire.AppendFrame(nil, frame.Type, frame.Flags, frame.CallID, frame.Header, frame.Payload)
		if !bytes.Equal(got, vector.Bytes) {
			t.Errorf("%s: %s", name, difference(got, vector.Bytes))
		}
	}
}

func TestFramesOfAWrongHeadAreProtocolErrors(t *testing.T) {
	for _, bad := range vectors.BadFrames(t) {
		if bad.Rule != "head" {
			continue
		}
		_, _, err := wire.ParseFrame(bad.Bytes, wire.MaxFrameBytes)
		var protocol *wire.ProtocolError
		if !errors.As(err, &protocol) {
			t.Errorf("%s: %v", bad.Name, err)
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, vector := range vectors.Messages(f) {
		if len(vector.Raw) < 1000 {
			for _, form := range forms {
				f.Add(vector.Message, form.name, form.golden(vector))
			}
		}
	}
	f.Fuzz(func(t *testing.T, name, codec string, data []byte) {
		if _, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name)); err != nil {
			t.Skip()
		}
		for _, form := range forms[1:] {
			if form.name == codec {
				readsWhatItWrites(t, form, newMessage(t, name), data)
			}
		}
	})
}

// readsWhatItWrites: bytes that are taken give a message that each codec carries.
func readsWhatItWrites(t *testing.T, form form, message wire.Message, data []byte) {
	if form.read(message, data) != nil {
		return
	}
	raw := message.AppendRaw(nil)
	for _, other := range forms {
		again := message.ProtoReflect().New().Interface().(wire.Message)
		if err := other.read(again, other.append(message, nil)); err != nil {
			t.Fatalf("%s does not read what it wrote: %v", other.name, err)
		}
		if got := again.AppendRaw(nil); !bytes.Equal(got, raw) {
			t.Fatalf("%s changes the message: %s", other.name, difference(got, raw))
		}
	}
}

// messageOf sets the fields of a vector by reflection, so that no codec takes part.
func messageOf(t testing.TB, vector vectors.Encoded) wire.Message {
	t.Helper()
	message := newMessage(t, vector.Message)
	for name, text := range vector.Fields {
		field := message.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(name))
		if !field.IsList() {
			message.ProtoReflect().Set(field, value(t, field, text))
			continue
		}
		var elements []json.RawMessage
		unmarshal(t, text, &elements)
		list := message.ProtoReflect().Mutable(field).List()
		for _, element := range elements {
			list.Append(value(t, field, element))
		}
	}
	return message
}

func value(t testing.TB, field protoreflect.FieldDescriptor, text json.RawMessage) protoreflect.Value {
	t.Helper()
	switch field.Kind() {
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(unmarshal(t, text, new(vectors.Bytes)))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(unmarshal(t, text, new(bool)))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(math.Float32frombits(uint32(bits(t, text))))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(math.Float64frombits(bits(t, text)))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(unmarshal(t, text, new(uint32)))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(unmarshal(t, text, new(uint64)))
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(unmarshal(t, text, new(int32)))
	default:
		return protoreflect.ValueOfInt64(unmarshal(t, text, new(int64)))
	}
}

func bits(t testing.TB, text json.RawMessage) (bits uint64) {
	t.Helper()
	written := unmarshal(t, text, &struct{ Bits vectors.Bytes }{})
	for _, b := range written.Bits {
		bits = bits<<8 | uint64(b)
	}
	return bits
}

func unmarshal[T any](t testing.TB, text json.RawMessage, into *T) T {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
	return *into
}

// difference shows the first bytes that differ; vectors hold no one's data.
func difference(got, want []byte) string {
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	show := func(b []byte) string { return hex.EncodeToString(b[at:min(at+8, len(b))]) }
	return strings.Join([]string{"got", show(got), "want", show(want)}, " ")
}
