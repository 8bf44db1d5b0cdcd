"""Whole frames out of `protos/FRAME.md`, good ones and ones that end a connection."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from tests.oracle.encode import msgpack
from tests.oracle.messages import MESSAGES

HELLO, CALL, REPLY, CANCEL, PING, PONG, GOAWAY = range(1, 8)
MORE = 1
MAX_FRAME_BYTES = 262_144


class Frame(NamedTuple):
    """A frame; `header` names one of MESSAGES, or is empty for no header."""

    sender: str
    type: int
    flags: int
    call_id: int
    header: str = ""
    payload: bytes = b""

    @property
    def header_bytes(self) -> bytes:
        """The header in msgpack."""
        return msgpack(*MESSAGES[self.header]) if self.header else b""


def encode(frame: Frame) -> bytes:
    """The bytes on the wire."""
    return encode_parts(frame.type, frame.flags, frame.call_id, frame.header_bytes, frame.payload)


def encode_parts(frame_type: int, flags: int, call_id: int, header: bytes, payload: bytes) -> bytes:
    """The same for what no Frame can be."""
    length = 12 + len(header) + len(payload)
    return struct.pack("<IBBHQ", length, frame_type, flags, len(header), call_id) + header + payload


FRAMES: dict[str, Frame] = {
    "hello_client": Frame("client", HELLO, 0, 0, "wire/hello_client"),
    "hello_worker": Frame("worker", HELLO, 0, 0, "wire/hello_worker"),
    "call_empty": Frame("client", CALL, 0, 1, "wire/call_header_empty"),
    "call_whole": Frame("client", CALL, 0, 2, "wire/call_header_plain", bytes(range(64))),
    "call_first_piece": Frame("client", CALL, MORE, 3, "wire/call_header_traced", b"a" * 100),
    "call_last_piece": Frame("client", CALL, 0, 3, "", b"z" * 40),
    "call_largest": Frame("client", CALL, MORE, 4, "", b"f" * (MAX_FRAME_BYTES - 12)),
    "reply_whole": Frame("worker", REPLY, 0, 2, "wire/receipt_ok", bytes(range(64))),
    "reply_stamped": Frame("worker", REPLY, MORE, 3, "wire/receipt_stamped", b"a" * 100),
    "reply_last_piece": Frame("worker", REPLY, 0, 3, "", b"z"),
    "reply_failed": Frame("worker", REPLY, 0, 2**64 - 1, "wire/receipt_queue_full"),
    "cancel": Frame("client", CANCEL, 0, 3),
    "ping_empty": Frame("client", PING, 0, 0),
    "ping_worker": Frame("worker", PING, 0, 9, "", b"p" * 64),
    "pong": Frame("client", PONG, 0, 9, "", b"p" * 64),
    "goaway_client": Frame("client", GOAWAY, 0, 0, "wire/goaway_empty"),
    "goaway_worker": Frame("worker", GOAWAY, 0, 0, "wire/goaway_draining"),
}

_HELLO = msgpack(*MESSAGES["wire/hello_client"])
_CALL = msgpack(*MESSAGES["wire/call_header_plain"])
_GOAWAY = msgpack(*MESSAGES["wire/goaway_draining"])


class BadFrame(NamedTuple):
    """A protocol error: the reader closes the connection. `rule` says what has to be known to see it."""

    rule: str
    sender: str
    data: bytes


def _head(data: bytes) -> BadFrame:
    """Wrong whoever sends it."""
    return BadFrame("head", "client", data)


def _direction(sender: str, data: bytes) -> BadFrame:
    """A type that the side may not send."""
    return BadFrame("direction", sender, data)


def _shape(sender: str, *parts: Any) -> BadFrame:
    """A call id, header or payload that the type does not have."""
    return BadFrame("shape", sender, encode_parts(*parts))


REFUSED: dict[str, BadFrame] = {
    "length 0": _head(struct.pack("<IBBHQ", 0, PING, 0, 0, 0)),
    "length 11": _head(struct.pack("<IBBHQ", 11, PING, 0, 0, 0)),
    "length under 12 and header": _head(struct.pack("<IBBHQ", 12, CALL, 0, 1, 1) + b"\x90"),
    "length over the limit": _head(struct.pack("<IBBHQ", MAX_FRAME_BYTES + 1, CALL, MORE, 0, 1)),
    "length of 4 GiB": _head(struct.pack("<IBBHQ", 2**32 - 1, CALL, 0, 0, 1)),
    "type 0": _head(encode_parts(0, 0, 1, b"", b"")),
    "type 8": _head(encode_parts(8, 0, 1, b"", b"")),
    "type 255": _head(encode_parts(255, 0, 1, b"", b"")),
    "unknown flag 2": _head(encode_parts(CALL, 2, 1, _CALL, b"")),
    "unknown flag 128": _head(encode_parts(CALL, 128, 1, _CALL, b"")),
    "reply from a client": _direction("client", encode(FRAMES["reply_whole"])),
    "call from a worker": _direction("worker", encode(FRAMES["call_whole"])),
    "cancel from a worker": _direction("worker", encode(FRAMES["cancel"])),
    "hello with a call id": _shape("client", HELLO, 0, 1, _HELLO, b""),
    "hello with a payload": _shape("client", HELLO, 0, 0, _HELLO, b"x"),
    "cancel with a header": _shape("client", CANCEL, 0, 1, b"\x90", b""),
    "cancel with a payload": _shape("client", CANCEL, 0, 1, b"", b"x"),
    "ping with a header": _shape("client", PING, 0, 1, b"\x90", b""),
    "ping with 65 bytes": _shape("client", PING, 0, 1, b"", b"p" * 65),
    "pong with 65 bytes": _shape("worker", PONG, 0, 1, b"", b"p" * 65),
    "goaway with a call id": _shape("worker", GOAWAY, 0, 1, _GOAWAY, b""),
    "goaway with a payload": _shape("worker", GOAWAY, 0, 0, _GOAWAY, b"x"),
}
