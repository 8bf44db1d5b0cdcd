"""The offset between wall clock and monotonic clock."""

import time

import pytest

from gateway import clock
from gateway.proxy import wall_clock


def test_a_monotonic_stamp_plus_the_offset_is_the_wall_time():
    offset = clock.offset_ns()
    assert abs(time.monotonic_ns() + offset - time.time_ns()) < 1_000_000


def test_the_offset_is_known_to_a_microsecond_and_measurements_agree_within_their_widths():
    first_width, first = clock.measured()
    tightest = first_width
    for _ in range(100):
        width, offset = clock.measured()
        assert abs(offset - first) <= (width + first_width) / 2 + 1
        tightest = min(tightest, width)
    assert tightest < 2_000


def test_the_proxys_wall_clock_goes_by_the_offset_that_it_was_given():
    assert wall_clock.WallClock(3_600_000_000_000).at(5) == 3_600_000_000_005


def test_a_wall_clock_that_was_set_is_seen_after_a_while(monkeypatch: pytest.MonkeyPatch):
    offsets = iter([1_000, 2_000])
    monkeypatch.setattr(clock, "offset_ns", lambda: next(offsets))
    measured = wall_clock.WallClock(None)
    assert (measured.at(0), measured.at(0)) == (1_000, 1_000)
    monkeypatch.setattr(wall_clock, "MEASURE_EVERY_NS", 0)
    assert measured.at(0) == 2_000
