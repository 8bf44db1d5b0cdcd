"""Runs of one plan on several machines as one: the machine is a factor, and the unit over which ratios are given. Pure.

Each machine's verdict is that of its own run. What all of them say is their verdict only where all say the same; where
two that are sure say different things, they disagree, and no figure hides it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gateway.bench import merge_machines
from gateway.bench.merge_interval import OverMachines, envelope, over_machines
from gateway.bench.verdict import INCONCLUSIVE, PRICED, speed_up
from gateway.finite import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.findings import Findings
    from gateway.bench.merge_machines import Machine
    from gateway.bench.plan import Plan, Scenario
    from gateway.bench.policy import Policy
    from gateway.bench.summary import CaseSummary
    from gateway.bench.verdict import Verdict

FORMAT = 1
AGREE, PARTLY, DISAGREE, NONE = "agree", "partly", "disagree", "none"
"""All machines say the same; some say it and no other is sure; two that are sure say different things; none is sure."""


@dataclass(frozen=True, slots=True)
class Named:
    """A run under the name by which it was given, which need not be its folder's."""

    name: str
    findings: Findings


@dataclass(frozen=True, slots=True)
class MachineVerdict:
    """What one machine says of a scenario; `why` says what kept it from saying more, empty when nothing did."""

    machine: str
    fastest: str
    with_isolation: str
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What all machines together say: a verdict, INCONCLUSIVE where they disagree or none is sure, and which it is."""

    verdict: str
    agreement: str


@dataclass(frozen=True, slots=True)
class MergedRoute:
    """A route of a scenario: the best Go's time over the route's (CPU where the policy says so), over machines."""

    route: str
    placement: str
    speed_up: OverMachines


@dataclass(frozen=True, slots=True)
class MergedScenario:
    """A scenario on every machine; verdicts are in the order of the machines, routes in that of the plan."""

    scenario: Scenario
    verdicts: tuple[MachineVerdict, ...]
    routes: tuple[MergedRoute, ...]

    @property
    def fastest(self) -> Answer:
        """What the machines say is fastest."""
        return answer([one.fastest for one in self.verdicts])

    @property
    def with_isolation(self) -> Answer:
        """What they say where a crash of the kernel must not end the service."""
        return answer([one.with_isolation for one in self.verdicts])

    @property
    def priced(self) -> bool:
        """Whether its kernel only prices the boundary, so that there is nothing to decide."""
        return self.scenario.kernel in PRICED

    def on(self, verdict: str) -> list[str]:
        """Return the machines whose fastest way this is."""
        return [one.machine for one in self.verdicts if one.fastest == verdict]

    def best(self, placement: str) -> MergedRoute | None:
        """Return the route of a placement that is fastest over the machines that have it: a fleet takes one."""
        there = [one for one in self.routes if one.placement == placement and one.speed_up.machines]
        return max(there, key=lambda one: (one.speed_up.machines, one.speed_up.estimate), default=None)


@dataclass(frozen=True, slots=True)
class Merged:
    """All that the runs say together. `notes` are sentences on what a reader must know of the machines."""

    plan: Plan
    policy: Policy
    machines: tuple[Machine, ...]
    scenarios: tuple[MergedScenario, ...]
    notes: tuple[str, ...]

    @property
    def counted(self) -> list[Machine]:
        """The machines whose figures count."""
        return [one for one in self.machines if not one.distrust]


def merge(runs: Sequence[Named]) -> Merged:
    """Merge runs of one plan (`merge_likeness` says whether they are); the first gives the order of everything."""
    first = runs[0].findings
    machines = merge_machines.machines(runs)
    findings = {one.name: one.findings for one in runs}
    grouped = {one: [findings[run] for run in one.runs] for one in machines}
    return Merged(
        plan=first.manifest.plan,
        policy=first.policy,
        machines=tuple(machines),
        scenarios=tuple(_scenario(one, grouped) for one in _to_decide(first.manifest.plan)),
        notes=tuple(merge_machines.notes(runs, machines)),
    )


def answer(verdicts: Sequence[str]) -> Answer:
    """Return what verdicts of several machines say together."""
    sure = {one for one in verdicts if one != INCONCLUSIVE}
    if len(sure) != 1:
        return Answer(INCONCLUSIVE, DISAGREE if sure else NONE)
    return Answer(sure.pop(), AGREE if INCONCLUSIVE not in verdicts else PARTLY)


def to_json(merged: Merged) -> dict[str, Any]:
    """Return the merged summary.json: plain values, no NaN; ratios as numbers."""
    return finite(
        {
            "format": FORMAT,
            "plan": {"name": merged.plan.name, "seed": merged.plan.seed},
            "policy": merged.policy.as_json(),
            "notes": merged.notes,
            "machines": [asdict(one) for one in merged.machines],
            "scenarios": [_scenario_json(one) for one in merged.scenarios],
        }
    )


def _scenario_json(one: MergedScenario) -> dict[str, Any]:
    return {
        **asdict(one.scenario),
        "fastest": asdict(one.fastest),
        "with_isolation": asdict(one.with_isolation),
        "verdicts": [asdict(each) for each in one.verdicts],
        "routes": [_route_json(each) for each in one.routes],
    }


def _route_json(one: MergedRoute) -> dict[str, Any]:
    figures = asdict(one.speed_up)
    told = {
        "machines": one.speed_up.machines,
        "too_few_machines": not one.speed_up.carried,
        "machines_differ": one.speed_up.differ,
    }
    return {"route": one.route, "placement": one.placement, **figures, **told}


def _to_decide(plan: Plan) -> list[Scenario]:
    """Return the scenarios about which there is a verdict, in the order of the plan."""
    return list(dict.fromkeys(case.scenario for case in plan.cases if not case.stands_apart))


def _scenario(scenario: Scenario, grouped: dict[Machine, list[Findings]]) -> MergedScenario:
    verdicts = [_verdict(machine, [_of(scenario, one) for one in runs]) for machine, runs in grouped.items()]
    return MergedScenario(scenario, tuple(verdicts), tuple(_routes(scenario, grouped)))


def _of(scenario: Scenario, findings: Findings) -> Verdict:
    return next(one for one in findings.verdicts if one.scenario == scenario)


def _verdict(machine: Machine, runs: list[Verdict]) -> MachineVerdict:
    """Return a machine's verdict: that of all its runs that can be trusted, if they say the same."""
    if machine.distrust:
        return MachineVerdict(machine.name, INCONCLUSIVE, INCONCLUSIVE, machine.distrust)
    told = [one for one, trusted in zip(runs, machine.trusted, strict=True) if trusted]
    fastest, isolated = (
        answer(each) for each in zip(*((one.fastest, one.with_isolation) for one in told), strict=True)
    )
    disagree = DISAGREE in (fastest.agreement, isolated.agreement)
    why = "its runs disagree" if disagree else next((one.why for one in told if one.why), "")
    return MachineVerdict(machine.name, fastest.verdict, isolated.verdict, why)


def _routes(scenario: Scenario, grouped: dict[Machine, list[Findings]]) -> list[MergedRoute]:
    """Return every route besides Go that some machine measured, in the order of the first that has it."""
    found: dict[str, tuple[str, dict[str, list[CaseSummary]]]] = {}
    for machine, runs in grouped.items():
        for case in _cases(scenario, machine, runs):
            _, on = found.setdefault(case.case.route, (case.case.placement, {}))
            on.setdefault(machine.name, []).append(case)
    objective = next(iter(grouped.values()))[0].policy
    return [_route(route, placement, on, objective) for route, (placement, on) in found.items()]


def _cases(scenario: Scenario, machine: Machine, runs: list[Findings]) -> list[CaseSummary]:
    """Return the cases of a machine's trusted runs that a verdict may name."""
    return [
        case
        for findings, trusted in zip(runs, machine.trusted, strict=True)
        for one in findings.summary.scenarios
        if trusted and one.scenario == scenario
        for case in one.cases
        if case.recommendable and case.case.placement != "native"
    ]


def _route(route: str, placement: str, on: dict[str, list[CaseSummary]], policy: Policy) -> MergedRoute:
    own = {name: envelope([speed_up(case, policy) for case in cases]) for name, cases in on.items()}
    return MergedRoute(route, placement, over_machines(own))
