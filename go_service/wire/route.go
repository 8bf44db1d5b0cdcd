package wire

import (
	"fmt"
	"slices"
	"strings"
)

// Route is a channel and a codec, or one of the two routes without either. Compare routes by ==.
type Route struct {
	// Channel is empty on a native route.
	Channel Channel
	// Codec is 0 on a native route.
	Codec Codec
	name  string
}

var (
	// Native is the route to the Go twin.
	Native = Route{name: RouteNative}
	// Original is the route to the worse Go that profiles find.
	Original = Route{name: RouteNativeOriginal}

	routes = allRoutes()
)

// Routes gives every route of the lists, native first.
func Routes() []Route { return slices.Clone(routes) }

// String gives the name, such as "uds/msgpack".
func (r Route) String() string { return r.name }

// IsNative says that the call stays in Go.
func (r Route) IsNative() bool { return r.Channel == "" }

// Placement says where the route leads.
func (r Route) Placement() Placement { return r.Channel.spec().Placement }

// Proxied says that a hop stands between.
func (c Channel) Proxied() bool { return c.spec().Proxied }

// spec is that of the lists; a channel that is none counts as native.
func (c Channel) spec() ChannelSpec {
	for _, spec := range Channels {
		if spec.Name == c {
			return spec
		}
	}
	return ChannelSpec{Name: c, Placement: PlacementNative}
}

// ParseRoute finds a route by its whole name.
func ParseRoute(name string) (Route, error) {
	for _, route := range routes {
		if route.name == name {
			return route, nil
		}
	}
	return Route{}, unknownRoute(name)
}

// MatchRoutes finds a route by its whole name, else every route that begins with these segments: "uds" is every
// "uds/…" and never "grpc-uds".
func MatchRoutes(prefix string) ([]Route, error) {
	if exact, err := ParseRoute(prefix); err == nil {
		return []Route{exact}, nil
	}
	var found []Route
	for _, route := range routes {
		if strings.HasPrefix(route.name, prefix+"/") {
			found = append(found, route)
		}
	}
	if len(found) == 0 {
		return nil, unknownRoute(prefix)
	}
	return found, nil
}

func allRoutes() []Route {
	all := []Route{Native, Original}
	for _, channel := range Channels {
		for _, codec := range channel.Codecs {
			all = append(all, Route{Channel: channel.Name, Codec: codec, name: string(channel.Name) + "/" + codec.String()})
		}
	}
	return all
}

func unknownRoute(name string) error {
	names := make([]string, len(routes))
	for i, route := range routes {
		names[i] = route.name
	}
	return fmt.Errorf("no route is called %q; take one of %s", name, strings.Join(names, ", "))
}
