"""Messages with their three codecs, and the closed lists, in Rust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protos.generator import HEADER
from protos.generator.descriptors import WIDTHS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from protos.generator.descriptors import Field, Message
    from protos.generator.lists import Entry, Kernel, Lists, Reason

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
ALLOWED = "#![allow(unused_imports, unused_mut, unused_variables, clippy::all, clippy::pedantic)]"


def camel(name: str) -> str:
    """An entry's name as a Rust variant."""
    return "".join(part.title() for part in name.replace("-", "_").split("_"))


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


def module_file(packages: Iterable[str]) -> str:
    """Text of generated/mod.rs."""
    modules = sorted([*(package.replace(".", "_") for package in packages), "lists"])
    return f"// {HEADER}\n{ALLOWED}\n\n" + "".join(f"pub mod {module};\n" for module in modules)


def lists_file(lists: Lists) -> str:
    """Text of generated/lists.rs."""
    parts = (_head, _limits, _statuses, _reasons, _stages, _codec, _channels, _frames, _attributes, _kernels)
    return "\n".join(part(lists) for part in parts)


def _head(lists: Lists) -> str:
    return f"""// {HEADER}
//! The closed lists of the contract, `protos/lists.toml`.

/// Version of the contract.
pub const CONTRACT_MAJOR: u32 = {lists.major};
pub const CONTRACT_MINOR: u32 = {lists.minor};
/// Major in the high 16 bits, minor in the low 16.
pub const CONTRACT: u32 = CONTRACT_MAJOR << 16 | CONTRACT_MINOR;
/// The version as handshakes write it.
pub const CONTRACT_TEXT: &str = "{lists.major}.{lists.minor}";
"""


def _limits(lists: Lists) -> str:
    kinds = {"window_calls": "u32"}
    return "".join(
        f"pub const {name.upper()}: {kinds.get(name, 'usize')} = {value:_};\n" for name, value in lists.limits.items()
    )


def _enum(name: str, base: str, doc: str, entries: Iterable[Entry], extra: str = "") -> str:
    """An enum with number, name and from_number."""
    entries = tuple(entries)
    variants = "".join(
        (f"    /// {entry.doc}\n" if entry.doc else "") + f"    {camel(entry.name)} = {entry.number},\n"
        for entry in entries
    )
    names = "".join(f'            Self::{camel(entry.name)} => "{entry.name}",\n' for entry in entries)
    numbers = "".join(f"            {entry.number} => Self::{camel(entry.name)},\n" for entry in entries)
    every = ", ".join(f"Self::{camel(entry.name)}" for entry in entries)
    return f"""
/// {doc}
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr({base})]
pub enum {name} {{
{variants}}}

impl {name} {{
    /// All of them in the order of the contract.
    pub const ALL: &'static [Self] = &[{every}];

    /// The name in the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {{
        match self {{
{names}        }}
    }}

    /// The number in the contract.
    #[must_use]
    pub const fn number(self) -> {base} {{
        self as {base}
    }}

    /// The entry of a number, or None when the contract does not have it.
    #[must_use]
    pub const fn from_number(number: {base}) -> Option<Self> {{
        Some(match number {{
{numbers}            _ => return None,
        }})
    }}
{extra}}}
"""


def _statuses(lists: Lists) -> str:
    executed = _enum("Executed", "u32", "Whether the worker may have run the kernel.", lists.executed)
    return _enum("Status", "u32", "A canonical gRPC code.", lists.statuses) + executed


def _reasons(lists: Lists) -> str:
    extra = (
        _answer("status", "Status", "The canonical code that always goes with it.", lists.reasons,
                lambda reason: f"Status::{camel(reason.status)}")
        + _answer("executed", "Executed", "What it says of the kernel.", lists.reasons,
                  lambda reason: f"Executed::{camel(reason.executed)}")
        + _answer("doc", "&'static str", "A sentence for a person.", lists.reasons,
                  lambda reason: f'"{reason.doc}"')
    )  # fmt: skip
    return _enum("Reason", "u32", "Why a call failed.", lists.reasons, extra)


def _answer(name: str, kind: str, doc: str, reasons: tuple[Reason, ...], answer: Callable[[Reason], str]) -> str:
    groups: dict[str, list[str]] = {}
    for reason in reasons:
        groups.setdefault(answer(reason), []).append(f"Self::{camel(reason.name)}")
    arms = "".join(f"            {' | '.join(names)} => {value},\n" for value, names in groups.items())
    return f"""
    /// {doc}
    #[must_use]
    pub const fn {name}(self) -> {kind} {{
        match self {{
{arms}        }}
    }}
"""


def _stages(lists: Lists) -> str:
    variants = "".join(f"    /// {s.start} to {s.end}.\n    {camel(s.name)},\n" for s in lists.stages)
    names = "".join(f'            Self::{camel(s.name)} => "{s.name}",\n' for s in lists.stages)
    stamps = "".join(f"            Self::{camel(s.name)} => ({s.start[1:]}, {s.end[1:]}),\n" for s in lists.stages)
    every = ", ".join(f"Self::{camel(stage.name)}" for stage in lists.stages)
    return f"""
/// A named part of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {{
{variants}}}

impl Stage {{
    /// All of them in the order of a call.
    pub const ALL: &'static [Self] = &[{every}];

    /// The name in the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {{
        match self {{
{names}        }}
    }}

    /// The stamps between which it lies: (4, 5) is t4 to t5.
    #[must_use]
    pub const fn stamps(self) -> (usize, usize) {{
        match self {{
{stamps}        }}
    }}
}}
"""


def _codec(lists: Lists) -> str:
    return _enum("Codec", "u32", "Turns a typed message into bytes and back.", lists.codecs)


def _channels(lists: Lists) -> str:
    variants = "".join(f"    {camel(channel.name)},\n" for channel in lists.channels)
    names = "".join(f'            Self::{camel(channel.name)} => "{channel.name}",\n' for channel in lists.channels)
    carried = "".join(
        f"            Self::{camel(c.name)} => &[{', '.join(f'Codec::{camel(codec)}' for codec in c.codecs)}],\n"
        for c in lists.channels
    )
    every = ", ".join(f"Self::{camel(channel.name)}" for channel in lists.channels)
    return f"""
/// What carries bytes across and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {{
{variants}}}

impl Channel {{
    /// All of them.
    pub const ALL: &'static [Self] = &[{every}];

    /// The name in the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {{
        match self {{
{names}        }}
    }}

    /// The codecs that it carries.
    #[must_use]
    pub const fn codecs(self) -> &'static [Codec] {{
        match self {{
{carried}        }}
    }}
}}
"""


def _frames(lists: Lists) -> str:
    flags = "".join(f"/// {flag.doc}.\npub const FLAG_{flag.name}: u8 = {flag.number};\n" for flag in lists.frame_flags)
    known = " | ".join(f"FLAG_{flag.name}" for flag in lists.frame_flags)
    types = _enum("FrameType", "u8", "The type of a frame.", lists.frame_types)
    return f"{types}\n{flags}/// All flags of the contract.\npub const KNOWN_FLAGS: u8 = {known};\n"


def _attributes(lists: Lists) -> str:
    rows = "".join(
        f'    pub const {name.removeprefix("boundary.").upper()}: &str = "{name}";\n' for name in lists.attributes
    )
    return f"/// Our own span attributes.\npub mod attribute {{\n{rows}}}\n"


def _kernels(lists: Lists) -> str:
    specs = "".join(_kernel(kernel) for kernel in lists.kernels)
    names = ", ".join(f"&{kernel.name.upper()}" for kernel in lists.kernels)
    return f"""/// What a kernel states of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelSpec {{
    /// Name as callers and frames write it.
    pub name: &'static str,
    /// Package of its proto.
    pub package: &'static str,
    /// Full name of its gRPC service.
    pub service: &'static str,
    /// Path of its gRPC method.
    pub method: &'static str,
    /// Major in the high 16 bits, minor in the low 16.
    pub version: u32,
    /// A call whose fate is unknown may be made again.
    pub idempotent: bool,
    /// The native twin may answer instead.
    pub fallback_safe: bool,
    /// Encoded request up to which the worker computes on its I/O thread.
    pub cheap_up_to_bytes: usize,
    /// Bound of the encoded request; 0 means the message limit.
    pub max_request_bytes: usize,
    /// Hosted only when the worker is told to.
    pub misbehaves: bool,
}}

{specs}
/// All kernels of the contract.
pub const KERNELS: &[&KernelSpec] = &[{names}];
"""


def _kernel(kernel: Kernel) -> str:
    major, minor = kernel.version
    return f"""/// The kernel `{kernel.name}`.
pub const {kernel.name.upper()}: KernelSpec = KernelSpec {{
    name: "{kernel.name}",
    package: "{kernel.package}",
    service: "{kernel.service}",
    method: "{kernel.method}",
    version: {major << 16 | minor:#010x},
    idempotent: {str(kernel.idempotent).lower()},
    fallback_safe: {str(kernel.fallback_safe).lower()},
    cheap_up_to_bytes: {kernel.cheap_up_to_bytes:_},
    max_request_bytes: {kernel.max_request_bytes:_},
    misbehaves: {str(kernel.misbehaves).lower()},
}};
"""
