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


def test_percentiles_of_many_histograms_are_those_of_each() -> None:
    rng = np.random.default_rng(11)
    parts = [np.unique(rng.integers(1, 400, count), return_counts=True) for count in (1_000, 0, 7, 300)]
    offsets = np.cumsum([0, *(len(values) for values, _ in parts)])
    together = [np.concatenate(column) for column in zip(*parts, strict=True)]
    for share in (0.0, 0.5, 0.99, 1.0):
        found = histogram.percentiles(together[0].astype(float), together[1], offsets, share)
        each = [histogram.percentile(values.astype(float), counts, share) for values, counts in parts]
        assert np.array_equal(found, each, equal_nan=True)


@pytest.mark.parametrize(
    ("samples", "names"),
    [(99, ["p50"]), (100, ["p50", "p90"]), (9_999, ["p50", "p90", "p99"]), (10_000, ["p50", "p90", "p99", "p99.9"])],
)
def test_p99_9_is_shown_from_ten_thousand_samples_on(samples: int, names: list[str]) -> None:
    values, counts = np.array([1.0, 2.0]), np.array([samples - 1, 1])
    assert list(histogram.carried_percentiles(values, counts)) == names


@pytest.mark.parametrize(("samples", "ends"), [(100, (0.1, 0.9)), (1_000, (0.01, 0.99)), (10_000, (0.01, 0.999))])
def test_a_curve_goes_as_far_as_the_samples_carry_it(samples: int, ends: tuple[float, float]) -> None:
    curve = histogram.carried_curve(np.array([1.0, 2.0]), np.array([samples - 1, 1]))
    assert (curve[0][0], curve[-1][0]) == ends
