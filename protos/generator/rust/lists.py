"""The closed lists in Rust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protos.generator import HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from protos.generator.lists import Entry, Kernel, Lists, Reason


def camel(name: str) -> str:
    """An entry's name as a Rust variant."""
    return "".join(part.title() for part in name.replace("-", "_").split("_"))


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
    entries = "".join(
        f'    pub const {name.removeprefix("boundary-").upper().replace("-", "_")}: &str = "{name}";\n'
        for name in lists.metadata
    )
    return f"""/// Metadata entries of the gRPC routes beside W3C's.
pub mod metadata {{
{entries}}}

/// Our own span attributes.
pub mod attribute {{
{rows}}}
"""


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
