"""What a run says to do, scenario by scenario. Pure; every rule stands here.

Verdicts are preliminary and about latency, with several callers about throughput. They are against the better Go. A
route is worth its move when a call takes at least `minimum_gain` less; the interval of the ratio must lie on one side
of that threshold, or nothing is said. A route through a proxy is never named: the same worker is there without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.report.quantities import percent

if TYPE_CHECKING:
    from gateway.bench.intervals import Interval
    from gateway.bench.manifest import Manifest
    from gateway.bench.plan import Scenario
    from gateway.bench.summary import CaseSummary, ScenarioSummary, Summary

KEEP_GO, INPROC, PROCESS, INCONCLUSIVE = "keep-go", "inproc", "process", "inconclusive"
PLACEMENTS = (INPROC, PROCESS)
MAX_DISTURBED_SHARE = 0.2
ORIGINAL_IS_FAR = 2.0
"""From this ratio of native/original to native on, improving the Go comes first."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do for one scenario: the fastest way, and the fastest that survives a crash of the kernel.

    `why` says what kept a verdict from being given; it is empty when both were. `margin` is the ratio (best Go over the
    winner's time, or over the best other's for keep-go) less the threshold, as a share of the threshold.
    """

    scenario: Scenario
    fastest: str
    with_isolation: str
    why: str
    margin: float | None
    ratio: Interval | None
    go_first: float | None
    objective: str = "latency"
    preliminary: bool = True

    @property
    def conclusive(self) -> bool:
        """Whether there is a fastest way."""
        return self.fastest != INCONCLUSIVE


def verdicts(summary: Summary, manifest: Manifest) -> tuple[Verdict, ...]:
    """Return a verdict for each scenario, in the order of the plan."""
    distrust = why_not_trusted(summary)
    return tuple(_verdict(scenario, manifest.plan.minimum_gain, distrust) for scenario in summary.scenarios)


def why_not_trusted(summary: Summary) -> str:
    """Return why no verdict of this run can be trusted; empty when it can."""
    if not summary.control.carried:
        return f"too few rounds ({summary.rounds})"
    if summary.control.excludes(1.0):
        return f"the A/A control differs from itself by {percent(abs(summary.control.estimate - 1))}"
    if summary.disturbed_rounds > MAX_DISTURBED_SHARE * summary.rounds:
        return f"{summary.disturbed_rounds} of {summary.rounds} rounds were disturbed by other work on this machine"
    return ""


def gain_side(ratio: Interval, minimum_gain: float) -> str:
    """Return the side of the threshold on which a speed-up lies: `over`, `under`, or `across` when that is not sure."""
    threshold = 1 + minimum_gain
    if ratio.low is None or ratio.high is None:
        return "across"
    return "over" if ratio.low >= threshold else "under" if ratio.high < threshold else "across"


def _verdict(scenario: ScenarioSummary, minimum_gain: float, distrust: str) -> Verdict:
    why = distrust or _missing(scenario)
    best = {placement: case for placement in PLACEMENTS if (case := scenario.best(placement))}
    sides = {placement: gain_side(case.speed_up, minimum_gain) for placement, case in best.items()}
    fastest, isolated = (INCONCLUSIVE, INCONCLUSIVE) if why else (_fastest(best, sides), _isolated(sides))
    deciding = best.get(fastest) or max(best.values(), key=lambda case: case.speed_up.estimate, default=None)
    return Verdict(
        scenario=scenario.scenario,
        fastest=fastest,
        with_isolation=isolated,
        why=why or _undecided(fastest, isolated, sides, minimum_gain),
        margin=deciding.speed_up.estimate / (1 + minimum_gain) - 1 if deciding else None,
        ratio=deciding.speed_up if deciding else None,
        go_first=go_first(scenario),
        objective="throughput" if scenario.scenario.by_throughput else "latency",
    )


def _missing(scenario: ScenarioSummary) -> str:
    differing = [case.case.route for case in scenario.cases if not case.comparable]
    if scenario.best_go is None:
        twin = scenario.by_route("native")
        return "the Go twin gives other bytes" if twin and not twin.comparable else "no Go twin was measured"
    if not any(scenario.best(placement) for placement in PLACEMENTS):
        wrong = f"gives the right bytes ({', '.join(differing)} differ)" if differing else "was measured"
        return f"no route besides Go {wrong}"
    return ""


def _fastest(best: dict[str, CaseSummary], sides: dict[str, str]) -> str:
    """Return the placement to choose: surely over the threshold, and surely not beaten by one that may be."""
    over = [placement for placement in best if sides[placement] == "over"]
    unsure = [placement for placement in best if sides[placement] == "across"]
    if not over:
        return INCONCLUSIVE if unsure else KEEP_GO
    winner = max(over, key=lambda placement: best[placement].speed_up.estimate)
    rivals = (best[placement].speed_up for placement in unsure)
    low = best[winner].speed_up.low or 0.0
    return INCONCLUSIVE if any(rival.high is None or rival.high > low for rival in rivals) else winner


def _isolated(sides: dict[str, str]) -> str:
    """Return the verdict where a crash of the kernel must not end the service: Go or a process of its own."""
    return {"over": PROCESS, "under": KEEP_GO}.get(sides.get(PROCESS, "across"), INCONCLUSIVE)


def _undecided(fastest: str, isolated: str, sides: dict[str, str], minimum_gain: float) -> str:
    if INCONCLUSIVE not in (fastest, isolated):
        return ""
    if PROCESS not in sides:
        return "no process route was measured"
    return f"the interval crosses your {percent(minimum_gain, 0)} minimum"


def go_first(scenario: ScenarioSummary) -> float | None:
    """Return how many times slower the profiled Go is than the better Go; None where it is not far."""
    original, native = scenario.by_route("native/original"), scenario.by_route("native")
    if original is None or native is None or not (original.comparable and native.comparable):
        return None
    ratio = original.deciding_ns / native.deciding_ns
    return ratio if ratio >= ORIGINAL_IS_FAR else None
