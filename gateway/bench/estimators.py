"""What the boundary costs, estimated three ways that share no sample. Pure.

All three answer one question: what does a call that carries so many bytes there and as many back take, besides the
kernel's own compute?

- *null kernel*: `echo` without stamps, less what echo computes.
- *receipt*: `spin` with stamps, less the compute of the same call's receipt.
- *fit*: `spin` without stamps at several payloads and steps, T = a + b·bytes + k·steps by least squares of relative
  errors; the boundary is a + b·bytes.

Where they agree none of them is far off, since each errs by something else: the null kernel by how a worker that
computes differs from one that does not, the receipt by the price of its clock reads, the fit by what is not linear.
Their spread is the error bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench.intervals import Interval, ratio_interval
from gateway.bench.stage_profile import medians

if TYPE_CHECKING:
    from gateway.bench.per_round import Matrix
    from gateway.bench.plan import Plan, Scenario
    from gateway.bench.stage_profile import StampedCalls

NULL, COMPUTING = "echo", "spin"
AGREEMENT = 0.1
_MOST_STEPS = 1 << 13
"""From more steps on the worker hands `spin` to another thread (rust_worker/kernels/src/spin.rs): a dearer boundary."""
_MIN_CASES = 5
"""A fit of three parameters to fewer cases explains anything."""


@dataclass(frozen=True, slots=True)
class BoundaryEstimate:
    """The cost of a route's boundary at a payload each way, ns a call, by each estimator, with intervals over rounds.

    Each is the geometric mean of what the rounds say, which a disturbed round moves less than it would their mean.
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
    price of one of the clock reads that a stamped call makes.
    """
    cases = [(case.route, case.scenario.size_bytes) for case in plan.cases if case.carries_stamps]
    made = (_estimate(*one, plan, off, calls, clock_read_ns) for one in dict.fromkeys(cases))
    return tuple(one for one in made if one)


def _estimate(
    route: str, size_bytes: int, plan: Plan, off: Matrix, calls: dict[int, StampedCalls], clock_read_ns: float
) -> BoundaryEstimate | None:
    parts = (
        _null_kernel(route, size_bytes, plan, off, calls),
        _receipt(route, size_bytes, plan, calls, clock_read_ns),
        _fit(route, size_bytes, plan, off),
    )
    if any(one is None or one.rounds == 0 for one in parts):
        return None
    null, receipt, fit = (one for one in parts if one)
    middle = median((null.estimate, receipt.estimate, fit.estimate))
    found = sorted((null.estimate, receipt.estimate, fit.estimate))
    return BoundaryEstimate(route, size_bytes, null, receipt, fit, middle, (found[-1] - found[0]) / middle)


def _null_kernel(
    route: str, size_bytes: int, plan: Plan, off: Matrix, calls: dict[int, StampedCalls]
) -> Interval | None:
    found = _cases(plan, NULL, route, size_bytes)
    if not found or "compute" not in _stages(calls, found[0]):
        return None
    return _over_rounds(off[found[0]] - float(np.median(calls[found[0]].stages["compute"])))


def _receipt(
    route: str, size_bytes: int, plan: Plan, calls: dict[int, StampedCalls], clock_read_ns: float
) -> Interval | None:
    stamped = [calls[one] for one in _cases(plan, COMPUTING, route, size_bytes) if "compute" in _stages(calls, one)]
    if not stamped:
        return None
    besides = [medians(one.totals - one.stages["compute"], one.rounds) for one in stamped]
    rounds = sorted(set.intersection(*(set(one) for one in besides)))
    times = np.array([fmean(one[each] for one in besides) for each in rounds])
    # Between two stages a clock is read once; the read at the end of compute is a part of compute.
    return _over_rounds(times - clock_read_ns * len(stamped[0].stages))


def _fit(route: str, size_bytes: int, plan: Plan, off: Matrix) -> Interval | None:
    found = _cases(plan, COMPUTING, route)
    scenarios = [plan.cases[one].scenario for one in found]
    design = np.array([(1.0, one.size_bytes, one.steps) for one in scenarios])
    if len(found) < _MIN_CASES or np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    whole = off[found][:, np.isfinite(off[found]).all(axis=0)]
    return _over_rounds(np.array([_boundary(design, times, size_bytes) for times in whole.T]))


def _boundary(design: Matrix, times: Matrix, size_bytes: int) -> float:
    """Fit one round's times by least squares of relative errors, and return a + b·bytes."""
    (fixed, per_byte, _), *_ = np.linalg.lstsq(design / times[:, None], np.ones_like(times), rcond=None)
    return float(fixed + per_byte * size_bytes)


def _cases(plan: Plan, kernel: str, route: str, size_bytes: int | None = None) -> list[int]:
    """Return the cases of a kernel by a route with one caller in a closed loop, of one payload or all."""
    return [
        index
        for index, case in enumerate(plan.cases)
        if (case.scenario.kernel, case.route, case.control) == (kernel, route, False)
        and _plain(case.scenario)
        and size_bytes in (None, case.scenario.size_bytes)
    ]


def _plain(scenario: Scenario) -> bool:
    limited = scenario.rate_per_s or scenario.mix or scenario.quota_cpus
    return scenario.callers == 1 and scenario.steps <= _MOST_STEPS and not limited


def _stages(calls: dict[int, StampedCalls], index: int) -> dict[str, Matrix]:
    return calls[index].stages if index in calls else {}


def _over_rounds(times: Matrix) -> Interval:
    return ratio_interval(times, np.ones_like(times))
