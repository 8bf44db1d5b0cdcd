"""Two runs, case by case: which became faster, which slower, which stayed the same, and where nobody can tell. Pure.

Runs are independent and days or machines apart, so a time is first divided by that of a yardstick in the same rounds,
whose code changes with no version, and the quotient of both ratios is what changed. Times are for one machine only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench.floors import FLOORS
from gateway.bench.intervals import Interval, quotient_interval, ratio_interval
from gateway.bench.manifest import DIFFERS
from gateway.bench.per_round import Matrix, per_round
from gateway.bench.plan import REFERENCE, Case
from gateway.wire.routes import NATIVE

if TYPE_CHECKING:
    from gateway.bench.folder import Run

FASTER, SLOWER, SAME, CANNOT_TELL = "faster", "slower", "same", "can't tell"
RATIOS, TIMES = "ratios", "times"
CROSSES = "the interval crosses the threshold"
_ECHO, _SPIN = "echo", "spin"


@dataclass(frozen=True, slots=True)
class Compared:
    """One case in both runs.

    `before` and `after` are times in ns a call, or times over that of `yardstick` where it is not empty; `change` is
    after over before, so over 1 is slower. `why` says why nobody can tell.
    """

    case: Case
    yardstick: str
    before: float
    after: float
    change: Interval
    outcome: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All cases that both runs have, in the order of the first, but for the yardsticks.

    `threshold` is the share up to which a change is none. `distrust` says why a run itself cannot be trusted.
    """

    basis: str
    threshold: float
    cases: tuple[Compared, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    distrust: str

    def count(self, outcome: str) -> int:
        """Return how many cases ended so."""
        return sum(one.outcome == outcome for one in self.cases)


def compare(before: Run, after: Run, basis: str, threshold: float, distrust: str = "") -> Comparison:
    """Compare two runs by RATIOS or TIMES; where a run cannot be trusted no case is given an outcome."""
    one, other = _Timed.of(before), _Timed.of(after)
    common = [case for case in one.cases if case in other.cases]
    found = [_compared(case, one, other, _yardstick(case, common) if basis == RATIOS else None) for case in common]
    judged = tuple(_judged(each, one, other, basis, threshold, distrust) for each in found if not _is_yardstick(each))
    missing, added = ([case.name for case in a.cases if case not in b.cases] for a, b in ((one, other), (other, one)))
    return Comparison(basis, threshold, judged, tuple(missing), tuple(added), distrust)


@dataclass(frozen=True, slots=True)
class _Timed:
    """A run's cases, and what a call of each took in each round, ns, shape (cases, rounds)."""

    cases: dict[Case, int]
    deciding: Matrix
    differing: frozenset[Case]

    @classmethod
    def of(cls, run: Run) -> _Timed:
        manifest = run.manifest
        cases = {case: index for index, case in enumerate(manifest.plan.cases) if not case.control}
        differing = frozenset(case for case, index in cases.items() if manifest.agreement[index] == DIFFERS)
        return cls(cases, per_round(run).deciding, differing)

    def over(self, case: Case, yardstick: Case | None) -> Interval:
        """Return the case's time over the yardstick's, or the time itself, as a geometric mean."""
        times = self.deciding[self.cases[case]]
        return ratio_interval(times, self.deciding[self.cases[yardstick]] if yardstick else np.ones_like(times))


def _compared(case: Case, one: _Timed, other: _Timed, yardstick: Case | None) -> Compared:
    before, after = one.over(case, yardstick), other.over(case, yardstick)
    change = quotient_interval(after, before)
    return Compared(case, yardstick.name if yardstick else "", before.estimate, after.estimate, change, "")


def _judged(each: Compared, one: _Timed, other: _Timed, basis: str, threshold: float, distrust: str) -> Compared:
    why = distrust or _why_not(each, one, other, basis)
    outcome = CANNOT_TELL if why else judge(each.change, threshold)
    why = why or (CROSSES if outcome == CANNOT_TELL else "")
    return Compared(each.case, each.yardstick, each.before, each.after, each.change, outcome, why)


def _why_not(each: Compared, one: _Timed, other: _Timed, basis: str) -> str:
    if {each.case} & (one.differing | other.differing):
        return "it differs from native"
    if basis == RATIOS and not each.yardstick:
        return "no reference and no echo beside it: --absolute compares times"
    return "" if each.change.carried else "too few rounds"


def judge(change: Interval, threshold: float) -> str:
    """Return what an interval of after over before says; a change within the threshold, for sure, is none."""
    low, high = change.low, change.high
    if low is None or high is None:
        return CANNOT_TELL
    if low >= 1 / (1 + threshold) and high <= 1 + threshold:
        return SAME
    if low > 1:
        return SLOWER
    return FASTER if high < 1 else CANNOT_TELL


def _is_yardstick(each: Compared) -> bool:
    return each.case.is_reference or each.case.name == each.yardstick


def _yardstick(case: Case, cases: list[Case]) -> Case | None:
    """Return what the case is divided by: the first that the runs have, of its kind the nearest in load and size.

    That is for a process the reference that wakes another process up, for Go and in process the kernel spin in Go,
    which is arithmetic and nothing else; then an echo.
    """
    placed = REFERENCE + FLOORS.get(case.placement, FLOORS["inproc"])
    wanted = [(None, placed)] if case.placement == "process" else [(_SPIN, NATIVE), (None, placed)]
    for kernel, route in (*wanted, (_ECHO, NATIVE)):
        there = [one for one in cases if one.route == route and kernel in (None, one.scenario.kernel)]
        if there:
            return min(there, key=lambda one: _distance(one, case))
    return None


def _distance(one: Case, case: Case) -> tuple[bool, float]:
    a, b = one.scenario, case.scenario
    same_load = (a.callers, a.rate_per_s, a.quota_cpus) == (b.callers, b.rate_per_s, b.quota_cpus)
    return not same_load, abs(math.log((a.size_bytes + 1) / (b.size_bytes + 1)))
