"""What figures of function and boundary mean, on made-up rounds with a known answer."""

import math

import numpy as np
import pytest

from gateway.estimate.boundary import Crossing
from gateway.estimate.endpoint_share import EndpointShare
from gateway.estimate.measured import Answered, Measured, Times
from gateway.estimate.payoff import payoffs
from gateway.estimate.terminal import needed

ROUNDS = 60
ROUTE = "uds/msgpack"
STEPS = 1000


def measured(go_ns: float, whole_ns: dict[int, float], compute_ns: float = 0.0, reply_bytes: int = 4096) -> Measured:
    """Rounds that scatter by a per cent around known times."""
    noise = np.random.default_rng(7).normal(1, 0.01, (1 + len(whole_ns), ROUNDS))
    found = Measured((Answered("4 KiB", 16, 0, 4096, reply_bytes, False, False),), (STEPS,), (ROUTE,))
    times = list(go_ns * noise[0])
    found.times = [Times(times, times, [1.0] * ROUNDS, [4096.0] * ROUNDS, [0.02 * go_ns] * ROUNDS)]
    found.control = list(go_ns * noise[0][::-1])
    for (size, value), row in zip(whole_ns.items(), noise[1:], strict=True):
        crossing = Crossing(ROUTE, size, STEPS)
        found.crossings[crossing], found.computes[crossing] = list(value * row), [compute_ns]
    return found


@pytest.mark.parametrize(("go_ns", "boundary_ns", "expected"), [(100e3, 50e3, 3.0), (1e6, 40e3, 1 / (1 / 1.2 - 0.04))])
def test_the_needed_speed_up_is_what_the_formula_says_and_its_interval_holds_it(
    go_ns: float, boundary_ns: float, expected: float
):
    (one,) = payoffs(measured(go_ns, {4096: boundary_ns}), 0.2, None)
    (way,) = one.ways
    assert way.needed.estimate == pytest.approx(expected, rel=0.02)
    assert way.needed.low < expected < way.needed.high
    assert way.pays_from_ns == pytest.approx(1.2 * boundary_ns, rel=0.01)


def test_a_boundary_that_takes_as_long_as_the_go_needs_what_no_rust_can_be():
    (one,) = payoffs(measured(100e3, {4096: 90e3}), 0.2, None)
    assert math.isinf(one.ways[0].needed.estimate)
    assert needed(one.ways[0].needed) == "never"
    assert not one.ways[0].possible


def test_what_the_other_side_computes_meanwhile_is_no_boundary():
    (one,) = payoffs(measured(100e3, {4096: 50e3}, compute_ns=10e3), 0.2, None)
    assert one.ways[0].boundary.estimate == pytest.approx(40e3, rel=0.01)


def test_a_reply_of_another_size_takes_the_mean_of_both_crossings():
    (one,) = payoffs(measured(100e3, {4096: 50e3, 100: 30e3}, reply_bytes=100), 0.2, None)
    assert one.ways[0].boundary.estimate == pytest.approx(40e3, rel=0.01)


def test_the_endpoint_gains_at_best_what_amdahl_leaves_after_the_boundary():
    (one,) = payoffs(measured(100e3, {4096: 50e3}), 0.2, EndpointShare(0.4, "as you say"))
    ceiling = one.ways[0].ceiling
    assert ceiling
    assert ceiling.estimate == pytest.approx(1 / (0.6 + 0.4 * 0.5), rel=0.01)
    assert ceiling.low < 1 / 0.8 < ceiling.high


def test_too_few_rounds_give_a_figure_without_an_interval():
    few = measured(100e3, {4096: 50e3})
    few.times[0].median_ns = few.times[0].median_ns[:10]
    few.crossings = {one: times[:10] for one, times in few.crossings.items()}
    (one,) = payoffs(few, 0.2, None)
    assert needed(one.ways[0].needed).endswith("(no interval)")
