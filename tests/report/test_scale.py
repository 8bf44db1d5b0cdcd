"""Axes put values where they belong."""

from __future__ import annotations

import pytest

from gateway.report import quantities, scale


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [
        (0.7, 8, 7, [1, 2, 5]),
        (60, 900, 7, [100, 200, 500]),
        (1, 1e4, 7, [1, 10, 100, 1e3, 1e4]),
        (1, 1e6, 4, [1, 100, 1e4, 1e6]),
        (150, 3e3, 2, [200, 1_000]),
    ],
)
def test_ticks_are_round_and_not_too_many(low: float, high: float, most: int, ticks: list[float]) -> None:
    assert scale.decade_ticks(low, high, most) == ticks


def test_sizes_are_ticked_by_powers_of_four() -> None:
    assert scale.size_ticks(200, 70_000) == [256, 1_024, 4_096, 16_384, 65_536]


@pytest.mark.parametrize(("at", "value"), [(0, 10), (1, 10), (3, 20), (5, 30), (9, 30)])
def test_between_measured_payloads_a_line_is_drawn_and_beyond_them_none(at: float, value: float) -> None:
    assert scale.interpolate([(1, 10), (5, 30)], at) == value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (quantities.duration(48_200), "48.2 µs"),
        (quantities.duration(999.6e3), "1.00 ms"),
        (quantities.duration(35.2), "35.2 ns"),
        (quantities.duration(0), "0 ns"),
        (quantities.size(65_536), "64 KiB"),
        (quantities.size(4_915), "4.8 KiB"),
        (quantities.size(100), "100 B"),
        (quantities.ratio(3.71), "3.7×"),
        (quantities.ratio(126.2), "126×"),
        (quantities.ratio(0.052), "0.05×"),
        (quantities.signed_percent(-0.0113), "−1.1 %"),
        (quantities.count(184_900), "185 k"),
        (quantities.count(6_510), "6,510"),
        (quantities.microseconds(1_970_000), "1,970"),
        (quantities.cores(0.00002), "< 0.001"),
        (quantities.tick_count(50_000), "50 k"),
        (quantities.tick_duration(-2e6), "-2 ms"),
    ],
)
def test_quantities_read_as_people_write_them(text: str, shown: str) -> None:
    assert text == shown


def test_size_ticks_leave_room_for_their_labels() -> None:
    assert scale.size_ticks(64, 1 << 20) == [256, 4_096, 65_536, 1 << 20]
    assert scale.size_ticks(256, 1 << 18) == [256, 1_024, 4_096, 16_384, 65_536, 262_144]
