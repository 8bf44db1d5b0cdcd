"""Intervals over rounds cover what they say, on simulated data whose truth is known."""

from __future__ import annotations

import os

import numpy as np
import pytest

from gateway.bench import intervals
from tests.bench.coverage import COUNTS, KINDS, autoregressive, covered

SIMULATIONS = int(os.environ.get("SIMULATIONS", "2000"))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("kind", KINDS)
def test_intervals_cover_the_truth_as_often_as_they_say_wherever_they_are_printed(kind: str, count: int) -> None:
    found = covered(kind, count, SIMULATIONS)
    assert not found.printed or 0.92 <= found.share <= 0.98, found


@pytest.mark.parametrize("kind", KINDS)
def test_rounds_enough_seldom_give_no_interval(kind: str) -> None:
    assert covered(kind, 50, 300).too_few <= 0.1


def test_a_plain_t_interval_would_not_have_covered_autocorrelated_rounds() -> None:
    """Keeps the simulation honest: it must be able to show the failure that the method is there to prevent."""
    series = autoregressive(0.5)(np.random.default_rng(7), (600, 50))
    inside = np.abs(series.mean(axis=1)) <= 2.01 * series.std(axis=1, ddof=1) / np.sqrt(50)
    assert inside.mean() < 0.85


def test_too_few_rounds_give_an_estimate_and_no_interval() -> None:
    interval = intervals.mean_interval(np.arange(intervals.MIN_ROUNDS - 1, dtype=float))
    assert not interval.carried
    assert interval.half_width is None
    assert interval.estimate == pytest.approx((intervals.MIN_ROUNDS - 2) / 2)


def test_rounds_that_only_drift_are_too_few_however_many_they_are() -> None:
    assert not intervals.mean_interval(np.arange(200, dtype=float)).carried


def test_no_rounds_at_all_give_neither() -> None:
    interval = intervals.mean_interval(np.array([]))
    assert interval.rounds == 0
    assert not interval.carried


def test_a_ratio_is_taken_within_rounds_so_that_a_drift_of_the_machine_cancels() -> None:
    rng = np.random.default_rng(3)
    machine = np.exp(np.linspace(0, 1, 50))
    slow = 3.7 * machine * np.exp(rng.normal(0, 0.01, 50))
    interval = intervals.ratio_interval(slow, machine)
    assert interval.estimate == pytest.approx(3.7, rel=0.02)
    assert interval.low is not None and interval.high is not None
    assert 3.6 < interval.low < 3.7 < interval.high < 3.8


def test_a_round_in_which_a_case_is_missing_is_left_out_of_its_ratio() -> None:
    times = np.full(45, 10.0)
    times[3] = np.nan
    assert intervals.ratio_interval(times, np.full(45, 5.0)).rounds == 44


def test_the_bias_of_a_short_autocorrelation_is_taken_back() -> None:
    series = autoregressive(0.5)(np.random.default_rng(11), (300, 50))
    assert np.mean([intervals.autocorrelation(one) for one in series]) == pytest.approx(0.5, abs=0.05)


def test_rounds_that_do_not_differ_at_all_leave_no_doubt() -> None:
    interval = intervals.mean_interval(np.full(50, 3.0))
    assert (interval.low, interval.estimate, interval.high) == (3.0, 3.0, 3.0)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e12])
@pytest.mark.parametrize("away", [0.0, 1.0, 1e6])
def test_an_interval_moves_and_grows_with_its_rounds(scale: float, away: float) -> None:
    rounds = np.random.default_rng(3).normal(0, 1, 50)
    plain, moved = intervals.mean_interval(rounds), intervals.mean_interval(scale * (rounds + away))
    assert plain.half_width is not None and moved.half_width is not None
    assert moved.half_width == pytest.approx(scale * plain.half_width, rel=1e-3)
    assert moved.estimate == pytest.approx(scale * (plain.estimate + away))


@pytest.mark.parametrize(
    "rounds",
    [
        np.tile([1.0, 2.0], 25),
        np.repeat([1.0, 2.0], 25),
        np.r_[np.zeros(49), 1.0],
        np.full(50, 0.1) + np.tile([0.0, 1e-17], 25),
        np.exp(np.linspace(0, 50, 50)),
        np.r_[np.full(49, np.nan), 1.0],
        np.full(50, np.nan),
    ],
    ids=["alternating", "a step", "one outlier", "rounding", "exploding", "one there", "none there"],
)
def test_any_series_gives_an_interval_around_its_mean_or_none(rounds: np.ndarray) -> None:
    interval = intervals.mean_interval(rounds)
    if interval.low is not None and interval.high is not None:
        assert interval.low <= interval.estimate <= interval.high


def test_a_batch_is_a_mean_of_neighbours_and_every_round_is_in_one() -> None:
    rounds = np.arange(50.0)
    assert intervals.batch_means(rounds).size == 20
    assert intervals.batch_means(rounds)[0] == pytest.approx(0.5)
    assert intervals.batch_means(rounds) @ np.diff(np.linspace(0, 50, 21).round()) == pytest.approx(rounds.sum())


def test_a_difference_leaves_out_the_rounds_in_which_one_of_both_is_missing() -> None:
    minuends, subtrahends = np.full(45, 10.0), np.full(45, 4.0)
    minuends[3] = subtrahends[7] = np.nan
    interval = intervals.difference_interval(minuends, subtrahends)
    assert (interval.rounds, interval.estimate) == (43, 6.0)


def test_the_quotient_of_two_runs_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    runs = np.exp(rng.normal(0.3, 0.05, (2, 600, 50)))
    ones = np.ones(50)
    quotients = [
        intervals.quotient_interval(intervals.ratio_interval(a, ones), intervals.ratio_interval(b, ones))
        for a, b in zip(*runs, strict=True)
    ]
    assert 0.92 <= np.mean([not one.excludes(1.0) for one in quotients]) <= 0.99


def test_a_quotient_has_no_interval_where_one_run_has_none() -> None:
    carried = intervals.Interval(2.0, 1.9, 2.1, 50, 0.0, 50.0)
    assert not intervals.quotient_interval(carried, intervals.Interval(1.0, None, None, 10, 0.0, 10.0)).carried


def test_the_median_of_rounds_is_not_moved_by_a_few_wild_ones() -> None:
    rounds = np.random.default_rng(6).normal(100, 1, 60)
    rounds[::12] *= 30
    found = intervals.median_interval(rounds)
    assert found.low is not None and found.high is not None
    assert found.low < 100 < found.high
    assert found.high - found.low < 2


def test_the_interval_of_a_median_covers_the_truth_where_rounds_hang_together() -> None:
    """AR(1) with 0.5 at 50 rounds, one in ten of them wild."""
    rng, hits = np.random.default_rng(9), 0
    for series in autoregressive(0.5)(rng, (400, 50)):
        found = intervals.median_interval(series + 40 * (rng.random(50) < 0.1) * rng.choice([-1, 1], 50))
        hits += found.low is not None and found.high is not None and found.low <= 0 <= found.high
    assert hits / 400 >= 0.92


def test_too_few_rounds_carry_a_median_and_no_interval() -> None:
    found = intervals.median_interval(np.array([3.0, 1.0, np.nan, 2.0]))
    assert (found.estimate, found.carried, found.rounds) == (2.0, False, 3)
