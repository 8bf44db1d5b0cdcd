"""What a run says to do, scenario by scenario. Pure; every rule stands here.

Verdicts are against the better Go, by the policy of the run: about latency, with several callers about throughput, or
about CPU. A placement is worth its move when a call takes at least `minimum_gain` less and its tail stays within the
bound, if there is one; an interval must lie on one side of its threshold, or nothing is said. A route through a proxy
is never named: the same worker is there without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.bench import policy as policies
from gateway.bench.policy import CPU
from gateway.report.quantities import percent, ratio, tick_ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.bench.intervals import Interval
    from gateway.bench.manifest import Manifest
    from gateway.bench.plan import Scenario
    from gateway.bench.policy import Policy
    from gateway.bench.summary import CaseSummary, ScenarioSummary, Summary

KEEP_GO, INPROC, PROCESS, INCONCLUSIVE = "keep-go", "inproc", "process", "inconclusive"
PLACEMENTS = (INPROC, PROCESS)
PRICED = ("echo", "spin")
"""Kernels that price the boundary: there is nothing to move, so nothing is recommended."""
MAX_DISTURBED_SHARE = 0.2
ORIGINAL_IS_FAR = 2.0
"""From this ratio of native/original to native on, improving the Go comes first."""
CONTROL_SHARE = 0.1
"""Of the minimal gain: a control that differs by less from itself can turn no verdict whose interval is clear."""
_OVER, _UNDER, _ACROSS = "over", "under", "across"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do for one scenario: the fastest way, and the fastest that survives a crash of the kernel.

    `why` says what kept a verdict from being given; it is empty when both were. `margin` is the ratio (best Go over the
    winner's time or CPU, or over the best other's for keep-go) less the threshold, as a share of the threshold; `ratio`
    its interval. `cpu` is the fastest way once more, by CPU. `p99_ratio` is the deciding route's p99 over the best
    Go's; `tail` says which placement a tail bound ruled out. `headline` is what the policy makes of it: `fastest`, or
    `with_isolation` where that is required; empty for a kernel that only prices the boundary.
    """

    scenario: Scenario
    fastest: str
    with_isolation: str
    why: str
    margin: float | None
    ratio: Interval | None
    go_first: float | None
    objective: str = "latency"
    cpu: str = INCONCLUSIVE
    p99_ratio: float | None = None
    tail: str = ""
    route: str = ""
    headline: str = ""

    @property
    def conclusive(self) -> bool:
        """Whether there is a fastest way."""
        return self.fastest != INCONCLUSIVE


def verdicts(summary: Summary, manifest: Manifest, tails: Mapping[int, Interval] | None = None) -> tuple[Verdict, ...]:
    """Return a verdict for each scenario, in the order of the plan.

    `tails` are intervals of the p99 of cases, by index, over their best Go's (`tails.ratios`); a policy with a tail
    bound needs them.
    """
    policy = policies.recorded(manifest)
    distrust = why_not_trusted(summary, policy)
    return tuple(_verdict(scenario, policy, distrust, tails or {}) for scenario in summary.scenarios)


def why_not_trusted(summary: Summary, policy: Policy) -> str:
    """Return why no verdict of this run can be trusted; empty when it can."""
    if not summary.control.carried:
        return f"too few rounds ({summary.rounds})"
    if control_failed(summary, policy):
        return f"the A/A control differs from itself by {percent(abs(summary.control.estimate - 1))}"
    if summary.disturbed_rounds > MAX_DISTURBED_SHARE * summary.rounds:
        return f"{summary.disturbed_rounds} of {summary.rounds} rounds were disturbed by other work on this machine"
    return ""


def control_failed(summary: Summary, policy: Policy) -> bool:
    """Whether the same case, measured twice, differs from itself: surely, and by what could turn a verdict."""
    difference = abs(summary.control.estimate - 1)
    return summary.control.excludes(1.0) and difference > CONTROL_SHARE * policy.minimum_gain


def gain_side(speed_up: Interval, minimum_gain: float) -> str:
    """Return the side of the threshold on which a speed-up lies: `over`, `under`, or `across` when that is not sure."""
    threshold = 1 + minimum_gain
    if speed_up.low is None or speed_up.high is None:
        return _ACROSS
    return _OVER if speed_up.low >= threshold else _UNDER if speed_up.high < threshold else _ACROSS


def speed_up(case: CaseSummary, policy: Policy) -> Interval:
    """Return the best Go's time over the case's, or CPU where the policy's objective is CPU."""
    return case.cpu_speed_up if policy.objective == CPU else case.speed_up


def best(scenario: ScenarioSummary, placement: str, policy: Policy) -> CaseSummary | None:
    """Return the case of a placement that does best by the policy's objective and that a verdict may name."""
    if policy.objective != CPU:
        return scenario.best(placement)
    there = [case for case in scenario.cases if case.case.placement == placement and case.recommendable]
    return min(there, key=lambda case: case.cpu_ns, default=None)


@dataclass(frozen=True, slots=True)
class _Choice:
    """The best case of a placement, on which side of the policy's thresholds it lies, and what a tail bound says."""

    case: CaseSummary
    speed_up: Interval
    side: str
    tail: str


def _verdict(scenario: ScenarioSummary, policy: Policy, distrust: str, tails: Mapping[int, Interval]) -> Verdict:
    why = distrust or _missing(scenario)
    choices = _choices(scenario, policy, tails)
    fastest, isolated = (INCONCLUSIVE, INCONCLUSIVE) if why else (_fastest(choices), _isolated(choices))
    deciding = choices.get(fastest) or max(choices.values(), key=lambda one: one.speed_up.estimate, default=None)
    return Verdict(
        scenario=scenario.scenario,
        fastest=fastest,
        with_isolation=isolated,
        why=why or _undecided(fastest, isolated, choices, policy),
        margin=deciding.speed_up.estimate / (1 + policy.minimum_gain) - 1 if deciding else None,
        ratio=deciding.speed_up if deciding else None,
        go_first=go_first(scenario),
        objective=_objective(scenario.scenario, policy),
        cpu=INCONCLUSIVE if why else _fastest(_choices(scenario, replace(policy, objective=CPU, tail_bound=0.0), {})),
        p99_ratio=_p99_ratio(deciding.case, scenario) if deciding else None,
        tail="" if why else "; ".join(one.tail for one in choices.values() if one.tail),
        route=deciding.case.case.route if deciding else "",
        headline="" if scenario.scenario.kernel in PRICED else isolated if policy.isolation else fastest,
    )


def _choices(scenario: ScenarioSummary, policy: Policy, tails: Mapping[int, Interval]) -> dict[str, _Choice]:
    found = {placement: case for placement in PLACEMENTS if (case := best(scenario, placement, policy))}
    return {placement: _choice(placement, case, policy, tails) for placement, case in found.items()}


def _choice(placement: str, case: CaseSummary, policy: Policy, tails: Mapping[int, Interval]) -> _Choice:
    gained = speed_up(case, policy)
    side = gain_side(gained, policy.minimum_gain)
    if side == _UNDER or not policy.tail_bound:
        return _Choice(case, gained, side, "")
    tail = tails.get(case.index)
    if tail is None or tail.low is None or tail.high is None:
        return _Choice(case, gained, _ACROSS, f"{placement}: its p99 is not carried by the samples")
    if tail.high <= policy.tail_bound:
        return _Choice(case, gained, side, "")
    kept_out = tail.low > policy.tail_bound
    is_over = f"{'is' if kept_out else 'may be'} over your bound of {tick_ratio(policy.tail_bound)}"
    told = f"{placement}: its p99, {ratio(tail.estimate)} the best Go's, {is_over}"
    return _Choice(case, gained, _UNDER if kept_out else _ACROSS, told)


def _objective(scenario: Scenario, policy: Policy) -> str:
    return CPU if policy.objective == CPU else "throughput" if scenario.by_throughput else "latency"


def _missing(scenario: ScenarioSummary) -> str:
    differing = [case.case.route for case in scenario.cases if not case.comparable]
    if scenario.best_go is None:
        twin = scenario.by_route("native")
        return "the Go twin gives other bytes" if twin and not twin.comparable else "no Go twin was measured"
    if not any(scenario.best(placement) for placement in PLACEMENTS):
        wrong = f"gives the right bytes ({', '.join(differing)} differ)" if differing else "was measured"
        return f"no route besides Go {wrong}"
    return ""


def _fastest(choices: Mapping[str, _Choice]) -> str:
    """Return the placement to choose: surely over the threshold, and surely not beaten by one that may be."""
    over = [placement for placement, one in choices.items() if one.side == _OVER]
    unsure = [one.speed_up for one in choices.values() if one.side == _ACROSS]
    if not over:
        return INCONCLUSIVE if unsure else KEEP_GO
    winner = max(over, key=lambda placement: choices[placement].speed_up.estimate)
    low = choices[winner].speed_up.low or 0.0
    return INCONCLUSIVE if any(rival.high is None or rival.high > low for rival in unsure) else winner


def _isolated(choices: Mapping[str, _Choice]) -> str:
    """Return the verdict where a crash of the kernel must not end the service: Go or a process of its own."""
    side = choices[PROCESS].side if PROCESS in choices else _ACROSS
    return {_OVER: PROCESS, _UNDER: KEEP_GO}.get(side, INCONCLUSIVE)


def _undecided(fastest: str, isolated: str, choices: Mapping[str, _Choice], policy: Policy) -> str:
    if INCONCLUSIVE not in (fastest, isolated):
        return ""
    if PROCESS not in choices:
        return "no process route was measured"
    tails = [one.tail for one in choices.values() if one.side == _ACROSS and one.tail]
    return tails[0] if tails else f"the interval crosses your {percent(policy.minimum_gain, 0)} minimum"


def _p99_ratio(case: CaseSummary, scenario: ScenarioSummary) -> float | None:
    go = scenario.best_go.percentiles_ns.get("p99") if scenario.best_go else None
    own = case.percentiles_ns.get("p99")
    return own / go if own and go else None


def go_first(scenario: ScenarioSummary) -> float | None:
    """Return how many times slower the profiled Go is than the better Go; None where it is not far."""
    original, native = scenario.by_route("native/original"), scenario.by_route("native")
    if original is None or native is None or not (original.comparable and native.comparable):
        return None
    times = original.deciding_ns / native.deciding_ns
    return times if times >= ORIGINAL_IS_FAR else None
