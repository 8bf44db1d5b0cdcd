"""Where the time of the typical calls went, beside that of the slow ones: stages of the p50 and the p99 band. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bench.verdict import INPROC, PROCESS
from gateway.report import axes, facts, rows, subjects
from gateway.report.chart import Chapter, Chart
from gateway.report.names import anchor
from gateway.report.palette import of_stage
from gateway.report.quantities import duration, percent, tick_duration
from gateway.report.waterfalls import RESIDUAL

if TYPE_CHECKING:
    from gateway.bench.findings import Findings
    from gateway.bench.stage_profile import StageProfile
    from gateway.bench.summary import CaseSummary, ScenarioSummary

_SHORT = {"request_wire": "wire", "reply_wire": "wire", "unexplained": "?"}


def draw(findings: Findings) -> list[Chart]:
    """Return a chart a kernel: the best route of each placement at its typical payload."""
    made = (_chart(one) for one in subjects.typical_scenarios(findings))
    return [one for one in made if one]


def _chart(scenario: ScenarioSummary) -> Chart | None:
    cases = [case for placement in (INPROC, PROCESS) if (case := scenario.best(placement)) and case.bands]
    bands = [(case, name, band) for case in cases for name, band in _bands(case)]
    if not bands:
        return None
    made = rows.rows([f"{case.case.route} {name}" for case, name, _ in bands], axes.WIDE, right=56)
    whole = max(band.total_ns for _, _, band in bands)
    made.set_xlim(0, whole * 1.02)
    axes.linear(made.xaxis, tick_duration)
    axes.name_x(made, "time of a call with stamps")
    tips: dict[str, str] = {}
    for row, (case, name, band) in enumerate(bands):
        tips |= bar(made, row, f"{case.case.route} {name}", band)
    says = "; ".join(f"{case.case.route}: {text}" for case in cases if (text := facts.tail(case)))
    title, name = scenario.scenario.name, f"stages-{anchor(scenario.scenario.name)}"
    return Chart(name, title, made.figure, f"{says or _dominant(cases[-1])}.", tips)  # type: ignore[arg-type]


def _bands(case: CaseSummary) -> list[tuple[str, StageProfile]]:
    if case.bands is None:
        return []
    tail = [("p99", case.bands.p99)] if case.bands.p99 else []
    return [("p50", case.bands.p50), *tail]


def bar(made: object, row: int, label: str, band: StageProfile, prefix: str = "stage") -> dict[str, str]:
    """Draw the stages of a band as a row's bar, its total at the end; return what a reader sees on each stage.

    The gids begin with `prefix`.
    """
    parts, tips = [], {}
    stages = {**band.stages_ns, RESIDUAL: max(0.0, band.residual_ns)}
    for name, time in stages.items():
        gid = f"{prefix}{row}-{name}"
        text = _SHORT.get(name, name.replace("_", " "))
        parts.append(rows.Part(time, of_stage(name), gid, text))
        tips[gid] = f"{label}, {name.replace('_', ' ')}: {duration(time)}, {percent(time / band.total_ns)}"
    end = rows.bar(made, row, parts)  # type: ignore[arg-type]
    made.text(end, row, f"\N{NO-BREAK SPACE}{duration(band.total_ns)}", va="center", fontsize=axes.TICK)  # type: ignore[attr-defined]
    return tips


def _dominant(case: CaseSummary) -> str:
    profile = case.stages
    if profile is None or not profile.stages_ns:
        return "no stage was stamped"
    name, time = max(profile.stages_ns.items(), key=lambda one: one[1])
    return f"most of {case.case.route} is {facts.stage(name)}: {duration(time)} of {duration(profile.total_ns)}"


CHAPTER = Chapter(
    "stages",
    "Where does a call's time go, and what makes the slow ones slow?",
    "Calls around the median beside those around p99, stage by stage, by the best route of each placement. A stage "
    "that grows from the upper to the lower bar makes the tail. “?” is what no stage explains.",
    draw,
    ("samples.parquet", "summary.json"),
    wide=True,
)
