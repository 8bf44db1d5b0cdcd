package reference

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
)

// defaultGRPC is the generated stub on a connection with the library's defaults.
type defaultGRPC struct {
	connection *grpc.ClientConn
	stub       kernelsv1.EchoServiceClient
}

// DefaultGRPC opens one connection that all callers share, as its makers advise.
func DefaultGRPC(path string) (Client, error) {
	connection, err := grpc.NewClient("unix://"+path, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithAuthority("localhost"))
	if err != nil {
		return nil, err
	}
	return &defaultGRPC{connection, kernelsv1.NewEchoServiceClient(connection)}, nil
}

// Join implements Client.
func (g *defaultGRPC) Join() (Echo, error) { return g, nil }

// Close implements Client.
func (g *defaultGRPC) Close() error { return g.connection.Close() }

// Echo implements Echo.
func (g *defaultGRPC) Echo(ctx context.Context, payload []byte) error {
	response, err := g.stub.Echo(ctx, &kernelsv1.EchoRequest{Payload: payload})
	if err != nil {
		return err
	}
	if len(response.Payload) != len(payload) {
		return errDiffers
	}
	return nil
}
