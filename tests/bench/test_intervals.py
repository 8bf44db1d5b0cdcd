"""Intervals over rounds cover what they say, on simulated data whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.bench import intervals

SIMULATIONS = 600


def rounds_of(rng: np.random.Generator, count: int, correlation: float, heavy: bool = False) -> np.ndarray:
    """An AR(1) series with mean zero, after a warm-up of 100 rounds."""
    noise = rng.standard_t(3, count + 100) if heavy else rng.standard_normal(count + 100)
    series = np.zeros(count + 100)
    for index in range(1, count + 100):
        series[index] = correlation * series[index - 1] + noise[index]
    return series[100:]


def coverage(count: int, correlation: float, heavy: bool = False) -> float:
    rng = np.random.default_rng(20_261_123)
    made = [intervals.mean_interval(rounds_of(rng, count, correlation, heavy)) for _ in range(SIMULATIONS)]
    printed = [interval for interval in made if interval.carried]
    return sum(not interval.excludes(0.0) for interval in printed) / len(printed)


@pytest.mark.parametrize(
    ("count", "correlation", "heavy"),
    [
        (20, 0.0, False),
        (20, 0.0, True),
        (20, 0.5, False),
        (50, 0.5, False),
        (50, 0.5, True),
        (200, 0.5, False),
        (200, 0.9, False),
    ],
)
def test_an_interval_covers_the_truth_about_as_often_as_it_says(count: int, correlation: float, heavy: bool) -> None:
    assert 0.92 <= coverage(count, correlation, heavy) <= 0.995


def test_a_plain_t_interval_would_not_have_covered_autocorrelated_rounds() -> None:
    """Keeps the simulation honest: it must be able to show the failure that batch means are there to prevent."""
    rng = np.random.default_rng(7)
    series = [rounds_of(rng, 50, 0.5) for _ in range(SIMULATIONS)]
    inside = [abs(one.mean()) <= 2.01 * one.std(ddof=1) / np.sqrt(50) for one in series]
    assert sum(inside) / SIMULATIONS < 0.85


def test_too_few_rounds_give_an_estimate_and_no_interval() -> None:
    interval = intervals.mean_interval(np.arange(intervals.MIN_ROUNDS - 1, dtype=float))
    assert not interval.carried
    assert interval.half_width is None
    assert interval.estimate == pytest.approx((intervals.MIN_ROUNDS - 2) / 2)


def test_rounds_that_only_drift_are_too_few_however_many_they_are() -> None:
    assert not intervals.mean_interval(np.arange(40, dtype=float)).carried


def test_no_rounds_at_all_give_neither() -> None:
    interval = intervals.mean_interval(np.array([]))
    assert interval.rounds == 0
    assert not interval.carried


def test_a_ratio_is_taken_within_rounds_so_that_a_drift_of_the_machine_cancels() -> None:
    rng = np.random.default_rng(3)
    machine = np.exp(np.linspace(0, 1, 30))
    slow = 3.7 * machine * np.exp(rng.normal(0, 0.01, 30))
    interval = intervals.ratio_interval(slow, machine)
    assert interval.estimate == pytest.approx(3.7, rel=0.02)
    assert interval.low is not None and interval.high is not None
    assert 3.6 < interval.low < 3.7 < interval.high < 3.8


def test_a_round_in_which_a_case_is_missing_is_left_out_of_its_ratio() -> None:
    times = np.full(25, 10.0)
    times[3] = np.nan
    assert intervals.ratio_interval(times, np.full(25, 5.0)).rounds == 24


@pytest.mark.parametrize(("degrees", "quantile"), [(3, 3.1824), (4, 2.7764), (9, 2.2622), (19, 2.0930), (199, 1.9720)])
def test_students_t_agrees_with_the_printed_tables(degrees: int, quantile: float) -> None:
    assert intervals.t_quantile_97_5(degrees) == pytest.approx(quantile, rel=0.01)


def test_the_bias_of_a_short_autocorrelation_is_taken_back() -> None:
    rng = np.random.default_rng(11)
    found = [intervals.autocorrelation(rounds_of(rng, 50, 0.5)) for _ in range(300)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.05)
