"""Logarithmic axes: values to pixels, and where ticks stand. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class LogScale:
    """Maps [low, high] of values to [start, end] of pixels; what lies outside is clipped to the ends."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        value = min(max(value, self.low), self.high)
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return round(self.start + share * (self.end - self.start), 1)


def decade_ticks(low: float, high: float) -> list[float]:
    """Return 1, 2, 5 of each decade within [low, high], or only the 1s where that gives more than eight."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)]
    inside = [tick for tick in fine if low <= tick <= high]
    coarse = [tick for tick in inside if math.isclose(math.log10(tick) % 1, 0, abs_tol=1e-9)]
    return inside if len(inside) <= 8 else coarse


def size_ticks(low: float, high: float) -> list[float]:
    """Return powers of 4 bytes within [low, high]; over seven of them, every other one."""
    inside = [4.0**power for power in range(16) if low <= 4.0**power <= high]
    return inside if len(inside) <= 7 else inside[::-2][::-1]


def interpolate(points: list[tuple[float, float]], at: float) -> float:
    """Interpolate between (x, y) points on straight lines; beyond the ends x takes the end's y. Points rise in x."""
    if at <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if at <= x1:
            return y0 + (y1 - y0) * (at - x0) / (x1 - x0)
    return points[-1][1]
