"""Frames, the pieces of a connection (`protos/FRAME.md`). Pure: bytes in, frames out, and back."""

from __future__ import annotations

import struct
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from gateway.wire.lists_generated import MAX_FRAME_BYTES, FrameFlag, FrameType

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = struct.Struct("<IBBHQ")
"""Length, type, flags, header length, call id."""
PREFIX_BYTES = PREFIX.size
COUNTED_PREFIX_BYTES = 12
"""What `length` counts besides header and payload."""
MAX_PING_BYTES = 64
MORE = int(FrameFlag.MORE)


class ProtocolError(ValueError):
    """The peer broke a rule of FRAME.md: the connection is to be closed. The text holds no byte of a payload."""


class Side(Enum):
    """One end of a connection: a client sends calls and cancels, a worker replies."""

    CLIENT = "client"
    WORKER = "worker"


class Frame(NamedTuple):
    """A frame that keeps the rules."""

    type: FrameType
    flags: int
    call_id: int
    header: bytes
    payload: bytes

    @property
    def more(self) -> bool:
        """Whether further frames of the same call follow."""
        return self.flags == MORE


TYPES: tuple[FrameType | None, ...] = (None, *FrameType, *[None] * (255 - len(FrameType)))
"""Type number → type."""
_ONLY_FROM = {FrameType.CALL: Side.CLIENT, FrameType.CANCEL: Side.CLIENT, FrameType.REPLY: Side.WORKER}
_CARRIERS = frozenset({FrameType.CALL, FrameType.REPLY})


def encode(
    frame_type: int, call_id: int = 0, header: bytes = b"", payload: bytes | memoryview = b"", flags: int = 0
) -> bytes:
    """The bytes of one frame, which the caller keeps within the reader's limit."""
    length = COUNTED_PREFIX_BYTES + len(header) + len(payload)
    return b"".join((PREFIX.pack(length, frame_type, flags, len(header), call_id), header, payload))


def cut(
    frame_type: int, call_id: int, header: bytes, payload: bytes, max_frame_bytes: int = MAX_FRAME_BYTES
) -> Iterator[bytes]:
    """The frames of one call or reply: the header stands in the first, all but the last have the flag `MORE`."""
    view, start = memoryview(payload), 0
    room = max_frame_bytes - COUNTED_PREFIX_BYTES - len(header)
    while len(view) - start > room:
        yield encode(frame_type, call_id, header, view[start : start + room], MORE)
        start, header, room = start + room, b"", max_frame_bytes - COUNTED_PREFIX_BYTES
    yield encode(frame_type, call_id, header, view[start:])


class FrameReader:
    """Puts frames together from what is read, in whatever pieces it comes.

    `sender` is the side whose frames are read, None where either may have sent them.
    """

    def __init__(self, max_frame_bytes: int = MAX_FRAME_BYTES, sender: Side | None = None) -> None:
        self.max_frame_bytes = max_frame_bytes
        self._sender = sender
        self._unread = b""

    @property
    def unread_bytes(self) -> int:
        """Bytes of a frame that is not whole yet."""
        return len(self._unread)

    def feed(self, data: bytes) -> list[Frame]:
        """Every frame that is whole now; raises ProtocolError at the first broken rule."""
        data = self._unread + data if self._unread else bytes(data)
        frames, at = [], 0
        while len(data) - at >= PREFIX_BYTES:
            length, number, flags, header_bytes, call_id = PREFIX.unpack_from(data, at)
            frame_type = check(length, number, flags, header_bytes, call_id, self.max_frame_bytes, self._sender)
            end = at + PREFIX_BYTES - COUNTED_PREFIX_BYTES + length
            if end > len(data):
                break
            body = at + PREFIX_BYTES + header_bytes
            frames.append(Frame(frame_type, flags, call_id, data[at + PREFIX_BYTES : body], data[body:end]))
            at = end
        self._unread = data[at:]
        return frames


def check(
    length: int,
    number: int,
    flags: int,
    header_bytes: int,
    call_id: int,
    max_frame_bytes: int,
    sender: Side | None = None,
) -> FrameType:
    """The type of the frame with this prefix; raises ProtocolError unless the prefix keeps every rule."""
    frame_type = TYPES[number]
    payload_bytes = length - COUNTED_PREFIX_BYTES - header_bytes
    if length > max_frame_bytes:
        raise ProtocolError(f"a frame of length {length} is over the limit of {max_frame_bytes} bytes")
    if payload_bytes < 0:
        raise ProtocolError(f"a frame of length {length} can't hold its header of {header_bytes} bytes")
    if frame_type is None:
        raise ProtocolError(f"unknown frame type {number}")
    if flags and (flags != MORE or frame_type not in _CARRIERS):
        raise ProtocolError(f"flags {flags:#04x} are not for a frame of type {number}")
    if sender is not None and _ONLY_FROM.get(frame_type, sender) is not sender:
        raise ProtocolError(f"a frame of type {number} does not come from a {sender.value}")
    if not _fits(frame_type, header_bytes, payload_bytes, call_id):
        raise ProtocolError(f"a frame of type {number} has a part that it can't have, or a call id out of place")
    return frame_type


def _fits(frame_type: FrameType, header_bytes: int, payload_bytes: int, call_id: int) -> bool:
    """Whether a frame of this type may have such parts."""
    if frame_type in _CARRIERS:
        return call_id != 0
    if frame_type is FrameType.CANCEL:
        return call_id != 0 and header_bytes + payload_bytes == 0
    if frame_type in (FrameType.PING, FrameType.PONG):
        return header_bytes == 0 and payload_bytes <= MAX_PING_BYTES
    return call_id == 0 and payload_bytes == 0
