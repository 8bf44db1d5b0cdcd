"""Time a call over the payload, Go beside the best route of each placement, and where they cross. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.bench.verdict import INPROC, PROCESS
from gateway.report import axes, facts, headline, subjects
from gateway.report.chart import Chapter, Chart
from gateway.report.palette import LIGHT, MARKERS
from gateway.report.quantities import duration, ratio, size, tick_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gateway.bench.breakeven import BreakEven
    from gateway.bench.findings import Findings
    from gateway.bench.summary import CaseSummary, ScenarioSummary

_BESIDE = 1.7
_NAMES = {"go": "best Go", INPROC: "in process", PROCESS: "sidecar"}
_Series = dict[str, list["tuple[int, CaseSummary]"]]


def draw(findings: Findings) -> list[Chart]:
    """Return a chart a kernel with two payloads or more."""
    made = (_chart(findings, kernel) for kernel in subjects.decided(findings))
    return [one for one in made if one]


def _chart(findings: Findings, kernel: str) -> Chart | None:
    scenarios = [one for one in findings.summary.scenarios if one.scenario.kernel == kernel and one.scenario.alone]
    series = _series(sorted(scenarios, key=lambda one: one.scenario.size_bytes))
    if not series or len(series["go"]) < 2:
        return None
    point = next((one.point for one in findings.break_evens if headline.is_main(one, kernel)), None)
    made = axes.axes(height=236, left=54, right=82)
    _scale(made, series)
    if point:
        _crossing(made, point)
    tips = _lines(made, series)
    return Chart(f"break-even-{kernel}", kernel, made.figure, _says(findings, kernel), tips)  # type: ignore[arg-type]


def _series(scenarios: list[ScenarioSummary]) -> _Series:
    found: _Series = {name: [] for name in _NAMES}
    for one in scenarios:
        ways = {"go": one.best_go, INPROC: one.best(INPROC), PROCESS: one.best(PROCESS)}
        for name, case in ways.items():
            if case:
                found[name].append((one.scenario.size_bytes, case))
    return {name: points for name, points in found.items() if points} if found["go"] else {}


def _scale(made: Axes, series: _Series) -> None:
    times = [case.p50_ns for points in series.values() for _, case in points]
    sizes = [payload for payload, _ in series["go"]]
    axes.log_sizes(made.xaxis, sizes[0] / _BESIDE, sizes[-1] * _BESIDE, size)
    axes.log_decades(made.yaxis, min(times) / 1.5, max(times) * 1.5, tick_duration)
    axes.name_x(made, "payload")


def _crossing(made: Axes, point: BreakEven) -> None:
    low, high = made.get_xlim()
    if point.kind not in ("from", "until") or not low < point.size_bytes < high:
        return
    if math.isfinite(point.low_bytes) and math.isfinite(point.high_bytes):
        made.axvspan(
            max(low, point.low_bytes), min(high, point.high_bytes), color=LIGHT[PROCESS], alpha=0.16, linewidth=0
        )
    made.axvline(point.size_bytes, color=LIGHT[PROCESS], linewidth=1.2, linestyle=(0, (3, 3)))
    axes.direct(
        made,
        point.size_bytes / 1.12,
        made.get_ylim()[1] / 1.05,
        f"{'from' if point.kind == 'from' else 'up to'} {size(point.size_bytes)}",
        LIGHT[PROCESS],
        ha="right",
        va="top",
    )


def _lines(made: Axes, series: _Series) -> dict[str, str]:
    tips, ends = {}, []
    for name, points in series.items():
        colour = LIGHT[name]
        made.plot([one for one, _ in points], [case.p50_ns for _, case in points], color=colour, linewidth=1.8)
        for index, (payload, case) in enumerate(points):
            gid = f"{name}{index}"
            _point(made, payload, case, name, gid)
            tips[gid] = _tip(payload, case, name)
        ends.append((name, points[-1][1].p50_ns))
    axes.names_at_right(made, [(_NAMES[name], time, LIGHT[name]) for name, time in ends])
    return tips


def _point(made: Axes, payload: int, case: CaseSummary, name: str, gid: str) -> None:
    low, high = case.speed_up.low, case.speed_up.high
    if name != "go" and low and high:  # what the interval of the ratio makes of this time, the Go's held fixed
        go_ns = case.p50_ns * case.speed_up.estimate
        made.plot([payload] * 2, [go_ns / high, go_ns / low], color=LIGHT[name], linewidth=2.4, alpha=0.75)
    made.plot(
        [payload], [case.p50_ns], MARKERS[name], color=LIGHT[name], markersize=6, markeredgecolor=LIGHT["card"], gid=gid
    )


def _tip(payload: int, case: CaseSummary, name: str) -> str:
    beside = "" if name == "go" else f", {ratio(case.speed_up.estimate)} the better Go"
    return f"{size(payload)} by {case.case.route}: {duration(case.p50_ns)}{beside}"


def _says(findings: Findings, kernel: str) -> str:
    """Say from which payload each placement pays, in time and in CPU."""
    places = {INPROC: "in process", PROCESS: "a sidecar"}
    told = []
    for placement, name in places.items():
        mine = [
            one
            for one in findings.break_evens
            if (one.kernel, one.placement, one.against) == (kernel, placement, "native")
        ]
        points = {one.objective: facts.point(one.point) for one in mine}
        if points.get("time"):
            cpu = f", in CPU {points['cpu']}" if points.get("cpu") else ""
            told.append(
                f"{name} it is faster {points['time']}{cpu}"
                if placement == INPROC
                else f"{name} is faster {points['time']}{cpu}"
            )
    text = "; ".join(told)
    return f"{text[0].upper()}{text[1:]}." if told else "Fewer than three payloads, so no break-even is told."


CHAPTER = Chapter(
    "break-even",
    "From which payload does it pay?",
    "Median time of a call over its payload: the better Go and the best route of each placement. Bars are the "
    "intervals of the ratio to Go. At the dashed line the sidecar begins to be faster than Go; the band is its 95 % "
    "interval.",
    draw,
    ("summary.json", "blocks.parquet"),
    missing="--kernel redact",
)
