"""How near each route comes to an echo written by hand over the same channel. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.report import axes, cells, rows
from gateway.report.chart import Chapter, Chart
from gateway.report.palette import LIGHT, PLACEMENTS
from gateway.report.quantities import ratio, tick_ratio

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.bench.findings import Findings
    from gateway.bench.floors import Floor
    from gateway.bench.summary import CaseSummary

_NULL = "echo"
_MOST_ROWS = 24


def draw(findings: Findings) -> list[Chart]:
    """Return the ratios to the placement's floor, and to what one would write by hand over the same channel."""
    cases = [case for one in findings.summary.scenarios for case in one.cases if case.calls]
    echoes = [case for case in cases if case.case.scenario.kernel == _NULL] or cases
    charts = (
        _chart("floors", "Beside the floor of the placement", ((case, case.floor) for case in echoes)),
        _chart("floors-by-hand", "Beside the same channel by hand", ((case, case.reference) for case in echoes)),
    )
    return [one for one in charts if one]


def _chart(name: str, title: str, pairs: Iterable[tuple[CaseSummary, Floor | None]]) -> Chart | None:
    known = [(case, floor) for case, floor in pairs if floor and floor.ratio.estimate > 0][:_MOST_ROWS]
    if not known:
        return None
    made = rows.rows([f"{cells.load(case.case.scenario)} {case.case.route}" for case, _ in known], axes.WIDE, right=120)
    estimates = [floor.ratio.estimate for _, floor in known]
    axes.log_decades(made.xaxis, min(0.9, min(estimates) / 1.2), max(2.2, max(estimates) * 1.3), tick_ratio)
    made.axvline(1, color=LIGHT["soft"], linewidth=1)
    axes.name_x(made, "time of a call over the reference's")
    tips: dict[str, str] = {}
    for row, (case, floor) in enumerate(known):
        gid = f"{name}{row}"
        rows.dot(made, floor.ratio.estimate, row, PLACEMENTS[case.case.placement], gid, rows.ends_of(floor.ratio))
        told = f"{ratio(floor.ratio.estimate)} {floor.reference}"
        axes.direct(
            made, 1.02, row, told, LIGHT["soft"], transform=made.get_yaxis_transform(), va="center", fontweight="normal"
        )
        tips[gid] = f"{case.case.name}: {cells.times(floor.ratio)} of {floor.reference}"
    return Chart(name, title, made.figure, _says(known), tips)  # type: ignore[arg-type]


def _says(known: list[tuple[CaseSummary, Floor]]) -> str:
    near, floor = min(known, key=lambda one: one[1].ratio.estimate)
    far, other = max(known, key=lambda one: one[1].ratio.estimate)
    head = f"Nearest is {near.case.name}, {ratio(floor.ratio.estimate)} {floor.reference}"
    return f"{head}; farthest {far.case.name}, {ratio(other.ratio.estimate)} {other.reference}."


CHAPTER = Chapter(
    "floors",
    "How near is each route to what is possible?",
    "Each echo beside a reference of the same size and callers, measured in the same rounds, with 95 % intervals. 1× "
    "is as fast as bytes echoed by hand, without header, deadline, trace context or receipt.",
    draw,
    ("blocks.parquet", "summary.json"),
    missing="--kernel echo",
    wide=True,
)
