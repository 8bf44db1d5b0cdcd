"""Where ticks of logarithmic axes stand, and what lies between measured points. Pure."""

from __future__ import annotations

import math
from itertools import pairwise

_MOST_SIZES = 6
_FEWEST = 2
"""One tick alone shows no scale."""


def decade_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Return 1, 2, 5 of each decade within [low, high]; over `most`, only the 1s, or every so many of them."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)]
    inside = [tick for tick in fine if low <= tick <= high]
    coarse = [tick for tick in inside if math.isclose(math.log10(tick) % 1, 0, abs_tol=1e-9)]
    if len(inside) <= most:
        return inside
    if len(coarse) < _FEWEST:
        return inside[:: math.ceil(len(inside) / most)]
    return coarse[:: math.ceil(len(coarse) / most)]


def size_ticks(low: float, high: float) -> list[float]:
    """Return powers of 4 bytes within [low, high]; where they are many, every other one."""
    inside = [4.0**power for power in range(18) if low <= 4.0**power <= high]
    return inside if len(inside) <= _MOST_SIZES else inside[::-2][::-1]


def interpolate(points: list[tuple[float, float]], at: float) -> float:
    """Interpolate between (x, y) points on straight lines; beyond the ends x takes the end's y. Points rise in x."""
    if at <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if at <= x1:
            return y0 + (y1 - y0) * (at - x0) / (x1 - x0)
    return points[-1][1]
