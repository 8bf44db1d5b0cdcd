"""The picture of the report: payload × speed-up, and in which region each measured point of a kernel lies. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.bench.breakeven import needed_speed_up
from gateway.bench.verdict import INPROC, PROCESS
from gateway.report.quantities import ratio, size, tick_ratio
from gateway.report.scale import LogScale, decade_ticks, interpolate, size_ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.advice import SpeedUp

WIDTH, HEIGHT = 460, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 14, 42
_STEPS = 64
_MOST_SPEED_UP = 64.0
_LEAST_SPEED_UP = 0.7


@dataclass(frozen=True, slots=True)
class Dot:
    """A measured point, in pixels, with what a reader sees on it."""

    x: float
    y: float
    low: float
    high: float
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick at a pixel with its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Regions:
    """One kernel's picture: areas as SVG paths by placement, dots, ticks, and the plot's frame."""

    kernel: str
    areas: dict[str, str]
    lines: dict[str, str]
    dots: tuple[Dot, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    labels: tuple[tuple[float, float, str, str], ...]
    frame: tuple[float, float, float, float] = (_LEFT, _TOP, WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM)
    width: int = WIDTH
    height: int = HEIGHT


def regions(kernel: str, points: Sequence[SpeedUp], minimum_gain: float) -> Regions | None:
    """Return a kernel's picture; None with fewer than two payloads, which make no picture."""
    points = sorted((one for one in points if one.kernel == kernel), key=lambda one: one.size_bytes)
    if len(points) < 2:
        return None
    x = LogScale(points[0].size_bytes / 1.6, points[-1].size_bytes * 1.6, _LEFT, WIDTH - _RIGHT)
    top = min(_MOST_SPEED_UP, max(8.0, 2 * max(one.high for one in points)))
    y = LogScale(_LEAST_SPEED_UP, top, HEIGHT - _BOTTOM, _TOP)
    curves = {placement: _curve(points, placement, minimum_gain, x, y) for placement in (INPROC, PROCESS)}
    drawn = {placement: curve for placement, curve in curves.items() if curve}
    return Regions(
        kernel=kernel,
        areas={placement: _area(curve) for placement, curve in drawn.items()},
        lines={placement: _path(curve) for placement, curve in drawn.items()},
        dots=tuple(_dot(one, x, y) for one in points),
        x_ticks=tuple(Tick(x(tick), size(tick)) for tick in size_ticks(x.low, x.high)),
        y_ticks=tuple(Tick(y(tick), tick_ratio(tick)) for tick in decade_ticks(y.low, y.high)),
        labels=_labels(drawn),
    )


def _curve(
    points: Sequence[SpeedUp], placement: str, minimum_gain: float, x: LogScale, y: LogScale
) -> list[tuple[float, float]]:
    """Return pixels of the speed-up that a placement needs, over the payload; at the top where none is enough."""
    known = [one for one in points if placement in one.boundary_ns]
    if not known:
        return []
    go = [(float(one.size_bytes), one.go_ns) for one in known]
    boundary = [(float(one.size_bytes), one.boundary_ns[placement]) for one in known]
    steps = [x.low * (x.high / x.low) ** (step / _STEPS) for step in range(_STEPS + 1)]
    needs = [needed_speed_up(interpolate(go, at), interpolate(boundary, at), minimum_gain) for at in steps]
    return [(x(at), y(need)) for at, need in zip(steps, needs, strict=True)]


def _path(curve: list[tuple[float, float]]) -> str:
    """Return the curve without what lies on the upper edge."""
    inside = [point for point in curve if point[1] > _TOP]
    return "M" + "L".join(f"{px} {py}" for px, py in inside) if inside else ""


def _area(curve: list[tuple[float, float]]) -> str:
    """Return the area above the curve."""
    body = "L".join(f"{px} {py}" for px, py in curve)
    return f"M{curve[0][0]} {_TOP}L{body}L{curve[-1][0]} {_TOP}Z"


def _dot(one: SpeedUp, x: LogScale, y: LogScale) -> Dot:
    label = f"{one.kernel} at {size(one.size_bytes)}: Rust computes {ratio(one.measured)} as fast as the best Go"
    spread = f" ({ratio(one.low)} to {ratio(one.high)} over the rounds)"
    return Dot(x(one.size_bytes), y(one.measured), y(one.low), y(one.high), label + spread)


def _labels(curves: dict[str, list[tuple[float, float]]]) -> tuple[tuple[float, float, str, str], ...]:
    """Return (x, y, class, text) of each region's name, where the region is widest."""
    right = WIDTH - _RIGHT - 8
    inproc = curves.get(INPROC, [(right, HEIGHT - _BOTTOM)])
    process = curves.get(PROCESS, [(right, _TOP)])
    found: list[tuple[float, float, str, str]] = [(right, HEIGHT - _BOTTOM - 8, "go", "keep Go")]
    if process[-1][1] - _TOP > 24:
        found.append((right, _TOP + 18, PROCESS, "a sidecar pays too"))
    left = _LEFT + 8
    if inproc[0][1] - process[0][1] > 24:
        found.append((left, max(process[0][1], _TOP) + 18, INPROC, "in process pays"))
    return tuple(found)
