"""The client for asyncio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self, TypeVar, Unpack

from google.protobuf.message import Message

from gateway.client.address import settings
from gateway.client.aio_frames import AsyncFrameChannel
from gateway.client.aio_kernels import AsyncKernels
from gateway.client.error import CallError
from gateway.client.exchange import Exchange, Options
from gateway.client.message import method_of
from gateway.gen.kernels.v1.bytes_pb2 import BytesRequest, BytesResponse
from gateway.wire.lists_generated import MAX_MESSAGE_BYTES, Codec

if TYPE_CHECKING:
    from types import TracebackType

    from gateway.client.address import Settings
    from gateway.client.aio_grpc_calls import AsyncGrpcChannel
    from gateway.client.observation import Observation

M = TypeVar("M", bound=Message)


def aconnect(
    address: str,
    *,
    codec: Codec | None = None,
    timeout_s: float | None = None,
    retries: int = 0,
    max_message_bytes: int = MAX_MESSAGE_BYTES,
) -> AsyncClient:
    """A client of the worker or proxy at CHANNEL:ADDRESS; it connects with its first call. Raises ValueError.

    `timeout_s` bounds every call that states none itself; without both a call carries no deadline. `retries` counts
    further tries of a call that was surely not executed, or whose kernel is declared idempotent.
    """
    return AsyncClient(settings(address, codec, timeout_s, retries, max_message_bytes))


class AsyncClient(AsyncKernels):
    """For any number of tasks of one event loop; cancelling a task cancels its call.

    Close it at the end, or use it as an asynchronous context manager.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._channel = AsyncFrameChannel(settings) if settings.by_frames else _grpc_channel(settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connection; calls in flight fail."""
        await self._channel.close()

    async def call(self, kernel: str, request: Message, **options: Unpack[Options]) -> Message:
        """Call any kernel with its request; the response is of the class that belongs to it."""
        return await self.typed(kernel, request, method_of(type(request)).response, options)

    async def bytes(self, kernel: str, data: bytes, **options: Unpack[Options]) -> bytes:
        """Call a kernel that has no proto of its own."""
        return (await self.typed(kernel, BytesRequest(data=data), BytesResponse, options)).data

    async def observe(self, kernel: str, request: Message, **options: Unpack[Options]) -> Observation[Message]:
        """As `call`, with all stamps."""
        response = method_of(type(request)).response
        exchange = Exchange(self._settings, kernel, request, response, options, stamps=True)
        return exchange.observation(await self._made(exchange))

    async def typed(self, kernel: str, request: Message, response: type[M], options: Options) -> M:
        """What the methods of kernels are made of."""
        return await self._made(Exchange(self._settings, kernel, request, response, options, stamps=False))

    async def _made(self, exchange: Exchange[M]) -> M:
        while True:
            try:
                return exchange.finish(await self._channel.call(exchange.begin()))
            except CallError as error:
                pause_s = exchange.pause_s(error)
            await asyncio.sleep(pause_s)


def _grpc_channel(settings: Settings) -> AsyncGrpcChannel:
    from gateway.client.aio_grpc_calls import AsyncGrpcChannel  # grpc takes long to load, and frames do without

    return AsyncGrpcChannel(settings)
