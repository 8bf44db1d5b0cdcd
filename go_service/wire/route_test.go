package wire_test

import (
	"strings"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func names(routes []wire.Route) string {
	var all []string
	for _, route := range routes {
		all = append(all, route.String())
	}
	return strings.Join(all, " ")
}

func TestARouteIsMatchedByItsNameOrByLeadingSegments(t *testing.T) {
	for pattern, want := range map[string]string{
		"uds":             "uds/protobuf uds/msgpack uds/raw",
		"uds/raw":         "uds/raw",
		"native":          "native",
		"native/original": "native/original",
		"grpc-uds":        "grpc-uds/protobuf",
	} {
		got, err := wire.MatchRoutes(pattern)
		if err != nil || names(got) != want {
			t.Errorf("%q matches %q, %v; want %q", pattern, names(got), err, want)
		}
	}
}

func TestARouteThatDoesNotExistIsRefusedWithTheNamesThatDo(t *testing.T) {
	for _, name := range []string{"", "ud", "uds/", "uds/json", "grpc", "Native"} {
		_, err := wire.MatchRoutes(name)
		if err == nil || !strings.Contains(err.Error(), "uds/msgpack") {
			t.Errorf("%q gives %v", name, err)
		}
	}
}

func TestAPlacementFollowsFromTheChannel(t *testing.T) {
	for name, want := range map[string]wire.Placement{
		"native": wire.PlacementNative, "native/original": wire.PlacementNative, "cgo/raw": wire.PlacementInproc,
		"uds/raw": wire.PlacementProcess, "grpc-tcp/protobuf": wire.PlacementProcess,
	} {
		route, err := wire.ParseRoute(name)
		if err != nil || route.Placement() != want {
			t.Errorf("%s is placed %q, %v; want %q", name, route.Placement(), err, want)
		}
	}
}
