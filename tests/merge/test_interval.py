"""The interval over machines covers what it says, and is not given where it would not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gateway.bench import merge_interval
from gateway.bench.intervals import Interval
from gateway.bench.merge_interval import MIN_MACHINES, envelope, over_machines
from tests.merge.coverage import KINDS, SEED, coverage

NOMINAL = 0.95


def ratio(estimate: float, low: float | None = None, high: float | None = None) -> Interval:
    return Interval(estimate, low, high, 50, 0.2, 30.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("machines", [MIN_MACHINES, 8, 20])
def test_intervals_cover_the_mean_of_all_machines(kind: str, machines: int) -> None:
    assert coverage(KINDS[kind], machines) >= NOMINAL - 0.03


def test_three_machines_of_two_kinds_would_not_have_been_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge_interval, "MIN_MACHINES", 3)
    assert coverage(KINDS["two kinds"], 3) < 0.8


def test_the_interval_is_students_over_logarithms() -> None:
    found = over_machines({str(place): ratio(math.exp(place)) for place in range(5)})
    half = 2.776445 * math.sqrt(2.5) / math.sqrt(5)
    assert found.estimate == pytest.approx(math.exp(2))
    assert (found.low, found.high) == pytest.approx((math.exp(2 - half), math.exp(2 + half)), rel=1e-5)


@pytest.mark.parametrize("count", range(1, MIN_MACHINES))
def test_too_few_machines_carry_none_however_well_each_is_known(count: int) -> None:
    found = over_machines({str(place): ratio(2, 1.999, 2.001) for place in range(count)})
    assert (found.estimate, found.low, found.high) == (pytest.approx(2), None, None)


def test_machines_that_differ_by_more_than_their_rounds_explain_differ() -> None:
    differing = over_machines({"a": ratio(2, 1.9, 2.1), "b": ratio(3, 2.9, 3.1)})
    assert (differing.differ, differing.lowest, differing.highest) == (True, "a", "b")
    assert not over_machines({"a": ratio(2, 1.9, 2.1), "b": ratio(2.1, 2.0, 2.2)}).differ
    assert not over_machines({"a": ratio(2), "b": ratio(3)}).differ


@pytest.mark.parametrize("machines", [2, 5, 50])
def test_equal_machines_are_seldom_said_to_differ_however_many_there_are(machines: int) -> None:
    rng, runs = np.random.default_rng(SEED), 2_000
    said = sum(over_machines(equal(rng, machines)).differ for _ in range(runs))
    assert said <= 0.02 * runs


def equal(rng: np.random.Generator, count: int) -> dict[str, Interval]:
    """Machines whose ratio is 1, each known to 1 % by its rounds."""
    logs, half = rng.normal(0, 0.01, count), 1.959964 * 0.01
    ends = (np.exp((log - half, log, log + half)) for log in logs)
    return {str(place): ratio(float(middle), float(low), float(high)) for place, (low, middle, high) in enumerate(ends)}


def test_a_ratio_that_is_none_is_left_out() -> None:
    found = over_machines({"a": ratio(math.nan), "b": ratio(2)})
    assert found.machines == 1
    assert math.isnan(over_machines({"a": ratio(math.nan)}).estimate)


def test_runs_of_one_machine_are_one_ratio_as_wide_as_all_of_them() -> None:
    found = envelope([ratio(2, 1.9, 2.1), ratio(8, 7.5, 8.5)])
    assert (found.estimate, found.low, found.high) == (pytest.approx(4), 1.9, 8.5)
    assert envelope([ratio(2, 1.9, 2.1), ratio(8)]).low is None
