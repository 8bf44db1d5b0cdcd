"""What goes with the verdicts: break-even payloads, needed speed-ups, what would flip a verdict. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from gateway.bench.breakeven import BreakEven, Fit, Needed, break_even, fit, needed_speed_up
from gateway.bench.verdict import INPROC, KEEP_GO, PLACEMENTS, PROCESS, Verdict
from gateway.report.quantities import ratio, size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.bench.plan import Scenario
    from gateway.bench.summary import CaseSummary, ScenarioSummary, Summary


@dataclass(frozen=True, slots=True)
class KernelBreakEven:
    """From which payload the best route of a placement pays for a kernel, against a Go twin, in `time` or `cpu`."""

    kernel: str
    placement: str
    route: str
    against: str
    objective: str
    point: BreakEven


@dataclass(frozen=True, slots=True)
class SpeedUp:
    """One kernel at one payload: how fast Rust computes beside the best Go, and how fast it must for each placement.

    `measured` is best Go over Rust's compute stage; `low` and `high` are its extremes over the rounds that had stamps.
    `boundary_ns` is what the best route of a placement takes beside that compute.
    """

    kernel: str
    size_bytes: int
    measured: float
    low: float
    high: float
    needed: dict[str, Needed]
    needed_cpu: dict[str, Needed]
    go_ns: float
    boundary_ns: dict[str, float]


def break_evens(summary: Summary) -> tuple[KernelBreakEven, ...]:
    """Return the break-even payloads of each kernel with three or more payloads, one caller, a closed loop."""
    found = []
    for kernel in dict.fromkeys(one.scenario.kernel for one in summary.scenarios):
        series = [one for one in summary.scenarios if one.scenario.kernel == kernel and _plain(one.scenario)]
        for placement in PLACEMENTS:
            found += _of_placement(kernel, placement, series)
    return tuple(found)


def speed_ups(summary: Summary, minimum_gain: float) -> tuple[SpeedUp, ...]:
    """Return the measured and the needed speed-up of each plain scenario in which Rust's compute was stamped."""
    made = (_speed_up(one, minimum_gain) for one in summary.scenarios if _plain(one.scenario))
    return tuple(one for one in made if one)


def flips(verdict: Verdict, found: Sequence[KernelBreakEven], needed: Sequence[SpeedUp]) -> list[str]:
    """Return what would change a verdict, as far as this run can tell; nothing for an inconclusive one."""
    if not verdict.conclusive:
        return []
    return [*_by_payload(verdict, found), *_by_isolation(verdict), *_by_speed(verdict, needed)]


def kernel_flips(verdicts: Sequence[Verdict], found: Sequence[KernelBreakEven], needed: Sequence[SpeedUp]) -> list[str]:
    """Return what would change the verdicts of one kernel, the payloads taken together."""
    told = [one for one in verdicts if one.conclusive]
    point = next((one.point for one in found if told and _is_main(one, told[0].scenario.kernel)), None)
    turns = point is not None and point.kind == "from" and point.measured
    payload = [f"payloads on the other side of {size(point.size_bytes)}"] if point and turns else []
    isolation = ["crash isolation required"] if any(one.fastest != one.with_isolation for one in told) else []
    kept = [one for one in told if one.fastest == KEEP_GO]
    speeds = [bar for one in kept for bar in _bars(one, needed)]
    return [*payload, *isolation, *([_speed_sentence(min(speeds))] if speeds else [])]


def _plain(scenario: Scenario) -> bool:
    return scenario.callers == 1 and not scenario.rate_per_s


def _of_placement(kernel: str, placement: str, series: list[ScenarioSummary]) -> list[KernelBreakEven]:
    # Routes are compared over the same payloads: one that was left out at the large ones would win by its small ones.
    members = [case for one in series for case in one.cases if case.case.placement == placement]
    candidates = {case.case.route for case in members if case.recommendable}
    routes = {route: line for route in sorted(candidates) if (line := _fit(series, route, _time_ns))}
    if not routes:
        return []
    most = max(len(_cases(series, route)) for route in routes)
    widest = [route for route in routes if len(_cases(series, route)) == most]
    best = min(
        widest, key=lambda route: sum(_time_ns(case) for case in _cases(series, route)) / len(_cases(series, route))
    )
    twins = [("native", "time"), ("native/original", "time"), ("native", "cpu")]
    return [
        _against(kernel, placement, best, twin, objective, series) for twin, objective in twins if _cases(series, twin)
    ]


def _against(
    kernel: str, placement: str, route: str, twin: str, objective: str, series: list[ScenarioSummary]
) -> KernelBreakEven:
    figure = _time_ns if objective == "time" else _cpu_ns
    point = break_even(_fit(series, route, figure), _fit(series, twin, figure))
    return KernelBreakEven(kernel, placement, route, twin, objective, point)


def _cases(series: list[ScenarioSummary], route: str) -> list[CaseSummary]:
    return [case for one in series if (case := one.by_route(route)) and case.comparable]


def _fit(series: list[ScenarioSummary], route: str, figure: Callable[[CaseSummary], float]) -> Fit | None:
    cases = _cases(series, route)
    return fit([case.case.scenario.size_bytes for case in cases], [figure(case) for case in cases])


def _time_ns(case: CaseSummary) -> float:
    return case.p50_ns


def _cpu_ns(case: CaseSummary) -> float:
    return case.cpu_ns


def _speed_up(scenario: ScenarioSummary, minimum_gain: float) -> SpeedUp | None:
    computes = _compute_rounds(scenario)
    if scenario.best_go is None or not computes:
        return None
    go_ns, compute_ns = scenario.best_go.p50_ns, median(computes)
    best = {placement: case for placement in PLACEMENTS if (case := scenario.best(placement))}
    boundary = {placement: max(0.0, case.p50_ns - compute_ns) for placement, case in best.items()}
    return SpeedUp(
        kernel=scenario.scenario.kernel,
        size_bytes=scenario.scenario.size_bytes,
        measured=go_ns / compute_ns,
        low=go_ns / max(computes),
        high=go_ns / min(computes),
        needed={placement: Needed(needed_speed_up(go_ns, one, minimum_gain)) for placement, one in boundary.items()},
        needed_cpu={},
        go_ns=go_ns,
        boundary_ns=boundary,
    )


def _compute_rounds(scenario: ScenarioSummary) -> tuple[float, ...]:
    """Return Rust's compute, ns, of each stamped round: in process where it was measured, else in the sidecar."""
    for placement in PLACEMENTS:
        best = scenario.best(placement)
        if best and best.stages and best.stages.compute_rounds_ns and min(best.stages.compute_rounds_ns) > 0:
            return best.stages.compute_rounds_ns
    return ()


def _is_main(one: KernelBreakEven, kernel: str) -> bool:
    return (one.kernel, one.placement, one.against, one.objective) == (kernel, PROCESS, "native", "time")


def _by_payload(verdict: Verdict, found: Sequence[KernelBreakEven]) -> list[str]:
    """Return the payload that turns the sidecar's part of the verdict."""
    side = "under" if verdict.with_isolation == PROCESS else "over"
    return [
        f"payloads {side} {size(one.point.size_bytes)}" + ("" if one.point.measured else " (beyond what was measured)")
        for one in found
        if _is_main(one, verdict.scenario.kernel) and one.point.kind == "from"
    ]


def _by_isolation(verdict: Verdict) -> list[str]:
    if verdict.fastest == INPROC and verdict.with_isolation in (KEEP_GO, PROCESS):
        return [f"crash isolation required: then {verdict.with_isolation}"]
    return []


def _by_speed(verdict: Verdict, needed: Sequence[SpeedUp]) -> list[str]:
    """Return the Rust speed-up from which a kept Go would move."""
    return [_speed_sentence(bar) for bar in _bars(verdict, needed)] if verdict.fastest == KEEP_GO else []


def _bars(verdict: Verdict, needed: Sequence[SpeedUp]) -> list[tuple[float, float]]:
    """Return (needed, measured) speed-ups of the scenario, where Rust falls short of what crossing needs."""
    here = (verdict.scenario.kernel, verdict.scenario.size_bytes)
    mine = [
        (one.needed.get(INPROC, Needed(math.inf)).estimate, one.measured)
        for one in needed
        if (one.kernel, one.size_bytes) == here
    ]
    return [(bar, measured) for bar, measured in mine if measured < bar < math.inf]


def _speed_sentence(bar: tuple[float, float]) -> str:
    return f"a Rust {ratio(bar[0])} as fast as the Go (it is {ratio(bar[1])})"
