"""The closed lists of `protos/lists.toml`, checked for what the three languages rely on."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

EXECUTED = ("no", "unknown", "yes")
PLACEMENTS = ("native", "inproc", "process")
COMPARERS = ("bytes", "json", "approx")


class ListError(ValueError):
    """An entry of lists.toml that cannot be written out; the text names it."""


@dataclass(frozen=True)
class Entry:
    """A name with its number; `doc` may be empty."""

    name: str
    number: int
    doc: str = ""


@dataclass(frozen=True)
class Reason(Entry):
    """Why a call failed."""

    status: str = ""
    executed: str = ""


@dataclass(frozen=True)
class Stage:
    """A named part of a call, between two stamps."""

    name: str
    start: str
    end: str


@dataclass(frozen=True)
class HopStage(Stage):
    """A third of the wire stage `of` where a proxy stands between."""

    of: str


@dataclass(frozen=True)
class Channel:
    """What carries bytes, where it leads, the codecs that it carries, and whether a proxy stands between."""

    name: str
    placement: str
    codecs: tuple[str, ...]
    proxied: bool


@dataclass(frozen=True)
class Reference:
    """A plain echo that the routes over some channels are held against."""

    name: str
    placement: str
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Kernel:
    """What a kernel states of itself."""

    name: str
    package: str
    version: tuple[int, int]
    idempotent: bool
    fallback_safe: bool
    cheap_up_to_bytes: int
    max_request_bytes: int
    comparer: str
    misbehaves: bool

    @property
    def service(self) -> str:
        """Full name of its gRPC service."""
        return f"{self.package}.{self.name.title()}Service"

    @property
    def method(self) -> str:
        """Path of its gRPC method."""
        return f"/{self.service}/{self.name.title()}"


@dataclass(frozen=True)
class Lists:
    """All of lists.toml."""

    major: int
    minor: int
    limits: dict[str, int]
    statuses: tuple[Entry, ...]
    reasons: tuple[Reason, ...]
    stamps: tuple[Entry, ...]
    stages: tuple[Stage, ...]
    hop_stages: tuple[HopStage, ...]
    codecs: tuple[Entry, ...]
    channels: tuple[Channel, ...]
    natives: tuple[str, ...]
    references: tuple[Reference, ...]
    frame_types: tuple[Entry, ...]
    frame_flags: tuple[Entry, ...]
    metadata: tuple[str, ...]
    attributes: tuple[str, ...]
    kernels: tuple[Kernel, ...]

    @property
    def executed(self) -> tuple[Entry, ...]:
        """What a reason says of the kernel, numbered as Receipt.executed."""
        return tuple(Entry(name, number) for number, name in enumerate(EXECUTED))


def load(path: Path) -> Lists:
    """The lists of a file, or ListError."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    lists = Lists(
        major=table["contract"]["major"],
        minor=table["contract"]["minor"],
        limits=table["limits"],
        statuses=_entries(table["statuses"]),
        reasons=tuple(Reason(**row) for row in table["reasons"]),
        stamps=tuple(Entry(row["name"], number, row["doc"]) for number, row in enumerate(table["stamps"])),
        stages=tuple(Stage(row["name"], row["from"], row["to"]) for row in table["stages"]),
        hop_stages=tuple(HopStage(row["name"], row["from"], row["to"], row["of"]) for row in table["hop_stages"]),
        codecs=_entries(table["codecs"]),
        channels=tuple(_channel(row) for row in table["channels"]),
        natives=_names(table["natives"]),
        references=tuple(
            Reference(row["name"], row["placement"], tuple(row["channels"])) for row in table["references"]
        ),
        frame_types=_entries(table["frame_types"]),
        frame_flags=_entries(table["frame_flags"]),
        metadata=_names(table["metadata"]),
        attributes=_names(table["attributes"]),
        kernels=tuple(Kernel(**{**row, "version": tuple(row["version"])}) for row in table["kernels"]),
    )
    _check(lists)
    return lists


def _entries(rows: list[dict]) -> tuple[Entry, ...]:
    return tuple(Entry(**row) for row in rows)


def _channel(row: dict) -> Channel:
    return Channel(row["name"], row["placement"], tuple(row["codecs"]), row.get("proxied", False))


def _names(rows: list[dict]) -> tuple[str, ...]:
    return tuple(row["name"] for row in rows)


def _check(lists: Lists) -> None:
    for name in ("statuses", "reasons", "codecs", "frame_types", "frame_flags"):
        entries: tuple[Entry, ...] = getattr(lists, name)
        _unique(name, [entry.name for entry in entries])
        _unique(f"{name} (numbers)", [entry.number for entry in entries])
    for name in ("stages", "hop_stages", "channels", "references", "kernels"):
        _unique(name, [entry.name for entry in getattr(lists, name)])
    for name in ("metadata", "attributes"):
        _unique(name, list(getattr(lists, name)))
    for reason in lists.reasons:
        _known("status", reason.name, [reason.status], [status.name for status in lists.statuses])
        _known("executed", reason.name, [reason.executed], EXECUTED)
    for stage in lists.stages:
        _known("stamp", stage.name, [stage.start, stage.end], [stamp.name for stamp in lists.stamps])
    for stage in lists.hop_stages:
        _known("stage", stage.name, [stage.of], [whole.name for whole in lists.stages])
    for channel in lists.channels:
        _known("placement", channel.name, [channel.placement], PLACEMENTS)
        _known("codec", channel.name, channel.codecs, [codec.name for codec in lists.codecs])
    for reference in lists.references:
        _known("channel", reference.name, reference.channels, [channel.name for channel in lists.channels])
        placements = [channel.placement for channel in lists.channels if channel.name in reference.channels]
        _known("placement", reference.name, [reference.placement], placements)
    for kernel in lists.kernels:
        _known("comparer", kernel.name, [kernel.comparer], COMPARERS)


def _unique(name: str, values: list) -> None:
    for value in values:
        if values.count(value) > 1:
            raise ListError(f"lists.toml: {value!r} stands twice in {name}; names and numbers are never used twice")


def _known(what: str, where: str, values: list[str] | tuple[str, ...], known: list[str] | tuple[str, ...]) -> None:
    for value in values:
        if value not in known:
            raise ListError(f"lists.toml: {where} has the unknown {what} {value!r}; known are {', '.join(known)}")
