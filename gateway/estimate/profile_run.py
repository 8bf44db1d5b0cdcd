"""`gateway profile`, step by step: read, measure the boundary unless it is given, rank, look which can be estimated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from gateway import build
from gateway.bench import bed as beds
from gateway.bench.verdict import PROCESS
from gateway.errors import Refusal, unknown
from gateway.estimate import cpu_profile, ranking, subject
from gateway.estimate.boundary import Boundary, Crossing
from gateway.inputs import logs
from gateway.progress import Steps
from gateway.wire.routes import placement_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.config import Common
    from gateway.estimate.cpu_profile import CpuProfile
    from gateway.estimate.ranking import Ranked
    from gateway.estimate.symbol import Symbol

ROUNDS, BLOCK_NS = 20, 15_000_000
STEPS = 20_000
"""Some 30 µs of computing on the other side: a call that takes no longer cannot pay for a sidecar."""
_SEED = 42


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for; `boundary_ns` by placement, empty to have it measured with such a payload."""

    path: Path
    folder: Path
    top: int
    seconds: float | None
    boundary_ns: Mapping[str, float]
    payload_bytes: int
    calls_per_s: Mapping[str, float]
    minimum_gain: float


@dataclass(frozen=True, slots=True)
class Advice:
    """A candidate, and either how `gateway estimate` is told it, or why that cannot be."""

    ranked: Ranked
    reference: str
    problem: str


@dataclass(frozen=True, slots=True)
class Profiled:
    """All that is said of a profile; `background` are shares of kinds of work, `boundary_ns` a placement."""

    profile: CpuProfile
    duration_ns: int
    minimum_gain: float
    boundary_ns: Mapping[str, float]
    boundary_origin: str
    background: dict[str, float]
    candidates: tuple[Advice, ...]
    others: tuple[Ranked, ...]


def run(wanted: Wanted, common: Common) -> Profiled:
    """Read, measure, rank; raises Refusal or Failure, and leaves nothing running in any case."""
    profile = cpu_profile.read(wanted.path)
    duration_ns = _duration_ns(profile, wanted.seconds)
    calls = _calls(profile, wanted.calls_per_s)
    boundary_ns = wanted.boundary_ns or measured(wanted.payload_bytes, common)
    pays_from_ns = {placement: one * (1 + wanted.minimum_gain) for placement, one in boundary_ns.items()}
    ranked = ranking.rank(profile, duration_ns, pays_from_ns, calls)
    candidates = [one for one in ranked if not one.why_not][: wanted.top]
    return Profiled(
        profile=profile,
        duration_ns=duration_ns,
        minimum_gain=wanted.minimum_gain,
        boundary_ns=boundary_ns,
        boundary_origin="as you say" if wanted.boundary_ns else "measured here",
        background=ranking.background(profile),
        candidates=tuple(_advice(one, profile, wanted.folder) for one in candidates),
        others=tuple(one for one in ranked if one.why_not)[: wanted.top],
    )


def measured(payload_bytes: int, common: Common) -> dict[str, float]:
    """Return the boundary of the best route of each placement, ns: the median of a few alternating blocks."""
    content = logs.generate(_SEED, payload_bytes * 4)
    with (
        Steps(1).step("measure the boundary") as say,
        beds.started(build.ensure(common), proxied=False) as bed,
    ):
        boundary = Boundary(bed, content)
        crossings = [_crossing(route, payload_bytes) for route in boundary.routes()]
        times: dict[Crossing, list[float]] = {one: [] for one in crossings}
        for done in range(ROUNDS):
            say(f"round {done + 1} of {ROUNDS}")
            for one, kept in times.items():
                kept.append(boundary.crosses_ns(one, BLOCK_NS))
        computes = {one: boundary.computes_ns(one, BLOCK_NS) for one in crossings}
    found: dict[str, float] = {}
    for one, kept in times.items():
        boundary_ns, placement = max(1.0, median(kept) - computes[one]), placement_of(one.route)
        found[placement] = min(boundary_ns, found.get(placement, boundary_ns))
    return found


def _crossing(route: str, payload_bytes: int) -> Crossing:
    return Crossing(route, payload_bytes, STEPS if placement_of(route) == PROCESS else 0)


def _duration_ns(profile: CpuProfile, seconds: float | None) -> int:
    """Return the wall time of the profile; refuses when neither it nor the command line says."""
    duration_ns = round(seconds * 1e9) if seconds else profile.duration_ns
    if duration_ns <= 0:
        raise Refusal(f"{profile.name} does not say how long it took", "give it by --seconds")
    return duration_ns


def _calls(profile: CpuProfile, given: Mapping[str, float]) -> dict[Symbol, float]:
    """Return the known rates by function; a name may leave out the front of the path, but must mean one function."""
    found = {}
    for name, rate in given.items():
        meant = [one for one in profile.functions if str(one) == name or str(one).endswith(f"/{name}")]
        if not meant:
            raise unknown(f"function in {profile.name}", name, profile.nearest(name))
        if len(meant) > 1:
            raise Refusal(f"{name} means {len(meant)} functions of {profile.name}", f"write {meant[0]} or the other")
        found[meant[0]] = rate
    return found


def _advice(ranked: Ranked, profile: CpuProfile, folder: Path) -> Advice:
    if not ranked.function.is_plain:
        return Advice(ranked, "", "a method, closure or generic function: wrap it in a func([]byte) []byte")
    reference = _reference(ranked.function, profile, folder)
    try:
        subject.find(reference, folder)
    except Refusal as refusal:
        return Advice(ranked, "", refusal.what)
    return Advice(ranked, reference, "")


def _reference(function: Symbol, profile: CpuProfile, folder: Path) -> str:
    """Return the function as estimate takes it; a program's package is named by the folder of its file."""
    lies_in = Path(profile.files.get(function, "")).parent
    if function.package != "main" or not lies_in.is_relative_to(folder.resolve()):
        return str(function)
    return f"./{lies_in.relative_to(folder.resolve())}.{function.name}"
