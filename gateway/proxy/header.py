"""The headers of frames, messages of `wire.v1`, as lists of their fields.

msgpack is an array in field order (`protos/CODEC.md`), so a list packed by the msgpack library is the message itself.
The generated codec builds protobuf objects, which would cost a call ten times as much and the start 100 ms.
"""

from __future__ import annotations

from typing import Any

import msgpack

from gateway.wire.lists_generated import MAX_KERNEL_NAME_BYTES, MAX_TRACESTATE_BYTES

Fields = list[Any]

KERNEL, CODEC, TOTAL_BYTES, DEADLINE_NS, STAMPS, TRACE_CONTEXT, TRACESTATE = range(7)
"""Places in a CallHeader."""
STATUS, REASON, EXECUTED, REPLY_BYTES, KERNEL_VERSION, RETRY_AFTER_NS, MESSAGE, STAMPS_NS, HOPS_NS = range(9)
"""Places in a Receipt; stamps and hops are packed, 8 bytes each, little-endian."""
CONTRACT, MAX_MESSAGE_BYTES, MAX_FRAME_BYTES, WINDOW_CALLS, CLOCK_DOMAIN = range(5)
"""Places in a Hello."""
LAST_CALL_ID, GOAWAY_REASON = range(2)
"""Places in a Goaway."""

TRACE_CONTEXT_BYTES = 25
SAMPLED = 1
"""Bit of the last byte of a trace context."""

PLAIN_START = b"\x97\xc4"
"""An array of seven that begins with a short `bin`, the kernel's name."""
PLAIN_END = b"\xc2\xc4\x00\xc4\x00"
"""No stamps, no trace context, no tracestate: with this end a call is forwarded unread."""

_CALL: Fields = [b"", 0, 0, 0, False, b"", b""]
_RECEIPT: Fields = [0, 0, 0, 0, 0, 0, b"", b"", b""]
_HELLO: Fields = [0, 0, 0, 0, b""]
_GOAWAY: Fields = [0, 0]

pack = msgpack.Packer(use_bin_type=True).pack


def read_call(header: bytes) -> Fields | None:
    """The fields of a CallHeader; None when it does not decode or a field is over its limit."""
    fields = _read(header, _CALL)
    if fields is None or len(fields[KERNEL]) > MAX_KERNEL_NAME_BYTES or len(fields[TRACESTATE]) > MAX_TRACESTATE_BYTES:
        return None
    return fields if len(fields[TRACE_CONTEXT]) in (0, TRACE_CONTEXT_BYTES) else None


def read_receipt(header: bytes) -> Fields | None:
    """The fields of a Receipt; None when it does not decode."""
    fields = _read(header, _RECEIPT)
    return fields if fields is not None and len(fields[STAMPS_NS]) % 8 == len(fields[HOPS_NS]) % 8 == 0 else None


def read_hello(header: bytes) -> Fields | None:
    """The fields of a Hello; None when it does not decode."""
    return _read(header, _HELLO)


def read_goaway(header: bytes) -> Fields | None:
    """The fields of a Goaway; None when it does not decode."""
    return _read(header, _GOAWAY)


def is_sampled(fields: Fields) -> bool:
    """Whether the caller of a CallHeader records its trace."""
    context = fields[TRACE_CONTEXT]
    return len(context) == TRACE_CONTEXT_BYTES and bool(context[-1] & SAMPLED)


def _read(header: bytes, defaults: Fields) -> Fields | None:
    """Known fields of the right kinds, missing ones as their default, unknown ones behind the last left out."""
    try:
        found = msgpack.unpackb(header, raw=False, max_ext_len=0, max_map_len=0)
    except (ValueError, msgpack.UnpackException):
        return None
    if type(found) is not list:
        return None
    fields = found[: len(defaults)] + defaults[len(found) :]
    fits = all(map(_fits, fields, defaults))
    return fields if fits else None


def _fits(value: Any, default: Any) -> bool:
    return type(value) is type(default) and (type(value) is not int or value >= 0)
