"""The closed lists in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protos.generator import HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protos.generator.lists import Entry, Kernel, Lists


def lists_file(lists: Lists) -> str:
    """Text of gateway/wire/lists_generated.py."""
    parts = (_head, _enums, _reasons, _stages, _channels, _references, _names, _kernels)
    return "\n\n".join(part(lists).strip("\n") for part in parts) + "\n"


def _head(lists: Lists) -> str:
    limits = "".join(f"{name.upper()} = {value:_}\n" for name, value in lists.limits.items())
    return f'''# {HEADER}
"""The closed lists of the contract, `protos/lists.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import NamedTuple

CONTRACT_MAJOR = {lists.major}
CONTRACT_MINOR = {lists.minor}
# Major in the high 16 bits, minor in the low 16.
CONTRACT = CONTRACT_MAJOR << 16 | CONTRACT_MINOR
CONTRACT_TEXT = "{lists.major}.{lists.minor}"

{limits}'''


def _enum(name: str, doc: str, entries: Iterable[Entry], base: str = "IntEnum") -> str:
    rows = "".join(f"    {entry.name.upper()} = {entry.number}\n" for entry in entries)
    return f'class {name}({base}):\n    """{doc}"""\n\n{rows}'


def _enums(lists: Lists) -> str:
    return "\n\n".join(
        (
            _enum("Status", "A canonical gRPC code.", lists.statuses),
            _enum("Executed", "Whether the worker may have run the kernel.", lists.executed),
            _enum("Codec", "Turns a typed message into bytes and back.", lists.codecs),
            _enum("FrameType", "The type of a frame.", lists.frame_types),
            _enum("FrameFlag", "Flags of a frame.", lists.frame_flags, "IntFlag"),
        )
    )


def _reasons(lists: Lists) -> str:
    rows = "".join(
        f"    Reason.{r.name}: (Status.{r.status}, Executed.{r.executed.upper()}, {r.doc!r}),\n" for r in lists.reasons
    )
    members = "".join(f"    {reason.name} = {reason.number}\n" for reason in lists.reasons)
    return f'''class Reason(IntEnum):
    """Why a call failed."""

{members}
    @property
    def status(self) -> Status:
        """The canonical code that always goes with it."""
        return _REASONS[self][0]

    @property
    def executed(self) -> Executed:
        """What it says of the kernel."""
        return _REASONS[self][1]

    @property
    def doc(self) -> str:
        """A sentence for a person."""
        return _REASONS[self][2]


_REASONS: dict[Reason, tuple[Status, Executed, str]] = {{
{rows}}}
'''


def _stages(lists: Lists) -> str:
    stamps = "".join(f'    "{stamp.name}": "{stamp.doc}",\n' for stamp in lists.stamps)
    rows = "".join(f'    Stage("{stage.name}", "{stage.start}", "{stage.end}"),\n' for stage in lists.stages)
    hops = "".join(f'    HopStage("{s.name}", "{s.start}", "{s.end}", "{s.of}"),\n' for s in lists.hop_stages)
    return f'''@dataclass(frozen=True)
class Stage:
    """A named part of a call, between two stamps."""

    name: str
    start: str
    end: str


# Name → meaning of each stamp, CLOCK_MONOTONIC ns.
STAMPS: dict[str, str] = {{
{stamps}}}

STAGES: tuple[Stage, ...] = (
{rows})


@dataclass(frozen=True)
class HopStage(Stage):
    """A third of the wire stage `of` where a proxy stands between; p0 to p3 are the hop's stamps."""

    of: str


HOP_STAGES: tuple[HopStage, ...] = (
{hops})
'''


def _channels(lists: Lists) -> str:
    rows = "".join(
        f'    Channel("{c.name}", "{c.placement}", '
        f"({''.join(f'Codec.{codec.upper()}, ' for codec in c.codecs)}), proxied={c.proxied}),\n"
        for c in lists.channels
    )
    return f'''@dataclass(frozen=True)
class Channel:
    """What carries bytes, where it leads (native, inproc or process), its codecs, and whether it is proxied."""

    name: str
    placement: str
    codecs: tuple[Codec, ...]
    proxied: bool


CHANNELS: tuple[Channel, ...] = (
{rows})
'''


def _references(lists: Lists) -> str:
    rows = "".join(
        f'    Reference("{r.name}", "{r.placement}", ({"".join(f"{name!r}, " for name in r.channels)})),\n'
        for r in lists.references
    )
    return f'''class Reference(NamedTuple):
    """A plain echo, measured beside the routes over its channels: their floor."""

    name: str
    placement: str
    channels: tuple[str, ...]


REFERENCES: tuple[Reference, ...] = (
{rows})
'''


def _names(lists: Lists) -> str:
    natives = "".join(f'"{name}", ' for name in lists.natives)
    attributes = "".join(
        f'ATTRIBUTE_{name.removeprefix("boundary.").upper()} = "{name}"\n' for name in lists.attributes
    )
    metadata = "".join(
        f'METADATA_{name.removeprefix("boundary-").upper().replace("-", "_")} = "{name}"\n' for name in lists.metadata
    )
    return f"""# Routes without a channel or a codec.
NATIVES: tuple[str, ...] = ({natives})

# Metadata entries of the gRPC routes.
{metadata}
# Our own span attributes.
{attributes}"""


def _kernels(lists: Lists) -> str:
    rows = "".join(_kernel(kernel) for kernel in lists.kernels)
    return f'''@dataclass(frozen=True)
class KernelSpec:
    """What a kernel states of itself; sizes are bytes of the encoded request, 0 means the message limit."""

    name: str
    package: str
    service: str
    method: str
    version: tuple[int, int]
    idempotent: bool
    fallback_safe: bool
    cheap_up_to_bytes: int
    max_request_bytes: int
    comparer: str
    misbehaves: bool


KERNELS: tuple[KernelSpec, ...] = (
{rows})
'''


def _kernel(kernel: Kernel) -> str:
    return f"""    KernelSpec(
        name="{kernel.name}",
        package="{kernel.package}",
        service="{kernel.service}",
        method="{kernel.method}",
        version={kernel.version},
        idempotent={kernel.idempotent},
        fallback_safe={kernel.fallback_safe},
        cheap_up_to_bytes={kernel.cheap_up_to_bytes},
        max_request_bytes={kernel.max_request_bytes},
        comparer="{kernel.comparer}",
        misbehaves={kernel.misbehaves},
    ),
"""
