"""Offers a route loads from light to more than it carries, each at a constant rate, and records how long calls took."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gateway.bench.manifest import DIFFERS
from gateway.bench.rounds import block_seed
from gateway.bench.sweep_spec import SweepSpec, parse
from gateway.bench.usage import Usage
from gateway.gen.bench.v1 import driver_pb2
from gateway.report.quantities import size as size_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.bench.bed import Bed
    from gateway.bench.manifest import Manifest
    from gateway.bench.measure import Meter
    from gateway.bench.plan import Case, Plan
    from gateway.bench.record import Recorder

__all__ = ["CLOSED", "LADDER", "SWEEP", "SWEEP_SCHEMA", "SweepSpec", "Target", "parse", "run", "targets"]

SWEEP = "sweep"
"""Name of the run's table."""
CLOSED = -1
"""The pass of the closed loop that found the capacity, before the others."""
LADDER = (0.1, 0.36, 0.55, 0.68, 0.775, 0.84, 0.89, 0.92, 1.0, 1.1)
"""Shares of the capacity. What is left of it falls by a constant factor towards the knee, where latency grows as its
inverse; the last two are past what an open loop carries."""
_CALLS = 1_000
"""Of the slowest rates, so that a pass carries a p99; at most _LONGEST times the usual length of a visit."""
_LONGEST = 4
_ANSWER_WITHIN_S = 60.0
_OVERHEAD_S = 0.02


SWEEP_SCHEMA = pa.schema(
    [
        ("kernel", pa.string()),
        ("size_bytes", pa.int64()),
        ("route", pa.string()),
        ("bound_ns", pa.int64()),
        ("in_flight", pa.int32()),
        ("pass", pa.int32()),
        ("rate_per_s", pa.float64()),
        ("start_ns", pa.int64()),
        ("end_ns", pa.int64()),
        ("calls", pa.int64()),
        ("failures", pa.int64()),
        ("driver_cpu_ns", pa.int64()),
        ("worker_cpu_ns", pa.int64()),
        ("disturbed", pa.bool_()),
        ("unit_ns", pa.float64()),
        ("bucket_values", pa.list_(pa.int64())),
        ("bucket_counts", pa.list_(pa.int64())),
    ]
)
"""One row a visit of a point; bucket values are upper ends in `unit_ns` nanoseconds. A closed loop has the rate 0.
`disturbed` says what it says of a round: that others took the machine's CPU time."""


@dataclass(frozen=True, slots=True)
class Target:
    """A route to be swept: what was asked for, and the case of the plan whose requests are sent."""

    spec: SweepSpec
    case: Case

    @property
    def name(self) -> str:
        """A name for people: `redact 4 KiB by uds/msgpack`."""
        return f"{self.spec.kernel} {size_text(self.spec.size_bytes)} by {self.case.route}"


def run(bed: Bed, plan: Plan, meter: Meter, recorder: Recorder, say: Callable[[str], None]) -> None:
    """Sweep every route that the plan asks for; what was measured is recorded even when Ctrl-C cuts it short."""
    sweep = _Sweeper(bed, plan, meter, targets(plan, recorder.manifest))
    try:
        capacities = [sweep.capacity(target, say) for target in sweep.targets]
        for number in range(max((target.spec.passes for target in sweep.targets), default=0)):
            sweep.one_pass(number, capacities, say)
    finally:
        if sweep.rows:
            recorder.table(SWEEP, pa.Table.from_pylist(sweep.rows, schema=SWEEP_SCHEMA))


def targets(plan: Plan, manifest: Manifest) -> list[Target]:
    """Return what can be swept; what cannot is noted as not reached: its requests are those of a case of the plan."""
    found: list[Target] = []
    for spec in plan.sweep:
        for route in spec.routes:
            index = _case_of(plan, spec, route)
            if index is not None and manifest.agreement[index : index + 1] != [DIFFERS]:
                found.append(Target(spec, plan.cases[index]))
                continue
            why = "the run has no such case" if index is None else "it answers other bytes"
            manifest.not_reached.append(f"no sweep of {spec.kernel} {size_text(spec.size_bytes)} by {route}: {why}")
    return found


def _case_of(plan: Plan, spec: SweepSpec, route: str) -> int | None:
    """Return the index of the case that has the requests: of one size, and of the fewest callers."""
    alike = [
        (case.scenario.callers, index)
        for index, case in enumerate(plan.cases)
        if (case.scenario.kernel, case.scenario.size_bytes, case.route) == (spec.kernel, spec.size_bytes, route)
        and not (case.control or case.target or case.scenario.mix or case.scenario.quota_cpus)
    ]
    return min(alike)[1] if alike else None


@dataclass(slots=True)
class _Sweeper:
    """Visits points and keeps their rows."""

    bed: Bed
    plan: Plan
    meter: Meter
    targets: list[Target]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def capacity(self, target: Target, say: Callable[[str], None]) -> float:
        """Return the calls a second of a closed loop with as many callers as the open loop has calls in flight."""
        say(f"{target.name}, capacity")
        measured = self.visit(target, CLOSED, 0.0, len(self.rows))
        return measured.calls * 1e9 / max(1, measured.end_ns - measured.start_ns)

    def one_pass(self, number: int, capacities: list[float], say: Callable[[str], None]) -> None:
        """Visit every point of every route once, in an order of the pass's own."""
        points = [
            (target, capacity * share)
            for target, capacity in zip(self.targets, capacities, strict=True)
            for share in LADDER
            if number < target.spec.passes and capacity
        ]
        random.Random(f"{self.plan.seed}:{SWEEP}:{number}").shuffle(points)
        for place, (target, rate_per_s) in enumerate(points):
            left_s = self._seconds_left(number, points[place:], capacities)
            say(f"{target.name} at {rate_per_s:,.0f}/s, about {left_s:.0f} s left")
            self.visit(target, number, rate_per_s, place)

    def visit(self, target: Target, number: int, rate_per_s: float, place: int) -> driver_pb2.MeasureResponse:
        """Measure one point and keep its row."""
        spec, sets = target.spec, self.meter.pin(target.case.placement)
        length_ns = duration_ns(spec, rate_per_s)
        request = driver_pb2.MeasureRequest(
            scenario=target.case.scenario.name,
            route=target.case.route,
            callers=spec.in_flight,
            rate_per_s=rate_per_s,
            duration_ns=length_ns,
            mode=driver_pb2.MODE_OFF,
            seed=block_seed(self.plan.seed, number, place),
            batch=1,
            gomaxprocs=sets.gomaxprocs,
            timeout_ns=self.plan.timeout_ns,
        )
        before, before_ns = Usage.now(self.bed), self.bed.answering_cpu_ns()
        measured = self.bed.session.driver.Measure(request, timeout=length_ns / 1e9 + _ANSWER_WITHIN_S)
        worker_cpu_ns = self.bed.answering_cpu_ns() - before_ns
        note = Usage.now(self.bed).since(before, len(self.meter.cpus))
        row = _row(target, number, rate_per_s, measured)
        self.rows.append({**row, "worker_cpu_ns": worker_cpu_ns, "disturbed": note.disturbed})
        return measured

    def _seconds_left(self, number: int, points: list[tuple[Target, float]], capacities: list[float]) -> float:
        left = [(target.spec, rate_per_s) for target, rate_per_s in points]
        for target, capacity in zip(self.targets, capacities, strict=True):
            left += [(target.spec, capacity * share) for share in LADDER] * max(0, target.spec.passes - number - 1)
        return sum(duration_ns(*one) / 1e9 + _OVERHEAD_S for one in left)


def duration_ns(spec: SweepSpec, rate_per_s: float) -> int:
    """Return how long a visit of a rate lasts; a closed loop has the rate 0."""
    wanted = _CALLS * 1e9 / rate_per_s if rate_per_s else 0
    return round(min(max(spec.point_ns, wanted), _LONGEST * spec.point_ns))


def _row(target: Target, number: int, rate_per_s: float, measured: driver_pb2.MeasureResponse) -> dict[str, Any]:
    return {
        "kernel": target.spec.kernel,
        "size_bytes": target.spec.size_bytes,
        "route": target.case.route,
        "bound_ns": target.spec.bound_ns,
        "in_flight": target.spec.in_flight,
        "pass": number,
        "rate_per_s": rate_per_s,
        "start_ns": measured.start_ns,
        "end_ns": measured.end_ns,
        "calls": measured.calls,
        "failures": sum(measured.failures.values()),
        "driver_cpu_ns": measured.cpu_ns,
        "unit_ns": measured.histogram_unit_ns,
        "bucket_values": list(measured.bucket_values),
        "bucket_counts": list(measured.bucket_counts),
    }
