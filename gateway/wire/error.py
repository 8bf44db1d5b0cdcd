"""How unary gRPC tells an error's reason."""

ERROR_DOMAIN = "sidecar-ipc.dev"
"""Of our reasons in `google.rpc.ErrorInfo`."""
DETAILS = "grpc-status-details-bin"
"""The metadata entry that carries `google.rpc.Status`."""
