"""The offset between wall clock and monotonic clock."""

import time

from gateway import clock


def test_a_monotonic_stamp_plus_the_offset_is_the_wall_time():
    offset = clock.offset_ns()
    assert abs(time.monotonic_ns() + offset - time.time_ns()) < 1_000_000
