package channel_test

import (
	"slices"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func TestAKernelThatItsPathDoesNotNameIsNamedInTheMetadata(t *testing.T) {
	for _, c := range []struct {
		what, method string
		want         []string
	}{
		{"a typed service", wire.KernelEcho.Method, nil},
		{"the service of bytes", wire.BytesMethod, []string{"mine"}},
	} {
		md := channel.RequestMetadata(&channel.Call{Kernel: "mine", Method: c.method})
		if got := md.Get(wire.MetadataKernel); !slices.Equal(got, c.want) {
			t.Errorf("%s: %s is %q, want %q", c.what, wire.MetadataKernel, got, c.want)
		}
	}
}
