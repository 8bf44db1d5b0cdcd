"""Empty axes as every figure of the report has them: quiet, sized for a phone, with round ticks in units. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from gateway.report.palette import LIGHT
from gateway.report.scale import decade_ticks, size_ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.text import Text

POINTS_AN_INCH = 72
NARROW, WIDE = 350, 430
"""Widths in CSS pixels: three narrow or two wide ones lie beside each other on a desk, one on a phone."""
TICK, LABEL, DIRECT = 11.5, 11.5, 12.0
_LINE, _LETTER = 14.0, 7.8
_MOST_TICKS, _MOST_LINEAR, _TICK_ROOM = 4.5, 5, 58.0


def axes(width: int = NARROW, height: int = 230, left: float = 48, right: float = 14, bottom: float = 40) -> Axes:
    """Return axes on a figure of so many CSS pixels, with margins in the same unit; the top's is 12."""
    figure = Figure(figsize=(width / POINTS_AN_INCH, height / POINTS_AN_INCH))
    top = 12.0
    place = (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    made = figure.add_axes(place)
    made.set_facecolor("none")
    made.set_axisbelow(True)
    for side in ("top", "right", "left"):
        made.spines[side].set_visible(False)
    made.spines["bottom"].set_color(LIGHT["line"])
    made.tick_params(length=0, labelsize=TICK, labelcolor=LIGHT["soft"], pad=5)
    made.grid(visible=True, axis="y", color=LIGHT["grid"], linewidth=1)
    return made


def name_x(made: Axes, text: str) -> None:
    """Name the horizontal axis with its unit."""
    made.set_xlabel(text, fontsize=LABEL, color=LIGHT["soft"], labelpad=4)


def log_sizes(axis: Axis, low: float, high: float, label: Callable[[float], str]) -> None:
    """Make an axis logarithmic with a tick a power of four."""
    _logarithmic(axis, low, high, size_ticks(low, high), label)


def log_decades(axis: Axis, low: float, high: float, label: Callable[[float], str]) -> None:
    """Make an axis logarithmic with ticks at 1, 2 and 5, or at 1 only where that would be many."""
    _logarithmic(axis, low, high, decade_ticks(low, high, most_ticks(axis)), label)


def linear(axis: Axis, label: Callable[[float], str]) -> None:
    """Give an axis a few round ticks, as many as have room, written by `label`."""
    axis.set_major_locator(MaxNLocator(nbins=min(_MOST_LINEAR, most_ticks(axis) - 1), steps=[1, 2, 5, 10]))
    axis.set_major_formatter(_formatter(label))


def mebibytes(axis: Axis) -> None:
    """Give an axis of bytes a few ticks at round numbers of MiB."""
    most = axis.axes.get_xlim()[1]
    step = next(
        one for one in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 50_000) if most / (one << 20) <= _MOST_TICKS
    )
    places = [number * step << 20 for number in range(int(most / (step << 20)) + 1)]
    fixed(axis, places, [f"{place >> 20} MiB" if place else "0" for place in places])


def extent(made: Axes, axis: Axis) -> float:
    """Return the length of an axis in CSS pixels."""
    place, figure = made.get_position(), made.get_figure(root=True)
    if figure is None:
        return 0.0
    across = axis is made.xaxis
    share, inches = (place.width, figure.get_figwidth()) if across else (place.height, figure.get_figheight())
    return share * inches * POINTS_AN_INCH


def most_ticks(axis: Axis) -> int:
    """Return how many labels have room on an axis: beside each other they need more of it than above each other."""
    room = _TICK_ROOM if axis is axis.axes.xaxis else _LINE * 1.7
    return max(2, int(extent(axis.axes, axis) / room) + 1)


def fixed(axis: Axis, places: Sequence[float], labels: Sequence[str]) -> None:
    """Give an axis these ticks and no others."""
    axis.set_major_locator(FixedLocator(list(places)))
    axis.set_minor_locator(NullLocator())
    axis.set_ticklabels(list(labels))


def direct(made: Axes, x: float, y: float, text: str, colour: str, **options: object) -> Text:
    """Write a label beside what it names, in its colour; `options` are matplotlib's."""
    told = {"color": colour, "fontsize": DIRECT, "fontweight": "bold", **options}
    return made.text(x, y, text, **told)  # type: ignore[arg-type]


def _logarithmic(axis: Axis, low: float, high: float, ticks: Sequence[float], label: Callable[[float], str]) -> None:
    made = axis.axes
    if axis is made.xaxis:
        made.set_xscale("log")
        made.set_xlim(low, high)
    else:
        made.set_yscale("log")
        made.set_ylim(low, high)
    axis.set_major_locator(FixedLocator(list(ticks)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(_formatter(label))


def _formatter(label: Callable[[float], str]) -> FuncFormatter:
    return FuncFormatter(lambda value, _: label(value))


def room_for(names: Sequence[str]) -> float:
    """Return the right margin that names behind the right end need, CSS pixels."""
    return max(map(len, names), default=0) * _LETTER + 14


def names_at_right(made: Axes, names: Sequence[tuple[str, float, str]], x: float = 1.02) -> None:
    """Write (text, height, colour) behind the right end, at their heights in data or as near as they do not touch."""
    gap = _LINE * made.figure.dpi / POINTS_AN_INCH
    heights = [float(made.transData.transform((made.get_xlim()[0], height))[1]) for _, height, _ in names]
    bottom, top = (float(made.transAxes.transform((0, share))[1]) for share in (0, 1))
    for (text, _, colour), place in zip(names, spread(heights, gap), strict=True):
        share = (place - bottom) / (top - bottom)
        direct(made, x, share, text, colour, transform=made.transAxes, va="center")


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Return the places moved apart, in their order, until no two are nearer than `gap`."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    groups: list[list[int]] = []
    for index in order:
        groups.append([index])
        while len(groups) > 1 and _middle(groups[-1], places) - _middle(groups[-2], places) < gap * _apart(groups):
            groups[-2:] = [groups[-2] + groups[-1]]
    moved = list(places)
    for group in groups:
        first = _middle(group, places) - gap * (len(group) - 1) / 2
        for rank, index in enumerate(group):
            moved[index] = first + rank * gap
    return moved


def _middle(group: Sequence[int], places: Sequence[float]) -> float:
    return sum(places[index] for index in group) / len(group)


def _apart(groups: Sequence[Sequence[int]]) -> float:
    """Return how many gaps the middles of the last two groups must be apart."""
    return (len(groups[-1]) + len(groups[-2])) / 2
