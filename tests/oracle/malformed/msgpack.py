"""msgpack that is refused, and odd msgpack that is accepted."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from tests.oracle import encode
from tests.oracle.malformed.cases import SIGNED_BITS, UNSIGNED_BITS, Accepted, width
from tests.oracle.schema import SCHEMA, Field, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracle.malformed.cases import Bad, Refused


FOREIGN = {
    "nil": b"\xc0",
    "the reserved form": b"\xc1",
    "fixstr": b"\xa1a",
    "str 8": b"\xd9\x01a",
    "fixarray": b"\x90",
    "array 16": b"\xdc\x00\x00",
    "fixmap": b"\x80",
    "map 16": b"\xde\x00\x00",
    "fixext 1": b"\xd4\x00\x00",
    "ext 8": b"\xc7\x00\x00",
    "a timestamp": b"\xd6\xff\x00\x00\x00\x00",
}
OWN = {
    "a number": (b"\x07", "number"),
    "a negative number": (b"\xff", "number"),
    "uint 64": (b"\xcf" + bytes(8), "number"),
    "true": (b"\xc3", "bool"),
    "false": (b"\xc2", "bool"),
    "float 32": (b"\xca" + bytes(4), "float"),
    "float 64": (b"\xcb" + bytes(8), "double"),
    "bin 8": (b"\xc4\x00", "bytes"),
    "bin 32": (b"\xc6" + bytes(4), "bytes"),
}


def cases(message: str, fields: dict) -> Bad:
    schema = SCHEMA[message]
    values = [encode.msgpack_value(field.kind, value_of(fields, field)) for field in schema]
    refused = [*_ends(values), *_extras(values)]
    accepted = [*_headers(values, fields), *_missing(schema, values, fields)]
    accepted += _unknown(values, fields)
    for index, field in enumerate(schema):

        def replaced(value: bytes, index: int = index) -> bytes:
            return _array([*values[:index], value, *values[index + 1 :]])

        refused += [(f"{field.name}: {name}", replaced(value)) for name, value in _wrong_values(field)]
        for name, value in _wider_values(field, value_of(fields, field)):
            accepted.append(Accepted(f"{field.name}: {name}", replaced(value), fields))
    return refused, accepted


def _array(values: list[bytes]) -> bytes:
    return encode.msgpack_array(len(values)) + b"".join(values)


def _ends(values: list[bytes]) -> Iterator[Refused]:
    good = _array(values)
    yield "no bytes", b""
    yield "one byte behind the end", good + b"\x00"
    yield "the message twice", good + good
    yield "array 16 without its length", b"\xdc\x00"
    yield "array 32 without its length", b"\xdd\x00\x00\x00"
    yield "array 32 of 4,294,967,295 values that are not there", b"\xdd\xff\xff\xff\xff"
    yield "one value less than announced", encode.msgpack_array(len(values) + 1) + b"".join(values)
    for name, value in {**FOREIGN, **{name: value for name, (value, _) in OWN.items()}}.items():
        if "array" not in name:
            yield f"{name} instead of an array", value
    if values:
        yield "the last byte is missing", good[:-1]
        yield "one value more than announced", encode.msgpack_array(len(values) - 1) + b"".join(values)


def _extras(values: list[bytes]) -> Iterator[Refused]:
    for name, value in FOREIGN.items():
        yield f"unknown field: {name}", _array([*values, value])
    yield "unknown field: a bin past the end", _array([*values, b"\xc6\xff\xff\xff\xff"])
    yield "unknown field: a cut number", _array([*values, b"\xcf\x00"])
    yield "unknown field: a cut float", _array([*values, b"\xca\x00"])


def _headers(values: list[bytes], fields: dict) -> Iterator[Accepted]:
    body = b"".join(values)
    yield Accepted("array 16", struct.pack(">BH", 0xDC, len(values)) + body, fields)
    yield Accepted("array 32", struct.pack(">BI", 0xDD, len(values)) + body, fields)


def _missing(schema: tuple[Field, ...], values: list[bytes], fields: dict) -> Iterator[Accepted]:
    for count in range(len(values)):
        known = {field.name: fields[field.name] for field in schema[:count]}
        yield Accepted(f"only the first {count} fields", _array(values[:count]), known)


def _unknown(values: list[bytes], fields: dict) -> Iterator[Accepted]:
    for name, (value, _) in OWN.items():
        yield Accepted(f"unknown field: {name}", _array([*values, value]), fields)
    many = [value for value, _ in OWN.values()] * 3
    yield Accepted(f"{len(many)} unknown fields", _array([*values, *many]), fields)


def _wrong_values(field: Field) -> Iterator[Refused]:
    kind = _kind(field)
    yield from FOREIGN.items()
    yield from ((name, value) for name, (value, own) in OWN.items() if own != kind)
    if kind == "number":
        yield from ((f"{value} is out of range", encode.msgpack_int(value)) for value in _out_of_range(field.kind))
        if field.kind in UNSIGNED_BITS:
            yield "-1 as int 64", struct.pack(">Bq", 0xD3, -1)
    if kind == "bytes":
        yield "bin 8 past the end", b"\xc4\xff"
        yield "bin 16 past the end", b"\xc5\xff\xff"
        yield "bin 32 past the end", b"\xc6\xff\xff\xff\xff"
    if field.kind.startswith("repeated "):
        yield "one byte more than its elements", encode.msgpack_bin(bytes(width(field) + 1))
        yield "one byte", encode.msgpack_bin(b"\x00")


def _wider_values(field: Field, value: Any) -> Iterator[tuple[str, bytes]]:
    kind = _kind(field)
    if kind == "number":
        for form, letter in enumerate("BHIQ"):
            if 0 <= value < 2 ** (8 << form):
                yield f"uint {8 << form}", struct.pack(">B" + letter, 0xCC + form, value)
        for form, letter in enumerate("bhiq"):
            if -(2 ** ((8 << form) - 1)) <= value < 2 ** ((8 << form) - 1):
                yield f"int {8 << form}", struct.pack(">B" + letter, 0xD0 + form, value)
    if kind == "bytes":
        content = value if field.kind == "bytes" else encode.elements(field.kind, value)
        for form, letter in enumerate("BHI"):
            yield f"bin {8 << form}", struct.pack(">B" + letter, 0xC4 + form, len(content)) + content


def _kind(field: Field) -> str:
    if field.kind.startswith("repeated "):
        return "bytes"
    return field.kind if field.kind in ("bytes", "bool", "float", "double") else "number"


def _out_of_range(kind: str) -> Iterator[int]:
    """Numbers next to the type's range that msgpack can write."""
    if kind in UNSIGNED_BITS:
        yield from (-1, -(2**63))
        if UNSIGNED_BITS[kind] == 32:
            yield from (2**32, 2**64 - 1)
    else:
        bits = SIGNED_BITS[kind]
        yield from (2 ** (bits - 1), 2**64 - 1)
        if bits == 32:
            yield from (-(2**31) - 1, -(2**63))
