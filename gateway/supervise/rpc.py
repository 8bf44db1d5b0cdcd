"""gRPC channels to our own children. Imported late: grpc takes longer to load than the command line."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import grpc

from gateway.errors import Failure

if TYPE_CHECKING:
    from collections.abc import Generator

    from gateway.gen.bench.v1 import driver_pb2_grpc
    from gateway.supervise.child import Child

UNBOUNDED = -1
DEATH_S = 1.0
"""A process's sockets close before it can be waited for; after so long it was not its death."""
OPTIONS = [
    ("grpc.max_receive_message_length", UNBOUNDED),  # a block's records are larger than 4 MiB
    ("grpc.max_send_message_length", UNBOUNDED),
    ("grpc.default_authority", "localhost"),  # grpcio's own for a socket path is refused by Rust's http crate
]


def connect(address: str) -> grpc.Channel:
    """A channel to `host:port` or to a socket's path."""
    target = f"unix:{address}" if address.startswith("/") else address
    return grpc.insecure_channel(target, options=OPTIONS)


class Driven(Protocol):
    """Processes of which one is a driver, such as a Session or a Driving."""

    @property
    def driver(self) -> "driver_pb2_grpc.DriverServiceStub":
        """The stub of the driver's service."""
        ...

    @property
    def driver_process(self) -> "Child":
        """The driver."""
        ...

    def check(self) -> None:
        """Raise a Failure with the end of the log when one died."""
        ...


@contextmanager
def driver_errors(session: Driven) -> "Generator[None]":
    """Turn a failed request to the driver into a Failure.

    It shows the log's end when a process died, else the driver's words.
    """
    try:
        yield
    except grpc.RpcError as error:
        if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.UNAVAILABLE:
            session.driver_process.wait(DEATH_S)
        session.check()
        details = error.details() if isinstance(error, grpc.Call) else str(error)
        raise Failure(f"the driver refused: {details}", "see `gateway doctor` for what this machine can run") from error
