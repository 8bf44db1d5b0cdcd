"""Break-even payloads of routes whose times are known."""

from __future__ import annotations

import math

import pytest

from gateway.bench import breakeven

SIZES = [64.0, 4_096.0, 65_536.0, 1_048_576.0]


def line(fixed_ns: float, per_byte_ns: float) -> breakeven.Fit | None:
    return breakeven.fit(SIZES, [fixed_ns + per_byte_ns * size for size in SIZES])


def test_a_line_is_found_again() -> None:
    found = line(40_000, 5)
    assert found is not None
    assert found.fixed_ns == pytest.approx(40_000)
    assert found.per_byte_ns == pytest.approx(5)
    assert found.worst_error == pytest.approx(0, abs=1e-9)


def test_a_sidecar_with_a_fixed_price_pays_from_where_it_has_earned_it() -> None:
    found = breakeven.break_even(line(48_000, 4), line(100, 14))
    assert (found.kind, found.measured) == ("from", True)
    assert found.size_bytes == pytest.approx(4_790)


@pytest.mark.parametrize(
    ("route", "go", "kind"),
    [
        ((50, 3), (100, 14), "always"),
        ((50_000, 14), (100, 14), "never"),
        ((50_000, 20), (100, 14), "never"),
        ((50, 20), (1e5, 14), "until"),
    ],
)
def test_a_route_may_pay_always_or_never(route: tuple[float, float], go: tuple[float, float], kind: str) -> None:
    assert breakeven.break_even(line(*route), line(*go)).kind == kind


def test_a_crossing_outside_the_measured_payloads_is_said_to_be_outside() -> None:
    assert breakeven.break_even(line(1e9, 1), line(1, 2)).measured is False


def test_two_sizes_do_not_make_a_line() -> None:
    assert breakeven.fit([64, 64, 4_096], [1, 1, 2]) is None


def test_a_line_that_misses_what_was_measured_gives_no_break_even() -> None:
    bent = breakeven.fit(SIZES, [100, 90_000, 100_000, 40_000_000])
    assert bent is not None and not bent.usable
    assert breakeven.break_even(bent, line(1, 2)).kind == "unknown"


@pytest.mark.parametrize(
    ("go_ns", "boundary_ns", "gain", "needed"),
    [(100.0, 0.0, 0.0, 1.0), (100.0, 50.0, 0.0, 2.0), (120.0, 50.0, 0.2, 2.4), (100.0, 100.0, 0.0, math.inf)],
)
def test_the_needed_speed_up_leaves_the_minimum_gain(
    go_ns: float, boundary_ns: float, gain: float, needed: float
) -> None:
    assert breakeven.needed_speed_up(go_ns, boundary_ns, gain) == pytest.approx(needed)
    if math.isfinite(needed):
        assert go_ns / needed + boundary_ns == pytest.approx(go_ns / (1 + gain))
