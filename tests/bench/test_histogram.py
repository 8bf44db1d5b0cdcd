"""Percentiles of histograms agree with those of the samples that were counted."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gateway.bench import histogram


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.99, 1.0])
def test_a_percentile_is_the_nearest_rank_of_the_samples(share: float) -> None:
    samples = np.sort(np.random.default_rng(5).integers(1, 400, 1_000))
    values, counts = np.unique(samples, return_counts=True)
    assert histogram.percentile(values.astype(float), counts, share) == samples[math.ceil(share * 1_000) - 1]


def test_merging_is_counting_both() -> None:
    first, second = np.array([1.0, 3.0]), np.array([2.0, 3.0])
    values, counts = histogram.merge([(first, np.array([5, 1])), (second, np.array([7, 2]))])
    assert values.tolist() == [1.0, 2.0, 3.0]
    assert counts.tolist() == [5, 7, 3]


def test_nothing_counted_has_no_percentile_and_no_mean() -> None:
    values, counts = histogram.merge([])
    assert math.isnan(histogram.percentile(values, counts, 0.5))
    assert math.isnan(histogram.mean(values, counts))


@pytest.mark.parametrize(
    ("samples", "share", "carried"), [(99, 0.9, False), (100, 0.9, True), (999, 0.99, False), (1_000, 0.99, True)]
)
def test_a_percentile_is_shown_only_where_ten_samples_lie_beyond_it(samples: int, share: float, carried: bool) -> None:
    assert histogram.carries(samples, share) is carried
