"""How much a route gains over another as payloads grow, with a 95 % band. Pure.

Between two measured payloads a time is a straight line, as it is for a fixed price and a price a byte; beyond the
smallest and the largest the nearest line goes on, `BEYOND` times as far and no farther. Lines are drawn in every round
and the gain is taken within the round, so that what hits both routes alike is no error of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench.intervals import mean_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.intervals import Series
    from gateway.bench.per_round import Matrix

MIN_SIZES = 3
"""Two payloads always lie on a line; the third can contradict it."""
BEYOND = 16.0
_STEPS = 120
_LEAST_NS = 1e-3


@dataclass(frozen=True, slots=True)
class Gain:
    """The logarithm of one route's time over another's at payloads of `sizes_bytes`, all of shape (payloads,).

    `low` and `high` are NaN where too few rounds carry a band. `smallest` and `largest` are the measured payloads.
    """

    sizes_bytes: Series
    mean: Series
    low: Series
    high: Series
    smallest: float
    largest: float

    @property
    def carried(self) -> bool:
        """Whether the rounds carry a band."""
        return bool(np.isfinite(self.low).all())


def gain(sizes_bytes: Sequence[float], slower_ns: Matrix, faster_ns: Matrix) -> Gain | None:
    """Return how many times `slower_ns` is `faster_ns`; both have the shape (payloads, rounds).

    None with fewer than three payloads or without a round in which all were measured. The width of the band is known
    at the measured payloads and at both ends; between them it is interpolated.
    """
    sizes = np.asarray(sizes_bytes, dtype=float)
    whole = np.isfinite(slower_ns).all(axis=0) & np.isfinite(faster_ns).all(axis=0)
    if len(np.unique(sizes)) < MIN_SIZES or not whole.any():
        return None
    order = np.argsort(sizes)
    sizes, slower, faster = sizes[order], slower_ns[order][:, whole], faster_ns[order][:, whole]
    first, last = max(1.0, sizes[0] / BEYOND), sizes[-1] * BEYOND
    known = np.unique([first, *sizes, last])
    lows, highs = _half_widths(_logarithms(known, sizes, slower, faster))
    payloads = np.unique([*np.geomspace(first, last, _STEPS), *sizes])
    mean = _logarithms(payloads, sizes, slower, faster).mean(axis=1)
    at, places = np.log(payloads), np.log(known)
    return Gain(
        payloads, mean, mean - np.interp(at, places, lows), mean + np.interp(at, places, highs), sizes[0], sizes[-1]
    )


def _logarithms(at: Series, sizes: Series, slower: Matrix, faster: Matrix) -> Matrix:
    """Return the log of the ratio of both times, shape (len(at), rounds)."""
    weights = _weights(at, sizes)
    ratio = np.maximum(weights @ slower, _LEAST_NS) / np.maximum(weights @ faster, _LEAST_NS)
    return np.log(ratio)


def _weights(at: Series, sizes: Series) -> Matrix:
    """Return the weights, shape (len(at), len(sizes)), by which measured times make those of the payloads `at`."""
    left = np.clip(np.searchsorted(sizes, at, side="right") - 1, 0, len(sizes) - 2)
    share = (at - sizes[left]) / (sizes[left + 1] - sizes[left])
    weights = np.zeros((len(at), len(sizes)))
    rows = np.arange(len(at))
    weights[rows, left], weights[rows, left + 1] = 1 - share, share
    return weights


def _half_widths(logarithms: Matrix) -> tuple[Series, Series]:
    """Return how far the interval of each row reaches below and above its mean; NaN where there is none."""
    found = [mean_interval(row) for row in logarithms]
    lows = [math.nan if one.low is None else one.estimate - one.low for one in found]
    highs = [math.nan if one.high is None else one.high - one.estimate for one in found]
    return np.array(lows), np.array(highs)
