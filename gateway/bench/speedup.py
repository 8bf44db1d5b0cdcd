"""How fast Rust computes beside the best Go, and how fast it must for a placement to pay, with intervals. Pure.

With a boundary that takes the share b of Go's time, a Rust s times as fast takes 1/s + b of it. It pays by the minimal
gain g from s = 1/(1/(1 + g) - b) on; the interval is that of b over the rounds, taken through the same formula.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from gateway.bench.breakeven import plain
from gateway.bench.intervals import Interval, mean_interval
from gateway.bench.verdict import PLACEMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.intervals import Series
    from gateway.bench.per_round import PerRound
    from gateway.bench.summary import CaseSummary, ScenarioSummary, Summary


@dataclass(frozen=True, slots=True)
class Needed:
    """How many times as fast as the best Go the Rust must compute for a placement to pay, with its 95 % interval.

    Infinite where no speed-up is enough; `low` and `high` are NaN where too few rounds carry an interval.
    """

    estimate: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True, slots=True)
class Share:
    """What a boundary takes, as a share of the best Go's time or CPU; `error` is half its 95 % interval or NaN."""

    estimate: float
    error: float = math.nan

    def needed(self, minimum_gain: float) -> Needed:
        """Return the speed-up from which crossing pays by `minimum_gain`."""
        steps = (self.estimate, self.estimate - self.error, self.estimate + self.error)
        return Needed(*(_needed(share, minimum_gain) for share in steps))


@dataclass(frozen=True, slots=True)
class SpeedUp:
    """One kernel at one payload: how fast Rust computes beside the best Go, and how fast it must for each placement.

    `measured` is best Go over Rust's compute stage with the 95 % interval `low` to `high`, equal to it where too few
    rounds carry one. `boundary_ns` is what the best route of a placement takes beside that compute; `share` and
    `share_cpu` are the same beside Go's time and CPU.
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
    share: dict[str, Share]
    share_cpu: dict[str, Share]


def speed_ups(summary: Summary, off: PerRound, minimum_gain: float) -> tuple[SpeedUp, ...]:
    """Return the measured and the needed speed-up of each plain scenario in which Rust's compute was stamped."""
    made = (_speed_up(one, off, minimum_gain) for one in summary.scenarios if plain(one.scenario))
    return tuple(one for one in made if one)


def needed_at(points: Sequence[SpeedUp], placement: str, size_bytes: float, minimum_gain: float) -> Needed | None:
    """Return the speed-up that a placement needs at a payload, between and beyond the measured ones of one kernel.

    Between two payloads Go's time and the boundary's are straight lines; beyond them what the nearest shows holds.
    None where the placement was not measured.
    """
    known = sorted((one for one in points if placement in one.share), key=lambda one: one.size_bytes)
    if not known:
        return None
    sizes = [one.size_bytes for one in known]
    go = np.interp(size_bytes, sizes, [one.go_ns for one in known])
    boundary = np.interp(size_bytes, sizes, [one.share[placement].estimate * one.go_ns for one in known])
    errors = [one.share[placement].error for one in known]
    error = np.interp(math.log(size_bytes), np.log(sizes), errors)
    return Share(float(boundary / go), float(error)).needed(minimum_gain)


def _needed(share: float, minimum_gain: float) -> float:
    if math.isnan(share):
        return math.nan
    left = 1 / (1 + minimum_gain) - max(share, 0.0)
    return 1 / left if left > 0 else math.inf


@dataclass(frozen=True, slots=True)
class _Compute:
    """Rust's compute of one case: the median over the rounds with stamps, and half its 95 % interval, ns."""

    median_ns: float
    error_ns: float

    @classmethod
    def of(cls, case: CaseSummary | None) -> _Compute | None:
        rounds = np.array(case.stages.compute_rounds_ns if case and case.stages else ())
        if not len(rounds) or rounds.min() <= 0:
            return None
        degrees = len(rounds) - 1
        spread = float(rounds.std(ddof=1)) if degrees else math.nan
        return cls(float(np.median(rounds)), float(stdtrit(max(1, degrees), 0.975)) * spread / math.sqrt(len(rounds)))


def _speed_up(scenario: ScenarioSummary, off: PerRound, minimum_gain: float) -> SpeedUp | None:
    best = {placement: case for placement in PLACEMENTS if (case := scenario.best(placement))}
    computes = {placement: found for placement, case in best.items() if (found := _Compute.of(case))}
    go = scenario.best_go
    compute = next((computes[placement] for placement in PLACEMENTS if placement in computes), None)
    if go is None or compute is None:
        return None
    # In process the same code computes; where one placement has no stamps, the other's stand in.
    used = {placement: computes.get(placement, compute) for placement in best}
    share = {each: _share(off.deciding, go, case, used[each]) for each, case in best.items()}
    share_cpu = {each: _share(off.cpu, go, case, used[each]) for each, case in best.items()}
    measured, low, high = _measured(off.deciding[go.index], compute)
    return SpeedUp(
        kernel=scenario.scenario.kernel,
        size_bytes=scenario.scenario.size_bytes,
        measured=measured,
        low=low,
        high=high,
        needed={placement: one.needed(minimum_gain) for placement, one in share.items()},
        needed_cpu={placement: one.needed(minimum_gain) for placement, one in share_cpu.items()},
        go_ns=go.deciding_ns,
        boundary_ns={each: max(0.0, case.deciding_ns - used[each].median_ns) for each, case in best.items()},
        share=share,
        share_cpu=share_cpu,
    )


def _share(figures: np.ndarray, go: CaseSummary, case: CaseSummary, compute: _Compute) -> Share:
    """Return (route - compute) / Go over the rounds, with the errors of both in its interval."""
    routes, twins = figures[case.index], figures[go.index]
    usable = np.isfinite(routes) & (twins > 0)
    found = mean_interval((routes[usable] - compute.median_ns) / twins[usable])
    typical = float(np.median(twins[usable])) if usable.any() else math.nan
    return Share(max(0.0, found.estimate), math.hypot(_half(found), compute.error_ns / typical))


def _measured(go_ns: Series, compute: _Compute) -> tuple[float, float, float]:
    """Return Go over compute with its interval, both on a logarithmic scale."""
    logs = mean_interval(np.log(go_ns[np.isfinite(go_ns)]))
    ratio = math.exp(logs.estimate) / compute.median_ns
    error = math.hypot(_half(logs), compute.error_ns / compute.median_ns)
    return (ratio, ratio, ratio) if math.isnan(error) else (ratio, ratio * math.exp(-error), ratio * math.exp(error))


def _half(found: Interval) -> float:
    """Return the longer side of an interval, NaN where there is none."""
    if found.low is None or found.high is None:
        return math.nan
    return max(found.estimate - found.low, found.high - found.estimate)
