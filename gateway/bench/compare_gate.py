"""Whether a change may be merged: no case became slower by more than a bound, as far as the runs can tell. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.bench.compare import CROSSES
from gateway.report.quantities import percent

if TYPE_CHECKING:
    from gateway.bench.compare import Compared, Comparison

PASSED, REGRESSED, CANNOT_TELL = "no regression", "regression", "can't tell"


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate says: its outcome, and the cases that are the reason."""

    outcome: str
    bound: float
    cases: tuple[Compared, ...]
    why: str = ""

    @property
    def sentence(self) -> str:
        """The outcome with its reason, in one line."""
        bound = percent(self.bound, 0 if self.bound * 100 == round(self.bound * 100) else 1)
        names = ", ".join(one.case.name for one in self.cases[:3])
        more = f" and {len(self.cases) - 3} more" if len(self.cases) > 3 else ""
        reason = {
            PASSED: f"no case is slower by {bound} or more",
            REGRESSED: f"slower by more than {bound}: {names}{more}",
            CANNOT_TELL: self.why or f"may be slower by {bound} or more: {names}{more}",
        }
        return f"gate {bound}: {self.outcome}, {reason[self.outcome]}"


def gate(comparison: Comparison) -> Gate:
    """Judge a comparison by its threshold: regressed where an interval lies over it, passed where all lie under it."""
    bound = comparison.threshold
    if comparison.distrust or not comparison.cases:
        return Gate(CANNOT_TELL, bound, (), comparison.distrust or "the runs have no case in common")
    over = tuple(one for one in comparison.cases if not _untold(one) and _low(one) > 1 + bound)
    unsure = tuple(one for one in comparison.cases if _untold(one) or _high(one) >= 1 + bound)
    if over:
        return Gate(REGRESSED, bound, over)
    return Gate(CANNOT_TELL, bound, unsure) if unsure else Gate(PASSED, bound, ())


def _untold(one: Compared) -> bool:
    """Whether the case has no interval to go by, or must not be compared at all."""
    return not one.change.carried or (bool(one.why) and one.why != CROSSES)


def _low(one: Compared) -> float:
    return one.change.low or 0.0


def _high(one: Compared) -> float:
    return one.change.high or 0.0
