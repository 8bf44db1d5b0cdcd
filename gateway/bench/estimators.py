"""What the boundary costs, estimated three ways that share no sample. Pure.

All three answer one question: what does a call that carries so many bytes there and as many back take, besides the
kernel's own compute?

- *null kernel*: `echo` without stamps, less what echo computes.
- *receipt*: `spin` with stamps, less the compute of the same call's receipt and less the price of stamps, which is
  taken from `echo` at the payloads around it, so that no sample is shared.
- *fit*: `spin` without stamps at several payloads and steps, T = a + b·bytes + k·steps by least squares of relative
  errors; the boundary is a + b·bytes.

Where they agree none of them is far off, since each errs by something else: the null kernel by how a worker that
computes differs from one that does not, the receipt by what its stamps cost, the fit by what is not linear.
Their spread is the error bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench.intervals import Interval, median_interval
from gateway.bench.stage_profile import medians

if TYPE_CHECKING:
    from gateway.bench.per_round import Matrix
    from gateway.bench.plan import Plan, Scenario
    from gateway.bench.stage_profile import StampedCalls

NULL, COMPUTING = "echo", "spin"
AGREEMENT = 0.1
_MOST_STEPS = 2_000
"""Some 3 µs of compute: while it waits longer the caller falls asleep, and the boundary is another (decision 0019)."""
_MIN_CASES = 5
"""A fit of three parameters to fewer cases explains anything."""


@dataclass(frozen=True, slots=True)
class BoundaryEstimate:
    """The cost of a route's boundary at a payload each way, ns a call, by each estimator, with intervals over rounds.

    Each is the median of what the rounds say, as a case's p50 is, so that a few disturbed rounds do not move it.
    `estimate_ns` is the median of the three, `spread` their largest less their smallest as a share of it.
    """

    route: str
    size_bytes: int
    null_ns: Interval
    receipt_ns: Interval
    fit_ns: Interval
    estimate_ns: float
    spread: float

    @property
    def agrees(self) -> bool:
        """Whether the three lie within 10 % of one another."""
        return self.spread <= AGREEMENT


def estimates(
    plan: Plan, off: Matrix, calls: dict[int, StampedCalls], clock_read_ns: float = 0.0
) -> tuple[BoundaryEstimate, ...]:
    """Return an estimate for each route and payload for which all three can be made.

    `off` are times without stamps, shape (cases, rounds); `calls` the calls with stamps by case; `clock_read_ns` the
    price of one of the clock reads that a stamped call makes, which stands in where no other payload prices stamps.
    """
    measured = _Measured(plan, off, calls, clock_read_ns)
    cases = [(one.route, one.scenario.size_bytes) for one in plan.cases if one.carries_stamps and _plain(one.scenario)]
    made = (_estimate(*one, measured) for one in dict.fromkeys(cases))
    return tuple(one for one in made if one)


@dataclass(frozen=True, slots=True)
class _Measured:
    plan: Plan
    off: Matrix
    calls: dict[int, StampedCalls]
    clock_read_ns: float

    def stamped(self, kernel: str, route: str, size_bytes: int | None = None) -> dict[int, StampedCalls]:
        """Return the calls of the cases of a kernel whose receipts tell the compute."""
        mine = _cases(self.plan, kernel, route, size_bytes)
        return {one: self.calls[one] for one in mine if one in self.calls and "compute" in self.calls[one].stages}


def _estimate(route: str, size_bytes: int, measured: _Measured) -> BoundaryEstimate | None:
    null, receipt, fit = (one(route, size_bytes, measured) for one in (_null_kernel, _receipt, _fit))
    if not (null.rounds and receipt.rounds and fit.rounds):
        return None
    low, middle, high = sorted((null.estimate, receipt.estimate, fit.estimate))
    return BoundaryEstimate(route, size_bytes, null, receipt, fit, middle, (high - low) / middle)


def _null_kernel(route: str, size_bytes: int, measured: _Measured) -> Interval:
    found = measured.stamped(NULL, route, size_bytes)
    computes = {index: float(np.median(one.stages["compute"])) for index, one in found.items()}
    return _over_rounds([measured.off[index] - compute_ns for index, compute_ns in computes.items()])


def _receipt(route: str, size_bytes: int, measured: _Measured) -> Interval:
    price_ns = _stamps_price_ns(route, size_bytes, measured)
    rounds = measured.off.shape[1]
    found = measured.stamped(COMPUTING, route, size_bytes).values()
    return _over_rounds([medians(one.totals - one.stages["compute"], one.rounds, rounds) - price_ns for one in found])


def _stamps_price_ns(route: str, size_bytes: int, measured: _Measured) -> float:
    """Return by how much stamps make a call longer: between echo's nearest other payloads, else by the clock."""
    prices = {}
    for index, one in measured.stamped(NULL, route).items():
        size, off = measured.plan.cases[index].scenario.size_bytes, measured.off[index]
        more = medians(one.totals, one.rounds, len(off)) - off
        if size != size_bytes and np.isfinite(more).any():
            prices[size] = float(np.nanmedian(more))
    if not prices:
        return _clock_price_ns(route, size_bytes, measured)
    sizes = sorted(prices)
    return float(np.interp(size_bytes, sizes, [prices[size] for size in sizes]))


def _clock_price_ns(route: str, size_bytes: int, measured: _Measured) -> float:
    """Return the price of the clock's reads: one between two stages; that at the end of compute is a part of it."""
    stages = next((one.stages for one in measured.stamped(COMPUTING, route, size_bytes).values()), {})
    return measured.clock_read_ns * len(stages)


def _fit(route: str, size_bytes: int, measured: _Measured) -> Interval:
    found = _cases(measured.plan, COMPUTING, route)
    scenarios = [measured.plan.cases[one].scenario for one in found]
    design = np.array([(1.0, one.size_bytes, one.steps) for one in scenarios])
    if len(found) < _MIN_CASES or np.linalg.matrix_rank(design) < design.shape[1]:
        return _over_rounds([])
    times = measured.off[found]
    whole = times[:, np.isfinite(times).all(axis=0)]
    return _over_rounds([np.array([_boundary(design, one, size_bytes) for one in whole.T])])


def _boundary(design: Matrix, times: Matrix, size_bytes: int) -> float:
    """Fit one round's times by least squares of relative errors, and return a + b·bytes."""
    (fixed, per_byte, _), *_ = np.linalg.lstsq(design / times[:, None], np.ones_like(times), rcond=None)
    return float(fixed + per_byte * size_bytes)


def _cases(plan: Plan, kernel: str, route: str, size_bytes: int | None = None) -> list[int]:
    """Return the cases of a kernel by a route with one caller in a closed loop, of one payload or all."""
    return [
        index
        for index, case in enumerate(plan.cases)
        if (case.scenario.kernel, case.route, case.control, case.target) == (kernel, route, False, "")
        and _plain(case.scenario)
        and size_bytes in (None, case.scenario.size_bytes)
    ]


def _plain(scenario: Scenario) -> bool:
    return scenario.alone and scenario.steps <= _MOST_STEPS


def _over_rounds(cases: list[Matrix]) -> Interval:
    """Return the interval over rounds of the mean of cases, in the rounds that have all of them; each of (rounds,)."""
    return median_interval(np.mean(cases, axis=0) if cases else np.empty(0))
