"""What the figures mean: how fast the Rust must be to pay, and what the endpoint can gain at best. Pure.

With a boundary that takes the share b of the Go's time, the Rust must be 1/(1/(1 + gain) - b) times as fast
(`gateway.bench.speedup`), and an endpoint of which the function is the share s becomes at best 1/(1 - s + s·b) times
as fast (Amdahl 1967, AFIPS 30, with the boundary as what cannot shrink). Both only rise or only fall with b, so the
ends of its interval over rounds give the ends of theirs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.bench.intervals import Interval, mean_interval
from gateway.bench.speedup import Needed, Share
from gateway.wire.routes import placement_of

if TYPE_CHECKING:
    from gateway.estimate.endpoint_share import EndpointShare
    from gateway.estimate.measured import Answered, Measured


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How many times as fast the endpoint becomes with a Rust that takes no time; ends are NaN without an interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Way:
    """One route at one payload.

    `boundary` is in ns, `share` what it takes of the Go's time. `ceiling` is None without the endpoint's share.
    `pays_from_ns` is the time of a Go call under which not even a Rust that takes no time pays.
    """

    route: str
    placement: str
    boundary: Interval
    share: Share
    needed: Needed
    ceiling: Ceiling | None
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


def payoffs(measured: Measured, minimum_gain: float, share: EndpointShare | None) -> tuple[Payoff, ...]:
    """Return what each payload's figures mean."""
    return tuple(_payoff(measured, index, minimum_gain, share) for index in range(len(measured.answered)))


def _payoff(measured: Measured, index: int, minimum_gain: float, share: EndpointShare | None) -> Payoff:
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


def _way(measured: Measured, index: int, route: str, minimum_gain: float, share: EndpointShare | None) -> Way:
    boundary_ns = measured.boundary_ns(index, route)
    boundary, crossing = mean_interval(boundary_ns), _share(mean_interval(boundary_ns / measured.go_ns(index)))
    return Way(
        route=route,
        placement=placement_of(route),
        boundary=boundary,
        share=crossing,
        needed=crossing.needed(minimum_gain),
        ceiling=_ceiling(crossing, share.value) if share else None,
        pays_from_ns=boundary.estimate * (1 + minimum_gain),
    )


def _share(crossing: Interval) -> Share:
    if crossing.low is None or crossing.high is None:
        return Share(crossing.estimate)
    return Share(crossing.estimate, max(crossing.estimate - crossing.low, crossing.high - crossing.estimate))


def _ceiling(crossing: Share, share: float) -> Ceiling:
    ends = (crossing.estimate, crossing.estimate + crossing.error, max(0.0, crossing.estimate - crossing.error))
    return Ceiling(*(1 / (1 - share + share * one) for one in ends))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
