package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

var errOdd = errors.New("an odd number of bytes")

func evenUpper(input []byte) ([]byte, error) {
	if len(input)%2 == 1 {
		return nil, errOdd
	}
	return bytes.ToUpper(input), nil
}

var upper = client.RegisterBytes("upper", evenUpper,
	client.WithOriginal(client.Text(strings.ToUpper)), client.ComparedBy(client.ComparerJSON), client.WithVersion(2, 3))

func TestAFunctionFromBytesToBytesIsCalledByItsName(t *testing.T) {
	c := newClient(t)
	for _, route := range []wire.Route{wire.Native, wire.Original} {
		answer, err := c.Bytes(t.Context(), "upper", []byte("abcd"), client.Via(route))
		if err != nil || string(answer) != "ABCD" {
			t.Errorf("%s: %q, %v", route, answer, err)
		}
	}
}

func TestAnErrorOfTheFunctionRefusesItsInput(t *testing.T) {
	_, err := newClient(t).Bytes(t.Context(), "upper", []byte("abc"))
	if !errors.Is(err, wire.ErrInvalidInput) || !strings.Contains(err.Error(), errOdd.Error()) {
		t.Errorf("%v", err)
	}
}

func TestAKernelOfBytesStatesWhatItsOptionsSay(t *testing.T) {
	spec := upper.Description()
	if spec.Method != wire.BytesMethod || spec.Comparer != "json" || spec.Version != 2<<16|3 || !spec.Idempotent || !spec.FallbackSafe {
		t.Errorf("%+v", spec)
	}
	if once := client.RegisterBytes("once", evenUpper, client.WithoutRepeats()); once.Spec.Idempotent || once.Spec.FallbackSafe || once.HasTwin(wire.Original) {
		t.Errorf("%+v", once.Spec)
	}
}

func TestOnlyKernelsOfBytesAreCalledWithBytes(t *testing.T) {
	for name, want := range map[string]string{"digest": "messages of its own", "uper": "known are"} {
		_, err := newClient(t).Bytes(t.Context(), name, nil)
		if !errors.Is(err, wire.ErrUnknownKernel) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatCanNotBeRegisteredSaysWhyAtOnce(t *testing.T) {
	table := map[string]struct {
		name, comparer, want string
	}{
		"an underscore":        {"csv_sum", "bytes", "names no kernel"},
		"a digit first":        {"2sum", "bytes", "names no kernel"},
		"a long name":          {strings.Repeat("a", 65), "bytes", "names no kernel"},
		"a name that is taken": {"upper", "bytes", "registered twice"},
		"an unknown comparer":  {"lower", "fuzzy", "unknown comparer"},
	}
	for title, row := range table {
		t.Run(title, func(t *testing.T) {
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, row.want) {
					t.Errorf("it panicked with %q", got)
				}
			}()
			client.RegisterBytes(row.name, evenUpper, client.ComparedBy(row.comparer))
		})
	}
}

func ExampleRegisterBytes() {
	reverse := client.RegisterBytes("reverse", client.Infallible(func(input []byte) []byte {
		output := make([]byte, 0, len(input))
		for i := len(input) - 1; i >= 0; i-- {
			output = append(output, input[i])
		}
		return output
	}))
	c, err := client.New() // with client.WithUDS and client.WithRoute the Rust twin answers
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	answer, err := c.Bytes(context.Background(), reverse.Spec.Name, []byte("stressed"))
	fmt.Println(string(answer), err)
	// Output: desserts <nil>
}
