"""Raw that is refused; there is no odd one."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.oracle import encode
from tests.oracle.malformed.cases import SIGNED_BITS, is_content
from tests.oracle.schema import SCHEMA, Field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracle.malformed.cases import Bad, Refused


def cases(message: str, fields: dict) -> Bad:
    schema = SCHEMA[message]
    good = encode.raw(message, fields)
    scalars = [field for field in schema if not is_content(field)]
    contents = [field for field in schema if is_content(field)]
    refused: list[Refused] = [
        ("one byte behind the end", good + b"\x00"),
        ("eight bytes behind the end", good + bytes(8)),
    ]
    if good:
        refused += [("no bytes", b""), ("the last byte is missing", good[:-1])]
        refused.append(("only the head, less a byte", good[: 8 * len(schema) - 1]))
    for index, field in enumerate(scalars):
        refused += [(f"{field.name}: {name}", _word(good, index, word)) for name, word in _wrong_words(field)]
    for index, field in enumerate(contents, len(scalars)):
        refused += [(f"{field.name}: {name}", data) for name, data in _wrong_lengths(good, index, field)]
    refused += _wrong_gaps(good, len(scalars), [field.name for field in contents])
    return refused, []


def _word(good: bytes, index: int, word: int) -> bytes:
    return good[: 8 * index] + struct.pack("<Q", word) + good[8 * index + 8 :]


def _wrong_words(field: Field) -> Iterator[tuple[str, int]]:
    if field.kind in ("uint32", "fixed32", "float"):
        yield from (("2^32", 2**32), ("2^64 - 1", 2**64 - 1))
    if field.kind == "bool":
        yield from (("2", 2), ("256", 256), ("2^63", 2**63))
    if SIGNED_BITS.get(field.kind) == 32:
        yield from (("2^31", 2**31), ("-1 of 32 bits", 2**32 - 1), ("-2^31 - 1", 2**64 - 2**31 - 1))


def _wrong_lengths(good: bytes, index: int, field: Field) -> Iterator[Refused]:
    length = struct.unpack_from("<Q", good, 8 * index)[0]
    yield "a length of 2^64 - 1", _word(good, index, 2**64 - 1)
    yield "a length of 2^64 - 8", _word(good, index, 2**64 - 8)
    yield "a length of 2^63", _word(good, index, 2**63)
    yield "a length of 2^32", _word(good, index, 2**32)
    yield "a length of the whole message", _word(good, index, len(good))
    if field.kind.startswith("repeated "):
        yield "a length of no whole elements", _word(good, index, length - 1)


def _wrong_gaps(good: bytes, scalars: int, names: list[str]) -> Iterator[Refused]:
    offset = 8 * (scalars + len(names))
    for index, name in enumerate(names):
        start = offset + -offset % 8
        for position in {offset, start - 1} if offset < start else ():
            yield (
                f"a gap before {name} with a one at {position - start}",
                good[:position] + b"\x01" + good[position + 1 :],
            )
        offset = start + struct.unpack_from("<Q", good, 8 * (scalars + index))[0]
