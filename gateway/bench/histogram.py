"""Percentiles of HDR histograms, as the driver counts a block's calls. Pure."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

SAMPLES_BEYOND = 10
"""A percentile is carried when at least so many samples lie beyond it: 1,000 for p99, 10,000 for p99.9."""


def percentile(values: Values, counts: Counts, share: float) -> float:
    """Return the value at or below which `share` of the samples lie (nearest rank); NaN without samples.

    `values` are the buckets' upper ends in rising order, `counts` their samples, both of shape (buckets,).
    """
    total = int(counts.sum())
    if total == 0:
        return math.nan
    rank = max(1, math.ceil(share * total))
    return float(values[np.searchsorted(np.cumsum(counts), rank)])


def mean(values: Values, counts: Counts) -> float:
    """Return the mean of the samples, high by half a bucket at most (0.05 %)."""
    total = counts.sum()
    return float((values * counts).sum() / total) if total else math.nan


def merge(parts: list[tuple[Values, Counts]]) -> tuple[Values, Counts]:
    """Merge histograms of the same unit into one with rising values."""
    if not parts:
        return np.empty(0), np.empty(0, dtype=np.int64)
    values, places = np.unique(np.concatenate([one for one, _ in parts]), return_inverse=True)
    counts = np.zeros(len(values), dtype=np.int64)
    np.add.at(counts, places, np.concatenate([one for _, one in parts]))
    return values, counts


def carries(samples: int, share: float) -> bool:
    """Whether so many samples carry the percentile `share` of 0.5 or more."""
    return samples * (1 - share) >= SAMPLES_BEYOND - 1e-9
