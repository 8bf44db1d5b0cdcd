"""gRPC channels to our own children. Imported late: grpc takes longer to load than the command line."""

import grpc

UNBOUNDED = -1
OPTIONS = [
    ("grpc.max_receive_message_length", UNBOUNDED),  # a block's records are larger than 4 MiB
    ("grpc.max_send_message_length", UNBOUNDED),
    ("grpc.default_authority", "localhost"),  # grpcio's own for a socket path is refused by Rust's http crate
]


def connect(address: str) -> grpc.Channel:
    """A channel to `host:port` or to a socket's path."""
    target = f"unix:{address}" if address.startswith("/") else address
    return grpc.insecure_channel(target, options=OPTIONS)
