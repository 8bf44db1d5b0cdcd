package reference

import (
	"bytes"
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
)

// defaultGRPC is the generated stub on a connection with the library's defaults.
type defaultGRPC struct {
	stub kernelsv1.EchoServiceClient
}

// DefaultGRPC opens one connection that all callers share, as its makers advise.
func DefaultGRPC(path string) (Caller, error) {
	connection, err := grpc.NewClient("unix://"+path, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithAuthority("localhost"))
	if err != nil {
		return nil, fmt.Errorf("reference default-grpc: %w", err)
	}
	shared := &defaultGRPC{stub: kernelsv1.NewEchoServiceClient(connection)}
	return func() (Echo, error) { return shared, nil }, nil
}

// Echo implements Echo.
func (g *defaultGRPC) Echo(ctx context.Context, payload []byte) error {
	response, err := g.stub.Echo(ctx, &kernelsv1.EchoRequest{Payload: payload})
	if err != nil {
		return err
	}
	if !bytes.Equal(response.Payload, payload) {
		return errDiffers
	}
	return nil
}
