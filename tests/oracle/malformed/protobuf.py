"""Protobuf that is refused, and odd protobuf that is accepted, as far as the libraries agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.oracle import encode
from tests.oracle.malformed.cases import Accepted, is_content, width
from tests.oracle.schema import LETTERS, SCHEMA, Field, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracle.malformed.cases import Bad, Refused


def cases(message: str, fields: dict) -> Bad:
    schema = SCHEMA[message]
    good = encode.protobuf(message, fields)
    refused: list[Refused] = [(name, good + tail) for name, tail in BROKEN.items()]
    accepted = [Accepted(name, good + tail, fields) for name, tail in UNKNOWN.items()]
    accepted += [Accepted(f"{name}, in front", tail + good, fields) for name, tail in UNKNOWN.items()]
    backwards = b"".join(encode.protobuf_field(field, value_of(fields, field)) for field in reversed(schema))
    accepted.append(Accepted("the fields backwards", backwards, fields))
    for field in schema:
        refused += [(f"{field.name}: {name}", good + data) for name, data in _broken_fields(field)]
        accepted += [
            Accepted(f"{field.name}: {name}", data, read) for name, data, read in _odd_fields(field, good, fields)
        ]
    return refused, accepted


# Field number 0 is not among them: upb takes it, Go and prost refuse it.
UNKNOWN_NUMBER = 1000
BROKEN = {
    "a cut key": b"\x80",
    "a key of eleven bytes": b"\x80" * 10 + b"\x01",
    "wire type 6": encode.tag(UNKNOWN_NUMBER, 6) + b"\x00",
    "wire type 7": encode.tag(UNKNOWN_NUMBER, 7) + b"\x00",
    "a group that ends without a start": encode.tag(UNKNOWN_NUMBER, 4),
    "a group that does not end": encode.tag(UNKNOWN_NUMBER, 3) + encode.tag(1, 0) + b"\x00",
    "a group that another number ends": encode.tag(UNKNOWN_NUMBER, 3) + encode.tag(UNKNOWN_NUMBER + 1, 4),
    "an unknown length past the end": encode.tag(UNKNOWN_NUMBER, 2) + b"\x05abcd",
    "an unknown length of 2^64 - 1": encode.tag(UNKNOWN_NUMBER, 2) + b"\xff" * 9 + b"\x01",
    "an unknown varint of eleven bytes": encode.tag(UNKNOWN_NUMBER, 0) + b"\xff" * 10 + b"\x01",
    "an unknown cut varint": encode.tag(UNKNOWN_NUMBER, 0) + b"\xff",
    "an unknown cut fixed32": encode.tag(UNKNOWN_NUMBER, 5) + bytes(3),
    "an unknown cut fixed64": encode.tag(UNKNOWN_NUMBER, 1) + bytes(7),
}
UNKNOWN = {
    "an unknown varint": encode.tag(UNKNOWN_NUMBER, 0) + b"\x07",
    "an unknown fixed64": encode.tag(UNKNOWN_NUMBER, 1) + bytes(8),
    "unknown bytes": encode.tag(UNKNOWN_NUMBER, 2) + b"\x03abc",
    "an unknown group": encode.tag(UNKNOWN_NUMBER, 3) + encode.tag(1, 0) + b"\x00" + encode.tag(UNKNOWN_NUMBER, 4),
    "an unknown fixed32": encode.tag(UNKNOWN_NUMBER, 5) + bytes(4),
    "the highest field number": encode.tag(2**29 - 1, 0) + b"\x00",
}


def _broken_fields(field: Field) -> Iterator[Refused]:
    wire_type = _wire_type(field)
    key = encode.tag(field.number, wire_type)
    yield "no value", key
    if wire_type == 0:
        yield "a cut varint", key + b"\x80"
        yield "a varint of eleven bytes", key + b"\x80" * 10 + b"\x01"
    if wire_type == 2:
        yield "a length past the end", key + b"\x09" + bytes(8)
        yield "a length of 2^64 - 1", key + b"\xff" * 9 + b"\x01"
    if wire_type in (1, 5):
        yield "a cut value", key + bytes(3)
    if field.kind.startswith("repeated "):
        yield "a length of no whole elements", key + bytes([width(field) - 1]) + bytes(width(field) - 1)
        yield "a cut element", encode.tag(field.number, _element_type(field)) + bytes(width(field) - 1)


def _odd_fields(field: Field, good: bytes, fields: dict) -> Iterator[tuple[str, bytes, dict]]:
    key = encode.tag(field.number, _wire_type(field))
    yield "as bytes or a number, which is unknown", good + _other_type(field), fields
    if field.kind.startswith("repeated "):
        values = [*fields[field.name], *fields[field.name]]
        again = encode.protobuf_field(field, fields[field.name])
        single = b"".join(
            encode.tag(field.number, _element_type(field)) + encode.elements(field.kind, [value])
            for value in fields[field.name]
        )
        yield "two packed chunks", good + again, {**fields, field.name: values}
        yield "unpacked behind a chunk", good + single, {**fields, field.name: values}
        yield "an empty chunk", good + key + b"\x00", fields
    elif field.kind == "bytes":
        yield "twice, the last one counts", good + key + b"\x02zz", {**fields, field.name: b"zz"}
        yield "an empty one at last", good + key + b"\x00", {**fields, field.name: b""}
    elif field.kind == "bool":
        yield "2 is true", good + key + b"\x02", {**fields, field.name: True}
        yield "a zero at last", good + key + b"\x00", {**fields, field.name: False}
    elif _wire_type(field) == 0:
        yield "a varint of ten bytes", good + key + b"\x80" * 9 + b"\x00", {**fields, field.name: 0}
    if field.kind == "uint32":
        yield "over 32 bits is cut", good + key + encode.varint(2**32 + 5), {**fields, field.name: 5}


def _other_type(field: Field) -> bytes:
    if is_content(field):
        return encode.tag(field.number, 0) + b"\x07"
    return encode.tag(field.number, 2) + b"\x01a"


def _wire_type(field: Field) -> int:
    if is_content(field):
        return 2
    return {4: 5, 8: 1}[width(field)] if field.kind in LETTERS else 0


def _element_type(field: Field) -> int:
    return {4: 5, 8: 1}[width(field)]
