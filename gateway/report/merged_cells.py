"""What stands in a cell of a merged report: what machines say together, a ratio over machines. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bench.merge import AGREE, DISAGREE, NONE
from gateway.bench.verdict import INCONCLUSIVE
from gateway.report.quantities import ratio
from gateway.report.subjects import PRICED

if TYPE_CHECKING:
    from gateway.bench.merge import Answer, MachineVerdict, MergedRoute, MergedScenario
    from gateway.bench.merge_interval import OverMachines

CANNOT_TELL = "can't tell"
_NAMED = 3


def verdict(scenario: MergedScenario) -> str:
    """`inproc on all 5`, `inproc on 3 of 5, can't tell on 2`, or how many say what where they disagree."""
    if scenario.priced:
        return f"– ({PRICED[scenario.scenario.kernel]})"
    return _told(scenario.fastest, [one.fastest for one in scenario.verdicts])


def who(scenario: MergedScenario) -> str:
    """`keep-go on gamma; inproc on alpha, beta`: which machines say what, the fewest first, but who cannot tell."""
    said = {one.fastest for one in scenario.verdicts} - {INCONCLUSIVE}
    said = sorted(said, key=lambda one: (len(scenario.on(one)), one))
    return "; ".join(f"{one} on {names(scenario.on(one))}" for one in said)


def isolated(scenario: MergedScenario) -> str:
    """The same where a crash of the kernel must not end the service; empty where it is the same verdict."""
    if scenario.priced or all(one.fastest == one.with_isolation for one in scenario.verdicts):
        return ""
    return _told(scenario.with_isolation, [one.with_isolation for one in scenario.verdicts])


def own(one: MachineVerdict) -> str:
    """One machine's verdict: `inproc · with isolation: process`, or why there is none."""
    if one.fastest == INCONCLUSIVE:
        return f"{CANNOT_TELL}: {one.why}" if one.why else CANNOT_TELL
    return one.fastest if one.with_isolation == one.fastest else f"{one.fastest} · with isolation: {one.with_isolation}"


def over(route: MergedRoute | None) -> str:
    """`3.7× (3.1 to 4.2)` with the interval over machines, or `3.7× (3 machines: 3.5 to 3.9)` with what was seen."""
    if route is None:
        return "–"
    found = route.speed_up
    if found.low is not None and found.high is not None:
        return f"{ratio(found.estimate)} ({_plain(found.low)} to {_plain(found.high)})"
    if found.machines == 1:
        return f"{ratio(found.estimate)} (1 machine)"
    return f"{ratio(found.estimate)} ({found.machines} machines: {seen(found)})"


def seen(found: OverMachines) -> str:
    """`3.1 to 4.2`: the smallest and the largest machine's."""
    return f"{_plain(found.on[found.lowest].estimate)} to {_plain(found.on[found.highest].estimate)}"


def ends(found: OverMachines) -> str:
    """`3.1× on beta to 4.2× on gamma`."""
    low, high = found.lowest, found.highest
    return f"{ratio(found.on[low].estimate)} on {low} to {ratio(found.on[high].estimate)} on {high}"


def names(machines: list[str]) -> str:
    """Some machines' names, and how many more there are."""
    more = f" and {len(machines) - _NAMED} more" if len(machines) > _NAMED else ""
    return ", ".join(machines[:_NAMED]) + more


def _told(answer: Answer, said: list[str]) -> str:
    unsure = said.count(INCONCLUSIVE)
    rest = f", {CANNOT_TELL} on {unsure}" if unsure else ""
    if answer.agreement == NONE:
        return f"{CANNOT_TELL} on any machine"
    if answer.agreement == DISAGREE:
        counts = {one: said.count(one) for one in said if one != INCONCLUSIVE}
        return f"machines disagree: {', '.join(f'{one} on {count}' for one, count in counts.items())}{rest}"
    if answer.agreement == AGREE:
        return answer.verdict if len(said) == 1 else f"{answer.verdict} on all {len(said)}"
    return f"{answer.verdict} on {said.count(answer.verdict)} of {len(said)}{rest}"


def _plain(value: float) -> str:
    return ratio(value).removesuffix("×")
