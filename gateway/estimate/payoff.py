"""What the figures mean: how fast the Rust must be to pay, and what the endpoint can gain at best. Pure.

With x = boundary/Go, the share of the Go's time that crossing costs, the Rust must be 1/(1/(1 + gain) - x) times as
fast (`breakeven.needed_speed_up`), and an endpoint of which the function is the share s becomes at best
1/(1 - s + s·x) times as fast (Amdahl 1967, AFIPS 30, with the boundary as what cannot shrink). Both only rise or only
fall with x, so the ends of its interval over rounds give the ends of theirs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.bench.breakeven import needed_speed_up
from gateway.bench.intervals import Interval, mean_interval, ratio_interval
from gateway.wire.routes import placement_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.estimate.measured import Answered, Measured
    from gateway.estimate.share import Share


@dataclass(frozen=True, slots=True)
class Bounds:
    """A figure with the ends of its 95 % interval; both are None where too few rounds carry one."""

    estimate: float
    low: float | None
    high: float | None

    @property
    def carried(self) -> bool:
        """Whether there is an interval."""
        return self.low is not None and self.high is not None


@dataclass(frozen=True, slots=True)
class Way:
    """One route at one payload.

    `needed` is how many times as fast as the Go the Rust must compute, inf where no speed is enough. `ceiling` is how
    many times as fast the endpoint becomes with a Rust that takes no time, None without a share. `pays_from_ns` is the
    time of a Go call under which not even such a Rust pays.
    """

    route: str
    placement: str
    boundary: Interval
    needed: Bounds
    ceiling: Bounds | None
    pays_from_ns: float

    @property
    def possible(self) -> bool:
        """Whether some speed of the Rust is enough."""
        return math.isfinite(self.needed.estimate)


@dataclass(frozen=True, slots=True)
class Payoff:
    """One payload: the Go function's time, what it allocates a call, and each way out."""

    answered: Answered
    go: Interval
    mean_ns: float
    objects: float
    allocated_bytes: float
    collector_share: float
    ways: tuple[Way, ...]

    def by(self, route: str) -> Way | None:
        """Return the way of a route, None where it was not measured."""
        return next((way for way in self.ways if way.route == route), None)

    def best(self, placement: str) -> Way | None:
        """Return the way of a placement whose boundary costs least."""
        there = [way for way in self.ways if way.placement == placement]
        return min(there, key=lambda way: way.boundary.estimate, default=None)


def payoffs(measured: Measured, minimum_gain: float, share: Share | None) -> tuple[Payoff, ...]:
    """Return what each payload's figures mean."""
    return tuple(_payoff(measured, index, minimum_gain, share) for index in range(len(measured.answered)))


def _payoff(measured: Measured, index: int, minimum_gain: float, share: Share | None) -> Payoff:
    times = measured.times[index]
    mean_ns = _mean(times.mean_ns)
    return Payoff(
        answered=measured.answered[index],
        go=mean_interval(measured.go_ns(index)),
        mean_ns=mean_ns,
        objects=_mean(times.objects),
        allocated_bytes=_mean(times.allocated_bytes),
        collector_share=_mean(times.collector_ns) / mean_ns,
        ways=tuple(_way(measured, index, route, minimum_gain, share) for route in measured.routes),
    )


def _way(measured: Measured, index: int, route: str, minimum_gain: float, share: Share | None) -> Way:
    boundary_ns = measured.boundary_ns(index, route)
    boundary = mean_interval(boundary_ns)
    crossing = ratio_interval(boundary_ns, measured.go_ns(index))
    return Way(
        route=route,
        placement=placement_of(route),
        boundary=boundary,
        needed=_mapped(crossing, lambda x: needed_speed_up(1.0, x, minimum_gain)),
        ceiling=_mapped(crossing, lambda x: 1 / (1 - share.value + share.value * x)) if share else None,
        pays_from_ns=boundary.estimate * (1 + minimum_gain),
    )


def _mapped(x: Interval, figure: Callable[[float], float]) -> Bounds:
    """Return a figure that rises or falls with x, with the ends of its interval."""
    if x.low is None or x.high is None:
        return Bounds(figure(x.estimate), None, None)
    low, high = sorted((figure(x.low), figure(x.high)))
    return Bounds(figure(x.estimate), low, high)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
