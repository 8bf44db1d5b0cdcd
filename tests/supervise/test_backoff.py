"""When a child that died is started again."""

import random

import pytest

from gateway.supervise import backoff
from gateway.supervise.backoff import Restarts, full_jitter_s


def upper_end(_low: float, high: float) -> float:
    return high


def test_the_first_restart_is_at_once():
    assert Restarts(upper_end).after_death(3.0) == 0.0


def test_the_bound_doubles_up_to_its_cap():
    bounds = [full_jitter_s(attempt, upper_end) for attempt in range(9)]
    assert bounds == [0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_the_jitter_covers_the_whole_range_below_the_bound():
    uniform = random.Random(7).uniform
    draws = [full_jitter_s(4, uniform) for _ in range(500)]
    assert min(draws) < 0.05
    assert 0.75 < max(draws) <= 0.8


def test_five_quick_deaths_in_a_row_are_a_crash_loop():
    restarts = Restarts(upper_end)
    assert [restarts.after_death(0.5) is None for _ in range(5)] == [False, False, False, False, True]


def test_a_child_that_was_never_ready_counts_as_a_quick_death():
    restarts = Restarts(upper_end)
    assert [restarts.after_death(None) is None for _ in range(5)][-1]


def test_a_life_longer_than_two_seconds_breaks_the_row_of_quick_deaths():
    restarts = Restarts(upper_end)
    lives = [0.5, 0.5, 0.5, 0.5, 2.5, 0.5, 0.5, 0.5, 0.5]
    assert all(restarts.after_death(lived) is not None for lived in lives)
    assert restarts.after_death(0.5) is None


@pytest.mark.parametrize(("lived_s", "expected_s"), [(backoff.HEALTHY_S, 0.0), (backoff.HEALTHY_S - 0.1, 0.4)])
def test_only_a_healthy_life_starts_the_waiting_from_zero(lived_s: float, expected_s: float):
    restarts = Restarts(upper_end)
    for _ in range(3):
        restarts.after_death(0.5)
    assert restarts.after_death(lived_s) == expected_s
