"""The kernel inflate, read off protos/kernels/v1/inflate.md: RFC 1952 by hand around zlib's RFC 1951."""

from __future__ import annotations

import struct
import zlib

from tests.oracle.inflate_members import CASES  # noqa: F401 (the generator reads it here)
from tests.oracle.refusal import InvalidInputError

DEFAULT_MAX_BYTES = MOST_MAX_BYTES = 4_000_000
MAGIC, DEFLATE = b"\x1f\x8b", 8
FHCRC, FEXTRA, FNAME, FCOMMENT, RESERVED = 0x02, 0x04, 0x08, 0x10, 0xE0
MOST_NAME_BYTES = 511


def answer(request: dict) -> dict:
    """The content of all members."""
    data, limit = request["data"], request.get("max_bytes", 0) or DEFAULT_MAX_BYTES
    if not data or limit > MOST_MAX_BYTES:
        raise InvalidInputError
    content, at = b"", 0
    while at < len(data):
        member, at = _member(data, at, limit - len(content))
        content += member
    return {"data": content}


def _member(data: bytes, at: int, limit: int) -> tuple[bytes, int]:
    """The content of the member at `at`, and where it ends."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(data[_end_of_header(data, at) :], limit + 1)
    except zlib.error as error:
        raise InvalidInputError from error
    trailer = inflater.unused_data[:8]
    if len(content) > limit or not inflater.eof or len(trailer) < 8:
        raise InvalidInputError
    if struct.unpack("<II", trailer) != (zlib.crc32(content), len(content) % 2**32):
        raise InvalidInputError
    return content, len(data) - len(inflater.unused_data) + 8


def _end_of_header(data: bytes, start: int) -> int:
    """Where the compressed data begins."""
    fixed, flags = data[start : start + 10], data[start + 3 : start + 4]
    if len(fixed) < 10 or fixed[:2] != MAGIC or fixed[2] != DEFLATE or flags[0] & RESERVED:
        raise InvalidInputError
    at = start + 10
    if flags[0] & FEXTRA:
        at += 2 + int.from_bytes(_bytes(data, at, 2), "little")
    for flag in (FNAME, FCOMMENT):
        if flags[0] & flag:
            at = data.find(b"\0", at, at + MOST_NAME_BYTES + 1) + 1
            if at == 0:
                raise InvalidInputError
    if flags[0] & FHCRC:
        if int.from_bytes(_bytes(data, at, 2), "little") != zlib.crc32(data[start:at]) & 0xFFFF:
            raise InvalidInputError
        at += 2
    return at


def _bytes(data: bytes, at: int, count: int) -> bytes:
    found = data[at : at + count]
    if len(found) < count:
        raise InvalidInputError
    return found
