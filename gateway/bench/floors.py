"""How near a route comes to its floor: the same bytes echoed by hand, measured in the same rounds. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.bench.intervals import Interval, ratio_interval
from gateway.bench.plan import REFERENCE, Case
from gateway.wire.lists_generated import REFERENCES

if TYPE_CHECKING:
    from gateway.bench.per_round import Matrix
    from gateway.bench.plan import Plan

SHARED = "multiplexed-uds"
"""What several callers over frames are held to: one connection for all, as ours."""
FLOORS = {"process": "bare-uds", "inproc": "bare-cgo"}


@dataclass(frozen=True, slots=True)
class Floor:
    """A case's time, its compute included, over that of a reference of the same size and load, within rounds."""

    reference: str
    ratio: Interval


def floor(index: int, plan: Plan, deciding: Matrix) -> Floor | None:
    """Return the case beside the least that its placement can cost: a bare connection a caller, or a bare cgo call."""
    return _beside(FLOORS.get(plan.cases[index].placement), index, plan, deciding)


def reference(index: int, plan: Plan, deciding: Matrix) -> Floor | None:
    """Return the case beside what one would write by hand over the same channel; None where no reference serves it."""
    return _beside(_by_hand(plan.cases[index]), index, plan, deciding)


def _by_hand(case: Case) -> str | None:
    channel = case.route.partition("/")[0]
    serving = [one.name for one in REFERENCES if channel in one.channels]
    if SHARED in serving and len(serving) > 1:
        return SHARED if case.scenario.callers > 1 else next(name for name in serving if name != SHARED)
    return next(iter(serving), None)


def _beside(name: str | None, index: int, plan: Plan, deciding: Matrix) -> Floor | None:
    found = next((at for at, case in enumerate(plan.cases) if name and _serves(case, name, plan.cases[index])), None)
    if name is None or found is None or plan.cases[index].is_reference:
        return None
    return Floor(name, ratio_interval(deciding[index], deciding[found]))


def _serves(candidate: Case, name: str, case: Case) -> bool:
    one, other = candidate.scenario, case.scenario
    same = (one.size_bytes, one.callers, one.rate_per_s, one.mix, one.quota_cpus)
    asked = (other.size_bytes, other.callers, other.rate_per_s, other.mix, other.quota_cpus)
    return candidate.route == f"{REFERENCE}{name}" and not candidate.control and same == asked
