"""The msgpack and raw codecs of the pb structs, over go_service/wire/codec."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from protos.generator import GO_MODULE, HEADER
from protos.generator.golang.names import camel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from protos.generator.descriptors import Field, Message

READERS = {
    **dict.fromkeys(("uint32", "fixed32"), "Uint32"),
    **dict.fromkeys(("uint64", "fixed64"), "Uint64"),
    **dict.fromkeys(("int32", "sint32", "sfixed32"), "Int32"),
    **dict.fromkeys(("int64", "sint64", "sfixed64"), "Int64"),
    "bool": "Bool",
    "float": "Float32",
    "double": "Float64",
}
ELEMENTS = {
    **dict.fromkeys(("fixed32", "sfixed32"), ("Fixed32", 4)),
    **dict.fromkeys(("fixed64", "sfixed64"), ("Fixed64", 8)),
    "float": ("Floats32", 4),
    "double": ("Floats64", 8),
}


def codecs(messages: Iterable[Message]) -> dict[str, str]:
    """Path below go_service/ → text, one file a proto."""
    files = {}
    for stem, group in groupby(messages, key=lambda message: message.stem):
        members = tuple(group)
        folder = members[0].package.replace(".", "/")
        files[f"gen/{folder}/{stem}_codec_generated.go"] = _file(members)
    return files


def _file(messages: tuple[Message, ...]) -> str:
    package = messages[0].package.replace(".", "")
    methods = "".join(f"\n{method(message)}" for message in messages for method in METHODS)
    math = 'import "math"\n' if "math." in methods else ""
    return f'// {HEADER}\n\npackage {package}\n\n{math}import "{GO_MODULE}/wire/codec"\n{methods}'


def _append_msgpack(message: Message) -> str:
    lines = [f"b = codec.AppendMsgpackArray(b, {len(message.fields)})"]
    for field in message.fields:
        lines += _msgpack_append(field)
    return _method(message, "AppendMsgpack(b []byte) []byte", "appends the message as msgpack.", [*lines, "return b"])


def _msgpack_append(field: Field) -> list[str]:
    value = f"m.{camel(field.name)}"
    if field.repeated:
        suffix, width = ELEMENTS[field.kind]
        return [
            f"b = codec.AppendMsgpackBin(b, {width}*len({value}))",
            f"b = codec.Append{suffix}(b, {value})",
        ]
    if field.kind == "bytes":
        return [f"b = codec.AppendMsgpackBytes(b, {value})"]
    reader = READERS[field.kind]
    if reader.startswith("Uint"):
        return [f"b = codec.AppendMsgpackUint(b, {_widened('uint64', reader, value)})"]
    if reader.startswith("Int"):
        return [f"b = codec.AppendMsgpackInt(b, {_widened('int64', reader, value)})"]
    return [f"b = codec.AppendMsgpack{reader}(b, {value})"]


def _widened(go_type: str, reader: str, value: str) -> str:
    return value if reader.lower() == go_type else f"{go_type}({value})"


def _unmarshal_msgpack(message: Message) -> str:
    lines = ["r := codec.ReadMsgpack(b)", *map(_read, message.fields), f'return r.End("{message.full_name}")']
    doc = "replaces the fields by those in b, which bytes fields alias, or returns *codec.Malformed."
    return _method(message, "UnmarshalMsgpack(b []byte) error", doc, lines)


def _append_raw(message: Message) -> str:
    lines = ["start := len(b)"] if message.contents else []
    lines += [_raw_scalar(field) for field in message.scalars]
    lines += [f"b = codec.AppendRawUint(b, {_byte_length(field)})" for field in message.contents]
    for field in message.contents:
        lines += _raw_content(field)
    return _method(message, "AppendRaw(b []byte) []byte", "appends the message as raw.", [*lines, "return b"])


def _raw_scalar(field: Field) -> str:
    value, reader = f"m.{camel(field.name)}", READERS[field.kind]
    if reader == "Bool":
        return f"b = codec.AppendRawBool(b, {value})"
    if reader.startswith("Float"):
        bits = f"math.Float{reader[-2:]}bits({value})"
        value, reader = bits, f"Uint{reader[-2:]}"
    return f"b = codec.AppendRawUint(b, {_widened('uint64', reader, value)})"


def _byte_length(field: Field) -> str:
    length = f"len(m.{camel(field.name)})"
    return f"uint64({ELEMENTS[field.kind][1]} * {length})" if field.repeated else f"uint64({length})"


def _raw_content(field: Field) -> list[str]:
    value = f"m.{camel(field.name)}"
    if not field.repeated:
        return [f"b = codec.AppendRawContent(b, start, {value})"]
    return ["b = codec.AppendRawGap(b, start)", f"b = codec.Append{ELEMENTS[field.kind][0]}(b, {value})"]


def _unmarshal_raw(message: Message) -> str:
    counts = f"{len(message.scalars)}, {len(message.contents)}"
    fields = (*message.scalars, *message.contents)
    lines = [f"r := codec.ReadRaw(b, {counts})", *map(_read, fields), f'return r.End("{message.full_name}")']
    doc = "replaces the fields by those in b, which bytes fields alias, or returns *codec.Malformed."
    return _method(message, "UnmarshalRaw(b []byte) error", doc, lines)


def _read(field: Field) -> str:
    value = f"m.{camel(field.name)}"
    if field.repeated:
        suffix, width = ELEMENTS[field.kind]
        return f"{value} = codec.Read{suffix}({value}, r.Elements({width}))"
    return f"{value} = r.{'Bytes' if field.kind == 'bytes' else READERS[field.kind]}()"


def _method(message: Message, signature: str, doc: str, lines: list[str]) -> str:
    body = "".join(f"\t{line}\n" for line in lines)
    name = signature.split("(", 1)[0]
    receiver = "m " if any("m." in line for line in lines) else ""
    return f"// {name} {doc}\nfunc ({receiver}*{message.name}) {signature} {{\n{body}}}\n"


METHODS: tuple[Callable[[Message], str], ...] = (_append_msgpack, _unmarshal_msgpack, _append_raw, _unmarshal_raw)
