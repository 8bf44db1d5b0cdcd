"""The bidi call that carries frames (`protos/FRAME.md`, "Over gRPC"), for both flavours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from gateway.client import unary
from gateway.gen.wire.v1.frames_pb2 import Frame
from gateway.wire.lists_generated import CONTRACT_TEXT, METADATA_CONTRACT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.client.address import Settings

METHOD = "/wire.v1.FrameService/Stream"
METADATA = ((METADATA_CONTRACT, CONTRACT_TEXT),)
MESSAGE_BYTES = 1 << 20
"""No message is over it."""
ERRORS = (grpc.RpcError, ValueError)
"""How the library tells that a stream ended, or that its channel was closed."""


def channel(settings: Settings) -> grpc.Channel:
    """A connection for blocking callers."""
    return grpc.insecure_channel(unary.target(settings.target), options=unary.options(MESSAGE_BYTES))


def aio_channel(settings: Settings) -> grpc.aio.Channel:
    """A connection for an event loop."""
    return grpc.aio.insecure_channel(unary.target(settings.target), options=unary.options(MESSAGE_BYTES))


def call(made: grpc.Channel, outgoing: Iterator[bytes]) -> Any:
    """The stream: an iterator of what is read that can be cancelled."""
    return made.stream_stream(METHOD, _wrapped, _unwrapped)(outgoing, metadata=METADATA)


def aio_call(made: grpc.aio.Channel) -> Any:
    """The stream, with `read`, `write` and `cancel`."""
    return made.stream_stream(METHOD, _wrapped, _unwrapped)(metadata=METADATA)


def _wrapped(frames: bytes) -> bytes:
    return Frame(frame=frames).SerializeToString()


def _unwrapped(message: bytes) -> bytes:
    return Frame.FromString(message).frame
