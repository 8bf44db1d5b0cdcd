"""What the generated msgpack and raw codecs call; `protos/CODEC.md` has the rules."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgpack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message

    M = TypeVar("M", bound=Message)

Value = Any

ELEMENTS = {"fixed32": "I", "sfixed32": "i", "float": "f", "fixed64": "Q", "sfixed64": "q", "double": "d"}
RANGES = {
    **dict.fromkeys(("uint32", "fixed32"), (0, 2**32 - 1)),
    **dict.fromkeys(("uint64", "fixed64"), (0, 2**64 - 1)),
    **dict.fromkeys(("int32", "sint32", "sfixed32"), (-(2**31), 2**31 - 1)),
    **dict.fromkeys(("int64", "sint64", "sfixed64"), (-(2**63), 2**63 - 1)),
}
FLOAT_FORMS = {"float": 0xCA, "double": 0xCB}
BOOL_FORMS = frozenset({0xC2, 0xC3})
BIN_FORMS = frozenset({0xC4, 0xC5, 0xC6})
ARRAY_FORMS = frozenset({*range(0x90, 0xA0), 0xDC, 0xDD})
NUMBER_FORMS = frozenset({*range(0x80), *range(0xCC, 0xD4), *range(0xE0, 0x100)})
FIELD_FORMS = NUMBER_FORMS | BOOL_FORMS | BIN_FORMS | {0xCA, 0xCB}


class MalformedError(ValueError):
    """Bytes that are no message; the text names message, codec and problem, and no byte of the input."""


@dataclass(frozen=True)
class Field:
    """A field of a message; `kind` is the proto type's name."""

    name: str
    kind: str
    repeated: bool

    @property
    def is_content(self) -> bool:
        """True for what raw writes behind the lengths: bytes and repeated fields."""
        return self.repeated or self.kind == "bytes"


Layout = tuple[Field, ...]


def encode_msgpack(message: Message, layout: Layout) -> bytes:
    """The message as an array of its fields in the order of their numbers."""
    header = msgpack.Packer().pack_array_header(len(layout))
    values = (_packer(field).pack(_content(field, getattr(message, field.name))) for field in layout)
    return header + b"".join(values)


def _packer(field: Field) -> msgpack.Packer:
    return msgpack.Packer(use_single_float=field.kind == "float")


def _content(field: Field, value: Value) -> Value:
    """A scalar as it is, bytes and repeated fields as bytes."""
    if not field.repeated:
        return value
    return struct.pack(f"<{len(value)}{ELEMENTS[field.kind]}", *value)


def decode_msgpack(cls: type[M], data: bytes, layout: Layout) -> M:
    """The message in the bytes; missing fields are zero, unknown ones behind the last are skipped."""
    where = f"{cls.DESCRIPTOR.full_name} as msgpack"
    values = list(_msgpack_values(where, data, layout))
    return _message(cls, layout, dict(zip((field.name for field in layout), values, strict=False)))


def _msgpack_values(where: str, data: bytes, layout: Layout) -> Iterator[Value]:
    """The values of the known fields that are there, each of its field's type."""
    unpacker = msgpack.Unpacker(max_buffer_size=max(len(data), 1))
    unpacker.feed(data)
    try:
        if data[:1] and data[0] not in ARRAY_FORMS:
            raise MalformedError(f"{where}: the message does not start with an array")
        for position in range(unpacker.read_array_header()):
            form = data[unpacker.tell() : unpacker.tell() + 1]
            if form and form[0] not in FIELD_FORMS:
                raise MalformedError(f"{where}: value {position} has a form of no field")
            value = unpacker.unpack()
            if position < len(layout):
                yield _known(f"{where}: {layout[position].name}", layout[position], form[0], value)
    except (msgpack.OutOfData, msgpack.UnpackException, ValueError) as error:
        if isinstance(error, MalformedError):
            raise
        raise MalformedError(f"{where}: the bytes end too early") from None
    if unpacker.tell() != len(data):
        raise MalformedError(f"{where}: bytes follow the end")


def _known(where: str, field: Field, form: int, value: Value) -> Value:
    if field.is_content:
        _require(form in BIN_FORMS, f"{where} is no bin")
        return _elements(where, field, value)
    if field.kind == "bool":
        _require(form in BOOL_FORMS, f"{where} is no bool")
    elif field.kind in FLOAT_FORMS:
        _require(form == FLOAT_FORMS[field.kind], f"{where} is no {field.kind}")
    else:
        least, most = RANGES[field.kind]
        _require(form in NUMBER_FORMS, f"{where} is no number")
        _require(least <= value <= most, f"{where} is out of range")
    return value


def encode_raw(message: Message, layout: Layout) -> bytes:
    """Scalars, lengths, contents; `protos/CODEC.md` draws them."""
    scalars = [_word(field, getattr(message, field.name)) for field in layout if not field.is_content]
    contents = [_content(field, getattr(message, field.name)) for field in layout if field.is_content]
    out = bytearray(b"".join([*scalars, *(struct.pack("<Q", len(content)) for content in contents)]))
    for content in contents:
        out += bytes(-len(out) % 8) + content
    return bytes(out)


def _word(field: Field, value: Value) -> bytes:
    if field.kind == "float":
        return struct.pack("<fxxxx", value)
    if field.kind == "double":
        return struct.pack("<d", value)
    return int(value).to_bytes(8, "little", signed=value < 0)


def decode_raw(cls: type[M], data: bytes, layout: Layout) -> M:
    """The message in the bytes."""
    where = f"{cls.DESCRIPTOR.full_name} as raw"
    scalars = [field for field in layout if not field.is_content]
    contents = [field for field in layout if field.is_content]
    head = 8 * len(layout)
    _require(len(data) >= head, f"{where}: the bytes end too early")
    values = {field.name: _scalar(where, field, data[8 * i : 8 * i + 8]) for i, field in enumerate(scalars)}
    lengths = struct.unpack(f"<{len(contents)}Q", data[8 * len(scalars) : head])
    offset = head
    for field, length in zip(contents, lengths, strict=True):
        start = offset + -offset % 8
        _require(start <= len(data), f"{where}: the bytes end too early")
        _require(not any(data[offset:start]), f"{where}: the gap before {field.name} is not zero")
        offset = start + length
        _require(offset <= len(data), f"{where}: the length of {field.name} runs past the end")
        values[field.name] = _elements(f"{where}: {field.name}", field, data[start:offset])
    _require(offset == len(data), f"{where}: bytes follow the end")
    return _message(cls, layout, values)


def _scalar(where: str, field: Field, word: bytes) -> Value:
    if field.kind == "double":
        return struct.unpack("<d", word)[0]
    if field.kind == "float":
        _require(word[4:] == bytes(4), f"{where}: {field.name} is out of range")
        return struct.unpack("<f", word[:4])[0]
    least, most = (0, 1) if field.kind == "bool" else RANGES[field.kind]
    value = int.from_bytes(word, "little", signed=least < 0)
    _require(least <= value <= most, f"{where}: {field.name} is out of range")
    return bool(value) if field.kind == "bool" else value


def _elements(where: str, field: Field, content: bytes) -> Value:
    """Bytes as they are, the elements of a repeated field."""
    if not field.repeated:
        return content
    letter = ELEMENTS[field.kind]
    count, rest = divmod(len(content), struct.calcsize(f"<{letter}"))
    _require(rest == 0, f"{where} has a length that is no multiple of its element's size")
    return struct.unpack(f"<{count}{letter}", content)


def _message(cls: type[M], layout: Layout, values: dict[str, Value]) -> M:
    message = cls()
    for field in layout:
        value = values.get(field.name)
        if value is None:
            continue
        if field.repeated:
            getattr(message, field.name).extend(value)
        else:
            setattr(message, field.name, value)
    return message


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise MalformedError(problem)
