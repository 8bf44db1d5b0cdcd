"""Messages with their three codecs, over the runtime of rust_worker/wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protos.generator import HEADER
from protos.generator.descriptors import WIDTHS
from protos.generator.rust import ALLOWED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protos.generator.descriptors import Field, Message

TYPES = {
    **dict.fromkeys(("uint32", "fixed32"), "u32"),
    **dict.fromkeys(("uint64", "fixed64"), "u64"),
    **dict.fromkeys(("int32", "sint32", "sfixed32"), "i32"),
    **dict.fromkeys(("int64", "sint64", "sfixed64"), "i64"),
    "bool": "bool",
    "float": "f32",
    "double": "f64",
}
PRELUDE = """use std::borrow::Cow;
use std::fmt;

use prost::encoding::{{self, WireType}};

use {crate}::codec::{{msgpack, protobuf, raw}};
use {crate}::{{At, Codec, Malformed, Message, Packed, named}};
"""


def messages_file(messages: Iterable[Message], crate: str = "crate") -> str:
    """Text of a file with the messages of one package; `crate` is the path of the runtime."""
    messages = tuple(messages)
    body = "".join(part(message) for message in messages for part in (_struct, _debug, _message, _codecs))
    head = f"// {HEADER}\n//! Messages of `{messages[0].package}`.\n{ALLOWED}\n\n"
    return head + PRELUDE.format(crate=crate) + body


def _life(message: Message) -> str:
    return "<'a>" if message.contents else ""


def _type(field: Field) -> str:
    if field.repeated:
        return f"Packed<'a, {TYPES[field.kind]}>"
    return "Cow<'a, [u8]>" if field.kind == "bytes" else TYPES[field.kind]


def _struct(message: Message) -> str:
    fields = "".join(f"    /// {field.doc}\n    pub {field.name}: {_type(field)},\n" for field in message.fields)
    return f"""
/// {message.doc}
#[derive(Clone, Default, PartialEq)]
pub struct {message.name}{_life(message)} {{
{fields}}}
"""


def _debug(message: Message) -> str:
    """Debug that shows how long bytes are and not which, since they may be a payload."""
    anonymous = "<'_>" if message.contents else ""
    fields = "".join(f'.field("{field.name}", &{_shown(field)})' for field in message.fields)
    return f"""
impl fmt::Debug for {message.name}{anonymous} {{
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {{
        formatter.debug_struct("{message.name}"){fields}.finish()
    }}
}}
"""


def _shown(field: Field) -> str:
    value = f"self.{field.name}"
    return f'format_args!("{{}} bytes", {value}.len())' if field.kind == "bytes" else value


def _message(message: Message) -> str:
    return f"""
impl<'a> Message<'a> for {message.name}{_life(message)} {{
    const NAME: &'static str = "{message.full_name}";

    fn decode(codec: Codec, bytes: &'a [u8]) -> Result<Self, Malformed> {{
        match codec {{
            Codec::Protobuf => Self::decode_protobuf(bytes),
            Codec::Msgpack => Self::decode_msgpack(bytes),
            Codec::Raw => Self::decode_raw(bytes),
        }}
        .map_err(named(codec, Self::NAME))
    }}

    fn encode(&self, codec: Codec, out: &mut Vec<u8>) {{
        out.reserve({_bound(message)});
        match codec {{
            Codec::Protobuf => self.encode_protobuf(out),
            Codec::Msgpack => self.encode_msgpack(out),
            Codec::Raw => self.encode_raw(out),
        }}
    }}

    fn encoded_len(&self, codec: Codec) -> usize {{
        match codec {{
            Codec::Protobuf => self.protobuf_len(),
            Codec::Msgpack => self.msgpack_len(),
            Codec::Raw => self.raw_len(),
        }}
    }}
}}
"""


def _bound(message: Message) -> str:
    """Bytes that no codec exceeds: 16 hold a key and a number, or a length and a gap; 3 an array's header."""
    contents = "".join(f" + {_content(field).lstrip('&')}.len()" for field in message.contents)
    return f"{3 + 16 * len(message.fields)}{contents}"


def _codecs(message: Message) -> str:
    parts = (_decode_protobuf, _encode_protobuf, _protobuf_len)
    parts += (_decode_msgpack, _encode_msgpack, _msgpack_len, _decode_raw, _encode_raw, _raw_len)
    life = _life(message)
    bytes_life = "<'a>" if life else ""
    head = f"impl{bytes_life} {message.name}{life} {{\n"
    return "\n" + head + "\n".join(part(message) for part in parts) + "}\n"


def _bytes_argument(message: Message) -> str:
    return "bytes: &'a [u8]" if message.contents else "bytes: &[u8]"


def _function(signature: str, lines: list[str]) -> str:
    return f"    fn {signature} {{\n" + "".join(f"        {line}\n" for line in lines) + "    }\n"


def _decode_protobuf(message: Message) -> str:
    arms = [arm for field in message.fields for arm in _arms(field)]
    return _function(
        f"decode_protobuf({_bytes_argument(message)}) -> Result<Self, At>",
        [
            "let mut message = Self::default();",
            "let mut reader = protobuf::Reader::new(bytes);",
            "while let Some(key) = reader.key()? {",
            "match key {",
            *arms,
            "(number, wire_type) => reader.skip(number, wire_type)?,",
            "}",
            "}",
            "Ok(message)",
        ],
    )


def _arms(field: Field) -> list[str]:
    value = f"message.{field.name}"
    if field.repeated:
        return [
            f"({field.number}, WireType::LengthDelimited) => reader.chunk(&mut {value})?,",
            f"({field.number}, WireType::{_wire_type(field)}) => reader.element(&mut {value})?,",
        ]
    if field.kind == "bytes":
        return [f"({field.number}, WireType::LengthDelimited) => {value} = Cow::Borrowed(reader.bytes()?),"]
    wire = f"WireType::{_wire_type(field)}"
    return [f"({field.number}, {wire}) => {value} = reader.scalar({wire}, encoding::{field.kind}::merge)?,"]


def _wire_type(field: Field) -> str:
    return {4: "ThirtyTwoBit", 8: "SixtyFourBit"}.get(WIDTHS.get(field.kind, 0), "Varint")


def _is_set(field: Field) -> str:
    if field.is_content:
        return f"!self.{field.name}.is_empty()"
    kind = TYPES[field.kind]
    if kind == "bool":
        return f"self.{field.name}"
    return f"self.{field.name}.to_bits() != 0" if kind in ("f32", "f64") else f"self.{field.name} != 0"


def _encode_protobuf(message: Message) -> str:
    lines = []
    for field in message.fields:
        put = (
            f"protobuf::put_bytes(out, {field.number}, {_content(field)});"
            if field.is_content
            else f"encoding::{field.kind}::encode({field.number}, &self.{field.name}, out);"
        )
        lines += [f"if {_is_set(field)} {{", put, "}"]
    return _function("encode_protobuf(&self, out: &mut Vec<u8>)", lines)


def _content(field: Field) -> str:
    return f"self.{field.name}.as_bytes()" if field.repeated else f"&self.{field.name}"


def _protobuf_len(message: Message) -> str:
    lines = ["let mut length = 0;"]
    for field in message.fields:
        part = (
            f"protobuf::bytes_len({field.number}, {_content(field)})"
            if field.is_content
            else f"encoding::{field.kind}::encoded_len({field.number}, &self.{field.name})"
        )
        lines += [f"if {_is_set(field)} {{", f"length += {part};", "}"]
    return _function("protobuf_len(&self) -> usize", [*lines, "length"])


def _read(field: Field) -> str:
    if field.repeated:
        return "reader.packed()?"
    return "Cow::Borrowed(reader.bytes()?)" if field.kind == "bytes" else f"reader.{TYPES[field.kind]}()?"


def _decode(message: Message, name: str, new: str, order: tuple[Field, ...]) -> str:
    reads = [f"let {field.name} = {_read(field)};" for field in order]
    names = ", ".join(field.name for field in message.fields)
    return _function(
        f"{name}({_bytes_argument(message)}) -> Result<Self, At>",
        [f"let mut reader = {new};", *reads, "reader.end()?;", f"Ok(Self {{ {names} }})"],
    )


def _decode_msgpack(message: Message) -> str:
    return _decode(message, "decode_msgpack", "msgpack::Reader::new(bytes)?", message.fields)


def _msgpack_form(field: Field) -> tuple[str, str]:
    """The runtime's function and its argument."""
    if field.is_content:
        return "bytes", _content(field)
    kind = TYPES[field.kind]
    form = {"u": "uint", "i": "int", "b": "bool"}.get(kind[0]) or {"f32": "float", "f64": "double"}[kind]
    return form, f"self.{field.name}"


def _encode_msgpack(message: Message) -> str:
    lines = [f"msgpack::put_array(out, {len(message.fields)});"]
    for field in message.fields:
        form, argument = _msgpack_form(field)
        lines.append(f"msgpack::put_{form}(out, {argument});")
    return _function("encode_msgpack(&self, out: &mut Vec<u8>)", lines)


def _msgpack_len(message: Message) -> str:
    fixed = {"bool": "1", "float": "5", "double": "9"}
    terms = [f"msgpack::array_len({len(message.fields)})"]
    for field in message.fields:
        form, argument = _msgpack_form(field)
        terms.append(fixed.get(form) or f"msgpack::{form}_len({argument})")
    return _function("msgpack_len(&self) -> usize", [" + ".join(terms)])


def _decode_raw(message: Message) -> str:
    new = f"raw::Reader::new(bytes, {len(message.scalars)}, {len(message.contents)})?"
    return _decode(message, "decode_raw", new, (*message.scalars, *message.contents))


def _raw_word(field: Field) -> str:
    value = f"self.{field.name}"
    return {
        "u64": value,
        "u32": f"u64::from({value})",
        "bool": f"u64::from({value})",
        "i32": f"i64::from({value}).cast_unsigned()",
        "i64": f"{value}.cast_unsigned()",
        "f32": f"u64::from({value}.to_bits())",
        "f64": f"{value}.to_bits()",
    }[TYPES[field.kind]]


def _encode_raw(message: Message) -> str:
    lines = ["let start = out.len();"] if message.contents else []
    lines += [f"raw::put_u64(out, {_raw_word(field)});" for field in message.scalars]
    lines += [f"raw::put_u64(out, {_content(field).lstrip('&')}.len() as u64);" for field in message.contents]
    lines += [f"raw::put_content(out, start, {_content(field)});" for field in message.contents]
    return _function("encode_raw(&self, out: &mut Vec<u8>)", lines)


def _raw_len(message: Message) -> str:
    head = f"{8 * len(message.fields)}"
    if not message.contents:
        return _function("raw_len(&self) -> usize", [head])
    ends = [f"let end = raw::content_end(end, {_content(field).lstrip('&')}.len());" for field in message.contents]
    return _function("raw_len(&self) -> usize", [f"let end = {head};", *ends, "end"])
