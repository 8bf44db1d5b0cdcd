"""Payload × speed-up: in which region each measured point of a kernel lies. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.bench.breakeven import needed_speed_up
from gateway.bench.verdict import INPROC, PROCESS
from gateway.report import axes, subjects
from gateway.report.chart import Chapter, Chart
from gateway.report.palette import LIGHT
from gateway.report.quantities import ratio, size, tick_ratio
from gateway.report.scale import interpolate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from gateway.bench.findings import Findings
    from gateway.bench.speedup import SpeedUp

_STEPS = 96
_BESIDE = 1.7
"""Regions reach so many times beyond the measured payloads."""
_LEAST_TOP, _MOST_TOP = 8.0, 200.0
_LEAST, _LEAST_LOW = 0.7, 0.25
_NAMES = {"go": "keep Go", INPROC: "in process pays", PROCESS: "a sidecar pays too"}
_LETTER, _LINE = 7.4, 16.0


def draw(findings: Findings) -> list[Chart]:
    """Return a chart a kernel that there is to decide about and whose compute was stamped."""
    gain = findings.manifest.plan.minimum_gain
    made = (_chart(kernel, findings.speed_ups, gain) for kernel in subjects.decided(findings))
    return [one for one in made if one]


def _chart(kernel: str, speed_ups: Sequence[SpeedUp], gain: float) -> Chart | None:
    points = sorted((one for one in speed_ups if one.kernel == kernel), key=lambda one: one.size_bytes)
    if not points:
        return None
    made = axes.axes(height=214, left=40)
    _scale(made, points)
    borders = {placement: _border(points, placement, gain) for placement in (INPROC, PROCESS)}
    sizes = _sizes(points)
    _regions(made, sizes, borders)
    _dots(made, points)
    _names(made, sizes, borders, points)
    tips = {f"point{index}": _tip(one, gain) for index, one in enumerate(points)}
    return Chart(f"regions-{kernel}", kernel, made.figure, _says(points, gain), tips)  # type: ignore[arg-type]


def _scale(made: Axes, points: Sequence[SpeedUp]) -> None:
    low = max(_LEAST_LOW, min(_LEAST, 0.85 * min(one.low for one in points)))
    top = min(_MOST_TOP, max(_LEAST_TOP, 1.8 * max(one.high for one in points)))
    beside = _BESIDE if len(points) > 1 else 8.0
    axes.log_sizes(made.xaxis, points[0].size_bytes / beside, points[-1].size_bytes * beside, size)
    axes.log_decades(made.yaxis, low, top, tick_ratio)
    axes.name_x(made, "payload")


def _sizes(points: Sequence[SpeedUp]) -> list[float]:
    low, high = points[0].size_bytes / _BESIDE, points[-1].size_bytes * _BESIDE
    return [low * (high / low) ** (step / _STEPS) for step in range(_STEPS + 1)]


def _border(points: Sequence[SpeedUp], placement: str, gain: float) -> list[float]:
    """Return the speed-up that a placement needs at each of the sizes; inf where none is enough or none is known."""
    known = [one for one in points if placement in one.boundary_ns]
    if not known:
        return [math.inf] * (_STEPS + 1)
    go = [(float(one.size_bytes), one.go_ns) for one in known]
    boundary = [(float(one.size_bytes), one.boundary_ns[placement]) for one in known]
    return [needed_speed_up(interpolate(go, at), interpolate(boundary, at), gain) for at in _sizes(points)]


def _regions(made: Axes, sizes: Sequence[float], borders: dict[str, list[float]]) -> None:
    low, top = made.get_ylim()
    made.fill_between(sizes, low, top, color=LIGHT["go"], alpha=0.09, linewidth=0)
    for placement, border in borders.items():
        inside = [min(max(one, low), top) for one in border]
        made.fill_between(sizes, inside, top, color=LIGHT[placement], alpha=0.17, linewidth=0)
        drawn = [one if low < one < top else math.nan for one in border]
        made.plot(sizes, drawn, color=LIGHT[placement], linewidth=1.8)


def _dots(made: Axes, points: Sequence[SpeedUp]) -> None:
    low, top = made.get_ylim()
    for index, one in enumerate(points):
        made.plot(
            [one.size_bytes] * 2, [max(low, one.low), min(top, one.high)], color=LIGHT["ink"], linewidth=1.8, zorder=4
        )
        made.plot(
            [one.size_bytes],
            [one.measured],
            "o",
            color=LIGHT["ink"],
            markersize=8,
            markeredgecolor=LIGHT["card"],
            markeredgewidth=1.4,
            gid=f"point{index}",
            zorder=5,
        )


def _names(made: Axes, sizes: Sequence[float], borders: dict[str, list[float]], points: Sequence[SpeedUp]) -> None:
    """Write each region's name where it has most room, and nowhere where it has none."""
    low, top = made.get_ylim()
    ends = {
        "go": ([low] * len(sizes), [min(pair) for pair in zip(*borders.values(), strict=True)]),
        INPROC: (borders[INPROC], borders[PROCESS]),
        PROCESS: (borders[PROCESS], [top] * len(sizes)),
    }
    for region, (floor, ceiling) in ends.items():
        spans = [_pixels(made, *pair) for pair in zip(floor, ceiling, strict=True)]
        place = _room(made, sizes, spans, len(_NAMES[region]) * _LETTER, points)
        if place:
            axes.direct(made, *place, _NAMES[region], LIGHT[region], ha="center", va="center", zorder=6)


def _pixels(made: Axes, floor: float, ceiling: float) -> tuple[float, float]:
    """Return a span of the vertical axis in pixels from its lower end."""
    low, top = made.get_ylim()
    _, height = _extent(made)
    inside = [min(max(one, low), top) for one in (floor, ceiling)]
    bottom, upper = (math.log(one / low) / math.log(top / low) * height for one in inside)
    return bottom, upper


def _room(
    made: Axes, sizes: Sequence[float], spans: list[tuple[float, float]], width: float, points: Sequence[SpeedUp]
) -> tuple[float, float] | None:
    """Return where in data a text of the width fits best: clear of the dots, with most height around it."""
    across, height = _extent(made)
    (left, right), (low, top) = made.get_xlim(), made.get_ylim()
    at = [math.log(one / left) / math.log(right / left) * across for one in sizes]
    dots = [
        (math.log(one.size_bytes / left) / math.log(right / left) * across, _pixels(made, one.low, one.high))
        for one in points
    ]
    best: tuple[float, float, float] | None = None
    for centre in at:
        under = [span for place, span in zip(at, spans, strict=True) if abs(place - centre) <= width / 2 + 4]
        floor, ceiling = max(one[0] for one in under), min(one[1] for one in under)
        if centre - width / 2 < at[0] or centre + width / 2 > at[-1]:
            continue
        for share in (0.5, 0.25, 0.75, 0.12, 0.88):
            middle = floor + share * (ceiling - floor)
            room = min(middle - floor, ceiling - middle)
            hit = any(
                abs(x - centre) < width / 2 + 12 and bottom - _LINE < middle < upper + _LINE
                for x, (bottom, upper) in dots
            )
            if room >= _LINE / 2 + 1 and not hit and (best is None or room > best[2] + 1):
                best = (centre, middle, room)
    if best is None:
        return None
    return left * (right / left) ** (best[0] / across), low * (top / low) ** (best[1] / height)


def _extent(made: Axes) -> tuple[float, float]:
    """Return the width and height of the axes in pixels."""
    place, figure = made.get_position(), made.figure
    return (
        place.width * figure.get_figwidth() * axes.POINTS_AN_INCH,  # type: ignore[union-attr]
        place.height * figure.get_figheight() * axes.POINTS_AN_INCH,  # type: ignore[union-attr]
    )


def _tip(one: SpeedUp, gain: float) -> str:
    head = f"{one.kernel} at {size(one.size_bytes)}: Rust computes {ratio(one.measured)} as fast as the better Go"
    return f"{head} ({ratio(one.low)} to {ratio(one.high)}); it needs {_needs(one, gain)}"


def _needs(one: SpeedUp, gain: float) -> str:
    names = {INPROC: "in process", PROCESS: "as a sidecar"}
    told = {placement: needed_speed_up(one.go_ns, cost, gain) for placement, cost in one.boundary_ns.items()}
    return ", ".join(f"{names[placement]} {_bar(need)}" for placement, need in told.items())


def _bar(need: float) -> str:
    return ratio(need) if math.isfinite(need) else "more than any speed-up"


def _says(points: Sequence[SpeedUp], gain: float) -> str:
    low, high = min(one.measured for one in points), max(one.measured for one in points)
    span = ratio(low) if ratio(low) == ratio(high) else f"{ratio(low)} to {ratio(high)}"
    last = points[-1]
    return f"Rust computes {span} as fast; to pay at {size(last.size_bytes)} it needs {_needs(last, gain)}."


CHAPTER = Chapter(
    "regions",
    "How fast must the Rust be?",
    "Payload across, speed-up of the Rust over the better Go upwards. A dot is what was measured, its bar the 95 % "
    "interval. The region in which it lies is what pays.",
    draw,
    ("summary.json", "samples.parquet"),
)
