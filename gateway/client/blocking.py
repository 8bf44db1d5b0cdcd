"""The blocking client."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self, TypeVar, Unpack

from google.protobuf.message import Message

from gateway.client.address import settings
from gateway.client.error import CallError
from gateway.client.exchange import Exchange, Options
from gateway.client.frames import FrameChannel
from gateway.client.kernels import Kernels
from gateway.client.message import method_of
from gateway.gen.kernels.v1.bytes_pb2 import BytesRequest, BytesResponse
from gateway.wire.lists_generated import MAX_MESSAGE_BYTES, Codec

if TYPE_CHECKING:
    from types import TracebackType

    from gateway.client.address import Settings
    from gateway.client.grpc_calls import GrpcChannel
    from gateway.client.observation import Observation

M = TypeVar("M", bound=Message)


def connect(
    address: str,
    *,
    codec: Codec | None = None,
    timeout_s: float | None = None,
    retries: int = 0,
    max_message_bytes: int = MAX_MESSAGE_BYTES,
) -> Client:
    """A client of the worker or proxy at CHANNEL:ADDRESS; it connects with its first call. Raises ValueError.

    `timeout_s` bounds every call that states none itself; without both a call carries no deadline. `retries` counts
    further tries of a call that was surely not executed, or whose kernel is declared idempotent.
    """
    return Client(settings(address, codec, timeout_s, retries, max_message_bytes))


class Client(Kernels):
    """Safe for any number of threads. Close it at the end, or use it as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._channel = FrameChannel(settings) if settings.by_frames else _grpc_channel(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; calls in flight fail."""
        self._channel.close()

    def call(self, kernel: str, request: Message, **options: Unpack[Options]) -> Message:
        """Call any kernel with its request; the response is of the class that belongs to it."""
        return self.typed(kernel, request, method_of(type(request)).response, options)

    def bytes(self, kernel: str, data: bytes, **options: Unpack[Options]) -> bytes:
        """Call a kernel that has no proto of its own."""
        return self.typed(kernel, BytesRequest(data=data), BytesResponse, options).data

    def observe(self, kernel: str, request: Message, **options: Unpack[Options]) -> Observation[Message]:
        """As `call`, with all stamps."""
        response = method_of(type(request)).response
        exchange = Exchange(self._settings, kernel, request, response, options, stamps=True)
        return exchange.observation(self._made(exchange))

    def typed(self, kernel: str, request: Message, response: type[M], options: Options) -> M:
        """What the methods of kernels are made of."""
        return self._made(Exchange(self._settings, kernel, request, response, options, stamps=False))

    def _made(self, exchange: Exchange[M]) -> M:
        while True:
            try:
                return exchange.finish(self._channel.call(exchange.begin()))
            except CallError as error:
                pause_s = exchange.pause_s(error)
            time.sleep(pause_s)


def _grpc_channel(settings: Settings) -> GrpcChannel:
    from gateway.client.grpc_calls import GrpcChannel  # grpc takes long to load, and frames do without

    return GrpcChannel(settings)
