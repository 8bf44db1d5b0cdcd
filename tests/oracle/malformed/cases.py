"""What the codecs' cases have in common."""

from __future__ import annotations

import struct
from typing import NamedTuple

from tests.oracle.schema import LETTERS, Field


class Accepted(NamedTuple):
    """Odd bytes and the fields that they are read as."""

    name: str
    data: bytes
    fields: dict


Refused = tuple[str, bytes]
Bad = tuple[list[Refused], list[Accepted]]

UNSIGNED_BITS = {"uint32": 32, "fixed32": 32, "uint64": 64, "fixed64": 64}
SIGNED_BITS = {"int32": 32, "sint32": 32, "sfixed32": 32, "int64": 64, "sint64": 64, "sfixed64": 64}


def width(field: Field) -> int:
    """Bytes of one element or scalar of fixed width."""
    return struct.calcsize("<" + LETTERS[field.kind.removeprefix("repeated ")])


def is_content(field: Field) -> bool:
    """True for bytes and packed fields."""
    return field.kind == "bytes" or field.kind.startswith("repeated ")
