"""A scenario's latency distributions: time over percentile, a line a route, as HDR plots have them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.report import axes
from gateway.report.chart import Chapter, Chart
from gateway.report.names import anchor
from gateway.report.palette import LIGHT, of_placement
from gateway.report.quantities import duration, tick_duration
from gateway.report.subjects import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gateway.bench.findings import Findings
    from gateway.bench.summary import CaseSummary, ScenarioSummary

_SHARES = {0.5: "p50", 0.9: "p90", 0.99: "p99", 0.999: "p99.9"}
_FAINT = 0.38


def draw(findings: Findings) -> list[Chart]:
    """Return a chart a scenario whose calls were timed one by one; one caller first."""
    scenarios = sorted(findings.summary.scenarios, key=lambda one: not one.scenario.alone)
    made = (_chart(one) for one in scenarios)
    return [one for one in made if one]


def _chart(scenario: ScenarioSummary) -> Chart | None:
    drawn = [case for case in scenario.cases if len(case.curve_ns) > 1]
    if not drawn:
        return None
    named = [case for case in shown(scenario) if case in drawn] or drawn
    made = axes.axes(height=236, left=54, right=axes.room_for([case.case.route for case in named]))
    _scale(made, drawn)
    tips = {f"line{index}": _tip(case) for index, case in enumerate(drawn)}
    for index, case in enumerate(drawn):
        _line(made, case, f"line{index}", named=case in named)
    axes.names_at_right(
        made, [(case.case.route, case.curve_ns[-1][1], of_placement(case.case.placement)) for case in named]
    )
    name = f"percentiles-{anchor(scenario.scenario.name)}"
    return Chart(name, scenario.scenario.name, made.figure, _says(named), tips)  # type: ignore[arg-type]


def _scale(made: Axes, drawn: list[CaseSummary]) -> None:
    times = [time for case in drawn for _, time in case.curve_ns]
    longest = max(share for case in drawn for share, _ in case.curve_ns)
    axes.log_decades(made.yaxis, min(times) / 1.3, max(times) * 1.3, tick_duration)
    made.set_xscale("log")
    made.set_xlim(1.0, 1 / (1 - longest))
    there = {share: label for share, label in _SHARES.items() if share <= longest + 1e-9}
    axes.fixed(made.xaxis, [_rarity(share) for share in there], list(there.values()))
    made.grid(visible=True, axis="x", color=LIGHT["grid"], linewidth=1)
    axes.name_x(made, "percentile: a step is ten times rarer")


def _line(made: Axes, case: CaseSummary, gid: str, *, named: bool) -> None:
    rare, times = [_rarity(share) for share, _ in case.curve_ns], [time for _, time in case.curve_ns]
    style = {"native/original": "--"}.get(case.case.route, "-")
    width, alpha = (2.0, 1.0) if named else (1.2, _FAINT)
    colour = of_placement(case.case.placement)
    made.plot(rare, times, style, color=colour, linewidth=width, alpha=alpha, gid=gid, solid_joinstyle="round")


def _rarity(share: float) -> float:
    """Place a percentile by how rare a slower call is: p90, p99 and p99.9 stand equally far apart."""
    return 1 / (1 - share)


def _tip(case: CaseSummary) -> str:
    told = ", ".join(f"{name} {duration(time)}" for name, time in case.percentiles_ns.items())
    return f"{case.case.route}: {told}"


def _says(named: list[CaseSummary]) -> str:
    """Say whose slow calls are the worst beside its typical ones."""
    tails = [(case.percentiles_ns["p99"] / case.percentiles_ns["p50"], case) for case in named if _carried(case)]
    if not tails:
        return "Too few calls carry a p99."
    factor, worst = max(tails, key=lambda one: one[0])
    calm, steady = min(tails, key=lambda one: one[0])
    if steady is worst:
        return f"p99 is {factor:.1f} times p50 by {worst.case.route}; too few calls of the others carry it."
    if f"{factor:.1f}" == f"{calm:.1f}":
        return f"p99 is {factor:.1f} times p50 by every route."
    return f"p99 is {factor:.1f} times p50 by {worst.case.route}, {calm:.1f} times by {steady.case.route}."


def _carried(case: CaseSummary) -> bool:
    return "p99" in case.percentiles_ns and case.percentiles_ns.get("p50", 0) > 0


CHAPTER = Chapter(
    "percentiles",
    "How slow are the slow calls?",
    "Time over percentile, as far as the samples carry it (p99.9 needs 10,000 calls). Strong lines are both Go twins "
    "and the best route of each placement; faint ones are the others, which hovering names. Without stamps, all "
    "rounds.",
    draw,
    ("blocks.parquet", "summary.json"),
)
