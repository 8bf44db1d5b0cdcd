"""Where a client calls, and how: the names and checks of `connect`. Pure."""

from __future__ import annotations

import os
from dataclasses import dataclass

from gateway.wire.lists_generated import CHANNELS, MAX_MESSAGE_BYTES, Codec

SOCKET_CHANNELS = ("uds",)
"""Channels by frames on a socket."""
STREAM_CHANNELS = ("grpc-stream", "gateway")
"""Channels by frames on a bidi call of gRPC."""
FRAME_CHANNELS = (*SOCKET_CHANNELS, *STREAM_CHANNELS)
GRPC_CHANNELS = ("grpc-uds", "grpc-tcp", "gateway-unary")
"""Channels by unary gRPC."""
MAX_PATH_BYTES = 107
"""What the kernel takes for a Unix socket."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client was made with; `target` is a path or HOST:PORT, `retries` counts further tries a call."""

    channel: str
    target: str
    codec: Codec
    timeout_s: float | None
    retries: int
    max_message_bytes: int

    @property
    def route(self) -> str:
        """Channel and codec, as everywhere."""
        return f"{self.channel}/{self.codec.name.lower()}"

    @property
    def by_frames(self) -> bool:
        """Whether calls go as frames; else by unary gRPC."""
        return self.channel in FRAME_CHANNELS

    @property
    def by_stream(self) -> bool:
        """Whether the frames go on a bidi call of gRPC; else on a socket."""
        return self.channel in STREAM_CHANNELS


def settings(
    address: str,
    codec: Codec | None = None,
    timeout_s: float | None = None,
    retries: int = 0,
    max_message_bytes: int = MAX_MESSAGE_BYTES,
) -> Settings:
    """Check them; raises ValueError, which says what to write instead.

    Without a codec it is msgpack where the channel carries it, else protobuf.
    """
    name, colon, target = address.partition(":")
    channel = next((one for one in CHANNELS if one.name == name), None)
    if channel is None or not colon or name not in (*FRAME_CHANNELS, *GRPC_CHANNELS):
        raise ValueError(f"{address!r} is no address: write {', '.join((*FRAME_CHANNELS, *GRPC_CHANNELS))}, then :ADDR")
    _check_target(address, target, unix=name in SOCKET_CHANNELS)
    chosen = codec or (Codec.MSGPACK if Codec.MSGPACK in channel.codecs else Codec.PROTOBUF)
    if chosen not in channel.codecs:
        carried = ", ".join(one.name.lower() for one in channel.codecs)
        raise ValueError(f"{name} does not carry {chosen.name.lower()}: take {carried}")
    if retries < 0 or max_message_bytes < 1 or (timeout_s is not None and timeout_s <= 0):
        raise ValueError("retries is at least 0, max_message_bytes and timeout_s are over 0")
    return Settings(name, target, chosen, timeout_s, retries, max_message_bytes)


def _check_target(address: str, target: str, *, unix: bool) -> None:
    """A target with a slash is a Unix socket's path."""
    if "/" in target:
        if len(os.fsencode(target)) > MAX_PATH_BYTES:
            raise ValueError(f"the socket path of {address!r} is over {MAX_PATH_BYTES} bytes: take a shorter folder")
    elif unix:
        raise ValueError(f"{address!r} names no socket: write its path, such as uds:/run/user/0/sg-4f/worker.sock")
    elif not target.rpartition(":")[0] or not target.rpartition(":")[2].isdigit():
        raise ValueError(f"{address!r} names no port: write HOST:PORT, or a socket's path")
