"""From which payload on a placement pays for a kernel, with an interval. Pure.

A payload belongs to the interval of a break-even when the band of the gain at that payload holds the threshold: the
set that Fieller's method gives (Fieller 1954, Journal of the Royal Statistical Society B 16(2)). It is open to one side
where the rounds can't tell whether both ever cross.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench.gains import Gain, gain
from gateway.bench.verdict import PLACEMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.intervals import Series
    from gateway.bench.per_round import Matrix, PerRound
    from gateway.bench.plan import Scenario
    from gateway.bench.summary import CaseSummary, ScenarioSummary, Summary

FROM, UNTIL, ALWAYS, NEVER, UNKNOWN = "from", "until", "always", "never", "unknown"
TIME, CPU = "time", "cpu"
_TWINS = (("native", TIME), ("native/original", TIME), ("native", CPU))


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where a route begins to be faster than another as payloads grow.

    `kind` is `from` or `until` (pays from or up to `size_bytes`), `always` or `never` (at every measured payload, or at
    none), or `unknown`: too few payloads, or the rounds can't tell. `measured` says that the payload lies within the
    measured ones. `low_bytes` and `high_bytes` are the 95 % interval, NaN where too few rounds
    carry one, 0 or infinite where it is open.
    """

    kind: str
    size_bytes: float = math.nan
    measured: bool = False
    low_bytes: float = math.nan
    high_bytes: float = math.nan


@dataclass(frozen=True, slots=True)
class KernelBreakEven:
    """From which payload the best route of a placement pays for a kernel, against a Go twin, in `time` or `cpu`.

    `point` is where it is faster at all, `pays` where it is by the policy's minimal gain, as verdicts want it.
    """

    kernel: str
    placement: str
    route: str
    against: str
    objective: str
    point: BreakEven
    pays: BreakEven


def break_evens(summary: Summary, off: PerRound, minimum_gain: float) -> tuple[KernelBreakEven, ...]:
    """Return the break-even payloads of each kernel with three or more payloads, one caller, a closed loop."""
    found = []
    for kernel in dict.fromkeys(one.scenario.kernel for one in summary.scenarios):
        series = [one for one in summary.scenarios if one.scenario.kernel == kernel and plain(one.scenario)]
        for placement in PLACEMENTS:
            if route := _widest_route(placement, series):
                found += [
                    _against(kernel, placement, route, twin, series, off, minimum_gain)
                    for twin in _TWINS
                    if _cases(series, twin[0])
                ]
    return tuple(found)


def break_even(found: Gain | None, threshold: float = 1.0) -> BreakEven:
    """Return from which payload the gain is `threshold` or more."""
    if found is None:
        return BreakEven(UNKNOWN)
    level = math.log(threshold)
    kind, size_bytes = _crossing(found.sizes_bytes, found.mean - level)
    point = BreakEven(kind, size_bytes, bool(found.smallest <= size_bytes <= found.largest))
    return _with_interval(point, found, level) if found.carried else point


def needed_speed_up(go_ns: float, boundary_ns: float, minimum_gain: float) -> float:
    """Return how much faster than Go the Rust must compute so that crossing pays by `minimum_gain`; inf when it cannot.

    From go/s + boundary <= go/(1 + gain).
    """
    left_ns = go_ns / (1 + minimum_gain) - boundary_ns
    return go_ns / left_ns if left_ns > 0 else math.inf


def plain(scenario: Scenario) -> bool:
    """Whether a scenario stands in line with others of its kernel: one caller, closed loop, one size, no quota.

    What `spin` computes does not follow from its payload, so with `steps` it stands in no line.
    """
    return scenario.alone and not scenario.steps


def _crossing(sizes: Series, above: Series) -> tuple[str, float]:
    """Return the kind and the payload of the last change of sign; linear in the logarithm of the payload between."""
    pays = above >= 0
    if pays.all() or not pays.any():
        return (ALWAYS if pays.all() else NEVER), math.nan
    left = int(np.flatnonzero(pays[1:] != pays[:-1])[-1])
    share = above[left] / (above[left] - above[left + 1])
    return (FROM if pays[-1] else UNTIL), float(sizes[left] * (sizes[left + 1] / sizes[left]) ** share)


def _with_interval(point: BreakEven, found: Gain, level: float) -> BreakEven:
    """Return the point with its interval; what pays surely nowhere is `never` or, if it perhaps pays, `unknown`."""
    perhaps, may = _crossing(found.sizes_bytes, found.high - level)
    surely, must = _crossing(found.sizes_bytes, found.low - level)
    if NEVER in (point.kind, surely):
        inside = (found.sizes_bytes >= found.smallest) & (found.sizes_bytes <= found.largest)
        return BreakEven(UNKNOWN if (found.high[inside] >= level).any() else NEVER)
    if (point.kind, surely) == (ALWAYS, ALWAYS):
        return point
    if point.kind == UNTIL or (point.kind, surely) == (ALWAYS, UNTIL):
        low, high = must if surely == UNTIL else 0.0, may if perhaps == UNTIL else math.inf
    else:
        low, high = may if perhaps == FROM else 0.0, must if surely == FROM else math.inf
    return replace(point, low_bytes=low, high_bytes=high)


def _widest_route(placement: str, series: Sequence[ScenarioSummary]) -> str | None:
    """Return the fastest of the placement's routes that were measured at most payloads.

    Routes are compared over the same payloads: one that was left out at the large ones would win by its small ones.
    """
    members = [case for one in series for case in one.cases if case.case.placement == placement]
    routes = sorted({case.case.route for case in members if case.recommendable})
    most = max((len(_cases(series, route)) for route in routes), default=0)
    widest = [route for route in routes if len(_cases(series, route)) == most]
    return min(widest, key=lambda route: sum(case.deciding_ns for case in _cases(series, route)), default=None)


def _against(
    kernel: str,
    placement: str,
    route: str,
    twin: tuple[str, str],
    series: Sequence[ScenarioSummary],
    off: PerRound,
    minimum_gain: float,
) -> KernelBreakEven:
    against, objective = twin
    found = _gain(series, against, route, off.deciding if objective == TIME else off.cpu)
    return KernelBreakEven(
        kernel, placement, route, against, objective, break_even(found), break_even(found, 1 + minimum_gain)
    )


def _gain(series: Sequence[ScenarioSummary], go: str, route: str, figures: Matrix) -> Gain | None:
    """Return the gain of a route over a Go twin at the payloads at which both were measured."""
    pairs = [(one.by_route(go), one.by_route(route)) for one in series if _cases([one], go) and _cases([one], route)]
    both = [(twin, case) for twin, case in pairs if twin and case]
    sizes = [case.case.scenario.size_bytes for _, case in both]
    return gain(sizes, figures[[twin.index for twin, _ in both]], figures[[case.index for _, case in both]])


def _cases(series: Sequence[ScenarioSummary], route: str) -> list[CaseSummary]:
    return [case for one in series if (case := one.by_route(route)) and case.comparable]
