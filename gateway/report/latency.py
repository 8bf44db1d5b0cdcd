"""A scenario's latency distributions: time over percentile, a line a route. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.report.quantities import duration, tick_duration
from gateway.report.regions import Tick
from gateway.report.scale import LogScale, decade_ticks

if TYPE_CHECKING:
    from gateway.bench.summary import CaseSummary, ScenarioSummary

WIDTH, HEIGHT = 460, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 12, 40
_SHARES = {0.01: "min", 0.5: "p50", 0.9: "p90", 0.99: "p99", 0.999: "p99.9", 0.9999: "p99.99"}


@dataclass(frozen=True, slots=True)
class Line:
    """One route's distribution as an SVG path; `colour` is its place in the palette."""

    route: str
    placement: str
    colour: int
    path: str
    title: str


@dataclass(frozen=True, slots=True)
class Latency:
    """One scenario's picture."""

    name: str
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    frame: tuple[float, float, float, float] = (_LEFT, _TOP, WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM)
    width: int = WIDTH
    height: int = HEIGHT


def latency(scenario: ScenarioSummary, colours: dict[str, int]) -> Latency | None:
    """Return a scenario's picture; None when no route has single calls enough (only means of batches)."""
    drawn = [case for case in scenario.cases if len(case.curve_ns) > 1]
    if not drawn:
        return None
    times = [time for case in drawn for _, time in case.curve_ns]
    y = LogScale(min(times) / 1.15, max(times) * 1.15, HEIGHT - _BOTTOM, _TOP)
    longest = max(share for case in drawn for share, _ in case.curve_ns)
    ticks = {share: label for share, label in _SHARES.items() if share <= longest}
    return Latency(
        name=scenario.scenario.name,
        lines=tuple(_line(case, colours[case.case.route], longest, y) for case in drawn),
        x_ticks=tuple(Tick(_x(share, longest), label) for share, label in ticks.items() if share != 0.01),
        y_ticks=tuple(Tick(y(tick), tick_duration(tick)) for tick in decade_ticks(y.low, y.high)),
    )


def _line(case: CaseSummary, colour: int, longest: float, y: LogScale) -> Line:
    points = "L".join(f"{_x(share, longest)} {y(time)}" for share, time in case.curve_ns)
    told = ", ".join(f"{name} {duration(time)}" for name, time in case.percentiles_ns.items())
    return Line(case.case.route, case.case.placement, colour, f"M{points}", f"{case.case.route}: {told}")


def _x(share: float, longest: float) -> float:
    """Place a percentile by how rare a slower call is: p90, p99 and p99.9 stand equally far apart."""
    scale = LogScale(1.0, 1 / (1 - longest), _LEFT, WIDTH - _RIGHT)
    return scale(1 / (1 - share))
