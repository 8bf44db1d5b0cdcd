"""Deflate data (RFC 1951) by hand, so that the vectors do not depend on the version of a compressor."""

from __future__ import annotations

import struct
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LENGTHS = [*range(3, 11), *(3 + (4 + step << bits) for bits in range(1, 6) for step in range(4)), 258]
_DISTANCES = [*range(1, 5), *(1 + (2 + step << bits) for bits in range(1, 14) for step in range(2))]

Copy = tuple[int, int]
"""A length and a distance."""


def bits(*fields: tuple[int, int]) -> bytes:
    """(value, width) each, the lowest bit first, filled up with zeros."""
    value = width = 0
    for more, count in fields:
        value |= more << width
        width += count
    return value.to_bytes(-(-width // 8), "little")


def stored(content: bytes, last: bool = True) -> bytes:
    """One block without compression, of at most 65,535 bytes."""
    return bits((last, 8)) + struct.pack("<HH", len(content), len(content) ^ 0xFFFF) + content


def fixed(*tokens: bytes | Copy) -> bytes:
    """The last block, by the fixed codes, of literal bytes and copies."""
    return bits((1, 1), *_fixed(tokens))


def flushed(*tokens: bytes | Copy) -> bytes:
    """The same with more to follow: an empty stored block fills up the last byte."""
    return bits((0, 1), *_fixed(tokens), (0, 3)) + struct.pack("<HH", 0, 0xFFFF)


def _fixed(tokens: tuple[bytes | Copy, ...]) -> Iterator[tuple[int, int]]:
    yield 1, 2
    for token in tokens:
        yield from _copy(*token) if isinstance(token, tuple) else map(_symbol, token)
    yield _symbol(256)


def zeros(count: int) -> bytes:
    """So many zero bytes, a thousandth as long."""
    copies, rest = divmod(count - 1, 258)
    copy = _copy(258, 1)
    width = sum(length for _, length in copy)
    eight = bits(*copy * 8)  # whole bytes, which are put together faster than bits
    many = (int.from_bytes(eight * (copies // 8), "little"), 8 * width * (copies // 8))
    return bits((1, 1), (1, 2), _symbol(0), many, *copy * (copies % 8), *[_symbol(0)] * rest, _symbol(256))


def _copy(length: int, distance: int) -> list[tuple[int, int]]:
    of_length, of_distance = bisect_right(_LENGTHS, length) - 1, bisect_right(_DISTANCES, distance) - 1
    more = max(0, of_length // 4 - 1) if length < 258 else 0
    further = max(0, of_distance // 2 - 1)
    return [
        _symbol(257 + of_length),
        (length - _LENGTHS[of_length], more),
        (_reversed(of_distance, 5), 5),
        (distance - _DISTANCES[of_distance], further),
    ]


def _symbol(number: int) -> tuple[int, int]:
    """The fixed code of a literal, of the block's end (256) or of a length."""
    if number < 144:
        return _reversed(0x30 + number, 8), 8
    if number < 256:
        return _reversed(0x190 + number - 144, 9), 9
    if number < 280:
        return _reversed(number - 256, 7), 7
    return _reversed(0xC0 + number - 280, 8), 8


def _reversed(code: int, width: int) -> int:
    """Codes are written with their highest bit first."""
    return int(f"{code:0{width}b}"[::-1], 2)
