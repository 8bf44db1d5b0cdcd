"""Whole HTTP requests through the Go service, by route: what a plan asks for, and what a run says of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.bench import plan_keys
from gateway.bench.plan_keys import MS
from gateway.errors import Refusal
from gateway.wire import kernels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.bench.bystander import Bystander
    from gateway.bench.folder import Run
    from gateway.bench.plan import Plan
    from gateway.bench.record import Recorder
    from gateway.bench.requests import Inputs
    from gateway.supervise import Programs

JOURNEYS = "journeys"
"""Name of the run's table."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the mix: so many in turn of a kernel's requests of one size."""

    kernel: str
    size_bytes: int
    weight: int


@dataclass(frozen=True, slots=True)
class JourneySpec:
    """What the [journey] of a plan asks for.

    Requests arrive at random (Poisson) at `rate_per_s`, those of the bystander at `bystander_per_s`; each round visits
    every route, the bystander alone for `alone_ns` and then both for `loaded_ns`.
    """

    routes: tuple[str, ...]
    mix: tuple[Part, ...]
    rate_per_s: float
    bystander_per_s: float
    rounds: int
    loaded_ns: int
    alone_ns: int
    in_flight: int

    @classmethod
    def from_json(cls, content: dict[str, Any] | None) -> JourneySpec | None:
        """Read one back from run.json."""
        if content is None:
            return None
        mix = tuple(Part(**one) for one in content["mix"])
        return cls(**{**content, "routes": tuple(content["routes"]), "mix": mix})


@dataclass(frozen=True, slots=True)
class Journey:
    """The requests by one route; times from the intended start to the whole answer, ns.

    p50, p90, p99, mean and standard deviation are medians over rounds; p99.9 is of all rounds' requests together, None
    where they do not carry it. CPU times are a request, of the whole process; GC is the service's: its share of the CPU
    time that Go code took, its longest pause and its cycles over all loaded stretches. A chart shows p50 and p99 a
    route as bars of one group, GC's share and CPU a request beside them.
    """

    route: str
    rate_per_s: float
    achieved_per_s: float
    requests: int
    failures: int
    p50_ns: float
    p90_ns: float
    p99_ns: float | None
    p999_ns: float | None
    mean_ns: float
    deviation_ns: float
    gc_cpu_share: float
    gc_pause_max_ns: int
    gc_cycles: int
    service_cpu_ns: float
    worker_cpu_ns: float
    bystander: Bystander | None


_KEYS = {"routes", "mix", "rate_per_s", "bystander_per_s", "rounds", "loaded_ms", "alone_ms", "in_flight"}
_PART_KEYS = {"kernel", "size", "weight"}


def parse(table: Any, where: str = "[journey]", own: Iterable[str] = ()) -> JourneySpec | None:
    """Return what a plan's [journey] asks for, None without one; refuses what it cannot mean."""
    if table is None:
        return None
    plan_keys.check_keys(table, _KEYS, where)

    def number(key: str, bounds: tuple[float, float], default: float) -> float:
        return plan_keys.number(table, key, bounds, default, where)

    return JourneySpec(
        routes=plan_keys.routes(table, where),
        mix=_mix(table.get("mix"), where, own),
        rate_per_s=number("rate_per_s", (1, 1_000_000), 400),
        bystander_per_s=number("bystander_per_s", (1, 100_000), 400),
        rounds=int(number("rounds", (1, 1_000), 4)),
        loaded_ns=round(number("loaded_ms", (10, 600_000), 3_000) * MS),
        alone_ns=round(number("alone_ms", (10, 600_000), 1_500) * MS),
        in_flight=int(number("in_flight", (1, 4_096), 64)),
    )


def _mix(parts: Any, where: str, own: Iterable[str]) -> tuple[Part, ...]:
    if not isinstance(parts, list) or not parts:
        raise Refusal(f"mix = {parts!r} in {where}", 'write mix = [{ kernel = "redact", size = "4KiB", weight = 2 }]')
    return tuple(_part(plan_keys.check_keys(one, _PART_KEYS, f"mix of {where}"), where, own) for one in parts)


def _part(table: Any, where: str, own: Iterable[str]) -> Part:
    weight = int(plan_keys.number(table, "weight", (1, 100), 1, where))
    return Part(kernels.check(table.get("kernel"), own), plan_keys.size(table, where), weight)


def run(programs: Programs, plan: Plan, given: Inputs, recorder: Recorder, say: Callable[[str], None]) -> None:
    """Measure them; what was measured is recorded even when Ctrl-C cuts it short."""


def conclude(run: Run) -> tuple[Journey, ...]:
    """Return the journeys of a run, in the order of its plan; none where it has none."""
    return ()
