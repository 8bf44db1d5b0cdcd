"""Percentiles of HDR histograms, as the driver counts a block's calls. Pure."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

SAMPLES_BEYOND = 10
"""A percentile is carried when at least so many samples lie beyond it: 1,000 for p99, 10,000 for p99.9."""
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
CURVE = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
"""Shares at which a latency distribution is drawn."""


def percentile(values: Values, counts: Counts, share: float) -> float:
    """Return the value at or below which `share` of the samples lie (nearest rank); NaN without samples.

    `values` are the buckets' upper ends in rising order, `counts` their samples, both of shape (buckets,).
    """
    return float(percentiles(values, counts, np.array([0, len(values)]), share)[0])


def percentiles(values: Values, counts: Counts, offsets: Counts, share: float) -> Values:
    """Return `percentile` of many histograms at once, shape (histograms,).

    Histogram i has the buckets `offsets[i]` to `offsets[i + 1]`.
    """
    upto = np.concatenate([[0], np.cumsum(counts)])
    before, totals = upto[offsets[:-1]], np.diff(upto[offsets])
    ranks = before + np.maximum(1, np.ceil(share * totals)).astype(np.int64)
    found = np.full(len(totals), math.nan)
    filled = totals > 0
    found[filled] = values[np.searchsorted(upto[1:], ranks[filled])]
    return found


def mean(values: Values, counts: Counts) -> float:
    """Return the mean of the samples, high by half a bucket at most (0.05 %)."""
    total = counts.sum()
    return float((values * counts).sum() / total) if total else math.nan


def merge(parts: list[tuple[Values, Counts]]) -> tuple[Values, Counts]:
    """Merge histograms of the same unit into one with rising values."""
    if not parts:
        return np.empty(0), np.empty(0, dtype=np.int64)
    values, places = np.unique(np.concatenate([one for one, _ in parts]), return_inverse=True)
    weights = np.concatenate([one for _, one in parts])
    return values, np.bincount(places, weights, minlength=len(values)).astype(np.int64)


def carries(samples: int, share: float) -> bool:
    """Whether so many samples carry the percentile `share` of 0.5 or more."""
    return samples * (1 - share) >= SAMPLES_BEYOND - 1e-9


def carried_percentiles(values: Values, counts: Counts) -> dict[str, float]:
    """Return those of PERCENTILES that the samples carry."""
    total = int(counts.sum())
    return {name: percentile(values, counts, one) for name, one in PERCENTILES.items() if carries(total, one)}


def carried_curve(values: Values, counts: Counts) -> tuple[tuple[float, float], ...]:
    """Return (share, value) at those of CURVE that the samples carry at either end."""
    total = int(counts.sum())
    shares = [share for share in CURVE if carries(total, max(share, 1 - share))]
    return tuple((share, percentile(values, counts, share)) for share in shares)
