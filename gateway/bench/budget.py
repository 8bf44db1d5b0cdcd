"""When rounds end before the plan's last: the time is up, or every ratio is known precisely enough. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gateway.bench.control import pair
from gateway.bench.intervals import MIN_ROUNDS, Interval, ratio_interval
from gateway.bench.manifest import DIFFERS, PLANNED, PRECISION
from gateway.bench.per_round import Matrix, of_blocks
from gateway.report.quantities import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.bench.manifest import Manifest
    from gateway.bench.plan import Case, Plan
    from gateway.bench.tables import Blocks

CHECK_EVERY = 5
_NAMED = 3
_OVERDRAFT = 1.5


class Ratio(NamedTuple):
    """A ratio that verdicts rest on, and its name for people."""

    name: str
    interval: Interval

    def wider_than(self, precision: float) -> bool:
        """Whether the half width, as a share of the ratio, is over the precision; a ratio without interval is wider."""
        half = self.interval.half_width
        return half is None or half > precision * self.interval.estimate

    @property
    def told(self) -> str:
        """The name with its half width."""
        half = self.interval.half_width
        return f"{self.name} {'has none' if half is None else '±' + percent(half / self.interval.estimate)}"


def time_is_over(plan: Plan, done: int, spent_s: float) -> bool:
    """Whether the next round would end after the time budget, when it takes as long as the others did.

    Where even the shortest blocks cannot keep a plan's own budget, it ends the rounds at half as much again.
    """
    if not done:
        return False
    would_s = spent_s * (done + 1) / done
    own_s = _OVERDRAFT * plan.budget_s if done >= MIN_ROUNDS else 0
    return any(limit_s and would_s > limit_s for limit_s in (plan.time_budget_s, own_s))


def is_due(plan: Plan, done: int) -> bool:
    """Whether precision is looked at after so many rounds: from the fewest that carry an interval, every fifth."""
    return bool(plan.precision) and done >= MIN_ROUNDS and done % CHECK_EVERY == 0


def ratios(blocks: Blocks, manifest: Manifest, rounds: int) -> list[Ratio]:
    """Return the A/A control, and the better Go's ratio to each other route that gives the right bytes."""
    per_round = of_blocks(blocks, manifest.plan, rounds).deciding
    return [
        Ratio(name, ratio_interval(per_round[one], per_round[other]))
        for name, one, other in _pairs(manifest, per_round)
    ]


def _pairs(manifest: Manifest, per_round: Matrix) -> Iterator[tuple[str, int, int]]:
    """Yield (name, numerator, denominator) of each ratio, by the indices of the cases."""
    cases = manifest.plan.cases
    yield "the A/A control", *pair(cases)
    right = [index for index, label in enumerate(manifest.agreement) if label != DIFFERS and _decides(cases[index])]
    for scenario in manifest.plan.scenarios:
        members = [index for index in right if cases[index].scenario == scenario]
        twins = [index for index in members if cases[index].placement == "native"]
        if twins:
            best = min(twins, key=lambda index: np.nanmedian(per_round[index]))
            yield from ((cases[one].name, best, one) for one in members if one not in twins)


def _decides(case: Case) -> bool:
    return not (case.control or case.stands_apart)


def not_reached(plan: Plan, ended: str, done: int, found: Sequence[Ratio]) -> list[str]:
    """Return in sentences what the plan asked for and the rounds did not reach."""
    told = []
    if ended != PRECISION and plan.precision:
        told += _imprecise(plan.precision, done, [one for one in found if one.wider_than(plan.precision)])
    if ended not in (PRECISION, PLANNED):
        told.append(f"{plan.rounds - done} of {plan.rounds} rounds")
    return told


def _imprecise(precision: float, done: int, wide: Sequence[Ratio]) -> list[str]:
    if not wide:
        return []
    named = ", ".join(one.told for one in wide[:_NAMED]) + (", …" if len(wide) > _NAMED else "")
    return [f"a precision of {percent(precision)}: after {done} rounds {len(wide)} ratios are wider: {named}"]
