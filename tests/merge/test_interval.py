"""The interval over machines covers what it says, and is not given where it would not."""

from __future__ import annotations

import math

import pytest

from gateway.bench import merge_interval
from gateway.bench.intervals import Interval
from gateway.bench.merge_interval import MIN_MACHINES, envelope, over_machines
from tests.merge.coverage import KINDS, coverage

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


def test_machines_whose_own_intervals_do_not_meet_differ() -> None:
    apart = over_machines({"a": ratio(2, 1.9, 2.1), "b": ratio(3, 2.9, 3.1)})
    assert (apart.apart, apart.lowest, apart.highest) == (True, "a", "b")
    assert not over_machines({"a": ratio(2, 1.9, 2.1), "b": ratio(2.2, 2.0, 2.4)}).apart
    assert not over_machines({"a": ratio(2), "b": ratio(3)}).apart


def test_a_ratio_that_is_none_is_left_out() -> None:
    found = over_machines({"a": ratio(math.nan), "b": ratio(2)})
    assert found.machines == 1
    assert math.isnan(over_machines({"a": ratio(math.nan)}).estimate)


def test_runs_of_one_machine_are_one_ratio_as_wide_as_all_of_them() -> None:
    found = envelope([ratio(2, 1.9, 2.1), ratio(8, 7.5, 8.5)])
    assert (found.estimate, found.low, found.high) == (pytest.approx(4), 1.9, 8.5)
    assert envelope([ratio(2, 1.9, 2.1), ratio(8)]).low is None
