package service

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// shape says how a kernel's messages become HTTP, and it follows from their descriptors: the one bytes field is the
// body, scalars are query parameters of a request and headers of an answer.
type shape struct {
	kernel     client.AnyKernel
	request    fields
	answer     fields
	parameters map[string]protoreflect.FieldDescriptor
}

// fields are those of one message; body may be nil.
type fields struct {
	body    protoreflect.FieldDescriptor
	scalars []protoreflect.FieldDescriptor
}

// headerPrefix begins the header of an answer's scalar, as in Kernel-State.
const headerPrefix = "Kernel-"

func shapeOf(kernel client.AnyKernel) (*shape, error) {
	request, err := fieldsOf(kernel.EmptyRequest())
	if err != nil {
		return nil, err
	}
	answer, err := fieldsOf(kernel.EmptyResponse())
	if err != nil {
		return nil, err
	}
	s := &shape{kernel: kernel, request: request, answer: answer, parameters: map[string]protoreflect.FieldDescriptor{}}
	for _, field := range request.scalars {
		s.parameters[string(field.Name())] = field
	}
	return s, nil
}

func fieldsOf(message wire.Message) (fields, error) {
	var f fields
	descriptor := message.ProtoReflect().Descriptor()
	for index := range descriptor.Fields().Len() {
		field := descriptor.Fields().Get(index)
		switch {
		case field.IsList() || field.Kind() == protoreflect.BytesKind && f.body != nil:
			return f, fmt.Errorf("%s: field %s has no place in HTTP, which carries one bytes field and scalars", descriptor.FullName(), field.Name())
		case field.Kind() == protoreflect.BytesKind:
			f.body = field
		default:
			f.scalars = append(f.scalars, field)
		}
	}
	return f, nil
}

// message puts a request together.
func (s *shape) message(body []byte, query url.Values) (wire.Message, error) {
	message := s.kernel.EmptyRequest()
	fields := message.ProtoReflect()
	if s.request.body != nil {
		fields.Set(s.request.body, protoreflect.ValueOfBytes(body))
	} else if len(body) > 0 {
		return nil, fmt.Errorf("kernel %s takes no body", s.kernel.Description().Name)
	}
	for name, values := range query {
		field, ok := s.parameters[name]
		if !ok {
			return nil, fmt.Errorf("kernel %s has no parameter of that name; it takes %s", s.kernel.Description().Name, s.parameterNames())
		}
		value, err := parseScalar(field, values[0])
		if err != nil || len(values) != 1 {
			return nil, fmt.Errorf("parameter %s: give one value of type %s", name, field.Kind())
		}
		fields.Set(field, value)
	}
	return message, nil
}

func (s *shape) parameterNames() string {
	if len(s.request.scalars) == 0 {
		return "none"
	}
	names := ""
	for _, field := range s.request.scalars {
		names += " " + string(field.Name())
	}
	return names[1:]
}

// scalars gives an answer's numbers by header name.
func (s *shape) scalars(answer wire.Message, set func(name, value string)) {
	for _, field := range s.answer.scalars {
		set(headerPrefix+strings.ReplaceAll(string(field.Name()), "_", "-"), fmt.Sprint(answer.ProtoReflect().Get(field).Interface()))
	}
}

// body gives an answer's bytes.
func (s *shape) body(answer wire.Message) []byte {
	if s.answer.body == nil {
		return nil
	}
	return answer.ProtoReflect().Get(s.answer.body).Bytes()
}

// parseScalar reads a number of the field's type; its errors do not repeat the text.
func parseScalar(field protoreflect.FieldDescriptor, text string) (protoreflect.Value, error) {
	switch field.Kind() {
	case protoreflect.BoolKind:
		value, err := strconv.ParseBool(text)
		return protoreflect.ValueOfBool(value), err
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		value, err := strconv.ParseUint(text, 10, 64)
		return protoreflect.ValueOfUint64(value), err
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		value, err := strconv.ParseUint(text, 10, 32)
		return protoreflect.ValueOfUint32(uint32(value)), err
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		value, err := strconv.ParseInt(text, 10, 64)
		return protoreflect.ValueOfInt64(value), err
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		value, err := strconv.ParseInt(text, 10, 32)
		return protoreflect.ValueOfInt32(int32(value)), err
	case protoreflect.FloatKind:
		value, err := strconv.ParseFloat(text, 32)
		return protoreflect.ValueOfFloat32(float32(value)), err
	case protoreflect.DoubleKind:
		value, err := strconv.ParseFloat(text, 64)
		return protoreflect.ValueOfFloat64(value), err
	default:
		return protoreflect.Value{}, fmt.Errorf("no scalar of type %s", field.Kind())
	}
}
