"""Break-even payloads of routes whose times are known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gateway.bench import breakeven
from gateway.bench.gains import gain

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZES = [64.0, 4_096.0, 65_536.0, 1_048_576.0]
ROUNDS = 50


def line(fixed_ns: float, per_byte_ns: float, noise: float = 0.0, seed: int = 1) -> NDArray[np.float64]:
    """Times of shape (sizes, rounds) that lie on a line, but for the noise of each round."""
    rng = np.random.default_rng(seed)
    exact = np.array([fixed_ns + per_byte_ns * size for size in SIZES])[:, None]
    return exact * np.exp(rng.normal(0, noise, (len(SIZES), ROUNDS)))


def found(go: NDArray[np.float64], route: NDArray[np.float64], threshold: float = 1.0) -> breakeven.BreakEven:
    return breakeven.break_even(gain(SIZES, go, route), threshold)


def test_a_sidecar_with_a_fixed_price_pays_from_where_it_has_earned_it() -> None:
    point = found(line(100, 14), line(48_000, 4))
    assert (point.kind, point.measured) == ("from", True)
    assert point.size_bytes == pytest.approx(4_790, rel=0.01)


def test_a_larger_gain_is_reached_at_a_larger_payload() -> None:
    point = found(line(100, 14), line(48_000, 4), threshold=1.2)
    assert point.size_bytes == pytest.approx((1.2 * 48_000 - 100) / (14 - 1.2 * 4), rel=0.01)


@pytest.mark.parametrize(
    ("route", "go", "kind"),
    [
        ((50, 3), (100, 14), "always"),
        ((900_000, 14), (100, 14), "never"),
        ((50_000, 20), (100, 14), "never"),
        ((50, 20), (1e5, 14), "until"),
    ],
)
def test_a_route_may_pay_always_or_never(route: tuple[float, float], go: tuple[float, float], kind: str) -> None:
    assert found(line(*go, 0.02), line(*route, 0.02, seed=2)).kind == kind


def test_routes_that_differ_by_noise_alone_have_no_break_even() -> None:
    assert found(line(100, 14, 0.02), line(100, 14, 0.02, seed=2)).kind == "unknown"


def test_a_crossing_outside_the_measured_payloads_is_said_to_be_outside() -> None:
    point = found(line(1, 2), line(4e6, 1))
    assert (point.kind, point.measured) == ("from", False)
    assert point.size_bytes == pytest.approx(4e6, rel=0.01)


def test_far_beyond_the_measured_payloads_nothing_is_claimed() -> None:
    assert found(line(1, 2), line(1e9, 1)).kind == "never"


def test_two_sizes_do_not_make_a_line() -> None:
    assert gain([64, 64, 4_096], np.ones((3, ROUNDS)), np.ones((3, ROUNDS))) is None


def test_a_price_that_jumps_between_two_payloads_is_followed() -> None:
    """One straight line through all payloads would miss each of them."""
    route = np.repeat([[1_000.0], [1_000.0], [2e6], [4e6]], ROUNDS, axis=1)
    point = found(line(500, 10), route)
    assert point.kind == "from"
    assert 65_536 < point.size_bytes < 1_048_576


def test_too_few_rounds_give_a_point_without_an_interval() -> None:
    point = breakeven.break_even(gain(SIZES, line(100, 14)[:, :5], line(48_000, 4)[:, :5]))
    assert point.kind == "from"
    assert math.isnan(point.low_bytes) and math.isnan(point.high_bytes)


def test_the_interval_holds_the_true_break_even_as_often_as_it_says() -> None:
    truth, trials = (48_000 - 100) / (14 - 4), 200
    points = [found(line(100, 14, 0.05, 2 * one), line(48_000, 4, 0.05, 2 * one + 1)) for one in range(trials)]
    held = sum(point.low_bytes <= truth <= point.high_bytes for point in points)
    assert 0.91 * trials <= held <= 0.99 * trials
    assert all(point.low_bytes < point.size_bytes < point.high_bytes < 2 * point.low_bytes for point in points)


def test_drift_that_hits_both_routes_alike_does_not_widen_the_interval() -> None:
    drift = np.exp(np.linspace(0, 0.5, ROUNDS))[None, :]
    point = found(line(100, 14, 0.01) * drift, line(48_000, 4, 0.01, 2) * drift)
    assert point.high_bytes / point.low_bytes < 1.03


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
