"""Throughput against latency: a route's p99 over the load that it is offered, its knee, and its highest rate. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.report import axes
from gateway.report.chart import Chapter, Chart
from gateway.report.names import anchor
from gateway.report.palette import LIGHT, MARKERS, PLACEMENTS
from gateway.report.quantities import count, duration, size, tick_count, tick_duration
from gateway.wire.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from gateway.bench.findings import Findings
    from gateway.bench.knee import LoadPoint, Sweep

_KNEES_FROM, _KNEE_STEP = 0.04, 0.07
_STROKES = ("-", (0, (5, 1.5)), (0, (9, 1.5, 2, 1.5)))
"""Routes of one placement share its colour, so their strokes differ."""


def draw(findings: Findings) -> list[Chart]:
    """Return a chart a kernel and payload that was swept."""
    groups: dict[tuple[str, int], list[Sweep]] = {}
    for one in findings.sweeps:
        if any(point.calls for point in one.points):
            groups.setdefault((one.kernel, one.size_bytes), []).append(one)
    return [_chart(f"{kernel} {size(payload)}", sweeps) for (kernel, payload), sweeps in groups.items()]


def _chart(title: str, sweeps: Sequence[Sweep]) -> Chart:
    made = axes.axes(axes.WIDE, 290, 56, axes.room_for([one.route for one in sweeps]))
    _scale(made, sweeps)
    _bounds(made, sweeps)
    tips: dict[str, str] = {}
    for index, one in enumerate(sweeps):
        before = sum(_role(other) == _role(one) for other in sweeps[:index])
        tips |= _curve(made, one, index, _STROKES[before % len(_STROKES)])
    ends = [(one.route, _time(_drawn(one)[-1]), LIGHT[_role(one)]) for one in sweeps]
    axes.names_at_right(made, ends)
    return Chart(f"load-{anchor(title)}", title, made.figure, _says(sweeps), tips)  # type: ignore[arg-type]


def _scale(made: Axes, sweeps: Sequence[Sweep]) -> None:
    points = [point for one in sweeps for point in _drawn(one)]
    rates = [point.achieved_per_s for point in points]
    lows, highs = [point.p50_ns for point in points], [_time(point) for point in points]
    axes.log_decades(made.xaxis, min(rates) / 1.15, max(rates) * 1.15, tick_count)
    top, least = max(*highs, *(one.bound_ns for one in sweeps)) * 1.4, min(lows) / 1.2
    below = _KNEES_FROM + _KNEE_STEP * len(sweeps)  # share of the height that the knees' names take
    axes.log_decades(made.yaxis, least / (top / least) ** (below / (1 - below)), top, tick_duration)
    axes.name_x(made, "answered calls a second")


def _bounds(made: Axes, sweeps: Sequence[Sweep]) -> None:
    for bound in sorted({one.bound_ns for one in sweeps}):
        made.axhline(bound, color=LIGHT["soft"], linewidth=1, linestyle=(0, (4, 3)))
        axes.direct(
            made,
            made.get_xlim()[0] * 1.02,
            bound * 1.06,
            f"bound for p99, {tick_duration(bound)}",
            LIGHT["soft"],
            va="bottom",
            fontweight="normal",
        )


def _curve(made: Axes, one: Sweep, index: int, stroke: Any) -> dict[str, str]:
    role, points = _role(one), _drawn(one)
    rates = [point.achieved_per_s for point in points]
    made.plot(rates, [point.p50_ns for point in points], color=LIGHT[role], linewidth=1.2, alpha=0.55, linestyle=":")
    made.plot(rates, [_time(point) for point in points], color=LIGHT[role], linewidth=2, linestyle=stroke)
    tips = {}
    for place, point in enumerate(points):
        gid = f"load{index}-{place}"
        tips[gid] = _tip(one, point)
        made.plot(
            [point.achieved_per_s],
            [_time(point)],
            MARKERS[role],
            color=LIGHT["card"] if point.saturated else LIGHT[role],
            markersize=5.5,
            markeredgecolor=LIGHT[role],
            gid=gid,
            zorder=3,
        )
    if one.knee_per_s:
        _knee(made, one, index)
    return tips


def _knee(made: Axes, one: Sweep, index: int) -> None:
    """Mark the knee down to the axis, its label below every curve and on a line of its own."""
    at, colour = one.knee_per_s or 0.0, LIGHT[_role(one)]
    made.axvline(at, color=colour, linewidth=1, alpha=0.55)
    level, place = _KNEES_FROM + _KNEE_STEP * index, made.get_xaxis_transform()
    axes.direct(made, at / 1.02, level, f"knee {count(at)}/s", colour, ha="right", va="center", transform=place)


def _drawn(one: Sweep) -> list[LoadPoint]:
    return [point for point in one.points if point.calls]


def _time(point: LoadPoint) -> float:
    """Return what stands for the slow calls: p99, or p90 where too few calls carry p99."""
    return point.p99_ns if point.p99_ns is not None else point.p90_ns


def _role(one: Sweep) -> str:
    return PLACEMENTS[ROUTES.get(one.route, "reference")]


def _tip(one: Sweep, point: LoadPoint) -> str:
    tail = f", p99 {duration(point.p99_ns)}" if point.p99_ns is not None else ", p99 not carried"
    end = "; it did not keep up" if point.saturated else ""
    offered = f"{one.route}: offered {count(point.rate_per_s)}/s, answered {count(point.achieved_per_s)}/s"
    return f"{offered}, p50 {duration(point.p50_ns)}{tail}{end}"


def _says(sweeps: Sequence[Sweep]) -> str:
    told = []
    for one in sweeps:
        knee = f"bends at {count(one.knee_per_s)}/s" if one.knee_per_s else "shows no knee"
        most = (
            f" and keeps p99 within {tick_duration(one.bound_ns)} up to {count(one.highest_per_s)}/s"
            if one.highest_per_s
            else f" and keeps p99 within {tick_duration(one.bound_ns)} at no measured rate"
        )
        told.append(f"{one.route} {knee}{most}")
    return "; ".join(told) + "."


CHAPTER = Chapter(
    "load",
    "How much load does each route carry?",
    "An open loop at a constant rate, timed from the intended start. Thick is p99, dotted p50; a hollow mark did not "
    "keep up with its rate. The knee is the rate of the greatest power: throughput over mean response time.",
    draw,
    ("sweep.parquet", "summary.json"),
    missing="--sweep",
    wide=True,
)
