"""Findings that have everything a report can show: a simulated run, with figures of a queue, a service and a tracer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.bench.beside import Beside
from gateway.bench.bystander import Bystander
from gateway.bench.estimators import BoundaryEstimate
from gateway.bench.findings import Findings, conclude
from gateway.bench.intervals import Interval
from gateway.bench.journeys import Journey
from gateway.bench.knee import LoadPoint, Sweep, highest, knee
from gateway.bench.policy import Policy
from gateway.bench.rounds import SAMPLED, STAMPS, UNSAMPLED
from tests.bench.simulated import SIZES, Truth, redact_and_digest, simulate

if TYPE_CHECKING:
    from gateway.bench.summary import CaseSummary, ScenarioSummary, Summary

MS, MIB = 1e6, 1 << 20
LADDER = (0.1, 0.3, 0.5, 0.65, 0.75, 0.85, 0.92, 0.97, 1.1)


def rich(folder: Path = Path("runs/one"), truth: Truth | None = None) -> Findings:
    """Return findings in which no chapter of the report is missing."""
    truth = truth or redact_and_digest(rounds=100, slow_calls={"uds/msgpack": 3.0})
    findings = conclude(simulate(with_echo(truth), folder))
    scenarios = tuple(_scenario(one) for one in findings.summary.scenarios)
    summary = with_containers(replace(findings.summary, scenarios=scenarios, estimates=_estimates()))
    return replace(
        findings,
        summary=summary,
        sweeps=tuple(_sweep(*one) for one in (("native", 17_000.0), ("cgo/raw", 60_000.0), ("uds/msgpack", 28_000.0))),
        journeys=(_journey("native", 2.1), _journey("cgo/raw", 0.9), _journey("uds/msgpack", 0.6)),
        policy=Policy(per_core_month=31.5, currency="EUR"),
    )


def with_containers(summary: Summary) -> Summary:
    """Return the summary with each echo and redact by a process once more, into a container that takes 1.15 times."""
    both = [case for one in summary.scenarios for case in one.cases if _is_doubled(case)]
    composed = tuple(
        replace(case, index=1_000 + case.index, case=replace(case.case, target="compose")) for case in both
    )
    return replace(summary, composed=composed, beside=tuple(map(_beside, both)))


def _is_doubled(case: CaseSummary) -> bool:
    return case.case.placement == "process" and case.case.scenario.kernel in ("echo", "redact")


def _beside(case: CaseSummary) -> Beside:
    return Beside(
        scenario=case.case.scenario,
        route=case.case.route,
        ratio=_interval(1.15),
        more_ns=_interval(0.15 * case.p50_ns),
        cpu_ratio=_interval(1.05),
        host_ns=case.p50_ns,
        container_ns=1.15 * case.p50_ns,
        host=case.index,
        container=1_000 + case.index,
    )


def with_echo(truth: Truth) -> Truth:
    """Return the truth with echoes and their references."""
    for size in SIZES:
        for route, time in (
            ("native", 20.0),
            ("cgo/raw", 60.0),
            ("uds/msgpack", 42_000.0),
            ("grpc-uds/protobuf", 90e3),
        ):
            truth.times_ns["echo", size, route] = time + 0.4 * size
        for name, time in (("bare-uds", 37_000.0), ("bare-cgo", 32.0), ("default-grpc", 81_000.0)):
            truth.times_ns["echo", size, f"reference/{name}"] = time + 0.3 * size
        truth.compute_ns["echo", size] = 0.1 * size
    return truth


def _scenario(one: ScenarioSummary) -> ScenarioSummary:
    cases = {case.index: _case(case) for case in one.cases}
    best = cases[one.best_go.index] if one.best_go else None
    return replace(one, cases=tuple(cases.values()), best_go=best)


def _case(case: CaseSummary) -> CaseSummary:
    remote, inproc = case.case.placement == "process", case.case.placement == "inproc"
    used = replace(
        case.resources,
        driver_cpu_ns=case.cpu_ns * (0.6 if remote else 1.0),
        worker_cpu_ns=case.cpu_ns * 0.4 if remote else 0.0,
        gc_cycles_per_s=0.3 if remote or inproc else 12.0,
        gc_cpu_share=0.004 if remote or inproc else 0.083,
        gc_pause_max_ns=140_000.0,
        driver_rss_bytes=(61.0 + 9 * inproc) * MIB,
        native_memory_bytes=(14.0 + 9 * inproc) * MIB,
        worker_rss_bytes=7.5 * MIB if remote else 0.0,
    )
    if not remote or case.case.scenario.kernel != "redact" or case.case.scenario.size_bytes != 4_096:
        return replace(case, resources=used)
    prices = {STAMPS: 900.0, UNSAMPLED: 400.0, SAMPLED: 38_000.0}
    return replace(
        case,
        resources=used,
        tracing={mode: _interval(1 + more / case.p50_ns) for mode, more in prices.items()},
        tracing_ns={mode: _interval(more) for mode, more in prices.items()},
    )


def _interval(estimate: float, share: float = 0.06) -> Interval:
    return Interval(estimate, estimate * (1 - share), estimate * (1 + share), 50, 0.1, 41.0)


def _estimates() -> tuple[BoundaryEstimate, ...]:
    found = []
    for route, size, cost in (
        ("cgo/raw", 4_096, 90.0),
        ("uds/msgpack", 4_096, 46e3),
        ("grpc-uds/protobuf", 4_096, 93e3),
    ):
        null, receipt, fit = (_interval(cost * factor) for factor in (0.97, 1.0, 1.05 if route != "cgo/raw" else 1.3))
        spread = 0.08 if route != "cgo/raw" else 0.33
        found.append(BoundaryEstimate(route, size, null, receipt, fit, cost, spread))
    return tuple(found)


def _sweep(route: str, capacity: float) -> Sweep:
    points = tuple(_load_point(capacity, share) for share in LADDER)
    bound = 5 * MS
    return Sweep("redact", 4_096, route, bound, points, knee(points), highest(points, bound), capacity)


def _load_point(capacity: float, share: float) -> LoadPoint:
    """Return what one server with random arrivals would show; past its capacity the queue only grows."""
    service, load = 1e9 / capacity, min(share, 0.985)
    mean = service / (1 - load)
    achieved = min(capacity * share, capacity * 0.99)
    return LoadPoint(
        capacity * share, achieved, 50_000, 0, mean * 0.7, mean * 2.3, mean * 4.6, mean * 6.9, mean, passes=3
    )


def _journey(route: str, weight: float) -> Journey:
    return Journey(
        route=route,
        rate_per_s=400.0,
        achieved_per_s=399.2,
        requests=14_400,
        failures=0,
        p50_ns=weight * MS,
        p90_ns=weight * 1.9 * MS,
        p99_ns=weight * 4.2 * MS,
        p999_ns=weight * 7.7 * MS,
        mean_ns=weight * 1.2 * MS,
        deviation_ns=weight * 0.8 * MS,
        gc_cpu_share=0.06 * weight,
        gc_pause_max_ns=200_000,
        gc_cycles=120,
        service_cpu_ns=weight * MS,
        worker_cpu_ns=0.0,
        bystander=Bystander(400.0, 14_400, weight * 0.2 * MS, weight * 2.6 * MS, None, 0.17 * MS, 0.41 * MS),
    )
