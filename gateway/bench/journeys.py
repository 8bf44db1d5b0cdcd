"""Whole HTTP requests through the Go service, by route: what a plan asks for, and what a run says of them. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gateway.bench import bystander, histogram, plan_keys, repeats
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
ALONE, LOADED = "alone", "loaded"
JOURNEY, BYSTANDER = "journey", "bystander"
JOURNEYS_SCHEMA = pa.schema(
    [
        ("route", pa.string()),
        ("round", pa.int32()),
        ("position", pa.int32()),
        ("phase", pa.string()),
        ("traffic", pa.string()),
        ("rate_per_s", pa.float64()),
        *((name, pa.int64()) for name in ("due", "requests", "failures", "start_ns", "end_ns")),
        *((name, pa.int64()) for name in ("request_bytes", "reply_bytes")),
        *((name, pa.int64()) for name in ("client_cpu_ns", "service_cpu_ns", "worker_cpu_ns")),
        *((name, pa.int64()) for name in ("gc_cycles", "gc_cpu_ns", "go_cpu_ns", "gc_pause_max_ns")),
        ("disturbed", pa.bool_()),
        ("bucket_values", pa.list_(pa.int64())),
        ("bucket_counts", pa.list_(pa.int64())),
    ]
)
"""One row a traffic of a ride; bucket values are upper ends in ns. CPU times, what the service's collector did and
whether others took the machine's CPU time are of the whole ride, so the same in both of its rows."""


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

    Percentiles, mean and standard deviation are medians over rounds; where no round carries a percentile it is that of
    all rounds' requests together, None where those do not carry it either. `failures` are with the requests that were
    never begun. CPU times are a request; GC is the service's: its share of the CPU time that Go took, its longest pause
    and its cycles over all loaded stretches. A chart shows p50, p99 and p99.9 a route as bars of one group, GC's share
    and CPU a request beside them.
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
    rounds: int = 0
    disturbed_rounds: int = 0


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


def run(programs: Programs, plan: Plan, inputs: Inputs, recorder: Recorder, say: Callable[[str], None]) -> None:
    """Measure them; what was measured is recorded even when Ctrl-C cuts it short."""
    from gateway.bench import rides  # effects; who only concludes needs none of them

    if plan.journey:
        rides.run(programs, plan, plan.journey, inputs, recorder, say)


def conclude(run: Run) -> tuple[Journey, ...]:
    """Return the journeys of a run, in the order of its plan; none where it has none."""
    rows, spec = repeats.rows_of(run, JOURNEYS, JOURNEYS_SCHEMA), run.manifest.plan.journey
    if spec is None:
        return ()
    by_route = {route: [row for row in rows if row["route"] == route] for route in spec.routes}
    return tuple(_journey(route, mine) for route, mine in by_route.items() if _of(mine, LOADED, JOURNEY))


def _journey(route: str, rows: list[dict[str, Any]]) -> Journey:
    loaded, alone = _of(rows, LOADED, JOURNEY), _of(rows, ALONE, BYSTANDER)
    times = [repeats.times_of(row) for row in loaded]
    go_cpu_ns = sum(row["go_cpu_ns"] for row in loaded)
    return Journey(
        route=route,
        rate_per_s=loaded[0]["rate_per_s"],
        achieved_per_s=median(row["requests"] * 1e9 / max(1, row["end_ns"] - row["start_ns"]) for row in loaded),
        requests=sum(row["requests"] for row in loaded),
        failures=sum(row["due"] - row["requests"] for row in loaded),
        p50_ns=repeats.percentile(times, 0.5) or math.nan,
        p90_ns=repeats.percentile(times, 0.9) or math.nan,
        p99_ns=repeats.percentile(times, 0.99),
        p999_ns=repeats.percentile(times, 0.999),
        mean_ns=_median(histogram.mean(*one) for one in times),
        deviation_ns=_median(_deviation(*one) for one in times),
        gc_cpu_share=sum(row["gc_cpu_ns"] for row in loaded) / go_cpu_ns if go_cpu_ns else 0.0,
        gc_pause_max_ns=max(row["gc_pause_max_ns"] for row in loaded),
        gc_cycles=sum(row["gc_cycles"] for row in loaded),
        service_cpu_ns=_cpu_a_request(loaded, alone, "service_cpu_ns"),
        worker_cpu_ns=_cpu_a_request(loaded, alone, "worker_cpu_ns"),
        bystander=bystander.conclude(_of(rows, LOADED, BYSTANDER), alone),
        rounds=len(loaded),
        disturbed_rounds=sum(row["disturbed"] for row in loaded),
    )


def _of(rows: list[dict[str, Any]], phase: str, traffic: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["phase"] == phase and row["traffic"] == traffic]


def _median(values: Iterable[float]) -> float:
    found = [one for one in values if not math.isnan(one)]
    return median(found) if found else math.nan


def _deviation(values: histogram.Values, counts: histogram.Counts) -> float:
    """Return the standard deviation of a histogram's samples; NaN without any."""
    if not counts.sum():
        return math.nan
    centre = histogram.mean(values, counts)
    return math.sqrt(float((counts * (values - centre) ** 2).sum() / counts.sum()))


def _cpu_a_request(loaded: list[dict[str, Any]], alone: list[dict[str, Any]], name: str) -> float:
    """Return the median over rounds of the CPU time that a request took, ns.

    What the same process took in the stretch with the bystander alone, for as long a time, is no request's.
    """
    found: list[float] = []
    for row in loaded:
        before = next((one for one in alone if one["round"] == row["round"]), None)
        idle_share = before[name] / _duration_ns(before) if before else 0.0
        if row["requests"]:
            found.append(max(0.0, row[name] - idle_share * _duration_ns(row)) / row["requests"])
    return _median(found)


def _duration_ns(row: dict[str, Any]) -> int:
    return max(1, row["end_ns"] - row["start_ns"])
