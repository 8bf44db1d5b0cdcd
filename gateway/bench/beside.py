"""Host process beside container: each process route twice in the same rounds, and what the container adds. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench.intervals import Interval, difference_interval, ratio_interval
from gateway.bench.manifest import DIFFERS
from gateway.bench.placement import FREE
from gateway.errors import Refusal
from gateway.target import COMPOSE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.per_round import PerRound
    from gateway.bench.plan import Case, Plan, Scenario

_FREE = "leave it out, or run the command on the host as a user that reaches the socket folder"


@dataclass(frozen=True, slots=True)
class Beside:
    """One route to a process of the host and into a container, both with the same CPUs, within rounds.

    `ratio` is the container's time of a call over the host process's, `more_ns` what it takes more; `cpu_ratio` is of
    the CPU time of all processes of a call, without rounds where a container's processes are not seen. Times are those
    that decide, medians over rounds; `host` and `container` are the indices of the cases.
    """

    scenario: Scenario
    route: str
    ratio: Interval
    more_ns: Interval
    cpu_ratio: Interval
    host_ns: float
    container_ns: float
    host: int
    container: int


def doubled(plan: Plan, *, inside: bool = False, placement: str | None = None) -> Plan:
    """Return the plan with each process route once more, into a container; tracing is priced on the host only.

    From inside of the stack's network no container can be pinned, so nothing is; another `placement` is refused there.
    """
    if inside and placement not in (None, FREE):
        raise Refusal(
            f"--placement {placement} pins processes, and containers cannot be pinned from one of them", _FREE
        )
    plan = replace(plan, placement=FREE) if inside else plan
    twins = tuple(replace(case, target=COMPOSE, modes=()) for case in plan.cases if _can_be_doubled(case))
    plain = tuple(case for case in plan.cases if not (case.control or case.target))
    return replace(plan, cases=(*plain, *twins, *(case for case in plan.cases if case.control)))


def besides(cases: Sequence[Case], agreement: Sequence[str], off: PerRound) -> tuple[Beside, ...]:
    """Return each pair of which both were measured and give the right bytes, in the order of the plan."""
    there = {_subject(case): index for index, case in enumerate(cases) if not (case.target or case.control)}
    pairs = [(there.get(_subject(case)), index) for index, case in enumerate(cases) if case.target]
    return tuple(
        _beside(cases[one], one, other, off)
        for one, other in pairs
        if one is not None and DIFFERS not in (agreement[one], agreement[other]) and _measured(off, one, other)
    )


def _can_be_doubled(case: Case) -> bool:
    """Whether it is a route to a process; a quota's processes share a cgroup, which a container has of its own."""
    apart = case.is_reference or case.control or case.target or case.scenario.quota_cpus
    return case.placement == "process" and not apart


def _subject(case: Case) -> tuple[Scenario, str]:
    return case.scenario, case.route


def _measured(off: PerRound, one: int, other: int) -> bool:
    return bool(np.isfinite(off.deciding[[one, other]]).any(axis=1).all())


def _beside(case: Case, host: int, container: int, off: PerRound) -> Beside:
    return Beside(
        scenario=case.scenario,
        route=case.route,
        ratio=ratio_interval(off.deciding[container], off.deciding[host]),
        more_ns=difference_interval(off.deciding[container], off.deciding[host]),
        cpu_ratio=ratio_interval(off.cpu[container], off.cpu[host]),
        host_ns=float(np.nanmedian(off.deciding[host])),
        container_ns=float(np.nanmedian(off.deciding[container])),
        host=host,
        container=container,
    )
