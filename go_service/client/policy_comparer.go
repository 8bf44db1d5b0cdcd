package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Comparer says whether the answer of a route under trial is as good as the native one, from which it differs in some bit.
// It must not keep them; a panic in it counts as a failed shadow.
type Comparer func(native, other wire.Message) bool

// Tolerance is the relative error that ComparerApprox allows in a shadow.
const Tolerance = 1e-9

// same compares two outcomes by the client's comparer for the kernel, else by the one that the kernel states.
func same[Q, R wire.Message](c *Client, k *Kernel[Q, R], native, other outcome) bool {
	comparer := c.comparers[k.Spec.Name]
	if comparer == nil {
		comparer = stated(k.Spec.Comparer)
	}
	if native.reason != other.reason || string(native.raw) == string(other.raw) {
		return native.reason == other.reason // messages are flat: equal ones have equal raw forms
	}
	was, is := k.NewResponse(), k.NewResponse()
	if comparer == nil || was.UnmarshalRaw(native.raw) != nil || is.UnmarshalRaw(other.raw) != nil {
		return false
	}
	return comparer(was, is)
}

// stated gives the comparer of a name; nil for "bytes", to which nothing is the same but the same bytes.
func stated(name string) Comparer {
	switch name {
	case ComparerJSON:
		return ofData(sameJSON)
	case ComparerApprox:
		return ofData(nearlySame)
	default:
		return nil
	}
}

// ofData compares what kernels from bytes to bytes answer; other messages have no text.
func ofData(same func(native, other []byte) bool) Comparer {
	return func(native, other wire.Message) bool {
		was, ok := native.(*kernelsv1.BytesResponse)
		is, also := other.(*kernelsv1.BytesResponse)
		return ok && also && same(was.Data, is.Data)
	}
}

// sameJSON compares JSON values, one or one a line: order of keys and white space are nothing, numbers count by value.
func sameJSON(native, other []byte) bool {
	was, err := jsonValues(native)
	if err != nil {
		return false
	}
	is, err := jsonValues(other)
	return err == nil && sameValue(was, is)
}

func jsonValues(text []byte) (values []any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	for {
		var value any
		if err := decoder.Decode(&value); errors.Is(err, io.EOF) {
			return values, nil
		} else if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
}

func sameValue(one, other any) bool {
	switch one := one.(type) {
	case json.Number:
		number, ok := other.(json.Number)
		return ok && (one == number || decimalOf(one.String()) == decimalOf(number.String()))
	case []any:
		list, ok := other.([]any)
		return ok && slices.EqualFunc(one, list, sameValue)
	case map[string]any:
		object, ok := other.(map[string]any)
		return ok && maps.EqualFunc(one, object, sameValue)
	default:
		return one == other
	}
}

// decimal is a number in its one normal form: digits without zeros at either end, times ten to the exponent.
type decimal struct {
	negative bool
	digits   string
	exponent int64
}

// decimalOf reads a JSON number without computing its value, which may have any size.
func decimalOf(text string) decimal {
	mantissa, power, _ := strings.Cut(strings.ToLower(text), "e")
	exponent, err := strconv.ParseInt(power, 10, 64)
	if power != "" && (err != nil || exponent > math.MaxInt32 || exponent < math.MinInt32) {
		return decimal{digits: text} // beyond what is counted: the same only as the same text
	}
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	digits := strings.TrimRight(whole+fraction, "0")
	exponent += int64(len(whole) - len(digits))
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return decimal{}
	}
	return decimal{strings.HasPrefix(mantissa, "-"), digits, exponent}
}

var number = regexp.MustCompile(`[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?`)

// nearlySame compares UTF-8 text: what stands between decimal numbers is the same, and each number is near its other.
func nearlySame(native, other []byte) bool {
	if !utf8.Valid(native) || !utf8.Valid(other) {
		return false
	}
	was, is := number.FindAllIndex(native, -1), number.FindAllIndex(other, -1)
	if len(was) != len(is) {
		return false
	}
	at, to := 0, 0
	for i := range was {
		if string(native[at:was[i][0]]) != string(other[to:is[i][0]]) || !near(native[was[i][0]:was[i][1]], other[is[i][0]:is[i][1]]) {
			return false
		}
		at, to = was[i][1], is[i][1]
	}
	return string(native[at:]) == string(other[to:])
}

func near(one, other []byte) bool {
	if string(one) == string(other) {
		return true
	}
	left, err := strconv.ParseFloat(string(one), 64)
	if err != nil {
		return false
	}
	right, err := strconv.ParseFloat(string(other), 64)
	return err == nil && math.Abs(left-right) <= Tolerance*max(math.Abs(left), math.Abs(right))
}
