"""A CPU profile of a Go program as stacks of function names with their CPU time. Reads one file; the rest is pure."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from google.protobuf.message import DecodeError

from gateway.errors import Refusal
from gateway.estimate import symbol

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.estimate.symbol import Symbol

MAKE_ONE = "take one under load: go test -cpuprofile cpu.pprof, or /debug/pprof/profile?seconds=30"
_GZIP = b"\x1f\x8b"
_MOST_BYTES = 1 << 30
_NEAR = 3
_UNNAMED = symbol.Symbol("?", "?")


@dataclass(frozen=True, slots=True)
class Frame:
    """One function of a stack; `inlined` says that the compiler put it into its caller."""

    function: Symbol
    inlined: bool


@dataclass(frozen=True, slots=True)
class Stack:
    """Frames from the leaf to the root, and the CPU time that was sampled there."""

    frames: tuple[Frame, ...]
    cpu_ns: int


@dataclass(frozen=True, slots=True)
class CpuProfile:
    """All stacks.

    `duration_ns` is the wall time of the profile, 0 where it does not say; `period_ns` the CPU time that a sample
    stands for; `files` are the source files by function.
    """

    name: str
    stacks: tuple[Stack, ...]
    duration_ns: int
    period_ns: int
    files: dict[Symbol, str]

    @property
    def cpu_ns(self) -> int:
        """All CPU time that was sampled."""
        return sum(stack.cpu_ns for stack in self.stacks)

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return round(self.cpu_ns / self.period_ns)

    @property
    def functions(self) -> list[Symbol]:
        """Each function once."""
        return list(dict.fromkeys(frame.function for stack in self.stacks for frame in stack.frames))

    def cumulative_share(self, function: str) -> float:
        """Return the share of the CPU time spent in a function and in all that it calls, 0 to 1."""
        inside = (stack.cpu_ns for stack in self.stacks if any(str(one.function) == function for one in stack.frames))
        return sum(inside) / self.cpu_ns

    def nearest(self, function: str) -> list[str]:
        """Return the functions whose names resemble one most, all of it or what stands behind the package."""
        names = [str(one) for one in self.functions]
        short = {one.name: str(one) for one in self.functions}
        found = [short[one] for one in get_close_matches(function.rpartition(".")[2], short, n=_NEAR)]
        return found or get_close_matches(function, names, n=_NEAR) or names[:_NEAR]


def read(path: Path) -> CpuProfile:
    """Read a CPU profile; refuses a file that is unreadable, cut short, of another kind, or without samples."""
    from gateway.inputs import pieces

    return parse(path.name, pieces.read(path))


def parse(name: str, content: bytes) -> CpuProfile:
    """Parse a file's content; refuses as `read` does."""
    profile = _message(name, _unpacked(name, content))
    value = _cpu_value(name, profile)
    locations = _locations(name, profile)
    stacks = tuple(
        Stack(tuple(frame for place in sample.location_id for frame in locations.get(place, ())), sample.value[value])
        for sample in profile.sample
        if len(sample.value) > value
    )
    sampled = tuple(one for one in stacks if one.cpu_ns > 0 and one.frames)
    if not sampled:
        raise Refusal(f"{name} has no samples", f"the program was idle, or ran under 10 ms: {MAKE_ONE}")
    files = {symbol.parse(_text(profile, one.name)): _text(profile, one.filename) for one in profile.function}
    return CpuProfile(name, sampled, profile.duration_nanos, max(1, profile.period), files)


def _unpacked(name: str, content: bytes) -> bytes:
    if not content.startswith(_GZIP):
        return content
    try:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        unpacked = unpacker.decompress(content, _MOST_BYTES)
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Refusal(f"{name} is broken gzip data", f"fetch it again, or {MAKE_ONE}") from error
    if not unpacker.eof:
        raise Refusal(f"{name} is cut short", f"let the profile end before the program does, and {MAKE_ONE}")
    return unpacked


def _message(name: str, content: bytes) -> Any:
    from gateway.estimate.profile_format import Profile

    try:
        return Profile.FromString(content)
    except DecodeError as error:
        raise Refusal(f"{name} is no pprof profile, or is cut short", MAKE_ONE) from error


def _cpu_value(name: str, profile: Any) -> int:
    """Return which of a sample's values is CPU time in ns; refuses a profile of something else."""
    kinds = [(_text(profile, one.type), _text(profile, one.unit)) for one in profile.sample_type]
    if ("cpu", "nanoseconds") in kinds:
        return kinds.index(("cpu", "nanoseconds"))
    told = ", ".join(kind for kind, _ in kinds)
    what = f"a profile of {told}" if told else "no pprof profile"
    raise Refusal(f"{name} is {what}, not of CPU time", MAKE_ONE)


def _locations(name: str, profile: Any) -> dict[int, tuple[Frame, ...]]:
    """Return each location's frames from the innermost on: all but the last were inlined into the last."""
    names = {one.id: symbol.parse(_text(profile, one.name)) for one in profile.function}
    if profile.sample and not names:
        raise Refusal(f"{name} has no function names", "go tool pprof -proto PROGRAM PROFILE > cpu.pprof adds them")
    return {
        place.id: tuple(
            Frame(names.get(line.function_id, _UNNAMED), index < len(place.line) - 1)
            for index, line in enumerate(place.line)
        )
        for place in profile.location
    }


def _text(profile: Any, index: int) -> str:
    return profile.string_table[index] if 0 <= index < len(profile.string_table) else ""
