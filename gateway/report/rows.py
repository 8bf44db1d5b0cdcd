"""Figures of labelled rows: a dot with its interval or a stacked bar a row, the name at its left. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.report import axes
from gateway.report.palette import LIGHT, MARKERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from gateway.bench.intervals import Interval

ROW = 26
_LETTER = 7.0
_MARGIN = 12
_MOST_LABEL = 190


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: how long, its colour, its gid, and what stands on it where it fits."""

    length: float
    colour: str
    gid: str
    text: str = ""
    alpha: float = 1.0


def rows(labels: Sequence[str], width: int = axes.NARROW, right: float = 16, row: float = ROW) -> Axes:
    """Return axes with a row a label, the first on top, at y = 0, 1, …; x is the caller's."""
    left = min(_MOST_LABEL, max(map(len, labels)) * _LETTER) + _MARGIN
    made = axes.axes(width, round(len(labels) * row + 56), left, right, 44)
    made.set_ylim(len(labels) - 0.5, -0.5)
    axes.fixed(made.yaxis, range(len(labels)), list(labels))
    made.grid(visible=False, axis="y")
    made.grid(visible=True, axis="x", color=LIGHT["grid"], linewidth=1)
    for label in made.get_yticklabels():
        label.set_color(LIGHT["ink"])
    return made


def dot(made: Axes, at: float, row: float, role: str, gid: str, ends: tuple[float, float] | None = None) -> None:
    """Draw a dot in the colour and shape of its role, with a bar from end to end where there is an interval."""
    colour = LIGHT[role]
    if ends:
        made.plot(ends, (row, row), color=colour, linewidth=2, solid_capstyle="butt", alpha=0.75)
    made.plot(
        [at],
        [row],
        MARKERS.get(role, "o"),
        color=colour,
        markersize=7,
        markeredgecolor=LIGHT["card"],
        gid=gid,
        zorder=3,
    )


def ends_of(interval: Interval, scale: float = 1.0, origin: float = 0.0) -> tuple[float, float] | None:
    """Return the ends of an interval, less an origin and times a scale; None where there is none."""
    if interval.low is None or interval.high is None:
        return None
    return (interval.low - origin) * scale, (interval.high - origin) * scale


def bar(made: Axes, row: float, parts: Sequence[Part], height: float = 0.62) -> float:
    """Stack the parts of a row's bar from 0; return where it ends. Text is written where a part has room for it."""
    left, place = 0.0, made.get_position()
    letters = place.width * made.get_figure().get_figwidth() * axes.POINTS_AN_INCH / _LETTER  # type: ignore[union-attr]
    whole = made.get_xlim()[1]
    for part in parts:
        made.barh(
            row,
            part.length,
            height,
            left,
            color=part.colour,
            alpha=part.alpha,
            edgecolor=LIGHT["card"],
            linewidth=0.8,
            gid=part.gid,
        )
        if part.text and part.length / whole * letters > len(part.text) + 1:
            made.text(
                left + part.length / 2,
                row,
                part.text,
                ha="center",
                va="center",
                fontsize=10.5,
                color=LIGHT["card"],
                fontweight="bold",
            )
        left += part.length
    return left
