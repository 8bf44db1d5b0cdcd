"""From which payload on a route pays: the fit `T = a + b·bytes` of each route, and where two of them cross. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_SIZES = 3
MAX_RELATIVE_ERROR = 0.35
"""A fit that misses a measured size by more says nothing about the sizes between."""
NEARLY_PARALLEL = 0.01
"""Slopes that differ by less are the same slope: where they cross is noise."""


@dataclass(frozen=True, slots=True)
class Fit:
    """T = fixed_ns + per_byte_ns · bytes, and by how much it misses the worst measured size (a share)."""

    fixed_ns: float
    per_byte_ns: float
    worst_error: float
    smallest_bytes: float
    largest_bytes: float

    @property
    def usable(self) -> bool:
        """Whether the line comes near enough to every measured size."""
        return self.worst_error <= MAX_RELATIVE_ERROR

    def at(self, size_bytes: float) -> float:
        """Return the time at a payload, ns."""
        return self.fixed_ns + self.per_byte_ns * size_bytes


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where a route begins to be faster than another as payloads grow.

    `kind` is `from` or `until` (pays from or up to `size_bytes`), `always`, `never` or `unknown`; `measured` says that
    the payload lies within the measured ones. `low_bytes` and `high_bytes` are the 95 % interval, NaN where too few
    rounds carry one, 0 or infinite where it is open.
    """

    kind: str
    size_bytes: float = math.nan
    measured: bool = False
    low_bytes: float = math.nan
    high_bytes: float = math.nan


@dataclass(frozen=True, slots=True)
class Needed:
    """How many times as fast as the best Go the Rust must compute for a placement to pay, with its 95 % interval.

    Infinite where no speed-up is enough; `low` and `high` are NaN where too few rounds carry an interval.
    """

    estimate: float
    low: float = math.nan
    high: float = math.nan


def fit(sizes_bytes: Sequence[float], times_ns: Sequence[float]) -> Fit | None:
    """Fit a line by least squares of relative errors; None with fewer than three different sizes.

    Relative, because times span decades and their errors grow with them: weights are 1/T.
    """
    sizes, times = np.asarray(sizes_bytes, dtype=float), np.asarray(times_ns, dtype=float)
    if len(np.unique(sizes)) < MIN_SIZES or not np.all(times > 0):
        return None
    design = np.column_stack([np.ones_like(sizes), sizes]) / times[:, None]
    (fixed, per_byte), *_ = np.linalg.lstsq(design, np.ones_like(times), rcond=None)
    errors = np.abs((fixed + per_byte * sizes) / times - 1)
    return Fit(float(fixed), float(per_byte), float(errors.max()), float(sizes.min()), float(sizes.max()))


def break_even(route: Fit | None, go: Fit | None) -> BreakEven:
    """Return from which payload `route` takes less time than `go`."""
    if route is None or go is None or not (route.usable and go.usable):
        return BreakEven("unknown")
    fixed, per_byte = route.fixed_ns - go.fixed_ns, go.per_byte_ns - route.per_byte_ns
    if abs(per_byte) <= NEARLY_PARALLEL * go.per_byte_ns:
        per_byte = 0.0
    if per_byte == 0 or (fixed > 0) != (per_byte > 0):
        return BreakEven("always" if fixed <= 0 <= per_byte else "never")
    crossing = fixed / per_byte
    return BreakEven(
        "from" if fixed > 0 else "until", crossing, route.smallest_bytes <= crossing <= route.largest_bytes
    )


def needed_speed_up(go_ns: float, boundary_ns: float, minimum_gain: float) -> float:
    """Return how much faster than Go the Rust must compute so that crossing pays by `minimum_gain`; inf when it cannot.

    From go/s + boundary <= go/(1 + gain).
    """
    left_ns = go_ns / (1 + minimum_gain) - boundary_ns
    return go_ns / left_ns if left_ns > 0 else math.inf
