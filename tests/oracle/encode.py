"""The three codecs by hand with struct, out of `protos/CODEC.md` and the protobuf encoding guide."""

from __future__ import annotations

import struct
from typing import Any

from tests.oracle.schema import LETTERS, SCHEMA, Field, value_of

CODECS = ("protobuf", "msgpack", "raw")


def encode(codec: str, message: str, fields: dict) -> bytes:
    """The fields of a message, missing ones being zero, in one codec."""
    return {"protobuf": protobuf, "msgpack": msgpack, "raw": raw}[codec](message, fields)


def elements(kind: str, values: Any) -> bytes:
    """The elements of a repeated field, little-endian, back to back."""
    return b"".join(struct.pack("<" + LETTERS[kind.removeprefix("repeated ")], value) for value in values)


def msgpack(message: str, fields: dict) -> bytes:
    """An array of the fields."""
    values = [msgpack_value(field.kind, value_of(fields, field)) for field in SCHEMA[message]]
    return msgpack_array(len(values)) + b"".join(values)


def msgpack_array(length: int) -> bytes:
    """The smallest array header."""
    return bytes([0x90 | length]) if length < 16 else struct.pack(">BH", 0xDC, length)


def msgpack_value(kind: str, value: Any) -> bytes:
    """One value in its smallest form."""
    if kind == "bytes":
        return msgpack_bin(value)
    if kind.startswith("repeated "):
        return msgpack_bin(elements(kind, value))
    if kind == "bool":
        return b"\xc3" if value else b"\xc2"
    if kind == "float":
        return b"\xca" + struct.pack(">f", value)
    if kind == "double":
        return b"\xcb" + struct.pack(">d", value)
    return msgpack_int(value)


def msgpack_bin(content: bytes) -> bytes:
    """The smallest of bin 8, 16 and 32."""
    for form, letter, limit in ((0xC4, "B", 2**8), (0xC5, "H", 2**16), (0xC6, "I", 2**32)):
        if len(content) < limit:
            return struct.pack(">B" + letter, form, len(content)) + content
    raise ValueError(f"{len(content)} bytes fit no bin")


def msgpack_int(value: int) -> bytes:
    """The smallest form of a number."""
    if -32 <= value < 128:
        return struct.pack("B", value & 0xFF)
    forms = "BHIQ" if value >= 0 else "bhiq"
    first = 0xCC if value >= 0 else 0xD0
    for step, letter in enumerate(forms):
        bits = 8 << step
        least, most = (0, 2**bits) if value >= 0 else (-(2 ** (bits - 1)), 0)
        if least <= value < most:
            return struct.pack(">B" + letter, first + step, value)
    raise ValueError(f"{value} fits no form")


def raw(message: str, fields: dict) -> bytes:
    """Scalars, lengths, contents."""
    scalars, contents = b"", []
    for field in SCHEMA[message]:
        value = value_of(fields, field)
        if field.kind == "bytes":
            contents.append(value)
        elif field.kind.startswith("repeated "):
            contents.append(elements(field.kind, value))
        else:
            scalars += raw_scalar(field.kind, value)
    out = scalars + b"".join(struct.pack("<Q", len(content)) for content in contents)
    for content in contents:
        out += b"\0" * (-len(out) % 8) + content
    return out


def raw_scalar(kind: str, value: Any) -> bytes:
    """One scalar in 8 bytes."""
    if kind == "double":
        return struct.pack("<d", value)
    if kind == "float":
        return struct.pack("<fI", value, 0)
    return struct.pack("<Q", int(value) % 2**64)


def protobuf(message: str, fields: dict) -> bytes:
    """Fields in the order of their numbers; zero values are left out."""
    return b"".join(protobuf_field(field, value_of(fields, field)) for field in SCHEMA[message])


def protobuf_field(field: Field, value: Any) -> bytes:
    """One field, or nothing for a zero value; -0.0 is none."""
    if field.kind == "bytes" or field.kind.startswith("repeated "):
        content = value if field.kind == "bytes" else elements(field.kind, value)
        return tag(field.number, 2) + varint(len(content)) + content if content else b""
    if field.kind in LETTERS:
        packed = struct.pack("<" + LETTERS[field.kind], value)
        return tag(field.number, 1 if len(packed) == 8 else 5) + packed if any(packed) else b""
    if field.kind.startswith("sint"):
        value = value << 1 if value >= 0 else (-value << 1) - 1
    return tag(field.number, 0) + varint(int(value) % 2**64) if value else b""


def tag(number: int, wire_type: int) -> bytes:
    """A field's key."""
    return varint(number << 3 | wire_type)


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])
