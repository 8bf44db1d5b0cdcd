"""Bytes that CODEC.md refuses, and odd ones that it accepts, made out of a good message."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.oracle import encode
from tests.oracle.messages import MESSAGES
from tests.oracle.schema import LETTERS, SCHEMA, Field, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Accepted(NamedTuple):
    """Odd bytes and the fields that they are read as."""

    name: str
    data: bytes
    fields: dict


Refused = tuple[str, bytes]
Bad = tuple[list[Refused], list[Accepted]]

# The good message that each malformed one is made of; all of its fields are set.
SAMPLES = {
    "kernels.v1.EchoRequest": {"payload": b"payload"},
    "kernels.v1.SpinRequest": {"steps": 300, "seed": 7, "payload": b"payload"},
    "faults.v1.SleepRequest": {"duration_ns": 70_000, "stubborn": True},
    "faults.v1.AbortRequest": {},
    "wire.v1.Hello": MESSAGES["wire/hello_worker"][1],
    "wire.v1.CallHeader": MESSAGES["wire/call_header_traced"][1],
    "wire.v1.Receipt": {**MESSAGES["wire/receipt_two_hops"][1], "status": 8, "reason": 6, "total_bytes": 9}
    | {"retry_after_ns": 5, "message": b"odd"},
    "wire.v1.Goaway": MESSAGES["wire/goaway_draining"][1],
    "test.v1.Every": MESSAGES["every/most"][1],
}

UNSIGNED_BITS = {"uint32": 32, "fixed32": 32, "uint64": 64, "fixed64": 64}
SIGNED_BITS = {"int32": 32, "sint32": 32, "sfixed32": 32, "int64": 64, "sint64": 64, "sfixed64": 64}


def cases(codec: str, message: str) -> Bad:
    """What is refused and what is accepted of a message in a codec."""
    makers: dict[str, Callable[[str, dict], Bad]] = {"msgpack": _msgpack, "raw": _raw, "protobuf": _protobuf}
    return makers[codec](message, SAMPLES[message])


# msgpack

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


def _msgpack(message: str, fields: dict) -> Bad:
    schema = SCHEMA[message]
    values = [encode.msgpack_value(field.kind, value_of(fields, field)) for field in schema]
    refused = [*_msgpack_ends(values), *_msgpack_extras(values)]
    accepted = [*_msgpack_headers(values, fields), *_msgpack_missing(schema, values, fields)]
    accepted += _msgpack_unknown(values, fields)
    for index, field in enumerate(schema):

        def replaced(value: bytes, index: int = index) -> bytes:
            return _array([*values[:index], value, *values[index + 1 :]])

        refused += [(f"{field.name}: {name}", replaced(value)) for name, value in _wrong_values(field)]
        for name, value in _wider_values(field, value_of(fields, field)):
            accepted.append(Accepted(f"{field.name}: {name}", replaced(value), fields))
    return refused, accepted


def _array(values: list[bytes]) -> bytes:
    return encode.msgpack_array(len(values)) + b"".join(values)


def _msgpack_ends(values: list[bytes]) -> Iterator[Refused]:
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


def _msgpack_extras(values: list[bytes]) -> Iterator[Refused]:
    for name, value in FOREIGN.items():
        yield f"unknown field: {name}", _array([*values, value])
    yield "unknown field: a bin past the end", _array([*values, b"\xc6\xff\xff\xff\xff"])
    yield "unknown field: a cut number", _array([*values, b"\xcf\x00"])
    yield "unknown field: a cut float", _array([*values, b"\xca\x00"])


def _msgpack_headers(values: list[bytes], fields: dict) -> Iterator[Accepted]:
    body = b"".join(values)
    yield Accepted("array 16", struct.pack(">BH", 0xDC, len(values)) + body, fields)
    yield Accepted("array 32", struct.pack(">BI", 0xDD, len(values)) + body, fields)


def _msgpack_missing(schema: tuple[Field, ...], values: list[bytes], fields: dict) -> Iterator[Accepted]:
    for count in range(len(values)):
        known = {field.name: fields[field.name] for field in schema[:count]}
        yield Accepted(f"only the first {count} fields", _array(values[:count]), known)


def _msgpack_unknown(values: list[bytes], fields: dict) -> Iterator[Accepted]:
    for name, (value, _) in OWN.items():
        yield Accepted(f"unknown field: {name}", _array([*values, value]), fields)
    many = [value for value, _ in OWN.values()] * 3
    yield Accepted(f"{len(many)} unknown fields", _array([*values, *many]), fields)


def _wrong_values(field: Field) -> Iterator[Refused]:
    kind = _msgpack_kind(field)
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
        yield "one byte more than its elements", encode.msgpack_bin(bytes(_width(field) + 1))
        yield "one byte", encode.msgpack_bin(b"\x00")


def _wider_values(field: Field, value: Any) -> Iterator[tuple[str, bytes]]:
    kind = _msgpack_kind(field)
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


def _msgpack_kind(field: Field) -> str:
    if field.kind.startswith("repeated "):
        return "bytes"
    return field.kind if field.kind in ("bytes", "bool", "float", "double") else "number"


def _width(field: Field) -> int:
    return struct.calcsize("<" + LETTERS[field.kind.removeprefix("repeated ")])


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


# raw


def _raw(message: str, fields: dict) -> Bad:
    schema = SCHEMA[message]
    good = encode.raw(message, fields)
    scalars = [field for field in schema if not _is_content(field)]
    contents = [field for field in schema if _is_content(field)]
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


def _is_content(field: Field) -> bool:
    return field.kind == "bytes" or field.kind.startswith("repeated ")


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


# protobuf


def _protobuf(message: str, fields: dict) -> Bad:
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
        yield "a length of no whole elements", key + bytes([_width(field) - 1]) + bytes(_width(field) - 1)
        yield "a cut element", encode.tag(field.number, _element_type(field)) + bytes(_width(field) - 1)


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
    if _is_content(field):
        return encode.tag(field.number, 0) + b"\x07"
    return encode.tag(field.number, 2) + b"\x01a"


def _wire_type(field: Field) -> int:
    if _is_content(field):
        return 2
    return {4: 5, 8: 1}[_width(field)] if field.kind in LETTERS else 0


def _element_type(field: Field) -> int:
    return {4: 5, 8: 1}[_width(field)]
