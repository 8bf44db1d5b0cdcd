"""Where a route's latency begins to rise with its load, and the most load that it carries within a bound. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

import numpy as np

from gateway.bench import histogram, repeats
from gateway.bench.sweep import CLOSED, SWEEP, SWEEP_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.folder import Run

KEEPS_UP = 0.98
"""A point that achieves less of its rate is saturated: the queue grows for as long as the load lasts."""


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """An open loop at one constant rate; times from the intended start, ns, medians over the passes that carry them.

    A chart has `achieved_per_s` from left to right and p50, p99 and p99.9 upwards on a logarithmic axis.
    """

    rate_per_s: float
    achieved_per_s: float
    calls: int
    failures: int
    p50_ns: float
    p90_ns: float
    p99_ns: float | None
    p999_ns: float | None
    mean_ns: float
    passes: int = 1
    disturbed_passes: int = 0

    @property
    def saturated(self) -> bool:
        """Whether the route did not keep up with the rate."""
        return self.failures > 0 or self.achieved_per_s < KEEPS_UP * self.rate_per_s


@dataclass(frozen=True, slots=True)
class Sweep:
    """A route's latency over its load, points in rising rates.

    `capacity_per_s` is the closed loop's with as many callers as the open loop has calls in flight, `knee_per_s` where
    `knee` finds it and `highest_per_s` the highest rate with p99 within `bound_ns`; both are None where the measured
    points do not hold them. A chart draws the bound as a line across, the knee and the highest rate as marks.
    """

    kernel: str
    size_bytes: int
    route: str
    bound_ns: float
    points: tuple[LoadPoint, ...]
    knee_per_s: float | None
    highest_per_s: float | None
    capacity_per_s: float = 0.0

    @property
    def disturbed_share(self) -> float:
        """Share of the visits in which others took the machine's CPU time; a chart of many says so."""
        visits = sum(one.passes for one in self.points)
        return sum(one.disturbed_passes for one in self.points) / visits if visits else 0.0


def sweeps(run: Run) -> tuple[Sweep, ...]:
    """Return the sweeps of a run, in the order of its plan; none where it has none."""
    return of_rows(repeats.rows_of(run, SWEEP, SWEEP_SCHEMA))


def of_rows(rows: list[dict[str, Any]]) -> tuple[Sweep, ...]:
    """Return the sweeps of rows of SWEEP_SCHEMA, a route after the other."""
    groups: dict[tuple[str, int, str, int], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["kernel"], row["size_bytes"], row["route"], row["bound_ns"]), []).append(row)
    return tuple(_sweep(*key, mine) for key, mine in groups.items())


def _sweep(kernel: str, size_bytes: int, route: str, bound_ns: int, rows: list[dict[str, Any]]) -> Sweep:
    rates = sorted({row["rate_per_s"] for row in rows if row["pass"] != CLOSED})
    points = tuple(_point([row for row in rows if row["rate_per_s"] == rate]) for rate in rates)
    closed = [_achieved(row) for row in rows if row["pass"] == CLOSED]
    return Sweep(
        kernel,
        size_bytes,
        route,
        float(bound_ns),
        points,
        knee(points),
        highest(points, bound_ns),
        fmean(closed) if closed else 0.0,
    )


def _point(visits: list[dict[str, Any]]) -> LoadPoint:
    """Sum up the visits of one rate; a visit without an answer has no times."""
    times = [repeats.times_of(visit) for visit in visits if visit["calls"]]
    return LoadPoint(
        rate_per_s=visits[0]["rate_per_s"],
        achieved_per_s=median(_achieved(visit) for visit in visits),
        calls=sum(visit["calls"] for visit in visits),
        failures=sum(visit["failures"] for visit in visits),
        p50_ns=repeats.percentile(times, 0.5) or math.nan,
        p90_ns=repeats.percentile(times, 0.9) or math.nan,
        p99_ns=repeats.percentile(times, 0.99),
        p999_ns=repeats.percentile(times, 0.999),
        mean_ns=median(histogram.mean(*one) for one in times) if times else math.nan,
        passes=len(visits),
        disturbed_passes=sum(visit["disturbed"] for visit in visits),
    )


def _achieved(visit: dict[str, Any]) -> float:
    """Return answered calls a second from the first that was due to the last answer."""
    return visit["calls"] * 1e9 / max(1, visit["end_ns"] - visit["start_ns"])


def knee(points: Sequence[LoadPoint]) -> float | None:
    """Return the rate of the greatest *power*, throughput over mean response time; None without one inside the points.

    Below the knee more load costs little time, above it little more is carried for much more time; there a line from
    the origin touches the curve of time over throughput. It needs no threshold and does not depend on how far past
    saturation was measured. For one server with random arrivals it is at half the capacity (M/M/1), for constant
    service times at 0.59 (M/D/1), and towards all of it with many servers or even arrivals.

    L. Kleinrock, "Power and Deterministic Rules of Thumb for Probabilistic Problems in Computer Communications",
    ICC 1979; R. Jain, "The Art of Computer Systems Performance Analysis", 1991, section 3.3. The greatest power lies on
    the parabola through the best measured point and its neighbours, so between those.
    """
    carried = [one for one in points if one.mean_ns > 0]
    powers = [one.achieved_per_s / one.mean_ns for one in carried]
    if len(powers) < 3:
        return None
    best = int(np.argmax(powers))
    if best in (0, len(powers) - 1):
        return None
    near = slice(best - 1, best + 2)
    return _vertex([one.achieved_per_s for one in carried[near]], powers[near])


def _vertex(x: Sequence[float], y: Sequence[float]) -> float:
    """Return where the parabola through three points is highest; the middle point where they are no hill."""
    left, right = x[1] - x[0], x[2] - x[1]
    rise, fall = y[1] - y[0], y[1] - y[2]
    below = left * fall + right * rise
    if left <= 0 or right <= 0 or below <= 0:
        return x[1]
    return x[1] - (left * left * fall - right * right * rise) / (2 * below)


def highest(points: Sequence[LoadPoint], bound_ns: float) -> float | None:
    """Return the highest rate with p99 within the bound, calls a second; None where no point keeps it.

    Between the last point that keeps it and the next, p99 is taken as linear. Where the next did not keep up, its p99
    says how long it was overloaded and not how much, so the last point counts as it is.
    """
    within = [index for index, one in enumerate(points) if _keeps(one, bound_ns)]
    if not within:
        return None
    last = points[within[-1]]
    for beyond in points[within[-1] + 1 : within[-1] + 2]:
        if last.p99_ns is not None and beyond.p99_ns is not None and not beyond.saturated:
            share = (bound_ns - last.p99_ns) / (beyond.p99_ns - last.p99_ns)
            return last.rate_per_s + share * (beyond.rate_per_s - last.rate_per_s)
    return last.rate_per_s


def _keeps(point: LoadPoint, bound_ns: float) -> bool:
    return point.p99_ns is not None and point.p99_ns <= bound_ns and not point.saturated
